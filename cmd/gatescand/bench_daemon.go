package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/pairing"
)

const (
	targetReady  = 500 // milliseconds
	targetMemory = 40  // MiB
)

const (
	// benchStarts is how often the daemon is started to take the median.
	benchStarts = 3
	// benchStartPatience is how long a start may take before it has failed.
	benchStartPatience = 2 * time.Minute
	// benchBigPage is a page of the large list, which is not swept for its own sake.
	benchBigPage = 5000
)

// measureDaemon measures what can only be seen of the daemon from outside: how
// soon it decides, and how much memory it holds.
func (b *bench) measureDaemon(ctx context.Context, r *benchReport) error {
	b.progress("showing %d tickets to the daemon", b.plan.Scans)
	if err := b.copyList("daemon"); err != nil {
		return err
	}
	memory := func(d *benchDaemon) error { return b.measureMemory(ctx, d, r) }
	if b.plan.Many == b.plan.Tickets {
		return b.measureReady(ctx, "daemon", b.plan.Tickets, r, memory)
	}
	if _, err := b.startOnce(ctx, "daemon", b.codes[0], memory); err != nil {
		return err
	}
	b.progress("caching a list of %d tickets", b.plan.Many)
	if err := b.makeList(ctx, "many", b.plan.Many, benchBigPage); err != nil {
		return err
	}
	return b.measureReady(ctx, "many", b.plan.Many, r, nil)
}

// measureReady measures how long after its start the daemon has answered the
// first code, with nothing of the database in memory. After the last start,
// further may look at the daemon.
func (b *bench) measureReady(ctx context.Context, name string, n int, r *benchReport, further func(*benchDaemon) error) error {
	b.progress("starting the daemon on a list of %d tickets", n)
	var took spread
	for i := range benchStarts {
		code, err := b.press.sign(ticketID(n-1-i, n))
		if err != nil {
			return err
		}
		then := further
		if i < benchStarts-1 {
			then = nil
		}
		d, err := b.startOnce(ctx, name, code, then)
		if err != nil {
			return err
		}
		took = append(took, d)
	}
	r.add(benchFigure{
		Name: "start to first decision", Value: millis(took.p50()), Unit: unitMillis, Target: targetReady,
		Detail: fmt.Sprintf("%d tickets, %d starts, database not in memory", n, benchStarts),
	})
	return nil
}

// measureMemory reads the daemon's memory after it has answered scans.
func (b *bench) measureMemory(ctx context.Context, d *benchDaemon, r *benchReport) error {
	fresh, err := d.memory()
	if err != nil {
		return err
	}
	for _, code := range b.codes[1:min(b.plan.Scans+1, len(b.codes))] {
		if err := d.scan(ctx, code); err != nil {
			return err
		}
	}
	used, err := d.memory()
	if err != nil {
		return err
	}
	r.add(benchFigure{
		Name: "resident memory", Value: used.resident / kib, Unit: unitMiB, Target: targetMemory,
		Detail: fmt.Sprintf("%d tickets, after %d scans; %s after the start, %s at most, %s without what is backed by files",
			b.plan.Tickets, b.plan.Scans, amount(fresh.resident/kib, unitMiB), amount(used.peak/kib, unitMiB), amount(used.anonymous/kib, unitMiB)),
	})
	return nil
}

// benchDaemon is a daemon of our own, on a configuration of its own.
type benchDaemon struct {
	client *client
	pid    int
	log    *bytes.Buffer // to be read once it has ended
}

