package store

import (
	"context"

	"gatescand/scanner/admission"
)

// Record decides one presentation and writes it down, in one transaction:
// the facts are loaded, admission.Decide is called, and the check-in, the
// change of who is inside and the delivery are on disk when it returns. The
// gate may move only then. An error means that nothing was recorded as far as
// anybody can know, and that nobody may be let in.
//
// ctx bounds the wait for the writer. Once the transaction has begun it is
// carried to its end.
func (db *DB) Record(ctx context.Context, p admission.Presentation) (admission.CheckIn, error) {
	p.Scan.At = rounded(p.Scan.At)
	var out admission.CheckIn
	err := db.write(ctx, "record the scan", lane, func(ctx context.Context, t *txn) error {
		state, err := t.state(ctx)
		if err != nil {
			return err
		}
		facts, standings, err := db.facts(ctx, t, p, int(state.totals.inside), false)
		if err != nil {
			return err
		}
		d := admission.Decide(facts, p.Scan)
		if p.AskFirst && d.RestsOnSilence() {
			return admission.ErrAskFirst
		}
		out = checkIn(p, d, state.headSeq+1)
		r := recording{checkIn: out, code: p.Code, totals: state.totals, uses: 1}
		for i, c := range facts.Claims {
			if c.Credential.TicketKey == d.Ticket && d.Ticket.ID != "" {
				r.standing, r.kept = standings[i], c.Standing.Uses > 0 && !unusedThere(c)
				if c.Ticket != nil {
					r.uses = c.Ticket.Uses()
				}
				if usedThere(c) && !r.kept && c.Presence.Entries == 0 && p.Scan.Override == nil {
					r.uses = 0 // admitted by a re-entry rule: the platform knows of the use
				}
			}
		}
		if out, err = db.record(ctx, t, state, r); err != nil || d.Ticket.ID == "" {
			return err
		}
		for _, c := range facts.Claims {
			if c.Credential.TicketKey == d.Ticket && c.Ticket != nil && c.Ticket.Used && unusedThere(c) {
				// The organiser took our use back, and the list is older than that.
				_, err = t.exec(ctx, `UPDATE tickets SET used = 0, used_at = NULL, used_by = NULL
					WHERE account = (SELECT id FROM accounts WHERE name = ?) AND ticket = ?`, d.Ticket.Account, d.Ticket.ID)
			}
		}
		return err
	})
	if err != nil {
		return admission.CheckIn{}, err
	}
	out.Recorded = true
	return out, nil
}

// usedThere tells that the platform, by its own word, has the ticket as used.
func usedThere(c admission.Claim) bool {
	if c.Answer != nil && c.Answer.Found {
		return c.Answer.Used
	}
	return c.Ticket != nil && c.Ticket.Used
}

// unusedThere tells that the platform says just now that a ticket for one use is
// unused, after it had taken ours: the use that it kept is no longer there.
func unusedThere(c admission.Claim) bool {
	return c.Answer != nil && c.Answer.Found && !c.Answer.Used && c.Answer.UsedTimes == 0 && !c.Standing.Until.IsZero() &&
		(c.Ticket == nil || c.Ticket.Uses() == 1)
}

// checkIn is the record of a decision, before it has a delivery.
func checkIn(p admission.Presentation, d admission.Decision, seq int64) admission.CheckIn {
	c := admission.CheckIn{
		Decision: d, ID: p.ID, Seq: seq,
		Station: p.Scan.Station, Lane: p.Scan.Lane, Direction: p.Scan.Direction,
		At: p.Scan.At, Digest: p.Digest, Delivery: admission.DeliveryNone,
	}
	if o := p.Scan.Override; o != nil {
		c.By, c.Note = o.By, o.Note
	}
	return c
}

// recording is a decided check-in on its way into the tables.
type recording struct {
	checkIn  admission.CheckIn
	code     []byte
	standing standing // of the ticket before this check-in
	kept     bool     // a use that was undone here stands there, for this entry
	uses     int      // how often the ticket may be used
	totals   totals   // before this check-in
}

// delivers tells whether the platform has to hear of it: the first entry
// since the last reset, and every further one the ticket is good for. Where it
// still has a use that was undone here, that one stands for this entry: one
// person is in, and one use is known there.
func (r *recording) delivers() bool {
	c := r.checkIn
	return c.Passes() && c.Direction == admission.Entry && c.Ticket.ID != "" && r.standing.presence.Entries < r.uses && !r.kept
}

