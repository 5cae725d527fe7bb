package scanner

import (
	"context"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"gatescand/scanner/admission"
)

type stopped struct{}

func (stopped) Now() admission.Stamp { return admission.Stamp{SinceBoot: time.Hour} }

// Somebody who has been let in before the stop may still be on the way to the
// queue. The lane must not look at its queue for the last time before.
func TestTheIntakeEndsOnlyWhenNobodyIsOnTheWay(t *testing.T) {
	l := NewLane(LaneConfig{Name: "north"}, LaneDeps{Clock: stopped{}, Log: slog.New(slog.DiscardHandler)})
	l.intake.RLock()
	shut := make(chan struct{})
	go func() {
		l.shut()
		close(shut)
	}()
	<-l.stopping
	for range 1000 {
		runtime.Gosched()
		select {
		case <-shut:
			t.Fatal("the intake has ended while somebody was on the way")
		default:
		}
	}
	l.intake.RUnlock()
	<-shut
	if err := l.handIn(context.WithoutCancel(t.Context()), request{}); err == nil || len(l.queue) != 0 {
		t.Errorf("a stopped lane took a request: %v", err)
	}
}
