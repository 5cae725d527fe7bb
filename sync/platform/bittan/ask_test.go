package bittan_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/bittan"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakebittan"
)

func TestQuestions(t *testing.T) {
	admits := func(words ...string) func(*bittan.Settings) {
		return func(s *bittan.Settings) { s.Admitting = append([]string{}, words...) }
	}
	for _, c := range []struct {
		name   string
		status fakebittan.Status
		used   int
		change func(*bittan.Settings)
		want   admission.Status
	}{
		{name: "a paid ticket is valid", status: fakebittan.Paid, want: admission.StatusValid},
		{name: "a used ticket says so", status: fakebittan.Paid, used: 1, want: admission.StatusValid},
		{name: "a reservation is unpaid", status: fakebittan.Reserved, want: admission.StatusUnpaid},
		{name: "an expired reservation is canceled", status: fakebittan.FailedExpired, want: admission.StatusCanceled},
		{name: "a payment taken back is canceled", status: fakebittan.FailedAdmin, want: admission.StatusCanceled},
		{name: "a payment without tickets is canceled", status: fakebittan.FailedOutOf, want: admission.StatusCanceled},
		{name: "a new way to fail is canceled", status: "FAILED_BY_SWISH", want: admission.StatusCanceled},
		{name: "a questionnaire sent in is unpaid", status: fakebittan.FormSubmitted, want: admission.StatusUnpaid},
		{name: "a confirmed place is unpaid", status: fakebittan.Confirmed, want: admission.StatusUnpaid},
		{name: "a confirmed place admits where the organiser says so", status: fakebittan.Confirmed, change: admits("CONFIRMED"), want: admission.StatusValid},
		{name: "money alone is not enough where it does not admit", status: fakebittan.Paid, change: admits("CONFIRMED"), want: admission.StatusUnpaid},
		{name: "no words mean the one for money", status: fakebittan.Paid, change: admits(), want: admission.StatusValid},
		{name: "a word nobody knows is unclear", status: "GIFTED", want: admission.StatusUnclear},
		{name: "small letters are another word", status: "paid", want: admission.StatusUnclear},
		{name: "no word is unclear", status: " ", want: admission.StatusUnclear},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, fakebittan.Today)
			id := h.ticket(c.status, c.used)
			d := h.drawer
			if c.change != nil {
				d = h.gate("north", c.change)
			}
			got, err := d.Ask(t.Context(), []byte(" "+id+"\r\n"), credential(id))
			want := admission.Answer{Found: true, Status: c.want, Used: c.used > 0, UsedTimes: c.used, Event: title}
			if err != nil || got != want {
				t.Errorf("%+v, %v, want %+v", got, err, want)
			}
			if h.count(id) != c.used {
				t.Error("the question was counted as a use")
			}
		})
	}
}

func TestQuestionsAboutNothing(t *testing.T) {
	h := newHouse(t, fakebittan.Today)
	id := h.ticket(fakebittan.Paid, 0)
	must(t, h.drawer.Probe(t.Context()))
	h.ForgetRequests()
	for _, code := range []string{"ABC", "4006381333931", "------", "AB CD", "\x00\x00\x00\x00", "     "} {
		_, err := h.drawer.Ask(t.Context(), []byte(code), credential(id))
		if got := classOf(t, err); got != platform.Rejected || h.Count(fakebittan.RoutePeek) > 0 {
			t.Errorf("%q: class %q, %v", code, got, err)
		}
	}
	if a, err := h.drawer.Ask(t.Context(), []byte("QWERTY1"), credential("QWERTY1")); err != nil || a != (admission.Answer{}) {
		t.Errorf("a ticket that is none: %+v, %v", a, err)
	}
	if a, err := h.drawer.Ask(t.Context(), nil, credential(id)); err != nil || !a.Found {
		t.Errorf("a ticket without a code: %+v, %v", a, err)
	}
}

