package scanner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
	"gatescand/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock follows the time of the synctest bubble; the box has been up for an
// hour.
type clock struct{ booted time.Time }

func newClock() clock { return clock{booted: time.Now().Add(-time.Hour)} }

func (c clock) Now() admission.Stamp {
	now := time.Now()
	return admission.Stamp{Wall: now.UTC(), Trusted: true, Boot: "boot-1", SinceBoot: now.Sub(c.booted)}
}

// diary is what happened, in order.
type diary struct {
	mu      sync.Mutex
	entries []string
}

func (d *diary) write(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, fmt.Sprintf(format, args...))
}

func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.entries)
}

// count tells how many entries begin with one of the words.
func (d *diary) count(words ...string) int {
	n := 0
	for _, e := range d.read() {
		for _, w := range words {
			if strings.HasPrefix(e, w) {
				n++
			}
		}
	}
	return n
}

// journal is a real store that can be made to fail.
type journal struct {
	*store.DB
	diary *diary

	mu     sync.Mutex
	before func() error // runs before every Record and Facts; its error is theirs
}

func (j *journal) on(before func() error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.before = before
}

func (j *journal) Record(ctx context.Context, p admission.Presentation) (admission.CheckIn, error) {
	j.mu.Lock()
	before := j.before
	j.mu.Unlock()
	if before != nil {
		if err := before(); err != nil {
			return admission.CheckIn{}, err
		}
	}
	c, err := j.DB.Record(ctx, p)
	if err == nil {
		j.diary.write("recorded %s %s", c.Verdict, c.Reason)
	}
	return c, err
}

// Facts fails with Record.
func (j *journal) Facts(ctx context.Context, p admission.Presentation) (admission.Facts, error) {
	j.mu.Lock()
	before := j.before
	j.mu.Unlock()
	if before != nil {
		if err := before(); err != nil {
			return admission.Facts{}, err
		}
	}
	return j.DB.Facts(ctx, p)
}

// lamp is the signals of a lane.
type lamp struct {
	diary *diary
	fail  func(admission.Verdict)
}

func (l *lamp) Show(v admission.Verdict, again bool) {
	if l.fail != nil {
		l.fail(v)
	}
	if again {
		l.diary.write("again %s", v)
		return
	}
	l.diary.write("show %s", v)
}

// watcher is the observer of a lane.
type watcher struct {
	diary *diary
	fail  func()
}

func (w *watcher) Scanned(c admission.CheckIn, _, _ time.Duration) {
	w.diary.write("scanned %s %s", c.Verdict, c.Reason)
	if w.fail != nil {
		w.fail()
	}
}

func (w *watcher) Repeated(c admission.CheckIn) { w.diary.write("repeated %s", c.Verdict) }

// board holds the conditions that stand.
type board struct {
	mu       sync.Mutex
	standing map[string]string
}

func (b *board) Raise(code, subject, detail string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.standing[code+" "+subject] = detail
}

func (b *board) Clear(code, subject string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.standing, code+" "+subject)
}

func (b *board) has(code, subject string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.standing[code+" "+subject]
	return ok
}

// detail gives the words of a condition, and whether it stands.
func (b *board) detail(code, subject string) (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, ok := b.standing[code+" "+subject]
	return d, ok
}

// platformAccount is an account whose codes say what they are: "good:1" is
// signed by it, "bare:1" is of a form without signature, "bad:1" has a wrong
// signature, "torn:1" is malformed; everything else is not of its platform.
type platformAccount struct {
	name    string
	mute    bool // recognises nothing
	policy  admission.Policy
	ask     scanner.Ask
	timeout time.Duration
	answer  func(ctx context.Context, code []byte) (admission.Answer, error)

	recognise func([]byte) // runs first
	verify    func([]byte)

	mu    sync.Mutex
	asked int
}

func (a *platformAccount) Name() string                     { return a.name }
func (a *platformAccount) Platform() admission.PlatformName { return admission.TiBillet }
func (a *platformAccount) Policy() admission.Policy         { return a.policy }

func (a *platformAccount) Recognise(code []byte) admission.Recognition {
	if a.recognise != nil {
		a.recognise(code)
	}
	kind, _, found := bytes.Cut(code, []byte(":"))
	switch {
	case a.mute || !found:
		return admission.NotMine
	case string(kind) == "torn":
		return admission.Malformed
	case slices.Contains([]string{"good", "bare", "bad"}, string(kind)):
		return admission.Mine
	}
	return admission.NotMine
}

func (a *platformAccount) Verify(code []byte) admission.Credential {
	if a.verify != nil {
		a.verify(code)
	}
	kind, id, _ := bytes.Cut(code, []byte(":"))
	c := admission.Credential{TicketKey: admission.TicketKey{Account: a.name, ID: string(id)}}
	switch string(kind) {
	case "good":
		c.Proof = admission.ProofGood
	case "bad":
		c.Proof = admission.ProofBad
	default:
		c.Proof = admission.ProofNone
	}
	return c
}

func (a *platformAccount) Asking() (scanner.Ask, time.Duration) {
	if a.ask == "" {
		return scanner.AskNever, 0
	}
	return a.ask, a.timeout
}

