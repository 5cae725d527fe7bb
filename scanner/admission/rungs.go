package admission

// The rungs of the ladder, top first. Each returns true when it has decided.

func journalDown(c *climb) bool { // 1
	return c.facts.JournalDown && c.settle(Hold, ReasonJournalUnavailable)
}

func laneClosed(c *climb) bool { // 2
	return c.facts.Closed && c.scan.Override == nil && c.settle(Refuse, ReasonClosed)
}

func unreadable(c *climb) bool { // 3
	return len(c.facts.Claims) == 0 && c.settle(Refuse, ReasonUnreadable)
}

// forged drops every claim whose code is not genuine; it decides when none is
// left. A signature by the key of one event over a ticket of another is as
// wrong as no signature.
func forged(c *climb) bool { // 4
	for i := range c.facts.Claims {
		if genuine(&c.facts.Claims[i]) {
			return false
		}
	}
	if len(c.facts.Claims) == 1 {
		cred := c.facts.Claims[0].Credential
		c.out.Platform, c.out.Ticket.Account = cred.Platform, cred.Account
	}
	return c.settle(Refuse, ReasonForged)
}

// genuine tells whether nothing speaks against a code. Some codes name their
// ticket only once a key has opened them; without the key such a one is neither
// genuine nor forged, and has no identity.
func genuine(claim *Claim) bool {
	cred := claim.Credential
	nameless := cred.ID == "" && cred.Proof != ProofUnchecked
	if cred.Proof == ProofBad || nameless || (claim.Answer != nil && claim.Answer.Forged) {
		return false
	}
	wrongKey := cred.Proof == ProofGood && cred.Event != "" &&
		claim.Ticket != nil && claim.Ticket.Event != "" && claim.Ticket.Event != cred.Event
	return !wrongKey
}

// ambiguous finds the one account the rest of the ladder looks at. An account
// holds a ticket when its list, its signature, its answer or our own journal
// says so. When none holds it, all that merely recognise the form and have not
// disowned the code are equal, and several of them cannot be told apart. A code
// that all have disowned is for any of them to refuse.
func ambiguous(c *climb) bool { // 5
	var holder, candidate, disowner *Claim
	holders, candidates := 0, 0
	for i := range c.facts.Claims {
		claim := &c.facts.Claims[i]
		switch {
		case !genuine(claim):
		case holds(claim):
			holders++
			holder = claim
		case claim.Answer == nil:
			candidates++
			candidate = claim
		case disowner == nil:
			disowner = claim
		}
	}
	switch {
	case holders == 1:
		c.take(holder)
	case holders == 0 && candidates == 1:
		c.take(candidate)
	case holders == 0 && candidates == 0:
		c.take(disowner)
	default:
		return c.settle(Hold, ReasonAmbiguous)
	}
	return false
}

func holds(claim *Claim) bool {
	if claim.Presence.Entries > 0 || claim.Credential.Proof == ProofGood {
		return true
	}
	if claim.Answer != nil {
		return claim.Answer.Found
	}
	return claim.Ticket != nil
}

// exit lets out whoever is inside: by our own journal, or because the platform
// says the ticket has been used and we have not seen it leave.
func exit(c *climb) bool { // 6
	if c.scan.Override != nil || c.scan.Direction != Exit {
		return false
	}
	p := c.claim.Presence
	inside := p.Inside || (p.Entries == 0 && p.LastExit.IsZero() && c.view.used)
	if !inside || c.view.unproven {
		return false
	}
	c.out.Grounds = c.grounds()
	return c.settle(Admit, ReasonExit)
}

func revoked(c *climb) bool { // 7
	return c.refuseStatus(StatusRevoked, ReasonRevoked)
}

func canceled(c *climb) bool { // 8
	return c.refuseStatus(StatusCanceled, ReasonCanceled)
}

func unpaid(c *climb) bool { // 9
	return c.refuseStatus(StatusUnpaid, ReasonUnpaid)
}

func (c *climb) refuseStatus(s Status, r Reason) bool {
	return c.scan.Override == nil && c.view.status == s && c.settle(Refuse, r)
}

func wrongEvent(c *climb) bool { // 10
	ok, _ := c.view.servesEvent(c.claim.Policy)
	return !ok && c.scan.Override == nil && c.settle(Refuse, ReasonWrongEvent)
}

func wrongProduct(c *climb) bool { // 11
	ok, _ := c.view.servesProduct(c.scan.Products)
	return !ok && c.scan.Override == nil && c.settle(Refuse, ReasonWrongProduct)
}

func outsideWindow(c *climb) bool { // 12
	if c.scan.Override != nil || !c.scan.At.Trusted {
		return false
	}
	now := c.scan.At.Wall
	for _, w := range c.view.windows {
		switch {
		case w.After(now):
			c.out.Window = w
			return c.settle(Refuse, ReasonExpired)
		case w.Before(now):
			c.out.Window = w
			return c.settle(Refuse, ReasonNotYetValid)
		}
	}
	return false
}

func clockUntrusted(c *climb) bool { // 13
	if c.scan.Override != nil || c.scan.At.Trusted || c.claim.Policy.ClockUntrusted == ChoosePass {
		return false
	}
	for _, w := range c.view.windows {
		if !w.IsZero() {
			return c.settle(Hold, ReasonClockUntrusted)
		}
	}
	return false
}