// The recorded answers, through the drawer.
func TestRecordedTickets(t *testing.T) {
	fake, _ := platformtest.RecordedBittan(t)
	d := newDrawer(t, platformtest.Start(t, fake), func(s *bittan.Settings) { s.Password = platformtest.BittanPassword(t) })
	for id, want := range map[string]admission.Answer{
		"AAAAAA": {Found: true, Status: admission.StatusUnpaid, Event: "Fysikalen Dag 1"},
		"bbbbbb": {Found: true, Status: admission.StatusValid, Event: "Fysikalen Dag 1"},
		"CCCCCC": {Found: true, Status: admission.StatusCanceled, Event: "Fysikalen Dag 1"},
		"DDDDDD": {Found: true, Status: admission.StatusCanceled, Event: "Fysikalen Dag 1"},
		"EEEEEE": {Found: true, Status: admission.StatusCanceled, Event: "Fysikalen Dag 1"},
		"ZZZZZZ": {},
	} {
		if got, err := d.Ask(t.Context(), []byte(id), admission.Credential{}); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", id, got, err, want)
		}
	}
	if events, err := d.Events(t.Context()); err != nil || len(events) != 1 || events[0].ID != "Fysikalen Dag 1" {
		t.Errorf("%+v, %v", events, err)
	}
}

// An answer that is not exactly one of today's server is an error, and the
// server's form is found out anew before the next ticket is sent.
func TestAnswersAreReadStrictly(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   platform.Class
	}{
		"another ticket":               {200, `{"external_id":"BBBBBC","times_used":0,"chapter_event":"x","status":"PAID"}`, platform.Protocol},
		"no ticket":                    {200, `{"times_used":0,"chapter_event":"x","status":"PAID"}`, platform.Protocol},
		"no event":                     {200, `{"external_id":"BBBBBB","times_used":0,"status":"PAID"}`, platform.Protocol},
		"a null event":                 {200, `{"external_id":"BBBBBB","times_used":0,"chapter_event":null,"status":"PAID"}`, platform.Protocol},
		"no state":                     {200, `{"external_id":"BBBBBB","times_used":0,"chapter_event":"x"}`, platform.Protocol},
		"no count":                     {200, `{"external_id":"BBBBBB","chapter_event":"x","status":"PAID"}`, platform.Protocol},
		"a count in quotes":            {200, `{"external_id":"BBBBBB","times_used":"0","chapter_event":"x","status":"PAID"}`, platform.Protocol},
		"a negative count":             {200, `{"external_id":"BBBBBB","times_used":-1,"chapter_event":"x","status":"PAID"}`, platform.Protocol},
		"a count too large":            {200, `{"external_id":"BBBBBB","times_used":1e30,"chapter_event":"x","status":"PAID"}`, platform.Protocol},
		"two counts":                   {200, `{"external_id":"BBBBBB","times_used":0,"Times_Used":1,"chapter_event":"x","status":"PAID"}`, platform.Protocol},
		"a ticket that is none":        {404, `{"external_id":"BBBBBB","times_used":0,"chapter_event":"x","status":"PAID"}`, platform.Protocol},
		"none with a good status":      {200, `{"times_used":-1,"status":"Ticket does not exist"}`, platform.Protocol},
		"a proxy's no":                 {404, `{"error":"not found"}`, platform.Protocol},
		"the fields are not enough":    {400, `"InvalidRequestData"`, platform.Protocol},
		"the password has changed":     {401, `"Incorrect password"`, platform.Auth},
		"a firewall's no in JSON":      {403, `{"detail":"no"}`, platform.Protocol},
		"a ticket with more than that": {200, `{"external_id":"BBBBBB","times_used":0,"chapter_event":"x","status":"PAID","extra":[1]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				asked++
				switch asked {
				case 1, 2:
					w.WriteHeader(http.StatusBadRequest)
					_, _ = io.WriteString(w, `"InvalidRequestData"`)
				case 3:
					w.WriteHeader(http.StatusNotFound)
					_, _ = io.WriteString(w, `{"times_used":-1,"status":"Ticket does not exist"}`)
				default:
					w.WriteHeader(c.status)
					_, _ = io.WriteString(w, c.body)
				}
			}))
			t.Cleanup(server.Close)
			d := newDrawer(t, server.URL)
			_, err := d.Ask(t.Context(), []byte("BBBBBB"), admission.Credential{})
			if got := classOf(t, err); got != c.want || asked != 4 {
				t.Fatalf("class %q after %d requests, want %q: %v", got, asked, c.want, err)
			}
			asked = 0
			_, err = d.Ask(t.Context(), []byte("BBBBBB"), admission.Credential{})
			if c.want != "" && asked != 4 {
				t.Errorf("%d requests for the next ticket: the form was not found out anew: %v", asked, err)
			}
		})
	}
}
