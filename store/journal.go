package store

import (
	"context"
	"database/sql"
	"time"

	"gatescand/scanner/admission"
)

// totals are the running counts of the journal. Check lanes count nowhere;
// admitted counts entries, not exits.
type totals struct {
	admitted, refused, held, inside int64
}

// journalRow is one row of the journal, column by column.
type journalRow struct {
	seq             int64
	id              string
	station, lane   string
	direction       string
	at              stampColumns
	verdict, reason string
	grounds         string
	rung            int64
	platform        string
	account, ticket string
	event, product  string
	digest          string
	by, note        string
	previousAt      sql.NullInt64
	previousStation sql.NullString
	previousLane    sql.NullString
	previousBy      sql.NullString
	windowFrom      sql.NullInt64
	windowUntil     sql.NullInt64
	listAge         sql.NullInt64
	before          int64
	told            bool
	totals          totals
	hash            []byte
}

// journalColumns selects a journalRow FROM journal j, in the order of the
// table, which is the order of the encoding.
const journalColumns = `j.seq, j.id, j.station, j.lane, j.direction, j.wall, j.trusted, j.boot, j.since,
	j.verdict, j.reason, j.grounds, j.rung, j.platform, j.account, j.ticket, j.event, j.product, j.digest,
	j.by, j.note, j.previous_at, j.previous_station, j.previous_lane, j.previous_by, j.window_from, j.window_until,
	j.list_age, j.before, j.told, j.admitted, j.refused, j.held, j.inside, j.hash`

const insertJournal = `INSERT INTO journal VALUES
	(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`

func (r *journalRow) dest() []any {
	return list(&r.seq, &r.id, &r.station, &r.lane, &r.direction, r.at.dest(),
		&r.verdict, &r.reason, &r.grounds, &r.rung, &r.platform, &r.account, &r.ticket, &r.event, &r.product, &r.digest,
		&r.by, &r.note, &r.previousAt, &r.previousStation, &r.previousLane, &r.previousBy, &r.windowFrom, &r.windowUntil,
		&r.listAge, &r.before, &r.told, &r.totals.admitted, &r.totals.refused, &r.totals.held, &r.totals.inside, &r.hash)
}

func (r *journalRow) args() []any {
	return []any{
		r.seq, r.id, r.station, r.lane, r.direction, r.at.wall, r.at.trusted, r.at.boot, r.at.since,
		r.verdict, r.reason, r.grounds, r.rung, r.platform, r.account, r.ticket, r.event, r.product, r.digest,
		r.by, r.note, r.previousAt, r.previousStation, r.previousLane, r.previousBy, r.windowFrom, r.windowUntil,
		r.listAge, r.before, r.told, r.totals.admitted, r.totals.refused, r.totals.held, r.totals.inside, r.hash,
	}
}

// encode gives the canonical encoding, see hash.go.
func (r *journalRow) encode(scratch []byte) []byte {
	c := newCanonical(scratch)
	c.integer(r.seq)
	c.text(r.id)
	c.text(r.station)
	c.text(r.lane)
	c.text(r.direction)
	c.maybeInteger(r.at.wall)
	c.flag(r.at.trusted)
	c.text(r.at.boot)
	c.integer(r.at.since)
	c.text(r.verdict)
	c.text(r.reason)
	c.text(r.grounds)
	c.integer(r.rung)
	c.text(r.platform)
	c.text(r.account)
	c.text(r.ticket)
	c.text(r.event)
	c.text(r.product)
	c.text(r.digest)
	c.text(r.by)
	c.text(r.note)
	c.maybeInteger(r.previousAt)
	c.maybeText(r.previousStation)
	c.maybeText(r.previousLane)
	c.maybeText(r.previousBy)
	c.maybeInteger(r.windowFrom)
	c.maybeInteger(r.windowUntil)
	c.maybeInteger(r.listAge)
	c.integer(r.before)
	c.flag(r.told)
	c.integer(r.totals.admitted)
	c.integer(r.totals.refused)
	c.integer(r.totals.held)
	c.integer(r.totals.inside)
	return c.b
}

