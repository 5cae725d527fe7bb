package admin

import (
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatescand/device/admin/words"
	"gatescand/scanner/admission"
)

// speaker speaks a language in tests.
func speaker(t *testing.T, lang string) words.Speaker {
	t.Helper()
	book, err := words.Open()
	if err != nil {
		t.Fatal(err)
	}
	return book.In(lang)
}

func TestEveryReasonIsSaidInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, lang := range words.Languages() {
		sp := speaker(t, lang)
		for _, r := range admission.Reasons() {
			c := admission.CheckIn{}
			c.Reason = r
			if m := Message(sp, c); m != sp.T("door_"+string(r)) || !sp.Has("door_"+string(r)) {
				t.Errorf("%s: no message for %s", lang, r)
			}
			if Headline(sp, c) == "" || Headline(sp, c) == string(r) {
				t.Errorf("%s: no headline for %s", lang, r)
			}
			if id := "reason_" + string(r) + "_more"; sp.Has(id) && !strings.HasSuffix(sp.T(id), ".") {
				t.Errorf("%s: %q is no sentence", lang, sp.T(id))
			}
		}
		for _, g := range []admission.Grounds{admission.GroundsListed, admission.GroundsStale, admission.GroundsSignature, admission.GroundsOnline, admission.GroundsOverride, admission.GroundsUnproven} {
			if !sp.Has("grounds_" + string(g)) {
				t.Errorf("%s: no words for grounds %s", lang, g)
			}
		}
	}
}

func TestWhoIsLetInWithoutAListIsWelcome(t *testing.T) {
	t.Parallel()
	for _, reason := range []admission.Reason{admission.ReasonUnlisted, admission.ReasonUnknown} {
		c := admission.CheckIn{Direction: admission.Entry}
		c.Verdict, c.Reason, c.Grounds = admission.Admit, reason, admission.GroundsSignature
		if got := Message(speaker(t, "en"), c); got != "Welcome" {
			t.Errorf("%s, admitted: %q", reason, got)
		}
		if got := Headline(speaker(t, "en"), c); got != "Valid ticket" {
			t.Errorf("%s, admitted: %q", reason, got)
		}
		if got := Detail(speaker(t, "en"), c, "", time.UTC); got != "The signature proves that the ticket was issued; no list speaks of it." {
			t.Errorf("%s, admitted: %q", reason, got)
		}
		c.Verdict = admission.Hold
		if got := Message(speaker(t, "en"), c); got == "Welcome" {
			t.Errorf("%s, held: %q", reason, got)
		}
	}
}

// Every sentence that a template, a script or the program asks for is there.
func TestNoSentenceIsMissing(t *testing.T) {
	t.Parallel()
	sp := speaker(t, words.Fallback)
	ask := func(where, id string) {
		if !sp.Has(id) {
			t.Errorf("%s asks for %q", where, id)
		}
	}
	in := func(files fs.FS, glob, pattern string) {
		names, err := fs.Glob(files, glob)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", glob, err)
		}
		for _, name := range names {
			raw, err := fs.ReadFile(files, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(raw), -1) {
				ask(name, m[1])
			}
		}
	}
	in(templateFiles, "templates/*.html", `L\.[TN] "(\w+)"`)
	in(assetFiles, "assets/*.js", `\bL\.(\w+)`)
	in(os.DirFS("."), "*.go", `\.[TN]\("(\w+[^_"])"`)
	for _, id := range slices.Concat(nowLabels(), commonLabels()) {
		ask("the first screen", id)
	}
	for _, n := range navigation() {
		ask("the navigation", "nav_"+n.id)
	}
	for _, key := range []string{"display_" + displayReady, "display_" + displayClosed, "display_" + displayDown} {
		ask("the display", key)
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
			if got := Detail(speaker(t, tc.lang), c, tc.event, paris()); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestACheckLaneDoesNotWelcome(t *testing.T) {
	t.Parallel()
	c := admission.CheckIn{Direction: admission.Check}
	c.Verdict, c.Reason = admission.Admit, admission.ReasonAdmitted
	if got := Message(speaker(t, "fr"), c); got != "Votre billet est valable" {
		t.Errorf("got %q", got)
	}
}

func TestTheDoorIsToldNoName(t *testing.T) {
	t.Parallel()
	c := admission.CheckIn{}
	c.Holder, c.Product, c.Ticket.ID = "Ada", "VIP", "t1"
	c.Previous = &admission.Use{Lane: "north", Station: "Jardin"}
	for _, lang := range words.Languages() {
		own := speaker(t, lang)
		for _, r := range admission.Reasons() {
			c.Reason = r
			m := Message(own, c)
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
		"en;q=x,de;q=0.1":                "fr",
		"en;q=0":                         "fr",
		strings.Repeat("xx,", 20) + "de": "fr",
	} {
		r := &http.Request{Header: http.Header{"Accept-Language": {accept}}}
		if got := s.language(r).Lang; got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}
