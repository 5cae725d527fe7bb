package store

import (
	"context"
	"database/sql"
	"slices"

	"gatescand/scanner/admission"
)

// standing is what the store itself knows of a ticket, beside what the ladder
// may look at.
type standing struct {
	account  int64 // 0 when nothing was ever written for the account
	known    bool  // there is a row already
	presence admission.Presence
	admitted int64 // seq of the last entry ever
	event    string
	grounds  admission.Grounds
	delivery int64 // seq of the last delivery
	last     int64 // seq of the last check-in of any kind
	told     int   // uses the platform has from here, or may have, since the last reset
}

// Facts loads what [DB.Record] would decide on, as of one moment, and changes
// nothing: for explaining a decision and for knowing whether to ask.
func (db *DB) Facts(ctx context.Context, p admission.Presentation) (admission.Facts, error) {
	var f admission.Facts
	err := db.read(ctx, func(q querier) error {
		inside := 0
		if err := q.QueryRowContext(ctx, `SELECT inside FROM state`).Scan(&inside); err != nil {
			return err
		}
		var err error
		f, _, err = db.facts(ctx, q, p, inside, true)
		return err
	})
	return f, db.file.explain("look up the ticket", err)
}

// facts completes the claims of p. It leaves p as it is. Without events, an
// event is only looked up where the ladder looks at it.
func (db *DB) facts(ctx context.Context, q querier, p admission.Presentation, inside int, events bool) (admission.Facts, []standing, error) {
	f := admission.Facts{
		Closed: p.Closed,
		House:  admission.House{Capacity: p.House.Capacity, Inside: inside},
		Claims: slices.Clone(p.Claims),
	}
	standings := make([]standing, len(f.Claims))
	for i := range f.Claims {
		if f.Claims[i].Credential.ID == "" {
			continue
		}
		var err error
		if standings[i], err = db.complete(ctx, q, &f.Claims[i], events || f.Claims[i].Policy.EventWindow); err != nil {
			return admission.Facts{}, nil, err
		}
	}
	return f, standings, nil
}

// complete fills in one claim, on wish with its event.
func (db *DB) complete(ctx context.Context, q querier, c *admission.Claim, withEvent bool) (standing, error) {
	cred := c.Credential
	c.Ticket, c.List, c.Event, c.Presence, c.Standing = nil, admission.List{}, nil, admission.Presence{}, admission.Standing{}
	account, err := db.names.account(ctx, q, cred.Account)
	if err != nil || account == 0 {
		return standing{}, err
	}
	row, ok, err := loadTicket(ctx, q, account, cred.TicketKey)
	if err != nil {
		return standing{}, err
	}
	event := cred.Event
	if event == "" && c.Answer != nil {
		event = c.Answer.Event
	}
	if ok {
		c.Ticket, c.List = &row.ticket, row.list
		if row.ticket.Event != "" {
			event = row.ticket.Event
		}
	} else if c.List, err = weakestList(ctx, q, account, event); err != nil {
		return standing{}, err
	}
	if withEvent {
		if c.Event, err = loadEvent(ctx, q, account, cred.Account, event); err != nil {
			return standing{}, err
		}
	}
	s, err := loadStanding(ctx, q, account, cred.ID)
	if err != nil {
		return s, err
	}
	c.Presence = s.presence
	c.Standing, err = s.undoneThere(ctx, q, row)
	return s, err
}

// ticketRow is a ticket with its place on its list.
type ticketRow struct {
	ticket       admission.Ticket
	list         admission.List
	vanished     bool // a later complete sweep did not see it
	usableOnly   bool // and the list says no more by that than that it cannot be used
	step         int64
	completeStep int64
}

// ticketColumns selects a ticketRow FROM tickets t with ticketJoins.
const ticketColumns = `t.status, t.used, t.used_at, u.text, t.uses, t.valid_from, t.valid_until, t.holder, t.reservation,
	e.text, p.text, r.text, t.generation < l.complete, l.usable_only, t.step,
	l.complete > 0, l.complete_step, l.as_of_wall, l.as_of_trusted, l.as_of_boot, l.as_of_since`

const ticketJoins = `JOIN lists l ON l.id = t.list
	LEFT JOIN terms e ON e.id = t.event LEFT JOIN terms p ON p.id = t.product
	LEFT JOIN terms r ON r.id = t.price LEFT JOIN terms u ON u.id = t.used_by`

func scanTicket(key admission.TicketKey, scan func(...any) error, more ...any) (ticketRow, error) {
	row := ticketRow{ticket: admission.Ticket{TicketKey: key}}
	t := &row.ticket
	var usedAt, from, until sql.NullInt64
	var usedBy, holder, reservation, event, product, price sql.NullString
	var asOf stampColumns
	dest := list(
		&t.Status, &t.Used, &usedAt, &usedBy, &t.UsesAllowed, &from, &until, &holder, &reservation,
		&event, &product, &price, &row.vanished, &row.usableOnly, &row.step,
		&row.list.Complete, &row.completeStep, asOf.dest(), more)
	if err := scan(dest...); err != nil {
		return ticketRow{}, err
	}
	t.UsedAt, t.UsedBy = fromMicros(usedAt), usedBy.String
	t.Window = admission.Window{From: fromMicros(from), Until: fromMicros(until)}
	t.Holder, t.Order = holder.String, reservation.String
	t.Event, t.Product, t.Price = event.String, product.String, price.String
	row.list.AsOf = asOf.stamp()
	switch {
	case row.vanished && row.usableOnly:
		t.Used, t.Gone = true, true
	case row.vanished:
		t.Status = admission.StatusRevoked
	}
	return row, nil
}

