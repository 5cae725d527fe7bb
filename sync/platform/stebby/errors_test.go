package stebby_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/fakestebby"
	"gatescand/sync/platform/stebby"
)

// script is a server that answers each request with the next line of it.
type script struct {
	*httptest.Server
	asked []string
}

type line struct {
	status int
	body   string // JSON; "" for none, and HTML where it begins with "<"
}

func newScript(tb testing.TB, lines ...line) *script {
	tb.Helper()
	s := &script{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := len(s.asked)
		s.asked = append(s.asked, r.URL.EscapedPath())
		if n >= len(lines) {
			tb.Errorf("request %d to %s was not expected", n+1, r.URL.Path)
			n = len(lines) - 1
		}
		switch body := lines[n].body; {
		case body == "":
		case body[0] == '<':
			w.Header().Set("Content-Type", "text/html")
		default:
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(lines[n].status)
		_, _ = w.Write([]byte(lines[n].body))
	}))
	tb.Cleanup(s.Close)
	return s
}

// Every way a server can say no to a look-up, in every form of error.
func TestWhatBecomesOfErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		class  platform.Class
		says   string
		probe  platform.Class // "" where the probe is content
		list   platform.Class
	}{
		{
			"the key is missing, as documented", 400, `{"code":"2108","message":"Api key is missing from the request"}`,
			platform.Auth, "error 2108", platform.Auth, platform.Auth,
		},
		{"as clients read it", 400, `{"errors":[{"code":"2108","message":"x"}]}`, platform.Auth, "error 2108", platform.Auth, platform.Auth},
		{"as the document reads literally", 400, `{"errors":{"code":"2108","message":"x"}}`, platform.Auth, "error 2108", platform.Auth, platform.Auth},
		{"its code a number", 400, `{"errors":[{"code":2108,"message":"x"}]}`, platform.Auth, "error 2108", platform.Auth, platform.Auth},
		{"with status 200", 200, `{"code":"2108","message":"x"}`, platform.Auth, "error 2108", platform.Auth, platform.Auth},
		{"with status 500", 500, `{"code":"2108","message":"x"}`, platform.Auth, "error 2108", platform.Auth, platform.Auth},
		{"a second error", 400, `{"errors":[{"code":"1"},{"code":"2108"}]}`, platform.Auth, "error 1", platform.Auth, platform.Auth},
		{"a message about the key", 400, `{"message":"The API-key is not valid."}`, platform.Auth, "API key", platform.Auth, platform.Auth},
		{"a field that is the key", 422, `{"message":"x","errors":{"Api-Key":["required"]}}`, platform.Auth, "API key", platform.Auth, platform.Auth},
		{"a field's message about the key", 422, `{"errors":{"header":["No api key."]}}`, platform.Auth, "API key", platform.Auth, platform.Auth},
		{"a text as error about the key", 400, `{"errors":["wrong api key"]}`, platform.Auth, "API key", platform.Auth, platform.Auth},
		{"not authenticated", 401, `{"message":"Unauthenticated."}`, platform.Auth, "API key", platform.Auth, platform.Auth},
		{"forbidden", 403, `{}`, platform.Auth, "API key", platform.Auth, platform.Auth},
		{"forbidden by a page", 403, `<html>no</html>`, platform.Captive, "", platform.Captive, platform.Captive},
		{"another error, validated", 422, `{"message":"m","errors":{"ticketCode":["too long"]}}`, platform.Protocol, "refuses", "", platform.Unsupported},
		{"another error, of the application", 400, `{"code":"4711","message":"m"}`, platform.Protocol, "error 4711", "", platform.Unsupported},
		{"another error with status 200", 200, `{"errors":[{"code":"4711"}]}`, platform.Protocol, "error 4711", "", platform.Unsupported},
		{"an error beside tickets", 200, `{"errors":[{"code":"4711"}],"tickets":[]}`, platform.Protocol, "error 4711", "", platform.Unsupported},
		{"an error as a text", 409, `{"errors":"no"}`, platform.Protocol, "refuses", "", platform.Unsupported},
		{"a code that is no code", 400, `{"code":{"a":1},"message":"m"}`, platform.Protocol, "refuses the look-up (", "", platform.Unsupported},
		{"a code with markup", 400, `{"code":"<b>47</b>\n11"}`, platform.Protocol, "error b47b11 (", "", platform.Unsupported},
		{"a code without end", 400, `{"code":"` + strings.Repeat("9", 500) + `"}`, platform.Protocol, "error 999999999999 (", "", platform.Unsupported},
		{
			"the ticket's code in place of the error's", 400, `{"code":"` + someCode + `","message":"m"}`,
			platform.Protocol, "refuses the look-up (", "", platform.Unsupported,
		},
		{"not found, of the application", 404, `{"code":"4711","message":"m"}`, platform.Protocol, "error 4711", "", platform.Unsupported},
		{"not found, of the framework", 404, `{"message":"The route could not be found."}`, platform.Unsupported, "route", platform.Unsupported, platform.Unsupported},
		{"not found, a page", 404, `<html>404</html>`, platform.Unsupported, "route", platform.Unsupported, platform.Unsupported},
		{"a teapot", 418, `{"detail":"short and stout"}`, platform.Protocol, "status", platform.Protocol, platform.Protocol},
		{"a server that fails", 500, `{"message":"Server Error"}`, platform.Server, "failed", platform.Server, platform.Server},
		{"a server that fails with a code", 503, `{"code":"4711"}`, platform.Server, "error 4711", platform.Server, platform.Server},
		{"a server that was too slow", 408, `{"message":"Timeout"}`, platform.Server, "failed", platform.Server, platform.Server},
		{"asked too often", 429, `{"message":"Too Many Attempts."}`, platform.Throttled, "", platform.Throttled, platform.Throttled},
		{"a mere message with status 200", 200, `{"message":"hello"}`, platform.Protocol, "no tickets", platform.Captive, platform.Protocol},
		{"tickets that are none", 200, `{"tickets":null}`, platform.Protocol, "no tickets", platform.Captive, platform.Protocol},
		{"tickets of another type", 200, `{"tickets":{"a":1}}`, platform.Protocol, "", platform.Protocol, platform.Protocol},
	} {
		t.Run(c.name, func(t *testing.T) {
			again := line{c.status, c.body}
			s := newScript(t, again, again, again, again, again, again)
			d := newDrawer(t, s.URL)
			_, err := d.Ask(t.Context(), []byte(someCode), verify(d, someCode))
			if got := classOf(t, err); got != c.class || !strings.Contains(err.Error(), c.says) {
				t.Errorf("look-up: class %s, want %s saying %q: %v", got, c.class, c.says, err)
			}
			if strings.Contains(fmt.Sprint(err), someCode) {
				t.Errorf("the ticket's code comes out: %v", err)
			}
			if err = d.Probe(t.Context()); platform.ClassOf(err) != c.probe {
				t.Errorf("probe: class %s, want %q: %v", platform.ClassOf(err), c.probe, err)
			}
			_, err = d.Tickets(t.Context(), "", "", 100)
			if got := classOf(t, err); got != c.list {
				t.Errorf("list: class %s, want %s: %v", got, c.list, err)
			}
			var p pad
			out, err := d.Deliver(t.Context(), admission.Delivery{
				Ticket: admission.TicketKey{Account: account, ID: someCode}, Code: []byte(someCode), Attempt: 1,
			}, p.jot)
			if got := classOf(t, err); got != c.class || p.n != 0 || out.Kind != "" {
				t.Errorf("deliver: class %s, want %s; %d memos, outcome %+v", got, c.class, p.n, out)
			}
			for _, path := range s.asked {
				if path != "/api/v4/tickets" {
					t.Errorf("%s was asked for", path)
				}
			}
		})
	}
}

