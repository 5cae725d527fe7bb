package stebby_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/fakestebby"
)

// fate is what happens to one request.
type fate int

const (
	fine    fate = iota
	lost         // it has its effect, the answer does not come
	cut          // it has its effect, half of the answer comes
	proxy        // it has its effect, the proxy in front has given up
	never        // it does not arrive
	gateway      // it does not arrive, and the proxy says so
	full         // it is turned away, for a while
	portal       // a log-in page answers
	late         // it has its effect some time after the gate has given up
	fates
)

func (f fate) mood() fakeserver.Mood {
	return map[fate]fakeserver.Mood{
		lost: {Fault: fakeserver.LostAnswer}, cut: {Fault: fakeserver.CutBody}, proxy: {Fault: fakeserver.BadGateway, AfterWork: true},
		never: {Fault: fakeserver.Offline}, gateway: {Fault: fakeserver.BadGateway}, full: {Fault: fakeserver.Throttled, RetryAfter: "1"},
		portal: {Fault: fakeserver.CaptivePage}, late: {Fault: fakeserver.Offline},
	}[f]
}

// unsure tells whether the gate cannot know what became of a use.
func (f fate) unsure() bool { return f != fine && f != full }

// death is where a gate loses its power.
type death int

const (
	lives         death = iota
	beforeWriting       // before the memo is on disk
	afterWriting        // after that, before the use
	afterUse            // before what became of it is on disk
	deaths
)

// trial is one check-in and what goes wrong with it.
type trial struct {
	Lookups []fate // of each look-up in turn; then all is fine
	Uses    []fate // of each use in turn; then all is fine
	Delays  []int  // seconds of those that are late
	Deaths  []death
	Waits   []int // seconds between attempts; then long ones
	Desk    int   // before which request the desk uses the ticket, -1 for never
	// Lax servers take a use of a used ticket with success, and count it.
	Lax bool
}

func drawTrial(rt *rapid.T) trial {
	fatesOf := func(name string, most int) []fate {
		return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) fate { return fate(rapid.IntRange(0, int(fates)-1).Draw(rt, "fate")) }), 0, most).Draw(rt, name)
	}
	return trial{
		Lookups: fatesOf("look-ups", 6),
		Uses:    fatesOf("uses", 5),
		Delays:  rapid.SliceOfN(rapid.IntRange(1, 29), 5, 5).Draw(rt, "delays"),
		Deaths: rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) death {
			return death(rapid.IntRange(0, int(deaths)-1).Draw(rt, "death"))
		}), 0, 4).Draw(rt, "deaths"),
		Waits: rapid.SliceOfN(rapid.IntRange(0, 45), 0, 8).Draw(rt, "waits"),
		Desk:  rapid.IntRange(-1, 8).Draw(rt, "desk"),
		Lax:   rapid.Bool().Draw(rt, "lax"),
	}
}

// run is a trial under way.
type run struct {
	*house
	rt    *rapid.T
	trial trial

	mu      sync.Mutex // a connection that is cut orders nothing between the server's goroutines and the test's
	lookups int
	uses    int
	asked   int
	unsure  bool // a use left whose end the gate cannot know
	pending []int64
	dead    bool
	memo    string
}

var errPower = errors.New("the power went")

// each is the oracle: it decides what happens to one request.
func (r *run) each(a fakeserver.Arrival) fakeserver.Mood {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked == r.trial.Desk {
		_ = r.UseAtDesk(someCode, "desk") // refused where the gate came first
	}
	r.asked++
	next := func(fates []fate, n *int) fate {
		defer func() { *n++ }()
		if *n < len(fates) {
			return fates[*n]
		}
		return fine
	}
	if a.Route != fakestebby.RouteUse {
		return next(r.trial.Lookups, &r.lookups).mood()
	}
	n := r.uses
	f := next(r.trial.Uses, &r.uses)
	r.unsure = r.unsure || f.unsure()
	if f == late {
		r.pending = append(r.pending, r.clock.Load()+int64(r.trial.Delays[n]))
	}
	m := f.mood()
	m.DoubleSuccess = r.trial.Lax
	return m
}

// wait lets time pass, in which late requests arrive.
func (r *run) wait(seconds int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	until := r.clock.Load() + int64(seconds)
	for _, at := range r.pending {
		if at <= until {
			r.clock.Store(max(r.clock.Load(), at))
			_ = r.UseAtDesk(someCode, "late gate") // refused where somebody came first
		}
	}
	r.pending = nil
	r.clock.Store(until)
}

