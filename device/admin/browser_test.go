//go:build browser

package admin

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	cdpnetwork "github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"gatescand/scanner/admission"
)

// window is a browser with one page, which notes every script error and every
// request.
type window struct {
	ctx context.Context

	mu       sync.Mutex
	faults   []string
	requests []string
}

func openWindow(t *testing.T) *window {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("/usr/bin/chromium"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("lang", "en"))
	alloc, stop := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(end)
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	w := &window{ctx: ctx}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, func(ev any) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			w.faults = append(w.faults, ev.ExceptionDetails.Text+" "+ev.ExceptionDetails.URL)
		case *runtime.EventConsoleAPICalled:
			if ev.Type == runtime.ConsoleAPICalledTypeError {
				w.faults = append(w.faults, "console error")
			}
		case *log.EventEntryAdded:
			if ev.Entry.Level == log.EntryLevelError {
				w.faults = append(w.faults, ev.Entry.Text+" "+ev.Entry.URL)
			}
		case *cdpnetwork.EventRequestWillBeSent:
			w.requests = append(w.requests, ev.Request.URL)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *window) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// wait waits until a script's expression is true, across navigations, which
// end the script that polls.
func (w *window) wait(t *testing.T, expression string) {
	t.Helper()
	end := time.Now().Add(15 * time.Second)
	for {
		_, err := chromedp.Run(w.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(time.Until(end))))
		if err == nil {
			return
		}
		if errors.Is(err, chromedp.ErrPollingTimeout) || w.ctx.Err() != nil || time.Now().After(end) {
			t.Fatalf("waiting for %s: %v", expression, err)
		}
	}
}

