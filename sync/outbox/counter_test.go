package outbox_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

const (
	// settling is how long a use whose answer was lost may still be in flight,
	// by the deliverer's reckoning.
	settling = 30 * time.Second
	// patience is when the counter's client gives a request up.
	patience = 5 * time.Second
)

// counter is a ticketing system that counts uses and never refuses one, as
// BitTan does: a use sent twice counts twice, and no answer says whose it was.
type counter struct {
	mu    sync.Mutex
	fates []int // of the requests in turn, see the fates of a request
	delay time.Duration

	count   map[string]int
	sent    map[string]int // uses that left for the server
	active  map[string]int // attempts at a ticket, by our side
	crossed bool
	hasty   string // a use that left while an earlier one could still take effect
	flying  map[string]time.Time
}

// The fates of a request.
const (
	cFine      = iota
	cUnheard   // it never reaches the server
	cLost      // it takes effect, the answer is lost
	cSlow      // it takes effect after the client has given up
	cHangs     // it never takes effect, and the client gives up
	cServer    // the server fails before it does anything
	cServerDid // the server fails after it has done it
	cThrottled
	cAuth
	cFates
)

func newCounter(fates []int) *counter {
	return &counter{
		fates: fates, delay: 20 * time.Second, count: map[string]int{}, sent: map[string]int{},
		active: map[string]int{}, flying: map[string]time.Time{},
	}
}

func (c *counter) fate() int {
	if len(c.fates) == 0 {
		return cFine
	}
	f := c.fates[0]
	c.fates = c.fates[1:]
	return f
}

// request is one request as the network and the server treat it. add is what
// it adds to the count.
func (c *counter) request(ctx context.Context, ticket string, add int) (before int, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c.mu.Lock()
	fate := c.fate()
	if add > 0 && fate != cUnheard {
		c.sent[ticket]++
		if until, ok := c.flying[ticket]; ok && time.Now().Before(until) {
			c.hasty = ticket
		}
		if fate == cSlow {
			c.flying[ticket] = time.Now().Add(c.delay)
		}
	}
	c.mu.Unlock()
	if fate == cSlow || fate == cHangs {
		if add > 0 && fate == cSlow {
			time.AfterFunc(c.delay, func() {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.count[ticket] += add
			})
		}
		<-ctx.Done()
		return 0, ctx.Err()
	}
	timer := time.NewTimer(100 * time.Millisecond)
	defer timer.Stop()
	if fate == cUnheard {
		<-timer.C
		return 0, fault(platform.Offline)
	}
	c.mu.Lock()
	before = c.count[ticket]
	if fate != cServer && fate != cThrottled && fate != cAuth {
		c.count[ticket] += add
	}
	c.mu.Unlock()
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-timer.C:
	}
	switch fate {
	case cLost:
		return 0, fault(platform.Offline)
	case cServer, cServerDid:
		return 0, fault(platform.Server)
	case cThrottled:
		return 0, &platform.Error{Class: platform.Throttled, RetryAfter: 20 * time.Second}
	case cAuth:
		return 0, fault(platform.Auth)
	}
	return before, nil
}

func (c *counter) Parallel() int { return 3 }

// Deliver settles a use by the count: it peeks, writes the count down, uses,
// and after a lost answer peeks again, but sends a second use only when the
// first can no longer be in flight.
func (c *counter) Deliver(ctx context.Context, d admission.Delivery, jot platform.Jot) (admission.Outcome, error) {
	c.enter(d.Ticket.ID)
	defer c.leave(d.Ticket.ID)
	n, err := c.request(ctx, d.Ticket.ID, 0)
	if err != nil {
		return admission.Outcome{}, err
	}
	n0 := n
	if d.Memo != "" {
		var sent int64
		if _, err := fmt.Sscanf(d.Memo, "n0=%d sent=%d", &n0, &sent); err != nil {
			return admission.Outcome{}, fmt.Errorf("memo %q: %w", d.Memo, err)
		}
		switch over := time.UnixMilli(sent).Add(settling); {
		case n == n0+1:
			return admission.Outcome{Kind: admission.OutcomeOurs}, nil
		case n > n0:
			return elsewhere(), nil
		case time.Now().Before(over):
			return admission.Outcome{}, notYet(time.Until(over))
		}
	} else if n > 0 {
		return elsewhere(), nil
	}
	if err := jot(ctx, fmt.Sprintf("n0=%d sent=%d", n0, time.Now().UnixMilli())); err != nil {
		return admission.Outcome{}, err
	}
	before, err := c.request(ctx, d.Ticket.ID, 1)
	switch {
	case err != nil:
		return admission.Outcome{}, err
	case before != n0:
		return elsewhere(), nil
	}
	return admission.Outcome{Kind: admission.OutcomeDelivered}, nil
}

func elsewhere() admission.Outcome {
	return admission.Outcome{Kind: admission.OutcomeConflict, Conflict: admission.UsedElsewhere}
}

func (c *counter) enter(ticket string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active[ticket]++
	c.crossed = c.crossed || c.active[ticket] > 1
}

func (c *counter) leave(ticket string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active[ticket]--
}

// uses is how many uses of a ticket have left for the server.
func (c *counter) uses(ticket string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent[ticket]
}

// counted is the server's count of a ticket.
func (c *counter) counted(ticket string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count[ticket]
}
