package store

import (
	"context"
	"database/sql"

	"gatescand/scanner/admission"
)

// Admitted gives at most limit tickets of an account that this station let in,
// with what the lists say of them, in the order of their last entry, those
// after seq: the Seq of the last one leads to the next page, and an empty page
// is the end. With an event, only its tickets, and those of which nobody knows
// the event; ” means all.
func (db *DB) Admitted(ctx context.Context, account, event string, after int64, limit int) ([]admission.Admitted, error) {
	var out []admission.Admitted
	err := db.read(ctx, func(q querier) error {
		id, err := db.names.account(ctx, q, account)
		if err != nil || id == 0 {
			return err
		}
		for len(out) < limit {
			page, err := standingsAfter(ctx, q, id, account, event, after, limit-len(out))
			if err != nil || len(page) == 0 {
				return err
			}
			for i := range page {
				after = page[i].admitted
				a, err := compare(ctx, q, account, page[i])
				if err != nil {
					return err
				}
				if event == "" || a.Event == "" || a.Event == event {
					out = append(out, a)
				}
			}
		}
		return nil
	})
	return out, db.file.explain("list the admitted tickets", err)
}

// named is the standing of a named ticket.
type named struct {
	standing

	ticket string
}

// standingsAfter follows the journal, because an index by the last entry would
// be one more page that every admission writes.
func standingsAfter(ctx context.Context, q querier, account int64, name, event string, after int64, limit int) ([]named, error) {
	var page []named
	err := each(ctx, q, `SELECT `+standingColumns+`, s.ticket
		FROM journal j CROSS JOIN presence s ON s.account = +?1 AND s.ticket = j.ticket AND s.admitted_seq = j.seq
		WHERE j.seq > +?2 AND j.account = +?3 AND j.verdict = 'admit' AND j.direction = 'entry'
			AND (?4 IN ('', s.event) OR s.event = '') AND (s.entries > 0 OR s.delivery_seq > 0)
		ORDER BY j.seq LIMIT ?5`, []any{account, after, name, event, limit}, func(scan func(...any) error) error {
		var n named
		var err error
		n.standing, err = scanStanding(scan, &n.ticket)
		n.account = account
		page = append(page, n)
		return err
	})
	return page, err
}

// compare puts the platform's side beside ours.
func compare(ctx context.Context, q querier, account string, n named) (admission.Admitted, error) {
	a := admission.Admitted{
		Presence: n.presence, Key: admission.TicketKey{Account: account, ID: n.ticket}, Event: n.event,
		Grounds: n.grounds, Seq: n.admitted, Undone: n.presence.Entries == 0 && n.told > 0,
	}
	row, ok, err := loadTicket(ctx, q, n.account, a.Key)
	if err != nil {
		return a, err
	}
	if ok {
		a.Ticket, a.Vanished, a.UsableOnly = &row.ticket, row.vanished, row.usableOnly
		a.ListedStep, a.CompleteStep = row.step, row.completeStep
		if a.Event == "" {
			a.Event = row.ticket.Event
		}
	} else if a.CompleteStep, a.UsableOnly, err = completeStep(ctx, q, n.account, a.Event); err != nil {
		return a, err
	}
	if a.Untold, err = n.untold(ctx, q, a.Key); err != nil {
		return a, err
	}
	a.Delivery, a.SettledStep, err = deliveryState(ctx, q, n.delivery)
	return a, err
}

// completeStep tells when the list that would hold an unlisted ticket was last
// complete: that of its event, or the oldest of the account's lists where the
// event is not known; 0 when one was never complete. usableOnly tells that a
// used ticket would not be on it.
func completeStep(ctx context.Context, q querier, account int64, event string) (at int64, usableOnly bool, err error) {
	var step sql.NullInt64
	var usable sql.NullBool
	if event != "" {
		ok, err := found(q.QueryRowContext(ctx, `SELECT complete_step, usable_only FROM lists WHERE account = ? AND event = ?`,
			account, event).Scan(&step, &usable))
		if ok || err != nil {
			return step.Int64, usable.Bool, err
		}
	}
	err = q.QueryRowContext(ctx, `SELECT min(complete_step), max(usable_only) FROM lists WHERE account = ?`, account).Scan(&step, &usable)
	return step.Int64, usable.Bool, err
}

// deliveryState tells how far the delivery of check-in seq has come and at
// which step it was settled.
func deliveryState(ctx context.Context, q querier, seq int64) (admission.DeliveryState, int64, error) {
	state, step := admission.DeliveryNone, int64(0)
	if seq == 0 {
		return state, 0, nil
	}
	_, err := found(q.QueryRowContext(ctx, `SELECT state, step FROM delivered WHERE seq = ?1
		UNION ALL SELECT iif(buried, 'buried', 'pending'), 0 FROM outbox WHERE seq = ?1`, seq).Scan(&state, &step))
	return state, step, err
}

// ResetPresence lets a used ticket enter again, because the organiser took its
// use back. It does so only while its last entry is still check-in
// lastEntrySeq, and tells whether it did. Whoever counted as inside with it no
// longer does. The reset itself is kept, with the reason. With 0 for a ticket
// whose entries have all been undone, it notes that the platform no longer has
// the use of ours that it kept: the next one is another's.
func (db *DB) ResetPresence(ctx context.Context, key admission.TicketKey, lastEntrySeq int64, why string) (bool, error) {
	done := false
	err := db.write(ctx, "reset a ticket", background, func(ctx context.Context, t *txn) error {
		account, err := db.names.account(ctx, t, key.Account)
		if err != nil || account == 0 {
			return err
		}
		s, err := loadStanding(ctx, t, account, key.ID)
		if err != nil || !s.resettable(lastEntrySeq) {
			return err
		}
		taken := lastEntrySeq
		if taken == 0 {
			taken = s.admitted
		}
		if s.presence.Inside {
			if _, err := t.exec(ctx, `UPDATE state SET inside = max(inside - 1, 0)`); err != nil {
				return err
			}
			t.afterCommit(t.writer.forgetState)
		}
		s.presence, s.told = admission.Presence{}, 0
		if err := t.stand(ctx, s, key.ID); err != nil {
			return err
		}
		done = true
		_, err = t.exec(ctx, `INSERT INTO resets (account, ticket, seq, wall, trusted, boot, since, why) VALUES (?,?,?,?,?,?,?,?)`,
			list(key.Account, key.ID, taken, stampArgs(db.now()), why)...)
		return err
	})
	return done && err == nil, err
}

// resettable tells whether lastEntrySeq is still the last entry.
func (s *standing) resettable(lastEntrySeq int64) bool {
	if lastEntrySeq == 0 {
		return s.presence.Entries == 0 && s.told > 0
	}
	return lastEntrySeq > 0 && s.presence.LastEntry.Seq == lastEntrySeq
}
