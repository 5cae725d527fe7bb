//go:build browser

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// person is somebody in front of a real browser: what they would notice is
// noted, script errors, requests to strangers, pages that do not fit.
type person struct {
	t    *testing.T
	ctx  context.Context
	base string // of the station's page, without a slash at its end

	mu       sync.Mutex
	faults   []string // exceptions, and whatever the browser refused to load or run
	expected []string // parts of complaints that belong to the scene
	requests []string
}

// openBrowser puts somebody before the page of a station.
func openBrowser(t *testing.T, base string) *person {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("these tests need chromium in the path: %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("lang", "en"), chromedp.Flag("ignore-certificate-errors", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &person{t: t, ctx: ctx, base: base}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, p.notice); err != nil {
		t.Fatal(err)
	}
	return p
}

// notice follows what the browser says.
func (p *person) notice(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		p.faults = append(p.faults, e.ExceptionDetails.Text+" "+e.ExceptionDetails.URL)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			p.faults = append(p.faults, e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	case *page.EventJavascriptDialogOpening:
		go func() { // the browser waits for the answer before it says anything else
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	}
}

// do carries out steps, within the patience of a test.
func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// open goes to a page of the station.
func (p *person) open(path string) {
	p.t.Helper()
	p.do(chromedp.Navigate(p.base + path))
}

// sees waits until an expression about the page holds, across navigations.
func (p *person) sees(condition string) {
	p.t.Helper()
	end := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithDeadline(p.ctx, end)
		_, err := chromedp.Run(ctx, chromedp.Poll[bool]("Boolean("+condition+")", chromedp.WithPollingTimeout(time.Until(end))))
		cancel()
		if err == nil {
			return
		}
		if errors.Is(err, chromedp.ErrPollingTimeout) || p.ctx.Err() != nil || time.Now().After(end) {
			p.t.Fatalf("never came true: %s: %v\nat %v the page says:\n%.1500s", condition, err, p.eval(`location.href`), p.eval(`document.body.innerText`))
		}
	}
}

// reads waits until the page shows a text.
func (p *person) reads(text string) {
	p.t.Helper()
	p.sees("document.body.innerText.includes(" + quoteJS(text) + ")")
}

// told waits until the station's status s has what an expression wants.
func (p *person) told(condition string) {
	p.t.Helper()
	until(p.t, condition, func() error {
		v, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](
			`fetch("/api/v1/status").then((r) => r.json()).then((s) => Boolean(`+condition+`))`, chromedp.EvalAwaitPromise))
		if err == nil && !v {
			err = errors.New("not yet")
		}
		return err
	})
}

func (p *person) eval(expression string) any {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[any](expression))
	if err != nil {
		return fmt.Sprintf("%v", err)
	}
	return v
}

// fill writes into the field with this name, in the place of what stood there.
func (p *person) fill(name, text string) {
	p.t.Helper()
	field := fmt.Sprintf(`[name=%q]`, name)
	p.sees("document.querySelector(" + quoteJS(field) + ")")
	p.do(chromedp.SetValue(field, text))
}

// press presses the first visible button or link of the main part that bears
// these words, or is named by them.
func (p *person) press(words string) {
	p.t.Helper()
	find := `[...document.querySelectorAll("main button, main a, main summary, header button")].find((e) => e.offsetParent !== null && !e.disabled &&
		(e.textContent.trim() === ` + quoteJS(words) + ` || e.getAttribute("aria-label") === ` + quoteJS(words) + `))`
	p.sees(find)
	p.eval(find + ".click()")
}

// logIn opens a session with a password or the token.
func (p *person) logIn(secret string) {
	p.t.Helper()
	p.open("/login")
	p.do(chromedp.SetValue(`#password`, secret))
	p.eval(`document.querySelector("form#login").requestSubmit()`)
	p.sees(`location.pathname !== "/login"`)
}

// sits gives the window a size and a light.
func (p *person) sits(width, height int64, dark bool) {
	p.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	p.do(chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// axeScript is the judge of accessibility: the file that AXE names.
func axeScript(t *testing.T) string {
	t.Helper()
	path := os.Getenv("AXE")
	if path == "" {
		t.Fatal("AXE must name axe.min.js of the package axe-core; .ci/run browser fetches it")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// accessible fails for every serious fault that axe-core finds on the page as
// it stands.
func (p *person) accessible(where, axe string) {
	p.t.Helper()
	p.eval(axe + "; 1")
	run := `axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations
		.filter((v) => v.impact === "serious" || v.impact === "critical")
		.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 4).map((n) => n.html.slice(0, 160) + " " + (n.any[0]?.message || n.all[0]?.message || ""))}))))`
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](run, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Errorf("%s: axe-core did not run: %v", where, err)
		return
	}
	var faults []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(raw), &faults); err != nil {
		p.t.Fatal(err)
	}
	for _, f := range faults {
		p.t.Errorf("%s: %s: %s\n\t%s", where, f.ID, f.Help, strings.Join(f.Nodes, "\n\t"))
	}
}

// fits fails when the page can be pushed sideways.
func (p *person) fits(where string) {
	p.t.Helper()
	if wide := p.eval(`document.documentElement.scrollWidth > document.documentElement.clientWidth
		? [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join("\n") || "?" : ""`); wide != "" {
		p.t.Errorf("%s is wider than the window:\n%v", where, wide)
	}
}

// picture keeps a screenshot in the folder that SCREENSHOTS names, if any.
func (p *person) picture(name string) {
	p.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// expects says that the browser will complain of something, and that it should.
func (p *person) expects(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, part)
}

// content fails for script errors and for requests to anywhere but the station.
func (p *person) content() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, fault := range p.faults {
		if !slices.ContainsFunc(p.expected, func(part string) bool { return strings.Contains(fault, part) }) {
			p.t.Errorf("the browser complains: %s", fault)
		}
	}
	if len(p.requests) == 0 {
		p.t.Error("no request was seen")
	}
	for _, r := range p.requests {
		if !strings.HasPrefix(r, p.base+"/") && !strings.HasPrefix(r, "about:") && !strings.HasPrefix(r, "data:") && !strings.HasPrefix(r, "blob:") {
			p.t.Errorf("request to another host: %s", r)
		}
	}
}

// quoteJS writes text as a string of JavaScript.
func quoteJS(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(raw)
}

// setValue writes into a field and tells the page that somebody did.
func setValue(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SetValue(selector, text)
}
