package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/creack/pty"
	"github.com/spf13/cobra"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/scanner/admission"
)

// holdPatience is how long the demo waits for the gate's answer.
const holdPatience = 10 * time.Second

// The passwords of the demo's page, told to everybody.
const (
	demoAdminPassword = "demo-admin"
	demoStaffPassword = "demo-staff"
)

func (a *app) demoCommand() *cobra.Command {
	var openPort, platformsPort int
	var verbose bool
	cmd := &cobra.Command{
		Use: "demo", Short: "Everything on one laptop, without hardware or accounts", Args: noArgs,
		Long: "Starts four whole pretended platforms, each with an evening's tickets, pairs with them or\n" +
			"takes their keys, pulls what lists there are, and opens a lane on a pseudo-terminal where\n" +
			"a reader would be. Open the page it prints, hold tickets before the reader, cut networks,\n" +
			"put servers into bad moods. Nothing is kept.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			log := slog.New(slog.DiscardHandler)
			if verbose {
				var err error
				if log, err = a.logger(); err != nil {
					return err
				}
			}
			return a.demo(cmd.Context(), openPort, platformsPort, log)
		},
	}
	cmd.Flags().IntVar(&openPort, "open-port", 8600, "port of the demo's page, 0 for any free one")
	cmd.Flags().IntVar(&platformsPort, "platforms-port", 0, "first of the four ports of the pretended platforms: TiBillet, TicketSonic, Stebby, BitTan; 0 for any free ones")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "show the daemon's log")
	return cmd
}

// demo runs the demo until ctx ends.
func (a *app) demo(ctx context.Context, openPort, platformsPort int, log *slog.Logger) (err error) {
	if err := checkPorts(openPort, platformsPort); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "gatescand-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	h, err := newPretended(uint64(time.Now().UnixNano()), time.Now)
	if err != nil {
		return err
	}
	stopPlatforms, err := h.serve(ctx, platformsPort)
	if err != nil {
		return err
	}
	defer stopPlatforms()

	reader, err := newPTYReader()
	if err != nil {
		return err
	}
	defer reader.Close() //nolint:errcheck // the demo is over
	cfg, err := a.demoConfig(dir, h, reader.path)
	if err != nil {
		return err
	}
	_, code, err := h.tibillet.NewScanApp("Demo gate")
	if err != nil {
		return err
	}
	if _, err := pairOffline(ctx, cfg, "", code); err != nil {
		return err
	}
	d, err := openDaemon(ctx, cfg, log)
	if err != nil {
		return err
	}
	if err := errors.Join(
		d.access.Set(ctx, admin.RoleAdmin, demoAdminPassword), d.access.Set(ctx, admin.RoleStaff, demoStaffPassword),
	); err != nil {
		return errors.Join(err, d.store.Close())
	}
	run, stop := context.WithCancel(ctx)
	defer stop()
	var running sync.WaitGroup
	var runErr error
	running.Go(func() {
		defer stop()
		runErr = d.run(run)
	})
	err = a.showStage(run, d, h, reader, openPort, log)
	stop()
	d.cut() // nothing is kept, so nothing is worth waiting for
	running.Wait()
	return errors.Join(err, runErr)
}

// showStage serves the demo's page until ctx ends.
func (a *app) showStage(
	ctx context.Context, d *daemon, h pretended, reader *ptyReader, port int, log *slog.Logger,
) error {
	page, err := d.waitForPage(ctx)
	if err != nil {
		return err
	}
	stage, err := newStage(stageOptions{
		Evening:    h.tibillet,
		Booths:     h.booths(),
		Hold:       func(ctx context.Context, code []byte) (heldAnswer, error) { return d.hold(ctx, reader, code) },
		StaffURL:   page + "/login#token=" + d.token,
		StaffReady: func() bool { return len(d.notReady(ctx)) == 0 && d.listComplete(ctx) },
		Status:     d.stageStatus,
		Sweep:      d.Sweep,
		HoldOff:    cfgHoldOff(d.first),
		Log:        log,
		Now:        time.Now,
	})
	if err != nil {
		return err
	}
	at, stopStage, err := serveLoopback(ctx, port, stage)
	if err != nil {
		return err
	}
	defer stopStage()
	if err := a.say("The demo is at\n\n    http://%s/\n\nThe station's own page for staff is at %s (the demo's page links to it).\nIts passwords are %s and %s.\n%sStop with Ctrl-C; nothing is kept.\n",
		at, page, demoStaffPassword, demoAdminPassword, h.told()); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// serveLoopback serves h on a port of this machine only.
func serveLoopback(ctx context.Context, port int, h http.Handler) (address string, stop func(), err error) {
	if port < 0 || port > 65535 {
		return "", nil, usagef("%d is no port; write 0 to 65535, 0 for any free one", port)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return "", nil, fmt.Errorf("port %d is not free; choose another, or any with --open-port 0 --platforms-port 0: %w", port, err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with ErrServerClosed when stopped
	}()
	return listener.Addr().String(), func() {
		_ = server.Close() // connections still open are a browser's; the demo is over
		<-done
	}, nil
}

// ptyReader is a pseudo-terminal whose far end a lane opens as it would a
// barcode reader.
type ptyReader struct {
	master *os.File
	path   string
}

func newPTYReader() (*ptyReader, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("no pseudo-terminal can be had: %w", err)
	}
	path := slave.Name()
	// The lane wants the far end for itself.
	if err := slave.Close(); err != nil {
		return nil, errors.Join(err, master.Close())
	}
	return &ptyReader{master: master, path: path}, nil
}

// Hold sends a code as a reader does.
func (r *ptyReader) Hold(code []byte) error {
	_, err := r.master.Write(append(append([]byte{}, code...), '\r', '\n'))
	return err
}

// Close ends the pseudo-terminal: the reader is unplugged.
func (r *ptyReader) Close() error { return r.master.Close() }

// waitForPage waits until the page is served and gives its URL.
func (d *daemon) waitForPage(ctx context.Context) (string, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if url := d.pageURL.Load(); url != nil {
			return *url, nil
		}
		select {
		case <-ctx.Done():
			return "", errors.New("the station stopped before its page was served")
		case <-tick.C:
		}
	}
}