func (a *platformAccount) Ask(ctx context.Context, code []byte, _ admission.Credential) (admission.Answer, error) {
	a.mu.Lock()
	a.asked++
	answer := a.answer
	a.mu.Unlock()
	return answer(ctx, code)
}

// answers makes the platform answer so from the next question on. A question
// that the lane has given up may still be on its way, so this takes turns
// with it.
func (a *platformAccount) answers(with func(context.Context, []byte) (admission.Answer, error)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = with
}

func (a *platformAccount) questions() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

// gate is one lane with everything around it.
type gate struct {
	*scanner.Lane
	diary      *diary
	journal    *journal
	lamp       *lamp
	watcher    *watcher
	conditions *board
	account    *platformAccount
	clock      clock
	log        *bytes.Buffer // read only after the lane has stopped

	stop func() // ends Run's context and waits for it
	end  func() // ends Run's context
}

// options change a gate before it is made.
type options struct {
	cfg      scanner.LaneConfig
	accounts []scanner.Account
}

// newGate makes a lane "north" with a real journal in which account "lespass"
// lists tickets 1 to 9, and runs it until the test ends.
func newGate(tb testing.TB, change ...func(*options, *gate)) *gate {
	tb.Helper()
	c := newClock()
	db := openStore(tb, c)
	return gateOn(tb, c, db, change...)
}

func gateOn(tb testing.TB, c clock, db *store.DB, change ...func(*options, *gate)) *gate {
	tb.Helper()
	d := &diary{}
	g := &gate{
		diary: d, journal: &journal{DB: db, diary: d}, lamp: &lamp{diary: d}, watcher: &watcher{diary: d},
		conditions: &board{standing: make(map[string]string)}, clock: c, log: &bytes.Buffer{},
		account: &platformAccount{name: "lespass"},
	}
	o := &options{cfg: scanner.LaneConfig{
		Station: "Main entrance", Name: "north", Direction: admission.Entry, HoldOff: 3 * time.Second,
	}}
	o.accounts = []scanner.Account{g.account}
	for _, f := range change {
		f(o, g)
	}
	ids := 0
	g.Lane = scanner.NewLane(o.cfg, scanner.LaneDeps{
		Journal: g.journal, Accounts: func() []scanner.Account { return o.accounts }, Signals: g.lamp, Observer: g.watcher,
		Conditions: g.conditions, Clock: c, Log: slog.New(slog.NewTextHandler(g.log, nil)),
		NewID: func() string {
			ids++
			return fmt.Sprintf("01%s%020d", strings.ToUpper(o.cfg.Name), ids)
		},
	})
	ctx, cancel := context.WithCancel(tb.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	g.end = cancel
	g.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Errorf("run: %v", err)
		}
	})
	tb.Cleanup(g.stop)
	return g
}

func openStore(tb testing.TB, c clock) *store.DB {
	tb.Helper()
	db, err := store.Open(tb.Context(), filepath.Join(tb.TempDir(), "gatescand.db"), store.Options{
		Now: c.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	var tickets []admission.Ticket
	for n := 1; n <= 9; n++ {
		tickets = append(tickets, admission.Ticket{
			TicketKey: admission.TicketKey{ID: fmt.Sprint(n)}, Event: "concert", Product: "Seat", Status: admission.StatusValid,
		})
	}
	list(tb, db, c, "lespass", tickets)
	return db
}

// list makes tickets the complete list of an account.
func list(tb testing.TB, db *store.DB, c clock, account string, tickets []admission.Ticket) {
	tb.Helper()
	w, err := db.BeginSweep(tb.Context(), account, "concert", c.Now())
	if err == nil {
		_, err = db.ApplyPage(tb.Context(), w, admission.SweepPage{Tickets: tickets, Total: len(tickets)}, true)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// scan presents a code and waits for the answer.
func (g *gate) scan(tb testing.TB, code string) scanner.Result {
	tb.Helper()
	r, err := g.Scan(tb.Context(), []byte(code), false)
	if err != nil {
		tb.Fatalf("scan %q: %v", code, err)
	}
	return r
}

// frame presents a code as the reader does, read just now.
func (g *gate) frame(tb testing.TB, code string) {
	tb.Helper()
	g.Frame(tb.Context(), reader.Frame{Code: []byte(code), At: g.clock.Now().SinceBoot})
}

// rows gives the journal.
func (g *gate) rows(tb testing.TB) []admission.CheckIn {
	tb.Helper()
	rows, err := g.journal.CheckIns(tb.Context(), 0, 100_000, store.CheckInFilter{})
	if err != nil {
		tb.Fatal(err)
	}
	return rows
}

func want(tb testing.TB, r scanner.Result, v admission.Verdict, reason admission.Reason) {
	tb.Helper()
	if r.CheckIn.Verdict != v || r.CheckIn.Reason != reason {
		tb.Errorf("got %s %s, want %s %s", r.CheckIn.Verdict, r.CheckIn.Reason, v, reason)
	}
}

func wantDiary(tb testing.TB, d *diary, entries ...string) {
	tb.Helper()
	if got := d.read(); !slices.Equal(got, entries) {
		tb.Errorf("what happened:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(entries, "\n  "))
	}
}

var errDisk = errors.New("the disk is full")