// startOnce starts the daemon on a database, gives how long it took until it
// had answered code, has then look at it, and stops it.
func (b *bench) startOnce(ctx context.Context, name string, code []byte, then func(*benchDaemon) error) (took time.Duration, err error) {
	cfg, file, err := b.daemonConfig(ctx, name)
	if err != nil {
		return 0, err
	}
	if _, err := pairing.Token(filepath.Join(cfg.Station.DataDir, "api-token")); err != nil {
		return 0, err
	}
	d := &benchDaemon{log: &bytes.Buffer{}}
	if d.client, err = newClient(cfg); err != nil {
		return 0, err
	}
	if err := forgetFile(b.path(name)); err != nil {
		return 0, err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	args := append(b.program[1:len(b.program):len(b.program)], "run", "--config", file)
	cmd := exec.CommandContext(running, b.program[0], args...) //nolint:gosec // this very program
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "CREDENTIALS_DIRECTORY=")
	cmd.Stdout, cmd.Stderr = d.log, d.log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	d.pid = cmd.Process.Pid
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	took, err = d.firstDecision(ctx, code, start, ended)
	if err == nil && then != nil {
		err = then(d)
	}
	stop()
	end := <-ended
	if err == nil && (end == nil || errors.Is(end, context.Canceled)) {
		return took, nil
	}
	return 0, errors.Join(err, fmt.Errorf("how the daemon ended: %w", end), d.lastWords())
}

// firstDecision presents a code again and again until the daemon answers.
func (d *benchDaemon) firstDecision(ctx context.Context, code []byte, start time.Time, ended chan error) (time.Duration, error) {
	for {
		err := d.scan(ctx, code)
		if err == nil {
			return time.Since(start), nil
		}
		if !errors.Is(err, errNotRunning) || time.Since(start) > benchStartPatience {
			return 0, fmt.Errorf("the daemon does not decide: %w", err)
		}
		select {
		case err := <-ended:
			ended <- err
			return 0, errors.New("the daemon has ended before it decided anything")
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// scan presents a code through the API and wants it admitted.
func (d *benchDaemon) scan(ctx context.Context, code []byte) error {
	var answer admin.Decision
	err := d.client.call(ctx, "POST", "/api/v1/lanes/"+benchLane+"/scans", map[string][]byte{"payload_base64": code}, &answer)
	if err != nil {
		return err
	}
	if answer.Verdict != "admit" || !answer.Recorded {
		return fmt.Errorf("a test ticket was answered with %s, %s", answer.Verdict, answer.Reason)
	}
	return nil
}

// lastWords gives the end of the daemon's log as an error.
func (d *benchDaemon) lastWords() error {
	const most = 500
	log := bytes.TrimSpace(d.log.Bytes())
	return fmt.Errorf("the daemon's last words: %s", clean(string(log[max(len(log)-most, 0):])))
}

// daemonMemory is in KiB.
type daemonMemory struct{ resident, anonymous, peak float64 }

// memory reads what the kernel says of the daemon's memory.
func (d *benchDaemon) memory() (daemonMemory, error) {
	var m daemonMemory
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.pid))
	if err != nil {
		return m, err
	}
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		value, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			continue
		}
		switch fields[0] {
		case "VmRSS:":
			m.resident = value
		case "RssAnon:":
			m.anonymous = value
		case "VmHWM:":
			m.peak = value
		}
	}
	if m.resident == 0 {
		return m, errors.New("the kernel does not say how much memory a process holds")
	}
	return m, nil
}

// daemonConfig writes the configuration of a daemon on a database of this run:
// one lane without a reader, one account whose server is not there.
func (b *bench) daemonConfig(ctx context.Context, name string) (*configs.Config, string, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, "", err
	}
	text := fmt.Sprintf(`
[station]
name     = "Bench"
language = "en"
data_dir = %q

[admin]
listen = %q

[[account]]
name     = %q
platform = "tibillet"
url      = %q

[[lane]]
name      = %q
direction = "entry"
reader    = "virtual:"
`, filepath.Join(b.dir, name), address, benchAccount, benchURL, benchLane)
	file := filepath.Join(b.dir, name+".toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, "", err
	}
	a := &app{config: file, getenv: func(string) string { return "" }}
	cfg, err := a.load()
	return cfg, file, err
}

// freeAddress gives an address of this machine nobody listens on now.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// forgetFile takes a file that nobody has open out of the kernel's memory, so that
// it is read from the storage as after a boot.
func forgetFile(path string) error {
	f, err := os.Open(path) //nolint:gosec // a database of our own
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED), f.Close()) //nolint:gosec // a file descriptor
}
