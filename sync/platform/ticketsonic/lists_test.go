package ticketsonic_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketicketsonic"
	"gatescand/sync/platform/ticketsonic"
)

func serve(tb testing.TB, h http.HandlerFunc) string {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	return server.URL
}

func TestEventsComeWithTheirProductsAndTheKey(t *testing.T) {
	public := platformtest.LoadTicketsonicVectors(t).Keys[0].Public
	for _, manner := range []faketicketsonic.Manner{faketicketsonic.Today, faketicketsonic.Documented, faketicketsonic.Plain} {
		for _, prices := range []faketicketsonic.Prices{faketicketsonic.PriceText, faketicketsonic.PriceHundredths} {
			h := newHall(t, func(o *faketicketsonic.Options) { o.Manner, o.Prices = manner, prices })
			other, err := h.AddEvent(h.user, faketicketsonic.Event{ID: 4067610, Other: "Exposición\x1b[2J", End: tonight().Add(time.Hour)})
			must(t, err)
			_, err = h.AddProduct(faketicketsonic.Product{ID: 7, Event: other, Name: " ", Other: "Pase"})
			must(t, err)
			got, err := h.drawer.Events(t.Context())
			must(t, err)
			keys := []admission.Key{{PEM: public}}
			want := []admission.Event{
				{
					Account: account, ID: decimal(h.event), Name: "Dinosaurs", Start: tonight(), Keys: keys,
					Products: []admission.Product{{ID: decimal(h.product), Name: "Regular Pass"}},
				},
				{
					Account: account, ID: "4067610", Name: "Exposición [2J", End: tonight().Add(time.Hour), Keys: keys,
					Products: []admission.Product{{ID: "7", Name: "Pase"}},
				},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			must(t, h.drawer.Probe(t.Context()))
		}
	}
}

// lists serves the two lists with what each row of a test says.
func lists(tb testing.TB, events, tickets string) *ticketsonic.Drawer {
	tb.Helper()
	return newDrawer(tb, serve(tb, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body := events
		if strings.HasSuffix(r.URL.Path, "ticket/list") {
			body = tickets
		}
		_, _ = w.Write([]byte(body))
	}))
}

