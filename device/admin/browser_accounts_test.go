//go:build browser

package admin

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestThePairingDeskInABrowser(t *testing.T) {
	o, opt := newOffice(t)
	o.accounts[0].Pending = 2
	o.accounts = append(o.accounts, Account{Name: "friends", Platform: "ticketsonic", State: "offline", NoList: true, URL: "https://ts.example.org", Ask: "never", Unlisted: "admit", EventsFrom: "time", Sweep: Sweep{Running: true, Done: 3400, Total: 12000}})
	srv := open(t, opt)
	w := openWindow(t)
	w.agree(t)
	w.enter(t, srv.URL)
	w.do(t, chromedp.Navigate(srv.URL+"/accounts"))
	w.wait(t, `document.getElementById("pair-word")?.textContent === "Readers take tickets only."`)
	w.views(t, "accounts")

	w.do(t, chromedp.Click(`#pair-arm button`))
	w.wait(t, `document.getElementById("pair-word").textContent.startsWith("Hold the pairing code") && document.getElementById("pair-left").textContent.includes("left")`)
	o.set(PairingState{Phase: "confirm", Lane: "north", Host: "xn--lespss-evil.example", Shown: "lespàss-evil.example", Until: new(scanTime().Add(90_000_000_000))})
	w.wait(t, `!document.getElementById("pair-confirm").hidden && document.getElementById("confirm-host").textContent === "xn--lespss-evil.example"`)
	w.wait(t, `document.activeElement.id === "pair-confirm"`)
	w.views(t, "accounts-confirm")
	w.do(t, chromedp.Click(`#confirm-yes`))
	w.wait(t, `document.getElementById("pair-word")?.textContent === "Paired."`)
	o.mu.Lock()
	if !slices.Equal(o.confirms, []string{"xn--lespss-evil.example"}) {
		t.Errorf("confirmed: %q", o.confirms)
	}
	o.mu.Unlock()

	// How it failed is said, and what to try, whatever it holds.
	o.set(PairingState{Phase: "failed", Lane: "north", Message: evilText, Hint: "Show a new code."})
	w.wait(t, `document.getElementById("pair-more")?.textContent.includes("<img src=x") && document.getElementById("pair-hint").textContent === "Show a new code."`)

	// Events are chosen.
	w.do(t, chromedp.Click(`#account-0-event-1`), chromedp.Click(`button[aria-label="Use the ticked events: lespass"]`))
	w.wait(t, `document.readyState === "complete" && document.querySelector("#account-0 form fieldset input[value=later]")?.defaultChecked === true`)
	w.do(t, chromedp.Click(`button[aria-label="Use what is on tonight: lespass"]`))
	w.wait(t, `document.readyState === "complete" && document.querySelector("#account-0 form fieldset input[value=later]")?.defaultChecked === false`)

	// Unpairing asks, and insists only where somebody ticked that.
	w.do(t, chromedp.Click(`#account-0 details summary`), chromedp.Click(`button[aria-label="Unpair: lespass"]`))
	w.wait(t, `document.getElementById("problem").textContent.includes("still to be delivered")`)
	w.do(t, chromedp.Click(`#insist-account-0`), chromedp.Click(`button[aria-label="Unpair: lespass"]`))
	w.wait(t, `document.readyState === "complete" && document.querySelector("#account-0 [data-f=state]")?.textContent === "Not paired"`)
	w.pardon("409")
	w.clean(t, srv.URL)
}

