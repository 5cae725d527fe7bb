package stebby_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/fakestebby"
	"gatescand/sync/platform/stebby"
)

// swept is what came of reading a whole list.
type swept struct {
	ids   map[string]int // how often each ticket came
	total int            // the largest that was told, as the mirror keeps it
	pages int
}

// believed tells whether a sweep would count as complete.
func (s swept) believed() bool { return s.total < 0 || s.total == len(s.ids) }

// sweep reads a whole list. between runs after every page.
func sweep(tb testing.TB, d *stebby.Drawer, size func(page int) int, between func(page int)) swept {
	tb.Helper()
	out := swept{ids: map[string]int{}, total: -1}
	cursor := ""
	for n := 1; ; n++ {
		if n > 500 {
			tb.Fatal("the sweep does not end")
		}
		p, err := d.Tickets(tb.Context(), "", cursor, size(n))
		must(tb, err)
		if !p.UsableOnly {
			tb.Fatal("a page is not said to be of usable tickets only")
		}
		if p.Next != "" && p.Next == cursor {
			tb.Fatalf("page %d leads back to itself at %q", n, cursor)
		}
		for _, t := range p.Tickets {
			out.ids[t.ID]++
		}
		out.total, out.pages = max(out.total, p.Total), n
		if cursor = p.Next; cursor == "" {
			return out
		}
		if between != nil {
			between(n)
		}
	}
}

func fixed(n int) func(int) int { return func(int) int { return n } }

func (h *house) sellMany(n int) []string {
	h.tb.Helper()
	var out []string
	for range n {
		out = append(out, h.sell(""))
	}
	return out
}

func wantAll(tb testing.TB, got swept, want []string) {
	tb.Helper()
	missing := 0
	for _, code := range want {
		if got.ids[code] == 0 {
			missing++
		}
	}
	if missing > 0 || len(got.ids) != len(want) {
		tb.Errorf("%d tickets came, want %d; %d of those are missing", len(got.ids), len(want), missing)
	}
}

func TestASweepBringsEveryTicket(t *testing.T) {
	for _, n := range []int{0, 1, 99, 100, 101, 200, 230} {
		for _, size := range []int{1, 7, 25, 50, 100, 5000} {
			if n/size > 100 {
				continue
			}
			t.Run(fmt.Sprintf("%d by %d", n, size), func(t *testing.T) {
				h := newHouse(t)
				want := h.sellMany(n)
				got := sweep(t, h.drawer, fixed(size), nil)
				wantAll(t, got, want)
				if !got.believed() {
					t.Errorf("%d tickets came of %d", len(got.ids), got.total)
				}
				if most := n/min(size, 100) + 1; got.pages > most {
					t.Errorf("%d pages, want at most %d", got.pages, most)
				}
			})
		}
	}
}

func TestASweepSurvivesChangesOfItsPageSize(t *testing.T) {
	for _, m := range []fakestebby.Manners{{}, {PageMax: 20}, {PageMax: 17, HidePageMax: true}} {
		h := newHouse(t, m)
		want := h.sellMany(61)
		rapid.Check(t, func(rt *rapid.T) {
			got := sweep(t, h.drawer, func(int) int { return rapid.SampledFrom([]int{12, 24, 48, 19}).Draw(rt, "size") }, nil)
			wantAll(t, got, want)
		})
	}
}

