//go:build browser

package admin

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"gatescand/scanner/admission"
)

// views are the windows in which every page is looked at.
func (w *window) views(t *testing.T, name string) {
	t.Helper()
	for _, view := range []struct {
		name          string
		width, height int64
		dark          bool
	}{{"laptop", 1440, 900, false}, {"laptop-dark", 1440, 900, true}, {"phone", 360, 740, false}, {"phone-dark", 360, 740, true}} {
		w.size(t, view.width, view.height, view.dark)
		if got := w.eval(t, `document.documentElement.scrollWidth <= document.documentElement.clientWidth`); got != true {
			t.Errorf("%s on a %s: the page is wider than the window", name, view.name)
		}
		w.picture(t, name+"-"+view.name)
	}
}

func (w *window) enter(t *testing.T, base string) {
	t.Helper()
	w.do(t, chromedp.Navigate(base+"/login#token="+url.QueryEscape(testToken)))
	w.wait(t, `location.pathname === "/" && document.getElementById("live")?.textContent === "Live"`)
}

func TestTheJournalInABrowser(t *testing.T) {
	st := longEvening(t, 70)
	if _, err := st.Admit(t.Context(), "north", admission.TicketKey{Account: "lespass", ID: "t68"}, admission.Override{By: "Ann", Note: "The list was late; the receipt was shown."}); err != nil {
		t.Fatal(err)
	}
	srv := open(t, st.options())
	w := openWindow(t)
	w.enter(t, srv.URL)
	w.do(t, chromedp.Navigate(srv.URL+"/journal"))
	w.wait(t, `document.querySelectorAll("table.journal tbody tr").length === 50`)
	w.views(t, "journal")

	// What is new is offered, not thrown between the rows that somebody reads.
	if _, err := st.Scan(t.Context(), "north", []byte("late")); err != nil {
		t.Fatal(err)
	}
	w.wait(t, `!document.getElementById("fresh").hidden`)
	if got := w.eval(t, `document.querySelectorAll("table.journal tbody tr").length`); got != 50.0 {
		t.Errorf("%v rows", got)
	}
	w.do(t, chromedp.Click(`#fresh a`))
	w.wait(t, `document.querySelector("table.journal tbody tr")?.id === "seq-72"`)

	// A filter works without a script of its own, and an older page keeps it.
	w.do(t, chromedp.SetValue("#f-verdict", "admit"), chromedp.Click(`form.filters button`))
	w.wait(t, `location.search.includes("verdict=admit") && document.querySelector("table.journal tbody tr")?.dataset.verdict === "admit"`)
	if got := w.eval(t, `document.querySelectorAll('tr[data-verdict="refuse"]').length`); got != 0.0 {
		t.Errorf("%v refusals among the admissions", got)
	}
	w.do(t, chromedp.Navigate(srv.URL+"/journal?lane=nowhere"))
	w.wait(t, `document.querySelector("main .empty")?.textContent === "No check-in fits these filters."`)
	w.clean(t, srv.URL)
}

func TestAConflictIsResolvedInABrowser(t *testing.T) {
	st := disputed()
	srv := open(t, st.options())
	w := openWindow(t)
	w.enter(t, srv.URL)
	w.do(t, chromedp.Navigate(srv.URL+"/conflicts?all=1"))
	w.wait(t, `document.querySelectorAll(".dispute").length === 3`)
	w.views(t, "conflicts")
	w.do(t, chromedp.SendKeys("#note-7", "Both were asked; the second one paid."), chromedp.Click("#conflict-7 form button"))
	w.wait(t, `performance.getEntriesByType("navigation")[0].type === "reload" && document.querySelectorAll(".dispute").length === 3`)
	st.mu.Lock()
	if got := st.resolved[7]; got == "" {
		t.Error("nothing was resolved")
	}
	st.mu.Unlock()
	w.clean(t, srv.URL)
}

func TestARejectedDeliveryIsTriedAgainInABrowser(t *testing.T) {
	st := disputed()
	srv := open(t, st.options())
	w := openWindow(t)
	w.enter(t, srv.URL)
	w.do(t, chromedp.Navigate(srv.URL+"/outbox"))
	w.wait(t, `!!document.getElementById("h-buried")`)
	w.views(t, "outbox")
	w.do(t, chromedp.Click(`[aria-labelledby="h-buried"] form button`))
	w.wait(t, `performance.getEntriesByType("navigation")[0].type === "reload"`)
	st.mu.Lock()
	if fmt.Sprint(st.retried) != "[4]" {
		t.Errorf("tried again: %v", st.retried)
	}
	st.mu.Unlock()
	w.clean(t, srv.URL)
}

func TestTheLastHourIsDrawnAndToldInABrowser(t *testing.T) {
	st := evening(t)
	srv := open(t, st.options())
	w := openWindow(t)
	w.enter(t, srv.URL)
	w.wait(t, `document.querySelectorAll("#chart-bars .bar").length === 183`)
	w.wait(t, `document.getElementById("chart-words").textContent === "In the last hour: 4 admitted, 2 refused, 1 held. Busiest minute: 7:02 PM (7)."`)
	w.do(t, chromedp.Click("#chart-more summary"))
	w.wait(t, `document.querySelector("#chart-rows tr")?.textContent === "7:02 PM421"`)
	if _, err := st.Scan(t.Context(), "north", []byte("zeta")); err != nil {
		t.Fatal(err)
	}
	w.wait(t, `document.querySelector("#chart-rows tr")?.textContent === "7:02 PM521"`)

	// Every row leads to its ticket and to its place in the journal.
	got := w.eval(t, `[...document.querySelector(".scan").querySelectorAll("a:not([hidden])")].map((a) => a.getAttribute("href")).join(" ")`)
	if got != "/tickets/lespass/zeta /journal?before=9#seq-8" {
		t.Errorf("links %v", got)
	}
	w.clean(t, srv.URL)
}

func TestTheFirstScreenSaysWhatItDoesNotKnow(t *testing.T) {
	st := evening(t)
	srv := open(t, st.options())
	w := openWindow(t)
	w.enter(t, srv.URL)
	w.wait(t, `document.getElementById("n-admitted").textContent === "4"`)
	st.mu.Lock()
	st.fail = errTorn
	st.mu.Unlock()
	w.wait(t, `!document.getElementById("gaps").hidden && document.getElementById("n-admitted").textContent === "–"`)
	w.wait(t, `document.getElementById("queue-text").textContent === "This cannot be read now."`)
	st.mu.Lock()
	st.fail = nil
	st.mu.Unlock()
	w.wait(t, `document.getElementById("gaps").hidden && document.getElementById("n-admitted").textContent === "4"`)
}
