package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/skip2/go-qrcode"

	"gatescand/scanner/reader"
	"gatescand/scanner/reader/inventory"
)

// relook is how often learning looks whether something was plugged in.
const relook = time.Second

// learnedSilence ends a code while learning a serial reader. It is longer than any reader's pause between two
// characters, and it lets CR LF be told from CR.
const learnedSilence = "idle:300ms"

// learning listens to many readers at once. All of it but the listening happens on one goroutine. Who asked for it, a terminal or the page, hears
// of it through its functions.
type learning struct {
	roots inventory.Roots
	open  func(address string, now reader.Monotonic) (reader.Source, error)
	mono  reader.Monotonic

	// remark says something that is not yet known to have been said, taught what a code has told, and layout that a reader that types is listened
	// to, whose layout shows in [layoutText].
	remark func(text string)
	taught func(lesson) error
	layout func()
	// hints says that whoever asked can type a command to listen to more.
	hints bool
	// held names the lane that has a device open, "" for none. nil is when nobody can know.
	held func(inventory.Device) string

	wanted    []string          // addresses to listen to; none is everything that looks like a reader
	listening map[string]bool   // by the address that is open
	told      map[string]string // what has been said last about each device
	heard     chan heard
	wg        sync.WaitGroup
	typing    bool // a reader that types is listened to
}

// heard is what one listener has to say: that it is open, a code, or why it ended.
type heard struct {
	device inventory.Device
	opened string // the address as it was opened
	up     bool
	frame  reader.Frame
	over   bool
	why    error // with over
}

// learn listens for the terminal until a code has told all there is to know, or the time is over.
func (r *readersTool) learn(ctx context.Context, wanted []string, patience time.Duration) error {
	for _, address := range wanted {
		if _, err := reader.ParseAddress(address); err != nil {
			return usagef("%w", err)
		}
	}
	out := r.out
	if r.json {
		out = r.err // what is learned is the output
	}
	l := &learning{
		roots: r.roots, open: r.open, mono: r.mono, wanted: wanted, hints: true,
		remark: func(text string) {
			fmt.Fprintln(out, text) //nolint:errcheck // what is learned is said with an error; this is by the way
		},
		taught: func(l lesson) error {
			if r.json {
				return r.printJSON(l)
			}
			return r.say("\n%s", l.text())
		},
	}
	l.layout = func() { r.showLayoutCode(l) }
	scanned, err := l.run(ctx, patience)
	if err != nil || scanned {
		return err
	}
	l.tell("", "nothing was scanned")
	return errNo
}

// showLayoutCode shows the code by which the layout of a reader that types is learned.
func (r *readersTool) showLayoutCode(l *learning) {
	if code, err := qrcode.New(layoutText, qrcode.Low); err == nil && !r.json {
		l.tell("", "of a reader that types the layout is learned too, from this code:")
		fmt.Fprint(r.out, code.ToSmallString(false)) //nolint:errcheck // see remark
		return
	}
	l.tell("", "of a reader that types the layout is learned too, from the code made by: gatescand qr '%s'", layoutText)
}

// run listens until a code has told all there is to know, or the time is over, and tells whether a code came.
func (l *learning) run(ctx context.Context, patience time.Duration) (scanned bool, err error) {
	l.listening, l.told, l.heard = make(map[string]bool), make(map[string]string), make(chan heard)
	ctx, stop := context.WithTimeout(ctx, patience)
	defer l.wg.Wait()
	defer stop()
	if err := l.listenToAll(ctx); err != nil {
		return false, err
	}
	if len(l.listening) == 0 {
		l.tell("", "nothing can be listened to yet: plug the reader in now")
	}
	tick := time.NewTicker(relook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return scanned, nil
		case <-tick.C:
			if err := l.listenToAll(ctx); err != nil {
				return scanned, err
			}
		case h := <-l.heard:
			done, err := l.take(h)
			scanned = scanned || !h.over && !h.up
			if done || err != nil {
				return scanned, err
			}
		}
	}
}

// tell says something about a device, or about nothing in particular, unless it is what was said of it last.
func (l *learning) tell(about, format string, args ...any) {
	text := clean(fmt.Sprintf(format, args...))
	if l.told[about] == text {
		return
	}
	l.told[about] = text
	l.remark(text)
}

// take handles what a listener says, and tells whether all is known.
func (l *learning) take(h heard) (done bool, err error) {
	switch {
	case h.up:
		l.tell(h.device.Node, "listening to %s: scan a code", nameOf(h.device))
		if h.device.Kind == inventory.KindKeyboard && !l.typing {
			l.typing = true
			l.layout()
		}
		return false, nil
	case h.over:
		delete(l.listening, h.opened)
		l.tellEnd(h)
		return false, nil
	}
	lesson := learnFrom(h.device, h.frame)
	return lesson.done(), l.taught(lesson)
}

// tellEnd says why a reader cannot be listened to.
func (l *learning) tellEnd(h heard) {
	switch {
	case errors.Is(h.why, reader.ErrBusy):
		l.tell(h.device.Node, "%s is in use: stop the service first: sudo systemctl stop gatescand", nameOf(h.device))
	case errors.Is(h.why, reader.ErrGone), errors.Is(h.why, reader.ErrAbsent):
		l.tell(h.device.Node, "%s is not there: plug it in", nameOf(h.device))
	default:
		l.tell(h.device.Node, "%s cannot be listened to: %v", nameOf(h.device), h.why)
	}
}

