package admin

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
)

func TestEveryReasonIsSaidInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, lang := range Languages() {
		sp := speak(lang)
		if len(sp.door) != len(admission.Reasons()) || len(sp.reasons) != len(admission.Reasons()) {
			t.Errorf("%s: %d and %d of %d reasons", lang, len(sp.door), len(sp.reasons), len(admission.Reasons()))
		}
		for _, r := range admission.Reasons() {
			c := admission.CheckIn{}
			c.Reason = r
			if m := Message(lang, c); m == "" || m != sp.door[r] {
				t.Errorf("%s: no message for %s", lang, r)
			}
			if Headline(lang, c) == "" || Headline(lang, c) == string(r) {
				t.Errorf("%s: no headline for %s", lang, r)
			}
			if d := sp.reasons[r].detail; strings.Contains(d, "%") || (d != "" && !strings.HasSuffix(d, ".")) {
				t.Errorf("%s: %q is no sentence", lang, d)
			}
		}
		for _, g := range []admission.Grounds{admission.GroundsListed, admission.GroundsStale, admission.GroundsSignature, admission.GroundsOnline, admission.GroundsOverride, admission.GroundsUnproven} {
			if sp.grounds[g] == "" {
				t.Errorf("%s: no words for grounds %s", lang, g)
			}
		}
		for name, s := range map[string]string{"usedAt": sp.usedAt, "usedOn": sp.usedOn, "atLane": sp.atLane, "atStation": sp.atStation, "event": sp.event, "from": sp.from, "until": sp.until} {
			if strings.Count(s, "%s") != 1 {
				t.Errorf("%s: %s is %q", lang, name, s)
			}
		}
		if sp.checked == "" || sp.checkedH == "" || sp.usedOnce == "" || sp.platform == "" || sp.dayLayout == "" {
			t.Errorf("%s: something is left unsaid", lang)
		}
	}
}

func TestWhoIsLetInWithoutAListIsWelcome(t *testing.T) {
	t.Parallel()
	for _, reason := range []admission.Reason{admission.ReasonUnlisted, admission.ReasonUnknown} {
		c := admission.CheckIn{Direction: admission.Entry}
		c.Verdict, c.Reason, c.Grounds = admission.Admit, reason, admission.GroundsSignature
		if got := Message("en", c); got != "Welcome" {
			t.Errorf("%s, admitted: %q", reason, got)
		}
		if got := Headline("en", c); got != "Valid ticket" {
			t.Errorf("%s, admitted: %q", reason, got)
		}
		if got := Detail("en", c, "", time.UTC); got != "The signature proves that the ticket was issued; no list speaks of it." {
			t.Errorf("%s, admitted: %q", reason, got)
		}
		c.Verdict = admission.Hold
		if got := Message("en", c); got == "Welcome" {
			t.Errorf("%s, held: %q", reason, got)
		}
	}
}

func TestEveryLabelIsThereInEveryLanguage(t *testing.T) {
	t.Parallel()
	for key, words := range labelTable() {
		for i, w := range words {
			if w == "" {
				t.Errorf("%s: no words in %s", key, Languages()[i])
			}
			if strings.Count(w, "%s") != strings.Count(words[0], "%s") {
				t.Errorf("%s: %q and %q differ in places", key, w, words[0])
			}
		}
	}
}

