package admission

// Step is one rung as it was walked, for explaining a decision.
type Step struct {
	Rung   int
	Name   string
	Result StepResult
}

// StepResult says what became of a rung.
type StepResult string

// The results of a rung.
const (
	Passed     StepResult = "passed"
	Decided    StepResult = "decided"
	NotReached StepResult = "not reached"
)

// rung is one rule of the door. Its test returns true when it has decided.
type rung struct {
	name string
	test func(*climb) bool
}

// ladder gives the rules of the door in their order. Rung n is element n-1.
func ladder() [18]rung {
	return [18]rung{
		{"the journal can be written", journalDown},
		{"the lane is open", laneClosed},
		{"an account recognises the code", unreadable},
		{"the code is genuine", forged},
		{"one account holds the ticket", ambiguous},
		{"whoever is inside may leave", exit},
		{"not revoked by the platform", revoked},
		{"not canceled", canceled},
		{"paid and activated", unpaid},
		{"for an event served here", wrongEvent},
		{"for a product this lane serves", wrongProduct},
		{"within its time", outsideWindow},
		{"the clock can be trusted where time matters", clockUntrusted},
		{"not used as often as it may be", alreadyRedeemed},
		{"on the list, or vouched for", unlisted},
		{"known at all", unknown},
		{"the house has room", full},
		{"admit", admitted},
	}
}

// Decide answers one scan. It walks the ladder from the top; the first rung
// that has something to say decides.
func Decide(f Facts, s Scan) Decision {
	c := climb{facts: f, scan: s}
	for i, r := range ladder() {
		if r.test(&c) {
			c.out.Rung = i + 1
			return c.out
		}
	}
	// The last rung always decides; this is what it would be if it did not.
	c.settle(Hold, ReasonUnknown)
	c.out.Rung = 18
	return c.out
}

// Explain gives the decision and what became of every rung on the way.
func Explain(f Facts, s Scan) (Decision, []Step) {
	c := climb{facts: f, scan: s}
	rungs := ladder()
	steps := make([]Step, len(rungs))
	done := false
	for i, r := range rungs {
		steps[i] = Step{Rung: i + 1, Name: r.name, Result: NotReached}
		if done {
			continue
		}
		steps[i].Result = Passed
		if r.test(&c) {
			steps[i].Result = Decided
			c.out.Rung = i + 1
			done = true
		}
	}
	return c.out, steps
}

// climb is one walk up the ladder: the facts, and what has been made of them
// so far.
type climb struct {
	facts Facts
	scan  Scan
	out   Decision

	claim *Claim // the account's claim the rest of the ladder looks at
	view  view

	onSignature bool // rung 15 passed a ticket that is not on the list
	onForm      bool // rung 16 passed a bare code nobody speaks of
}

func (c *climb) settle(v Verdict, r Reason) bool {
	c.out.Verdict, c.out.Reason = v, r
	return true
}

// choose settles by a policy that offers hold or refuse. Anything else,
// the zero value included, is a hold.
func (c *climb) choose(p Choice, r Reason) bool {
	if p == ChooseRefuse {
		return c.settle(Refuse, r)
	}
	return c.settle(Hold, r)
}

// take makes claim the one the rest of the ladder looks at.
func (c *climb) take(claim *Claim) {
	c.claim = claim
	c.view = look(claim, c.scan.At)
	c.out.Platform = claim.Credential.Platform
	c.out.Ticket = claim.Credential.TicketKey
	c.out.Event = c.view.event
	c.out.Product = c.view.product
	if !c.view.unproven { // never a name before the signature has been checked
		c.out.Holder = c.view.holder
	}
	c.out.ListAge, c.out.ListAgeKnown, c.out.ListWhole = c.view.listAge, c.view.listAgeKnown, claim.List.Complete
}
