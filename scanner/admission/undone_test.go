package admission_test

import (
	"testing"
	"time"

	"gatescand/scanner/admission"
)

// What the platform says of a ticket whose use was undone here. Each row but the
// first is the same without the undo: used, and refused.
func TestAUseThatWasUndoneHereRefusesNobody(t *testing.T) {
	taken := noon().Wall.Add(-time.Hour)
	ours := admission.Standing{Uses: 1, Until: taken}
	listed := func(at time.Time, by string) func(*admission.Claim) {
		return func(c *admission.Claim) {
			c.Ticket.Used, c.Ticket.UsedAt, c.Ticket.UsedBy = true, at, by
			c.Policy.Self = "us"
		}
	}
	answered := func(times int, by string) func(*admission.Claim) {
		return func(c *admission.Claim) {
			c.Answer = &admission.Answer{Found: true, Status: admission.StatusValid, Used: true, UsedTimes: times, UsedBy: by, Event: c.Ticket.Event}
			c.Policy.Self = "us"
		}
	}
	for name, row := range map[string]struct {
		standing admission.Standing
		says     func(*admission.Claim)
		want     admission.Reason
	}{
		"nothing was undone":         {admission.Standing{}, listed(taken, "us"), admission.ReasonAlreadyRedeemed},
		"used, nobody knows by whom": {ours, listed(time.Time{}, ""), admission.ReasonAdmitted},
		"used by us":                 {ours, listed(taken, "us"), admission.ReasonAdmitted},
		"used by another":            {ours, listed(taken, "them"), admission.ReasonAlreadyRedeemed},
		"used by another, and who we are is not known": {ours, func(c *admission.Claim) {
			listed(taken, "them")(c)
			c.Policy.Self = ""
		}, admission.ReasonAdmitted},
		"used a moment later by another clock":          {ours, listed(taken.Add(time.Minute), ""), admission.ReasonAdmitted},
		"used much later":                               {ours, listed(taken.Add(30*time.Minute), ""), admission.ReasonAlreadyRedeemed},
		"used much later, ours may still be on its way": {admission.Standing{Uses: 1}, listed(taken.Add(30*time.Minute), ""), admission.ReasonAdmitted},
		"counted once, as often as by us":               {ours, answered(1, ""), admission.ReasonAdmitted},
		"counted once more than by us":                  {ours, answered(2, ""), admission.ReasonAlreadyRedeemed},
		"counted twice, both ours":                      {admission.Standing{Uses: 2}, answered(2, ""), admission.ReasonAdmitted},
		"just said to be used by us":                    {ours, answered(0, "us"), admission.ReasonAdmitted},
		"just said to be used by another":               {ours, answered(0, "them"), admission.ReasonAlreadyRedeemed},
		"gone from a list of usable tickets":            {ours, func(c *admission.Claim) { c.Ticket.Used, c.Ticket.Gone = true, true }, admission.ReasonAdmitted},
		"canceled meanwhile":                            {ours, func(c *admission.Claim) { listed(taken, "us")(c); c.Ticket.Status = admission.StatusCanceled }, admission.ReasonCanceled},
	} {
		t.Run(name, func(t *testing.T) {
			c := listedClaim()
			c.Standing = row.standing
			row.says(&c)
			if d := admission.Decide(facts(c), entryScan()); d.Reason != row.want {
				t.Errorf("%s %s, want %s", d.Verdict, d.Reason, row.want)
			}
		})
	}
}

// Our own entries decide where there are any: an undone use beside one that
// stands excuses nothing.
func TestAnEntryThatStandsIsNotExcusedByOneThatWasUndone(t *testing.T) {
	c := listedClaim()
	c.Standing = admission.Standing{Uses: 2}
	c.Presence = c.Presence.Fold(admission.Passage{Seq: 3, At: noon(), Direction: admission.Entry, By: admission.Here})
	if d := admission.Decide(facts(c), entryScan()); d.Reason != admission.ReasonAlreadyRedeemed {
		t.Errorf("%s %s", d.Verdict, d.Reason)
	}
}

func TestAnUndoGivesThePresenceBeforeTheLastEntry(t *testing.T) {
	pass := func(seq int64, d admission.Direction) admission.Passage {
		return admission.Passage{Seq: seq, Direction: d, By: admission.Here}
	}
	for name, row := range map[string]struct {
		passages []admission.Passage
		before   admission.Passage
		entries  int
		inside   bool
	}{
		"the only entry":                 {[]admission.Passage{pass(1, admission.Entry)}, admission.Passage{}, 0, false},
		"the only entry, left since":     {[]admission.Passage{pass(1, admission.Entry), pass(2, admission.Exit)}, admission.Passage{}, 0, false},
		"a second entry while inside":    {[]admission.Passage{pass(1, admission.Entry), pass(2, admission.Entry)}, pass(1, admission.Entry), 1, true},
		"a second entry after an exit":   {[]admission.Passage{pass(1, admission.Entry), pass(2, admission.Exit), pass(3, admission.Entry)}, pass(1, admission.Entry), 1, false},
		"a second entry that left since": {[]admission.Passage{pass(1, admission.Entry), pass(2, admission.Entry), pass(3, admission.Exit)}, pass(1, admission.Entry), 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			var p admission.Presence
			for _, x := range row.passages {
				p = p.Fold(x)
			}
			if got := p.Undone(row.before); got.Entries != row.entries || got.Inside != row.inside || got.LastEntry != row.before || got.LastExit != p.LastExit {
				t.Errorf("got %+v", got)
			}
		})
	}
}
