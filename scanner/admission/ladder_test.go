package admission_test

import (
	"testing"
	"time"

	"gatescand/scanner/admission"
)

// row is one scan and what must become of it. The claim of listedClaim is
// changed by change.
type row struct {
	name    string
	facts   func() admission.Facts
	scan    func(*admission.Scan)
	verdict admission.Verdict
	reason  admission.Reason
	grounds admission.Grounds
	rung    int
}

func with(change func(*admission.Claim)) func() admission.Facts {
	return func() admission.Facts {
		c := listedClaim()
		change(&c)
		return facts(c)
	}
}

func status(s admission.Status) func() admission.Facts {
	return with(func(c *admission.Claim) { c.Ticket.Status = s })
}

// bareClaim is a claim to a code that carries no proof, under the policy to
// record such codes and let them in.
func bareClaim(account string) admission.Claim {
	c := unlistedClaim()
	c.Credential.Account, c.Credential.Proof, c.Credential.Event = account, admission.ProofNone, ""
	c.Policy.Unlisted = admission.ChooseRecord
	return c
}

// bare gives two accounts' claims to one bare code, with the usual policy.
func bare(change func(a, b *admission.Claim)) func() admission.Facts {
	return func() admission.Facts {
		a, b := bareClaim("stebby"), bareClaim("bittan")
		a.Policy.Unlisted, b.Policy.Unlisted = admission.ChooseHold, admission.ChooseHold
		change(&a, &b)
		return facts(a, b)
	}
}

