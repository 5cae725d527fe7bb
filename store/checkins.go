package store

import (
	"context"
	"encoding/hex"
	"time"

	"gatescand/scanner/admission"
)

// CheckInFilter narrows a reading of the journal. Zero fields do not.
type CheckInFilter struct {
	Since   time.Time // by the wall clock of the check-in
	Lane    string
	Verdict admission.Verdict
}

// deliveryColumns and deliveryJoins add how far a check-in has come, and
// whether somebody went through the gate after it.
const (
	deliveryColumns = `coalesce(d.state, CASE o.buried WHEN 0 THEN 'pending' WHEN 1 THEN 'buried' ELSE 'none' END), coalesce(p.state, '')`
	deliveryJoins   = `LEFT JOIN outbox o ON o.seq = j.seq LEFT JOIN delivered d ON d.seq = j.seq LEFT JOIN passings p ON p.seq = j.seq`
)

func scanCheckIn(scan func(...any) error) (admission.CheckIn, error) {
	var r journalRow
	var state admission.DeliveryState
	var passing admission.PassingState
	if err := scan(list(r.dest(), &state, &passing)...); err != nil {
		return admission.CheckIn{}, err
	}
	c := r.checkIn()
	c.Delivery, c.Passing = state, passing
	return c, nil
}

func collectCheckIns(ctx context.Context, q querier, query string, args ...any) ([]admission.CheckIn, error) {
	var out []admission.CheckIn
	err := each(ctx, q, query, args, func(scan func(...any) error) error {
		c, err := scanCheckIn(scan)
		out = append(out, c)
		return err
	})
	return out, err
}

// CheckIns reads at most limit check-ins after seq, in the order of the
// journal. It holds no names; Decision.Holder is always empty.
func (db *DB) CheckIns(ctx context.Context, after int64, limit int, f CheckInFilter) ([]admission.CheckIn, error) {
	out, err := collectCheckIns(ctx, db.readers, `SELECT `+journalColumns+`, `+deliveryColumns+`
		FROM journal j `+deliveryJoins+`
		WHERE j.seq > ?1 AND (?2 IS NULL OR j.wall >= ?2) AND (?3 = '' OR j.lane = ?3) AND (?4 = '' OR j.verdict = ?4)
		ORDER BY j.seq LIMIT ?5`, after, micros(f.Since), f.Lane, string(f.Verdict), limit)
	return out, db.file.explain("read the journal", err)
}

// CheckIn reads one check-in; [ErrNotFound] when there is none at seq.
func (db *DB) CheckIn(ctx context.Context, seq int64) (admission.CheckIn, error) {
	c, err := scanCheckIn(db.readers.QueryRowContext(ctx, `SELECT `+journalColumns+`, `+deliveryColumns+`
		FROM journal j `+deliveryJoins+` WHERE j.seq = ?`, seq).Scan)
	ok, err := found(err)
	if err == nil && !ok {
		err = notFound("check-in %d", seq)
	}
	return c, db.file.explain("read the journal", err)
}

// storyLength is how many check-ins of one ticket are told at most, the newest.
const storyLength = 500

// Story tells the check-ins of one ticket, oldest first.
func (db *DB) Story(ctx context.Context, key admission.TicketKey) ([]admission.CheckIn, error) {
	var out []admission.CheckIn
	err := db.read(ctx, func(q querier) error {
		var head int64
		_, err := found(q.QueryRowContext(ctx, `SELECT s.last_seq FROM presence s JOIN accounts a ON a.id = s.account
			WHERE a.name = ? AND s.ticket = ?`, key.Account, key.ID).Scan(&head))
		if err != nil {
			return err
		}
		out, err = story(ctx, q, head, storyLength)
		return err
	})
	return out, db.file.explain("read the story of a ticket", err)
}

// Head names the newest check-in: its seq, 0 before the first, and its hash in
// hexadecimal, which proves the whole journal up to it.
func (db *DB) Head(ctx context.Context) (seq int64, hash string, err error) {
	s, err := loadState(ctx, db.readers)
	return s.headSeq, hex.EncodeToString(s.headHash), db.file.explain("read the head of the journal", err)
}

// Counts is what happened at the entry and exit lanes.
type Counts struct {
	Admitted int64 // entries let in
	Refused  int64
	Held     int64
	Inside   int64 // people inside now, by this station's own count
}

// Counts counts what came after check-in since; 0 counts everything. It reads
// two rows, however long the journal is.
func (db *DB) Counts(ctx context.Context, since int64) (Counts, error) {
	var c Counts
	err := db.read(ctx, func(q querier) error {
		now, err := loadState(ctx, q)
		if err != nil {
			return err
		}
		c = Counts{Inside: now.totals.inside}
		var direction admission.Direction
		var verdict admission.Verdict
		var first totals
		ok, err := found(q.QueryRowContext(ctx,
			`SELECT direction, verdict, admitted, refused, held FROM journal WHERE seq > ? ORDER BY seq LIMIT 1`, since).
			Scan(&direction, &verdict, &first.admitted, &first.refused, &first.held))
		if err != nil || !ok {
			return err
		}
		own := (&recording{checkIn: admission.CheckIn{
			Decision: admission.Decision{Verdict: verdict}, Direction: direction,
		}}).count()
		c.Admitted = now.totals.admitted - first.admitted + own.admitted
		c.Refused = now.totals.refused - first.refused + own.refused
		c.Held = now.totals.held - first.held + own.held
		return nil
	})
	return c, db.file.explain("count the check-ins", err)
}

// SeqBefore gives the newest check-in whose wall clock lay before t, 0 when
// there is none: with [DB.Counts] the figures since a time. It reads the
// check-ins after t only.
func (db *DB) SeqBefore(ctx context.Context, t time.Time) (int64, error) {
	var seq int64
	_, err := found(db.readers.QueryRowContext(ctx,
		`SELECT seq FROM journal WHERE wall < ? ORDER BY seq DESC LIMIT 1`, t.UnixMicro()).Scan(&seq))
	return seq, db.file.explain("read the journal", err)
}

// trustDepth is how many of the newest check-ins are looked through for one
// with a trusted clock.
const trustDepth = 10000

// NewestStamp gives the time of the newest check-in whose clock was trusted,
// and the zero Stamp where there is none. A wall clock before it is wrong.
func (db *DB) NewestStamp(ctx context.Context) (admission.Stamp, error) {
	var at stampColumns
	ok, err := found(db.readers.QueryRowContext(ctx, `SELECT wall, trusted, boot, since FROM
		(SELECT seq, wall, trusted, boot, since FROM journal ORDER BY seq DESC LIMIT ?)
		WHERE trusted = 1 ORDER BY seq DESC LIMIT 1`, trustDepth).Scan(at.dest()...))
	if err != nil || !ok {
		return admission.Stamp{}, db.file.explain("read the newest check-in", err)
	}
	return at.stamp(), nil
}
