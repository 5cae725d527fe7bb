package outbox_test

import (
	"context"
	"sync"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// use is a use of a ticket as the platform knows it: which check-in made it.
type use struct{ ticket, by string }

// office is a ticketing system that takes uses: one per ticket, and it says
// whose a use was, as TiBillet does.
type office struct {
	mu       sync.Mutex
	parallel int
	cost     time.Duration
	fail     func(d admission.Delivery) error // before anything is used
	lose     func(d admission.Delivery) bool  // the use is made, the answer is lost
	reject   func(ticket string) bool

	used     map[string]string // ticket → check-in, "else" for another station
	uses     []use
	order    []int64 // requests in the order of their arrival
	times    []time.Time
	active   map[string]int
	most     int
	crossed  bool // two requests of one ticket at once
	attempts map[int64][]int
}

func newOffice() *office {
	return &office{parallel: 4, used: map[string]string{}, active: map[string]int{}, attempts: map[int64][]int{}}
}

func (o *office) Parallel() int { return o.parallel }

func (o *office) set(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
}

func (o *office) requests() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.order)
}

// tries is how many requests there were for one delivery.
func (o *office) tries(seq int64) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.attempts[seq])
}

func (o *office) Deliver(ctx context.Context, d admission.Delivery, _ platform.Jot) (admission.Outcome, error) {
	o.mu.Lock()
	o.order = append(o.order, d.Seq)
	o.times = append(o.times, time.Now())
	o.attempts[d.Seq] = append(o.attempts[d.Seq], d.Attempt)
	o.active[d.Ticket.ID]++
	o.crossed = o.crossed || o.active[d.Ticket.ID] > 1
	n := 0
	for _, a := range o.active {
		n += a
	}
	o.most = max(o.most, n)
	o.mu.Unlock()
	defer o.set(func() { o.active[d.Ticket.ID]-- })

	if o.cost > 0 {
		timer := time.NewTimer(o.cost)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return admission.Outcome{}, ctx.Err()
		case <-timer.C:
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		if err := o.fail(d); err != nil {
			return admission.Outcome{}, err
		}
	}
	out, err := o.answer(d)
	if o.lose != nil && o.lose(d) {
		return admission.Outcome{}, fault(platform.Offline)
	}
	return out, err
}

func (o *office) answer(d admission.Delivery) (admission.Outcome, error) {
	if o.reject != nil && o.reject(d.Ticket.ID) {
		return admission.Outcome{}, &platform.Error{Class: platform.Rejected, Detail: "no such ticket", Remedy: "look it up"}
	}
	by, used := o.used[d.Ticket.ID]
	switch {
	case !used:
		o.used[d.Ticket.ID] = d.ID
		o.uses = append(o.uses, use{d.Ticket.ID, d.ID})
		return admission.Outcome{Kind: admission.OutcomeDelivered}, nil
	case by != "else" && (d.Attempt > 1 || d.Earlier):
		return admission.Outcome{Kind: admission.OutcomeOurs}, nil
	}
	return admission.Outcome{Kind: admission.OutcomeConflict, Conflict: admission.UsedElsewhere}, nil
}

func fault(class platform.Class) error {
	return &platform.Error{Class: class, Op: "deliver", Host: "example.org", Detail: string(class)}
}