// alreadyRedeemed counts our own entries where there are any, and takes the
// platform's word where there are none: a use that we delivered ourselves is
// not a second use, also when a person has undone it here since.
func alreadyRedeemed(c *climb) bool { // 14
	if c.scan.Override != nil {
		return false
	}
	p := c.claim.Presence
	if p.Entries > 0 {
		if p.Entries < c.view.uses || c.scan.Reentry.allows(p, c.scan.At) {
			return false
		}
		last := p.LastEntry
		c.out.Previous = &Use{At: last.At.Wall, Station: last.Station, Lane: last.Lane, By: last.By}
		return c.settle(Refuse, ReasonAlreadyRedeemed)
	}
	if !c.view.used || c.scan.Reentry.allowsForeign(c.view.usedAt, c.scan.At) {
		return false
	}
	if c.claim.Standing.explains(&c.view, c.claim.Policy.Self) {
		return false
	}
	c.out.Previous = &Use{At: c.view.usedAt, By: ByPlatform}
	if c.view.gone && !c.view.absent {
		// That it is on the list no more says so, and nobody could be asked.
		c.out.Inferred = true
		return c.settle(Hold, ReasonAlreadyRedeemed)
	}
	return c.settle(Refuse, ReasonAlreadyRedeemed)
}

// unlisted decides a good signature that no list and no answer speaks of.
func unlisted(c *climb) bool { // 15
	v := &c.view
	if c.scan.Override != nil || v.known() || v.absent || !v.isGenuine {
		return false
	}
	if v.tooOld {
		return c.tooOld(ReasonUnlisted)
	}
	if c.claim.Policy.Unlisted != ChooseAdmit {
		return c.choose(c.claim.Policy.Unlisted, ReasonUnlisted)
	}
	// Admitted on the signature alone, what the signature does not say must
	// not matter: a lane for certain products needs to know the product.
	_, eventSure := v.servesEvent(c.claim.Policy)
	_, productSure := v.servesProduct(c.scan.Products)
	if !eventSure || !productSure {
		return c.settle(Hold, ReasonUnlisted)
	}
	c.onSignature = true
	return false
}

// tooOld settles a ticket whose list no longer admits. A list whose age nobody
// knows may or may not be too old: that is for a person.
func (c *climb) tooOld(r Reason) bool {
	if !c.view.listAgeKnown {
		return c.settle(Hold, r)
	}
	return c.settle(Refuse, r)
}

// unknown decides what nothing proves, and what the platform disowns.
func unknown(c *climb) bool { // 16
	v := &c.view
	if c.scan.Override != nil || c.onSignature {
		return false
	}
	switch {
	case c.claim.Credential.ID == "":
		return c.choose(c.claim.Policy.Unlisted, ReasonUnknown)
	case v.absent:
		return c.settle(Refuse, ReasonUnknown)
	case v.tooOld && !v.known():
		return c.tooOld(ReasonUnknown)
	case !v.known() && c.claim.Policy.Unlisted == ChooseRecord && c.claim.Credential.Proof == ProofNone && !c.claim.Credential.Unusual:
		return c.onFormAlone()
	case !v.known():
		return c.choose(c.claim.Policy.Unlisted, ReasonUnknown)
	case v.unproven, v.unclear:
		return c.settle(Hold, ReasonUnknown)
	}
	_, eventSure := v.servesEvent(c.claim.Policy)
	_, productSure := v.servesProduct(c.scan.Products)
	if !eventSure || !productSure {
		return c.settle(Hold, ReasonUnknown)
	}
	return false
}

// onFormAlone passes a bare code that nobody could be asked about, because the
// organiser chose to record such tickets and let them in. Its event is not
// known and does not matter then; a lane for certain products needs to know
// the product.
func (c *climb) onFormAlone() bool {
	if _, productSure := c.view.servesProduct(c.scan.Products); !productSure {
		return c.settle(Hold, ReasonUnknown)
	}
	c.onForm = true
	return false
}

// full counts people, not tickets: whoever already counts as inside does not
// need more room, and leaving needs none.
func full(c *climb) bool { // 17
	h := c.facts.House
	if c.scan.Override != nil || c.scan.Direction == Exit || h.Capacity <= 0 || h.Inside < h.Capacity {
		return false
	}
	return !c.claim.Presence.Inside && c.settle(Refuse, ReasonFull)
}

func admitted(c *climb) bool { // 18
	switch {
	case c.onSignature:
		c.out.Grounds = GroundsSignature
		return c.settle(Admit, ReasonUnlisted)
	case c.onForm:
		c.out.Grounds = GroundsUnproven
		return c.settle(Admit, ReasonUnknown)
	}
	c.out.Grounds = c.grounds()
	return c.settle(Admit, ReasonAdmitted)
}

func (c *climb) grounds() Grounds {
	switch {
	case c.scan.Override != nil:
		return GroundsOverride
	case c.view.answered && !c.view.absent:
		return GroundsOnline
	case c.view.listed && !c.view.stale:
		return GroundsListed
	case c.view.listed, c.view.tooOld:
		return GroundsStale
	case c.view.isGenuine:
		return GroundsSignature
	}
	return GroundsStale
}
