package main

import (
	"bytes"
	"slices"
	"time"

	"gatescand/configs"
	"gatescand/scanner/admission"
)

// simAnswer is what the door says to a code.
type simAnswer struct {
	verdict admission.Verdict
	reason  admission.Reason
	// uses is how often the platform may be told of an entry, for the answer
	// that admits.
	uses int
	// online says of an answer that admits that the platform vouched for it.
	online bool
}

func (a simAnswer) same(b simAnswer) bool {
	return a.verdict == b.verdict && a.reason == b.reason && a.online == b.online
}

// simClaim is one account's claim to a code, with what the station can know of
// the ticket: its list as it stands now, and what the platform would say.
type simClaim struct {
	account configs.Account
	site    simSite
	index   int
	cred    admission.Credential
	policy  admission.Policy
	row     *admission.Ticket // on the station's list, nil when it is not
	truth   simTruth
	ticket  *simTicket // nil when nobody ever sold it
	fake    bool       // the code is a forgery, which the platform would notice
	asked   bool       // one way it may have gone: the platform was asked, and answered
	// lapsed is one way it may have gone after a restart of the box with a clock
	// that was not trusted: nobody knows how long ago the last entry was.
	lapsed bool
}

// simExpect is every answer that the rules of the door allow to a code, when
// it is not known which questions got through.
type simExpect struct {
	code    []byte
	held    *simHeld
	allowed []simAnswer
	claims  []simClaim
	// vague says that Stebby may have spoken of the code, see reason.
	vague bool
}

// reason makes no difference where the station makes one by chance: what Stebby
// has just said of a ticket that it no longer gives is written onto the list
// beside the decision, and may come before or after it.
func (x simExpect) reason(r admission.Reason) admission.Reason {
	if x.vague && r == admission.ReasonAlreadyRedeemed {
		return admission.ReasonUnknown
	}
	return r
}

// claims are what the accounts of a lane make of a code, by their own word:
// form and signature are not what is simulated here.
func (w *simWorld) claims(lane configs.Lane, code []byte) simExpect {
	x := simExpect{code: code}
	s := w.daemon().current.Load()
	for i, c := range w.config().Accounts {
		if len(lane.Accounts) > 0 && !slices.Contains(lane.Accounts, c.Name) {
			continue
		}
		a := s.account(c.Name)
		claim := simClaim{account: c, site: w.sites[i], index: i, policy: a.Policy()}
		switch a.Recognise(code) {
		case admission.NotMine:
			continue
		case admission.Malformed:
			claim.cred.Proof = admission.ProofBad
		case admission.Mine:
			claim.cred = a.Verify(code)
		}
		claim.cred.Account = c.Name
		if claim.cred.ID != "" {
			claim.ticket = w.ticket(claim.cred.TicketKey)
			if claim.cred.Proof == admission.ProofGood && claim.ticket == nil {
				w.fail("a good signature of %s names a ticket nobody has made", c.Name)
			}
			if row, err := w.daemon().store.Ticket(w.ctx, claim.cred.TicketKey); err == nil {
				claim.row = &row
			}
			if claim.ticket != nil {
				w.sync(claim.ticket)
				claim.truth = claim.site.truth(claim.ticket)
			}
		}
		x.claims = append(x.claims, claim)
		x.vague = x.vague || claim.site.platform() == admission.Stebby
	}
	return x
}

// expect works out the answers that are allowed to a code at a lane now.
func (w *simWorld) expect(lane configs.Lane, x simExpect, t *simTicket) simExpect {
	x.held = w.holding(lane, x.code)
	x.allowed = nil
	for ways := range 2 << len(x.claims) {
		claims := slices.Clone(x.claims)
		possible := true
		for i := range claims {
			c := &claims[i]
			c.asked, c.fake, c.lapsed = ways>>(i+1)&1 == 1, t == nil, ways&1 == 1
			possible = possible && (!c.asked || c.canAsk()) && (!c.lapsed || c.mayLapse(w))
		}
		if !possible {
			continue
		}
		a := w.judge(lane, claims)
		a.reason = x.reason(a.reason)
		if !slices.ContainsFunc(x.allowed, a.same) {
			x.allowed = append(x.allowed, a)
		}
	}
	return x
}

