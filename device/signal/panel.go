package signal

import (
	"context"
	"sync"
)

// Panel is everything a lane shows its verdicts on.
type Panel struct {
	outputs map[Kind][]*Output
}

// NewPanel gathers outputs by the kind they show.
func NewPanel(outputs map[Kind][]*Output) *Panel { return &Panel{outputs: outputs} }

// Show shows kind and returns at once. again is a repeated answer, which only
// outputs made for it show.
func (p *Panel) Show(kind Kind, again bool) {
	for _, o := range p.outputs[kind] {
		if !again || o.Address.Repeat {
			o.Fire()
		}
	}
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
