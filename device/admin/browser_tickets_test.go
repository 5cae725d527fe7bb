//go:build browser

package admin

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"gatescand/scanner/admission"
)

// agree answers the questions that the page asks from now on.
func (w *window) agree(t *testing.T) {
	t.Helper()
	if err := chromedp.Listen(w.ctx, func(ev any) {
		if _, asked := ev.(*page.EventJavascriptDialogOpening); asked {
			go func() {
				_ = chromedp.Do(w.ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
					_, err := chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
					return err
				}))
			}()
		}
	}); err != nil {
		t.Fatal(err)
	}
}

func TestADisputeIsSettledBySearchInABrowser(t *testing.T) {
	o, opt := newOffice(t)
	st := o.dispute("Ada Lovelace")
	st.Conflicts = []admission.Conflict{{ID: 7, Kind: admission.UsedElsewhere, Theirs: "used by gate 2", TheirAt: scanTime(), OurAt: st.CheckIns[0].At, OurLane: "north", Remedy: "Ask whoever stands at gate 2 when that was."}}
	o.stories[st.TicketKey] = st
	o.found = []FoundTicket{
		st.FoundTicket, o.ticket("t2", "Ada Byron"), o.ticket("t3", evilText, func(f *FoundTicket) { f.Product, f.EventName = evilText, evilText }),
		o.ticket("t4", "Adam Ries", func(f *FoundTicket) { f.Status = admission.StatusCanceled }),
		o.ticket("t5", "Adele", func(f *FoundTicket) { f.Event, f.EventName = "later", "Bal" }),
		o.ticket("t6", strings.Repeat("Adalbert", 20), func(f *FoundTicket) { f.Used, f.Gone = true, true }),
	}
	srv := open(t, opt)
	w := openWindow(t)
	w.agree(t)
	w.enter(t, srv.URL)
	w.do(t, chromedp.Navigate(srv.URL+"/tickets"))
	w.wait(t, `document.activeElement?.id === "q"`)
	w.views(t, "tickets-empty")

	// A keyboard reader types and ends with Enter; nothing of it is in the address.
	w.do(t, chromedp.SendKeys(`#q`, "ada\r"))
	w.wait(t, `document.querySelectorAll("a.open").length === 6`)
	if got := w.eval(t, `location.href`); got != srv.URL+"/tickets" {
		t.Errorf("address %v", got)
	}
	if got := w.eval(t, `document.querySelectorAll("main img, main script").length`); got != 0.0 {
		t.Errorf("%v strange elements", got)
	}
	w.views(t, "tickets")

	w.do(t, chromedp.Click(`a.open`))
	w.wait(t, `document.querySelector(".story-top .summary")?.textContent.includes("Admitted at 18:52:11, lane north, by its code.")`)
	w.views(t, "ticket")

	// Admitted by hand, with a note; without one the browser does not send it.
	w.do(t, chromedp.Click(`form[data-api$="/admit"] button`))
	w.do(t, chromedp.SendKeys(`#note`, "receipt shown"), chromedp.Click(`form[data-api$="/admit"] button`))
	w.wait(t, `document.readyState === "complete" && document.getElementById("note")?.value === ""`)
	w.do(t, chromedp.SendKeys(`#undo-note`, "wrong guest"), chromedp.Click(`form[data-api$="/undo"] button`))
	w.wait(t, `document.readyState === "complete" && document.getElementById("undo-note")?.value === ""`)
	o.station.mu.Lock()
	if n := len(o.rows); n != 1 || o.rows[0].Note != "receipt shown" || o.rows[0].By != byPage && o.rows[0].By != "admin" {
		t.Errorf("%d rows: %+v", n, o.rows)
	}
	o.station.mu.Unlock()
	o.mu.Lock()
	if len(o.undone) != 1 || !strings.HasSuffix(o.undone[0], ": wrong guest") {
		t.Errorf("taken back: %q", o.undone)
	}
	o.mu.Unlock()

	o.found = nil
	w.do(t, chromedp.Navigate(srv.URL+"/tickets"), chromedp.SendKeys(`#q`, "nobody\r"))
	w.wait(t, `document.querySelectorAll(".reasons li").length === 3`)
	w.views(t, "tickets-none")
	w.clean(t, srv.URL)
}
