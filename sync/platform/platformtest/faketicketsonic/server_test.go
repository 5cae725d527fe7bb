package faketicketsonic_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketicketsonic"
)

func evening() time.Time { return time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC) }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// counter is a server with one promoter, one event, one product and one ticket.
type counter struct {
	*faketicketsonic.Server
	tb       testing.TB
	base     string
	promoter faketicketsonic.Promoter
	event    uint64
	product  uint64
	ticket   faketicketsonic.Ticket
	clock    atomic.Int64 // seconds
}

func newCounter(tb testing.TB, change ...func(*faketicketsonic.Options)) *counter {
	tb.Helper()
	c := &counter{tb: tb}
	o := faketicketsonic.Options{
		Source: rand.NewPCG(5, 6),
		Clock:  func() time.Time { return evening().Add(time.Duration(c.clock.Load()) * time.Second) },
	}
	for _, f := range change {
		f(&o)
	}
	var err error
	c.Server, err = faketicketsonic.New(o)
	must(tb, err)
	c.promoter, err = c.AddPromoter(faketicketsonic.Promoter{UserID: "a@example.org"})
	must(tb, err)
	c.event, err = c.AddEvent("a@example.org", faketicketsonic.Event{Name: "E", Other: "Ё", Start: evening(), Location: "Hall 2"})
	must(tb, err)
	c.product, err = c.AddProduct(faketicketsonic.Product{Event: c.event, Name: "P", Price: 25005})
	must(tb, err)
	c.ticket, err = c.Sell("a@example.org", faketicketsonic.Content{Product: c.product}, "Jo")
	must(tb, err)
	c.base = platformtest.Start(tb, c.Server)
	return c
}

// ask sends a request with the promoter's credentials, or those in header.
func (c *counter) ask(method, path, body string, header ...string) (status int, media, answer string) {
	c.tb.Helper()
	r, err := http.NewRequestWithContext(c.tb.Context(), method, c.base+path, strings.NewReader(body))
	must(c.tb, err)
	r.Header.Set("X-Api-UserID", c.promoter.UserID)
	r.Header.Set("X-Api-Key", c.promoter.APIKey)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	must(c.tb, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	must(c.tb, err)
	return response.StatusCode, response.Header.Get("Content-Type"), string(raw)
}

func (c *counter) validate(code string) string {
	c.tb.Helper()
	body, err := json.Marshal(map[string]string{"ticket_sensitive": code})
	must(c.tb, err)
	_, _, answer := c.ask(http.MethodPost, "/v1/ticket/validate", string(body))
	return answer
}

// TestTheErrorTable holds the fake to the document's error tables, in each manner.
func TestTheErrorTable(t *testing.T) {
	const validate = "/v1/ticket/validate"
	for _, row := range []struct {
		name         string
		method, path string
		body         string
		header       []string
		status       int
		text         string
		plain        string // of 2020, where it is another one
	}{
		{name: "a user nobody knows lists events", method: "GET", path: "/v1/event/list", header: []string{"X-Api-UserID", "x"}, status: 400, text: "unknown user", plain: "Unknown promoter"},
		{name: "a user nobody knows lists tickets", method: "GET", path: "/v1/ticket/list", header: []string{"X-Api-UserID", ""}, status: 400, text: "unknown user", plain: "Unknown promoter"},
		{name: "a user nobody knows validates", method: "POST", path: validate, header: []string{"X-Api-UserID", "x"}, status: 400, text: "unknown user", plain: "Unknown promoter"},
		{name: "another key", method: "GET", path: "/v1/event/list", header: []string{"X-Api-Key", "x"}, status: 400, text: "unknown key"},
		{name: "another key validates", method: "POST", path: validate, header: []string{"X-Api-Key", ""}, status: 400, text: "unknown key"},
		{name: "no JSON", method: "POST", path: validate, body: "{", status: 400, text: "invalid sensitive"},
		{name: "no code", method: "POST", path: validate, body: "{}", status: 400, text: "invalid sensitive"},
		{name: "a code that is no base64", method: "POST", path: validate, body: `{"ticket_sensitive":"%%%"}`, status: 400, text: "invalid sensitive"},
		{name: "a code of another length", method: "POST", path: validate, body: `{"ticket_sensitive":"AAAA"}`, status: 400, text: "invalid sensitive"},
		{name: "a block of nobody", method: "POST", path: validate, body: `{"ticket_sensitive":"` + strings.Repeat("A", 86) + `=="}`, status: 200, text: "failure"},
		{name: "an event that is none", method: "GET", path: "/v1/ticket/list", header: []string{"X-Api-EventID", "x"}, status: 400, text: "invalid event id"},
		{name: "an event of somebody else", method: "GET", path: "/v1/ticket/list", header: []string{"X-Api-EventID", "77"}, status: 400, text: "event ownership verification failure"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newCounter(t)
			_, err := c.AddPromoter(faketicketsonic.Promoter{UserID: "b@example.org"})
			must(t, err)
			_, err = c.AddEvent("b@example.org", faketicketsonic.Event{ID: 77})
			must(t, err)
			plain := row.plain
			if plain == "" {
				plain = row.text
			}
			for _, m := range []struct {
				manner faketicketsonic.Manner
				status int
				media  string
				answer string
			}{
				{faketicketsonic.Today, row.status, "application/json", `{"message":"` + row.text + `","status":"failure"}`},
				{faketicketsonic.Documented, row.status, "text/plain; charset=utf-8", row.text},
				{faketicketsonic.Plain, 200, "text/html; charset=utf-8", plain},
			} {
				c.SetManner(m.manner)
				status, media, answer := c.ask(row.method, row.path, row.body, row.header...)
				if status != m.status || media != m.media || answer != m.answer {
					t.Errorf("manner %d: %d %s %s, want %d %s %s", m.manner, status, media, answer, m.status, m.media, m.answer)
				}
			}
		})
	}
}

