package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
	"github.com/fsnotify/fsnotify"

	"gatescand/device/signal"
)

const (
	// stuckAfter is how long a lane's loop may stand still before the
	// watchdog is no longer petted. A slow card takes a second at worst.
	stuckAfter = 8 * time.Second
	petEvery   = 2 * time.Second
	// heldGrace is how much longer than the longest pulse an output may be on:
	// hardware that is slow to obey is not stuck yet.
	heldGrace = time.Second
	// unwritableFor is how long the journal may refuse to be written before
	// the watchdog is no longer petted. Until then the lanes hold and say so,
	// which is more use at a door than a daemon that starts over: most causes
	// go away by themselves or by a person's hand.
	unwritableFor = 30 * time.Second
	// proofHolds is how long one successful write proves that the journal can
	// be written. A test write each time would wear out a card for nothing.
	proofHolds = 20 * time.Second
	// settle is how long a configuration file must be left alone before it is
	// read: editors write in several steps.
	settle = 300 * time.Millisecond
)

// notify tells systemd; without systemd it does nothing.
func notify(state string) {
	if first, rest, ok := strings.Cut(state, "STATUS="); ok {
		// One line: what follows a line break would be another assignment.
		state = first + "STATUS=" + strings.ReplaceAll(rest, "\n", " ")
	}
	_, _ = sd.SdNotify(false, state) // a manager that does not listen changes nothing here
}

// watchdog says READY once, and then pets systemd's watchdog for as long as
// the journal can be written and every lane's loop turns. It tells the truth:
// when a lane stands still, a write hangs, or the journal has refused to be
// written for too long, it is silent, and systemd starts the daemon again.
func (d *daemon) watchdog(ctx context.Context) error {
	select {
	case <-d.ready:
	case <-ctx.Done():
		return nil
	}
	notify("READY=1")
	tick := time.NewTicker(petEvery)
	defer tick.Stop()
	written := d.sinceBoot()
	for {
		broken := d.broken(ctx)
		reasons := append(slices.Clone(broken), d.unfinished()...)
		now := d.sinceBoot()
		if len(broken) == 0 {
			written = now
		}
		s := d.current.Load()
		stuck := append(s.scanner.Stuck(now, stuckAfter), s.heldTooLong()...)
		switch {
		case ctx.Err() != nil:
			return nil
		case len(reasons) == 0:
			notify("WATCHDOG=1\nSTATUS=" + d.oneLine())
		case len(broken) == 0, len(stuck) == 0 && now-written < unwritableFor:
			notify("WATCHDOG=1\nSTATUS=not ready: " + strings.Join(reasons, "; "))
		default:
			notify("STATUS=not ready: " + strings.Join(reasons, "; "))
			d.log.Error("the watchdog is not petted", slog.Any("reasons", strings.Join(reasons, "; ")))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// notReady says why a scan would not be decided and recorded now.
func (d *daemon) notReady(ctx context.Context) []string {
	return append(d.broken(ctx), d.unfinished()...)
}

// unfinished says what nobody has set up yet. Starting the daemon anew does not
// mend that.
func (d *daemon) unfinished() []string {
	if s := d.current.Load(); s != nil && len(s.lanes) == 0 {
		return []string{"no lane is set up yet; open the page and follow the set-up"}
	}
	return nil
}

// broken says what is not as it should be in this process or on its disk.
func (d *daemon) broken(ctx context.Context) []string {
	var reasons []string
	select {
	case <-d.ready:
	default:
		return []string{"starting"}
	}
	if err := d.writable(ctx); err != nil {
		d.health.Raise("journal_unavailable", "", err.Error())
		reasons = append(reasons, "the journal cannot be written: "+err.Error())
	} else {
		d.health.Clear("journal_unavailable", "")
	}
	s := d.current.Load()
	for _, name := range s.scanner.Stuck(d.sinceBoot(), stuckAfter) {
		reasons = append(reasons, "lane "+name+" does not turn")
	}
	for _, name := range s.heldTooLong() {
		reasons = append(reasons, "lane "+name+" cannot switch an output off")
	}
	return reasons
}

// heldTooLong names the lanes that have had an output on for longer than any
// pulse may last. Whoever starts the daemon anew also switches it off.
func (s *station) heldTooLong() []string {
	var names []string
	for _, l := range s.lanes {
		if l.held() > signal.MaxPulse+heldGrace {
			names = append(names, l.Name())
		}
	}
	return names
}

// writable tells whether the journal can be written. A check-in that was
// recorded a moment ago is the best proof; without one, a small write is tried,
// seldom enough to spare the card.
func (d *daemon) writable(ctx context.Context) error {
	if last := time.Duration(d.written.Load()); last > 0 && d.sinceBoot()-last < proofHolds {
		return nil
	}
	if err := d.store.Writable(ctx); err != nil {
		d.written.Store(0)
		return err
	}
	d.written.Store(int64(d.sinceBoot()))
	return nil
}

// oneLine is the state of the station for systemctl status.
func (d *daemon) oneLine() string {
	s := d.current.Load()
	up := 0
	for _, l := range s.lanes {
		if status := l.status.Load(); status != nil && status.State == "up" {
			up++
		}
	}
	return fmt.Sprintf("%d of %d readers up, %d accounts", up, len(s.lanes), len(s.accounts))
}

// watchConfig asks for a new station when the configuration file changes. It
// watches the folder, because editors replace the file.
func (d *daemon) watchConfig(ctx context.Context) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("the configuration cannot be watched: %w", err)
	}
	defer w.Close() //nolint:errcheck // nothing is written through it
	file := d.first.File
	if err := w.Add(filepath.Dir(file)); err != nil {
		return fmt.Errorf("the folder of %s cannot be watched: %w", file, err)
	}
	last := contentOf(file)
	shared := filepath.Clean(filepath.Dir(file)) == filepath.Clean(d.first.Station.DataDir)
	quiet := time.NewTimer(time.Hour)
	quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-w.Events:
			// A folder that holds the journal too changes all the time.
			if shared && filepath.Base(e.Name) != filepath.Base(file) {
				continue
			}
			quiet.Reset(settle)
		case err := <-w.Errors:
			d.log.Warn("watching the configuration", slog.Any("error", err))
			quiet.Reset(settle)
		case <-quiet.C:
			if now := contentOf(file); now != last {
				last = now
				d.renew(false)
			}
		}
	}
}

// contentOf tells one content of a file from another cheaply.
func contentOf(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return "absent"
	}
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
}