func (r *run) usesSeen() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.uses
}

func (r *run) isUnsure() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unsure
}

// attempt is one attempt by a gate that may lose its power; done is false where
// nothing came of it, or nothing that anybody remembers.
func (r *run) attempt(n int) (out admission.Outcome, done bool) {
	dies := lives
	if n < len(r.trial.Deaths) {
		dies = r.trial.Deaths[n]
	}
	wrote := false
	jot := func(_ context.Context, memo string) error {
		switch {
		case wrote && r.dead:
			return errPower
		case dies == beforeWriting:
			r.dead = true
			return errPower
		}
		r.memo, wrote = memo, true
		if dies == afterWriting {
			r.dead = true
			r.mu.Lock()
			r.unsure = true
			r.mu.Unlock()
			return errPower
		}
		return nil
	}
	r.dead = false
	before := r.usesSeen()
	del := r.delivery(someCode)
	del.Attempt, del.Memo = n+1, r.memo
	out, err := r.newDrawer().Deliver(r.rt.Context(), del, jot)
	after := r.usesSeen()
	if after > before+1 {
		r.rt.Fatalf("%d uses in one attempt", after-before)
	}
	if r.dead && after > before {
		r.rt.Fatal("a use was sent though its memo was not written")
	}
	if err != nil && !errors.Is(err, errPower) && platform.ClassOf(err) == platform.Auth {
		r.rt.Fatalf("the account would be stopped: %v", err)
	}
	if (err == nil) == (out.Kind == "") {
		r.rt.Fatalf("outcome %+v with error %v", out, err)
	}
	return out, err == nil && dies != afterUse
}

// Whatever becomes of requests and answers, whoever else uses the ticket and
// whenever the power goes: one check-in is counted at most once by the
// platform, the delivery comes to an end, and what it says is true.
func TestOneCheckInIsCountedOnce(t *testing.T) {
	h := newHouse(t)
	var checked, ours, conflicts atomic.Int32
	rapid.Check(t, func(rt *rapid.T) {
		h.Remove(someCode)
		h.clock.Store(0)
		h.add(fakestebby.Ticket{Code: someCode})
		r := &run{house: h, rt: rt, trial: drawTrial(rt)}
		h.SetOracle(r.each)
		h.ForgetRequests()
		var out admission.Outcome
		done := false
		for n := 0; !done; n++ {
			if n > 40 {
				rt.Fatal("the delivery does not come to an end though the network is well")
			}
			out, done = r.attempt(n)
			wait := 60
			if n < len(r.trial.Waits) {
				wait = r.trial.Waits[n]
			}
			r.wait(wait)
		}
		checked.Add(1)
		mine, theirs := r.counted()
		if mine > 1 {
			rt.Fatalf("the platform counts %d uses for one check-in", mine)
		}
		switch {
		case out.Kind == admission.OutcomeDelivered && mine != 1:
			rt.Fatalf("delivered, but the platform has %d uses of ours", mine)
		case out.Kind == admission.OutcomeOurs && mine != 1 && !r.isUnsure():
			rt.Fatal("called ours, though no use of ours could have arrived")
		case out.Kind == admission.OutcomeConflict && (mine != 0 || theirs == 0):
			rt.Fatalf("%s, but the platform has %d uses of ours and %d of others", out.Conflict, mine, theirs)
		case out.Kind == admission.OutcomeRejected:
			rt.Fatalf("rejected: %+v", out)
		}
		switch out.Kind {
		case admission.OutcomeOurs:
			ours.Add(1)
		case admission.OutcomeConflict:
			conflicts.Add(1)
		case admission.OutcomeDelivered, admission.OutcomeRejected:
		}
	})
	t.Logf("%d trials, %d ours, %d conflicts", checked.Load(), ours.Load(), conflicts.Load())
}

// counted gives the uses the platform counts, ours and those of others.
func (r *run) counted() (mine, theirs int) {
	for _, u := range r.Uses() {
		if u.Success {
			mine++
		}
	}
	t, err := r.Ticket(someCode)
	must(r.tb, err)
	theirs = t.Uses - mine
	if t.UsedBy == "late gate" {
		mine, theirs = mine+1, theirs-1
	}
	return mine, theirs
}
