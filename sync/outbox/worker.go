package outbox

import (
	"context"
	"sync"
	"time"
)

// Worker delivers for one account.
type Worker struct {
	cfg  Config
	poke chan struct{} // holds one: look again
	cut  chan struct{} // closed by Cut

	once   sync.Once
	mu     sync.Mutex
	orders orders
	status Status
}

// orders is what the outside has asked for since the worker last looked.
type orders struct {
	retry, resume bool
}

// New prepares a worker. It makes no request.
func New(cfg Config) (*Worker, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Worker{
		cfg:    cfg,
		poke:   make(chan struct{}, 1),
		cut:    make(chan struct{}),
		status: Status{State: StateIdle},
	}, nil
}

// Run delivers until ctx ends. It then starts nothing more, gives the requests
// in flight the drain time, and returns nil when the last of them has ended.
// Whatever goes wrong before is shown in Status and tried again. One Run at a
// time.
func (w *Worker) Run(ctx context.Context) error {
	// Requests outlive ctx by the drain time; what they bring is still stored.
	outliving, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	r := newRun(w)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		r.obey(w.taken())
		wait := r.step(ctx, outliving)
		r.publish()
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-w.poke:
		case <-timer.C:
		case a := <-r.answers:
			r.take(outliving, a)
		}
	}
	r.drain(outliving, abandon)
	return nil
}

// Wake says that there may be something to deliver. It ends no pause.
func (w *Worker) Wake() { w.order(orders{}) }

// Retry says that the network is back, or that a person wants everything
// pending tried now: pauses end and begin small again. A refused key stays
// refused, and what the server asked us to wait is waited.
func (w *Worker) Retry() { w.order(orders{retry: true}) }

// Resume says that the account has been paired anew, or that its key is known
// to be accepted again: an account that was stopped goes on.
func (w *Worker) Resume() { w.order(orders{resume: true}) }

// Cut ends the drain at once: requests in flight are abandoned. Their
// deliveries stay pending, and the platform will be asked what became of them.
func (w *Worker) Cut() { w.once.Do(func() { close(w.cut) }) }

func (w *Worker) order(o orders) {
	w.mu.Lock()
	w.orders.retry = w.orders.retry || o.retry
	w.orders.resume = w.orders.resume || o.resume
	w.mu.Unlock()
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

func (w *Worker) taken() orders {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.orders
	w.orders = orders{}
	return o
}