// listenToAll begins to listen to whatever is there and not listened to yet.
func (l *learning) listenToAll(ctx context.Context) error {
	devices, err := inventory.Scan(l.roots)
	if err != nil {
		return err
	}
	if len(l.wanted) > 0 {
		for _, address := range l.wanted {
			if d := deviceOf(l.roots, devices, address); !l.isHeld(d) {
				l.listen(ctx, d, learningAddress(address))
			}
		}
		return nil
	}
	for _, d := range devices {
		switch {
		case l.isHeld(d):
		case d.Access.State == inventory.AccessDenied && d.Looks != inventory.LooksOther:
			l.tell(d.Node, "%s may not be opened: %s", nameOf(d), d.Access.Remedy)
		case worthListening(d):
			l.listen(ctx, d, learningAddress(string(openedAs(d))+":"+l.roots.Real(d.Node)))
		case d.Looks == inventory.LooksMaybe && l.hints:
			l.tell(d.Node, "not listened to: %s: %s; if it is the reader: gatescand readers --learn '%s'", nameOf(d), d.Reason, d.Address)
		}
	}
	return nil
}

// isHeld tells whether a lane of this process has a device, and says so. Opening it once more would take codes away from the lane.
func (l *learning) isHeld(d inventory.Device) bool {
	if l.held == nil {
		return false
	}
	lane := l.held(d)
	if lane != "" {
		l.tell(d.Node, "%s is used by lane %s", nameOf(d), lane)
	}
	return lane != ""
}

// worthListening tells whether a device is listened to unasked: what looks like a reader, and what may be one on a
// serial line of its own. An unknown keyboard is not, since listening takes it away from whoever types on it.
func worthListening(d inventory.Device) bool {
	switch d.Kind {
	case inventory.KindSerial:
		return d.Looks == inventory.LooksReader || d.Looks == inventory.LooksMaybe && d.USB()
	case inventory.KindKeyboard, inventory.KindPOS:
		return d.Looks == inventory.LooksReader
	case inventory.KindCamera:
	}
	return false
}

// openedAs gives the kind of address a device is opened by.
func openedAs(d inventory.Device) reader.Kind {
	switch d.Kind {
	case inventory.KindSerial:
		return reader.KindSerial
	case inventory.KindKeyboard, inventory.KindPOS:
		return reader.KindHID
	case inventory.KindCamera:
	}
	return reader.KindCamera
}

// deviceOf finds the device an address means, or makes one up for an address that is no device of this box.
func deviceOf(roots inventory.Roots, devices []inventory.Device, address string) inventory.Device {
	roots.Assign(devices, []inventory.Lane{{Name: address, Address: address}})
	i := slices.IndexFunc(devices, func(d inventory.Device) bool { return slices.Contains(d.Lanes, address) })
	if i >= 0 {
		d := devices[i]
		d.Address = address
		return d
	}
	d := inventory.Device{Node: address, Address: address, Kind: inventory.KindSerial}
	switch {
	case strings.HasPrefix(address, "camera:"):
		d.Kind = inventory.KindCamera
	case strings.HasPrefix(address, "hid:") && strings.Contains(address, "hidraw"):
		d.Kind = inventory.KindPOS
	case strings.HasPrefix(address, "hid:"):
		d.Kind = inventory.KindKeyboard
	}
	return d
}

// nameOf names a device with its node, since two of them may be of one make.
func nameOf(d inventory.Device) string {
	if what := d.What(); what != d.Node {
		return what + " at " + d.Node
	}
	return d.Node
}

// learningAddress gives the address under which a reader is opened for learning. Of a serial one only the setting of
// the line is kept: its codes are cut by silence, so that their ends can be seen, and no profile keeps anything back.
func learningAddress(address string) string {
	a, err := reader.ParseAddress(address)
	if err != nil || a.Kind != reader.KindSerial {
		return address
	}
	return fmt.Sprintf("%s:%s?baud=%d&data=%d&parity=%s&stop=%d&frame=%s",
		a.Kind, a.Path, a.Line.Baud, a.Line.DataBits, a.Line.Parity, a.Line.StopBits, learnedSilence)
}

// listen opens one reader and passes on what comes, until it ends by itself or with ctx.
func (l *learning) listen(ctx context.Context, d inventory.Device, address string) {
	if l.listening[address] {
		return
	}
	source, err := l.open(address, l.mono)
	if err != nil {
		l.tell(d.Node, "%s cannot be listened to: %v", nameOf(d), err)
		return
	}
	l.listening[address] = true
	l.wg.Go(func() {
		say := func(h heard) {
			h.device, h.opened = d, address
			select {
			case l.heard <- h:
			case <-ctx.Done():
			}
		}
		err := source.Run(ctx, func() { say(heard{up: true}) }, func(f reader.Frame) { say(heard{frame: f}) })
		if err == nil {
			err = reader.ErrGone
		}
		say(heard{over: true, why: err})
	})
}