// hold sends a code to the reader and waits for what the gate says to it.
func (d *daemon) hold(ctx context.Context, r *ptyReader, code []byte) (heldAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, holdPatience)
	defer cancel()
	heard, stop := d.taps.listen(admission.Digest(code))
	defer stop()
	if err := r.Hold(code); err != nil {
		return heldAnswer{}, err
	}
	select {
	case s := <-heard:
		return d.heldAnswer(s), nil
	case <-ctx.Done():
		return heldAnswer{}, errors.New("the gate did not answer")
	}
}

func (d *daemon) heldAnswer(s admin.Scanned) heldAnswer {
	c := s.CheckIn
	a := heldAnswer{
		Platform: string(c.Platform),
		Verdict:  string(c.Verdict), Reason: string(c.Reason), Grounds: string(c.Grounds),
		Headline: admin.Headline(d.words.In("en"), c), Detail: admin.Detail(d.words.In("en"), c, d.eventName(c.Ticket.Account, c.Event), time.Local),
		Message: admin.Message(d.words.In("en"), c), Again: s.Repeat, TookUS: s.Took.Microseconds(), Seq: c.Seq,
	}
	if c.Previous != nil && !c.Previous.At.IsZero() {
		a.Previous = c.Previous.At.Local().Format(time.TimeOnly)
	}
	return a
}

// taps let one caller hear what the gate says to one code.
type taps struct {
	mu        sync.Mutex
	listeners map[string][]chan admin.Scanned
}

func (t *taps) listen(digest string) (<-chan admin.Scanned, func()) {
	ch := make(chan admin.Scanned, 1)
	t.mu.Lock()
	if t.listeners == nil {
		t.listeners = make(map[string][]chan admin.Scanned)
	}
	t.listeners[digest] = append(t.listeners[digest], ch)
	t.mu.Unlock()
	return ch, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		var left []chan admin.Scanned
		for _, other := range t.listeners[digest] {
			if other != ch {
				left = append(left, other)
			}
		}
		if left == nil {
			delete(t.listeners, digest)
			return
		}
		t.listeners[digest] = left
	}
}

func (t *taps) tell(s admin.Scanned) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, ch := range t.listeners[s.Digest] {
		select {
		case ch <- s:
		default:
		}
	}
}

// cfgHoldOff is how long the demo's lane repeats its first answer.
func cfgHoldOff(cfg *configs.Config) time.Duration { return cfg.Lanes[0].HoldOff }

// stageStatus is the station's state for the demo's page.
func (d *daemon) stageStatus(ctx context.Context) stageStatus {
	var s stageStatus
	s.Ready = len(d.notReady(ctx)) == 0
	counts, _ := d.Counts(ctx) // a gap on the demo's page is no fault
	s.Admitted, s.Refused, s.Held, s.Inside = counts.Admitted, counts.Refused, counts.Held, counts.Inside
	accounts, _ := d.Accounts(ctx)
	for _, a := range accounts {
		s.Tickets += a.Tickets
		s.Sweeping = s.Sweeping || a.Sweep.Running
		s.Pending += a.Pending
		s.Buried += a.Buried
		if age, known := d.clock.Now().Since(a.AsOf); known && !a.AsOf.IsZero() {
			s.ListAge = new(int64(age / time.Second))
		}
	}
	s.Conflicts = int(d.conflicts.Load())
	s.Accounts = d.beliefs(ctx)
	for _, c := range d.health.Conditions() {
		name, _, _ := strings.Cut(c.Subject, "/")
		if _, told := s.Accounts[name]; !told && c.Severity != "info" {
			s.Conditions = append(s.Conditions, c.Text)
		}
	}
	return s
}
