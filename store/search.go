package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatescand/scanner/admission"
)

// Found is what a search brought to light. It may hold names.
type Found struct {
	Tickets []admission.Ticket
	// Partial: part of the tickets came a moment ago, are not indexed yet and
	// were too many to be looked through. Whoever is not found may be among them.
	Partial bool
}

// scanned is how many tickets that are not indexed one search looks through.
const scanned = 15_000

// SearchTickets finds tickets for a person at a desk: by words that begin the
// words of the holder's name, in any order, or those of the product; by the
// beginning of the ticket's identity or of the order. Case and accents do not
// matter in names and products. It reads the index and the tickets it finds,
// and of those not indexed yet a bounded number.
func (db *DB) SearchTickets(ctx context.Context, q string, limit int) (Found, error) {
	s := search{wanted: newWanted(q), limit: limit, seen: map[place]bool{}}
	if s.text == "" || limit <= 0 || !utf8.ValidString(q) {
		return Found{}, nil
	}
	var out Found
	err := db.read(ctx, func(r querier) error {
		s.querier = r
		for _, look := range []func(context.Context) error{s.accounts, s.identities, s.indexed, s.unindexed, s.products} {
			if err := look(ctx); err != nil {
				return err
			}
		}
		for _, p := range s.places {
			row, ok, err := loadTicket(ctx, r, p.account, admission.TicketKey{Account: s.names[p.account], ID: p.ticket})
			if err != nil {
				return err
			}
			if ok {
				out.Tickets = append(out.Tickets, row.ticket)
			}
		}
		out.Partial = s.partial
		return nil
	})
	return out, db.file.explain("search the tickets", err)
}

// errEnough ends a reading early.
var errEnough = errors.New("enough was read")

