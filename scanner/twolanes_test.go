package scanner_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
)

// Any number of lanes given any tickets at the same instant, any number of
// times, admit each ticket once, and the journal says so.
func TestTwoLanesNeverAdmitOneTicketTwice(t *testing.T) {
	c := newClock()
	db := openStore(t, c)
	var gates []*gate
	for _, name := range []string{"north", "south", "west"} {
		gates = append(gates, gateOn(t, c, db, func(o *options, _ *gate) { o.cfg.Name, o.cfg.HoldOff = name, 0 }))
	}
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		var tickets []admission.Ticket
		count := rapid.IntRange(1, 4).Draw(t, "tickets")
		for n := range count {
			tickets = append(tickets, admission.Ticket{
				TicketKey: admission.TicketKey{ID: fmt.Sprintf("r%d-%d", round, n)}, Event: "concert", Status: admission.StatusValid,
			})
		}
		// Whether one has been sold a minute ago makes no difference.
		signedOnly := rapid.Bool().Draw(t, "on no list")
		for _, g := range gates {
			g.account.policy = admission.Policy{Unlisted: admission.ChooseAdmit}
		}
		if !signedOnly {
			must(t, db.ApplyChanges(t.Context(), "lespass", "concert", tickets, c.Now(), ""))
		}
		shown := rapid.SliceOfN(rapid.IntRange(0, count-1), 1, 6).Draw(t, "shown")
		results := make(chan admission.CheckIn, len(gates)*len(shown))
		var lanes sync.WaitGroup
		start := make(chan struct{})
		for _, g := range gates {
			lanes.Go(func() {
				<-start
				for _, n := range shown {
					r, err := g.Scan(t.Context(), fmt.Appendf(nil, "good:r%d-%d", round, n), false)
					if err != nil {
						t.Errorf("scan: %v", err)
						return
					}
					results <- r.CheckIn
				}
			})
		}
		close(start)
		lanes.Wait()
		close(results)
		admitted, presented := make(map[string]int), make(map[string]bool)
		for _, n := range shown {
			presented[tickets[n].ID] = true
		}
		for r := range results {
			switch {
			case r.Verdict == admission.Admit:
				admitted[r.Ticket.ID]++
			case r.Reason != admission.ReasonAlreadyRedeemed:
				t.Errorf("ticket %s: %s", r.Ticket.ID, r.Reason)
			case r.Previous == nil || r.Previous.Lane == "":
				t.Errorf("ticket %s: nobody says where it was used", r.Ticket.ID)
			}
		}
		for id := range presented {
			if admitted[id] != 1 {
				t.Errorf("ticket %s was admitted %d times", id, admitted[id])
			}
		}
	})
	if v, err := db.VerifyJournal(t.Context()); err != nil || !v.OK() {
		t.Errorf("the journal does not verify: %+v, %v", v, err)
	}
}

func must(tb rapid.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("%v", err)
	}
}

// What a whole lane takes from the code to the signal, on a real store. The
// signature costs nothing here: the drawer is a fake.
func BenchmarkAdmission(b *testing.B) {
	c := newClock()
	db := openStore(b, c)
	g := gateOn(b, c, db, func(_ *options, g *gate) { g.account.policy = admission.Policy{Unlisted: admission.ChooseAdmit} })
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		if r := g.scan(b, fmt.Sprintf("good:new-%d", n)); r.CheckIn.Verdict != admission.Admit {
			b.Fatalf("%s", r.CheckIn.Reason)
		}
	}
}

// What the lane itself adds to the store.
func BenchmarkLaneAlone(b *testing.B) {
	for _, k := range []struct {
		name string
		code func(n int) string
	}{
		{"a repeated read", func(int) string { return "good:1" }},
		{"a flood", func(n int) string { return fmt.Sprintf("noise %d", n) }},
	} {
		b.Run(k.name, func(b *testing.B) {
			c := newClock()
			db := openStore(b, c)
			g := gateOn(b, c, db, func(o *options, _ *gate) { o.cfg.HoldOff = time.Minute })
			for n := range 40 {
				g.scan(b, k.code(-n))
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				g.scan(b, k.code(n))
			}
		})
	}
}
