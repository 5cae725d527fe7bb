package store_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"gatescand/store"
)

// heardLines hears that something was logged.
type heardLines chan string

func (h heardLines) Enabled(context.Context, slog.Level) bool { return true }
func (h heardLines) Handle(_ context.Context, r slog.Record) error {
	h <- r.Message
	return nil
}
func (h heardLines) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h heardLines) WithGroup(string) slog.Handler      { return h }

// A full disk keeps the index from being written; that must not end what carries
// the log into the file.
func TestAFullDiskDoesNotEndTheCheckpoints(t *testing.T) {
	t.Parallel()
	s := newStation()
	heard := make(heardLines, 100)
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "gatescand.db"), store.Options{Now: s.now, Log: slog.New(heard)})
	ok(t, err)
	t.Cleanup(func() { ok(t, db.Close()) })
	sweep(t, db, s, guests(0, 5000))
	ok(t, store.LimitPages(t.Context(), db))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	for {
		select {
		case err := <-done:
			t.Fatalf("nobody carries the log any more: %v", err)
		case message := <-heard:
			if message != "tickets could not be indexed for searching" {
				continue
			}
		}
		break
	}
	stop()
	ok(t, <-done)
}
