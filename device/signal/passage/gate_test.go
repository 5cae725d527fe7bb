package passage

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = time.Millisecond

// step is one thing that happens to a gate; active and idle are what the contact
// becomes.
type step struct {
	at   time.Duration
	what string // let N, active, idle, lost (changes, then active), look, stop
}

func play(g *gate, steps []step) []string {
	var heard []string
	hear := func(answers ...answer) {
		for _, a := range answers {
			heard = append(heard, strings.TrimSpace(fmt.Sprintf("%s %d at %s", a.outcome, a.seq, a.at)))
		}
	}
	for _, s := range steps {
		switch s.what {
		case "active":
			hear(g.change(true, false, s.at)...)
		case "idle":
			hear(g.change(false, false, s.at)...)
		case "lost":
			hear(g.change(true, true, s.at)...)
		case "look":
			hear(g.expire(s.at)...)
		case "stop":
			hear(g.stop(s.at)...)
		default:
			var seq int64
			if _, err := fmt.Sscanf(s.what, "let %d", &seq); err != nil {
				panic(s.what)
			}
			g.authorise(seq, s.at)
		}
	}
	return heard
}

func TestWhatBecomesOfAnAuthorisation(t *testing.T) {
	rules := Rules{Window: 5 * time.Second, Debounce: 20 * ms}
	both := rules
	both.Both = true
	for _, c := range []struct {
		name  string
		rules Rules
		steps []step
		want  []string
	}{
		{"who goes through has passed", rules, []step{{0, "let 1"}, {800 * ms, "active"}, {900 * ms, "idle"}}, []string{"passed 1 at 800ms"}},
		{"who goes through at the last moment has passed", rules, []step{{0, "let 1"}, {5000 * ms, "active"}}, []string{"passed 1 at 5s"}},
		{
			"who comes too late has not, and goes through without a ticket", rules,
			[]step{{0, "let 1"}, {5001 * ms, "active"}},
			[]string{"not_passed 1 at 5s", "unauthorised 0 at 5.001s"},
		},
		{"who does not go through has not passed", rules, []step{{0, "let 1"}, {5200 * ms, "look"}}, []string{"not_passed 1 at 5s"}},
		{"nobody is told too early", rules, []step{{0, "let 1"}, {5000 * ms, "look"}}, nil},
		{
			"two go through in the order in which they were let in", rules,
			[]step{{0, "let 1"}, {1000 * ms, "let 2"}, {1500 * ms, "active"}, {1600 * ms, "idle"}, {2500 * ms, "active"}},
			[]string{"passed 1 at 1.5s", "passed 2 at 2.5s"},
		},
		{
			"of two who were let in one goes through", rules,
			[]step{{0, "let 1"}, {1000 * ms, "let 2"}, {1500 * ms, "active"}, {9000 * ms, "look"}},
			[]string{"passed 1 at 1.5s", "not_passed 2 at 6s"},
		},
		{
			"the second goes through after the first has given up", rules,
			[]step{{0, "let 1"}, {4000 * ms, "let 2"}, {6000 * ms, "active"}},
			[]string{"not_passed 1 at 5s", "passed 2 at 6s"},
		},
		{
			"one who follows without a ticket is told", rules,
			[]step{{0, "let 1"}, {800 * ms, "active"}, {900 * ms, "idle"}, {1300 * ms, "active"}},
			[]string{"passed 1 at 800ms", "unauthorised 0 at 1.3s"},
		},
		{
			"a contact that bounces counts once", rules,
			[]step{{0, "let 1"}, {10 * ms, "let 2"}, {800 * ms, "active"}, {802 * ms, "idle"}, {805 * ms, "active"}, {810 * ms, "idle"}},
			[]string{"passed 1 at 800ms"},
		},
		{
			"a contact that stays active counts once", rules,
			[]step{{0, "let 1"}, {10 * ms, "let 2"}, {800 * ms, "active"}, {1800 * ms, "active"}},
			[]string{"passed 1 at 800ms"},
		},
		{
			"a contact counts again when its going back was lost", rules,
			[]step{{0, "let 1"}, {10 * ms, "let 2"}, {800 * ms, "active"}, {1800 * ms, "lost"}},
			[]string{"passed 1 at 800ms", "passed 2 at 1.8s"},
		},
		{"what the contact does when it goes back counts nothing", rules, []step{{0, "let 1"}, {800 * ms, "idle"}}, nil},
		{
			"who was let in after the contact moved has not passed", rules,
			[]step{{1000 * ms, "let 1"}, {990 * ms, "active"}},
			[]string{"unauthorised 0 at 990ms"},
		},
		{"where people leave by the same contact that is no fraud", both, []step{{0, "active"}, {100 * ms, "idle"}}, nil},
		{"and who was let in there has passed all the same", both, []step{{0, "let 1"}, {100 * ms, "active"}}, []string{"passed 1 at 100ms"}},
		{
			"what cannot be told any more is unknown", rules,
			[]step{{0, "let 1"}, {4000 * ms, "let 2"}, {6000 * ms, "stop"}},
			[]string{"not_passed 1 at 5s", "unknown 2 at 6s"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := play(&gate{rules: c.rules}, c.steps); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAGateHoldsABoundedQueue(t *testing.T) {
	g := &gate{rules: Rules{Window: time.Second}}
	for n := range int64(maxWaiting) {
		if !g.authorise(n+1, 0) {
			t.Fatalf("no room for %d", n)
		}
	}
	if g.authorise(1000, 0) {
		t.Error("room without end")
	}
	if got := g.expire(time.Minute); len(got) != maxWaiting {
		t.Errorf("%d told", len(got))
	}
	if !g.authorise(1000, time.Minute) {
		t.Error("no room when they have gone")
	}
}

// Whatever happens, each authorisation ends in one answer, those who pass do so
// in order, and no more pass than the contact moved.
func TestEachAuthorisationEndsOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &gate{rules: Rules{Window: 2 * time.Second, Debounce: 20 * ms, Both: rapid.Bool().Draw(rt, "both")}}
		var now time.Duration
		let, moves := int64(0), 0
		ended := make(map[int64]Outcome)
		var order []int64
		hear := func(answers []answer) {
			for _, a := range answers {
				if a.outcome == Unauthorised {
					if g.rules.Both || a.seq != 0 {
						rt.Fatalf("%+v", a)
					}
					continue
				}
				if _, twice := ended[a.seq]; twice || a.seq < 1 || a.seq > let {
					rt.Fatalf("%d ended as %s and as %s", a.seq, ended[a.seq], a.outcome)
				}
				ended[a.seq] = a.outcome
				order = append(order, a.seq)
			}
		}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			now += time.Duration(rapid.IntRange(0, 900).Draw(rt, "after")) * ms
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				if g.authorise(let+1, now) {
					let++
				}
			case 1:
				moves++
				hear(g.change(true, rapid.Bool().Draw(rt, "missed"), now))
			case 2:
				hear(g.change(false, false, now))
			case 3:
				hear(g.expire(now - lateness))
			}
		}
		hear(g.stop(now))
		passed := 0
		for _, o := range ended {
			if o == Passed {
				passed++
			}
		}
		if int64(len(ended)) != let || !slices.IsSorted(order) || passed > moves {
			rt.Fatalf("%d of %d ended, in the order %v, %d passed in %d moves", len(ended), let, order, passed, moves)
		}
	})
}
