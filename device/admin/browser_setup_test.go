//go:build browser

package admin

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
)

// looks takes a page through its sizes and fails where it is wider than the
// window, or has a button too small for a thumb.
func (w *window) looks(t *testing.T, name string) {
	t.Helper()
	for _, view := range []struct {
		name          string
		width, height int64
		dark          bool
	}{{"laptop", 1440, 900, false}, {"phone", 360, 740, false}, {"phone-dark", 360, 740, true}, {"laptop-dark", 1440, 900, true}} {
		w.size(t, view.width, view.height, view.dark)
		if got := w.eval(t, `document.documentElement.scrollWidth <= document.documentElement.clientWidth`); got != true {
			t.Errorf("%s, %s: the page is wider than the window", name, view.name)
		}
		if got := w.eval(t, `[...document.querySelectorAll("main button, main a.button, main a.step, main input, main select")].filter((n) => n.offsetParent && n.type !== "radio" && n.type !== "checkbox" && n.getBoundingClientRect().height < 43.5).map((n) => n.outerHTML.slice(0, 80)).join(" ")`); got != "" {
			t.Errorf("%s, %s: too small for a thumb: %v", name, view.name, got)
		}
		w.picture(t, name+"-"+view.name)
	}
}

func TestTheSetUpInABrowser(t *testing.T) {
	st, f, opt := unboxed()
	srv := open(t, opt)
	w := openWindow(t)
	w.size(t, 360, 740, false)
	w.do(t, chromedp.Navigate(srv.URL+"/login#token="+url.QueryEscape(testToken)))
	w.wait(t, `document.getElementById("live")?.textContent === "Live"`)

	w.do(t, chromedp.Navigate(srv.URL+"/setup"))
	w.wait(t, `location.pathname === "/setup/station"`)
	w.looks(t, "setup-station")
	w.eval(t, `document.getElementById("name").value = ""`)
	w.do(t, chromedp.SendKeys("#name", "North gate\r"))
	w.wait(t, `location.pathname === "/setup/reader" && !!document.querySelector("#readers button")`)
	if got := w.eval(t, `document.querySelectorAll("#readers b").length`); got != float64(0) {
		t.Error("the name of a device is markup")
	}
	w.do(t, chromedp.Click("#learn"))
	w.wait(t, `!document.getElementById("lesson").hidden && document.getElementById("lane-reader").value.startsWith("serial:")`)
	w.looks(t, "setup-reader")
	w.do(t, chromedp.Click(`form[data-api="/api/v1/setup/lane"] button.main`))
	w.wait(t, `location.pathname === "/setup/signals"`)
	w.looks(t, "setup-signals")
	w.do(t, chromedp.Click("#lamp"))
	w.wait(t, `!document.getElementById("lamp-ask").hidden`)
	st.mu.Lock()
	if len(st.tested) != 1 {
		t.Errorf("signals tested: %v", st.tested)
	}
	st.mu.Unlock()

	w.do(t, chromedp.Navigate(srv.URL+"/setup/account"))
	w.wait(t, `document.getElementById("field-user")?.hidden === true`)
	w.looks(t, "setup-account")
	w.do(t, chromedp.SendKeys("#key-name", "pool"), chromedp.SendKeys("#key-url", "https://stebby.example"), chromedp.SendKeys("#key-key", "the-key\r"))
	w.wait(t, `document.body.textContent.includes("has its key")`)
	if f.keys["pool"] != "the-key" {
		t.Error("the key was not saved")
	}

	w.do(t, chromedp.Navigate(srv.URL+"/setup/test"))
	w.wait(t, `document.getElementById("live")?.textContent === "Live"`)
	if _, err := st.Scan(t.Context(), "north", []byte("alpha")); err != nil {
		t.Fatal(err)
	}
	w.wait(t, `document.getElementById("scan-now").dataset.verdict === "admit" && document.getElementById("scan-word").textContent === "Admitted"`)
	w.looks(t, "setup-test")
	f.mu.Lock()
	f.state.Scanned = true
	f.mu.Unlock()
	w.do(t, chromedp.Navigate(srv.URL+"/setup/done"))
	w.wait(t, `document.querySelector("h1")?.textContent === "Ready"`)
	w.looks(t, "setup-done")
	w.do(t, chromedp.Navigate(srv.URL+"/setup/event"))
	w.looks(t, "setup-event")
	w.do(t, chromedp.Navigate(srv.URL+"/setup/password"))
	w.looks(t, "setup-password")

	// A file that is kept by hand is only read.
	f.mu.Lock()
	f.foreign = true
	f.mu.Unlock()
	w.do(t, chromedp.Navigate(srv.URL+"/setup/station"))
	w.wait(t, `document.getElementById("live")?.textContent === "Live"`)
	w.do(t, chromedp.Click(`form[data-api] button.main`))
	w.wait(t, `!document.getElementById("by-hand").hidden && document.getElementById("by-hand-lines").textContent.includes("<script>")`)
	w.looks(t, "setup-by-hand")
	w.clean(t, srv.URL)
}

func TestHealthAndSettingsInABrowser(t *testing.T) {
	_, f, opt := unboxed()
	f.power = "low"
	f.state.Faults = []SettingFault{{Line: 3, Key: "station.capacity", Problem: "is a text where a whole number belongs", Remedy: "write a number from 0 to 1000000, without quotes"}}
	f.state.Restart = []string{"admin.listen"}
	srv := open(t, opt)
	w := openWindow(t)
	w.do(t, chromedp.Navigate(srv.URL+"/login#token="+url.QueryEscape(testToken)))
	w.wait(t, `document.getElementById("live")?.textContent === "Live"`)
	for _, page := range []string{"health", "settings"} {
		w.do(t, chromedp.Navigate(srv.URL+"/"+page))
		w.wait(t, `document.getElementById("live")?.textContent === "Live"`)
		w.looks(t, page)
	}
	if resp, _ := ask(t, srv, http.MethodGet, "/health", ""); resp.StatusCode != http.StatusOK {
		t.Error("no page of the health")
	}
	w.clean(t, srv.URL)
}
