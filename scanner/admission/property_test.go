package admission_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
)

func drawStamp(t *rapid.T, label string) admission.Stamp {
	boot := rapid.SampledFrom([]string{"boot-0", "boot-1", ""}).Draw(t, label+" boot")
	minutes := rapid.IntRange(-300, 300).Draw(t, label+" minutes")
	return admission.Stamp{
		Wall:      noon().Wall.Add(time.Duration(minutes) * time.Minute),
		Trusted:   rapid.Bool().Draw(t, label+" trusted"),
		Boot:      boot,
		SinceBoot: time.Duration(rapid.IntRange(0, 600).Draw(t, label+" since boot")) * time.Minute,
	}
}

func drawWindow(t *rapid.T, label string) admission.Window {
	var w admission.Window
	if rapid.Bool().Draw(t, label+" from") {
		w.From = noon().Wall.Add(time.Duration(rapid.IntRange(-180, 180).Draw(t, label+" from minutes")) * time.Minute)
	}
	if rapid.Bool().Draw(t, label+" until") {
		w.Until = noon().Wall.Add(time.Duration(rapid.IntRange(-180, 180).Draw(t, label+" until minutes")) * time.Minute)
	}
	w.WholeDays = rapid.Bool().Draw(t, label+" whole days")
	return w
}

func drawStatus(t *rapid.T, label string) admission.Status {
	return rapid.SampledFrom([]admission.Status{
		admission.StatusValid, admission.StatusValid, admission.StatusValid, admission.StatusUnpaid,
		admission.StatusCanceled, admission.StatusRevoked, admission.StatusUnclear,
	}).Draw(t, label)
}

func drawEvent(t *rapid.T, label string) string {
	return rapid.SampledFrom([]string{"tonight", "tonight", "tomorrow", ""}).Draw(t, label)
}

// drawPassages makes a history in journal order whose clocks say anything.
func drawPassages(t *rapid.T, label string) []admission.Passage {
	n := rapid.IntRange(0, 4).Draw(t, label+" passages")
	passages := make([]admission.Passage, n)
	for i := range passages {
		passages[i] = admission.Passage{
			Seq: int64(i + 1), At: drawStamp(t, fmt.Sprintf("%s passage %d", label, i)),
			Direction: rapid.SampledFrom([]admission.Direction{admission.Entry, admission.Exit, admission.Check}).Draw(t, label+" direction"),
			By:        admission.Here,
		}
	}
	return passages
}

func fold(passages []admission.Passage) admission.Presence {
	var p admission.Presence
	for _, x := range passages {
		p = p.Fold(x)
	}
	return p
}

func drawClaim(t *rapid.T, account string) admission.Claim {
	key := admission.TicketKey{Account: account, ID: rapid.SampledFrom([]string{"t1", "t1", "t1", ""}).Draw(t, account+" id")}
	choices := []admission.Choice{"", admission.ChooseHold, admission.ChooseRefuse, admission.ChooseAdmit, admission.ChoosePass, admission.ChooseRecord}
	c := admission.Claim{
		Credential: admission.Credential{
			TicketKey: key,
			Proof: rapid.SampledFrom([]admission.Proof{
				admission.ProofGood, admission.ProofGood, admission.ProofNone, admission.ProofUnchecked, admission.ProofBad,
			}).Draw(t, account+" proof"),
			Unusual: rapid.IntRange(0, 3).Draw(t, account+" unusual") == 0,
			Event:   drawEvent(t, account+" proved event"),
			Price:   rapid.SampledFrom([]string{"", "46527"}).Draw(t, account+" proved price"),
			Window:  drawWindow(t, account+" signed window"),
		},
		Policy: admission.Policy{
			Events:           rapid.SampledFrom([][]string{nil, {}, {"tonight"}}).Draw(t, account+" events served"),
			Unlisted:         rapid.SampledFrom(choices).Draw(t, account+" unlisted"),
			ClockUntrusted:   rapid.SampledFrom(choices).Draw(t, account+" clock policy"),
			StaleAfter:       time.Duration(rapid.IntRange(0, 60).Draw(t, account+" stale after")) * time.Minute,
			StaleRefuseAfter: time.Duration(rapid.IntRange(0, 120).Draw(t, account+" refuse after")) * time.Minute,
			EventWindow:      rapid.Bool().Draw(t, account+" event window"),
		},
		List:     admission.List{Complete: rapid.Bool().Draw(t, account+" list complete"), AsOf: drawStamp(t, account+" as of")},
		Presence: fold(drawPassages(t, account)),
	}
	if rapid.Bool().Draw(t, account+" listed") {
		c.Ticket = &admission.Ticket{
			TicketKey: key, Event: drawEvent(t, account+" event"), Status: drawStatus(t, account+" status"),
			Product: rapid.SampledFrom([]string{"Concert", "Balcony", ""}).Draw(t, account+" product"),
			Used:    rapid.Bool().Draw(t, account+" used"), UsesAllowed: rapid.IntRange(0, 2).Draw(t, account+" uses"),
			Window: drawWindow(t, account+" window"), Holder: "Jo",
		}
	}
	if rapid.IntRange(0, 3).Draw(t, account+" answered") == 0 {
		c.Answer = &admission.Answer{
			Found:  rapid.Bool().Draw(t, account+" found"),
			Forged: rapid.IntRange(0, 5).Draw(t, account+" forged") == 0,
			Status: drawStatus(t, account+" answered status"),
			Used:   rapid.Bool().Draw(t, account+" answered used"),
		}
	}
	if rapid.Bool().Draw(t, account+" event known") {
		c.Event = &admission.Event{ID: "tonight", Start: noon().Wall.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, account+" start")) * time.Hour)}
	}
	return c
}