func TestListsOfServersThatCountOtherwise(t *testing.T) {
	for _, c := range []struct {
		name     string
		m        fakestebby.Manners
		n        int
		believed bool
	}{
		{"a page size of its own", fakestebby.Manners{PageMax: 15}, 100, true},
		{"a page size of its own that it hides", fakestebby.Manners{PageMax: 15, HidePageMax: true}, 100, true},
		{"the totals of the sample, and two tickets", fakestebby.Manners{BrokenTotals: true}, 2, true},
		{"the totals of the sample, and more tickets", fakestebby.Manners{BrokenTotals: true}, 230, false},
		{"the totals of the sample, and a full page", fakestebby.Manners{BrokenTotals: true}, 100, false},
		{"no totals, and few tickets", fakestebby.Manners{NoTotals: true}, 14, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.m)
			want := h.sellMany(c.n)
			got := sweep(t, h.drawer, fixed(100), nil)
			wantAll(t, got, want)
			if got.believed() != c.believed {
				t.Errorf("%d tickets of %d: believed is %v", len(got.ids), got.total, got.believed())
			}
		})
	}
	t.Run("no totals and several pages are not believed", func(t *testing.T) {
		h := newHouse(t, fakestebby.Manners{NoTotals: true})
		h.sellMany(100)
		_, err := h.drawer.Tickets(t.Context(), "", "", 100)
		if got := classOf(t, err); got != platform.Protocol {
			t.Errorf("class %s: %v", got, err)
		}
	})
}

// An order of its own for every answer lets tickets slip between the pages. The
// total shows it: the sweep is complete only where every ticket came.
func TestARestlessListIsNeverCompleteWithATicketMissing(t *testing.T) {
	h := newHouse(t, fakestebby.Manners{Restless: true})
	want := h.sellMany(120)
	missed := false
	for range 10 {
		got := sweep(t, h.drawer, fixed(50), nil)
		missed = missed || len(got.ids) < len(want)
		if got.believed() && len(got.ids) != len(want) {
			t.Fatalf("%d of %d tickets are taken for all", len(got.ids), len(want))
		}
	}
	if !missed {
		t.Error("nothing ever slipped: this shows nothing")
	}
}

func TestASweepDuringWhichTicketsAreUsedTellsOfIt(t *testing.T) {
	h := newHouse(t)
	codes := h.sellMany(250)
	got := sweep(t, h.drawer, fixed(100), func(page int) { must(t, h.UseAtDesk(codes[page], "desk")) })
	if got.believed() && len(got.ids) < 248 {
		t.Errorf("%d tickets of %d are taken for all", len(got.ids), got.total)
	}
}

func TestListsThatAreNotGiven(t *testing.T) {
	for _, c := range []struct {
		name string
		m    fakestebby.Manners
	}{
		{"a server that insists on a client, as documented", fakestebby.Manners{ListRefused: true}},
		{"the same in the application's words", fakestebby.Manners{ListRefused: true, Errors: fakestebby.FormList}},
		{"the same in a mere message", fakestebby.Manners{ListRefused: true, Errors: fakestebby.FormMessage}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.m)
			h.sell(someCode)
			_, err := h.drawer.Tickets(t.Context(), "", "", 100)
			if got := classOf(t, err); got != platform.Unsupported || !strings.Contains(err.Error(), "one by one") {
				t.Errorf("class %s: %v", got, err)
			}
			if a, err := h.drawer.Ask(t.Context(), []byte(someCode), verify(h.drawer, someCode)); err != nil || !a.Found {
				t.Errorf("the look-up: %+v, %v", a, err)
			}
		})
	}
}

func TestAnEmptyListIsNotBelievedWhileATicketIsUsable(t *testing.T) {
	h := newHouse(t, fakestebby.Manners{ListSilent: true})
	h.sell(someCode)
	p, err := h.drawer.Tickets(t.Context(), "", "", 100)
	if err != nil || len(p.Tickets) != 0 || p.Total != 0 || p.Next != "" {
		t.Fatalf("an empty list: %+v, %v", p, err)
	}
	if _, err := h.drawer.Ask(t.Context(), []byte(someCode), verify(h.drawer, someCode)); err != nil {
		t.Fatal(err)
	}
	_, err = h.drawer.Tickets(t.Context(), "", "", 100)
	if got := classOf(t, err); got != platform.Unsupported {
		t.Errorf("class %s: %v", got, err)
	}
	must(t, h.UseAtDesk(someCode, "desk"))
	if _, err = h.drawer.Tickets(t.Context(), "", "", 100); err != nil {
		t.Errorf("an empty list of no tickets: %v", err)
	}
	h.ForgetRequests()
	if _, err = h.drawer.Tickets(t.Context(), "", "", 100); err != nil || h.Count(fakestebby.RouteLookup) != 0 {
		t.Errorf("the ticket that is used by now is looked up again: %v", err)
	}
}

