//go:build crash

package main

import (
	"sync"
	"testing"

	"gatescand/sync/platform/platformtest/faketibillet"
)

// crashFresh is how many tickets nobody has shown before come in one life.
const crashFresh = 16

// crashKind is what is known of a ticket before anybody shows it.
type crashKind int

const (
	// crashListed is paid and was on the first complete list: whenever a lane
	// answers it, it has been admitted once, then or earlier.
	crashListed crashKind = iota
	// crashSold is paid and was sold while the doors were open: until a list
	// or an answer brings it, a lane may hold it.
	crashSold
	// crashVoid is canceled and never gets in.
	crashVoid
)

// crashShow is one code to be held before a reader.
type crashShow struct {
	ticket string // empty for codes of no ticket
	code   string
}

// crashCrowd is everybody with a ticket, in the order in which they come to
// the door. People show tickets twice, at two lanes, and such as were
// canceled, and some try a forgery.
type crashCrowd struct {
	t    *testing.T
	fake *faketibillet.Server
	rnd  *crashChoice

	mu     sync.Mutex
	event  string
	kinds  map[string]crashKind
	codes  map[string]string // as first printed
	queue  []string          // not shown yet
	shown  []string          // in the order of their first showing
	void   []string
	budget int // of the queue, in this life
}

func newCrashCrowd(t *testing.T, fake *faketibillet.Server, event string, rnd *crashChoice) *crashCrowd {
	t.Helper()
	return &crashCrowd{t: t, fake: fake, event: event, rnd: rnd, kinds: make(map[string]crashKind), codes: make(map[string]string)}
}

// sell adds tickets of one kind.
func (c *crashCrowd) sell(n int, kind crashKind) []string {
	c.t.Helper()
	status := faketibillet.Valid
	if kind == crashVoid {
		status = faketibillet.Canceled
	}
	tickets := make([]faketibillet.Ticket, n)
	for i := range tickets {
		tickets[i] = faketibillet.Ticket{Event: c.event, Status: status, FirstName: "Jo", LastName: "Do", Product: "Billet", Price: "Plein"}
	}
	ids, err := c.fake.AddTickets(tickets...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		c.kinds[id] = kind
	}
	return ids
}

// open sells what is on the first list.
func (c *crashCrowd) open(listed, void int) {
	c.t.Helper()
	c.queue = c.sell(listed, crashListed)
	c.void = c.sell(void, crashVoid)
}

// sold adds tickets sold while the doors are open; their holders come at once.
func (c *crashCrowd) sold(n int) {
	c.t.Helper()
	if n == 0 {
		return
	}
	ids := c.sell(n, crashSold)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(append([]string(nil), ids...), c.queue...)
}

// allow lets so many fresh tickets come in the life that begins.
func (c *crashCrowd) allow(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.budget = n
}

// own takes one fresh ticket for good: nobody else will show it.
func (c *crashCrowd) own() crashShow {
	c.mu.Lock()
	id := c.takeLocked()
	c.mu.Unlock()
	return crashShow{id, c.codeOf(id)}
}

func (c *crashCrowd) takeLocked() string {
	if len(c.queue) == 0 {
		return ""
	}
	id := c.queue[0]
	c.queue = c.queue[1:]
	return id
}

// next gives what comes to a reader next.
func (c *crashCrowd) next() crashShow {
	n := c.rnd.below(100)
	c.mu.Lock()
	if len(c.shown) == 0 || (n < 45 && c.budget > 0) {
		if id := c.takeLocked(); id != "" {
			c.budget--
			c.shown = append(c.shown, id)
			c.mu.Unlock()
			return crashShow{id, c.codeOf(id)}
		}
	}
	var id string
	switch {
	case n < 80 || len(c.void) == 0:
		// One of the newest: likely still in hand at another lane.
		id = c.shown[len(c.shown)-1-c.rnd.below(min(4, len(c.shown)))]
	case n < 92:
		id = c.shown[c.rnd.below(len(c.shown))]
	case n < 96:
		id = c.void[c.rnd.below(len(c.void))]
	default:
		id = c.void[c.rnd.below(len(c.void))]
		c.mu.Unlock()
		code := []byte(c.codeOf(id))
		code[len(code)-20] ^= 3 // another letter of the signature
		return crashShow{code: string(code)}
	}
	c.mu.Unlock()
	return crashShow{id, c.codeOf(id)}
}

// codeOf gives a ticket's code, now and then printed again with a signature of
// its own.
func (c *crashCrowd) codeOf(id string) string {
	if id == "" {
		return "no ticket"
	}
	c.mu.Lock()
	code, ok := c.codes[id]
	c.mu.Unlock()
	if ok && c.rnd.below(10) > 0 {
		return code
	}
	code, err := c.fake.PrintQR(id)
	if err != nil {
		c.t.Error(err)
	}
	c.mu.Lock()
	c.codes[id] = code
	c.mu.Unlock()
	return code
}

// kind tells what a ticket is; ok is false for one nobody sold.
func (c *crashCrowd) kind(id string) (kind crashKind, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kind, ok = c.kinds[id]
	return kind, ok
}