// The fake writes its errors in every form; a key is always told apart from a
// ticket, and a refused list from a refused key.
func TestTheFakesErrorsInEveryForm(t *testing.T) {
	for _, form := range fakestebby.ErrorForms() {
		for _, status := range []int{200, 400, 401, 403, 404, 409, 422} {
			for _, numeric := range []bool{false, true} {
				m := fakestebby.Manners{Errors: form, ErrorStatus: status, NumericCodes: numeric, ListRefused: true}
				if status == 200 && form == fakestebby.FormMessage {
					continue // nobody could tell it from a greeting
				}
				t.Run(fmt.Sprint(form, status, numeric), func(t *testing.T) {
					h := newHouse(t, m)
					h.sell(someCode)
					for _, key := range []string{"wrong", h.key} {
						d := h.newDrawer(func(s *stebby.Settings) { s.APIKey = key })
						err := d.Probe(t.Context())
						_, listed := d.Tickets(t.Context(), "", "", 100)
						if key == h.key {
							if err != nil || platform.ClassOf(listed) != platform.Unsupported {
								t.Errorf("good key: probe %v, list %v", err, listed)
							}
							continue
						}
						if platform.ClassOf(err) != platform.Auth || platform.ClassOf(listed) != platform.Auth {
							t.Errorf("wrong key: probe %v, list %v", err, listed)
						}
					}
				})
			}
		}
	}
}

