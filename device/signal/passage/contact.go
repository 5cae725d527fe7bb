package passage

import (
	"context"
	"sync"
	"time"

	"gatescand/device/signal"
)

// Input is a contact. Close, from another goroutine, ends a Read that waits.
type Input interface {
	Read() (signal.Edge, error)
	Close() error
}

// Contact watches one contact. Authorise may be called from anywhere; what is
// told is told from the goroutine of Run, which waits for who listens.
type Contact struct {
	// Rules say what counts as a passage.
	Rules Rules
	// Open takes the contact.
	Open func() (Input, error)
	// Now is the clock of all times here.
	Now signal.Monotonic
	// Told hears of every outcome. seq is that of the authorisation, zero for
	// Unauthorised; at is when it happened, for Unknown when it was given up.
	Told func(o Outcome, seq int64, at time.Duration)

	mu       sync.Mutex
	watching bool
	arrived  []authorisation
	knock    chan struct{} // holds one token when somebody has arrived
}

// NewContact makes a contact. Nothing is opened before Run.
func NewContact(rules Rules, open func() (Input, error), now signal.Monotonic, told func(Outcome, int64, time.Duration)) *Contact {
	return &Contact{Rules: rules, Open: open, Now: now, Told: told, knock: make(chan struct{}, 1)}
}

// Authorise says that somebody has been let in just now, by the check-in of that
// number, and returns at once. It gives false when nobody watches the contact, or
// too many are waiting: then nothing will be told of that number, and whether
// they pass is unknown.
func (c *Contact) Authorise(seq int64) bool {
	at := c.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.watching || len(c.arrived) >= maxWaiting {
		return false
	}
	c.arrived = append(c.arrived, authorisation{seq, at})
	select {
	case c.knock <- struct{}{}:
	default:
	}
	return true
}

// Run watches the contact until ctx ends or it fails, which is its error. When
// it returns, every authorisation it took has been told of.
func (c *Contact) Run(ctx context.Context) error {
	in, err := c.Open()
	if err != nil {
		return err
	}
	edges, failed, done := make(chan stamped), make(chan error, 1), make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() { failed <- c.read(in, edges, done) })
	g := &gate{rules: c.Rules}
	c.watch(true)
	err = c.serve(ctx, g, edges, failed)
	// First nobody more is taken, then those who were are told of.
	c.watch(false)
	c.take(g)
	c.tell(g.stop(c.Now()))
	close(done)
	closed := in.Close()
	reading.Wait()
	if err == nil {
		err = closed
	}
	return err
}

// stamped is a change of the contact with its time.
type stamped struct {
	active, missed bool
	at             time.Duration
}

// read passes changes on until the input ends or nobody wants them.
func (c *Contact) read(in Input, edges chan<- stamped, done <-chan struct{}) error {
	for {
		e, err := in.Read()
		if err != nil {
			return err
		}
		select {
		case edges <- stamped{e.Active, e.Missed, c.Now() - e.Ago}:
		case <-done:
			return nil
		}
	}
}

func (c *Contact) serve(ctx context.Context, g *gate, edges <-chan stamped, failed <-chan error) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	stood := false // this process stood still when a window ended
	for {
		timer.Stop()
		now := c.Now()
		wait, some := g.next(now)
		if stood {
			wait = lateness
		}
		if some {
			timer.Reset(wait)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return err
		case <-c.knock:
			c.take(g)
		case e := <-edges:
			c.take(g) // who was let in before the contact moved
			c.tell(g.change(e.active, e.missed, e.at))
		case <-timer.C:
			// What the contact did meanwhile is read first.
			if late := c.Now() - now - wait; late > lateness && !stood {
				stood = true
				continue
			}
			stood = false
			c.tell(g.expire(c.Now() - lateness))
		}
	}
}

// watch says whether authorisations are taken.
func (c *Contact) watch(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watching = on
}

// take hands over who has arrived.
func (c *Contact) take(g *gate) {
	c.mu.Lock()
	arrived := c.arrived
	c.arrived = nil
	c.mu.Unlock()
	for _, a := range arrived {
		if !g.authorise(a.seq, a.at) {
			c.Told(Unknown, a.seq, c.Now())
		}
	}
}

func (c *Contact) tell(answers []answer) {
	for _, a := range answers {
		c.Told(a.outcome, a.seq, a.at)
	}
}