func (w *window) eval(t *testing.T, expression string) any {
	t.Helper()
	v, err := chromedp.Run(w.ctx, chromedp.Evaluate[any](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func (w *window) size(t *testing.T, width, height int64, dark bool) {
	t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	w.do(t, chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
}

// picture keeps a screenshot for a person to look at, where one is wanted.
func (w *window) picture(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// clean fails for script errors and for requests to anywhere else.
func (w *window) clean(t *testing.T, base string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		t.Errorf("script error: %s", f)
	}
	if len(w.requests) == 0 {
		t.Error("no request was seen")
	}
	for _, r := range w.requests {
		if !strings.HasPrefix(r, base+"/") && !strings.HasPrefix(r, "about:") && !strings.HasPrefix(r, "data:image/svg+xml;") {
			t.Errorf("foreign request to %s", r)
		}
		if strings.Contains(r, testToken) && !strings.Contains(r, "#") {
			t.Errorf("the token stands in a request: %s", r)
		}
	}
}

// evening puts a station into the middle of a busy evening.
func evening(t *testing.T) *station {
	t.Helper()
	st := newStation()
	st.accounts = append(st.accounts, Account{
		Name: "friends", Platform: admission.TiBillet, State: "offline", Paired: true, Tickets: 88,
		Sweep: Sweep{Running: true, Done: 3400, Total: 12000}, Pending: 2,
	})
	st.conditions = []Condition{
		{Code: "account_offline", Subject: "friends", Severity: "warning", Text: "friends: its server cannot be reached.", Remedy: "Nothing is lost: the list decides, deliveries wait. Check the network cable or the Wi-Fi of the station.", Since: scanTime().Add(-7 * time.Minute)},
		{Code: "events_automatic", Subject: "lespass", Severity: "info", Text: "lespass: nobody chose the events of this gate, so it serves what is on now. Nuit du jazz.", Remedy: "To fix the choice, set events of the account in the configuration.", Since: scanTime().Add(-2 * time.Hour)},
	}
	st.waiting = []admission.Delivery{{Seq: 3, At: admission.Stamp{Wall: scanTime().Add(-9 * time.Minute)}, State: admission.DeliveryPending}, {Seq: 4}}
	for _, code := range []string{"alpha", "beta", "beta", "bad", "hold", "gamma", "delta"} {
		if _, err := st.Scan(t.Context(), "north", []byte(code)); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

func TestThePageInABrowser(t *testing.T) {
	st := evening(t)
	srv := open(t, st.options())
	w := openWindow(t)
	w.size(t, 1440, 900, false)

	// The token comes in the fragment, as the demo prints it.
	w.do(t, chromedp.Navigate(srv.URL+"/login#token="+testToken))
	w.wait(t, `location.pathname === "/" && document.querySelectorAll(".scan").length === 7`)
	w.wait(t, `document.getElementById("live").textContent === "Live"`)
	if got := w.eval(t, `location.href`); got != srv.URL+"/" {
		t.Errorf("address %v", got)
	}

	// Verdicts appear as they fall.
	if _, err := st.Scan(t.Context(), "north", []byte("epsilon")); err != nil {
		t.Fatal(err)
	}
	w.wait(t, `document.querySelector(".lane.fresh[data-verdict=admit] .head")?.textContent === "Valid ticket"`)
	w.wait(t, `document.getElementById("n-admitted").textContent === "5"`)
	w.picture(t, "laptop-admit")
	if _, err := st.Scan(t.Context(), "south", []byte("epsilon")); err != nil {
		t.Fatal(err)
	}
	w.wait(t, `document.querySelector(".lane.fresh[data-verdict=refuse] .detail")?.textContent.includes("lane north")`)
	w.picture(t, "laptop-refuse")
	if _, err := st.Scan(t.Context(), "north", []byte("hold it")); err != nil {
		t.Fatal(err)
	}
	w.wait(t, `!!document.querySelector(".lane.fresh[data-verdict=hold]")`)

	// What stands in a ticket is text, whatever it is.
	evil := `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
	if _, err := st.Scan(t.Context(), "south", []byte(evil)); err != nil {
		t.Fatal(err)
	}
	st.mu.Lock()
	st.conditions = append(st.conditions, Condition{Code: "reader_fault", Subject: evil, Severity: "critical", Text: evil, Remedy: evil, Since: scanTime()})
	st.accounts[0].Events = []string{evil}
	st.mu.Unlock()
	st.hub.Condition(Condition{}, true)
	w.wait(t, `document.querySelector(".condition[data-severity=critical]")?.textContent.includes("<img src=x")`)
	w.wait(t, `document.getElementById("accounts").textContent.includes("<script>")`)
	if got := w.eval(t, `document.title + document.querySelectorAll("main img, main script").length`); got != "Now · Main entrance0" {
		t.Errorf("title and elements: %v", got)
	}
	st.mu.Lock()
	st.conditions[2] = Condition{Code: "reader_absent", Subject: "south", Severity: "critical", Text: "Lane south: its reader is not plugged in.", Remedy: "Plug the reader in, or push its cable home; the lane goes on by itself.", Since: scanTime()}
	st.accounts[0].Events = []string{"Nuit du jazz"}
	st.reader["south"] = Reader{Address: "serial:/dev/ttyUSB1", State: ReaderWaiting}
	st.mu.Unlock()
	st.hub.Condition(Condition{}, true)
	w.wait(t, `document.querySelector(".condition[data-severity=critical]")?.textContent.includes("not plugged")`)

	// A lane is closed with one click.
	w.do(t, chromedp.Click(`.lane button`))
	w.wait(t, `!!document.querySelector(".lane.shut")`)
	st.mu.Lock()
	if st.open["north"] {
		t.Error("the lane is still open")
	}
	st.mu.Unlock()
	w.do(t, chromedp.Click(`.lane button`))
	w.wait(t, `!document.querySelector(".lane.shut")`)

	for _, view := range []struct {
		name          string
		width, height int64
		dark          bool
	}{{"laptop", 1440, 900, false}, {"laptop-dark", 1440, 900, true}, {"tablet", 768, 1024, false}, {"phone", 360, 740, false}, {"phone-dark", 360, 740, true}} {
		w.size(t, view.width, view.height, view.dark)
		if got := w.eval(t, `document.documentElement.scrollWidth <= document.documentElement.clientWidth`); got != true {
			t.Errorf("%s: the page is wider than the window", view.name)
		}
		w.picture(t, view.name)
	}
	w.clean(t, srv.URL)
}

func TestThePageComesBackToWhatItMissed(t *testing.T) {
	st := newStation()
	srv := open(t, st.options())
	w := openWindow(t)
	w.do(t, chromedp.Navigate(srv.URL+"/login#token="+url.QueryEscape(testToken)))
	w.wait(t, `document.getElementById("live")?.textContent === "Live"`)
	// Cut every stream, then scan while nobody listens.
	st.hub.mu.Lock()
	for r := range st.hub.readers {
		st.hub.drop(r)
	}
	st.hub.mu.Unlock()
	for _, code := range []string{"one", "two", "three"} {
		if _, err := st.Scan(t.Context(), "north", []byte(code)); err != nil {
			t.Fatal(err)
		}
	}
	w.wait(t, `document.querySelectorAll(".scan").length === 3`)
	w.wait(t, `document.getElementById("live").textContent === "Live"`)
	if got := w.eval(t, `[...document.querySelectorAll(".scan time")].map((n) => n.textContent).join(" ")`); got != "19:02:13 19:02:12 19:02:11" {
		t.Errorf("order %v", got)
	}
	w.clean(t, srv.URL)
}

func TestTheLoginInABrowser(t *testing.T) {
	srv := open(t, newStation().options())
	w := openWindow(t)
	w.size(t, 1440, 900, false)
	w.do(t, chromedp.Navigate(srv.URL+"/"))
	w.wait(t, `location.pathname === "/login" && document.activeElement.id === "password"`)
	w.picture(t, "login")
	w.do(t, chromedp.SendKeys("#password", testToken+"\r"))
	w.wait(t, `location.pathname === "/"`)
	w.do(t, chromedp.Click(".top form button"))
	w.wait(t, `location.pathname === "/login"`)
	w.clean(t, srv.URL)
}

func TestTheDisplayInABrowser(t *testing.T) {
	st := newStation()
	srv := open(t, st.options())
	w := openWindow(t)
	w.size(t, 1280, 720, false)
	w.do(t, chromedp.Navigate(srv.URL+"/display/north"))
	w.wait(t, `document.body.dataset.show === "ready"`)
	w.picture(t, "display-ready")
	for _, step := range []struct{ code, show, words string }{
		{"alpha", "admit", "Bienvenue"},
		{"alpha", "refuse", "Ce billet a déjà été utilisé"},
		{"hold", "hold", "Un instant, on vient vous aider"},
	} {
		if _, err := st.Scan(t.Context(), "north", []byte(step.code)); err != nil {
			t.Fatal(err)
		}
		w.wait(t, `document.body.dataset.show === "`+step.show+`"`)
		if got := w.eval(t, `document.getElementById("message").textContent`); got != step.words {
			t.Errorf("%s says %v", step.show, got)
		}
		w.picture(t, "display-"+step.show)
	}
	if got := w.eval(t, `document.documentElement.outerHTML.includes("Ada") || document.documentElement.outerHTML.includes("alpha")`); got != false {
		t.Error("the display knows the ticket")
	}
	w.size(t, 400, 800, false)
	w.picture(t, "display-tall")
	if err := st.SetOpen(t.Context(), "north", false); err != nil {
		t.Fatal(err)
	}
	w.wait(t, `document.body.dataset.show === "closed"`)
	w.clean(t, srv.URL)

	// The station goes away.
	st.hub.close()
	srv.CloseClientConnections()
	if err := srv.Listener.Close(); err != nil {
		t.Error(err)
	}
	w.wait(t, `document.body.dataset.show === "down" && document.getElementById("message").textContent === "Hors service"`)
	w.picture(t, "display-down")
}
