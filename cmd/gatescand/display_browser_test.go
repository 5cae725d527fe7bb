//go:build browser

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// outOfOrderWithin is how soon a display says that the daemon behind it is gone
// or hangs: three beats and a half second, and what a busy machine adds.
const outOfOrderWithin = 9 * time.Second

// display is the real program with the big screen in a real browser.
type display struct {
	t      *testing.T
	config string
	cmd    *exec.Cmd
}

// start starts the daemon.
func (d *display) start() {
	d.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		d.t.Fatal(err)
	}
	d.cmd = exec.Command(exe, "run", "--config", d.config) //nolint:noctx,gosec // our own program; it is killed when and as this test says
	d.cmd.Args[0] = "gatescand"                            // TestMain runs the program itself under this name
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
}

// kill ends the daemon as a pulled plug does.
func (d *display) kill() {
	d.t.Helper()
	if err := d.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		d.t.Error(err)
	}
	_ = d.cmd.Wait() // it was killed
}

func TestTheDisplayIsOutOfOrderWhileTheDaemonIsAway(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	d := &display{t: t, config: filepath.Join(dir, "gatescand.toml")}
	text := fmt.Sprintf("[station]\nname = \"Door\"\nlanguage = \"et\"\ndata_dir = %q\n[admin]\nlisten = %q\ntls = \"self-signed\"\n[[lane]]\nname = \"north\"\nreader = \"virtual:\"\n",
		filepath.Join(dir, "data"), address)
	if err := os.WriteFile(d.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start()
	t.Cleanup(func() { d.kill() })
	page := kioskPage{base: "https://" + address, lane: "north"}
	if _, _, err := (kioskPages{page}).await(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := openBrowser(t, page.base)
	p.open("/display/north?mute=1")
	works := `document.body.dataset.show !== "down" && document.body.dataset.show !== undefined`
	away := `document.body.dataset.show === "down" && document.getElementById("message").textContent === "Ei tööta"`
	p.sees(works)

	within := func(what string) {
		t.Helper()
		began := time.Now()
		p.sees(away)
		if took := time.Since(began); took > outOfOrderWithin {
			t.Errorf("%s: out of order after %v", what, took)
		}
	}
	d.kill()
	within("killed")
	d.start()
	p.sees(works)

	if err := d.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	within("hanging")
	if err := d.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	p.sees(works)
}
