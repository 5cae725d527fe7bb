package store

import (
	"context"

	"gatescand/scanner/admission"
)

// Ticket reads one ticket as the platform last told it; one that a complete
// sweep did not see is revoked. [ErrNotFound] when no list ever had it.
func (db *DB) Ticket(ctx context.Context, key admission.TicketKey) (admission.Ticket, error) {
	var row ticketRow
	err := db.read(ctx, func(q querier) error {
		account, err := db.names.account(ctx, q, key.Account)
		if err != nil {
			return err
		}
		var ok bool
		row, ok, err = loadTicket(ctx, q, account, key)
		if err == nil && !ok {
			err = notFound("ticket of account %s", key.Account)
		}
		return err
	})
	return row.ticket, db.file.explain("look up the ticket", err)
}

// Presence tells who is inside with a ticket and how often it was used here.
func (db *DB) Presence(ctx context.Context, key admission.TicketKey) (admission.Presence, error) {
	var s standing
	err := db.read(ctx, func(q querier) error {
		account, err := db.names.account(ctx, q, key.Account)
		if err != nil || account == 0 {
			return err
		}
		s, err = loadStanding(ctx, q, account, key.ID)
		return err
	})
	return s.presence, db.file.explain("look up the ticket", err)
}
