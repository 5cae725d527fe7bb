package store

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// stretchLength is how many tickets a stretch has at most when it is written.
const stretchLength = 256

// stretchesAbreast is how many stretches one transaction writes at most, a few
// milliseconds of work. It ends earlier when somebody waits at a gate.
const stretchesAbreast = 8

// What is found by name is written a while after the tickets have come: a
// sweep that goes on would empty it again.
const (
	// fillPause is how long nothing is written at least.
	fillPause = 2 * time.Second
	// fillPerStretch is the pause for each stretch that was written, so that a
	// long sweep in no order at all does not wear the card out.
	fillPerStretch = 30 * time.Millisecond
	// longestFillPause bounds one pause.
	longestFillPause = 2 * time.Minute
	// troubledPause follows what could not be written: a full disk, perhaps.
	troubledPause = time.Minute
)

// keepFound writes what can be searched behind those who change tickets, until
// ctx ends. What could not be written is tried again after a while; people are
// found without it too, if not all of them, so that it is no reason to end.
func (db *DB) keepFound(ctx context.Context) {
	pause := time.NewTimer(fillPause)
	defer pause.Stop()
	troubled := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		written, err := db.fill(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			pause.Reset(min(max(time.Duration(written)*fillPerStretch, fillPause), longestFillPause))
		default:
			if !troubled {
				db.log.ErrorContext(ctx, "tickets could not be indexed for searching", slog.Any("error", err))
			}
			pause.Reset(troubledPause)
		}
		troubled = err != nil
	}
}

// IndexTickets writes at once what [DB.Run] writes by and by: the names, orders
// and products by which [DB.SearchTickets] finds tickets quickly.
func (db *DB) IndexTickets(ctx context.Context) error {
	_, err := db.fill(ctx)
	return err
}

// fill writes every stretch that is not written, and tells how many there were.
// What it has done stays done when it is cut off.
func (db *DB) fill(ctx context.Context) (int, error) {
	total := 0
	for {
		left, err := db.unwritten(ctx)
		if err != nil || !left {
			return total, db.file.explain("look for tickets to be indexed", err)
		}
		err = db.write(ctx, "index the tickets", background, func(ctx context.Context, t *txn) error {
			for range stretchesAbreast {
				did, err := t.fillOne(ctx)
				if err != nil || !did {
					return err
				}
				total++
				if t.pressed() {
					return nil
				}
			}
			return nil
		})
		if err != nil {
			return total, err
		}
	}
}

