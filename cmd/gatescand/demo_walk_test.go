//go:build browser

package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// codeAt names one code of a column for a style sheet.
func codeAt(platform, id string) string {
	return fmt.Sprintf("#column-%s [data-code=%s]", platform, id)
}

// hold holds a code of a column and waits for the word of the gate.
func (v *visitor) hold(t *testing.T, platform, id, word string) {
	t.Helper()
	at := codeAt(platform, id)
	v.until(t, fmt.Sprintf(`document.querySelector('%s')?.dataset.settled === "true"`, at))
	v.press(t, at+" .phone")
	v.until(t, fmt.Sprintf(`document.getElementById("word").textContent === %q && document.querySelector('%s').dataset.settled === "false"`, word, at))
}

// press clicks what a visitor would first bring into the middle of the screen:
// the gate stays at its top.
func (v *visitor) press(t *testing.T, at string) {
	t.Helper()
	v.until(t, fmt.Sprintf("(document.querySelector(%q)?.scrollIntoView({ block: 'center', behavior: 'instant' }), true)", at))
	v.do(t, chromedp.Click(at))
}

// figure waits until one of a column's figures has a value.
func (v *visitor) figure(t *testing.T, platform, label, value string) {
	t.Helper()
	v.until(t, fmt.Sprintf(`[...document.querySelectorAll("#column-%s .end dl div")].some((e) =>
		e.firstChild.textContent.startsWith(%q) && e.lastChild.textContent === %q)`, platform, label, value))
}

// told waits until a code says how far its entry has come.
func (v *visitor) told(t *testing.T, platform, id, state string) {
	t.Helper()
	v.until(t, fmt.Sprintf(`document.querySelector('%s .told.%s')?.hidden === false`, codeAt(platform, id), state))
}

// choose puts a server into a mood, by its selector.
func (v *visitor) choose(t *testing.T, platform, mood string) {
	t.Helper()
	id := "mood-" + platform
	v.do(t, chromedp.SetValue("#"+id, mood))
	if _, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`document.getElementById(%q).dispatchEvent(new Event("change"))`, id))); err != nil {
		t.Fatal(err)
	}
}

// TestFourPlatformsAtOneGate walks through the whole demo: the real daemon,
// four whole pretended servers, a real browser. With GATESCAND_DEMO_PICTURE it
// leaves a picture of the page in that file.
func TestFourPlatformsAtOneGate(t *testing.T) {
	v := visit(t, startDemo(t))
	v.until(t, `document.getElementById("ready-text").textContent === "Station ready"`)

	good := map[string]string{"tibillet": "paid", "ticketsonic": "good", "stebby": "good", "bittan": "good"}
	platforms := []string{"tibillet", "ticketsonic", "stebby", "bittan"}
	for _, p := range platforms {
		v.hold(t, p, good[p], "Admitted")
	}
	for _, p := range platforms {
		v.told(t, p, good[p], "delivered")
		v.figure(t, p, "Admitted here", "1")
		v.figure(t, p, "Told", "1")
	}
	for _, p := range platforms {
		v.hold(t, p, good[p], "Refused")
		v.until(t, `document.getElementById("headline").textContent === "Already used"`)
	}
	v.figure(t, "bittan", "Uses counted", "1") // the second presentation was not told

	v.hold(t, "stebby", sharedID, "Ask staff")
	v.until(t, `document.getElementById("reason").textContent === "ambiguous"`)
	v.hold(t, "bittan", sharedID, "Ask staff")

	v.cutOff(t)
	v.countTwice(t)
	v.picture(t)
	v.unharmed(t)
}

// cutOff lets people in while the networks are cut, where the gate knows enough
// for that, and has the platforms told when they are back.
func (v *visitor) cutOff(t *testing.T) {
	t.Helper()
	v.press(t, `#column-ticketsonic button[aria-label^="Sell a ticket"]`)
	v.until(t, fmt.Sprintf(`document.querySelector('%s') !== null`, codeAt("ticketsonic", "sold-1")))
	offline := map[string]string{"ticketsonic": "sold-1", "stebby": "good-2"}
	v.press(t, "#network")
	v.until(t, `document.querySelectorAll(".column.cut").length === 4`)
	for platform, id := range offline {
		v.hold(t, platform, id, "Admitted")
	}
	v.hold(t, "bittan", "unpaid", "Refused")
	v.until(t, `document.getElementById("reason").textContent === "unknown"`) // nobody could be asked
	for platform, id := range offline {
		v.told(t, platform, id, "pending")
		v.figure(t, platform, "Waiting to tell", "1")
	}
	v.press(t, "#network")
	v.until(t, `document.querySelectorAll(".column.cut").length === 0`)
	for platform, id := range offline {
		v.press(t, fmt.Sprintf(`#column-%s button[aria-label^="Sync now"]`, platform))
		v.told(t, platform, id, "delivered")
		v.figure(t, platform, "Waiting to tell", "0")
	}
}

// countTwice has BitTan's proxy send a use twice: the gate sees it by the count
// and opens a conflict.
func (v *visitor) countTwice(t *testing.T) {
	t.Helper()
	v.choose(t, "bittan", "sent_twice")
	v.until(t, `document.querySelector("#column-bittan .mood-line").textContent.includes("twice") && document.getElementById("mood-bittan").value === "sent_twice"`)
	v.press(t, `#column-bittan button[aria-label^="Sell a ticket"]`)
	v.until(t, fmt.Sprintf(`document.querySelector('%s') !== null`, codeAt("bittan", "sold-1")))
	v.hold(t, "bittan", "sold-1", "Admitted")
	v.told(t, "bittan", "sold-1", "conflict")
	v.figure(t, "bittan", "Counted twice", "1")
	v.figure(t, "bittan", "Conflicts", "1")
	v.press(t, "#well")
	v.until(t, `document.getElementById("mood-bittan").value === "healthy" && document.getElementById("well").disabled`)
}

// picture leaves a picture of the page where the environment asks for one.
func (v *visitor) picture(t *testing.T) {
	t.Helper()
	path := os.Getenv("GATESCAND_DEMO_PICTURE")
	if path == "" {
		return
	}
	v.choose(t, "bittan", "sent_twice")
	v.press(t, "#column-stebby .switch")
	v.hold(t, "ticketsonic", "canceled", "Admitted")
	v.do(t, chromedp.EmulateViewport(1440, 1180))
	v.until(t, `document.querySelectorAll(".column.cut").length === 1 && document.getElementById("toast").hidden && (scrollTo(0, 0), true)`)
	png, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o600); err != nil {
		t.Fatal(err)
	}
}