func (db *DB) record(ctx context.Context, t *txn, state stateRow, r recording) (admission.CheckIn, error) {
	row := rowOf(r.checkIn)
	row.before, row.told, row.totals = r.standing.last, r.delivers(), r.count()
	if err := t.append(ctx, state, &row); err != nil {
		return admission.CheckIn{}, err
	}
	if r.checkIn.Ticket.ID == "" {
		return r.checkIn, nil
	}
	if r.standing.account == 0 {
		var err error
		if r.standing.account, err = db.names.ensureAccount(ctx, t, r.checkIn.Ticket.Account); err != nil {
			return admission.CheckIn{}, err
		}
	}
	if row.told {
		if err := t.deliver(ctx, r); err != nil {
			return admission.CheckIn{}, err
		}
		r.checkIn.Delivery = admission.DeliveryPending
	}
	if r.standing.known && !r.checkIn.Passes() {
		_, err := t.exec(ctx, `UPDATE presence SET last_seq = ? WHERE account = ? AND ticket = ?`,
			r.checkIn.Seq, r.standing.account, r.checkIn.Ticket.ID)
		return r.checkIn, err
	}
	return r.checkIn, t.stand(ctx, r.after(row.told), r.checkIn.Ticket.ID)
}

// count gives the totals after the check-in.
func (r *recording) count() totals {
	n, c := r.totals, r.checkIn
	if c.Direction == admission.Check {
		return n
	}
	switch c.Verdict {
	case admission.Refuse:
		n.refused++
	case admission.Hold:
		n.held++
	case admission.Admit:
		inside := r.standing.presence.Inside
		switch {
		case c.Direction == admission.Entry:
			n.admitted++
			if !inside {
				n.inside++
			}
		case inside:
			n.inside = max(n.inside-1, 0)
		}
	}
	return n
}

// after gives the standing of the ticket after the check-in.
func (r *recording) after(told bool) standing {
	s, c := r.standing, r.checkIn
	s.last = c.Seq
	if told {
		s.delivery, s.told = c.Seq, s.presence.Entries+1
	}
	if !c.Passes() {
		return s
	}
	s.presence = s.presence.Fold(admission.Passage{
		Seq: c.Seq, At: c.At, Direction: c.Direction, Station: c.Station, Lane: c.Lane, By: admission.Here,
	})
	if c.Direction == admission.Entry {
		s.admitted, s.event, s.grounds = c.Seq, c.Event, c.Grounds
	}
	return s
}

const insertStanding = `INSERT INTO presence VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`

const updateStanding = `UPDATE presence SET entries = ?3, inside = ?4,
	entry_seq = ?5, entry_wall = ?6, entry_trusted = ?7, entry_boot = ?8, entry_since = ?9,
	entry_station = ?10, entry_lane = ?11, entry_by = ?12,
	exit_seq = ?13, exit_wall = ?14, exit_trusted = ?15, exit_boot = ?16, exit_since = ?17,
	exit_station = ?18, exit_lane = ?19, exit_by = ?20,
	admitted_seq = ?21, event = ?22, grounds = ?23, delivery_seq = ?24, last_seq = ?25, told = ?26
	WHERE account = ?1 AND ticket = ?2`

// stand writes the standing of a ticket.
func (t *txn) stand(ctx context.Context, s standing, id string) error {
	p := s.presence
	query := insertStanding
	if s.known {
		query = updateStanding
	}
	_, err := t.exec(ctx, query, list(s.account, id, p.Entries, p.Inside, passageArgs(p.LastEntry), passageArgs(p.LastExit),
		s.admitted, s.event, string(s.grounds), s.delivery, s.last, s.told)...)
	return err
}

// deliver puts the check-in into the outbox.
func (t *txn) deliver(ctx context.Context, r recording) error {
	earlier, err := mayHaveReached(ctx, t, r.standing.delivery)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO outbox (seq, account, ticket, event, previous, earlier, code) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		r.checkIn.Seq, r.standing.account, r.checkIn.Ticket.ID, r.checkIn.Event, r.standing.delivery, earlier, r.code)
	return err
}

// mayHaveReached tells whether delivery seq, or one of the same ticket before
// it, reached the platform or still may.
func mayHaveReached(ctx context.Context, q querier, seq int64) (bool, error) {
	if seq == 0 {
		return false, nil
	}
	var reached bool
	ok, err := found(q.QueryRowContext(ctx, `
		SELECT buried = 0 OR earlier = 1 FROM outbox WHERE seq = ?1
		UNION ALL
		SELECT state <> 'withdrawn' OR earlier = 1 FROM delivered WHERE seq = ?1`, seq).Scan(&reached))
	return reached || !ok, err
}
