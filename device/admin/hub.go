package admin

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// How much the hub keeps, and how far a reader may fall behind.
const (
	hubRing    = 256 // recent events kept for readers who come back
	hubBuffer  = 128 // events waiting for one reader
	hubWindow  = 64  // how far out of order check-ins may arrive
	hubStaff   = 64  // browsers of staff at once
	hubPublic  = 64  // displays at once, which need no login
	hubAddress = 8   // of them at one address
)

// Kinds of event.
const (
	KindCheckIn   = "checkin"
	KindCondition = "condition"
	KindSync      = "sync"
	KindConflict  = "conflict"
	KindLane      = "lane"
	KindPairing   = "pairing"
)

// ConditionEvent says that a condition came, changed or went.
type ConditionEvent struct {
	Condition

	Raised bool `json:"raised"`
}

// SyncEvent says how far an account's mirror or outbox has come.
type SyncEvent struct {
	Account string `json:"account"`
	State   string `json:"state"`
	Tickets int    `json:"tickets"`
	Sweep   Sweep  `json:"sweep"`
	Pending int    `json:"pending"`
	Buried  int    `json:"buried"`
}

// ConflictEvent says that a conflict was opened or resolved.
type ConflictEvent struct {
	ID       int64  `json:"id"`
	Kind     string `json:"kind"`
	Account  string `json:"account"`
	Resolved bool   `json:"resolved"`
	Open     int    `json:"open"` // how many are open now
}

// LaneEvent says that a lane was opened or closed, turned to checking only or
// back, or that its reader came or went.
type LaneEvent struct {
	Lane     string `json:"lane"`
	Open     bool   `json:"open"`
	Checking bool   `json:"checking"`
	Reader   Reader `json:"reader"`
}

// event is one thing that happened, as the hub keeps it.
type event struct {
	n    uint64 // place among this run's events
	low  int64  // every check-in up to this Seq has been published
	kind string
	scan Scanned // for KindCheckIn
	data any     // for the other kinds, ready to be marshaled
}

// Hub hands events to whoever watches. Publishing never waits: a reader whose
// buffer is full is cut off.
type Hub struct {
	run string // tells this run's event numbers from an earlier run's

	mu      sync.Mutex
	n       uint64
	order   order
	ring    [hubRing]event
	readers map[*reader]struct{}
	staff   int
	public  map[netip.Addr]int // displays, by address; the zero address where it is not known
	closed  bool
}

// reader is one watcher. Its channel is closed when it is cut off.
type reader struct {
	events chan event
	want   func(*event) bool
	seat   seat
	from   netip.Addr // for seatPublic
}

// seat is what a reader is counted among.
type seat int

const (
	seatStaff  seat = iota
	seatPublic      // a display on the network
	seatHere        // a display of this box itself, which is not counted
)

// NewHub gives a hub without events.
func NewHub() *Hub {
	return &Hub{run: strings.ToLower(rand.Text()[:6]), readers: make(map[*reader]struct{}), public: make(map[netip.Addr]int)}
}

// CheckIn publishes the answer to a scan.
func (h *Hub) CheckIn(s Scanned) { h.publish(event{kind: KindCheckIn, scan: s}) }

// Condition publishes that a condition was raised, changed or cleared.
func (h *Hub) Condition(c Condition, raised bool) {
	h.publish(event{kind: KindCondition, data: ConditionEvent{Condition: c, Raised: raised}})
}

// Sync publishes how far an account has come.
func (h *Hub) Sync(e SyncEvent) { h.publish(event{kind: KindSync, data: e}) }

// Conflict publishes that a conflict was opened or resolved.
func (h *Hub) Conflict(e ConflictEvent) { h.publish(event{kind: KindConflict, data: e}) }

// Lane publishes a change of a lane.
func (h *Hub) Lane(e LaneEvent) { h.publish(event{kind: KindLane, data: e}) }

// Pairing publishes how far pairing is.
func (h *Hub) Pairing(s PairingState) { h.publish(event{kind: KindPairing, data: s}) }

// Watched tells whether anybody listens.
func (h *Hub) Watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.readers) > 0
}

func (h *Hub) publish(e event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	e.n = h.n
	if e.kind == KindCheckIn && e.scan.Seq > 0 && !e.scan.Repeat {
		h.order.add(e.scan.Seq)
	}
	e.low = h.order.floor()
	h.ring[h.n%hubRing] = e
	for r := range h.readers {
		if r.want != nil && !r.want(&e) {
			continue
		}
		select {
		case r.events <- e:
		default:
			h.drop(r)
		}
	}
}