func TestAKeyThatDoesNotOpenTheListIsAGoodKey(t *testing.T) {
	refused, empty := line{403, `{"message":"This action is unauthorized."}`}, line{200, `{"tickets":[]}`}
	d := newDrawer(t, newScript(t, refused, empty).URL)
	_, err := d.Tickets(t.Context(), "", "", 100)
	if got := classOf(t, err); got != platform.Unsupported {
		t.Errorf("class %s: %v", got, err)
	}
}

func TestOddPages(t *testing.T) {
	const ticket = `{"code":"AAAA1111"}`
	for _, c := range []struct {
		name   string
		cursor string
		body   string
		want   platform.Class
	}{
		{"a row without a code", "", `{"tickets":[` + ticket + `,{}],"pagination":{"total":2}}`, platform.Protocol},
		{"a row with an empty code", "", `{"tickets":[{"code":""}],"pagination":{"total":1}}`, platform.Protocol},
		{"a row with a control character for a code", "", `{"tickets":[{"code":"AAAA1111\u0000"}],"pagination":{"total":1}}`, platform.Protocol},
		{"another page", "", `{"tickets":[` + ticket + `],"pagination":{"page":2,"total":1}}`, platform.Protocol},
		{"a code that is none is kept for people to find", "", `{"tickets":[{"code":"A/1"}],"pagination":{"total":1}}`, ""},
		{"counts that are none", "", `{"tickets":[` + ticket + `],"pagination":{"page":null,"pages":-1,"size":"x","total":{}}}`, ""},
		{"a cursor of somebody else begins anew", "x/y", `{"tickets":[],"pagination":{"page":1,"total":0}}`, ""},
		{"a cursor beyond all numbers begins anew", "99999999999/1", `{"tickets":[],"pagination":{"page":1,"total":0}}`, ""},
		{"a cursor beyond all lists begins anew", "2000000/1", `{"tickets":[],"pagination":{"page":1,"total":0}}`, ""},
		{"a list that does not end", "1048576/1", `{"tickets":[` + ticket + `],"pagination":{"size":1,"total":2000000000}}`, platform.Protocol},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDrawer(t, newScript(t, line{200, c.body}).URL)
			_, err := d.Tickets(t.Context(), "", c.cursor, 100)
			if got := platform.ClassOf(err); got != c.want {
				t.Errorf("class %q, want %q: %v", got, c.want, err)
			}
		})
	}
	t.Run("a page size that never stays", func(t *testing.T) {
		var lines []line
		for i := range 3 {
			lines = append(lines, line{200, fmt.Sprintf(`{"tickets":[%s],"pagination":{"size":%d,"total":900}}`, ticket, 90-i)})
		}
		d := newDrawer(t, newScript(t, lines...).URL)
		_, err := d.Tickets(t.Context(), "", "200/0", 100)
		if got := platform.ClassOf(err); got != platform.Server {
			t.Errorf("class %q: %v", got, err)
		}
	})
	t.Run("an event", func(t *testing.T) {
		d := newDrawer(t, "http://127.0.0.1:9")
		_, err := d.Tickets(t.Context(), "gala", "", 100)
		if got := classOf(t, err); got != platform.Rejected || !strings.Contains(err.Error(), "events") {
			t.Errorf("class %q: %v", got, err)
		}
	})
}

func TestUnclearTicketsDoNotHideTheOthers(t *testing.T) {
	h := newHouse(t)
	h.add(fakestebby.Ticket{Code: "AAAA1111", RawValidity: `"soon"`})
	h.sell("BBBB1111")
	p, err := h.drawer.Tickets(t.Context(), "", "", 100)
	must(t, err)
	var statuses []admission.Status
	for _, x := range p.Tickets {
		statuses = append(statuses, x.Status)
	}
	if !slices.Equal(statuses, []admission.Status{admission.StatusUnclear, admission.StatusValid}) {
		t.Errorf("statuses %v", statuses)
	}
}
