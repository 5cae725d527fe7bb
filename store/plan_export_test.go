package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// Listen has every query of the readers told before it runs, until the
// database is closed.
func Listen(db *DB, told func(query string, args []any)) error {
	listening := sql.OpenDB(listeningConnector{connector{file: db.file, role: readerRole()}, told})
	err := db.readers.Close()
	db.readers = listening
	return err
}

type listeningConnector struct {
	connector

	told func(query string, args []any)
}

func (c listeningConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return listeningConn{conn, c.told}, nil
}

type listeningConn struct {
	driver.Conn

	told func(query string, args []any)
}

var errNoQueries = errors.New("the driver cannot be asked directly")

// QueryContext implements driver.QueryerContext.
func (c listeningConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	q, ok := c.Conn.(driver.QueryerContext)
	if !ok {
		return nil, errNoQueries
	}
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a.Value
	}
	c.told(query, values)
	return q.QueryContext(ctx, query, args)
}

// BeginTx implements driver.ConnBeginTx.
func (c listeningConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	b, ok := c.Conn.(driver.ConnBeginTx)
	if !ok {
		return nil, errNoQueries
	}
	return b.BeginTx(ctx, opts)
}
