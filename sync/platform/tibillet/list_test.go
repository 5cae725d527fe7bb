package tibillet_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
	"gatescand/sync/platform/tibillet"
)

// sweep reads a whole list. between runs after every page.
func sweep(tb testing.TB, d *tibillet.Drawer, event string, size func(page int) int, between func(page int)) []admission.Ticket {
	tb.Helper()
	var out []admission.Ticket
	cursor := ""
	for n := 1; ; n++ {
		if n > 1000 {
			tb.Fatal("the sweep does not end")
		}
		p, err := d.Tickets(tb.Context(), event, cursor, size(n))
		must(tb, err)
		out = append(out, p.Tickets...)
		if cursor = p.Next; cursor == "" {
			return out
		}
		if between != nil {
			between(n)
		}
	}
}

func ids(tickets []admission.Ticket) []string {
	var out []string
	for _, t := range tickets {
		out = append(out, t.ID)
	}
	return out
}

func fixed(n int) func(int) int { return func(int) int { return n } }

func TestASweepBringsEveryTicketOnceInOrder(t *testing.T) {
	h := newHouse(t, faketibillet.SignHollow)
	want := h.addTickets(130, faketibillet.Ticket{Product: "Billet"})
	slices.Sort(want)
	for _, size := range []int{1, 7, 25, 130, 200, 5000} {
		if got := ids(sweep(t, h.drawer, h.event, fixed(size), nil)); !slices.Equal(got, want) {
			t.Errorf("pages of %d: %d tickets, want %d in order", size, len(got), len(want))
		}
	}
}

func TestASweepSurvivesChangesOfItsPageSize(t *testing.T) {
	h := newHouse(t, faketibillet.SignHollow)
	want := h.addTickets(90, faketibillet.Ticket{})
	slices.Sort(want)
	rapid.Check(t, func(rt *rapid.T) {
		got := ids(sweep(t, h.drawer, h.event, func(int) int { return rapid.IntRange(1, 60).Draw(rt, "size") }, nil))
		if !slices.Equal(got, want) {
			rt.Fatalf("%d tickets, want %d in order", len(got), len(want))
		}
	})
}

func TestASweepLosesNothingWhileTicketsAreSoldAndDeleted(t *testing.T) {
	h := newHouse(t)
	all := h.addTickets(120, faketibillet.Ticket{})
	stays := slices.Clone(all)
	slices.Sort(stays)
	gone := stays[:30] // the first ones: those behind move up
	stays = stays[30:]
	got := ids(sweep(t, h.drawer, h.event, fixed(20), func(page int) {
		for range 10 {
			if page%2 == 1 && len(gone) > 0 {
				must(t, h.DeleteTicket(gone[0]))
				gone = gone[1:]
			}
		}
	}))
	for _, id := range stays {
		if !slices.Contains(got, id) {
			t.Errorf("a ticket that was there all the time is missing")
		}
	}
	if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Error("a ticket came twice")
	}
	fresh := newHouse(t)
	old := fresh.addTickets(60, faketibillet.Ticket{})
	got = ids(sweep(t, fresh.drawer, fresh.event, fixed(20), func(int) { fresh.addTickets(15, faketibillet.Ticket{}) }))
	for _, id := range old {
		if !slices.Contains(got, id) {
			t.Errorf("a ticket is missing though only new ones came in between")
		}
	}
}

func TestRowsAreReadForWhatTheySay(t *testing.T) {
	h := newHouse(t)
	h.addTickets(1, faketibillet.Ticket{
		Status: faketibillet.Scanned, FirstName: "\x1b[2JZoë\u202e", LastName: "=1+1\r\nDo", Product: "Billet", Price: "Tarif \x00réduit", Email: "a@example.org",
	})
	got := sweep(t, h.drawer, h.event, fixed(50), nil)[0]
	if got.Holder != "[2JZoë =1+1  Do" || got.Price != "Tarif  réduit" || !got.Used || got.Status != admission.StatusValid || got.Event != h.event || got.Order == "" {
		t.Errorf("got %+v", got)
	}
	nobody := newHouse(t)
	nobody.addTickets(1, faketibillet.Ticket{Status: faketibillet.Canceled})
	got = sweep(t, nobody.drawer, nobody.event, fixed(50), nil)[0]
	if got.Holder != "" || got.Product != "" || got.Status != admission.StatusCanceled || got.Used {
		t.Errorf("got %+v", got)
	}
}

