//go:build browser

package admin

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"gatescand/device/admin/words"
)

// doorWords are all sentences that a display can show in a language; the verdicts
// are those that are shown with a shape of their own.
func doorWords(t *testing.T, lang string) (verdicts, others []string) {
	t.Helper()
	book, err := words.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range book.IDs() {
		switch said := book.In(lang).T(id, "Word", "ABCD-EFGH"); {
		case strings.HasPrefix(id, "door_"):
			verdicts = append(verdicts, said)
		case strings.HasPrefix(id, "display_"):
			others = append(others, said)
		}
	}
	return verdicts, others
}

// unfit shows every sentence and lists those that do not go in whole, that are
// set smaller than a share of the screen's short side, or that make it scroll.
const unfit = `((said, least) => {
  const out = [];
  for (const words of said) for (const what of ["admit", "refuse", "hold", "closed"]) {
    show(what, words, what === "closed" ? body.dataset.ask : "");
    const r = [...stage.children].map((n) => n.getBoundingClientRect());
    const inside = r.every((b) => b.left >= -1 && b.top >= -1 && b.right <= innerWidth + 1 && b.bottom <= innerHeight + 1);
    const apart = r[0].right <= r[1].left + 1 || r[0].bottom <= r[1].top + 1;
    const whole = message.scrollWidth <= message.clientWidth && note.scrollWidth <= note.clientWidth;
    const size = parseFloat(getComputedStyle(message).fontSize) / Math.min(innerWidth, innerHeight);
    const page = document.scrollingElement;
    const still = page.scrollHeight <= innerHeight && page.scrollWidth <= innerWidth;
    if (!inside || !apart || !whole || !still || size < least) out.push([what, words, inside, apart, whole, still, size.toFixed(3)].join(" | "));
  }
  return out.join("\n");
})`

func TestEveryWordFitsTheDisplay(t *testing.T) {
	w := openWindow(t)
	for _, lang := range words.Languages() {
		if !speaker(t, lang).Has("door_admitted") {
			continue
		}
		st := newStation()
		opt := st.options()
		opt.Language = lang
		srv := open(t, opt)
		w.do(t, chromedp.Navigate(srv.URL+"/display/north?mute=1"))
		w.wait(t, `document.body.dataset.show === "ready"`)
		verdicts, others := doorWords(t, lang)
		for _, screen := range []struct {
			width, height int64
			verdict       float64 // share of the short side that a verdict's words have at least
		}{
			{320, 240, .06}, {480, 320, .075}, {800, 480, .09}, {1280, 720, .09}, {1920, 1080, .09}, {3840, 2160, .09}, {1080, 1920, .09}, {1024, 768, .075},
		} {
			w.size(t, screen.width, screen.height, false)
			for _, words := range []struct {
				said  []string
				least float64
			}{{verdicts, screen.verdict}, {others, .06}} {
				raw, err := json.Marshal(words.said)
				if err != nil {
					t.Fatal(err)
				}
				least, err := json.Marshal(words.least)
				if err != nil {
					t.Fatal(err)
				}
				if bad := w.eval(t, unfit+"("+string(raw)+","+string(least)+")"); bad != "" {
					t.Errorf("%s at %d x %d:\n%s", lang, screen.width, screen.height, bad)
				}
			}
		}
	}
}

