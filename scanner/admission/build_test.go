package admission_test

import (
	"time"

	"gatescand/scanner/admission"
)

// noon is the moment the tests' scans happen at.
func noon() admission.Stamp {
	return admission.Stamp{
		Wall: time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC), Trusted: true, Boot: "boot-1", SinceBoot: time.Hour,
	}
}

func before(d time.Duration) admission.Stamp {
	s := noon()
	s.Wall, s.SinceBoot = s.Wall.Add(-d), s.SinceBoot-d
	return s
}

// listedClaim is a claim nothing speaks against: signed, listed, paid, unused,
// for an event served here, on a list a minute old.
func listedClaim() admission.Claim {
	key := admission.TicketKey{Account: "lespass", ID: "t1"}
	return admission.Claim{
		Credential: admission.Credential{
			TicketKey: key, Platform: admission.TiBillet, Proof: admission.ProofGood, Event: "tonight",
		},
		Policy: admission.Policy{
			Events: []string{"tonight"}, Unlisted: admission.ChooseHold, ClockUntrusted: admission.ChooseHold,
			StaleAfter: 30 * time.Minute,
		},
		Ticket: &admission.Ticket{
			TicketKey: key, Event: "tonight", Product: "Concert", Price: "Full", Status: admission.StatusValid, Holder: "Jo Do",
		},
		List: admission.List{Complete: true, AsOf: before(time.Minute)},
	}
}

func unlistedClaim() admission.Claim {
	c := listedClaim()
	c.Ticket = nil
	return c
}

func entryScan() admission.Scan {
	return admission.Scan{Station: "s", Lane: "north", Direction: admission.Entry, At: noon()}
}

func facts(claims ...admission.Claim) admission.Facts {
	return admission.Facts{Claims: claims}
}

func entered(ago time.Duration) admission.Presence {
	return admission.Presence{}.Fold(admission.Passage{
		Seq: 7, At: before(ago), Direction: admission.Entry, Station: "s", Lane: "south", By: admission.Here,
	})
}

func left(p admission.Presence, seq int64, ago time.Duration) admission.Presence {
	return p.Fold(admission.Passage{
		Seq: seq, At: before(ago), Direction: admission.Exit, Station: "s", Lane: "out", By: admission.Here,
	})
}