func TestAnswersAboutOtherTickets(t *testing.T) {
	const other = `{"code":"ANOTHER12345","validUntil":null}`
	for _, c := range []struct {
		name string
		body string
		want platform.Class // "" for not found
	}{
		{"another ticket alone is not this one", `{"tickets":[` + other + `],"pagination":{"total":1}}`, ""},
		{"another ticket without a count", `{"tickets":[` + other + `]}`, platform.Protocol},
		{"there are more than are shown", `{"tickets":[` + other + `],"pagination":{"total":90}}`, platform.Protocol},
		{"there are more, the count a text", `{"tickets":[` + other + `],"pagination":{"total":"90"}}`, platform.Protocol},
		{"a full page of others", `{"tickets":[` + strings.TrimSuffix(strings.Repeat(other+",", 15), ",") + `]}`, platform.Protocol},
		{"none, whatever is counted", `{"tickets":[],"pagination":{"total":2,"pages":3}}`, ""},
		{"a row without a code", `{"tickets":[{"validUntil":null}]}`, platform.Protocol},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDrawer(t, newScript(t, line{200, c.body}).URL)
			a, err := d.Ask(t.Context(), []byte(someCode), verify(d, someCode))
			if got := platform.ClassOf(err); got != c.want || a.Found {
				t.Errorf("class %q, want %q: %+v, %v", got, c.want, a, err)
			}
		})
	}
}

func TestALookUpFindsOtherSpellings(t *testing.T) {
	for _, c := range []struct {
		name    string
		printed string // by the server
		scanned string
		m       fakestebby.Manners
		found   bool
		asked   int
	}{
		{"the usual one", "AAAA1111BBBB", "AAAA1111BBBB", fakestebby.Manners{}, true, 1},
		{"scanned in lower case", "AAAA1111BBBB", "aaaa1111bbbb", fakestebby.Manners{}, true, 1},
		{"scanned with dashes and a line end", "AAAA1111BBBB", "AAAA-1111-BBBB\r\n", fakestebby.Manners{}, true, 1},
		{"the server itself has dashes", "AAAA-1111-BBBB", "AAAA-1111-BBBB\r\n", fakestebby.Manners{}, true, 2},
		{"the server itself has lower case", "aaaa1111bbbb", "aaaa1111bbbb", fakestebby.Manners{}, true, 2},
		{"the server minds no case", "aaaa1111bbbb", "AAAA1111BBBB", fakestebby.Manners{AnyCase: true}, true, 1},
		{"not there in any spelling", "CCCC1111BBBB", "aaaa1111bbbb", fakestebby.Manners{}, false, 2},
		{"not there", "CCCC1111BBBB", "AAAA1111BBBB", fakestebby.Manners{}, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.m)
			h.sell(c.printed)
			cred := verify(h.drawer, c.scanned)
			a, err := h.drawer.Ask(t.Context(), []byte(c.scanned), cred)
			must(t, err)
			if n := h.Count(fakestebby.RouteLookup); a.Found != c.found || n != c.asked {
				t.Errorf("found %v after %d requests, want %v after %d", a.Found, n, c.found, c.asked)
			}
			if !c.found {
				return
			}
			del := h.delivery(cred.ID)
			del.Code = []byte(c.scanned)
			out, err := h.drawer.Deliver(t.Context(), del, new(pad).jot)
			must(t, err)
			if out.Kind != admission.OutcomeDelivered || h.uses(c.printed) != 1 {
				t.Errorf("outcome %+v, %d uses", out, h.uses(c.printed))
			}
		})
	}
}

func TestACodeOfAnotherFormIsNotAskedAbout(t *testing.T) {
	d := newDrawer(t, "http://127.0.0.1:9")
	_, err := d.Ask(context.Background(), []byte("https://stebby.eu/"), admission.Credential{}) //nolint:usetesting // nothing is asked
	if got := classOf(t, err); got != platform.Rejected {
		t.Errorf("class %s: %v", got, err)
	}
}

func TestATicketAdmittedByHandIsAskedAboutByItsIdentity(t *testing.T) {
	h := newHouse(t)
	h.sell(someCode)
	a, err := h.drawer.Ask(t.Context(), nil, verify(h.drawer, someCode))
	must(t, err)
	if !a.Found {
		t.Error("not found")
	}
}

