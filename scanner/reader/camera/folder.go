package camera

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

const (
	// rescan is how often the whole folder is compared with what is known of it. Notices of the file system make it faster and are not needed:
	// a folder on another machine sends none.
	rescan = 2 * time.Second
	// calm is how long a file must not have changed before it is looked into.
	calm = 60 * time.Millisecond
	// settle is how long a picture that is not whole may stay unchanged before it is said to be damaged. Whoever writes it may be slow.
	settle = 2 * time.Second
)

// folder serves a folder until ctx ends or the folder is gone.
//
// A picture counts when it is whole, however it came: renamed into place, or written there. What was in the folder before is left over and does
// not count; a file that is written again does. Nothing in the folder is changed, moved or deleted, and links, pipes and devices are passed over.
func (s *Source) folder(ctx context.Context, dir string, g *gripes, up func(), emit func(reader.Frame)) error {
	home, err := os.Stat(dir)
	if err != nil {
		return openError(dir, err)
	}
	if err := unix.Access(dir, unix.R_OK|unix.X_OK); err != nil {
		return fmt.Errorf("%w: folder %s may not be looked into: give the service's user the right to read it (ls -ld %s): %w",
			reader.ErrPermission, dir, dir, err)
	}
	f := &inbox{Source: s, dir: dir, home: home, gripes: g, emit: emit, book: newBook()}
	notices, mistakes := f.watch()
	if notices.watcher != nil {
		defer notices.stop()
	}
	if err := f.rescan(false); err != nil {
		return err
	}
	up()
	tick := time.NewTicker(rescan)
	defer tick.Stop()
	soon := time.NewTimer(calm)
	defer soon.Stop()
	armed := true
	for {
		if !armed && f.book.waits() {
			armed = true
			soon.Reset(calm)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event, open := <-notices.events:
			if !open {
				notices.events = nil
				continue
			}
			err = f.hear(event)
		case _, open := <-mistakes:
			if !open {
				mistakes = nil
				continue
			}
			// Notices were lost.
			err = f.rescan(true)
		case <-tick.C:
			err = f.rescan(true)
		case <-soon.C:
			armed = false
			f.work(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// inbox is one opening of a folder.
type inbox struct {
	*Source
	dir    string
	home   fs.FileInfo
	gripes *gripes
	emit   func(reader.Frame)
	book   *book
	search search
}

// notices is the stream of what the file system tells.
type notices struct {
	watcher *fsnotify.Watcher
	events  <-chan fsnotify.Event
}

func (n notices) stop() {
	// It holds nothing but its own descriptors.
	_ = n.watcher.Close()
}

// watch begins to listen. Where the system has no more room for that, the clock alone must do.
func (f *inbox) watch() (notices, <-chan error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return notices{}, nil
	}
	n := notices{watcher: w, events: w.Events}
	if err := w.Add(f.dir); err != nil {
		n.stop()
		return notices{}, nil
	}
	return n, w.Errors
}

// hear looks at the file that a notice is about, or at everything when it is about the folder itself.
func (f *inbox) hear(event fsnotify.Event) error {
	if event.Name == f.dir {
		return f.rescan(true)
	}
	if !event.Has(fsnotify.Create) && !event.Has(fsnotify.Write) {
		return nil
	}
	name := filepath.Base(event.Name)
	if e, ok := f.stat(name); ok {
		f.book.note(name, e, f.now())
	}
	return nil
}

// rescan compares the folder with the book. count says whether what is new counts.
func (f *inbox) rescan(count bool) error {
	if info, err := os.Stat(f.dir); err != nil || !os.SameFile(info, f.home) {
		return fmt.Errorf("%w: folder %s is gone or was replaced: make it again", reader.ErrGone, f.dir)
	}
	d, err := os.Open(f.dir)
	if err != nil {
		return openError(f.dir, err)
	}
	defer letGo(d)
	now := f.now()
	pass := f.book.begin()
	for {
		names, err := d.Readdirnames(256)
		for _, name := range names {
			e, ok := f.stat(name)
			if !ok {
				continue
			}
			if err := pass.see(name, e, now, count); err != nil {
				return fmt.Errorf("%w: there are more than %d files in folder %s: clear it", reader.ErrFault, maxEntries, f.dir)
			}
		}
		if errors.Is(err, io.EOF) {
			pass.end()
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: folder %s cannot be listed: %w", reader.ErrFault, f.dir, err)
		}
	}
}

// stat describes a file of the folder that may be a picture: a regular one whose name does not begin with a dot.
func (f *inbox) stat(name string) (entry, bool) {
	var st unix.Stat_t
	if name == "" || name[0] == '.' || unix.Lstat(filepath.Join(f.dir, name), &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return entry{}, false
	}
	return entryOf(&st), true
}

// entryOf takes from a description what tells a file from others and from its former self.
func entryOf(st *unix.Stat_t) entry {
	return entry{key: key{dev: st.Dev, ino: st.Ino}, size: st.Size, written: st.Mtim.Nano()}
}

// work looks into every file that has been calm for long enough, in the order in which they came.
func (f *inbox) work(ctx context.Context) {
	for _, name := range f.book.waiting() {
		if ctx.Err() != nil {
			return
		}
		e, ok := f.stat(name)
		if !ok {
			f.book.drop(name)
			continue
		}
		look, last := f.book.due(name, e, f.now())
		if look && f.try(name, e, last) {
			f.book.finish(name, e)
		}
	}
}

// try looks into one file and tells whether it is done with: last says that a picture which is not whole will not become so.
func (f *inbox) try(name string, e entry, last bool) (done bool) {
	if e.size == 0 {
		return last // somebody is about to write it, or it is a mark
	}
	if e.size > maxFile {
		if last {
			f.complain(e, errTooLarge)
		}
		return last
	}
	raw, err := f.read(name, e)
	if err != nil {
		if last {
			f.complain(e, err)
		}
		return last
	}
	at := f.now()
	p, err := readImage(raw)
	if errors.Is(err, errCut) && !last {
		return false
	}
	f.counters.count(func(s *Stats) { s.Pictures++ })
	if err != nil {
		f.counters.count(func(s *Stats) { s.Broken++ })
		f.complain(e, err)
		return true
	}
	began := f.now()
	symbols, err := f.search.still(p, f.settings.invert)
	f.counters.searched(f.now()-began, err == nil, errors.Is(err, ErrCrowded))
	if err != nil {
		f.complain(e, err)
		return true
	}
	if len(symbols) > 1 {
		f.gripes.say(causeSeveral, at, fmt.Sprintf("a picture of %d bytes in %s shows %d codes: the one nearest to the middle was taken; "+
			"show one at a time", e.size, f.path, len(symbols)))
	}
	f.emit(central(symbols).frame(at))
	return true
}

// read reads a file that is what it was when it was looked at: regular, and no longer than that.
func (f *inbox) read(name string, e entry) ([]byte, error) {
	file, err := os.OpenFile(filepath.Join(f.dir, name), os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, errUnreadable(err)
	}
	defer letGo(file)
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, errCut
	}
	raw := make([]byte, e.size)
	if _, err := io.ReadFull(file, raw); err != nil {
		return nil, errCut
	}
	return raw, nil
}

// letGo closes what was only read from: there is nothing that a failing close could lose.
func letGo(file io.Closer) { _ = file.Close() }

// errUnreadable says why a file could not be opened, without its name.
func errUnreadable(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return errors.New("the service's user may not read it: give it the right to")
	}
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		return fmt.Errorf("it cannot be read: %w", errno)
	}
	return errCut
}

// complain tells that a file gave no code. Names of files may hold names of people, so a file is named by its length.
func (f *inbox) complain(e entry, err error) {
	c := causeOther
	switch {
	case errors.Is(err, ErrCrowded):
		c = causeCrowded
	case errors.Is(err, ErrPart):
		c = causePart
	case errors.Is(err, ErrNoCode):
		c = causeNoCode
	case errors.Is(err, errTooLarge):
		c = causeTooLarge
	case errors.Is(err, errCut), errors.Is(err, errNoImage):
		c = causeDamaged
	}
	f.gripes.say(c, f.now(), fmt.Sprintf("a file of %d bytes in %s gave no code: %v", e.size, f.path, err))
}
