package signal

import (
	"context"
	"sync"
	"time"
)

// Panel is everything a lane shows its verdicts on.
type Panel struct {
	mu      sync.Mutex // held for moments only, never while hardware is used
	outputs map[Kind][]*Output
	start   func(*Output) // while the panel runs
}

// NewPanel gathers outputs by the kind they show. Those whose address says no
// rhythm get the one of their kind.
func NewPanel(outputs map[Kind][]*Output) *Panel {
	p := &Panel{outputs: make(map[Kind][]*Output)}
	for kind, of := range outputs {
		for _, o := range of {
			p.Add(kind, o)
		}
	}
	return p
}

// Add gives the panel one more output, such as one that was not plugged in
// before. While the panel runs it is switched off first and shows from then on;
// a panel that has ended does not use it.
func (p *Panel) Add(kind Kind, o *Output) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o.Address = o.Address.For(kind)
	p.outputs[kind] = append(p.outputs[kind], o)
	if p.start != nil {
		p.start(o)
	}
}

// Show shows kind and returns at once. again is a repeated answer, which only
// outputs made for it show.
func (p *Panel) Show(kind Kind, again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.outputs[kind] {
		if !again || o.Address.Repeat {
			o.Fire()
		}
	}
}

// Held tells for how long a line has been on at a stretch, of several the one
// that has been on longest. It waits for no hardware. A station whose Held is
// well over [MaxPulse] has a switch that hangs or does not obey; ending the
// process is then all that is left, so who feeds a watchdog stops feeding it.
func (p *Panel) Held() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
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

// Run runs every output until ctx ends, and returns when all have shown what
// they had to, see [Output.Run], and are off.
func (p *Panel) Run(ctx context.Context) error {
	var running sync.WaitGroup
	p.begin(func(o *Output) {
		running.Go(func() { _ = o.Run(ctx) }) // its only error is ctx's
	})
	<-ctx.Done()
	p.end()
	running.Wait()
	return ctx.Err()
}

// begin starts the outputs there are, and those that are added from then on.
func (p *Panel) begin(start func(*Output)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start = start
	for _, outputs := range p.outputs {
		for _, o := range outputs {
			start(o)
		}
	}
}

// end starts no more.
func (p *Panel) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start = nil
}
