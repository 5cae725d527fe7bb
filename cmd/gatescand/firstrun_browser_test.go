//go:build browser

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/configs"
	"gatescand/device/admin/words"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// box is a station as it comes out of its box: the program, an empty folder, a
// reader, and a platform somewhere.
type box struct {
	t      *testing.T
	fake   *faketibillet.Server
	reader *ptyReader
	config string
	data   string
	said   *said
	stop   func()
}

// said keeps what a program says.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// newBox runs the program on a configuration that says nothing but where it may
// keep its files and where its page is.
func newBox(t *testing.T) *box {
	t.Helper()
	fake, err := faketibillet.New(faketibillet.Options{Clock: time.Now, Source: rand.NewPCG(7, 7), RowSigning: faketibillet.SignHollow})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fake.AddEvent(faketibillet.Event{
		Name: "Tonight", Start: time.Now().Add(-time.Hour), End: time.Now().Add(4 * time.Hour),
		KeyPEM: platformtest.LoadTibilletVectors(t).Keys[0].PrivatePEM,
	}); err != nil {
		t.Fatal(err)
	}
	platformtest.StartTibillet(t, fake)
	p, err := newPTYReader()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	dir := t.TempDir()
	b := &box{t: t, fake: fake, reader: p, config: filepath.Join(dir, "gatescand.toml"), data: filepath.Join(dir, "data"), said: &said{}}
	a := &app{getenv: func(string) string { return "" }, now: time.Now}
	cfg, err := configs.Parse("fresh", fmt.Appendf(nil, "[station]\ndata_dir = %q\n[admin]\nlisten = \"127.0.0.1:0\"\n", b.data), a.configEnv())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.config, configs.Write(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var done sync.WaitGroup
	done.Go(func() {
		if code := run(ctx, []string{"--config", b.config, "run"}, stdio{in: strings.NewReader(""), out: io.Discard, err: b.said}, func(string) string { return "" }); code != 0 {
			t.Errorf("the program ended with %d", code)
		}
	})
	b.stop = sync.OnceFunc(func() { cancel(); done.Wait() })
	t.Cleanup(func() {
		b.stop()
		if t.Failed() {
			t.Logf("the program said:\n%s", b.said)
		}
	})
	return b
}

// file waits until a file of the data directory is there and gives what it says.
func (b *box) file(name string) string {
	b.t.Helper()
	var raw []byte
	until(b.t, "the file "+name, func() (err error) {
		raw, err = os.ReadFile(filepath.Join(b.data, name))
		return err
	})
	return strings.TrimSpace(string(raw))
}

// until waits until something succeeds.
func until(t *testing.T, what string, try func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited %v for: %s: %v", patience, what, err)
		case <-tick.C:
		}
	}
}

// english says what the page says.
func english(t *testing.T) words.Speaker {
	t.Helper()
	book, err := words.Open()
	if err != nil {
		t.Fatal(err)
	}
	return book.In("en")
}

// TestFirstRun takes a fresh station from its set-up code to its first admitted
// ticket, with nothing but a browser, a reader and the platform's pairing code.
func TestFirstRun(t *testing.T) {
	b := newBox(t)
	say := english(t)
	base := b.file(pageURLName)
	p := openBrowser(t, base)
	p.sits(360, 740, false)
	axe := axeScript(t)
	look := func(step string) {
		t.Helper()
		p.picture("setup-" + step + "-phone")
		p.accessible("set-up, "+step, axe)
		p.fits("set-up, " + step)
	}

	// A stranger gets nowhere, and the code is said on the box only.
	p.open("/")
	p.sees(`location.pathname === "/login"`)
	shown := &said{}
	if code := run(t.Context(), []string{"--config", b.config, "admin", "setup-code"}, stdio{in: strings.NewReader(""), out: shown, err: shown}, func(string) string { return "" }); code != 0 {
		t.Fatalf("the set-up code is not told: %s", shown)
	}
	code := b.file("setup-code")
	if !strings.Contains(shown.String(), code) || strings.Contains(b.said.String(), code) {
		t.Errorf("the set-up code %q is told in the log, or not to its owner: %s", code, shown)
	}
	p.do(setValue("#password", "WRONG-CODE"))
	p.eval(`document.querySelector("form#login").requestSubmit()`)
	p.sees(`document.getElementById("problem")`)
	p.reads(say.T("login_code_button"))
	p.logIn(code)
	p.sees(`location.pathname.startsWith("/setup")`)

	p.fill("password", "correct horse")
	p.do(setValue("#setup-again", "correct horse"))
	look("password")
	p.press(say.T("setup_password_save_admin"))
	p.reads(say.T("setup_password_staff_text"))
	p.press(say.T("setup_next") + " →")
	p.sees(`location.pathname === "/setup/station"`)
	if _, err := os.Stat(filepath.Join(b.data, "setup-code")); err == nil {
		t.Error("the set-up code outlives the password")
	}

	p.fill("name", "Café Théâtre")
	p.do(setValue("#language", "fr"))
	look("station")
	p.press(say.T("setup_save_next"))
	p.sees(`location.pathname === "/setup/reader"`)

	// The reader of this test is a pseudo-terminal, which no inventory lists: its address is typed.
	p.fill("name", "north")
	p.fill("reader", "serial:"+b.reader.path+"?baud=115200")
	look("reader")
	p.press(say.T("setup_save_next"))
	p.sees(`location.pathname === "/setup/signals"`)
	look("signals")

	p.open("/setup/account")
	_, pairing, err := b.fake.NewScanApp("north")
	if err != nil {
		t.Fatal(err)
	}
	p.press(say.T("setup_pair_arm"))
	p.reads(say.T("setup_pair_armed"))
	p.told(`s.lanes.length === 1 && s.lanes[0].reader.state === "up"`)
	if err := b.reader.Hold([]byte(pairing)); err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(b.fake.BaseURL(), "http://")
	p.reads(say.T("setup_pair_confirm", "Word", host))
	look("account")
	p.press(say.T("setup_pair_agree"))
	p.told(`s.accounts.length === 1 && s.accounts[0].paired && s.accounts[0].as_of !== null`)

	p.open("/setup/event")
	p.reads("Tonight")
	look("event")
	p.open("/setup/test")
	event := b.fake.Events()[0].UUID
	ticket, err := b.fake.AddTicket(faketibillet.Ticket{Event: event, Status: faketibillet.Valid, FirstName: "Ada", LastName: "Lovelace", Product: "Billet", Price: "Plein"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := b.fake.PrintQR(ticket)
	if err != nil {
		t.Fatal(err)
	}
	p.sees(`document.getElementById("live").textContent === "Live"`)
	if err := b.reader.Hold([]byte(text)); err != nil {
		t.Fatal(err)
	}
	p.reads(say.T("setup_scan_admit"))
	look("test")
	p.open("/setup/done")
	p.reads(say.T("setup_ready"))
	look("done")
	p.expects("status of 401")
	p.expects("status of 409")
	p.content()

	// What has been set up stands in a file that people can read.
	raw, err := os.ReadFile(b.config)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Café Théâtre", `language = "fr"`, b.fake.BaseURL(), "[[lane]]", "# "} {
		if !strings.Contains(strings.ReplaceAll(string(raw), "  ", " "), part) {
			t.Errorf("the configuration lacks %q:\n%s", part, raw)
		}
	}
	if strings.Contains(string(raw), "correct horse") {
		t.Error("a password stands in the configuration")
	}
}
