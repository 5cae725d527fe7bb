package main

import (
	"context"
	"log/slog"
	"testing"
)

func newDiscard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(context.WithoutCancel(t.Context()))
}
