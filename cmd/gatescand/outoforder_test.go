package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
	"gatescand/store"
)

// What the lane's reader is told, by the verdict.
const (
	toldAdmit  byte = 0x06
	toldRefuse byte = 0x15
	toldHold   byte = 0x05
)

// diskTrouble is one way in which the data directory of a station that has run
// before cannot be used, with how a person would mend it.
type diskTrouble struct {
	dir   string       // the data directory
	begin func() error // brings the trouble about
	mend  func() error
	files []string // must be what they were for as long as the trouble lasts
}

func TestAGateWhoseJournalCannotBeOpenedHoldsUntilItCan(t *testing.T) {
	rows := []struct {
		name  string
		make  func(*testing.T) diskTrouble
		cause []error // any of them
	}{
		{"a database full of garbage", garbage, []error{store.ErrCorrupt}},
		{"a database whose first half is gone", headless, []error{store.ErrCorrupt}},
		{"a full disk", fullDisk, []error{store.ErrFull}},
		{"a data directory that takes no writes", readOnly, []error{store.ErrReadOnly, syscall.EROFS, syscall.EACCES, syscall.ENOTDIR}},
		{"a data directory whose disk is not there", notADirectory, []error{syscall.ENOTDIR}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			tr := row.make(t)
			g := newGateWithout(t, tr.dir)
			head := g.useOnce()
			if err := tr.begin(); err != nil {
				t.Fatal(err)
			}
			before := contents(t, tr.files)

			cause := g.openFails()
			if !isStorageTrouble(cause) || !isAny(cause, row.cause) {
				t.Fatalf("the daemon does not start because of: %v", cause)
			}
			t.Logf("the cause: %v", cause)
			g.start(cause)
			g.holds("NO-1")
			g.saysWhy(cause)
			for range 3 { // later attempts find what the first found and change nothing
				g.waitForAttempt()
			}
			g.holds("NO-2")
			t.Logf("the condition: %s", g.conditionText())
			if after := contents(t, tr.files); !bytes.Equal(before, after) {
				t.Error("what cannot be used was changed")
			}

			if err := tr.mend(); err != nil {
				t.Fatal(err)
			}
			d := g.opened()
			if g.taken != nil {
				t.Errorf("the opened daemon cannot serve its page: %v", g.taken)
			}
			if now, _, err := d.store.Head(t.Context()); err != nil || now != head {
				t.Errorf("the journal ends with row %d, %v; want %d", now, err, head)
			}
			g.decides(d, "NO-3")
		})
	}
}