func TestACodeIsPastedOrPhotographedInABrowser(t *testing.T) {
	o, opt := newOffice(t)
	opt.Pairing = &asking{office: o}
	srv := open(t, opt)
	w := openWindow(t)
	w.enter(t, srv.URL)
	w.do(t, chromedp.Navigate(srv.URL+"/accounts"))
	w.wait(t, `document.getElementById("pair-word")?.textContent === "Readers take tickets only."`)
	w.do(t, chromedp.SendKeys(`#pairing-code`, "the-code"), chromedp.Click(`#pair-code button`))
	w.wait(t, `document.getElementById("confirm-host").textContent === "tickets.example.net" && !document.getElementById("pair-confirm").hidden`)
	// Thrown away: nothing is sent, and nothing stays in the field.
	w.do(t, chromedp.Click(`#confirm-no`))
	w.wait(t, `document.getElementById("pair-confirm").hidden && document.getElementById("pairing-code").value === ""`)

	image := filepath.Join(t.TempDir(), "code.png")
	if err := os.WriteFile(image, []byte("PNG:the-code-on-paper"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.do(t, chromedp.SetUploadFiles(`#pairing-image`, []string{image}), chromedp.Click(`#pair-image button`))
	w.wait(t, `document.getElementById("confirm-host").textContent === "tickets.example.net" && !document.getElementById("pair-confirm").hidden`)
	w.do(t, chromedp.Click(`#confirm-yes`))
	w.wait(t, `document.getElementById("done").textContent.includes("Gate")`)
	o.station.mu.Lock()
	if !slices.Equal(o.paired, []string{"|the-code-on-paper"}) {
		t.Errorf("paired: %q", o.paired)
	}
	o.station.mu.Unlock()
	if got, ok := w.eval(t, `document.documentElement.outerHTML`).(string); !ok || strings.Contains(got, "the-code") {
		t.Error("the code stands on the page")
	}
	w.pardon("409")
	w.clean(t, srv.URL)
}

func TestTheLanesInABrowser(t *testing.T) {
	o, opt := newOffice(t)
	srv := open(t, opt)
	w := openWindow(t)
	w.agree(t)
	w.enter(t, srv.URL)
	w.do(t, chromedp.Navigate(srv.URL+"/lanes"))
	w.wait(t, `document.getElementById("live")?.textContent === "Live"`)
	w.do(t, chromedp.Click(`#lane-0 details summary`), chromedp.SendKeys(`#code-lane-0`, "alpha\r"))
	w.wait(t, `document.querySelector("#lane-0 .answer").textContent.includes("The lane would say: Admit.")`)
	o.station.mu.Lock()
	if len(o.rows) != 0 {
		t.Error("looking has recorded something")
	}
	o.station.mu.Unlock()
	w.views(t, "lanes")
	w.do(t, chromedp.Click(`#lane-0 [data-real]`))
	w.wait(t, `document.querySelector("#lane-0 .answer").textContent.includes("The lane said: Admit.")`)
	if got := w.eval(t, `document.querySelector("#lane-0 .answer a").getAttribute("href")`); got != "/tickets/lespass/alpha" {
		t.Errorf("story at %v", got)
	}
	w.do(t, chromedp.Click(`button[aria-label="Test signals: north"]`))
	w.wait(t, `document.getElementById("done").textContent.includes("Every signal of lane north")`)
	w.do(t, chromedp.Click(`button[aria-label="Close: north"]`))
	w.wait(t, `document.readyState === "complete" && document.querySelector("#lane-0")?.dataset.open === "false"`)

	// What somebody else does shows by itself.
	if err := o.SetOpen(t.Context(), "north", true); err != nil {
		t.Fatal(err)
	}
	w.wait(t, `document.readyState === "complete" && document.querySelector("#lane-0")?.dataset.open === "true" && document.querySelector("#lane-0 [data-f=word]").textContent === "Open"`)
	w.clean(t, srv.URL)
}

// pardon forgets that the browser noted refusals which the test wanted.
func (w *window) pardon(status string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = slices.DeleteFunc(w.faults, func(f string) bool { return strings.Contains(f, "status of "+status) })
}

// asking has to be told that somebody agrees to the host.
type asking struct{ *office }

func (a *asking) Pair(ctx context.Context, r PairRequest) (Paired, error) {
	if r.Confirmed != "tickets.example.net" {
		return Paired{}, &Error{
			Status: http.StatusConflict, Code: "confirm_host", Message: "Nobody has named this host.", Hint: "Confirm it.",
			Details: map[string]string{"host": "tickets.example.net", "shown": "tickets.example.net"},
		}
	}
	return a.office.Pair(ctx, r)
}
