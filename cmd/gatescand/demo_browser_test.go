//go:build browser

package main

import (
	"context"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// visitor is a real browser on the demo's page.
type visitor struct {
	ctx context.Context

	mu     sync.Mutex
	faults []string // exceptions and whatever the browser refused to load or run
}

func visit(t *testing.T, th *theatre) *visitor {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("these tests need chromium in the path: %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	v := &visitor{ctx: ctx}
	err = chromedp.Listen(ctx, func(ev any) {
		v.mu.Lock()
		defer v.mu.Unlock()
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			v.faults = append(v.faults, e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if e.Entry.Level == "error" {
				v.faults = append(v.faults, e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	v.do(t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(th.URL+"/"), chromedp.WaitVisible(".card"))
	return v
}

func (v *visitor) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// until waits for a condition of the page.
func (v *visitor) until(t *testing.T, condition string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 20*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](condition)); err != nil {
		t.Fatalf("never came true: %s: %v", condition, err)
	}
}

func (v *visitor) unharmed(t *testing.T) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, fault := range v.faults {
		t.Errorf("the browser complains: %s", fault)
	}
}

func TestNewcomerGetsThroughTheThreeSteps(t *testing.T) {
	th := openTheatre(t)
	th.ready = true
	v := visit(t, th)
	v.until(t, `document.querySelectorAll(".card").length === 16`)
	v.until(t, `document.getElementById("ready-text").textContent === "Station ready"`)

	v.do(t, chromedp.Click("#step-1-do"))
	v.until(t, `document.getElementById("word").textContent === "Admitted"`)
	v.until(t, `document.getElementById("display").classList.contains("admit")`)
	v.until(t, `document.getElementById("step-2").classList.contains("now")`)

	// The theatre's clock stands still, so the hold-off never passes: hold the same phone.
	v.do(t, chromedp.Click(".card .phone"))
	v.until(t, `document.getElementById("word").textContent === "Refused"`)
	v.until(t, `document.getElementById("headline").textContent === "Already used"`)
	v.until(t, `document.getElementById("step-3").classList.contains("now")`)

	v.do(t, chromedp.Click("#step-3-do"))
	v.until(t, `document.getElementById("network").getAttribute("aria-checked") === "false"`)
	v.until(t, `document.getElementById("word").textContent === "Admitted"`)
	if !th.evening.NetworkCut() {
		t.Error("the network was not cut")
	}
	v.until(t, `document.getElementById("step-3-do").textContent === "Restore the network"`)
	v.do(t, chromedp.Click("#step-3-do"))
	v.until(t, `document.getElementById("network").getAttribute("aria-checked") === "true"`)
	v.unharmed(t)
}

func TestNamesWithMarkupStandOnThePageAsText(t *testing.T) {
	th := openTheatre(t)
	v := visit(t, th)
	v.do(t, chromedp.SendKeys("#q", "script>alert"))
	v.until(t, `document.querySelector("#rows .holder").textContent.includes("<script>alert(1)</script>")`)
	v.do(t, chromedp.Click("#rows .hold-it"))
	v.until(t, `document.getElementById("history") !== null && document.getElementById("word").textContent !== "Ready"`)
	v.until(t, `document.querySelectorAll("#rows script, #rows b, #groups script").length === 0`)
	v.unharmed(t)
}

func TestPageIsUsedByKeyboardAndFitsAPhone(t *testing.T) {
	th := openTheatre(t)
	v := visit(t, th)
	v.do(t, chromedp.Focus(".card .phone"), chromedp.KeyEvent("\r"))
	v.until(t, `document.getElementById("word").textContent === "Admitted"`)
	v.until(t, `document.activeElement.classList.contains("phone")`) // the page came up to date under the finger
	v.do(t, chromedp.EmulateViewport(390, 844))
	v.until(t, `document.documentElement.scrollWidth <= 390`)
	v.until(t, `[...document.querySelectorAll("button, input, select")].every((e) => e.labels?.length || e.textContent.trim() || e.getAttribute("aria-label"))`)
	v.do(t, chromedp.EmulateViewport(320, 640))
	v.until(t, `document.documentElement.scrollWidth <= 320`)
	v.unharmed(t)
}
