package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// calmAfter is how long a part must have run for its next failure to count as
// the first.
const calmAfter = time.Minute

// supervise runs one long-lived part until ctx ends. A part that fails or
// panics is logged once, paused with growing intervals and started again,
// without touching the others.
func supervise(ctx context.Context, log *slog.Logger, part string, run func(context.Context) error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = 200 * time.Millisecond
	pause.MaxInterval = 30 * time.Second
	for ctx.Err() == nil {
		began := time.Now()
		err := guarded(ctx, run)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > calmAfter {
			pause.Reset()
		}
		wait := pause.NextBackOff()
		log.Error("a part stopped and is started again", slog.Any("part", part), slog.Any("error", err), slog.Any("after", wait.String()))
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

// guarded turns a panic of one part into an error of that part.
func guarded(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			// Not the value: it may quote a code or a name.
			err = fmt.Errorf("panic of type %T\n%s", p, debug.Stack())
		}
	}()
	return run(ctx)
}
