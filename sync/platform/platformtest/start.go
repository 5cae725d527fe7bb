package platformtest

import (
	"net/http/httptest"
	"testing"

	"gatescand/sync/platform/platformtest/faketibillet"
)

// StartTibillet serves a fake TiBillet on a loopback port until the test ends, tells the fake its address and returns that, without
// trailing slash.
func StartTibillet(tb testing.TB, fake *faketibillet.Server) string {
	tb.Helper()
	server := httptest.NewServer(fake.Handler())
	tb.Cleanup(func() {
		server.CloseClientConnections() // ends what a mood keeps going
		server.Close()
	})
	fake.SetBaseURL(server.URL)
	return server.URL
}
