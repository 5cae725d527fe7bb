package admin

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
)

func TestTheAccountsSayWhatTheGateKnowsAndDoes(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	o.accounts[0].Pending, o.accounts[0].Buried = 3, 1
	_, page := ask(t, open(t, opt), http.MethodGet, "/accounts", "", inEnglish)
	says(t, page, []string{
		"lespass", "TiBillet", "lespass.example.org", "Connected", `data-state="ok"`, "The list of lespass is 42 s old.", ">512<",
		"Gate 1", "Le Tiers-Lustre", ">17<", ">3<",
		"A code of TiBillet proves by itself", "TiBillet is asked at the door only about tickets that are not on the list.", "waits for a person",
		"After 30 min the list counts as old", "However old the list grows", "the whole list is fetched every 15 min",
		"Nobody has chosen: the gate is for what is on tonight.",
		"Sat 21 Nov 2026, 22:02–01:02 (Europe/Tallinn)", "512 tickets", "1 ticket<", "served now", "no longer published",
		`value="gone" checked`, "3 check-ins have not reached TiBillet yet.", `name="insist"`, `data-api="/api/v1/accounts/lespass/unpair"`,
		`data-api="/api/v1/accounts/lespass/sweep"`, "Let the readers pair for two minutes", `capture="environment"`,
	}, []string{`value="evening" checked`, `href="https:`})
}

func TestEveryPolicyIsAWholeSentence(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "fr", "de"} {
		tell := teller{frame: frame{L: speaker(t, lang)}}
		for _, platform := range []admission.PlatformName{admission.TiBillet, admission.TicketSonic, admission.Stebby, admission.BitTan} {
			for _, ask := range []string{"never", "unlisted", "always"} {
				for _, unlisted := range []string{"hold", "refuse", "admit"} {
					a := Account{Platform: platform, Ask: ask, Unlisted: unlisted, StaleAfter: time.Minute, StaleRefuseAfter: time.Hour, SweepEvery: time.Minute}
					said := tell.policy(a)
					if len(said) != 6 {
						t.Errorf("%s %s %s %s: %q", lang, platform, ask, unlisted, said)
					}
					for _, sentence := range said {
						if !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, "_") || strings.Contains(sentence, "{{") {
							t.Errorf("%s: %q is no sentence", lang, sentence)
						}
					}
				}
			}
		}
	}
	tell := teller{frame: frame{L: speaker(t, "en")}}
	says(t, strings.Join(tell.policy(Account{Platform: admission.BitTan, Unlisted: "admit", NoList: true}), " "), []string{"let in on its form alone"}, []string{"signature is good", "counts as old"})
}

func TestEventsAreOfferedAsFarAsTheyMayBeChosen(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	for i := range 150 {
		o.choices = append(o.choices, EventChoice{ID: "e" + strconv.Itoa(i), Name: "Event"})
	}
	o.choices = append(o.choices, EventChoice{ID: "far", Name: "Far", Chosen: true})
	srv := open(t, opt)
	_, page := ask(t, srv, http.MethodGet, "/accounts", "", inEnglish)
	// A choice that is not shown would be lost by the next.
	says(t, page, []string{`value="far" checked`, "53 more events are not shown."}, nil)
	o.accounts[0].EventsFrom = "configuration"
	_, page = ask(t, srv, http.MethodGet, "/accounts", "", inEnglish)
	says(t, page, []string{"<fieldset disabled>", "The configuration names them"}, []string{"Use the ticked events"})
	o.mu.Lock()
	o.wrong = errors.New("no")
	o.mu.Unlock()
	_, page = ask(t, srv, http.MethodGet, "/accounts", "", inEnglish)
	says(t, page, []string{"The events cannot be read just now."}, nil)
}

func TestAnEventIsToldInItsOwnZone(t *testing.T) {
	t.Parallel()
	s, err := New(newStation().options())
	if err != nil {
		t.Fatal(err)
	}
	tell := teller{frame{L: speaker(t, "en"), zone: paris()}, s}
	at := func(h, m int) *time.Time { return new(time.Date(2026, 11, 21, h, m, 0, 0, time.UTC)) }
	for name, tc := range map[string]struct {
		c    EventChoice
		want string
	}{
		"no time":                              {EventChoice{}, ""},
		"no zone of its own":                   {EventChoice{Start: at(19, 0)}, "Sat 21 Nov 2026, 20:00"},
		"its zone keeps the station's time":    {EventChoice{Start: at(19, 0), Zone: "Europe/Paris"}, "Sat 21 Nov 2026, 20:00"},
		"another zone is named":                {EventChoice{Start: at(19, 0), End: at(21, 30), Zone: "Europe/Tallinn"}, "Sat 21 Nov 2026, 21:00–23:30 (Europe/Tallinn)"},
		"a zone that nobody knows":             {EventChoice{Start: at(19, 0), Zone: "Moon/Base"}, "Sat 21 Nov 2026, 20:00"},
		"an end before the start says nothing": {EventChoice{Start: at(19, 0), End: at(18, 0)}, "Sat 21 Nov 2026, 20:00"},
		"several days": {
			EventChoice{Start: at(19, 0), End: new(at(19, 0).AddDate(0, 0, 2))}, "Sat 21 Nov 2026, 20:00 – Mon 23 Nov 2026, 20:00",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tell.eventTime(tc.c); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestTheAccountsAreForTheAdministrator(t *testing.T) {
	t.Parallel()
	_, opt := newOffice(t)
	opt.Access = access(t, adminWord, staffWord)
	srv := open(t, opt)
	asStaff, _ := logIn(t, srv, staffWord)
	resp, page := ask(t, srv, http.MethodGet, "/accounts", "", asStaff, inEnglish)
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("status %d", resp.StatusCode)
	}
	says(t, page, nil, []string{"lespass"})
}

func TestAccountsThatCannotBeReadSaySo(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	o.fail = errors.New("the disk of Ada is gone")
	srv := open(t, opt)
	resp, page := ask(t, srv, http.MethodGet, "/accounts", "", inEnglish)
	if resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", resp.StatusCode)
	}
	says(t, page, []string{"The station could not do that.", "Pair an account"}, []string{"disk of Ada"})
	opt.Accounts, opt.Pairing, opt.PairingDesk = nil, nil, nil
	_, page = ask(t, open(t, opt), http.MethodGet, "/accounts", "", inEnglish)
	says(t, page, []string{"This station does not tell its accounts."}, []string{"Pair an account"})
}

func TestHostileTextIsTextInTheAccounts(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	a := &o.accounts[0]
	a.Name, a.PairedName, a.Tenant, a.StationID, a.URL = evilText, evilText, evilText, evilText, "https://"+evilText
	o.choices[0].Name, o.choices[0].ID = evilText, evilText
	_, page := ask(t, open(t, opt), http.MethodGet, "/accounts", "", inEnglish)
	if strings.Count(page, evilShown) < 6 {
		t.Errorf("%d times", strings.Count(page, evilShown))
	}
	says(t, page, nil, []string{"<img", "<script>"})
}
