package store

import (
	"context"
	"time"
)

// Rate is what happened in one minute at the entry and exit lanes, counted as
// [DB.Counts] counts.
type Rate struct {
	From     time.Time // UTC, a whole minute
	Admitted int       // entries let in
	Refused  int
	Held     int
}

// mostMinutes bounds one reading of rates: a day.
const mostMinutes = 24 * 60

// Rates counts by the minute from so many whole minutes before the one that now
// lies in, that one included, the oldest first. It reads the check-ins of that
// time only; those without a wall clock count nowhere.
func (db *DB) Rates(ctx context.Context, now time.Time, minutes int) ([]Rate, error) {
	minutes = min(max(minutes, 0), mostMinutes)
	from := now.UTC().Truncate(time.Minute).Add(-time.Duration(minutes) * time.Minute)
	out := make([]Rate, minutes+1)
	for i := range out {
		out[i].From = from.Add(time.Duration(i) * time.Minute)
	}
	err := db.read(ctx, func(q querier) error {
		var before int64
		if _, err := found(q.QueryRowContext(ctx, `SELECT seq FROM journal WHERE wall < ? ORDER BY seq DESC LIMIT 1`, from.UnixMicro()).
			Scan(&before)); err != nil {
			return err
		}
		return each(ctx, q, `SELECT (wall - ?1) / ?2 AS minute, count(*) FILTER (WHERE verdict = 'admit' AND direction = 'entry'),
				count(*) FILTER (WHERE verdict = 'refuse'), count(*) FILTER (WHERE verdict = 'hold')
			FROM journal WHERE seq > ?3 AND wall >= ?1 AND wall < ?1 + ?2 * ?4 AND direction <> 'check' GROUP BY minute`,
			[]any{from.UnixMicro(), time.Minute.Microseconds(), before, minutes + 1}, func(scan func(...any) error) error {
				var minute int
				var r Rate
				if err := scan(&minute, &r.Admitted, &r.Refused, &r.Held); err != nil {
					return err
				}
				r.From = out[minute].From
				out[minute] = r
				return nil
			})
	})
	return out, db.file.explain("count the scans", err)
}
