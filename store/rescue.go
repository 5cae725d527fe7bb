package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"

	"gatescand/scanner/admission"
)

// Rescued is what could be saved from a damaged database.
type Rescued struct {
	Deliveries []admission.Delivery // pending and buried ones, oldest first
	// Whole tells that the outbox could be read from end to end. Otherwise
	// some of it may be lost in a damaged place.
	Whole bool
}

// Rescue takes the check-ins that have not been delivered out of a database
// that [Open] refuses or that gave [ErrCorrupt]. It changes nothing in the
// file, relies on as little of it as it can, and gives what it could read:
// where the account's name, the time or the lane of a check-in is lost, the
// delivery comes without. An error means that not even a beginning could be
// made.
func Rescue(ctx context.Context, path string) (Rescued, error) {
	f, err := newFile(path)
	if err != nil {
		return Rescued{}, err
	}
	if _, err := os.Stat(f.path); err != nil {
		return Rescued{}, f.explain("rescue the outbox", err)
	}
	db := f.open(role{name: "rescuer", query: url.Values{"mode": {"ro"}, "_query_only": {"on"}}}, 1)
	defer func() { _ = db.Close() }() // it only read
	r := rescue{db: db, saved: map[int64]admission.Delivery{}}
	forth := r.read(ctx, "ASC")
	if forth != nil {
		// Behind the damage there may be more.
		if back := r.read(ctx, "DESC"); len(r.saved) == 0 && back != nil {
			return Rescued{}, f.explain("rescue the outbox", forth)
		}
	}
	out := Rescued{Whole: forth == nil}
	for _, d := range r.saved {
		out.Deliveries = append(out.Deliveries, r.complete(ctx, d))
	}
	slices.SortFunc(out.Deliveries, func(a, b admission.Delivery) int { return cmp.Compare(a.Seq, b.Seq) })
	return out, nil
}

type rescue struct {
	db    *sql.DB
	saved map[int64]admission.Delivery
}

// read keeps every row of the outbox up to the first that cannot be read.
func (r *rescue) read(ctx context.Context, order string) error {
	return each(ctx, r.db, `SELECT seq, account, ticket, event, earlier, buried, attempt, cause, remedy, code
		FROM outbox ORDER BY seq `+order, nil, func(scan func(...any) error) error {
		d := admission.Delivery{State: admission.DeliveryPending}
		var account int64
		var buried bool
		err := scan(&d.Seq, &account, &d.Ticket.ID, &d.Event, &d.Earlier, &buried, &d.Attempt, &d.Cause, &d.Remedy, &d.Code)
		if err != nil {
			return err
		}
		if buried {
			d.State = admission.DeliveryBuried
		}
		d.Ticket.Account = strconv.FormatInt(account, 10)
		r.saved[d.Seq] = d
		return nil
	})
}

// complete adds what other tables still tell.
func (r *rescue) complete(ctx context.Context, d admission.Delivery) admission.Delivery {
	var name string
	if err := r.db.QueryRowContext(ctx, `SELECT name FROM accounts WHERE id = ?`, d.Ticket.Account).Scan(&name); err == nil {
		d.Ticket.Account = name
	} else {
		d.Ticket.Account = fmt.Sprintf("(account %s, its name is lost)", d.Ticket.Account)
	}
	var at stampColumns
	err := r.db.QueryRowContext(ctx, `SELECT id, station, lane, wall, trusted, boot, since FROM journal WHERE seq = ?`, d.Seq).
		Scan(list(&d.ID, &d.Station, &d.Lane, at.dest())...)
	if err == nil {
		d.At = at.stamp()
	}
	// A database of the first release keeps no memos.
	_ = r.db.QueryRowContext(ctx, `SELECT memo FROM outbox WHERE seq = ?`, d.Seq).Scan(&d.Memo)
	return d
}
