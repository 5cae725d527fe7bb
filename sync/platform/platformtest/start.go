package platformtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// Fake is a fake server as its network sees it. Whatever embeds a [fakeserver.Front] is one.
type Fake interface {
	http.Handler
	// Name is the platform's, in lower case.
	Name() string
	// Serve answers on a listener until ctx ends.
	Serve(ctx context.Context, listener net.Listener) error
	// ServeTLS is Serve over HTTPS with certificates of an authority.
	ServeTLS(ctx context.Context, listener net.Listener, authority *fakeserver.Authority) error
	// SetBaseURL tells the fake its address, without trailing slash.
	SetBaseURL(url string)
}

// Start serves a fake on a loopback port until the test ends, tells the fake its address and returns that, without trailing slash.
func Start(tb testing.TB, fake Fake) string {
	tb.Helper()
	server := httptest.NewServer(fake)
	tb.Cleanup(func() {
		server.CloseClientConnections() // ends what a mood keeps going
		server.Close()
	})
	fake.SetBaseURL(server.URL)
	return server.URL
}

// StartTLS is [Start] over HTTPS. The authority must sign for 127.0.0.1.
func StartTLS(tb testing.TB, fake Fake, authority *fakeserver.Authority) string {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("listen for a fake server: %v", err)
	}
	base := "https://" + listener.Addr().String()
	fake.SetBaseURL(base)
	serveUntilCleanup(tb, func(ctx context.Context) error { return fake.ServeTLS(ctx, listener, authority) })
	return base
}

// StartTibillet is [Start] for a fake TiBillet.
func StartTibillet(tb testing.TB, fake *faketibillet.Server) string {
	tb.Helper()
	return Start(tb, fake)
}

// serveUntilCleanup runs a server until the test, or the synctest bubble it was called in, ends.
func serveUntilCleanup(tb testing.TB, serve func(ctx context.Context) error) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background()) //nolint:usetesting // must outlive the test's own context to end in order
	served := make(chan error, 1)
	go func() { served <- serve(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			tb.Errorf("fake server: %v", err)
		}
	})
}