// unwritten tells whether any stretch has still to be written.
func (db *DB) unwritten(ctx context.Context) (bool, error) {
	var left bool
	err := db.readers.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM stretches WHERE written = 0)
		OR EXISTS (`+accountsWithoutStretch+`)`).Scan(&left)
	return left, err
}

// Indexed tells whether everything is written by which tickets are found.
func (db *DB) Indexed(ctx context.Context) (bool, error) {
	left, err := db.unwritten(ctx)
	return !left, db.file.explain("look for tickets to be indexed", err)
}

// accountsWithoutStretch selects the accounts whose tickets nobody has looked
// at yet: new ones, and all of them after the schema was brought up to date.
const accountsWithoutStretch = `SELECT a.id FROM accounts a
	WHERE NOT EXISTS (SELECT 1 FROM stretches s WHERE s.account = a.id)
	AND EXISTS (SELECT 1 FROM tickets k WHERE k.account = a.id)`

// stretch is a run of tickets in the order of their keys.
type stretch struct {
	id, account int64
	first       string
	end         string // where the next one begins; '' for the last of its account
}

// stretchEnd selects where stretch s ends.
const stretchEnd = `coalesce((SELECT n.first FROM stretches n WHERE n.account = s.account AND n.first > s.first
	ORDER BY n.first LIMIT 1), '')`

// fillOne writes one stretch, if there is one to be written.
func (t *txn) fillOne(ctx context.Context) (bool, error) {
	var s stretch
	ok, err := found(t.QueryRowContext(ctx, `SELECT s.id, s.account, s.first, `+stretchEnd+`
		FROM stretches s WHERE s.written = 0 ORDER BY s.account, s.first LIMIT 1`).Scan(&s.id, &s.account, &s.first, &s.end))
	if err == nil && !ok {
		ok, err = found(t.QueryRowContext(ctx, `INSERT INTO stretches (account, first) SELECT a.id, ''
			FROM (`+accountsWithoutStretch+` LIMIT 1) a RETURNING id, account`).Scan(&s.id, &s.account))
	}
	if err != nil || !ok {
		return false, err
	}
	lines, err := s.read(ctx, t)
	if err != nil {
		return false, err
	}
	if len(lines) == 0 && s.first != "" {
		// The one before reaches on to the next, and its lines still fit.
		_, err := t.exec(ctx, `DELETE FROM stretches WHERE id = ?`, s.id)
		return true, err
	}
	if n := cut(len(lines)); n < len(lines) {
		if _, err := t.exec(ctx, `INSERT INTO stretches (account, first) VALUES (?, ?)`, s.account, lines[n].ticket); err != nil {
			return false, err
		}
		lines = lines[:n]
	}
	if _, err := t.exec(ctx, `UPDATE stretches SET sieve = ? WHERE id = ?`, []byte(newSieve(lines)), s.id); err != nil {
		return false, err
	}
	names, orders, products := writeLines(lines)
	_, err = t.exec(ctx, `INSERT INTO people (stretch, names, orders, products) VALUES (?, ?, ?, ?)`, s.id, names, orders, products)
	t.pages += int64(1 + (len(names)+len(orders))/pageSize)
	return true, err
}

// cut tells how many of so many tickets a stretch keeps. One that has hardly
// outgrown its length is halved, or each of its parts would soon do so again.
func cut(tickets int) int {
	switch {
	case tickets <= stretchLength:
		return tickets
	case tickets <= stretchLength+stretchLength/2:
		return tickets / 2
	}
	return stretchLength
}

// line is what can be searched of one ticket, as the platform spells it.
type line struct {
	ticket, holder, order string
	product               int64 // id of its term, 0 for none
}

// read reads the tickets of a stretch, and a few more than it may keep.
func (s stretch) read(ctx context.Context, q querier) ([]line, error) {
	lines := make([]line, 0, stretchLength)
	err := s.each(ctx, q, stretchLength+stretchLength/2+1, func(l line) bool {
		lines = append(lines, l)
		return true
	})
	return lines, err
}

// each calls one for at most limit tickets of a stretch, until it gives false.
func (s stretch) each(ctx context.Context, q querier, limit int, one func(line) bool) error {
	err := each(ctx, q, `SELECT ticket, coalesce(holder, ''), coalesce(reservation, ''), coalesce(product, 0) FROM tickets
		WHERE account = ?1 AND ticket >= ?2 AND (?3 = '' OR ticket < ?3) ORDER BY ticket LIMIT ?4`,
		[]any{s.account, s.first, s.end, limit}, func(scan func(...any) error) error {
			var l line
			if err := scan(&l.ticket, &l.holder, &l.order, &l.product); err != nil {
				return err
			}
			if !one(l) {
				return errEnough
			}
			return nil
		})
	return enough(err)
}

// writeLines gives what people keeps of the tickets of a stretch.
func writeLines(lines []line) (names, orders []byte, products string) {
	seen := map[int64]bool{0: true}
	var ids strings.Builder
	for _, l := range lines {
		names = append(append(names, '\n'), foldWords(l.holder)...)
		orders = append(append(orders, '\n'), foldOrder(l.order)...)
		if !seen[l.product] {
			seen[l.product] = true
			ids.WriteString(" " + strconv.FormatInt(l.product, 10))
		}
	}
	if ids.Len() > 0 {
		ids.WriteByte(' ')
	}
	return append(names, '\n'), append(orders, '\n'), ids.String()
}
