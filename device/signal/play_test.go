package signal_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/device/signal"
)

// bell is a player that remembers what became of each play.
type bell struct {
	mu     sync.Mutex
	began  []time.Time
	ended  int
	broken int
	at     int // most at once
	now    int
}

func (b *bell) Send() error { panic("a player is played") }

func (b *bell) Play(ctx context.Context) error {
	b.mu.Lock()
	b.began = append(b.began, time.Now())
	b.now++
	b.at = max(b.at, b.now)
	b.mu.Unlock()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	var err error
	select {
	case <-timer.C:
		b.mu.Lock()
		b.ended++
		if b.broken > 0 {
			b.broken--
			err = errLine
		}
	case <-ctx.Done():
		b.mu.Lock()
	}
	b.now--
	b.mu.Unlock()
	return err
}

// history gives when each play began, how many came to their end, and how many
// there were at once.
func (b *bell) history() (began []time.Time, ended, atOnce int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.began), b.ended, b.at
}

func TestANewShowingStopsTheSoundAndBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bell{}
		o := signal.NewOutput(address(t, "sound:tone"), nil, b, nil)
		run(t, o)
		o.Fire()
		time.Sleep(400 * time.Millisecond)
		o.Fire()
		time.Sleep(5 * time.Second)
		began, ended, atOnce := b.history()
		if len(began) != 2 || began[1].Sub(began[0]) != 400*time.Millisecond || ended != 1 || atOnce != 1 {
			t.Errorf("began %v, %d to the end, %d at once", began, ended, atOnce)
		}
	})
}

func TestAStormOfFiringsBeginsFewSounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bell{}
		o := signal.NewOutput(address(t, "sound:tone"), nil, b, nil)
		run(t, o)
		for range 2000 {
			o.Fire()
			time.Sleep(time.Millisecond)
		}
		time.Sleep(5 * time.Second)
		began, ended, atOnce := b.history()
		if len(began) < 15 || len(began) > 22 || atOnce != 1 || ended != 1 {
			t.Errorf("%d begun, %d to the end, %d at once", len(began), ended, atOnce)
		}
	})
}

func TestASoundThatFailsIsToldAndStoppingIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, h := &bell{broken: 1}, &hearer{}
		o := signal.NewOutput(address(t, "sound:tone"), nil, b, h.failed)
		stop := run(t, o)
		o.Fire()
		time.Sleep(2 * time.Second)
		o.Fire()
		time.Sleep(500 * time.Millisecond)
		began := time.Now()
		stop()
		if told := h.heard(); len(told) != 2 || told[0] == nil || told[1] != nil || time.Since(began) != 0 {
			t.Errorf("told %v, stopping took %v", told, time.Since(began))
		}
	})
}
