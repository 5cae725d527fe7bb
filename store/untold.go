package store

import (
	"context"

	"gatescand/scanner/admission"
)

// untold tells whether the entries of a ticket that stand were not told to the
// platform because a use that was undone before them stood there: then its last
// delivery is that of an entry which a person took back.
func (s *standing) untold(ctx context.Context, q querier, key admission.TicketKey) (bool, error) {
	if s.presence.Entries == 0 || s.told == 0 || s.delivery == 0 || s.delivery >= s.presence.LastEntry.Seq {
		return false, nil
	}
	var undone bool
	err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM resets WHERE account = +?1 AND ticket = +?2 AND seq = ?3 AND undo > 0)`,
		key.Account, key.ID, s.delivery).Scan(&undone)
	return undone, err
}

// TellEntry puts the entry that stands into the outbox, because the platform
// no longer has the use that stood for it there: one of this station that was
// undone before. The entry goes on counting, so that nobody enters for it again.
// It does so only while the last entry is still check-in lastEntrySeq and such a
// use, taken by the platform, is what its delivery rests on; it tells whether it
// did. The code as scanned is gone: the ticket is told by its identity.
func (db *DB) TellEntry(ctx context.Context, key admission.TicketKey, lastEntrySeq int64) (bool, error) {
	done := false
	err := db.write(ctx, "tell an entry after all", background, func(ctx context.Context, t *txn) error {
		account, err := db.names.account(ctx, t, key.Account)
		if err != nil || account == 0 {
			return err
		}
		s, err := loadStanding(ctx, t, account, key.ID)
		if err != nil || lastEntrySeq == 0 || s.presence.LastEntry.Seq != lastEntrySeq {
			return err
		}
		if untold, err := s.untold(ctx, t, key); err != nil || !untold {
			return err
		}
		if state, _, err := deliveryState(ctx, t, s.delivery); err != nil || state != admission.DeliveryDone {
			return err
		}
		entry, err := firstAfter(ctx, t, s.presence, s.delivery)
		if err != nil || entry.Seq == 0 {
			return err
		}
		if err := t.deliver(ctx, recording{checkIn: entry, standing: s}); err != nil {
			return err
		}
		s.delivery, s.told = entry.Seq, 1
		done = true
		return t.stand(ctx, s, key.ID)
	})
	return done && err == nil, err
}

// firstAfter gives the first of the entries that stand and came after check-in
// seq, as far back as the journal is looked through for it; Seq is 0 where the
// journal begins later than the last of them.
func firstAfter(ctx context.Context, q querier, p admission.Presence, seq int64) (admission.CheckIn, error) {
	var row journalRow
	_, err := found(q.QueryRowContext(ctx, `SELECT `+journalColumns+` FROM journal j WHERE j.seq = ?`, p.LastEntry.Seq).Scan(row.dest()...))
	for n := 1; err == nil && n < min(p.Entries, farBack); n++ {
		var before journalRow
		var ok bool
		before, ok, err = entryBefore(ctx, q, row)
		if !ok || before.seq <= seq {
			break
		}
		row = before
	}
	return row.checkIn(), err
}
