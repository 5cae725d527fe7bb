//go:build browser

package main

import (
	"context"
	"fmt"
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

// visit opens a demo's page; url is without a slash at its end.
func visit(t *testing.T, url string) *visitor {
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
	v.do(t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(url+"/"), chromedp.WaitVisible(".card"))
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
	v := visit(t, th.URL)
	v.until(t, `document.querySelectorAll(".card").length === 10`)
	v.until(t, `document.querySelectorAll(".column").length === 4 && document.querySelectorAll(".code").length === 24`)
	v.until(t, `document.getElementById("ready-text").textContent === "Station ready"`)

	v.do(t, chromedp.Click("#step-1-do"))
	v.until(t, `document.getElementById("word").textContent === "Admitted"`)
	v.until(t, `document.getElementById("display").classList.contains("admit")`)
	v.until(t, `document.getElementById("step-2").classList.contains("now")`)

	// The theatre's clock stands still, so the hold-off never passes: hold the same phone.
	v.do(t, chromedp.Click("#column-tibillet [data-code=paid] .phone"))
	v.until(t, `document.getElementById("word").textContent === "Refused"`)
	v.until(t, `document.getElementById("headline").textContent === "Already used"`)
	v.until(t, `document.getElementById("step-3").classList.contains("now")`)

	v.do(t, chromedp.Click("#step-3-do"))
	v.until(t, `document.getElementById("network").getAttribute("aria-checked") === "false"`)
	v.until(t, `document.getElementById("word").textContent === "Admitted"`)
	for _, b := range th.booths() {
		if !b.Front().NetworkCut() {
			t.Errorf("the network of %s was not cut", b.Platform())
		}
	}
	v.until(t, `document.getElementById("step-3-do").textContent === "Restore the network"`)
	v.do(t, chromedp.Click("#step-3-do"))
	v.until(t, `document.getElementById("network").getAttribute("aria-checked") === "true"`)
	v.unharmed(t)
}

func TestNamesWithMarkupStandOnThePageAsText(t *testing.T) {
	th := openTheatre(t)
	v := visit(t, th.URL)
	v.do(t, chromedp.SendKeys("#q", "script>alert"))
	v.until(t, `document.querySelector("#rows .holder").textContent.includes("<script>alert(1)</script>")`)
	v.do(t, chromedp.Click("#rows .hold-it"))
	v.until(t, `document.getElementById("history") !== null && document.getElementById("word").textContent !== "Ready"`)
	v.until(t, `document.querySelectorAll("#rows script, #rows b, #groups script").length === 0`)
	v.unharmed(t)
}

func TestPageIsUsedByKeyboardAndFitsAPhone(t *testing.T) {
	th := openTheatre(t)
	v := visit(t, th.URL)
	v.do(t, chromedp.Focus("#column-tibillet [data-code=paid] .phone"), chromedp.KeyEvent("\r"))
	v.until(t, `document.getElementById("word").textContent === "Admitted"`)
	v.until(t, `document.activeElement.classList.contains("phone")`) // the page came up to date under the finger
	v.do(t, chromedp.Focus("#column-stebby .switch"), chromedp.KeyEvent(" "))
	v.until(t, `document.querySelector("#column-stebby .switch").getAttribute("aria-checked") === "false"`)
	v.until(t, `document.activeElement.classList.contains("switch")`)
	v.do(t, chromedp.EmulateViewport(1280, 800))
	v.until(t, `new Set([...document.querySelectorAll(".column")].map((e) => e.getBoundingClientRect().top)).size === 1`) // side by side
	for _, width := range []int64{1280, 1024, 768, 390, 320} {
		v.do(t, chromedp.EmulateViewport(width, 800))
		v.until(t, fmt.Sprintf(`document.documentElement.scrollWidth <= %d`, width))
	}
	v.until(t, `[...document.querySelectorAll("button, input, select")].every((e) => e.labels?.length || e.textContent.trim() || e.getAttribute("aria-label"))`)
	v.until(t, `[...document.querySelectorAll("[id]")].length === new Set([...document.querySelectorAll("[id]")].map((e) => e.id)).size`)
	v.unharmed(t)
}