// loadTicket reads one ticket. The plus signs matter: in a join, SQLite plans
// a statement anew for every value bound to a bare parameter that a column is
// compared with, which takes ten times as long as running it.
func loadTicket(ctx context.Context, q querier, account int64, key admission.TicketKey) (ticketRow, bool, error) {
	row, err := scanTicket(key, q.QueryRowContext(ctx,
		`SELECT `+ticketColumns+` FROM tickets t `+ticketJoins+` WHERE t.account = +? AND t.ticket = +?`,
		account, key.ID).Scan)
	ok, err := found(err)
	return row, ok, err
}

// weakestList describes the list that would hold a ticket nobody has listed:
// that of its event where it is known, else the least of the account's lists.
func weakestList(ctx context.Context, q querier, account int64, event string) (admission.List, error) {
	var all, own []admission.List
	err := each(ctx, q, `SELECT event, complete > 0, as_of_wall, as_of_trusted, as_of_boot, as_of_since
		FROM lists WHERE account = ?`, []any{account}, func(scan func(...any) error) error {
		var name string
		var l admission.List
		var asOf stampColumns
		if err := scan(list(&name, &l.Complete, asOf.dest())...); err != nil {
			return err
		}
		l.AsOf = asOf.stamp()
		all = append(all, l)
		if event != "" && name == event {
			own = append(own, l)
		}
		return nil
	})
	if err != nil || len(all) == 0 {
		return admission.List{}, err
	}
	if len(own) > 0 {
		all = own
	}
	return slices.MinFunc(all, func(a, b admission.List) int {
		if a.Complete != b.Complete {
			if b.Complete {
				return -1
			}
			return 1
		}
		return a.AsOf.Wall.Compare(b.AsOf.Wall)
	}), nil
}

func loadEvent(ctx context.Context, q querier, account int64, accountName, id string) (*admission.Event, error) {
	if id == "" {
		return nil, nil
	}
	e := admission.Event{Account: accountName, ID: id}
	var starts, ends sql.NullInt64
	ok, err := found(q.QueryRowContext(ctx,
		`SELECT name, starts, ends, zone, parent FROM events WHERE account = ? AND event = ?`, account, id).
		Scan(&e.Name, &starts, &ends, &e.Zone, &e.Parent))
	if err != nil || !ok {
		return nil, err
	}
	e.Start, e.End = fromMicros(starts), fromMicros(ends)
	return &e, nil
}

// standingColumns selects a standing FROM presence s.
const standingColumns = `s.entries, s.inside,
	s.entry_seq, s.entry_wall, s.entry_trusted, s.entry_boot, s.entry_since, s.entry_station, s.entry_lane, s.entry_by,
	s.exit_seq, s.exit_wall, s.exit_trusted, s.exit_boot, s.exit_since, s.exit_station, s.exit_lane, s.exit_by,
	s.admitted_seq, s.event, s.grounds, s.delivery_seq, s.last_seq, s.told`

func loadStanding(ctx context.Context, q querier, account int64, id string) (standing, error) {
	s, err := scanStanding(q.QueryRowContext(ctx,
		`SELECT `+standingColumns+` FROM presence s WHERE s.account = ? AND s.ticket = ?`, account, id).Scan)
	ok, err := found(err)
	if !ok {
		s = standing{}
	}
	s.known, s.account = ok, account
	return s, err
}

func scanStanding(scan func(...any) error, more ...any) (standing, error) {
	var s standing
	var entry, exit passageColumns
	err := scan(list(&s.presence.Entries, &s.presence.Inside, entry.dest(), exit.dest(),
		&s.admitted, &s.event, &s.grounds, &s.delivery, &s.last, &s.told, more)...)
	s.presence.LastEntry = entry.passage(admission.Entry)
	s.presence.LastExit = exit.passage(admission.Exit)
	return s, err
}

// passageColumns are the columns of one passage; seq 0 stands for none.
type passageColumns struct {
	seq           int64
	at            stampColumns
	station, lane string
	by            admission.Party
}

func (c *passageColumns) dest() []any {
	return list(&c.seq, c.at.dest(), &c.station, &c.lane, &c.by)
}

func (c *passageColumns) passage(d admission.Direction) admission.Passage {
	if c.seq == 0 {
		return admission.Passage{}
	}
	return admission.Passage{Seq: c.seq, At: c.at.stamp(), Direction: d, Station: c.station, Lane: c.lane, By: c.by}
}

func passageArgs(p admission.Passage) []any {
	return list(p.Seq, stampArgs(p.At), p.Station, p.Lane, string(p.By))
}

// read runs do on one connection as of one moment.
func (db *DB) read(ctx context.Context, do func(querier) error) error {
	tx, err := db.readers.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing to lose: it only read
	return do(tx)
}