func drawFacts(t *rapid.T) admission.Facts {
	f := admission.Facts{
		JournalDown: rapid.IntRange(0, 20).Draw(t, "journal down") == 0,
		Closed:      rapid.IntRange(0, 20).Draw(t, "closed") == 0,
		House:       admission.House{Inside: rapid.IntRange(0, 3).Draw(t, "inside"), Capacity: rapid.IntRange(0, 3).Draw(t, "capacity")},
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "claims") {
		f.Claims = append(f.Claims, drawClaim(t, fmt.Sprintf("account%d", i)))
	}
	return f
}

func drawScan(t *rapid.T, directions ...admission.Direction) admission.Scan {
	kinds := []admission.ReentryKind{admission.ReentryNever, admission.ReentryAfterExit, admission.ReentryAfter, admission.ReentryUnlimited, ""}
	return admission.Scan{
		Direction: rapid.SampledFrom(directions).Draw(t, "lane direction"),
		At:        drawStamp(t, "scan"),
		Products:  rapid.SampledFrom([][]string{nil, {"Concert"}}).Draw(t, "lane products"),
		Reentry: admission.Reentry{
			Kind: rapid.SampledFrom(kinds).Draw(t, "re-entry"), After: time.Duration(rapid.IntRange(0, 60).Draw(t, "re-entry after")) * time.Minute,
		},
	}
}

// copyFacts lets a test change one world and keep the other.
func copyFacts(f admission.Facts) admission.Facts {
	f.Claims = slices.Clone(f.Claims)
	for i := range f.Claims {
		c := &f.Claims[i]
		if c.Ticket != nil {
			ticket := *c.Ticket
			c.Ticket = &ticket
		}
		if c.Answer != nil {
			answer := *c.Answer
			c.Answer = &answer
		}
	}
	return f
}

// refusing are facts that speak against a scan, each made true in one world.
func refusing() map[string]func(*admission.Facts, *admission.Claim) {
	status := func(s admission.Status) func(*admission.Facts, *admission.Claim) {
		return func(_ *admission.Facts, c *admission.Claim) {
			if c.Ticket == nil {
				c.Ticket = &admission.Ticket{TicketKey: c.Credential.TicketKey}
			}
			c.Ticket.Status = s
			if c.Answer != nil {
				c.Answer.Status = s
			}
		}
	}
	return map[string]func(*admission.Facts, *admission.Claim){
		"the journal is down":   func(f *admission.Facts, _ *admission.Claim) { f.JournalDown = true },
		"the lane is closed":    func(f *admission.Facts, _ *admission.Claim) { f.Closed = true },
		"the signature is bad":  func(_ *admission.Facts, c *admission.Claim) { c.Credential.Proof = admission.ProofBad },
		"revoked":               status(admission.StatusRevoked),
		"canceled":              status(admission.StatusCanceled),
		"unpaid":                status(admission.StatusUnpaid),
		"the house is full":     func(f *admission.Facts, _ *admission.Claim) { f.House = admission.House{Inside: 9, Capacity: 1} },
		"the platform disowns":  func(_ *admission.Facts, c *admission.Claim) { c.Answer = &admission.Answer{} },
		"the platform says bad": func(_ *admission.Facts, c *admission.Claim) { c.Answer = &admission.Answer{Forged: true} },
		"used elsewhere": func(_ *admission.Facts, c *admission.Claim) {
			if c.Ticket != nil {
				c.Ticket.Used = true
			}
			if c.Answer != nil {
				c.Answer.Used = true
			}
		},
		"entered once more": func(_ *admission.Facts, c *admission.Claim) {
			seq := max(c.Presence.LastEntry.Seq, c.Presence.LastExit.Seq) + 1
			c.Presence = c.Presence.Fold(admission.Passage{Seq: seq, At: admission.Stamp{}, Direction: admission.Entry, By: admission.Here})
		},
		"expired": func(_ *admission.Facts, c *admission.Claim) {
			c.Credential.Window = admission.Window{Until: noon().Wall.Add(-24 * time.Hour)}
		},
		"another account holds it too": func(f *admission.Facts, c *admission.Claim) {
			other := *c
			other.Credential.Account = "third"
			f.Claims = append(f.Claims, other)
		},
	}
}

