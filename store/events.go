package store

import (
	"context"
	"database/sql"

	"gatescand/scanner/admission"
)

// PutEvents takes in the events of an account as it publishes them now, all
// at once. Events it no longer publishes are kept with their keys, because
// tickets refer to them. An event that comes without keys or without a time
// keeps those it had: an answer without is no proof that they are wrong.
func (db *DB) PutEvents(ctx context.Context, account string, events []admission.Event) error {
	return db.write(ctx, "store the events", background, func(ctx context.Context, t *txn) error {
		id, err := db.names.ensureAccount(ctx, t, account)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE events SET published = 0 WHERE account = ? AND published = 1`, id); err != nil {
			return err
		}
		for _, e := range events {
			if err := t.putEvent(ctx, id, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *txn) putEvent(ctx context.Context, account int64, e admission.Event) error {
	_, err := t.exec(ctx, `INSERT INTO events (account, event, name, starts, ends, zone, parent, published)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1)
		ON CONFLICT (account, event) DO UPDATE SET name = excluded.name,
			starts = coalesce(excluded.starts, starts), ends = iif(excluded.starts IS NULL, ends, excluded.ends),
			zone = excluded.zone, parent = excluded.parent, published = 1`,
		account, e.ID, e.Name, micros(e.Start), micros(e.End), e.Zone, e.Parent)
	if err != nil {
		return err
	}
	if err := t.putProducts(ctx, account, e); err != nil || len(e.Keys) == 0 {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM keys WHERE account = ? AND event = ?`, account, e.ID); err != nil {
		return err
	}
	for place, k := range e.Keys {
		if _, err := t.exec(ctx, `INSERT INTO keys (account, event, place, signs, pem) VALUES (?, ?, ?, ?, ?)`,
			account, e.ID, place, k.Event, k.PEM); err != nil {
			return err
		}
	}
	return nil
}

// putProducts replaces the kinds of tickets of an event. None at all is taken
// for an answer that does not tell them.
func (t *txn) putProducts(ctx context.Context, account int64, e admission.Event) error {
	if len(e.Products) == 0 {
		return nil
	}
	if _, err := t.exec(ctx, `DELETE FROM products WHERE account = ? AND event = ?`, account, e.ID); err != nil {
		return err
	}
	for place, p := range e.Products {
		if _, err := t.exec(ctx, `INSERT INTO products (account, event, place, product, name) VALUES (?, ?, ?, ?, ?)`,
			account, e.ID, place, p.ID, p.Name); err != nil {
			return err
		}
	}
	return nil
}

// Events gives every event of an account that was ever published, with its
// keys and products, in the order of their start.
func (db *DB) Events(ctx context.Context, account string) ([]admission.Event, error) {
	var events []admission.Event
	err := db.read(ctx, func(q querier) error {
		id, err := db.names.account(ctx, q, account)
		if err != nil || id == 0 {
			return err
		}
		at := map[string]int{}
		err = each(ctx, q, `SELECT event, name, starts, ends, zone, parent, published = 0 FROM events WHERE account = ?
			ORDER BY starts, event`, []any{id}, func(scan func(...any) error) error {
			e := admission.Event{Account: account}
			var starts, ends sql.NullInt64
			err := scan(&e.ID, &e.Name, &starts, &ends, &e.Zone, &e.Parent, &e.Withdrawn)
			e.Start, e.End = fromMicros(starts), fromMicros(ends)
			at[e.ID] = len(events)
			events = append(events, e)
			return err
		})
		if err != nil {
			return err
		}
		if err := eachKey(ctx, q, id, func(event string, k admission.Key) {
			e := &events[at[event]]
			e.Keys = append(e.Keys, k)
		}); err != nil {
			return err
		}
		return each(ctx, q, `SELECT event, product, name FROM products WHERE account = ? ORDER BY event, place`, []any{id},
			func(scan func(...any) error) error {
				var event string
				var p admission.Product
				if err := scan(&event, &p.ID, &p.Name); err != nil {
					return err
				}
				e := &events[at[event]]
				e.Products = append(e.Products, p)
				return nil
			})
	})
	return events, db.file.explain("read the events", err)
}

// Keys gives every key of an account, each once.
func (db *DB) Keys(ctx context.Context, account string) ([]admission.Key, error) {
	var keys []admission.Key
	err := db.read(ctx, func(q querier) error {
		id, err := db.names.account(ctx, q, account)
		if err != nil || id == 0 {
			return err
		}
		seen := map[admission.Key]bool{}
		return eachKey(ctx, q, id, func(_ string, k admission.Key) {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		})
	})
	return keys, db.file.explain("read the keys", err)
}

func eachKey(ctx context.Context, q querier, account int64, one func(event string, k admission.Key)) error {
	return each(ctx, q, `SELECT event, signs, pem FROM keys WHERE account = ? ORDER BY event, place`, []any{account},
		func(scan func(...any) error) error {
			var event string
			var k admission.Key
			if err := scan(&event, &k.Event, &k.PEM); err != nil {
				return err
			}
			one(event, k)
			return nil
		})
}

// ChooseEvents notes which events of an account staff chose to serve; none
// takes the choice back.
func (db *DB) ChooseEvents(ctx context.Context, account string, events []string) error {
	return db.write(ctx, "store the chosen events", background, func(ctx context.Context, t *txn) error {
		id, err := db.names.ensureAccount(ctx, t, account)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM chosen WHERE account = ?`, id); err != nil {
			return err
		}
		for _, e := range events {
			if _, err := t.exec(ctx, `INSERT INTO chosen (account, event) VALUES (?, ?) ON CONFLICT DO NOTHING`, id, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// ChosenEvents gives the events that staff chose, empty when nobody has.
func (db *DB) ChosenEvents(ctx context.Context, account string) ([]string, error) {
	var events []string
	err := each(ctx, db.readers, `SELECT c.event FROM chosen c JOIN accounts a ON a.id = c.account
		WHERE a.name = ? ORDER BY c.event`, []any{account}, func(scan func(...any) error) error {
		var e string
		err := scan(&e)
		events = append(events, e)
		return err
	})
	return events, db.file.explain("read the chosen events", err)
}
