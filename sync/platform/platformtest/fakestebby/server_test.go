package fakestebby_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/fakestebby"
)

func TestTheDocumentsSamplesAreAnsweredAsTheDocumentSays(t *testing.T) {
	fake, transcript := platformtest.DocumentedStebby(t)
	platformtest.TestReplay(t, platformtest.StartStebby(t, fake), transcript, platformtest.ReplayOptions{})
}

func TestQuestions(t *testing.T) {
	email := fakestebby.Client{Context: "EMAIL", Value: "a@example.org", Name: "Jo Do"}
	for _, c := range []struct {
		name   string
		method string
		key    string // "" is the good one, "-" none
		path   string
		body   string
		m      fakestebby.Manners
		status int
		says   string
		codes  []string // where status is 200
	}{
		{name: "a look-up gives the ticket", body: `{"ticketCode":"AAAA11112222"}`, status: 200, codes: []string{"AAAA11112222"}},
		{name: "the filter takes the code as it is", body: `{"ticketCode":"aaaa11112222"}`, status: 200, codes: []string{}},
		{
			name: "or in any case", body: `{"ticketCode":"aaaa11112222"}`, m: fakestebby.Manners{AnyCase: true}, status: 200,
			codes: []string{"AAAA11112222"},
		},
		{name: "an unknown ticket is absent", body: `{"ticketCode":"ZZZZ11112222"}`, status: 200, codes: []string{}},
		{name: "a used ticket is absent", body: `{"ticketCode":"USED11112222"}`, status: 200, codes: []string{}},
		{name: "an expired ticket is absent", body: `{"ticketCode":"LATE11112222"}`, status: 200, codes: []string{}},
		{name: "a refunded ticket is absent", body: `{"ticketCode":"BACK11112222"}`, status: 200, codes: []string{}},
		{
			name: "a client's tickets", body: `{"client":{"context":"EMAIL","value":"a@example.org"}}`, status: 200,
			codes: []string{"AAAA11112222"},
		},
		{
			name: "tickets of a service", body: `{"purchasableCode":"pool"}`, status: 200, codes: []string{"BBBB11112222"},
		},
		{name: "all tickets", body: `{"pagination":{"limit":15,"page":1}}`, status: 200, codes: []string{"AAAA11112222", "BBBB11112222"}},
		{name: "all tickets, without a body", status: 200, codes: []string{"AAAA11112222", "BBBB11112222"}},
		{name: "a page", body: `{"pagination":{"limit":1,"page":2}}`, status: 200, codes: []string{"BBBB11112222"}},
		{name: "a page beyond the end", body: `{"pagination":{"limit":1,"page":9}}`, status: 200, codes: []string{}},
		{
			name: "the documented insistence on a client or a code", body: `{"pagination":{"limit":15,"page":1}}`,
			m: fakestebby.Manners{ListRefused: true}, status: 422, says: `"errors":{"ticketCode":[`,
		},
		{name: "a server that gives nothing without a client", m: fakestebby.Manners{ListSilent: true}, status: 200, codes: []string{}},
		{name: "a context without a value", body: `{"client":{"context":"EMAIL"}}`, status: 422, says: "client.context"},
		{name: "an unknown context", body: `{"client":{"context":"SHOE","value":"43"}}`, status: 422, says: "client.context"},
		{name: "a code that is a number", body: `{"ticketCode":12345678}`, status: 422, says: "ticketCode"},
		{name: "a page of no tickets", body: `{"pagination":{"limit":0}}`, status: 422, says: "pagination"},
		{name: "no key", key: "-", body: `{"ticketCode":"AAAA11112222"}`, status: 400, says: `"code":"2108"`},
		{name: "a wrong key", key: "no", body: `{"ticketCode":"AAAA11112222"}`, status: 400, says: "key"},
		{name: "the key goes before the question", key: "-", body: `{"ticketCode":1}`, status: 400, says: `"code":"2108"`},
		{name: "a use without a code", path: "/api/v4/tickets/use/", status: 404, says: "could not be found"},
		{name: "a use of a code with a slash", path: "/api/v4/tickets/use/AAAA%2F1111", status: 404, says: "could not be found"},
		{name: "another route", path: "/api/v4/purchase/calculate", status: 404, says: "could not be found"},
		{name: "another method", method: http.MethodGet, status: 405, says: "not supported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			club := newClub(t, c.m)
			club.sell(fakestebby.Ticket{Code: "AAAA11112222", Client: email, ValidUntil: doors(), Purchasable: fakestebby.Purchasable{Code: "gym"}})
			club.sell(fakestebby.Ticket{Code: "LATE11112222", Client: email, ValidUntil: doors().Add(-time.Second)})
			must(t, club.UseAtDesk(club.sell(fakestebby.Ticket{Code: "USED11112222", Client: email}), "desk"))
			must(t, club.Refund(club.sell(fakestebby.Ticket{Code: "BACK11112222", Client: email})))
			club.sell(fakestebby.Ticket{Code: "BBBB11112222", Purchasable: fakestebby.Purchasable{Code: "pool"}})
			method, path, key := http.MethodPost, "/api/v4/tickets", club.key
			if c.method != "" {
				method = c.method
			}
			if c.path != "" {
				path = c.path
			}
			switch c.key {
			case "":
			case "-":
				key = ""
			default:
				key = c.key
			}
			got := club.do(method, path, key, c.body)
			if got.status != c.status || !strings.Contains(got.body, c.says) {
				t.Errorf("got %d %s, want %d with %q", got.status, got.body, c.status, c.says)
			}
			if c.codes != nil && !slices.Equal(got.codes(t), c.codes) {
				t.Errorf("tickets %v, want %v", got.codes(t), c.codes)
			}
		})
	}
}

