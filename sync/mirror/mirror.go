package mirror

import (
	"context"
	"sync"
	"time"
)

// Mirror pulls one account.
type Mirror struct {
	cfg  Config
	poke chan struct{} // holds one: there are orders

	mu     sync.Mutex
	orders orders
	status Status
}

// orders is what the outside has asked for since the mirror last looked.
type orders struct {
	sweep, wake, resume, doubt bool
}

// New prepares a mirror. It makes no request.
func New(cfg Config) (*Mirror, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Mirror{cfg: cfg, poke: make(chan struct{}, 1), status: Status{State: StateStarting}}, nil
}

// Run pulls until ctx ends, and then returns nil: whatever goes wrong with the
// platform or the store is shown in Status and tried again. One Run at a time.
func (m *Mirror) Run(ctx context.Context) error {
	r := newRun(m)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		r.obey(m.taken())
		wait := r.step(ctx)
		if ctx.Err() != nil {
			break
		}
		r.publish(wait)
		if wait <= 0 {
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-m.poke:
		}
	}
	return nil
}

// SweepNow asks for a full round at once, whatever stood in its way. A sweep
// that is running goes on; the round counts as asked for by a person, so a
// refused key is tried again.
func (m *Mirror) SweepNow() { m.order(orders{sweep: true}) }

// Wake says that the network has come back: pauses end and begin small again.
// A refused key stays refused, and what the server asked us to wait is waited.
func (m *Mirror) Wake() { m.order(orders{wake: true}) }

// Resume says that the account has been paired anew or that a person wants it
// tried again: a refused key is no longer taken for granted.
func (m *Mirror) Resume() { m.order(orders{resume: true}) }

// Doubt says that somebody else's question to the platform went unanswered: a
// probe finds out whether the account can still be reached.
func (m *Mirror) Doubt() { m.order(orders{doubt: true}) }

func (m *Mirror) order(o orders) {
	m.mu.Lock()
	m.orders.sweep = m.orders.sweep || o.sweep
	m.orders.wake = m.orders.wake || o.wake
	m.orders.resume = m.orders.resume || o.resume
	m.orders.doubt = m.orders.doubt || o.doubt
	m.mu.Unlock()
	select {
	case m.poke <- struct{}{}:
	default:
	}
}

func (m *Mirror) taken() orders {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.orders
	m.orders = orders{}
	return o
}