func TestRoutesThatAreNotThere(t *testing.T) {
	c := newCounter(t)
	for _, row := range []struct {
		method, path string
		manner       faketicketsonic.Manner
		status       int
	}{
		{"GET", "/v1/health", faketicketsonic.Today, 200},
		{"GET", "/v1/health", faketicketsonic.Documented, 200},
		{"GET", "/v1/health", faketicketsonic.Plain, 404},
		{"POST", "/v1/health", faketicketsonic.Today, 405},
		{"GET", "/v1/ticket/validate", faketicketsonic.Today, 405},
		{"POST", "/v1/event/list", faketicketsonic.Today, 405},
		{"GET", "/v2/event/list", faketicketsonic.Today, 404},
		{"GET", "/", faketicketsonic.Today, 404},
	} {
		c.SetManner(row.manner)
		if status, _, answer := c.ask(row.method, row.path, ""); status != row.status {
			t.Errorf("%s %s: %d %s, want %d", row.method, row.path, status, answer, row.status)
		}
	}
	if _, _, answer := c.ask("GET", "/v1/health", "null"); answer != `{"status":"success"}` {
		t.Errorf("health: %s", answer)
	}
}

func TestListsAreAsDocumented(t *testing.T) {
	c := newCounter(t)
	id, key := strconv.FormatUint(c.event, 10), ""
	key, err := c.PublicKey(c.promoter.UserID)
	must(t, err)
	for _, row := range []struct {
		manner    faketicketsonic.Manner
		prices    faketicketsonic.Prices
		path      string
		has, lack []string
	}{
		{
			faketicketsonic.Documented, faketicketsonic.PriceText, "/v1/event/list",
			[]string{
				`"status":"success"`, `"user_public_key":"` + key + `"`, `"event_id":"` + id + `"`, `"primary_text_pl":"E"`, `"primary_text_sl":"Ё"`,
				`"start_time":1795287600`, `"end_time":null`, `"event_location":"Hall 2"`, `"badge":{`,
			},
			[]string{`"location"`},
		},
		{faketicketsonic.Today, faketicketsonic.PriceText, "/v1/event/list", []string{`"location":"Hall 2"`}, []string{"event_location"}},
		{
			faketicketsonic.Documented, faketicketsonic.PriceText, "/v1/ticket/list",
			[]string{
				`"status":"success"`, `"user_public_key":"` + key + `"`, `"event_id":"` + id + `"`, `-` + strconv.FormatUint(c.product, 10) + `"`,
				`"price":"250.05"`, `"currency":"EUR"`,
			},
			nil,
		},
		{faketicketsonic.Today, faketicketsonic.PriceHundredths, "/v1/ticket/list", []string{`"price":25005`}, nil},
	} {
		c.SetManner(row.manner)
		c.SetPrices(row.prices)
		status, _, answer := c.ask("GET", row.path, "null")
		if status != 200 {
			t.Errorf("%s: %d", row.path, status)
		}
		for _, text := range row.has {
			if !strings.Contains(answer, text) {
				t.Errorf("%s lacks %s: %s", row.path, text, answer)
			}
		}
		for _, text := range row.lack {
			if strings.Contains(answer, text) {
				t.Errorf("%s has %s: %s", row.path, text, answer)
			}
		}
	}
	if _, _, answer := c.ask("GET", "/v1/ticket/list", "", "X-Api-EventID", id); !strings.Contains(answer, `"event_id":"`+id) {
		t.Errorf("of one event: %s", answer)
	}
	must(t, c.RemoveEvent(c.event))
	for _, path := range []string{"/v1/event/list", "/v1/ticket/list"} {
		if _, _, answer := c.ask("GET", path, ""); !strings.Contains(answer, `s":[]}`) {
			t.Errorf("%s after the event has gone: %s", path, answer)
		}
	}
}