// Every label that a template or the script asks for is in the table.
func TestNoLabelIsMissing(t *testing.T) {
	t.Parallel()
	table := labelTable()
	for _, name := range []string{"templates/home.html", "templates/login.html", "templates/missing.html", "assets/page.js"} {
		files := templateFiles
		if strings.HasPrefix(name, "assets") {
			files = assetFiles
		}
		raw, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.FieldsFunc(string(raw), func(r rune) bool {
			return r != '.' && r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) {
			key, ok := strings.CutPrefix(strings.TrimPrefix(part, "."), "L.")
			if !ok {
				continue
			}
			if _, ok := table[key]; !ok {
				t.Errorf("%s asks for %q", name, key)
			}
		}
	}
	for _, key := range []string{"display_" + displayReady, "display_" + displayClosed, "display_" + displayDown, "reader_" + ReaderUp, "reader_" + ReaderWaiting, "reader_" + ReaderFault, "reader_" + ReaderVirtual} {
		if _, ok := table[key]; !ok {
			t.Errorf("no label %q", key)
		}
	}
}

func TestDetail(t *testing.T) {
	t.Parallel()
	now := scanTime()
	use := func(at time.Time, station, lane string, by admission.Party) *admission.Use {
		return &admission.Use{At: at, Station: station, Lane: lane, By: by}
	}
	for name, tc := range map[string]struct {
		lang  string
		d     admission.Decision
		event string
		want  string
	}{
		"used here a moment ago":             {"en", admission.Decision{Reason: admission.ReasonAlreadyRedeemed, Previous: use(now.Add(-time.Minute), "Main entrance", "north", admission.Here)}, "", "Used at 19:01:11, lane north."},
		"used yesterday":                     {"en", admission.Decision{Reason: admission.ReasonAlreadyRedeemed, Previous: use(now.AddDate(0, 0, -1), "Main entrance", "north", admission.Here)}, "", "Used on 20 Nov, 19:02, lane north."},
		"used at another station":            {"fr", admission.Decision{Reason: admission.ReasonAlreadyRedeemed, Previous: use(now.Add(-time.Minute), "Jardin", "sud", admission.OtherStation)}, "", "Utilisé à 19:01:11, voie sud, à Jardin."},
		"used by the platform's word":        {"de", admission.Decision{Reason: admission.ReasonAlreadyRedeemed, Previous: use(time.Time{}, "", "", admission.ByPlatform)}, "", "Benutzt, wann ist nicht bekannt, sagt die Plattform."},
		"used, and nothing else is known":    {"en", admission.Decision{Reason: admission.ReasonAlreadyRedeemed}, "", ""},
		"for another event with a name":      {"en", admission.Decision{Reason: admission.ReasonWrongEvent, Event: "e2"}, "Nuit 100%s", "The ticket is genuine, but not for tonight. It is for Nuit 100%s."},
		"for another event without a name":   {"en", admission.Decision{Reason: admission.ReasonWrongEvent, Event: "e2"}, "", "The ticket is genuine, but not for tonight. It is for e2."},
		"too early":                          {"en", admission.Decision{Reason: admission.ReasonNotYetValid, Window: admission.Window{From: now.Add(time.Hour)}}, "", "The ticket is not valid yet. Valid from 20:02:11."},
		"too late":                           {"de", admission.Decision{Reason: admission.ReasonExpired, Window: admission.Window{Until: now.AddDate(0, 0, -2)}}, "", "Das Ticket gilt nicht mehr. Es galt bis 19.11., 19:02."},
		"an admission tells its grounds":     {"fr", admission.Decision{Reason: admission.ReasonAdmitted, Grounds: admission.GroundsStale}, "", "Sur la liste, qui n'a pas été mise à jour récemment."},
		"a product this lane does not serve": {"en", admission.Decision{Reason: admission.ReasonWrongProduct, Product: "VIP"}, "", "This lane does not serve this kind of ticket. VIP."},
		"a language nobody speaks here":      {"pt-BR", admission.Decision{Reason: admission.ReasonAdmitted, Grounds: admission.GroundsListed}, "", "On the list."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := admission.CheckIn{Decision: tc.d, At: admission.Stamp{Wall: now}}
			if got := Detail(tc.lang, c, tc.event, paris()); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestACheckLaneDoesNotWelcome(t *testing.T) {
	t.Parallel()
	c := admission.CheckIn{Direction: admission.Check}
	c.Verdict, c.Reason = admission.Admit, admission.ReasonAdmitted
	if got := Message("fr", c); got != "Votre billet est valable" {
		t.Errorf("got %q", got)
	}
}

func TestTheDoorIsToldNoName(t *testing.T) {
	t.Parallel()
	c := admission.CheckIn{}
	c.Holder, c.Product, c.Ticket.ID = "Ada", "VIP", "t1"
	c.Previous = &admission.Use{Lane: "north", Station: "Jardin"}
	for _, lang := range Languages() {
		for _, r := range admission.Reasons() {
			c.Reason = r
			m := Message(lang, c)
			for _, secret := range []string{"Ada", "VIP", "t1", "north", "Jardin"} {
				if strings.Contains(m, secret) {
					t.Errorf("%q", m)
				}
			}
		}
	}
}

func TestLanguageOfTheBrowser(t *testing.T) {
	t.Parallel()
	s, err := New(newStation().options())
	if err != nil {
		t.Fatal(err)
	}
	for accept, want := range map[string]string{
		"":                               "fr",
		"en-US,en;q=0.9,fr;q=0.8":        "en",
		"de-CH":                          "de",
		"pt,es;q=0.9":                    "fr",
		"fr;q=0.3,de;q=0.7":              "de",
		"en;q=x,de;q=0.1":                "de",
		"en;q=0":                         "fr",
		strings.Repeat("xx,", 20) + "de": "fr",
	} {
		r := &http.Request{Header: http.Header{"Accept-Language": {accept}}}
		if got := s.language(r); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}