func TestErrorsTakeTheFormTheyAreTold(t *testing.T) {
	for _, c := range []struct {
		m    fakestebby.Manners
		want string
	}{
		{fakestebby.Manners{}, `{"code":"2108","message":"Api key is missing from the request"}`},
		{fakestebby.Manners{Errors: fakestebby.FormDocument}, `{"code":"2108","message":"Api key is missing from the request"}`},
		{fakestebby.Manners{Errors: fakestebby.FormList}, `{"errors":[{"code":"2108","message":"Api key is missing from the request"}]}`},
		{fakestebby.Manners{Errors: fakestebby.FormNested}, `{"errors":{"code":"2108","message":"Api key is missing from the request"}}`},
		{
			fakestebby.Manners{Errors: fakestebby.FormFields},
			`{"errors":{"Api-Key":["Api key is missing from the request"]},"message":"The given data was invalid."}`,
		},
		{fakestebby.Manners{Errors: fakestebby.FormMessage}, `{"message":"Api key is missing from the request"}`},
		{fakestebby.Manners{NumericCodes: true}, `{"code":2108,"message":"Api key is missing from the request"}`},
		{fakestebby.Manners{ErrorStatus: 200}, `{"code":"2108","message":"Api key is missing from the request"}`},
	} {
		t.Run(c.want, func(t *testing.T) {
			club := newClub(t, c.m)
			got := club.post("/api/v4/tickets", "", `{"ticketCode":"AAAA11112222"}`)
			status := max(c.m.ErrorStatus, 200)
			if c.m.ErrorStatus == 0 {
				status = 400
			}
			if got.body != c.want || got.status != status {
				t.Errorf("got %d %s", got.status, got.body)
			}
		})
	}
	if len(fakestebby.ErrorForms()) != 6 {
		t.Error("a form is missing from the list")
	}
}

func TestATicketIsUsedOnce(t *testing.T) {
	club := newClub(t, fakestebby.Manners{})
	code := club.sell(fakestebby.Ticket{})
	if got := club.use(code); got.status != 200 || got.body != "{}" {
		t.Fatalf("the use: %+v", got)
	}
	if got := club.use(code); got.status != 400 {
		t.Errorf("the second use: %+v", got)
	}
	if got := club.use("NONE11112222"); got.status != 400 {
		t.Errorf("the use of no ticket: %+v", got)
	}
	ticket, err := club.Ticket(code)
	must(t, err)
	if ticket.Uses != 1 || ticket.UsedBy != "gate" || !ticket.Used.Equal(doors()) {
		t.Errorf("the office knows %+v", ticket)
	}
	uses := club.Uses()
	if len(uses) != 3 || !uses[0].Success || uses[1].Success || uses[0].Caller != "gate" || uses[0].Ticket != code {
		t.Errorf("the ledger has %+v", uses)
	}
	for _, r := range club.Requests() {
		if strings.Contains(r.Path, code) {
			t.Errorf("the ledger of requests names a ticket: %s", r.Path)
		}
	}
	must(t, club.Reset(code))
	if got := club.lookup(`{"ticketCode":"` + code + `"}`).codes(t); len(got) != 1 {
		t.Error("a ticket that was reset is not usable")
	}
}

func TestTheClockEndsAValidity(t *testing.T) {
	club := newClub(t, fakestebby.Manners{})
	code := club.sell(fakestebby.Ticket{ValidUntil: doors().Add(time.Minute)})
	club.clock.Store(60)
	if len(club.Usable()) != 1 {
		t.Error("gone before its time")
	}
	club.clock.Store(61)
	if len(club.Usable()) != 0 || club.use(code).status != 400 {
		t.Error("usable after its time")
	}
	must(t, club.SetValidUntil(code, time.Time{}))
	if got := club.lookup(`{"ticketCode":"` + code + `"}`); !strings.Contains(got.body, `"validUntil":null`) {
		t.Errorf("a ticket without an end: %s", got.body)
	}
}