// enough takes errEnough for success.
func enough(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// place is where a ticket stands.
type place struct {
	account int64
	ticket  string
}

// search is one search under way.
type search struct {
	querier
	wanted

	limit   int
	places  []place // of what was found, each once
	seen    map[place]bool
	names   map[int64]string // of the accounts
	kinds   map[int64]bool   // ids of the products that are named as wanted
	partial bool
}

func (s *search) full() bool { return len(s.places) >= s.limit }

func (s *search) add(p place) {
	if !s.seen[p] && !s.full() {
		s.seen[p] = true
		s.places = append(s.places, p)
	}
}

// accounts learns their names.
func (s *search) accounts(ctx context.Context) error {
	s.names = map[int64]string{}
	return each(ctx, s, `SELECT id, name FROM accounts`, nil, func(scan func(...any) error) error {
		var id int64
		var name string
		err := scan(&id, &name)
		s.names[id] = name
		return err
	})
}

// lastLetter comes after whatever a text may go on with.
const lastLetter = "\U0010FFFF"

// identities finds tickets by the beginning of their identity. Platforms spell
// it in one case throughout, and people in either.
func (s *search) identities(ctx context.Context) error {
	for _, account := range slices.Sorted(maps.Keys(s.names)) {
		for _, text := range []string{s.text, strings.ToLower(s.text), strings.ToUpper(s.text)} {
			err := each(ctx, s, `SELECT ticket FROM tickets WHERE account = ? AND ticket >= ? AND ticket < ? ORDER BY ticket LIMIT ?`,
				[]any{account, text, text + lastLetter, s.limit}, func(scan func(...any) error) error {
					p := place{account: account}
					err := scan(&p.ticket)
					s.add(p)
					return err
				})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// sieved is how many stretches are sieved at once.
const sieved = 500

// indexed finds tickets by name and order in the stretches that are written.
func (s *search) indexed(ctx context.Context) error {
	for last := int64(0); last >= 0 && !s.full(); {
		byName, byOrder, next, err := s.sieve(ctx, last)
		if err != nil {
			return err
		}
		if err := s.readLines(ctx, `names`, byName, s.fitName); err != nil {
			return err
		}
		if err := s.readLines(ctx, `orders`, byOrder, s.fitOrder); err != nil {
			return err
		}
		last = next
	}
	return nil
}

// sieve gives those of the next stretches after last that may hold a name or an
// order as wanted, and where it stopped, -1 at the end.
func (s *search) sieve(ctx context.Context, last int64) (byName, byOrder map[int64]stretch, next int64, err error) {
	byName, byOrder, next = map[int64]stretch{}, map[int64]stretch{}, -1
	n := 0
	var bits sql.RawBytes
	err = each(ctx, s, `SELECT id, account, first, sieve FROM stretches WHERE id > ? AND +written = 1 ORDER BY id LIMIT ?`, []any{last, sieved},
		func(scan func(...any) error) error {
			var at stretch
			if err := scan(&at.id, &at.account, &at.first, &bits); err != nil {
				return err
			}
			if n++; n == sieved {
				next = at.id
			}
			if s.mayBeNamedIn(sieve(bits)) {
				byName[at.id] = at
			}
			if s.order != "" && sieve(bits).mayHold(ofOrder, s.order) {
				byOrder[at.id] = at
			}
			return nil
		})
	return byName, byOrder, next, err
}

// mayBeNamedIn tells whether a stretch with this sieve may hold a name as wanted.
func (s *search) mayBeNamedIn(bits sieve) bool {
	for _, word := range s.words {
		if !bits.mayHold(ofName, word[1:]) {
			return false
		}
	}
	return len(s.words) > 0
}

// fitName tells whether every word stands in a text, be it a line or all lines
// of a stretch.
func (s *search) fitName(text []byte) bool {
	for _, word := range s.words {
		if !bytes.Contains(text, []byte(word)) {
			return false
		}
	}
	return len(s.words) > 0
}

// fitOrder tells whether a line, which begins with its break, is an order as
// wanted, or whether there is one among many lines.
func (s *search) fitOrder(text []byte) bool { return bytes.Contains(text, []byte("\n"+s.order)) }

// hit is a line of a stretch that seems to fit.
type hit struct {
	stretch

	line int
}

// readLines adds the tickets of some stretches of which one column fits.
func (s *search) readLines(ctx context.Context, column string, of map[int64]stretch, fits func(text []byte) bool) error {
	if len(of) == 0 || s.full() {
		return nil
	}
	ids, err := json.Marshal(slices.Sorted(maps.Keys(of)))
	if err != nil {
		return err
	}
	var hits []hit
	var text sql.RawBytes
	err = each(ctx, s, `SELECT p.stretch, p.`+column+` FROM json_each(?) c CROSS JOIN people p ON p.stretch = c.value`, []any{string(ids)},
		func(scan func(...any) error) error {
			var id int64
			if err := scan(&id, &text); err != nil {
				return err
			}
			if fits(text) {
				hits = linesThatFit(hits, of[id], text, fits)
			}
			if len(hits) >= manyHits*s.limit {
				return errEnough
			}
			return nil
		})
	if err := enough(err); err != nil {
		return err
	}
	for _, h := range hits {
		if err := s.resolve(ctx, h); err != nil || s.full() {
			return err
		}
	}
	return nil
}

// manyHits is how many times more lines may seem to fit than tickets are
// wanted: some turn out not to be meant, and some are found already.
const manyHits = 2

func linesThatFit(hits []hit, at stretch, text []byte, fits func(text []byte) bool) []hit {
	for n := 0; len(text) > 1; n++ {
		end := 1 + bytes.IndexByte(text[1:], '\n')
		if end == 0 {
			end = len(text)
		}
		if fits(text[:end]) {
			hits = append(hits, hit{at, n})
		}
		text = text[end:]
	}
	return hits
}

// resolve finds the ticket of a line and asks it whether it fits.
func (s *search) resolve(ctx context.Context, h hit) error {
	l := line{}
	ok, err := found(s.QueryRowContext(ctx, `SELECT ticket, coalesce(holder, ''), coalesce(reservation, '') FROM tickets
		WHERE account = ? AND ticket >= ? ORDER BY ticket LIMIT 1 OFFSET ?`, h.account, h.first, h.line).Scan(&l.ticket, &l.holder, &l.order))
	if ok && s.fits(l) {
		s.add(place{h.account, l.ticket})
	}
	return err
}

// fits tells whether a ticket is meant, by name or by order.
func (s *search) fits(l line) bool { return s.named(foldWords(l.holder)) || s.ordered(l.order) }

// unindexed looks through tickets of which no stretch is written.
func (s *search) unindexed(ctx context.Context) error {
	var rest []stretch
	err := each(ctx, s, `SELECT s.account, s.first, `+stretchEnd+` FROM stretches s WHERE s.written = 0
		UNION ALL SELECT a.id, '', '' FROM (`+accountsWithoutStretch+`) a`, nil, func(scan func(...any) error) error {
		var at stretch
		err := scan(&at.account, &at.first, &at.end)
		rest = append(rest, at)
		return err
	})
	if err != nil || len(rest) == 0 {
		return err
	}
	if err := s.namedProducts(ctx); err != nil {
		return err
	}
	left := scanned
	for _, at := range rest {
		if s.full() {
			return nil
		}
		err := at.each(ctx, s, left+1, func(l line) bool {
			if left--; left < 0 {
				s.partial = true
				return false
			}
			if s.fits(l) || s.kinds[l.product] {
				s.add(place{at.account, l.ticket})
			}
			return !s.full()
		})
		if err != nil || s.partial {
			return err
		}
	}
	return nil
}

// Bounds of what is looked at for products.
const (
	manyTerms    = 5000 // a platform may make up a new text for every ticket
	manyProducts = 20
)

// namedProducts learns which products are named as wanted.
func (s *search) namedProducts(ctx context.Context) error {
	if s.kinds != nil {
		return nil
	}
	s.kinds = map[int64]bool{}
	if len(s.words) == 0 {
		return nil
	}
	return each(ctx, s, `SELECT id, text FROM terms ORDER BY id LIMIT ?`, []any{manyTerms}, func(scan func(...any) error) error {
		var id int64
		var text string
		if err := scan(&id, &text); err != nil {
			return err
		}
		if len(s.kinds) < manyProducts && s.named(foldWords(text)) {
			s.kinds[id] = true
		}
		return nil
	})
}

// products finds tickets by the name of their product, those that are indexed.
func (s *search) products(ctx context.Context) error {
	if s.full() {
		return nil
	}
	if err := s.namedProducts(ctx); err != nil {
		return err
	}
	for _, kind := range slices.Sorted(maps.Keys(s.kinds)) {
		var holds []stretch
		err := each(ctx, s, `SELECT s.account, s.first, `+stretchEnd+` FROM people p CROSS JOIN stretches s ON s.id = p.stretch
			WHERE instr(p.products, ?) > 0 LIMIT ?`, []any{" " + strconv.FormatInt(kind, 10) + " ", s.limit}, func(scan func(...any) error) error {
			var at stretch
			err := scan(&at.account, &at.first, &at.end)
			holds = append(holds, at)
			return err
		})
		if err != nil {
			return err
		}
		for _, at := range holds {
			err := at.each(ctx, s, 2*stretchLength, func(l line) bool {
				if l.product == kind {
					s.add(place{at.account, l.ticket})
				}
				return !s.full()
			})
			if err != nil || s.full() {
				return err
			}
		}
	}
	return nil
}