func rows() []row {
	admit, refuse, hold := admission.Admit, admission.Refuse, admission.Hold
	listed := with(func(*admission.Claim) {})
	later := noon().Wall.Add(time.Hour)
	earlier := noon().Wall.Add(-time.Hour)
	exitLane := func(s *admission.Scan) { s.Direction = admission.Exit }
	untrusted := func(s *admission.Scan) { s.At.Trusted = false }
	return []row{
		{"rung 1: a journal that cannot be written holds", func() admission.Facts {
			return admission.Facts{JournalDown: true, Claims: []admission.Claim{listedClaim()}}
		}, nil, hold, admission.ReasonJournalUnavailable, "", 1},
		{"rung 1: not even a person admits without a journal", func() admission.Facts {
			return admission.Facts{JournalDown: true, Claims: []admission.Claim{listedClaim()}}
		}, func(s *admission.Scan) { s.Override = &admission.Override{} }, hold, admission.ReasonJournalUnavailable, "", 1},
		{"rung 2: a closed lane refuses", func() admission.Facts {
			return admission.Facts{Closed: true, Claims: []admission.Claim{listedClaim()}}
		}, nil, refuse, admission.ReasonClosed, "", 2},
		{
			"rung 3: a code no account recognises is unreadable", func() admission.Facts { return admission.Facts{} },
			nil, refuse, admission.ReasonUnreadable, "", 3,
		},
		{
			"rung 4: a wrong signature is forged, listed or not", with(func(c *admission.Claim) { c.Credential.Proof = admission.ProofBad }),
			nil, refuse, admission.ReasonForged, "", 4,
		},
		{"rung 4: a malformed code is forged", func() admission.Facts {
			return facts(admission.Claim{Credential: admission.Credential{Proof: admission.ProofBad, TicketKey: admission.TicketKey{Account: "lespass"}}})
		}, nil, refuse, admission.ReasonForged, "", 4},
		{
			"rung 4: the key of another event over a listed ticket is forged", with(func(c *admission.Claim) { c.Credential.Event = "tomorrow" }),
			nil, refuse, admission.ReasonForged, "", 4,
		},
		{"rung 4: the platform says just now that the signature is wrong", with(func(c *admission.Claim) {
			c.Credential.Proof = admission.ProofUnchecked
			c.Answer = &admission.Answer{Forged: true}
		}), nil, refuse, admission.ReasonForged, "", 4},
		{"rung 5: two accounts that list the ticket are ambiguous", func() admission.Facts {
			other := listedClaim()
			other.Credential.Account = "other"
			return facts(listedClaim(), other)
		}, nil, hold, admission.ReasonAmbiguous, "", 5},
		{"rung 5: two accounts that may own a bare code nobody lists are ambiguous", func() admission.Facts {
			a, b := unlistedClaim(), unlistedClaim()
			a.Credential.Proof, b.Credential.Proof = admission.ProofNone, admission.ProofNone
			b.Credential.Account = "other"
			return facts(a, b)
		}, nil, hold, admission.ReasonAmbiguous, "", 5},
		{"rung 5: an account whose key did not make the signature has no claim", func() admission.Facts {
			other := listedClaim()
			other.Credential.Account, other.Credential.Proof = "other", admission.ProofBad
			return facts(other, listedClaim())
		}, nil, admit, admission.ReasonAdmitted, admission.GroundsListed, 18},
		{"rung 5: of two accounts that may own a bare code, the one whose platform vouches for it holds it", bare(func(a, _ *admission.Claim) {
			a.Answer = &admission.Answer{Found: true, Status: admission.StatusValid, Event: "tonight"}
		}), nil, admit, admission.ReasonAdmitted, admission.GroundsOnline, 18},
		{"rung 5: of two accounts that may own a bare code, one that disowns it leaves it to the other", bare(func(a, _ *admission.Claim) {
			a.Answer = &admission.Answer{}
		}), nil, hold, admission.ReasonUnknown, "", 16},
		{"rung 5: a bare code that both platforms disown is known to nobody", bare(func(a, b *admission.Claim) {
			a.Answer, b.Answer = &admission.Answer{}, &admission.Answer{}
		}), nil, refuse, admission.ReasonUnknown, "", 16},
		{"rung 5: two platforms that both vouch for a bare code are ambiguous", bare(func(a, b *admission.Claim) {
			a.Answer, b.Answer = &admission.Answer{Found: true}, &admission.Answer{Found: true}
		}), nil, hold, admission.ReasonAmbiguous, "", 5},
		{"rung 5: whom this gate let in, it knows, even if no platform vouches any more", bare(func(_, b *admission.Claim) {
			b.Presence = entered(time.Minute)
		}), nil, refuse, admission.ReasonAlreadyRedeemed, "", 14},
		{"rung 6: whoever is inside may leave, even with a canceled ticket", with(func(c *admission.Claim) {
			c.Presence = entered(time.Minute)
			c.Ticket.Status = admission.StatusCanceled
		}), exitLane, admit, admission.ReasonExit, admission.GroundsListed, 6},
		{
			"rung 6: whom the platform saw enter may leave", with(func(c *admission.Claim) { c.Ticket.Used = true }),
			exitLane, admit, admission.ReasonExit, admission.GroundsListed, 6,
		},
		{"rung 6: a code that could not be checked lets nobody out in another's name", with(func(c *admission.Claim) {
			c.Presence = entered(time.Minute)
			c.Credential.Proof, c.Credential.Event = admission.ProofUnchecked, ""
		}), exitLane, refuse, admission.ReasonAlreadyRedeemed, "", 14},
		{"rung 7: a revoked ticket", status(admission.StatusRevoked), nil, refuse, admission.ReasonRevoked, "", 7},
		{"rung 8: a canceled ticket", status(admission.StatusCanceled), nil, refuse, admission.ReasonCanceled, "", 8},
		{"rung 8: canceled by the platform's word of this moment, though listed as valid", with(func(c *admission.Claim) {
			c.Answer = &admission.Answer{Found: true, Status: admission.StatusCanceled}
		}), nil, refuse, admission.ReasonCanceled, "", 8},
		{"rung 9: an unpaid ticket", status(admission.StatusUnpaid), nil, refuse, admission.ReasonUnpaid, "", 9},
		{"rung 10: a ticket of another event", with(func(c *admission.Claim) {
			c.Ticket.Event, c.Credential.Event = "tomorrow", "tomorrow"
		}), nil, refuse, admission.ReasonWrongEvent, "", 10},
		{"rung 16: while nobody knows which events are served, a person decides", with(func(c *admission.Claim) {
			c.Policy.Events = []string{}
		}), nil, hold, admission.ReasonUnknown, "", 16},
		{"rung 10: a signature for another event, not listed", func() admission.Facts {
			c := unlistedClaim()
			c.Credential.Event = "tomorrow"
			return facts(c)
		}, nil, refuse, admission.ReasonWrongEvent, "", 10},
		{
			"rung 11: a product this lane does not serve", listed, func(s *admission.Scan) { s.Products = []string{"Balcony"} },
			refuse, admission.ReasonWrongProduct, "", 11,
		},
		{
			"rung 11: a tariff this lane serves", listed, func(s *admission.Scan) { s.Products = []string{"Full"} },
			admit, admission.ReasonAdmitted, admission.GroundsListed, 18,
		},
		{
			"rung 12: before the ticket's window", with(func(c *admission.Claim) { c.Ticket.Window.From = later }),
			nil, refuse, admission.ReasonNotYetValid, "", 12,
		},
		{
			"rung 12: after the signed window", with(func(c *admission.Claim) { c.Credential.Window.Until = earlier }),
			nil, refuse, admission.ReasonExpired, "", 12,
		},
		{"rung 12: long before the event, where its time is a rule", with(func(c *admission.Claim) {
			c.Policy.EventWindow, c.Policy.Early = true, time.Hour
			c.Event = &admission.Event{Start: noon().Wall.Add(2 * time.Hour)}
		}), nil, refuse, admission.ReasonNotYetValid, "", 12},
		{"rung 12: early, but within what the organiser allows", with(func(c *admission.Claim) {
			c.Policy.EventWindow, c.Policy.Early = true, 3*time.Hour
			c.Event = &admission.Event{Start: noon().Wall.Add(2 * time.Hour)}
		}), nil, admit, admission.ReasonAdmitted, admission.GroundsListed, 18},
		{
			"rung 13: a window and a clock that cannot be trusted", with(func(c *admission.Claim) { c.Ticket.Window.From = later }),
			untrusted, hold, admission.ReasonClockUntrusted, "", 13,
		},
		{"rung 13: the organiser lets windows pass while the clock cannot be trusted", with(func(c *admission.Claim) {
			c.Ticket.Window.From, c.Policy.ClockUntrusted = later, admission.ChoosePass
		}), untrusted, admit, admission.ReasonAdmitted, admission.GroundsListed, 18},
		{"rung 13: no window, no need for a clock", listed, untrusted, admit, admission.ReasonAdmitted, admission.GroundsListed, 18},
		{
			"rung 14: entered here before", with(func(c *admission.Claim) { c.Presence = entered(time.Minute) }),
			nil, refuse, admission.ReasonAlreadyRedeemed, "", 14,
		},
		{
			"rung 14: used by the platform's word", with(func(c *admission.Claim) { c.Ticket.Used = true }),
			nil, refuse, admission.ReasonAlreadyRedeemed, "", 14,
		},
		{"rung 14: used elsewhere by the platform's word of this moment", with(func(c *admission.Claim) {
			c.Answer = &admission.Answer{Found: true, Status: admission.StatusValid, Used: true}
		}), nil, refuse, admission.ReasonAlreadyRedeemed, "", 14},
		{"rung 14: a ticket for three uses, used twice", with(func(c *admission.Claim) {
			c.Ticket.UsesAllowed = 3
			c.Presence = entered(time.Hour)
			c.Presence.Entries = 2
		}), nil, admit, admission.ReasonAdmitted, admission.GroundsListed, 18},
		{"rung 14: our own delivered use is not a second use when re-entry allows", with(func(c *admission.Claim) {
			c.Ticket.Used = true
			c.Presence = left(entered(time.Hour), 8, time.Minute)
		}), func(s *admission.Scan) { s.Reentry.Kind = admission.ReentryAfterExit }, admit, admission.ReasonAdmitted, admission.GroundsListed, 18},
		{
			"rung 14: after-exit and still inside", with(func(c *admission.Claim) { c.Presence = entered(time.Hour) }),
			func(s *admission.Scan) { s.Reentry.Kind = admission.ReentryAfterExit }, refuse, admission.ReasonAlreadyRedeemed, "", 14,
		},
		{
			"rung 14: again after ten minutes, eleven later", with(func(c *admission.Claim) { c.Presence = entered(11 * time.Minute) }),
			func(s *admission.Scan) {
				s.Reentry = admission.Reentry{Kind: admission.ReentryAfter, After: 10 * time.Minute}
			}, admit, admission.ReasonAdmitted, admission.GroundsListed, 18,
		},
		{
			"rung 14: again after ten minutes, nine later", with(func(c *admission.Claim) { c.Presence = entered(9 * time.Minute) }),
			func(s *admission.Scan) {
				s.Reentry = admission.Reentry{Kind: admission.ReentryAfter, After: 10 * time.Minute}
			}, refuse, admission.ReasonAlreadyRedeemed, "", 14,
		},
		{
			"rung 15: a good signature that is not on the list holds", func() admission.Facts { return facts(unlistedClaim()) },
			nil, hold, admission.ReasonUnlisted, "", 15,
		},
		{"rung 15: or refuses, where the organiser says so", func() admission.Facts {
			c := unlistedClaim()
			c.Policy.Unlisted = admission.ChooseRefuse
			return facts(c)
		}, nil, refuse, admission.ReasonUnlisted, "", 15},
		{"rung 15: or admits on the signature", func() admission.Facts {
			c := unlistedClaim()
			c.Policy.Unlisted = admission.ChooseAdmit
			return facts(c)
		}, nil, admit, admission.ReasonUnlisted, admission.GroundsSignature, 18},
		{"rung 15: a lane for certain products holds what does not say its product", func() admission.Facts {
			c := unlistedClaim()
			c.Policy.Unlisted = admission.ChooseAdmit
			return facts(c)
		}, func(s *admission.Scan) { s.Products = []string{"Concert"} }, hold, admission.ReasonUnlisted, "", 15},
		{"rung 15: a list older than the organiser accepts no longer admits", with(func(c *admission.Claim) {
			c.Policy.StaleRefuseAfter, c.List.AsOf = time.Hour-2*time.Minute, before(59*time.Minute)
		}), nil, refuse, admission.ReasonUnlisted, "", 15},
		{"rung 15: a list of unknown age holds where age matters", with(func(c *admission.Claim) {
			c.Policy.StaleRefuseAfter, c.List.AsOf = time.Hour, admission.Stamp{}
		}), nil, hold, admission.ReasonUnlisted, "", 15},
		{"rung 16: a bare code that is not on the list", func() admission.Facts {
			c := unlistedClaim()
			c.Credential.Proof, c.Policy.Unlisted = admission.ProofNone, admission.ChooseAdmit
			return facts(c)
		}, nil, hold, admission.ReasonUnknown, "", 16},
		{"rung 16: the platform says there is no such ticket", func() admission.Facts {
			c := unlistedClaim()
			c.Policy.Unlisted, c.Answer = admission.ChooseAdmit, &admission.Answer{}
			return facts(c)
		}, nil, refuse, admission.ReasonUnknown, "", 16},
		{"rung 16: listed, but the signature could not be checked", with(func(c *admission.Claim) {
			c.Credential.Proof, c.Credential.Event = admission.ProofUnchecked, ""
		}), nil, hold, admission.ReasonUnknown, "", 16},
		{"rung 16: a status nobody here understands", status(admission.StatusUnclear), nil, hold, admission.ReasonUnknown, "", 16},
		{"rung 17: the house is full", func() admission.Facts {
			f := facts(listedClaim())
			f.House = admission.House{Inside: 300, Capacity: 300}
			return f
		}, nil, refuse, admission.ReasonFull, "", 17},
		{"rung 17: full also for a ticket admitted on its signature", func() admission.Facts {
			c := unlistedClaim()
			c.Policy.Unlisted = admission.ChooseAdmit
			f := facts(c)
			f.House = admission.House{Inside: 300, Capacity: 300}
			return f
		}, nil, refuse, admission.ReasonFull, "", 17},
		{"rung 14: a ticket whose use is only gathered from its absence is for a person", with(func(c *admission.Claim) {
			c.Ticket.Used, c.Ticket.Gone = true, true
		}), nil, hold, admission.ReasonAlreadyRedeemed, "", 14},
		{"rung 14: the platform's word of this moment stands above what was gathered", with(func(c *admission.Claim) {
			c.Ticket.Used, c.Ticket.Gone = true, true
			c.Answer = &admission.Answer{Found: true, Status: admission.StatusValid, Used: true}
		}), nil, refuse, admission.ReasonAlreadyRedeemed, "", 14},
		{"rung 16: a code that no key at hand opens is neither forged nor known", func() admission.Facts {
			c := unlistedClaim()
			c.Credential.ID, c.Credential.Event, c.Credential.Proof = "", "", admission.ProofUnchecked
			c.Policy.Unlisted = admission.ChooseAdmit
			return facts(c)
		}, nil, hold, admission.ReasonUnknown, "", 16},
		{"rung 4: a code that names no ticket though it was checked is forged", func() admission.Facts {
			c := unlistedClaim()
			c.Credential.ID = ""
			return facts(c)
		}, nil, refuse, admission.ReasonForged, "", 4},
		{"rung 16: a bare code nobody speaks of, where the organiser records and admits", func() admission.Facts {
			return facts(bareClaim("bittan"))
		}, nil, admit, admission.ReasonUnknown, admission.GroundsUnproven, 18},
		{"rung 16: a bare code of an unusual form is not recorded but held", func() admission.Facts {
			c := bareClaim("bittan")
			c.Credential.Unusual = true
			return facts(c)
		}, nil, hold, admission.ReasonUnknown, "", 16},
		{"rung 16: what the platform disowns is not admitted on its form", func() admission.Facts {
			c := bareClaim("bittan")
			c.Answer = &admission.Answer{}
			return facts(c)
		}, nil, refuse, admission.ReasonUnknown, "", 16},
		{"rung 16: a signature that could not be checked is no bare code", func() admission.Facts {
			c := bareClaim("bittan")
			c.Credential.Proof = admission.ProofUnchecked
			return facts(c)
		}, nil, hold, admission.ReasonUnknown, "", 16},
		{"rung 16: a lane for one product does not take a code that tells none", func() admission.Facts {
			return facts(bareClaim("bittan"))
		}, func(s *admission.Scan) { s.Products = []string{"Concert"} }, hold, admission.ReasonUnknown, "", 16},
		{"rung 16: recorded and admitted once, not twice", func() admission.Facts {
			c := bareClaim("bittan")
			c.Presence = entered(time.Minute)
			return facts(c)
		}, nil, refuse, admission.ReasonAlreadyRedeemed, "", 14},
		{"rung 11: a product that is known by its number only is served by that number", func() admission.Facts {
			c := unlistedClaim()
			c.Credential.Price = "46527"
			c.Policy.Unlisted = admission.ChooseAdmit
			return facts(c)
		}, func(s *admission.Scan) { s.Products = []string{"46527"} }, admit, admission.ReasonUnlisted, admission.GroundsSignature, 18},
		{"rung 15: a product whose name is not known may be the one the lane serves", func() admission.Facts {
			c := unlistedClaim()
			c.Credential.Price = "46527"
			c.Policy.Unlisted = admission.ChooseAdmit
			return facts(c)
		}, func(s *admission.Scan) { s.Products = []string{"Concert"} }, hold, admission.ReasonUnlisted, "", 15},
		{"rung 17: a full house lets people out", func() admission.Facts {
			f := facts(listedClaim())
			f.House = admission.House{Inside: 300, Capacity: 300}
			return f
		}, exitLane, admit, admission.ReasonAdmitted, admission.GroundsListed, 18},
		{"rung 18: on a fresh list", listed, nil, admit, admission.ReasonAdmitted, admission.GroundsListed, 18},
		{
			"rung 18: on an old list", with(func(c *admission.Claim) { c.List.AsOf = before(50 * time.Minute) }),
			nil, admit, admission.ReasonAdmitted, admission.GroundsStale, 18,
		},
		{
			"rung 18: on a list of unknown age", with(func(c *admission.Claim) { c.List.AsOf = admission.Stamp{} }),
			nil, admit, admission.ReasonAdmitted, admission.GroundsStale, 18,
		},
		{"rung 18: vouched for just now, not listed", func() admission.Facts {
			c := unlistedClaim()
			c.Answer = &admission.Answer{Found: true, Status: admission.StatusValid}
			return facts(c)
		}, nil, admit, admission.ReasonAdmitted, admission.GroundsOnline, 18},
		{"rung 18: vouched for just now, so an old list does not matter", with(func(c *admission.Claim) {
			c.Policy.StaleRefuseAfter, c.List.AsOf = time.Minute, before(59*time.Minute)
			c.Answer = &admission.Answer{Found: true, Status: admission.StatusValid}
		}), nil, admit, admission.ReasonAdmitted, admission.GroundsOnline, 18},
		{
			"rung 18: a person admits what the rules refuse", with(func(c *admission.Claim) {
				c.Ticket.Status, c.Presence = admission.StatusUnpaid, entered(time.Minute)
			}), func(s *admission.Scan) { s.Override = &admission.Override{By: "ana", Note: "paid in cash"} },
			admit, admission.ReasonAdmitted, admission.GroundsOverride, 18,
		},
		{
			"a check lane runs the same ladder", with(func(c *admission.Claim) { c.Presence = entered(time.Minute) }),
			func(s *admission.Scan) { s.Direction = admission.Check }, refuse, admission.ReasonAlreadyRedeemed, "", 14,
		},
	}
}

