package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	controlcard "gatescand/device/admin/card"
	"gatescand/scanner/reader"
)

// cardKeyName is the file in the data directory with the key of the control
// cards.
const cardKeyName = "control-cards.key"

// cardRests is how long a card must have been away from a reader before it acts
// again, where the lane's own hold-off is not longer: somebody holds it there and
// waits to see what comes of it.
const cardRests = 4 * time.Second

// cardTable is where the control cards of the station are known. The key is made
// when it is first needed.
type cardTable struct {
	file string

	mu   sync.Mutex
	key  *controlcard.Key
	seen map[string]seenCard // by lane
}

// seenCard is the card that a lane's reader read last.
type seenCard struct {
	digest string
	at     time.Duration // since boot
}

func newCardTable(dir string) *cardTable {
	return &cardTable{file: filepath.Join(dir, cardKeyName), seen: make(map[string]seenCard)}
}

// current gives the key, made where there is none.
func (t *cardTable) current() (*controlcard.Key, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.key != nil {
		return t.key, nil
	}
	key, err := controlcard.Load(t.file)
	if err != nil {
		return nil, err
	}
	t.key = key
	return key, nil
}

// renew puts a new key in the place of the old one. A damaged one is replaced
// too: that is what somebody asks for who makes new cards.
func (t *cardTable) renew() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := t.key
	if key == nil {
		var err error
		if key, err = controlcard.Load(t.file); errors.Is(err, controlcard.ErrDamaged) {
			key = &controlcard.Key{}
		} else if err != nil {
			return err
		}
	}
	fresh, err := key.Renew(t.file)
	if err != nil {
		return err
	}
	t.key = fresh
	return nil
}

// rests tells whether a card acts now: not while it is still held before the
// reader. Each reading of it begins the rest anew.
func (t *cardTable) rests(lane, digest string, at, rest time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	last, read := t.seen[lane]
	t.seen[lane] = seenCard{digest: digest, at: at}
	return !read || last.digest != digest || at-last.at >= rest
}

// carded takes the control cards out of what a lane's own reader has read. What
// only looks like a card goes on to the lane without what it says, so that it is
// refused like any code that nobody can read and leaves nothing in the journal
// that could be printed.
func (d *daemon) carded(l *lane, f reader.Frame) (rest reader.Frame, taken bool) {
	if f.Overlong || !controlcard.Looks(f.Code) {
		return f, false
	}
	action, verdict := controlcard.Action(""), controlcard.Forged
	key, err := d.cards.current()
	if err != nil {
		d.log.Error("a control card cannot be checked", slog.Any("lane", l.Name()), slog.Any("error", err))
	} else {
		action, verdict = key.Judge(f.Code, l.Name(), d.laneNames())
	}
	if verdict != controlcard.Valid {
		d.log.Warn("control card refused", slog.Any("lane", l.Name()), slog.Any("why", string(verdict)))
		return reader.Frame{At: f.At, AIM: f.AIM, End: f.End, Overlong: true}, false
	}
	if !d.cards.rests(l.Name(), string(action), f.At, max(l.cfg.HoldOff, cardRests)) {
		return f, true
	}
	if err := d.obey(context.Background(), l.Name(), action); err != nil {
		d.log.Error("a control card could not be obeyed", slog.Any("lane", l.Name()), slog.Any("action", string(action)), slog.Any("error", err))
		return f, true
	}
	d.log.Info("control card obeyed", slog.Any("lane", l.Name()), slog.Any("action", string(action)))
	return f, true
}

// obey does what a card says. None of it moves the gate.
func (d *daemon) obey(ctx context.Context, lane string, action controlcard.Action) error {
	switch action {
	case controlcard.Close:
		return d.SetOpen(ctx, lane, false)
	case controlcard.Open:
		return d.SetOpen(ctx, lane, true)
	case controlcard.Check:
		for _, l := range d.Lanes() {
			if l.Name == lane {
				return d.SetChecking(ctx, lane, !l.Checking)
			}
		}
	}
	return admin.ErrNotFound
}

func (d *daemon) laneNames() []string {
	var names []string
	for _, l := range d.current.Load().lanes {
		names = append(names, l.Name())
	}
	return names
}

// Cards makes daemon an admin.Cards: the cards of the lanes there are. A lane
// that always checks has none for it.
func (d *daemon) Cards(context.Context) ([]admin.Card, error) {
	key, err := d.cards.current()
	if err != nil {
		return nil, cardFault(err)
	}
	var out []admin.Card
	for _, l := range d.current.Load().lanes {
		for _, action := range controlcard.Actions() {
			if action == controlcard.Check && l.cfg.Direction == configs.Check {
				continue
			}
			out = append(out, admin.Card{Lane: l.Name(), Action: string(action), Code: key.Text(l.Name(), action)})
		}
	}
	return out, nil
}

// RenewCards makes all earlier cards worthless.
func (d *daemon) RenewCards(context.Context) error {
	if err := d.cards.renew(); err != nil {
		return cardFault(err)
	}
	return nil
}

// cardFault lets an administrator read what is wrong with the key.
func cardFault(err error) error {
	f := &admin.Error{
		Status: http.StatusServiceUnavailable, Code: "cards_unavailable", Message: "The key of the control cards cannot be used.",
		Hint: "Is there room on the disk? The station's log says more.", Err: err,
	}
	if errors.Is(err, controlcard.ErrDamaged) {
		f.Hint = "Make new cards; the ones that were printed are worthless."
	}
	return f
}