func TestWordsOfOtherLanguagesAreUnclear(t *testing.T) {
	for _, c := range []struct {
		name   string
		status faketibillet.Status
		mood   fakeserver.Mood
		want   admission.Status
	}{
		{"French", faketibillet.Created, fakeserver.Mood{Language: "fr"}, admission.StatusUnpaid},
		{"German", faketibillet.Created, fakeserver.Mood{Language: "de"}, admission.StatusUnclear},
		{"French words that call themselves German", faketibillet.Valid, fakeserver.Mood{Language: "de"}, admission.StatusUnclear},
		{"a new word", faketibillet.Created, fakeserver.Mood{Words: map[string]string{faketibillet.Created.String(): "Pending"}}, admission.StatusUnclear},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			h.ticket(c.status)
			h.SetMood(faketibillet.RouteList, c.mood)
			if got := sweep(t, h.drawer, h.event, fixed(50), nil)[0].Status; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestAnEmptyListIsBelievedOnlyOfAnEventThatExists(t *testing.T) {
	h := newHouse(t)
	p, err := h.drawer.Tickets(t.Context(), h.event, "", 50)
	if err != nil || p.Total != 0 || p.Next != "" {
		t.Errorf("an event without tickets: %+v, %v", p, err)
	}
	_, err = h.drawer.Tickets(t.Context(), recordedEvent, "", 50)
	if got := classOf(t, err); got != platform.Rejected {
		t.Errorf("an event the server does not know: class %q", got)
	}
	_, err = h.drawer.Tickets(t.Context(), "tonight", "", 50)
	if got := classOf(t, err); got != platform.Rejected {
		t.Errorf("no event at all: class %q", got)
	}
	h.SetMood(faketibillet.RouteEvent, fakeserver.Mood{Fault: fakeserver.NotFound})
	_, err = h.drawer.Tickets(t.Context(), h.event, "", 50)
	if got := classOf(t, err); got != platform.Unsupported {
		t.Errorf("an event nobody can ask for: class %q", got)
	}
	vouched := newDrawer(t, h.base, func(s *tibillet.Settings) {
		s.APIKey, s.StationID, s.Imported = h.key, h.gate.UUID, []admission.Event{{ID: h.event}}
	})
	if _, err = vouched.Tickets(t.Context(), h.event, "", 50); err != nil {
		t.Errorf("an event brought by hand: %v", err)
	}
}

func TestACursorThatCannotBeReadBeginsAnew(t *testing.T) {
	h := newHouse(t)
	h.addTickets(10, faketibillet.Ticket{})
	for _, cursor := range []string{"2", "1/2", "-1/10/" + h.event, "99999999999999999999/1/" + h.event, "5/10/x", "\x00"} {
		p, err := h.drawer.Tickets(t.Context(), h.event, cursor, 50)
		if err != nil || len(p.Tickets) != 10 {
			t.Errorf("%q: %d tickets, %v", cursor, len(p.Tickets), err)
		}
	}
}

func TestChanges(t *testing.T) {
	h := newHouse(t)
	h.addTickets(30, faketibillet.Ticket{})
	first, mark, err := h.drawer.Changes(t.Context(), h.event, "")
	if err != nil || len(first) != 30 || mark == "" {
		t.Fatalf("the first increment: %d tickets, mark %q, %v", len(first), mark, err)
	}
	h.clock.Add(60)
	sold := h.addTickets(120, faketibillet.Ticket{Status: faketibillet.Created})
	// Each save of the fake is at the time of its clock; spread them so that the order is total.
	for _, id := range sold {
		h.clock.Add(1)
		tk, err := h.Ticket(id)
		must(t, err)
		must(t, h.Pay(tk.Reservation))
	}
	got, next, err := h.drawer.Changes(t.Context(), h.event, mark)
	must(t, err)
	for _, id := range sold {
		i := slices.IndexFunc(got, func(x admission.Ticket) bool { return x.ID == id })
		if i < 0 || got[i].Status != admission.StatusValid {
			t.Fatalf("a sale is missing or old in the increment")
		}
	}
	if a, b := parse(t, mark), parse(t, next); !b.After(a) {
		t.Errorf("the watermark went from %s to %s", mark, next)
	}
	h.ForgetRequests()
	if _, again, err := h.drawer.Changes(t.Context(), h.event, next); err != nil || again != next || h.Count(faketibillet.RouteList) != 1 {
		t.Errorf("nothing new: mark %q after %d requests, %v", again, h.Count(faketibillet.RouteList), err)
	}
	h.NextMood(faketibillet.RouteList, 1, fakeserver.Mood{Fault: fakeserver.HalfJSON})
	if _, again, err := h.drawer.Changes(t.Context(), h.event, next); err == nil || again != next {
		t.Errorf("a failed call: mark %q, %v", again, err)
	}
}

func TestMoreChangesThanAnIncrementReads(t *testing.T) {
	h := newHouse(t, faketibillet.SignHollow)
	h.addTickets(2100, faketibillet.Ticket{})
	_, mark, err := h.drawer.Changes(t.Context(), h.event, "2020-01-01T00:00:00Z")
	if got := classOf(t, err); got != platform.Protocol || mark != "2020-01-01T00:00:00Z" {
		t.Errorf("class %q, mark %q", got, mark)
	}
	if n := h.Count(faketibillet.RouteList); n > 41 {
		t.Errorf("%d requests", n)
	}
}

func parse(tb testing.TB, text string) time.Time {
	tb.Helper()
	at, err := time.Parse(time.RFC3339, text)
	must(tb, err)
	return at
}