func TestStoppingAGateWithoutAJournalLetsGoOfEverything(t *testing.T) {
	g := newGateWithout(t, filepath.Join(notADirectory(t).blocked(t), "data"))
	cause := g.openFails()
	g.start(cause)
	g.holds("NO-1")
	g.page()

	g.cancel()
	d, err := g.result()
	if d != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", d, err)
	}
	if g.taken != nil {
		t.Errorf("the page is still served: %v", g.taken)
	}
	if _, err := g.o.d.Scan(t.Context(), "north", []byte("NO-2")); err == nil {
		t.Error("the lane still answers")
	}
	// The reader is taken for one program alone; it must be free again.
	h, err := os.OpenFile(g.reader.path, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnotherCauseIsSaidAndAMistakeEndsIt(t *testing.T) {
	g := newGateWithout(t, filepath.Join(notADirectory(t).blocked(t), "data"))
	var now atomic.Pointer[error]
	first := fmt.Errorf("first: %w", store.ErrIO)
	now.Store(&first)
	g.open = func(context.Context) (*daemon, error) { return nil, *now.Load() }
	g.start(first)
	g.saysWhy(first)
	second := fmt.Errorf("second: %w", store.ErrCorrupt)
	now.Store(&second)
	g.eventually("the new cause is said", func() bool { return strings.Contains(g.conditionText(), "second") })
	g.saysWhy(second)

	busy := fmt.Errorf("third: %w", store.ErrBusy)
	now.Store(&busy)
	if d, err := g.result(); d != nil || !errors.Is(err, store.ErrBusy) {
		t.Errorf("%v, %v", d, err)
	}
}

func TestAReloadTriesToOpenTheJournalAtOnce(t *testing.T) {
	// Whoever does not take this signal dies of it.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	tr := notADirectory(t)
	tr.blocked(t)
	g := newGateWithout(t, tr.dir)
	done := make(chan struct{})
	ctx, cancel := contextOf(t)
	go func() {
		defer close(done)
		g.d, g.err = runUntilJournal(ctx, g.cfg, newDiscard(), g.openFails(), func(context.Context) (*daemon, error) {
			g.attempts.Add(1)
			return &daemon{}, nil
		})
	}()
	defer func() { cancel(); <-done }()
	began := time.Now()
	g.done = done
	g.eventually("it is opened", func() bool {
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		return g.attempts.Load() > 0
	})
	if took := time.Since(began); took >= reopenEvery {
		t.Errorf("it took %v, as without being asked", took)
	}
	if d, err := g.result(); d == nil || err != nil {
		t.Errorf("%v, %v", d, err)
	}
}

func TestAGateThatCannotEvenHoldSaysBothCauses(t *testing.T) {
	g := newGateWithout(t, t.TempDir())
	g.cfg.Lanes[0].Reader = "pigeon:/nowhere"
	cause := fmt.Errorf("first: %w", store.ErrFull)
	d, err := runUntilJournal(t.Context(), g.cfg, newDiscard(), cause, g.open)
	if d != nil || !errors.Is(err, store.ErrFull) || !errors.Is(err, reader.ErrAddress) {
		t.Errorf("%v, %v", d, err)
	}
}

func TestSystemdHearsThatTheGateIsMannedAndWhatIsWrong(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	var lc net.ListenConfig
	conn, err := lc.ListenPacket(t.Context(), "unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing is written to it
	t.Setenv("NOTIFY_SOCKET", socket)
	g := newGateWithout(t, filepath.Join(t.TempDir(), "data"))
	cause := errors.Join(fmt.Errorf("the disk under the station: %w", store.ErrFull), errors.New("a second line"))
	g.open = func(context.Context) (*daemon, error) { return nil, cause }
	g.start(cause)
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	hear := func() string {
		buf := make([]byte, 4096)
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	if got := hear(); got != "READY=1" {
		t.Errorf("first %q", got)
	}
	for range 2 {
		state, status, _ := strings.Cut(hear(), "\n")
		if state != "WATCHDOG=1" || !strings.HasPrefix(status, "STATUS=not ready: ") ||
			!strings.Contains(status, store.ErrFull.Error()) || strings.Contains(status, "\n") {
			t.Errorf("%q with %q", state, status)
		}
	}
	g.cancel()
	for last := ""; last != "STOPPING=1"; {
		last = hear()
	}
}

func TestTheTokenIsTheOneOfTheDirectoryOrOneThatNobodyKnows(t *testing.T) {
	dir := t.TempDir()
	kept := anyToken(dir, newDiscard())
	if raw, err := os.ReadFile(filepath.Join(dir, "api-token")); err != nil || strings.TrimSpace(string(raw)) != kept {
		t.Errorf("the token is not the file's: %v", err)
	}
	if again := anyToken(dir, newDiscard()); again != kept {
		t.Error("the token changed")
	}
	if err := os.WriteFile(filepath.Join(dir, "api-token"), []byte("damaged\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	one, other := anyToken(dir, newDiscard()), anyToken(dir, newDiscard())
	if one == other || one == kept || len(one) < 16 {
		t.Error("a token that can be known or guessed")
	}
}

func TestALaneThatStaffClosedIsShownClosedWithoutAJournalToo(t *testing.T) {
	g := newGateWithout(t, t.TempDir())
	open := func() bool {
		o, err := newOutOfOrder(g.cfg, newDiscard(), store.ErrFull)
		if err != nil {
			t.Fatal(err)
		}
		return o.d.Lanes()[0].Open
	}
	if !open() {
		t.Error("closed, and nobody closed it")
	}
	if err := openLaneStates(g.cfg.Station.DataDir, laneNames(g.cfg)).setClosed("north", true); err != nil {
		t.Fatal(err)
	}
	if open() {
		t.Error("open, and staff closed it")
	}
}

func TestOnlyTroubleWithTheDiskIsWaitedFor(t *testing.T) {
	path := func(errno error) error { return &os.PathError{Op: "open", Path: "x", Err: errno} }
	rows := []struct {
		name string
		err  error
		want bool
	}{
		{"no error at all", nil, false},
		{"a full disk, in the store's words", fmt.Errorf("open: %w", store.ErrFull), true},
		{"a write-protected database", fmt.Errorf("open: %w", store.ErrReadOnly), true},
		{"a damaged database", fmt.Errorf("open: %w", store.ErrCorrupt), true},
		{"a failing disk, in the store's words", fmt.Errorf("open: %w", store.ErrIO), true},
		{"no room for the token", path(syscall.ENOSPC), true},
		{"a used-up quota", path(syscall.EDQUOT), true},
		{"a credentials folder on a read-only file system", path(syscall.EROFS), true},
		{"a credentials folder of somebody else", path(syscall.EACCES), true},
		{"a data directory below a file", path(syscall.ENOTDIR), true},
		{"a disk that fails to read", path(syscall.EIO), true},
		{"a file system that wants repair", path(syscall.EUCLEAN), true},
		{"a disk that was unplugged", path(syscall.ENODEV), true},
		{"trouble when closing after the trouble", errors.Join(store.ErrCorrupt, errors.New("close")), true},
		{"a database of a newer release", fmt.Errorf("open: %w", store.ErrNewerSchema), false},
		{"a second daemon", fmt.Errorf("open: %w", store.ErrBusy), false},
		{"a second daemon on a disk that fails", errors.Join(store.ErrBusy, path(syscall.EIO)), false},
		{"a file system without durable writing", fmt.Errorf("open: %w", store.ErrPragma), false},
		{"a stop while starting", context.Canceled, false},
		{"anything else", errors.New("no space left on device"), false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := isStorageTrouble(row.err); got != row.want {
				t.Errorf("%v: %v", row.err, got)
			}
		})
	}
}

func TestASecondDaemonIsNoTroubleWithTheDisk(t *testing.T) {
	g := newGateWithout(t, filepath.Join(t.TempDir(), "data"))
	first, err := openDaemon(t.Context(), g.cfg, newDiscard())
	if err != nil {
		t.Fatal(err)
	}
	defer first.store.Close() //nolint:errcheck // the test is over
	if err := g.openFails(); isStorageTrouble(err) {
		t.Errorf("the gate would hold for ever: %v", err)
	}
}

// The troubles.

func garbage(t *testing.T) diskTrouble {
	t.Helper()
	return damaged(t, func(good []byte) []byte { return bytes.Repeat([]byte("not a database "), len(good)/15) })
}

func headless(t *testing.T) diskTrouble {
	t.Helper()
	return damaged(t, func(good []byte) []byte { return append(make([]byte, len(good)/2), good[len(good)/2:]...) })
}

// damaged is a database whose bytes were changed; it is mended by putting the
// good file back.
func damaged(t *testing.T, change func([]byte) []byte) diskTrouble {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(dir, databaseName)
	aside := filepath.Join(t.TempDir(), "good")
	return diskTrouble{
		dir: dir, files: []string{file},
		begin: func() error {
			good, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			return errors.Join(os.WriteFile(aside, good, 0o600), os.WriteFile(file, change(good), 0o600))
		},
		mend: func() error { return os.Rename(aside, file) },
	}
}

// fullDisk is a small file system filled to the brim, or, where none may be
// mounted, the kernel's own full device in the place of the log.
func fullDisk(t *testing.T) diskTrouble {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, databaseName)
	if !mountSmall(t, dir) {
		log := file + "-wal"
		aside := log + ".aside"
		return diskTrouble{
			dir: dir, files: []string{file},
			begin: func() error { return errors.Join(moveAside(log, aside), os.Symlink("/dev/full", log)) },
			mend:  func() error { return errors.Join(os.Remove(log), moveAside(aside, log)) },
		}
	}
	filler := filepath.Join(dir, "filler")
	return diskTrouble{
		dir: dir, files: []string{file},
		begin: func() error {
			h, err := os.Create(filler)
			if err != nil {
				return err
			}
			for block := make([]byte, 4<<10); err == nil; {
				_, err = h.Write(block)
			}
			if errors.Is(err, syscall.ENOSPC) {
				err = nil
			}
			return errors.Join(err, h.Close())
		},
		mend: func() error { return os.Remove(filler) },
	}
}

// readOnly is a file system mounted for reading only, or, where none may be
// mounted, a directory that this user may not enter.
func readOnly(t *testing.T) diskTrouble {
	t.Helper()
	dir := t.TempDir()
	files := []string{filepath.Join(dir, databaseName)}
	if mountSmall(t, dir) {
		mount := func(flags uintptr) error { return syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, "") }
		return diskTrouble{
			dir: dir, files: files,
			begin: func() error { return mount(syscall.MS_RDONLY) },
			mend:  func() error { return mount(0) },
		}
	}
	if os.Geteuid() == 0 {
		return notADirectory(t) // permissions do not bind this user
	}
	return diskTrouble{
		dir:   dir,
		begin: func() error { return os.Chmod(dir, 0) },
		mend:  func() error { return os.Chmod(dir, 0o700) },
	}
}

// notADirectory is a data directory below what turned into a file, as when a
// disk is not mounted and something lies in its place.
func notADirectory(t *testing.T) diskTrouble {
	t.Helper()
	mount := filepath.Join(t.TempDir(), "disk")
	aside := mount + ".aside"
	return diskTrouble{
		dir: filepath.Join(mount, "data"), files: []string{mount},
		begin: func() error {
			return errors.Join(moveAside(mount, aside), os.WriteFile(mount, []byte("somebody's notes\n"), 0o600))
		},
		mend: func() error { return errors.Join(os.Remove(mount), os.Rename(aside, mount)) },
	}
}

// blocked brings the trouble about and gives the folder that is a file.
func (tr diskTrouble) blocked(t *testing.T) string {
	t.Helper()
	if err := tr.begin(); err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(tr.dir)
}

// moveAside renames what may not be there.
func moveAside(from, to string) error {
	if err := os.Rename(from, to); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// mountSmall mounts a file system of 8 MB over dir where that is permitted.
func mountSmall(t *testing.T, dir string) bool {
	t.Helper()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m,mode=0700")
	if err != nil {
		t.Logf("no file system of its own: %v", err)
		return false
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return true
}

func contents(t *testing.T, files []string) []byte {
	t.Helper()
	var all []byte
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, raw...), 0)
	}
	return all
}

func isAny(err error, of []error) bool {
	for _, e := range of {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// gateWithout is a gate with one lane on a pseudo-terminal, and the wish to
// open its journal.
type gateWithout struct {
	t        *testing.T
	cfg      *configs.Config
	reader   *ptyReader
	every    time.Duration
	open     func(context.Context) (*daemon, error)
	attempts atomic.Int64

	o      *outOfOrder
	cancel context.CancelFunc
	done   chan struct{}
	d      *daemon
	err    error
	taken  error // why the page\'s port was not free the moment it ended
}

func newGateWithout(t *testing.T, dir string) *gateWithout {
	t.Helper()
	p, err := newPTYReader()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	// Without this a read there could not be given up.
	raw, err := p.master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var setErr error
	if err := raw.Control(func(fd uintptr) { setErr = syscall.SetNonblock(int(fd), true) }); err != nil || setErr != nil {
		t.Fatal(err, setErr)
	}
	text := fmt.Sprintf(`
[station]
name = "Door"
language = "en"
data_dir = %q
[admin]
listen = "127.0.0.1:0"
[[account]]
name = "lespass"
platform = "tibillet"
url = "https://lespass.example.org"
[[lane]]
name = "north"
reader = %q
hold_off = "0s"
  [lane.signal]
  admit = ["talkback:hex:06"]
  refuse = ["talkback:hex:15"]
  hold = ["talkback:hex:05"]
`, dir, "serial:"+p.path+"?baud=115200")
	a := &app{getenv: func(string) string { return "" }, now: time.Now}
	cfg, err := configs.Parse("test.toml", []byte(text), a.configEnv())
	if err != nil {
		t.Fatal(err)
	}
	g := &gateWithout{t: t, cfg: cfg, reader: p, every: 20 * time.Millisecond, cancel: func() {}}
	g.open = func(ctx context.Context) (*daemon, error) { return openDaemon(ctx, cfg, newDiscard()) }
	return g
}

// useOnce lets the station run as it should, for one scan, and gives the end of
// its journal.
func (g *gateWithout) useOnce() int64 {
	g.t.Helper()
	d, err := g.open(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	g.decides(d, "NO-0")
	db, err := store.OpenReadOnly(g.t.Context(), filepath.Join(g.cfg.Station.DataDir, databaseName), store.Options{Now: d.clock.Now})
	if err != nil {
		g.t.Fatal(err)
	}
	head, _, err := db.Head(g.t.Context())
	if err := errors.Join(err, db.Close()); err != nil || head == 0 {
		g.t.Fatal(head, err)
	}
	return head
}

// decides runs an opened daemon until it has answered one code by the rules.
func (g *gateWithout) decides(d *daemon, code string) {
	g.t.Helper()
	ctx, cancel := contextOf(g.t)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- d.run(ctx) }()
	g.waitForReader(d)
	if got := g.present(code); got != toldRefuse {
		g.t.Errorf("%s: the reader was told %#x, want a refusal", code, got)
	}
	cancel()
	if err := <-done; err != nil {
		g.t.Error(err)
	}
}

func (g *gateWithout) openFails() error {
	g.t.Helper()
	d, err := g.open(g.t.Context())
	if err == nil {
		g.t.Fatal("the journal can be opened", d.store.Close())
	}
	return err
}

// start runs the gate without a journal.
func (g *gateWithout) start(cause error) {
	g.t.Helper()
	o, err := newOutOfOrder(g.cfg, newDiscard(), cause)
	if err != nil {
		g.t.Fatal(err)
	}
	ctx, cancel := contextOf(g.t)
	g.o, g.cancel, g.done = o, cancel, make(chan struct{})
	var counted sync.WaitGroup
	counted.Go(func() {
		defer close(g.done)
		g.d, g.err = o.run(ctx, g.every, func(ctx context.Context) (*daemon, error) {
			d, err := g.open(ctx)
			g.attempts.Add(1)
			return d, err
		})
		if address := o.d.pageURL.Load(); address != nil {
			var lc net.ListenConfig
			l, err := lc.Listen(context.WithoutCancel(ctx), "tcp", *address)
			if err == nil {
				err = l.Close()
			}
			g.taken = err
		}
	})
	g.t.Cleanup(func() {
		cancel()
		counted.Wait()
	})
	g.waitForReader(o.d)
}

func (g *gateWithout) waitForReader(d *daemon) {
	g.t.Helper()
	g.eventually("the reader is up", func() bool {
		for _, l := range d.Lanes() {
			if !l.Reader.Up() {
				return false
			}
		}
		return true
	})
}

func (g *gateWithout) eventually(what string, cond func() bool) {
	g.t.Helper()
	(&rig{t: g.t}).eventually(what, cond)
}

func (g *gateWithout) waitForAttempt() {
	g.t.Helper()
	before := g.attempts.Load()
	// One may have been under way.
	g.eventually("opening is tried again", func() bool { return g.attempts.Load() >= before+2 })
}

// result waits for the end.
func (g *gateWithout) result() (*daemon, error) {
	g.t.Helper()
	g.eventually("it ends", func() bool {
		select {
		case <-g.done:
			return true
		default:
			return false
		}
	})
	return g.d, g.err
}

func (g *gateWithout) opened() *daemon {
	g.t.Helper()
	d, err := g.result()
	if err != nil || d == nil {
		g.t.Fatalf("the journal was not opened: %v", err)
	}
	return d
}

// present holds a code before the reader and gives what the reader is told.
func (g *gateWithout) present(code string) byte {
	g.t.Helper()
	if err := g.reader.Hold([]byte(code)); err != nil {
		g.t.Fatal(err)
	}
	if err := g.reader.master.SetReadDeadline(time.Now().Add(patience)); err != nil {
		g.t.Fatal(err)
	}
	one := make([]byte, 1)
	for {
		if _, err := g.reader.master.Read(one); err != nil {
			g.t.Fatalf("%s: no signal came: %v", code, err)
		}
		switch one[0] {
		case toldAdmit, toldRefuse, toldHold:
			return one[0]
		}
	}
}

// holds demands that a code is held, for the journal's sake.
func (g *gateWithout) holds(code string) {
	g.t.Helper()
	heard, stop := g.o.d.taps.listen(admission.Digest([]byte(code)))
	defer stop()
	if got := g.present(code); got != toldHold {
		g.t.Errorf("%s: the reader was told %#x, want a hold", code, got)
	}
	select {
	case s := <-heard:
		if s.Verdict != admission.Hold || s.Reason != admission.ReasonJournalUnavailable || s.Recorded {
			g.t.Errorf("%s: %s (%s), recorded %v", code, s.Verdict, s.Reason, s.Recorded)
		}
	case <-time.After(patience):
		g.t.Fatalf("%s: the page was not told", code)
	}
}

func (g *gateWithout) page() string {
	g.t.Helper()
	g.eventually("the page is served", func() bool { return g.o.d.pageURL.Load() != nil })
	return *g.o.d.pageURL.Load()
}

func (g *gateWithout) get(path, token string) (status int, body []byte) {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, "http://"+g.page()+path, http.NoBody)
	if err != nil {
		g.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	body, err = io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		g.t.Fatal(err)
	}
	return res.StatusCode, body
}

// saysWhy demands that the page works and names the cause.
func (g *gateWithout) saysWhy(cause error) {
	g.t.Helper()
	if status, _ := g.get("/healthz", ""); status != http.StatusOK {
		g.t.Errorf("/healthz gives %d", status)
	}
	var ready struct {
		Ready   bool
		Reasons []string
	}
	status, body := g.get("/readyz", "")
	if err := json.Unmarshal(body, &ready); err != nil {
		g.t.Fatalf("%v in %s", err, body)
	}
	if status != http.StatusServiceUnavailable || ready.Ready || len(ready.Reasons) != 1 {
		g.t.Errorf("/readyz gives %d, %+v", status, ready)
	}
	if status, body := g.get("/display/north", ""); status != http.StatusOK {
		g.t.Errorf("the display gives %d: %s", status, body)
	}
	if status, _ := g.get("/api/v1/status", ""); status != http.StatusUnauthorized {
		g.t.Errorf("the status gives %d to anybody", status)
	}
	if status, body := g.get("/", g.o.d.token); status != http.StatusOK {
		g.t.Errorf("the first screen gives %d: %s", status, body)
	}
	if got := g.conditionText(); !strings.Contains(got, classOf(cause)) {
		g.t.Errorf("the condition says %q and not %q", got, classOf(cause))
	}
}

// classOf gives the words by which a cause is known.
func classOf(err error) string {
	for _, class := range []error{store.ErrFull, store.ErrReadOnly, store.ErrCorrupt, store.ErrIO, syscall.ENOTDIR, syscall.EROFS, syscall.EACCES} {
		if errors.Is(err, class) {
			return class.Error()
		}
	}
	return err.Error()
}

// conditionText gives the text of the journal's condition in the status.
func (g *gateWithout) conditionText() string {
	g.t.Helper()
	status, body := g.get("/api/v1/status", g.o.d.token)
	var st admin.Status
	if err := json.Unmarshal(body, &st); err != nil || status != http.StatusOK {
		g.t.Fatalf("the status gives %d: %v in %s", status, err, body)
	}
	for _, c := range st.Conditions {
		if c.Code == "journal_unavailable" {
			if c.Severity != "critical" {
				g.t.Errorf("the condition is %s", c.Severity)
			}
			return c.Text
		}
	}
	g.t.Errorf("no condition in %s", body)
	return ""
}