// mayLapse tells whether the station may not know how long ago the last entry
// was.
func (c *simClaim) mayLapse(w *simWorld) bool {
	return c.entries() > 0 && c.ticket.boot != w.house.box.boots
}

// canAsk tells whether the platform may have been asked.
func (c *simClaim) canAsk() bool {
	return c.account.Ask != configs.AskNever && c.site.traits().asks && c.cred.ID != "" && c.cred.Proof != admission.ProofBad
}

// forged tells whether a claim is none.
func (c *simClaim) forged() bool {
	if c.cred.Proof == admission.ProofBad || (c.cred.ID == "" && c.cred.Proof != admission.ProofUnchecked) || (c.asked && c.fake && c.truth.known) {
		return true
	}
	return c.cred.Proof == admission.ProofGood && c.cred.Event != "" && c.row != nil && c.row.Event != "" && c.row.Event != c.cred.Event
}

func (c *simClaim) entries() int {
	if c.ticket == nil {
		return 0
	}
	return c.ticket.entries
}

// holds tells whether somebody vouches that the ticket is this account's.
func (c *simClaim) holds() bool {
	switch {
	case c.entries() > 0, c.cred.Proof == admission.ProofGood:
		return true
	case c.asked:
		return c.truth.known
	}
	return c.row != nil
}

// judge says what the door must say, for one way the questions may have gone.
// It follows the table of DESIGN section 4, written anew for what is met here.
func (w *simWorld) judge(lane configs.Lane, claims []simClaim) simAnswer {
	refuse := func(r admission.Reason) simAnswer { return simAnswer{verdict: admission.Refuse, reason: r} }
	hold := func(r admission.Reason) simAnswer { return simAnswer{verdict: admission.Hold, reason: r} }
	if w.closed[lane.Name] {
		return refuse(admission.ReasonClosed)
	}
	if len(claims) == 0 {
		return refuse(admission.ReasonUnreadable)
	}
	genuine := slices.DeleteFunc(claims, func(c simClaim) bool { return c.forged() })
	if len(genuine) == 0 {
		return refuse(admission.ReasonForged)
	}
	left := slices.DeleteFunc(slices.Clone(genuine), func(c simClaim) bool { return !c.holds() })
	if len(left) == 0 {
		left = slices.DeleteFunc(slices.Clone(genuine), func(c simClaim) bool { return c.asked })
		if len(left) == 0 {
			left = genuine[:1]
		}
	}
	if len(left) > 1 {
		return hold(admission.ReasonAmbiguous)
	}
	return w.judgeOne(lane, &left[0], refuse, hold)
}

