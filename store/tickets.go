package store

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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

// SearchTickets finds tickets for a person at a desk: by part of the holder's
// name or of the product, or by the beginning of the ticket's identity or of
// the order. Letters match in either case. What is found may hold names. It
// reads the whole cache when there is little to find.
func (db *DB) SearchTickets(ctx context.Context, q string, limit int) ([]admission.Ticket, error) {
	q = strings.TrimSpace(q)
	if q == "" || limit <= 0 {
		return nil, nil
	}
	var where []string
	var args []any
	for _, word := range spellings(q) {
		where = append(where, `t.holder LIKE ? ESCAPE '\'`, `p.text LIKE ? ESCAPE '\'`,
			`t.ticket LIKE ? ESCAPE '\'`, `t.reservation LIKE ? ESCAPE '\'`)
		like := escapeLike(word)
		args = append(args, "%"+like+"%", "%"+like+"%", like+"%", like+"%")
	}
	var out []admission.Ticket
	err := each(ctx, db.readers, `SELECT `+ticketColumns+`, a.name, t.ticket FROM tickets t `+ticketJoins+`
		JOIN accounts a ON a.id = t.account WHERE `+strings.Join(where, " OR ")+` LIMIT ?`, append(args, limit),
		func(scan func(...any) error) error {
			var key admission.TicketKey
			row, err := scanTicket(key, scan, &key.Account, &key.ID)
			row.ticket.TicketKey = key
			out = append(out, row.ticket)
			return err
		})
	return out, db.file.explain("search the tickets", err)
}

// spellings are the cases a word may stand in. LIKE itself folds only a to z.
func spellings(q string) []string {
	first, n := utf8.DecodeRuneInString(q)
	words := []string{q, strings.ToLower(q), strings.ToUpper(q), string(unicode.ToTitle(first)) + strings.ToLower(q[n:])}
	if isASCII(q) {
		return words[:1]
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// escapeLike makes a word mean itself in a LIKE pattern with ESCAPE '\'.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