func TestValidation(t *testing.T) {
	const failure = `{"message":"failure","status":"failure"}`
	c := newCounter(t, func(o *faketicketsonic.Options) { o.Lag = time.Minute })
	good := `{"status":"success","message":{"event_id":` + strconv.FormatUint(c.event, 10) + `,"price":25005}}`
	expect := func(when, code, want string) {
		t.Helper()
		if got := c.validate(code); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	expect("before the sale is known", c.ticket.Code, failure)
	c.clock.Store(60)
	expect("once it is known", c.ticket.Code, good)
	expect("again", c.ticket.Code, good)
	expect("without padding", strings.TrimRight(c.ticket.Code, "="), good)
	expect("in the other alphabet", strings.Repeat("-_", 43)+"==", `{"message":"invalid sensitive","status":"failure"}`)
	forged, err := c.Forge(c.promoter.UserID, faketicketsonic.Content{Event: c.event})
	must(t, err)
	expect("a forgery", forged, failure)
	_, err = c.AddPromoter(faketicketsonic.Promoter{UserID: "b@example.org"})
	must(t, err)
	theirs, err := c.Sell("b@example.org", faketicketsonic.Content{Event: 1}, "")
	must(t, err)
	c.clock.Store(3600)
	expect("a ticket of another promoter", theirs.Code, failure)
	must(t, c.Cancel(c.promoter.UserID, c.ticket.Number))
	expect("when canceled", c.ticket.Code, failure)
	if n := c.Validated(c.ticket.Number); n != 5 {
		t.Errorf("asked about it %d times, want 5", n)
	}
	last := c.Validations()[4]
	if last.Valid || last.Number == "" || last.UserID != c.promoter.UserID {
		t.Errorf("the forgery was put down as %+v", last)
	}
	must(t, c.NewKeyPair(c.promoter.UserID, 768))
	expect("after the key has changed", c.ticket.Code, `{"message":"invalid sensitive","status":"failure"}`)
}

func TestAServerThatUsesTicketsUp(t *testing.T) {
	c := newCounter(t, func(o *faketicketsonic.Options) { o.UsesUp = true })
	// As nothing is locked while a code is judged that the real server is known to lock, this one answers strictly one after the other.
	var valid atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if strings.Contains(c.validate(c.ticket.Code), "success") {
				valid.Add(1)
			}
		})
	}
	wg.Wait()
	if n := valid.Load(); n != 1 {
		t.Errorf("valid %d times, want once", n)
	}
	c.ForgetRequests()
	again, err := c.Sell(c.promoter.UserID, faketicketsonic.Content{Product: c.product}, "")
	must(t, err)
	c.NextMood(faketicketsonic.RouteValidate, 1, fakeserver.Mood{Repeat: true})
	if got := c.validate(again.Code); strings.Contains(got, "success") {
		t.Errorf("sent twice by a proxy: %s", got)
	}
	uses := c.Uses()
	if len(uses) != 2 || !uses[0].Success || uses[1].Success || !uses[0].Lost {
		t.Errorf("uses %+v", uses)
	}
}

func TestSoldTicketsAreTheVectors(t *testing.T) {
	fake, promoters := platformtest.VectorTicketsonic(t, faketicketsonic.Options{Clock: evening})
	codes := map[string]string{}
	for _, sold := range fake.Tickets(promoters[0].UserID, 0) {
		codes[sold.Number] = sold.Code
	}
	public, err := fake.PublicKey(promoters[1].UserID)
	must(t, err)
	vectors := platformtest.LoadTicketsonicVectors(t)
	if public != vectors.Keys[1].Public {
		t.Errorf("public key %s, want %s", public, vectors.Keys[1].Public)
	}
	same := 0
	for _, v := range vectors.Vectors {
		if v.Expect.Valid && v.Expect.Fields.Unknown == nil && len(v.Payload) == 88 {
			same++
			if got := codes[v.Expect.Fields.Number]; got != v.Payload {
				t.Errorf("%s: printed %s, want %s", v.Name, got, v.Payload)
			}
		}
	}
	if same != 3 {
		t.Errorf("%d vectors compared, want 3", same)
	}
}