func TestUnknownSidesCanBeChosen(t *testing.T) {
	const all = `{"pagination":{"limit":100,"page":1}}`
	for _, c := range []struct {
		name string
		m    fakestebby.Manners
		body string
		says string
	}{
		{name: "totals of the sample", m: fakestebby.Manners{BrokenTotals: true}, body: all, says: `"pages":3,"size":100,"total":2`},
		{name: "a smaller largest page", m: fakestebby.Manners{PageMax: 2}, body: all, says: `"page":1,"pages":2,"size":2,"total":3`},
		{name: "a hidden largest page", m: fakestebby.Manners{PageMax: 2, HidePageMax: true}, body: all, says: `"size":100,"total":3`},
		{name: "a boolean", m: fakestebby.Manners{ExistsBool: true}, body: all, says: `"exists":true`},
		{name: "arrays", m: fakestebby.Manners{Arrays: true}, body: all, says: `"client":[{"name":"Jo"}]`},
		{name: "lone offsets", m: fakestebby.Manners{LoneOffsets: true}, body: all, says: `"validUntil":"2026-11-21T20:30:15+0000"`},
		{name: "an ignored filter", m: fakestebby.Manners{FilterIgnored: true}, body: `{"ticketCode":"ZZZZ11112222"}`, says: `"total":3`},
		{name: "an odd validity", body: all, says: `"validUntil":"soon"`},
		{name: "a service that is gone", body: all, says: `"exists":0`},
	} {
		t.Run(c.name, func(t *testing.T) {
			club := newClub(t, c.m)
			club.sell(fakestebby.Ticket{Client: fakestebby.Client{Name: "Jo"}, ValidUntil: doors().Add(time.Hour)})
			club.sell(fakestebby.Ticket{RawValidity: `"soon"`})
			club.sell(fakestebby.Ticket{Purchasable: fakestebby.Purchasable{Gone: true}})
			if got := club.lookup(c.body); got.status != 200 || !strings.Contains(got.body, c.says) {
				t.Errorf("got %d %s, want %q", got.status, got.body, c.says)
			}
		})
	}
	t.Run("no pagination", func(t *testing.T) {
		if got := newClub(t, fakestebby.Manners{NoTotals: true}).lookup(all); got.body != `{"tickets":[]}` {
			t.Errorf("got %s", got.body)
		}
	})
	t.Run("an order of its own each time", func(t *testing.T) {
		club := newClub(t, fakestebby.Manners{Restless: true})
		for range 20 {
			club.sell(fakestebby.Ticket{})
		}
		if slices.Equal(club.lookup(all).codes(t), club.lookup(all).codes(t)) {
			t.Error("twice the same")
		}
	})
	t.Run("a use answered with an empty array", func(t *testing.T) {
		club := newClub(t, fakestebby.Manners{EmptyArray: true})
		if got := club.use(club.sell(fakestebby.Ticket{})); got.body != "[]" {
			t.Errorf("got %s", got.body)
		}
	})
	t.Run("a use answered with nothing", func(t *testing.T) {
		club := newClub(t, fakestebby.Manners{NoContent: true})
		if got := club.use(club.sell(fakestebby.Ticket{})); got.status != 204 || got.body != "" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestUsesThatArriveTogether(t *testing.T) {
	for _, c := range []struct {
		name string
		m    fakestebby.Manners
		want int
	}{
		{"one succeeds", fakestebby.Manners{}, 1},
		{"both succeed where there is no lock", fakestebby.Manners{NoLock: true}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			club := newClub(t, c.m)
			code := club.sell(fakestebby.Ticket{})
			club.RaceUses(2)
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() { club.use(code) })
			}
			wg.Wait()
			ticket, err := club.Ticket(code)
			must(t, err)
			if ticket.Uses != c.want {
				t.Errorf("%d uses, want %d", ticket.Uses, c.want)
			}
		})
	}
}

