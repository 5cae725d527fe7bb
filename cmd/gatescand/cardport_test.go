package main

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatescand/device/admin"
	controlcard "gatescand/device/admin/card"
	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// cardOf gives the card of a lane as it is printed.
func (r *rig) cardOf(lane string, action controlcard.Action) string {
	r.t.Helper()
	list, err := r.d.Cards(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, c := range list {
		if c.Lane == lane && c.Action == string(action) {
			return c.Code
		}
	}
	r.t.Fatalf("no card %s of %s", action, lane)
	return ""
}

// show holds a card before a reader; nothing answers it.
func (r *rig) show(p *ptyReader, code string) {
	r.t.Helper()
	if err := p.Hold([]byte(code)); err != nil {
		r.t.Fatal(err)
	}
}

// isOpen tells whether a lane is open.
func (r *rig) isOpen(lane string) bool {
	l, err := r.d.lane(lane)
	return err == nil && l.IsOpen()
}

// latest gives the newest row of the journal, after at least so many.
func (r *rig) latest(rows int64) admission.CheckIn {
	r.t.Helper()
	var out admission.CheckIn
	r.eventually("the journal has the row", func() bool {
		list, err := r.d.Latest(r.t.Context(), 1)
		if err != nil || len(list) == 0 {
			return false
		}
		out = list[0]
		return out.Seq >= rows
	})
	return out
}

func TestCardsCloseAndOpenALaneAtItsOwnReader(t *testing.T) {
	r := newRig(t)
	south := r.reader("south", `hold_off = "0s"`)
	first, second := r.ticket(faketibillet.Valid), r.ticket(faketibillet.Valid)
	r.start()
	north := r.readers[0]

	r.show(north, r.cardOf("north", controlcard.Close))
	r.eventually("north is closed", func() bool { return !r.isOpen("north") })
	r.expect(r.print(first), admission.Refuse, admission.ReasonClosed)
	if !r.isOpen("south") {
		t.Error("south closed too")
	}
	rows := r.latest(1).Seq

	// A card of another lane is refused like any code that nobody can read, and
	// does nothing; nor does the journal keep what it says.
	r.show(south, r.cardOf("north", controlcard.Open))
	c := r.latest(rows + 1)
	if c.Reason != admission.ReasonUnreadable || c.Lane != "south" || c.Ticket.ID != "" || r.isOpen("north") {
		t.Errorf("%+v, open %v", c, r.isOpen("north"))
	}
	r.show(north, strings.ToLower(r.cardOf("north", controlcard.Open)))
	r.eventually("north is open", func() bool { return r.isOpen("north") })
	r.expect(r.print(second), admission.Admit, admission.ReasonAdmitted)
	if got := r.latest(rows + 2); got.Seq != rows+2 {
		t.Errorf("cards have left %d rows in the journal", got.Seq-rows-2)
	}

	// The cards that were printed die with their key.
	old := r.cardOf("north", controlcard.Close)
	if err := r.d.RenewCards(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.show(north, old)
	if c := r.latest(rows + 3); c.Reason != admission.ReasonUnreadable || !r.isOpen("north") {
		t.Errorf("%+v, open %v", c, r.isOpen("north"))
	}
	r.show(north, r.cardOf("north", controlcard.Close))
	r.eventually("north is closed by the new card", func() bool { return !r.isOpen("north") })
}

func TestTheSameCardTurnsALaneToCheckingAndBack(t *testing.T) {
	r := newRig(t)
	ticket := r.ticket(faketibillet.Valid)
	r.start()
	checking := func() bool {
		for _, l := range r.d.Lanes() {
			if l.Name == "north" {
				return l.Checking
			}
		}
		return false
	}
	if err := r.d.obey(t.Context(), "north", controlcard.Check); err != nil || !checking() {
		t.Fatalf("checking %v, %v", checking(), err)
	}
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted) // and is not used up
	r.show(r.readers[0], r.cardOf("north", controlcard.Check))
	r.eventually("north lets people in again", func() bool { return !checking() })
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	if err := r.d.obey(t.Context(), "west", controlcard.Check); !errors.Is(err, admin.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestALaneThatACardClosedStaysClosedOverARestart(t *testing.T) {
	r := newRig(t)
	r.start()
	r.show(r.readers[0], r.cardOf("north", controlcard.Close))
	r.eventually("north is closed", func() bool { return !r.isOpen("north") })
	card := r.cardOf("north", controlcard.Open)
	r.stop()
	r.start()
	if r.isOpen("north") {
		t.Fatal("north opened by itself")
	}
	r.show(r.readers[0], card)
	r.eventually("north is open", func() bool { return r.isOpen("north") })
}

func TestACardThatIsHeldActsOnce(t *testing.T) {
	t.Parallel()
	table := newCardTable(t.TempDir())
	rest := 4 * time.Second
	for _, step := range []struct {
		what string
		card string
		at   time.Duration
		acts bool
	}{
		{"first shown", "check", 10 * time.Second, true},
		{"still held", "check", 11 * time.Second, false},
		{"held for long", "check", 14 * time.Second, false},
		{"another card", "close", 15 * time.Second, true},
		{"shown again after a while", "close", 19 * time.Second, true},
	} {
		if got := table.rests("north", step.card, step.at, rest); got != step.acts {
			t.Errorf("%s: acts %v", step.what, got)
		}
	}
	if !table.rests("south", "close", 19*time.Second, rest) {
		t.Error("another lane waits for this one")
	}
}

func TestNoCardCodeReachesTheLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	d := &daemon{log: slog.New(slog.NewTextHandler(&log, nil)), cards: newCardTable(t.TempDir())}
	d.current.Store(&station{})
	key, err := d.cards.current()
	if err != nil {
		t.Fatal(err)
	}
	code := key.Text("south", controlcard.Close)
	l := &lane{Lane: scanner.NewLane(scanner.LaneConfig{Name: "north"}, scanner.LaneDeps{Clock: stillClock{}})}
	rest, taken := d.carded(l, reader.Frame{Code: []byte(code), AIM: "]Q1", At: time.Second})
	if taken || !rest.Overlong || len(rest.Code) > 0 || rest.At != time.Second {
		t.Errorf("%+v, %v", rest, taken)
	}
	ticket := reader.Frame{Code: []byte("a ticket")}
	if rest, taken := d.carded(l, ticket); taken || string(rest.Code) != "a ticket" {
		t.Errorf("a ticket was taken for a card: %+v, %v", rest, taken)
	}
	if said := log.String(); !strings.Contains(said, "control card refused") || strings.Contains(said, code[8:]) {
		t.Errorf("the log says %s", said)
	}
}

func TestADamagedKeyIsToldAndNewCardsMendIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, cardKeyName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &daemon{log: newDiscard(), cards: newCardTable(dir)}
	d.current.Store(&station{})
	_, err := d.Cards(t.Context())
	if f, ok := errors.AsType[*admin.Error](err); !ok || f.Status != 503 || !strings.Contains(f.Hint, "Make new cards") {
		t.Errorf("%v", err)
	}
	if err := d.RenewCards(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Cards(t.Context()); err != nil {
		t.Error(err)
	}
}

// stillClock is a clock that stands.
type stillClock struct{}

func (stillClock) Now() admission.Stamp { return admission.Stamp{} }