func TestLadder(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			s := entryScan()
			if r.scan != nil {
				r.scan(&s)
			}
			d := admission.Decide(r.facts(), s)
			if d.Verdict != r.verdict || d.Reason != r.reason || d.Grounds != r.grounds || d.Rung != r.rung {
				t.Errorf("got %s, %s on %q at rung %d; want %s, %s on %q at rung %d",
					d.Verdict, d.Reason, d.Grounds, d.Rung, r.verdict, r.reason, r.grounds, r.rung)
			}
			explained, steps := admission.Explain(r.facts(), s)
			if explained.Verdict != d.Verdict || explained.Rung != d.Rung {
				t.Errorf("explaining decided otherwise: %+v", explained)
			}
			for _, step := range steps {
				want := admission.NotReached
				switch {
				case step.Rung < d.Rung:
					want = admission.Passed
				case step.Rung == d.Rung:
					want = admission.Decided
				}
				if step.Result != want {
					t.Errorf("rung %d (%s): %s, want %s", step.Rung, step.Name, step.Result, want)
				}
			}
		})
	}
}

// TestEveryReasonHasARow holds the table to the list of reasons: a rung without
// a row is a rung nobody guards.
func TestEveryReasonHasARow(t *testing.T) {
	seen := make(map[admission.Reason]bool)
	for _, r := range rows() {
		seen[r.reason] = true
	}
	for _, reason := range admission.Reasons() {
		if !seen[reason] {
			t.Errorf("no row of the table ends in %s", reason)
		}
	}
}

func TestRefusalTellsWhenAndWhere(t *testing.T) {
	c := listedClaim()
	c.Presence = entered(5 * time.Minute)
	d := admission.Decide(facts(c), entryScan())
	want := admission.Use{At: before(5 * time.Minute).Wall, Station: "s", Lane: "south", By: admission.Here}
	if d.Previous == nil || *d.Previous != want {
		t.Errorf("previous is %+v, want %+v", d.Previous, want)
	}
}

func TestNoNameBeforeTheSignatureIsChecked(t *testing.T) {
	for _, proof := range []admission.Proof{admission.ProofBad, admission.ProofUnchecked} {
		c := listedClaim()
		c.Credential.Proof, c.Credential.Event = proof, ""
		if d := admission.Decide(facts(c), entryScan()); d.Holder != "" {
			t.Errorf("a code with a signature that is %s tells the name %q", proof, d.Holder)
		}
	}
}