func TestMoods(t *testing.T) {
	club := newClub(t, fakestebby.Manners{})
	code := club.sell(fakestebby.Ticket{})
	for _, c := range []struct {
		id     string
		status int
		says   string
	}{
		{"throttled", 429, "Too Many Attempts."},
		{"server_error", 500, `{"message":"Server Error"}`},
		{"not_found", 404, "could not be found"},
		{"captive", 200, "<html"},
	} {
		must(t, club.Choose(c.id))
		if got := club.lookup(`{"ticketCode":"` + code + `"}`); got.status != c.status || !strings.Contains(got.body, c.says) {
			t.Errorf("%s: got %d %s", c.id, got.status, got.body)
		}
	}
	must(t, club.Choose("double_answer"))
	for range 2 {
		if got := club.use(code); got.body != "{}" {
			t.Errorf("used twice with success: %+v", got)
		}
	}
	must(t, club.Choose("healthy"))
	counts := club.Counts()
	if counts[fakestebby.RouteLookup] != 4 || counts[fakestebby.RouteUse] != 2 {
		t.Errorf("counted %v", counts)
	}
	club.SetMood(fakestebby.RouteList, fakeserver.Mood{Fault: fakeserver.Throttled})
	if club.lookup("{}").status != 429 || club.lookup(`{"ticketCode":"`+code+`"}`).status != 200 {
		t.Error("the list's mood is not the list's alone")
	}
}

func TestTheBoxOffice(t *testing.T) {
	club := newClub(t, fakestebby.Manners{})
	code := club.sell(fakestebby.Ticket{Code: "AAAA11112222"})
	if _, err := club.AddTicket(fakestebby.Ticket{Code: code}); err == nil {
		t.Error("one code was sold twice")
	}
	must(t, club.UseAtDesk(code, "desk"))
	for what, err := range map[string]error{
		"a used ticket was used":      club.UseAtDesk(code, "desk"),
		"a used ticket was refunded":  club.Refund(code),
		"no ticket was used":          club.UseAtDesk("ZZZZ11112222", "desk"),
		"a key nobody has was ended":  club.RevokeKey("no"),
		"no ticket was made eternal":  club.SetValidUntil("ZZZZ11112222", time.Time{}),
		"a ticket was found nowhere":  func() error { _, err := club.Ticket("ZZZZ11112222"); return err }(),
		"a mood was chosen from none": club.Choose("cheerful"),
	} {
		if err == nil {
			t.Error(what)
		}
	}
	must(t, club.RevokeKey(club.key))
	if got := club.lookup(`{"ticketCode":"x"}`); got.status != 400 {
		t.Errorf("a key that was revoked: %+v", got)
	}
	club.Remove(code)
	if len(club.Tickets()) != 0 {
		t.Error("the ticket is still there")
	}
	if _, err := fakestebby.New(fakestebby.Options{}); err == nil {
		t.Error("a server without a clock")
	}
}

func TestAnEveningIsTheSameForTheSameSeed(t *testing.T) {
	evening := func(seed uint64) string {
		e, err := fakestebby.NewEvening(seed, fakestebby.Options{Clock: doors})
		must(t, err)
		return fmt.Sprintf("%s %s %+v", e.Key, e.DeskKey, e.Tickets())
	}
	first, again := evening(1), evening(1)
	if first != again {
		t.Error("two evenings of one seed differ")
	}
	if first == evening(2) {
		t.Error("evenings of two seeds are the same")
	}
	e, err := fakestebby.NewEvening(7, fakestebby.Options{Clock: doors, Source: rand.NewPCG(1, 1), Zone: time.UTC})
	must(t, err)
	usable := e.Usable()
	for kind, want := range map[string]bool{
		"usable": true, "expiring": true, "endless": true, "used": false, "refunded": false, "expired": false,
	} {
		if len(e.ByKind[kind]) == 0 {
			t.Errorf("no %s tickets", kind)
		}
		for _, code := range e.ByKind[kind] {
			if slices.Contains(usable, code) != want {
				t.Errorf("a ticket said to be %s: usable is %v", kind, !want)
			}
		}
	}
}

func FuzzQuestion(f *testing.F) {
	f.Add("/api/v4/tickets", `{"pagination":{"limit":15,"page":1},"ticketCode":"VVKAHDKLASKJA"}`)
	f.Add("/api/v4/tickets/use/velit", "")
	f.Add("/api/v4/tickets", `{"client":{"context":"EMAIL","value":"a"},"pagination":{"page":9223372036854775807}}`)
	club := newClub(f, fakestebby.Manners{})
	club.sell(fakestebby.Ticket{})
	f.Fuzz(func(t *testing.T, path, body string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://stebby.example/", strings.NewReader(body))
		must(t, err)
		r.URL.Path = path
		r.Header.Set("Api-Key", club.key)
		w := &recorder{header: http.Header{}}
		club.ServeHTTP(w, r)
		if w.status < 200 || w.status >= 500 {
			t.Errorf("status %d", w.status)
		}
	})
}

type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(p []byte) (int, error) { return len(p), nil }
func (r *recorder) WriteHeader(status int)      { r.status = status }