// What a ticket says is read in every shape that documents and clients know.
func TestRowsAreReadForWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		name   string
		row    string
		status admission.Status
		until  string // "" for no end
		bought [2]string
		holder string
	}{
		{
			"as documented",
			`{"client":{"name":"Jo"},"code":"AAAA1111","validUntil":"2026-12-01T10:00:00+02:00","purchasable":{"amount":1,"category":"X","code":"gym_1","exists":1,"name":"Gym","price":4.5}}`,
			admission.StatusValid, "2026-12-01T08:00:00Z",
			[2]string{"Gym", "gym_1"},
			"Jo",
		},
		{
			"arrays in place of objects",
			`{"client":[{"name":"Jo"}],"code":"AAAA1111","validUntil":null,"purchasables":[{"code":"gym_1","exists":true,"name":"Gym"}]}`,
			admission.StatusValid, "",
			[2]string{"Gym", "gym_1"},
			"Jo",
		},
		{
			"other types where nothing rests on them",
			`{"client":"Jo","code":"AAAA1111","validUntil":null,"purchasable":{"amount":"2","code":7,"exists":"no","name":["Gym"],"price":null}}`,
			admission.StatusValid, "",
			[2]string{"", "7"},
			"",
		},
		{"nothing but a code", `{"code":"AAAA1111"}`, admission.StatusValid, "", [2]string{}, ""},
		{"the code in other spelling", `{"code":"aa-aa.11_11"}`, admission.StatusValid, "", [2]string{}, ""},
		{"an offset without a colon", `{"code":"AAAA1111","validUntil":"2026-12-01T10:00:00+0200"}`, admission.StatusValid, "2026-12-01T08:00:00Z", [2]string{}, ""},
		{"fractions of a second", `{"code":"AAAA1111","validUntil":"2026-12-01T10:00:00.000000Z"}`, admission.StatusValid, "2026-12-01T10:00:00Z", [2]string{}, ""},
		{"a time without an offset is unclear", `{"code":"AAAA1111","validUntil":"2026-12-01T10:00:00"}`, admission.StatusUnclear, "", [2]string{}, ""},
		{"a time that is no time is unclear", `{"code":"AAAA1111","validUntil":"soon"}`, admission.StatusUnclear, "", [2]string{}, ""},
		{"an empty time is unclear", `{"code":"AAAA1111","validUntil":""}`, admission.StatusUnclear, "", [2]string{}, ""},
		{"a time before all times is unclear", `{"code":"AAAA1111","validUntil":"0000-00-00T00:00:00+00:00"}`, admission.StatusUnclear, "", [2]string{}, ""},
		{"a number for a time is unclear", `{"code":"AAAA1111","validUntil":1790000000}`, admission.StatusUnclear, "", [2]string{}, ""},
		{
			"words are put on one line", `{"code":"AAAA1111","client":{"name":"\u001b[2JJo\r\n\u202eDo"},"purchasable":{"name":"Gym\u0000","code":"a\tb"}}`,
			admission.StatusValid, "",
			[2]string{"Gym", "a b"},
			"[2JJo   Do",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer := line{200, `{"tickets":[` + c.row + `],"pagination":{"page":1,"pages":1,"size":15,"total":1}}`}
			d := newDrawer(t, newScript(t, answer, answer).URL)
			a, err := d.Ask(t.Context(), []byte("AAAA1111"), verify(d, "AAAA1111"))
			must(t, err)
			until := ""
			if !a.Window.Until.IsZero() {
				until = a.Window.Until.Format("2006-01-02T15:04:05Z07:00")
			}
			if !a.Found || a.Status != c.status || a.Used || until != c.until || [2]string{a.Product, a.Price} != c.bought || a.Holder != c.holder {
				t.Errorf("got %+v", a)
			}
			p, err := d.Tickets(t.Context(), "", "", 15)
			must(t, err)
			if len(p.Tickets) != 1 {
				t.Fatalf("listed %+v", p)
			}
			got := p.Tickets[0]
			want := admission.Ticket{
				TicketKey: admission.TicketKey{Account: account, ID: "AAAA1111"}, Product: a.Product, Price: a.Price, Status: a.Status,
				Window: a.Window, Holder: a.Holder,
			}
			if got != want {
				t.Errorf("listed %+v, want %+v", got, want)
			}
		})
	}
}

// What the server refuses of one ticket is about that ticket; what it refuses of
// every ticket is not, and must not bury a delivery.
func TestARefusedLookUpIsAboutTheTicketOnlyWhereAnotherIsNotRefused(t *testing.T) {
	for name, row := range map[string]struct {
		all  bool
		want platform.Class
	}{
		"one":   {false, platform.Rejected},
		"every": {true, platform.Protocol},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				w.Header().Set("Content-Type", "application/json")
				if row.all || strings.Contains(string(body), "VVKAHDKLASKJA") {
					w.WriteHeader(http.StatusBadRequest)
					_, _ = io.WriteString(w, `{"code":"2109","message":"no"}`)
					return
				}
				_, _ = io.WriteString(w, `{"pagination":{"page":1,"pages":1,"size":15,"total":0},"tickets":[]}`)
			}))
			t.Cleanup(server.Close)
			_, err := newDrawer(t, server.URL).Ask(t.Context(), []byte("VVKAHDKLASKJA"), admission.Credential{})
			if got := platform.ClassOf(err); got != row.want {
				t.Errorf("class %q, want %q: %v", got, row.want, err)
			}
		})
	}
}