// drop cuts a reader off. The lock is held.
func (h *Hub) drop(r *reader) {
	if _, ok := h.readers[r]; !ok {
		return
	}
	delete(h.readers, r)
	close(r.events)
	switch r.seat {
	case seatStaff:
		h.staff--
	case seatPublic:
		if h.public[r.from]--; h.public[r.from] <= 0 {
			delete(h.public, r.from)
		}
	case seatHere:
	}
}

// watch adds a reader that gets the events want lets through, all if nil. It
// fails when the hub is closed or too many watch already. Readers without login
// are counted apart, so that they cannot crowd staff out, and at each address,
// so that one of them cannot crowd out the others.
func (h *Hub) watch(want func(*event) bool, at seat, from netip.Addr) (*reader, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, false
	}
	switch at {
	case seatStaff:
		if h.staff >= hubStaff {
			return nil, false
		}
		h.staff++
	case seatPublic:
		if h.displays() >= hubPublic || (from.IsValid() && h.public[from] >= hubAddress) {
			return nil, false
		}
		h.public[from]++
	case seatHere:
	}
	r := &reader{events: make(chan event, hubBuffer), want: want, seat: at, from: from}
	h.readers[r] = struct{}{}
	return r, true
}

// displays counts those on the network. The lock is held.
func (h *Hub) displays() int {
	n := 0
	for _, at := range h.public {
		n += at
	}
	return n
}

// leave ends a reader. It may have been cut off already.
func (h *Hub) leave(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(r)
}

// close cuts every reader off and lets no more in.
func (h *Hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for r := range h.readers {
		h.drop(r)
	}
}

// Begin tells the hub the Seq of the newest row of the journal before the
// first scan of this run. Without it the first check-in seen counts.
func (h *Hub) Begin(seq int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.order = newOrder(seq)
}

// cursor is the place of the newest event.
func (h *Hub) cursor() cursor {
	h.mu.Lock()
	defer h.mu.Unlock()
	return cursor{seq: h.order.floor(), n: h.n, run: h.run}
}

// place is where e stands in the stream.
func (h *Hub) place(e event) cursor { return cursor{seq: e.low, n: e.n, run: h.run} }

// missed gives the events after c. When the ring no longer holds them all,
// whole is false and recorded check-ins are left out: they stand in the
// journal after c.seq.
func (h *Hub) missed(c cursor) (events []event, whole bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	from := uint64(0)
	if h.n > hubRing {
		from = h.n - hubRing
	}
	if c.run == h.run && c.n >= from {
		from, whole = c.n, true
	}
	for n := from + 1; n <= h.n; n++ {
		e := h.ring[n%hubRing]
		if whole || e.kind != KindCheckIn || e.scan.Seq == 0 {
			events = append(events, e)
		}
	}
	return events, whole
}

// order follows the sequence numbers of check-ins. Lanes publish after their
// commits, so two may come in the wrong order; low is the number up to which
// none is missing. A number that never comes is given up once hubWindow others
// are waiting for it.
type order struct {
	low   int64
	ahead map[int64]struct{} // nil before anything is known
}

func newOrder(low int64) order {
	return order{low: low, ahead: make(map[int64]struct{})}
}

// floor is low, or -1 before anything is known.
func (o *order) floor() int64 {
	if o.ahead == nil {
		return -1
	}
	return o.low
}

func (o *order) add(seq int64) {
	if o.ahead == nil {
		*o = newOrder(seq - 1)
	}
	if seq <= o.low {
		return
	}
	o.ahead[seq] = struct{}{}
	if len(o.ahead) > hubWindow {
		o.low = slices.Min(slices.Collect(maps.Keys(o.ahead))) - 1
	}
	for {
		if _, ok := o.ahead[o.low+1]; !ok {
			return
		}
		o.low++
		delete(o.ahead, o.low)
	}
}

// cursor is a place in the stream: the id of an event. Every check-in up to
// seq, and every event of run up to n, has been seen. A seq of -1 says nothing
// about check-ins.
type cursor struct {
	seq int64
	n   uint64
	run string
}

// String is the id as browsers send it back: "4711.38.k3f9ab".
func (c cursor) String() string {
	return fmt.Sprintf("%d.%d.%s", c.seq, c.n, c.run)
}

// parseCursor reads an id. A number alone is the Seq of a check-in.
func parseCursor(s string) (cursor, bool) {
	seq, rest, _ := strings.Cut(s, ".")
	var c cursor
	var err error
	if c.seq, err = strconv.ParseInt(seq, 10, 64); err != nil || c.seq < -1 {
		return cursor{}, false
	}
	if rest == "" {
		return c, true
	}
	n, run, _ := strings.Cut(rest, ".")
	if c.n, err = strconv.ParseUint(n, 10, 64); err != nil || len(run) > 16 {
		return cursor{}, false
	}
	c.run = run
	return c, true
}
