package store

import (
	"database/sql"
	"time"

	"gatescand/scanner/admission"
)

// micros gives a time as the database keeps it, NULL for the zero time.
func micros(t time.Time) sql.NullInt64 {
	if t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: true}
}

// fromMicros undoes micros.
func fromMicros(v sql.NullInt64) time.Time {
	if !v.Valid {
		return time.Time{}
	}
	return time.UnixMicro(v.Int64).UTC()
}

// stampColumns are the four columns of a stamp, in the order wall, trusted,
// boot, since.
type stampColumns struct {
	wall    sql.NullInt64
	trusted bool
	boot    string
	since   int64
}

func (c *stampColumns) dest() []any {
	return []any{&c.wall, &c.trusted, &c.boot, &c.since}
}

func (c *stampColumns) stamp() admission.Stamp {
	return admission.Stamp{
		Wall: fromMicros(c.wall), Trusted: c.trusted, Boot: c.boot, SinceBoot: time.Duration(c.since),
	}
}

func stampArgs(s admission.Stamp) []any {
	return []any{micros(s.Wall), s.Trusted, s.Boot, int64(s.SinceBoot)}
}

// rounded gives s as it will be read back: in UTC and whole microseconds.
func rounded(s admission.Stamp) admission.Stamp {
	s.Wall = fromMicros(micros(s.Wall))
	return s
}

// nullText keeps ” as NULL, which takes no room in a row.
func nullText(s string) sql.NullString {
	return sql.NullString{String: s, Valid: s != ""}
}

// list joins arguments and slices of arguments into one slice.
func list(parts ...any) []any {
	var out []any
	for _, p := range parts {
		if many, ok := p.([]any); ok {
			out = append(out, many...)
			continue
		}
		out = append(out, p)
	}
	return out
}