func TestADisplayIsAccessibleInEveryState(t *testing.T) {
	path := os.Getenv("AXE")
	if path == "" {
		t.Fatal("AXE must name axe.min.js of the package axe-core; .ci/run browser fetches it")
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	srv := open(t, newStation().options())
	w := openWindow(t)
	w.size(t, 1280, 720, false)
	w.do(t, chromedp.Navigate(srv.URL+"/display/north?mute=1"))
	w.wait(t, `document.body.dataset.show === "ready"`)
	w.eval(t, string(axe)+";0")
	for _, state := range []string{"ready", "checking", "closed", "down", "setup", "pair", "confirm", "pairing", "paired", "failed", "admit", "refuse", "hold"} {
		w.eval(t, `show("`+state+`", "Un instant", "Adressez-vous au personnel")`)
		w.eval(t, `window.judged = ""; axe.run(document).then((r) => { window.judged = "done " + r.violations.map((v) => v.id + ": " + v.help).join("; "); }); 0`)
		w.wait(t, `window.judged !== ""`)
		if got := w.eval(t, `window.judged`); got != "done " {
			t.Errorf("%s: %v", state, got)
		}
	}
	if got := w.eval(t, `getComputedStyle(document.documentElement).cursor + getComputedStyle(document.body).cursor`); got != "nonenone" {
		t.Errorf("the cursor is shown: %v", got)
	}
}

// listening puts an ear in the place of the loudspeaker: it notes every note that
// is played, and when.
const listening = `window.heard = []; air = {
  state: "running", currentTime: 0, destination: "ear",
  createGain: () => ({ gain: { setValueAtTime() {}, linearRampToValueAtTime() {} }, connect: (to) => { if (to !== "ear") throw new Error("nobody hears it"); } }),
  createOscillator: () => {
    const note = { frequency: { value: 0 }, connect: (to) => to, start: (at) => { note.from = at; }, stop: (at) => { heard.push([note.frequency.value, note.from, at].join(" ")); } };
    return note;
  },
}; 0`

func TestEveryVerdictHasATuneOfItsOwn(t *testing.T) {
	st := newStation()
	srv := open(t, st.options())
	w := openWindow(t)
	present := func(code string) {
		if _, err := st.Scan(t.Context(), "north", []byte(code)); err != nil {
			t.Fatal(err)
		}
	}
	w.do(t, chromedp.Navigate(srv.URL+"/display/north"))
	w.wait(t, `document.body.dataset.show === "ready" && air !== null`)
	w.eval(t, listening)
	tunes := make(map[any]string)
	for _, step := range [][2]string{{"alpha", "admit"}, {"alpha", "refuse"}, {"hold", "hold"}} {
		w.eval(t, `heard.length = 0; 0`)
		present(step[0])
		w.wait(t, `document.body.dataset.sounded === "`+step[1]+`"`)
		tune := w.eval(t, `heard.join(", ")`)
		if other, twice := tunes[tune]; twice || tune == "" {
			t.Errorf("%s sounds %v, as %s does", step[1], tune, other)
		}
		tunes[tune] = step[1]
	}
	w.wait(t, `document.body.dataset.show === "ready"`) // after a few seconds, by itself
	w.do(t, chromedp.Navigate(srv.URL+"/display/north?mute=1"))
	w.wait(t, `document.body.dataset.show === "ready"`)
	w.eval(t, `breathe(); 0`)
	present("beta")
	w.wait(t, `document.body.dataset.show === "admit"`)
	if got := w.eval(t, `air === null && document.body.dataset.sounded === undefined`); got != true {
		t.Error("a muted display sounds")
	}
	w.clean(t, srv.URL)
}

func TestTheDisplayFollowsPairing(t *testing.T) {
	st := newStation()
	opt := st.options()
	d := &desk{hub: st.hub}
	opt.PairingDesk = d
	srv := open(t, opt)
	w := openWindow(t)
	w.do(t, chromedp.Navigate(srv.URL+"/display/north"))
	w.wait(t, `document.body.dataset.show === "ready"`)
	for _, step := range [][2]string{
		{"armed", "Présentez le code d'appairage au lecteur"}, {"confirm", "Code lu : à confirmer sur la page de la borne"}, {"paired", "Connexion établie"}, {"idle", "Présentez votre billet au lecteur"},
	} {
		d.set(PairingState{Phase: step[0], Host: "evil.example"})
		w.wait(t, `document.getElementById("message").textContent === "`+step[1]+`"`)
		w.picture(t, "display-"+step[0])
	}
	w.clean(t, srv.URL)
}

// A station that hangs holds its connections open and says nothing.
func TestTheDisplayOfAStationThatHangsIsOutOfOrder(t *testing.T) {
	st := newStation()
	opt := st.options()
	var hanging sync.RWMutex
	opt.Ready = func(context.Context) []string {
		hanging.RLock()
		defer hanging.RUnlock()
		return nil
	}
	srv := open(t, opt)
	w := openWindow(t)
	w.do(t, chromedp.Navigate(srv.URL+"/display/north"))
	w.wait(t, `document.body.dataset.show === "ready"`)
	hanging.Lock()
	w.wait(t, `document.body.dataset.show === "down"`)
	hanging.Unlock()
	w.wait(t, `document.body.dataset.show === "ready"`)
}

// A program that was brought up to date serves another page; the display takes it.
func TestTheDisplayTakesTheNewPageAfterAnUpdate(t *testing.T) {
	st := newStation()
	serve := func(version, address string) *httptest.Server {
		opt := st.options()
		opt.Version = version
		s, err := New(opt)
		if err != nil {
			t.Fatal(err)
		}
		var lc net.ListenConfig
		l, err := lc.Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		srv := &httptest.Server{Listener: l, Config: &http.Server{Handler: s.Handler()}} //nolint:gosec // a test's own
		srv.Start()
		return srv
	}
	first := serve("1", "127.0.0.1:0")
	w := openWindow(t)
	w.do(t, chromedp.Navigate(first.URL+"/display/north"))
	w.wait(t, `document.body.dataset.show === "ready"`)
	w.eval(t, `document.body.dataset.first = "yes"; 0`)
	address := first.Listener.Addr().String()
	first.CloseClientConnections()
	if err := first.Listener.Close(); err != nil {
		t.Error(err)
	}
	w.wait(t, `document.body.dataset.show === "down"`)
	second := serve("2", address)
	t.Cleanup(func() {
		st.hub.close()
		second.Close()
		first.Close()
	})
	w.wait(t, `document.body.dataset.show === "ready" && document.body.dataset.first === undefined`)
}
