package signal

import (
	"context"
	"sync"
	"time"
)

// Panel is everything a lane shows its verdicts on.
type Panel struct {
	outputs map[Kind][]*Output
}

// NewPanel gathers outputs by the kind they show. Those whose address says no
// rhythm get the one of their kind.
func NewPanel(outputs map[Kind][]*Output) *Panel {
	for kind, of := range outputs {
		for _, o := range of {
			o.Address = o.Address.For(kind)
		}
	}
	return &Panel{outputs: outputs}
}

// Show shows kind and returns at once. again is a repeated answer, which only
// outputs made for it show.
func (p *Panel) Show(kind Kind, again bool) {
	for _, o := range p.outputs[kind] {
		if !again || o.Address.Repeat {
			o.Fire()
		}
	}
}

// Held tells for how long a line has been on at a stretch, of several the one
// that has been on longest. It never waits. A station whose Held is well over
// [MaxPulse] has a switch that hangs or does not obey; ending the process is
// then all that is left, so who feeds a watchdog stops feeding it.
func (p *Panel) Held() time.Duration {
	var longest time.Duration
	for _, outputs := range p.outputs {
		for _, o := range outputs {
			if h, ok := o.Switch.(interface{ Held() time.Duration }); ok {
				longest = max(longest, h.Held())
			}
		}
	}
	return longest
}

// Run runs every output until ctx ends, and returns when all are off.
func (p *Panel) Run(ctx context.Context) error {
	var running sync.WaitGroup
	for _, outputs := range p.outputs {
		for _, o := range outputs {
			running.Go(func() { _ = o.Run(ctx) }) // its only error is ctx's
		}
	}
	running.Wait()
	return ctx.Err()
}