func (w *simWorld) judgeOne(lane configs.Lane, c *simClaim, refuse, hold func(admission.Reason) simAnswer) simAnswer {
	status, used, known, absent := admission.StatusValid, false, false, false
	event := c.cred.Event
	if c.row != nil {
		known, status, used = true, c.row.Status, c.row.Used
		if c.row.Event != "" {
			event = c.row.Event
		}
	}
	if c.asked {
		if absent = !c.truth.known; !absent {
			known, status, used = true, c.truth.status, c.truth.used
			if c.truth.event != "" {
				event = c.truth.event
			}
		}
	}
	unproven := c.cred.Proof == admission.ProofUnchecked && (!c.asked || absent)
	inside := c.ticket != nil && (c.ticket.inside || (c.ticket.entries == 0 && !c.ticket.left && used))
	if lane.Direction == configs.Exit && inside && !unproven {
		return simAnswer{verdict: admission.Admit, reason: admission.ReasonExit, online: c.asked && !absent}
	}
	switch status {
	case admission.StatusRevoked:
		return refuse(admission.ReasonRevoked)
	case admission.StatusCanceled:
		return refuse(admission.ReasonCanceled)
	case admission.StatusUnpaid:
		return refuse(admission.ReasonUnpaid)
	case admission.StatusValid, admission.StatusUnclear:
	}
	eventSure := c.policy.Events == nil || event != ""
	if c.policy.Events != nil && event != "" && !slices.Contains(c.policy.Events, event) {
		return refuse(admission.ReasonWrongEvent)
	}
	uses := 1
	switch {
	case c.entries() > 0:
		if c.lapsed || !w.reenters(lane, c.ticket) {
			return refuse(admission.ReasonAlreadyRedeemed)
		}
	case used:
		if lane.Reentry.Kind != configs.ReentryUnlimited && c.row != nil && c.row.Gone && !c.asked {
			return hold(admission.ReasonAlreadyRedeemed) // gathered from its absence, and nobody could be asked
		}
		if lane.Reentry.Kind != configs.ReentryUnlimited {
			return refuse(admission.ReasonAlreadyRedeemed)
		}
		uses = 0
	}
	admit := simAnswer{verdict: admission.Admit, reason: admission.ReasonAdmitted, uses: uses, online: c.asked && !absent}
	switch {
	case !known && !absent && c.cred.Proof == admission.ProofGood:
		return w.unlisted(c, eventSure, hold, refuse)
	case absent:
		return refuse(admission.ReasonUnknown)
	case !known && c.account.Unlisted == configs.UnlistedAdmit && c.policy.Unlisted == admission.ChooseRecord && c.cred.Proof == admission.ProofNone && !c.cred.Unusual:
		admit.reason = admission.ReasonUnknown
		return admit
	case !known && c.account.Unlisted == configs.UnlistedRefuse:
		return refuse(admission.ReasonUnknown)
	case !known, unproven, !eventSure, status == admission.StatusUnclear:
		return hold(admission.ReasonUnknown)
	}
	return admit
}

// unlisted is for a good signature that nothing else speaks of.
func (w *simWorld) unlisted(c *simClaim, eventSure bool, hold, refuse func(admission.Reason) simAnswer) simAnswer {
	switch {
	case c.account.Unlisted == configs.UnlistedAdmit && eventSure:
		return simAnswer{verdict: admission.Admit, reason: admission.ReasonUnlisted, uses: 1}
	case c.account.Unlisted == configs.UnlistedRefuse:
		return refuse(admission.ReasonUnlisted)
	}
	return hold(admission.ReasonUnlisted)
}

// reenters tells whether the rules of a lane let a used ticket in once more.
func (w *simWorld) reenters(lane configs.Lane, t *simTicket) bool {
	switch lane.Reentry.Kind {
	case configs.ReentryUnlimited:
		return true
	case configs.ReentryAfterExit:
		return !t.inside && t.left
	case configs.ReentryAfterTime:
		return time.Since(t.entered) >= lane.Reentry.After
	case configs.ReentryNever:
	}
	return false
}

// simHeld is an answer that a lane repeats.
type simHeld struct {
	code []byte
	seen time.Time
	last admission.CheckIn
}

// holding finds the answer that a lane must repeat, and notes that the code was
// seen once more.
func (w *simWorld) holding(lane configs.Lane, code []byte) *simHeld {
	held := w.held[lane.Name]
	for i := range held {
		h := &held[i]
		if bytes.Equal(h.code, code) && time.Since(h.seen) <= lane.HoldOff &&
			(h.last.Reason != admission.ReasonClosed || w.closed[lane.Name]) {
			return h
		}
	}
	return nil
}

// hold notes what a lane said to a code last.
func (w *simWorld) hold(lane configs.Lane, code []byte, c admission.CheckIn) {
	const most = 4
	held := slices.DeleteFunc(w.held[lane.Name], func(h simHeld) bool { return bytes.Equal(h.code, code) })
	held = append(held, simHeld{code: code, seen: time.Now(), last: c})
	if len(held) > most {
		oldest := slices.MinFunc(held, func(a, b simHeld) int { return a.seen.Compare(b.seen) })
		held = slices.DeleteFunc(held, func(h simHeld) bool { return h.seen.Equal(oldest.seen) })
	}
	w.held[lane.Name] = held
}