func TestTheBoxOfficeRefusesWhatCannotBe(t *testing.T) {
	c := newCounter(t)
	user := c.promoter.UserID
	for name, row := range map[string]struct {
		do   func() error
		want error
	}{
		"a promoter twice":             {func() error { _, err := c.AddPromoter(faketicketsonic.Promoter{UserID: user}); return err }, faketicketsonic.ErrTaken},
		"a promoter with a broken key": {func() error { _, err := c.AddPromoter(faketicketsonic.Promoter{UserID: "x", KeyPEM: "x"}); return err }, faketicketsonic.ErrBadKey},
		"a key of 100 bits":            {func() error { return c.NewKeyPair(user, 100) }, faketicketsonic.ErrBadKey},
		"an event of nobody":           {func() error { _, err := c.AddEvent("x", faketicketsonic.Event{}); return err }, faketicketsonic.ErrUnknown},
		"an event twice":               {func() error { _, err := c.AddEvent(user, faketicketsonic.Event{ID: c.event}); return err }, faketicketsonic.ErrTaken},
		"a product of no event":        {func() error { _, err := c.AddProduct(faketicketsonic.Product{Event: 1}); return err }, faketicketsonic.ErrUnknown},
		"a product twice": {func() error {
			_, err := c.AddProduct(faketicketsonic.Product{ID: c.product, Event: c.event})
			return err
		}, faketicketsonic.ErrTaken},
		"a ticket of nobody": {func() error { _, err := c.Sell("x", faketicketsonic.Content{}, ""); return err }, faketicketsonic.ErrUnknown},
		"a ticket twice":     {func() error { _, err := c.Sell(user, faketicketsonic.Content{Number: c.ticket.Number}, ""); return err }, faketicketsonic.ErrTaken},
		"a ticket with more than fits": {func() error {
			_, err := c.Sell(user, faketicketsonic.Content{Extensions: []string{strings.Repeat("x", 40)}}, "")
			return err
		}, faketicketsonic.ErrTooLong},
		"a cancellation of what is no one": {func() error { return c.Cancel(user, "00") }, faketicketsonic.ErrUnknown},
		"a new API key for nobody":         {func() error { _, err := c.NewAPIKey("x"); return err }, faketicketsonic.ErrUnknown},
		"taking off what is not on":        {func() error { return c.RemoveEvent(1) }, faketicketsonic.ErrUnknown},
	} {
		if err := row.do(); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
}

func TestAnEveningIsTheSameForTheSameSeed(t *testing.T) {
	make2 := func(seed uint64) *faketicketsonic.Evening {
		e, err := faketicketsonic.NewEvening(seed, faketicketsonic.Options{Clock: evening})
		must(t, err)
		return e
	}
	a, b, other := make2(1), make2(1), make2(2)
	list := func(e *faketicketsonic.Evening) []byte {
		raw, err := json.Marshal([]any{e.Tickets(e.Promoter.UserID, 0), e.Tickets(e.Rival.UserID, 0), e.Promoters(), e.Forged})
		must(t, err)
		return raw
	}
	if !bytes.Equal(list(a), list(b)) {
		t.Error("two evenings of one seed differ")
	}
	if bytes.Equal(list(a), list(other)) {
		t.Error("evenings of two seeds are the same")
	}
	if n := len(a.Tickets(a.Promoter.UserID, a.Tonight)); n != 240 {
		t.Errorf("%d tickets for tonight", n)
	}
}

func FuzzRequests(f *testing.F) {
	fake, err := faketicketsonic.New(faketicketsonic.Options{Clock: evening, Source: rand.NewPCG(1, 2)})
	must(f, err)
	p, err := fake.AddPromoter(faketicketsonic.Promoter{UserID: "a"})
	must(f, err)
	sold, err := fake.Sell("a", faketicketsonic.Content{Event: 1}, "")
	must(f, err)
	f.Add("/v1/ticket/validate", []byte(`{"ticket_sensitive":"`+sold.Code+`"}`), "")
	f.Add("/v1/ticket/list", []byte("null"), "1")
	base := platformtest.Start(f, fake)
	f.Fuzz(func(t *testing.T, path string, body []byte, event string) {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r, err := http.NewRequestWithContext(t.Context(), method, base, bytes.NewReader(body))
			must(t, err)
			r.URL.Path = "/" + strings.TrimLeft(path, "/")
			r.Header.Set("X-Api-UserID", "a")
			r.Header.Set("X-Api-Key", p.APIKey)
			if !strings.ContainsFunc(event, func(r rune) bool { return r < ' ' || r > '~' }) {
				r.Header.Set("X-Api-EventID", event)
			}
			response, err := http.DefaultClient.Do(r)
			must(t, err)
			_, err = io.Copy(io.Discard, response.Body)
			must(t, err)
			must(t, response.Body.Close())
			if response.StatusCode >= 500 {
				t.Errorf("%s %q: %d", method, path, response.StatusCode)
			}
		}
	})
}
