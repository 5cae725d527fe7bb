package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"gatescand/device/admin"
	"gatescand/scanner/reader"
	"gatescand/scanner/reader/inventory"
)

const (
	// listeningFor is how long the page listens for a code.
	listeningFor = 30 * time.Second
	// newsWithin is how long a question for news of it waits at most.
	newsWithin = 12 * time.Second
	// mostNotes is how many remarks are kept.
	mostNotes = 30
)

// lessons listens to readers for the page, one after the other, on one goroutine
// of its own.
type lessons struct {
	open func(address string, now reader.Monotonic) (reader.Source, error)
	now  reader.Monotonic
	held func(inventory.Device) string

	asked chan *hearing // holds one: what to listen to next

	mu      sync.Mutex
	current *hearing
}

// hearing is one time of listening. The lock of its lessons guards it.
type hearing struct {
	wanted  []string
	stop    chan struct{} // closed when another begins
	until   time.Duration // since boot
	changed chan struct{} // closed and made anew with every change
	state   admin.Learning
}

func newLessons(now reader.Monotonic, held func(inventory.Device) string) *lessons {
	return &lessons{open: newSource, now: now, held: held, asked: make(chan *hearing, 1)}
}

// Run listens to what is asked for until ctx ends.
func (l *lessons) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case h := <-l.asked:
			l.listen(ctx, h)
		}
	}
}

// begin asks for a new time of listening and ends the one before.
func (l *lessons) begin(wanted []string) admin.Learning {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current != nil {
		close(l.current.stop)
	}
	h := &hearing{wanted: wanted, stop: make(chan struct{}), changed: make(chan struct{}), until: l.now() + listeningFor}
	h.state = admin.Learning{Running: true, Notes: []string{}}
	l.current = h
	select {
	case <-l.asked: // one that nobody will listen to any more
	default:
	}
	l.asked <- h
	return l.tell(h)
}

// change alters what is known and wakes whoever waits for it.
func (l *lessons) change(h *hearing, alter func(*admin.Learning)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	alter(&h.state)
	h.state.Seq++
	close(h.changed)
	h.changed = make(chan struct{})
}

// tell gives what is known now. The lock is held.
func (l *lessons) tell(h *hearing) admin.Learning {
	out := h.state
	out.Notes = slices.Clone(out.Notes)
	if out.Running {
		out.Seconds = int(max(h.until-l.now(), 0) / time.Second)
	}
	return out
}

// news waits until more than after has happened, and gives all there is.
func (l *lessons) news(ctx context.Context, after int) admin.Learning {
	ctx, cancel := context.WithTimeout(ctx, newsWithin)
	defer cancel()
	for {
		l.mu.Lock()
		h := l.current
		if h == nil {
			l.mu.Unlock()
			return admin.Learning{Notes: []string{}}
		}
		now, changed := l.tell(h), h.changed
		l.mu.Unlock()
		if now.Seq > after || !now.Running {
			return now
		}
		select {
		case <-ctx.Done():
			return now
		case <-changed:
		}
	}
}

// listen listens once.
func (l *lessons) listen(ctx context.Context, h *hearing) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var watch sync.WaitGroup
	defer watch.Wait()
	over := make(chan struct{})
	defer close(over)
	watch.Go(func() {
		select {
		case <-h.stop:
			cancel()
		case <-over:
		}
	})
	session := &learning{
		open: l.open, mono: l.now, held: l.held, wanted: h.wanted,
		remark: func(text string) {
			l.change(h, func(s *admin.Learning) {
				if len(s.Notes) < mostNotes {
					s.Notes = append(s.Notes, text)
				}
			})
		},
		taught: func(one lesson) error {
			l.change(h, func(s *admin.Learning) { s.Lesson = lessonOf(one) })
			return nil
		},
		layout: func() { l.change(h, func(s *admin.Learning) { s.Typing = true }) },
	}
	_, err := session.run(ctx, listeningFor)
	l.change(h, func(s *admin.Learning) {
		s.Running = false
		if err != nil {
			s.Notes = append(s.Notes, clean(err.Error()))
		}
	})
}

// lessonOf gives a lesson in the words of the page.
func lessonOf(l lesson) *admin.Lesson {
	out := &admin.Lesson{
		What: clean(l.What), Address: l.Address, Terminator: l.Terminator, Bytes: l.Bytes, Content: l.Content,
		Layouts: append([]string{}, l.Layouts...), Advice: append([]string{}, l.Advice...), Complete: l.done(),
	}
	if l.AIM != "" {
		out.Symbology = symbologyOf(l.AIM)
	}
	return out
}

// Learn begins to listen for the page.
func (d *daemon) Learn(_ context.Context, address string) (admin.Learning, error) {
	var wanted []string
	if address != "" {
		if _, err := reader.ParseAddress(address); err != nil {
			return admin.Learning{}, &admin.Error{
				Status: http.StatusUnprocessableEntity, Code: "bad_address", Message: "This is no address of a reader: " + clean(err.Error()),
				Hint: "Take one of those that are plugged in.", Err: err,
			}
		}
		wanted = []string{address}
	}
	return d.lessons.begin(wanted), nil
}

// Learned gives news of what is being learned.
func (d *daemon) Learned(ctx context.Context, after int) admin.Learning {
	return d.lessons.news(ctx, after)
}

// LayoutCode is the text that tells keyboard layouts apart.
func (d *daemon) LayoutCode() string { return layoutText }

// heldBy names the running lane that has a device, "" for none.
func (d *daemon) heldBy(device inventory.Device) string {
	s := d.current.Load()
	if s == nil {
		return ""
	}
	device.Lanes = nil
	one := []inventory.Device{device}
	inventory.Roots{}.Assign(one, plannedLanes(s.cfg))
	if len(one[0].Lanes) == 0 {
		return ""
	}
	return one[0].Lanes[0]
}

// SetupReaders lists what is plugged in.
func (d *daemon) SetupReaders(context.Context) (admin.SetupReaders, error) {
	devices, err := inventory.Scan(inventory.Roots{})
	if err != nil {
		return admin.SetupReaders{}, errors.Join(errors.New("what is plugged in cannot be listed"), err)
	}
	out := admin.SetupReaders{Readers: []admin.SetupReader{}, Missing: []string{}}
	for _, l := range (inventory.Roots{}).Assign(devices, plannedLanes(d.current.Load().cfg)) {
		out.Missing = append(out.Missing, l.Name)
	}
	for _, dev := range devices {
		r := admin.SetupReader{
			Kind: string(dev.Kind), Looks: string(dev.Looks), What: clean(dev.What()), Address: dev.Address, Node: dev.Node,
			Lanes: append([]string{}, dev.Lanes...),
		}
		if dev.Access.State == inventory.AccessDenied {
			r.Denied = clean(dev.Access.Remedy)
		}
		out.Readers = append(out.Readers, r)
	}
	return out, nil
}