// More refusing facts never turn a refusal into an admission. At an exit a use
// is no refusing fact: it is what lets people out, so the exits are left out.
func TestPropertyRefusingFactsNeverAdmit(t *testing.T) {
	muts := refusing()
	names := make([]string, 0, len(muts))
	for name := range muts {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		s := drawScan(t, admission.Entry, admission.Check)
		d := admission.Decide(f, s)
		if d.Verdict == admission.Admit || len(f.Claims) == 0 {
			return
		}
		name := rapid.SampledFrom(names).Draw(t, "refusing fact")
		worse := copyFacts(f)
		i := rapid.IntRange(0, len(f.Claims)-1).Draw(t, "claim")
		if d.Verdict == admission.Hold && len(f.Claims) > 1 {
			return // taking one of two claims away may resolve an ambiguity
		}
		muts[name](&worse, &worse.Claims[i])
		if got := admission.Decide(worse, s); got.Verdict == admission.Admit {
			t.Fatalf("%s (%s), but once %q also holds: %s (%s)", d.Verdict, d.Reason, name, got.Verdict, got.Reason)
		}
	})
}

// Nothing is admitted without grounds, and the grounds are true.
func TestPropertyGroundsAreTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		s := drawScan(t, admission.Entry, admission.Exit, admission.Check)
		d := admission.Decide(f, s)
		if d.Verdict != admission.Admit {
			if d.Grounds != admission.GroundsNone {
				t.Fatalf("%s has grounds %q", d.Verdict, d.Grounds)
			}
			return
		}
		if d.Reason == admission.ReasonExit {
			return
		}
		var c *admission.Claim
		for i := range f.Claims {
			if f.Claims[i].Credential.TicketKey == d.Ticket {
				c = &f.Claims[i]
			}
		}
		if c == nil || c.Credential.Proof == admission.ProofBad || c.Credential.ID == "" {
			t.Fatalf("admitted a ticket nobody vouches for: %+v", d)
		}
		switch d.Grounds {
		case admission.GroundsListed:
			age, known := s.At.Since(c.List.AsOf)
			if c.Ticket == nil || c.Ticket.Status != admission.StatusValid || !c.List.Complete || !known ||
				(c.Policy.StaleAfter > 0 && age > c.Policy.StaleAfter) {
				t.Fatalf("not on a fresh list: %+v", c)
			}
		case admission.GroundsStale:
			if c.Ticket == nil || c.Ticket.Status != admission.StatusValid {
				t.Fatalf("not on a list: %+v", c)
			}
		case admission.GroundsSignature:
			if c.Credential.Proof != admission.ProofGood || c.Policy.Unlisted != admission.ChooseAdmit {
				t.Fatalf("not proven, or not allowed to rest on it: %+v", c)
			}
		case admission.GroundsOnline:
			if c.Answer == nil || !c.Answer.Found || c.Answer.Status != admission.StatusValid {
				t.Fatalf("nobody vouched: %+v", c)
			}
		case admission.GroundsUnproven:
			if c.Credential.Proof != admission.ProofNone || c.Credential.Unusual || c.Policy.Unlisted != admission.ChooseRecord || c.Answer != nil {
				t.Fatalf("proven, answered, or not allowed to rest on the form: %+v", c)
			}
		case admission.GroundsNone, admission.GroundsOverride:
			t.Fatalf("admitted on %q", d.Grounds)
		}
	})
}

// The order of check-ins decides re-entry, whatever the clocks said.
func TestPropertyOrderDecidesReentry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		passages := drawPassages(t, "history")
		c := listedClaim()
		c.Presence = fold(passages)
		s := entryScan()
		s.Reentry.Kind = admission.ReentryAfterExit

		entries, inside, last := 0, false, admission.Direction("")
		for _, p := range passages {
			if p.Direction == admission.Check {
				continue
			}
			last = p.Direction
			inside = p.Direction == admission.Entry
			if inside {
				entries++
			}
		}
		want := entries == 0 || last == admission.Exit
		if got := admission.Decide(facts(c), s).Verdict == admission.Admit; got != want || c.Presence.Inside != inside {
			t.Fatalf("after %d entries, last %q: admitted %v, want %v", entries, last, got, want)
		}
		s.Reentry.Kind = admission.ReentryNever
		if got := admission.Decide(facts(c), s).Verdict == admission.Admit; got != (entries == 0) {
			t.Fatalf("re-entry never, after %d entries: admitted %v", entries, got)
		}
	})
}

// The same facts give the same decision, and no facts lead off the ladder.
func TestPropertyDecideIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		s := drawScan(t, admission.Entry, admission.Exit, admission.Check)
		first := admission.Decide(f, s)
		second := admission.Decide(copyFacts(f), s)
		if fmt.Sprintf("%+v", first) != fmt.Sprintf("%+v", second) && first.Previous == nil {
			t.Fatalf("the same facts gave %+v and %+v", first, second)
		}
		if first.Rung < 1 || first.Rung > 18 || !slices.Contains(admission.Reasons(), first.Reason) {
			t.Fatalf("outside the ladder: %+v", first)
		}
	})
}