func TestWhatListsMaySay(t *testing.T) {
	const (
		one  = `{"status":"success","user_public_key":"K","events":[{"event_id":"5","primary_text_pl":"A"}]}`
		none = `{"status":"success","tickets":[]}`
	)
	kinds := func(rows string) string { return `{"status":"success","tickets":[` + rows + `]}` }
	for _, c := range []struct {
		name            string
		events, tickets string
		want            []admission.Event
		class           platform.Class
	}{
		{"nothing on sale", one, none, []admission.Event{{ID: "5", Name: "A"}}, ""},
		{
			"numbers where there was text, and text where there were numbers",
			`{"status":"success","user_public_key":"K","events":[{"event_id":5,"primary_text_pl":"A","start_time":"1598989999","end_time":0}]}`,
			kinds(`{"sku":46527,"event_id":5,"price":25000,"primary_text_pl":"P"},{"sku":"815-46528","event_id":"05","price":"2.5","primary_text_pl":"Q"}`),
			[]admission.Event{{
				ID: "5", Name: "A", Start: time.Unix(1598989999, 0).UTC(),
				Products: []admission.Product{{ID: "46527", Name: "P"}, {ID: "46528", Name: "Q"}},
			}},
			"",
		},
		{
			"a bare sku and one with many dashes", one, kinds(`{"sku":"12","event_id":"5","primary_text_pl":"P"},{"sku":"a-b-13","event_id":"5"}`),
			[]admission.Event{{ID: "5", Name: "A", Products: []admission.Product{{ID: "12", Name: "P"}, {ID: "13", Name: "a-b-13"}}}},
			"",
		},
		{
			"kinds that no code can name, or of events that are not listed", one, kinds(`{"sku":"x","event_id":"5"},{"sku":"1-2","event_id":"6"},{"sku":"1-3"},{"event_id":"5"},{"sku":"1-","event_id":5}`),
			[]admission.Event{{ID: "5", Name: "A"}},
			"",
		},
		{
			"the key in the other list only", `{"status":"success","events":[{"event_id":"5","primary_text_pl":"A"}]}`, `{"status":"success","user_public_key":"K","tickets":[]}`,
			[]admission.Event{{ID: "5", Name: "A"}},
			"",
		},
		{"no event at all", `{"status":"success","user_public_key":"K","events":[]}`, none, []admission.Event{}, ""},
		{
			"an event without any name", `{"status":"success","user_public_key":"K","events":[{"event_id":5,"primary_text_pl":null,"primary_text_sl":""}]}`, none,
			[]admission.Event{{ID: "5", Name: "5"}},
			"",
		},
		{"no key anywhere", `{"status":"success","events":[{"event_id":"5"}]}`, none, nil, platform.Protocol},
		{"no list of events", `{"status":"success","user_public_key":"K"}`, none, nil, platform.Protocol},
		{"no list of kinds", one, `{"status":"success"}`, nil, platform.Protocol},
		{"an event without an id", `{"status":"success","user_public_key":"K","events":[{"primary_text_pl":"A"}]}`, none, nil, platform.Protocol},
		{"an event twice", `{"status":"success","user_public_key":"K","events":[{"event_id":"5"},{"event_id":5}]}`, none, nil, platform.Protocol},
		{"a kind twice", one, kinds(`{"sku":"1-2","event_id":5},{"sku":"2","event_id":5}`), nil, platform.Protocol},
		{"an id that is no number", `{"status":"success","user_public_key":"K","events":[{"event_id":"five"}]}`, none, nil, platform.Protocol},
		{"a time that is none", `{"status":"success","user_public_key":"K","events":[{"event_id":5,"start_time":"tonight"}]}`, none, nil, platform.Protocol},
		{"a time beyond all years", `{"status":"success","user_public_key":"K","events":[{"event_id":5,"start_time":99999999999999}]}`, none, nil, platform.Protocol},
		{"200 without success", `{"user_public_key":"K","events":[]}`, none, nil, platform.Protocol},
		{"failure with events", `{"status":"failure","user_public_key":"K","events":[]}`, none, nil, platform.Protocol},
		{"a failing second list", one, `{"status":"failure","message":"error fetching data"}`, nil, platform.Server},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := lists(t, c.events, c.tickets).Events(t.Context())
			if class := classOf(t, err); class != c.class {
				t.Fatalf("class %q, want %q: %v", class, c.class, err)
			}
			for i := range c.want {
				c.want[i].Account, c.want[i].Keys = account, []admission.Key{{PEM: "K"}}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAListThatHasNotChangedIsNotSentAgain(t *testing.T) {
	h := newHall(t)
	h.SetConditional(true)
	first, err := h.drawer.Events(t.Context())
	must(t, err)
	again, err := h.drawer.Events(t.Context())
	must(t, err)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error(diff)
	}
	var unchanged int
	for _, r := range h.Requests() {
		if r.Status == http.StatusNotModified {
			unchanged++
		}
	}
	if unchanged != 2 {
		t.Errorf("%d answers said that nothing has changed, want 2", unchanged)
	}
}

func TestProbe(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(h *hall)
		drawer func(s *ticketsonic.Settings)
		want   platform.Class
	}{
		{name: "all is well"},
		{name: "a server that knows no health", change: func(h *hall) { h.SetManner(faketicketsonic.Plain) }},
		{name: "a key of somebody else", drawer: func(s *ticketsonic.Settings) { s.APIKey = "00000000000000000000000000000000" }, want: platform.Auth},
		{name: "a user nobody knows", drawer: func(s *ticketsonic.Settings) { s.UserID = "x@example.org" }, want: platform.Auth},
		{
			name: "a user nobody knows in 2020", change: func(h *hall) { h.SetManner(faketicketsonic.Plain) },
			drawer: func(s *ticketsonic.Settings) { s.UserID = "x@example.org" }, want: platform.Auth,
		},
		{name: "no route at all", change: func(h *hall) { h.SetMood(fakeserver.RouteAny, fakeserver.Mood{Fault: fakeserver.NotFound}) }, want: platform.Unsupported},
		{
			name: "a server that says it is not well",
			change: func(h *hall) {
				h.SetMood(faketicketsonic.RouteHealth, fakeserver.Mood{Fault: fakeserver.ForeignJSON, Body: `{"status":"failure"}`})
			},
			want: platform.Protocol,
		},
		{
			name: "an events list that is none",
			change: func(h *hall) {
				h.SetMood(faketicketsonic.RouteEvents, fakeserver.Mood{Fault: fakeserver.ForeignJSON, Body: `{"status":"success"}`})
			},
			want: platform.Protocol,
		},
		{name: "a log-in page", change: func(h *hall) { h.SetMood(fakeserver.RouteAny, fakeserver.Mood{Fault: fakeserver.CaptivePage}) }, want: platform.Captive},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHall(t)
			if c.change != nil {
				c.change(h)
			}
			d := h.drawer
			if c.drawer != nil {
				d = h.newDrawer(c.drawer)
			}
			if err := d.Probe(t.Context()); classOf(t, err) != c.want {
				t.Errorf("want class %q: %v", c.want, err)
			}
			if n := len(h.Requests()); n > 2 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestAServerWithinTheProcessIsReachedByItsOwnWay(t *testing.T) {
	fake, promoters := platformtest.VectorTicketsonic(t, faketicketsonic.Options{Clock: tonight})
	base, dial := platformtest.Pipe(t, fake)
	d := newDrawer(t, base, func(s *ticketsonic.Settings) { s.APIKey, s.Dial = promoters[0].APIKey, dial })
	must(t, d.Probe(t.Context()))
	for _, v := range platformtest.LoadTicketsonicVectors(t).Vectors {
		if !v.Expect.Valid {
			continue
		}
		del := admission.Delivery{Event: "4067610", Code: []byte(v.Payload), Attempt: 1, At: admission.Stamp{Wall: tonight(), Trusted: true}}
		if out, err := d.Deliver(t.Context(), del, new(notebook).jot); err != nil || out.Kind != admission.OutcomeDelivered {
			t.Errorf("%s: %+v, %v", v.Name, out, err)
		}
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *ticketsonic.Settings)
		says   string // "" for none
	}{
		{"as they should be", func(*ticketsonic.Settings) {}, ""},
		{"credentials with line ends around them", func(s *ticketsonic.Settings) { s.UserID, s.APIKey = " a@b\n", "key\r\n" }, ""},
		{"without credentials", func(s *ticketsonic.Settings) { s.UserID, s.APIKey = "", "" }, ""},
		{"without a name", func(s *ticketsonic.Settings) { s.Account = "" }, "name"},
		{"a user id of two lines", func(s *ticketsonic.Settings) { s.UserID = "a\nX: y" }, "user_id"},
		{"a key file with more in it", func(s *ticketsonic.Settings) { s.APIKey = "key = abc" }, "api_key_file"},
		{"a key file that is no text", func(s *ticketsonic.Settings) { s.APIKey = "\xff\xfe" }, "api_key_file"},
		{"a key file of a novel", func(s *ticketsonic.Settings) { s.APIKey = strings.Repeat("a", 1000) }, "api_key_file"},
		{"an address that is none", func(s *ticketsonic.Settings) { s.BaseURL = "ticketsonic" }, "url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := ticketsonic.Settings{Account: account, BaseURL: "https://sonic.example:9507", UserID: userID, APIKey: apiKey, Now: tonight}
			c.change(&s)
			d, err := ticketsonic.New(s)
			switch {
			case c.says == "" && err != nil:
				t.Error(err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), s.APIKey)):
				t.Errorf("error %v, want one about %s", err, c.says)
			}
			if d != nil {
				must(t, d.Close())
			}
		})
	}
}
