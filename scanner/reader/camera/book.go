package camera

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// maxEntries is how many files of one folder are kept in mind.
const maxEntries = 100_000

var errTooMany = errors.New("too many files")

// key names a file for as long as it exists, whatever it is called.
type key struct{ dev, ino uint64 }

// entry is a file as it was at one moment.
type entry struct {
	key
	size    int64
	written int64 // when it was last written, in the file system's own nanoseconds
}

// state is what tells a file from its former self.
type state struct{ size, written int64 }

// book knows which files of a folder have been dealt with and which wait. It goes by the file and not by its name: one that is renamed is the
// same, and one that is written again is new. It holds as much as the folder does, and at most maxEntries. It is pure: no clock and no I/O.
type book struct {
	known map[key]state
	wait  map[string]*pending
	turn  uint64
}

// pending is a file that has not been dealt with.
type pending struct {
	entry
	since time.Duration // since when it has been as it is
	tried bool          // it was looked into as it is, and was not whole
	turn  uint64        // its place in the order of arrival
}

func newBook() *book {
	return &book{known: make(map[key]state), wait: make(map[string]*pending)}
}

func (e entry) state() state { return state{e.size, e.written} }

// note takes a file as it is at the moment at, and has it wait. Whether it has been dealt with is looked at when its turn comes: see due.
func (b *book) note(name string, e entry, at time.Duration) {
	if p, waits := b.wait[name]; waits {
		if p.entry != e {
			p.entry, p.since, p.tried = e, at, false
		}
		return
	}
	if len(b.wait) >= maxEntries {
		return
	}
	b.turn++
	b.wait[name] = &pending{entry: e, since: at, turn: b.turn}
}

// due tells whether to look into a waiting file now, which is as e says. That is once when it has become calm, and if it was not whole then, a
// last time when it has settled. A file that was dealt with under another name meanwhile stops waiting.
func (b *book) due(name string, e entry, at time.Duration) (look, last bool) {
	b.note(name, e, at)
	p, waits := b.wait[name]
	if !waits {
		return false, false
	}
	if known, ok := b.known[e.key]; ok && known == e.state() {
		delete(b.wait, name)
		return false, false
	}
	last = at-p.since >= settle
	look = last || !p.tried && at-p.since >= calm
	p.tried = p.tried || look
	return look, last
}

// finish notes that a file has been dealt with as it is.
func (b *book) finish(name string, e entry) {
	delete(b.wait, name)
	if len(b.known) < maxEntries {
		b.known[e.key] = e.state()
	}
}

// drop forgets a file that is no longer there under its name.
func (b *book) drop(name string) { delete(b.wait, name) }

func (b *book) waits() bool { return len(b.wait) > 0 }

// waiting gives the names of the waiting files in the order in which they came.
func (b *book) waiting() []string {
	names := make([]string, 0, len(b.wait))
	for name := range b.wait {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int { return cmp.Compare(b.wait[x].turn, b.wait[y].turn) })
	return names
}

// pass is one comparison of the whole folder with the book.
type pass struct {
	book  *book
	there map[key]struct{}
	fresh []found
}

type found struct {
	name string
	entry
	at time.Duration
}

func (b *book) begin() *pass { return &pass{book: b, there: make(map[key]struct{}, len(b.known))} }

// see takes one file of the folder. Where it does not count it is dealt with as it is. The error says that there are too many.
func (p *pass) see(name string, e entry, at time.Duration, count bool) error {
	if len(p.there) >= maxEntries {
		return errTooMany
	}
	p.there[e.key] = struct{}{}
	if !count {
		p.book.known[e.key] = e.state()
		return nil
	}
	if known, ok := p.book.known[e.key]; !ok || known != e.state() {
		p.fresh = append(p.fresh, found{name, e, at})
	}
	return nil
}

// end has what is new wait, in the order in which it was written, and forgets what is gone.
func (p *pass) end() {
	slices.SortFunc(p.fresh, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.written, b.written), cmp.Compare(a.name, b.name))
	})
	for _, f := range p.fresh {
		p.book.note(f.name, f.entry, f.at)
	}
	for k := range p.book.known {
		if _, there := p.there[k]; !there {
			delete(p.book.known, k)
		}
	}
}
