// Package admin is the local page of the station and its HTTP API.
//
// It promises that nothing it does can hold up a lane: events reach browsers
// through bounded buffers, and whoever reads too slowly is cut off and resumes
// from the journal. It promises that every call but the health checks, the
// metrics on loopback and the display beside a lane needs the token or a
// session opened with it; that whatever stood in a code, a ticket or a
// platform's answer is shown as text and never runs; that no answer, error or
// metric carries a secret or the text of a code; and that a display without
// login never learns a name or a ticket.
//
// It decides nothing and stores nothing: it asks the rest of the station
// through the small interfaces in ports.go and gives their answers the forms of
// the HTTP API. A part that is not wired is answered with 501, so that a page
// can be served while the rest of the station is still missing.
//
// # Wiring
//
//	hub := admin.NewHub()
//	metrics := admin.NewMetrics()
//	server, err := admin.New(admin.Options{… Hub: hub, Metrics: metrics …})
//	err = server.Run(ctx, listener) // until ctx ends; wrap the listener for TLS
//
// Whoever decides a scan calls hub.CheckIn and metrics.Scan after the commit;
// both return at once. Whoever changes a condition, an account's sweep or a
// conflict calls hub.Condition, hub.Sync or hub.Conflict. Errors returned to
// this package may be a *[Error] (status, code, words and hint), wrap
// [ErrNotFound], or be a platform.Error; all others are answered with 500 and
// logged, without their text reaching the client.
package admin