// rowOf writes a check-in down. Names and codes have no column to go to.
func rowOf(c admission.CheckIn) journalRow {
	r := journalRow{
		seq: c.Seq, id: c.ID, station: c.Station, lane: c.Lane, direction: string(c.Direction),
		at:      stampColumns{wall: micros(c.At.Wall), trusted: c.At.Trusted, boot: c.At.Boot, since: int64(c.At.SinceBoot)},
		verdict: string(c.Verdict), reason: string(c.Reason), grounds: string(c.Grounds), rung: int64(c.Rung),
		platform: string(c.Platform), account: c.Ticket.Account, ticket: c.Ticket.ID, event: c.Event, product: c.Product,
		digest: c.Digest, by: c.By, note: c.Note,
		listAge: sql.NullInt64{Int64: int64(c.ListAge), Valid: c.ListAgeKnown},
	}
	from, until := c.Window.Bounds()
	r.windowFrom, r.windowUntil = micros(from), micros(until)
	if u := c.Previous; u != nil {
		r.previousAt = micros(u.At)
		r.previousStation = sql.NullString{String: u.Station, Valid: true}
		r.previousLane = sql.NullString{String: u.Lane, Valid: true}
		r.previousBy = sql.NullString{String: string(u.By), Valid: true}
	}
	return r
}

// checkIn reads a row back.
func (r *journalRow) checkIn() admission.CheckIn {
	c := admission.CheckIn{
		Decision: admission.Decision{
			Verdict: admission.Verdict(r.verdict), Reason: admission.Reason(r.reason), Grounds: admission.Grounds(r.grounds),
			Rung: int(r.rung), Platform: admission.PlatformName(r.platform),
			Ticket: admission.TicketKey{Account: r.account, ID: r.ticket}, Event: r.event, Product: r.product,
			Window:  admission.Window{From: fromMicros(r.windowFrom), Until: fromMicros(r.windowUntil)},
			ListAge: time.Duration(r.listAge.Int64), ListAgeKnown: r.listAge.Valid,
		},
		ID: r.id, Seq: r.seq, Station: r.station, Lane: r.lane, Direction: admission.Direction(r.direction),
		At: r.at.stamp(), Digest: r.digest, By: r.by, Note: r.note, Recorded: true, Delivery: admission.DeliveryNone,
	}
	if r.previousBy.Valid {
		c.Previous = &admission.Use{
			At: fromMicros(r.previousAt), Station: r.previousStation.String, Lane: r.previousLane.String,
			By: admission.Party(r.previousBy.String),
		}
	}
	return c
}

// stateRow is the one row that changes with every check-in.
type stateRow struct {
	headSeq  int64
	headHash []byte
	totals   totals
}

func loadState(ctx context.Context, q querier) (stateRow, error) {
	var s stateRow
	err := q.QueryRowContext(ctx, `SELECT head_seq, head_hash, inside, admitted, refused, held FROM state`).
		Scan(&s.headSeq, &s.headHash, &s.totals.inside, &s.totals.admitted, &s.totals.refused, &s.totals.held)
	return s, err
}

// append writes row as the next of the journal; the head moves with it, by a
// trigger.
func (t *txn) append(ctx context.Context, s stateRow, row *journalRow) error {
	row.hash = chain(s.headHash, row.encode(nil))
	if _, err := t.exec(ctx, insertJournal, row.args()...); err != nil {
		return err
	}
	t.pages++
	t.afterCommit(func() { t.writer.state = &stateRow{headSeq: row.seq, headHash: row.hash, totals: row.totals} })
	return nil
}

// state gives the state as the writer left it. No other process writes, so it
// is only read again after something went wrong or changed it otherwise.
func (t *txn) state(ctx context.Context) (stateRow, error) {
	if s := t.writer.state; s != nil {
		return *s, nil
	}
	return loadState(ctx, t)
}

// nextStep draws from the counter that orders sweeps against settled deliveries.
func (t *txn) nextStep(ctx context.Context) (int64, error) {
	var step int64
	err := t.QueryRowContext(ctx, `UPDATE state SET step = step + 1 RETURNING step`).Scan(&step)
	t.pages++
	return step, err
}
