package store

import (
	"context"
	"database/sql"
	"sync"
)

// maxNames bounds the memory of names: a platform that makes up a new product
// for every ticket must not fill it.
const maxNames = 4096

// names remembers which id stands for which account or term. Only what has
// been committed gets in.
type names struct {
	mu       sync.Mutex
	accounts map[string]int64
	terms    map[string]int64
}

func newNames() *names {
	return &names{accounts: map[string]int64{}, terms: map[string]int64{}}
}

func (n *names) get(m map[string]int64, text string) (int64, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	id, ok := m[text]
	return id, ok
}

func (n *names) put(m map[string]int64, text string, id int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(m) >= maxNames {
		clear(m)
	}
	m[text] = id
}

// account finds the id of an account, 0 for one that was never written.
func (n *names) account(ctx context.Context, q querier, name string) (int64, error) {
	if id, ok := n.get(n.accounts, name); ok {
		return id, nil
	}
	var id int64
	ok, err := found(q.QueryRowContext(ctx, `SELECT id FROM accounts WHERE name = ?`, name).Scan(&id))
	if err != nil || !ok {
		return 0, err
	}
	if t, inside := q.(*txn); inside {
		t.afterCommit(func() { n.put(n.accounts, name, id) })
	} else {
		n.put(n.accounts, name, id)
	}
	return id, nil
}

// ensureAccount is account for one that must exist afterwards.
func (n *names) ensureAccount(ctx context.Context, t *txn, name string) (int64, error) {
	id, err := n.account(ctx, t, name)
	if err != nil || id != 0 {
		return id, err
	}
	err = t.QueryRowContext(ctx, `INSERT INTO accounts (name) VALUES (?) RETURNING id`, name).Scan(&id)
	if err == nil {
		t.afterCommit(func() { n.put(n.accounts, name, id) })
	}
	return id, err
}

// term gives the id that stands for text, NULL for ”.
func (n *names) term(ctx context.Context, t *txn, text string) (sql.NullInt64, error) {
	if text == "" {
		return sql.NullInt64{}, nil
	}
	if id, ok := n.get(n.terms, text); ok {
		return sql.NullInt64{Int64: id, Valid: true}, nil
	}
	var id int64
	ok, err := found(t.QueryRowContext(ctx, `SELECT id FROM terms WHERE text = ?`, text).Scan(&id))
	if err == nil && !ok {
		err = t.QueryRowContext(ctx, `INSERT INTO terms (text) VALUES (?) RETURNING id`, text).Scan(&id)
	}
	if err != nil {
		return sql.NullInt64{}, err
	}
	t.afterCommit(func() { n.put(n.terms, text, id) })
	return sql.NullInt64{Int64: id, Valid: true}, nil
}
