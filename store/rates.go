package store

import (
	"context"
	"maps"
	"sync"
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
// lies in, that one included, the oldest first. Each check-in counts where its
// own wall clock says, in whatever order clocks that were set made them stand;
// one without a wall clock counts nowhere. The journal is read backwards until
// a thousand check-ins on end tell nothing of that time.
func (db *DB) Rates(ctx context.Context, now time.Time, minutes int) ([]Rate, error) {
	minutes = min(max(minutes, 0), mostMinutes)
	from := now.UTC().Truncate(time.Minute).Add(-time.Duration(minutes) * time.Minute)
	out := make([]Rate, minutes+1)
	for i := range out {
		out[i].From = from.Add(time.Duration(i) * time.Minute)
	}
	db.rates.mu.Lock() // before a reader is taken, so that many pages wait without one
	defer db.rates.mu.Unlock()
	err := db.read(ctx, func(q querier) error { return db.rates.count(ctx, q, out) })
	return out, db.file.explain("count the scans", err)
}

// ratesLength is how many check-ins are counted together.
const ratesLength = 1024

// rates remembers what was counted. Check-ins never change, so that each is
// counted once while people look on, however many there are in an hour.
type rates struct {
	mu     sync.Mutex
	length int64            // check-ins in a block
	blocks map[int64][]Rate // block n: the check-ins from n·length+1 to (n+1)·length, by the minute
}

func newRates(length int64) *rates { return &rates{length: length, blocks: map[int64][]Rate{}} }

// count adds the check-ins of the minutes of out, which follow one another, to
// them. Blocks that are older than those forget themselves.
func (r *rates) count(ctx context.Context, q querier, out []Rate) error {
	var head, gone int64
	if err := q.QueryRowContext(ctx, `SELECT s.head_seq, a.seq FROM state s, anchor a`).Scan(&head, &gone); err != nil {
		return err
	}
	n := (head - 1) / r.length
	for ; n >= 0 && (n+1)*r.length > gone; n-- {
		block, err := r.block(ctx, q, n, head, gone)
		if err != nil {
			return err
		}
		if whole := (n+1)*r.length <= head; !addRates(out, block) && whole {
			break
		}
	}
	maps.DeleteFunc(r.blocks, func(known int64, _ []Rate) bool { return known < n })
	return nil
}

// block counts the check-ins of one block, and remembers them when all of them
// are there.
func (r *rates) block(ctx context.Context, q querier, n, head, gone int64) ([]Rate, error) {
	after, last := n*r.length, (n+1)*r.length
	whole := gone <= after && last <= head
	if block, ok := r.blocks[n]; ok && whole {
		return block, nil
	}
	block := []Rate{}
	err := each(ctx, q, `SELECT wall / ?1 AS minute, count(*) FILTER (WHERE verdict = 'admit' AND direction = 'entry'),
			count(*) FILTER (WHERE verdict = 'refuse' AND direction <> 'check'),
			count(*) FILTER (WHERE verdict = 'hold' AND direction <> 'check')
		FROM journal WHERE seq > ?2 AND seq <= ?3 AND wall >= 0 GROUP BY minute`,
		[]any{time.Minute.Microseconds(), after, last}, func(scan func(...any) error) error {
			var minute int64
			var rate Rate
			err := scan(&minute, &rate.Admitted, &rate.Refused, &rate.Held)
			rate.From = time.Unix(minute*60, 0).UTC()
			block = append(block, rate)
			return err
		})
	if err == nil && whole {
		r.blocks[n] = block
	}
	return block, err
}

// addRates adds those of the minutes that out has, and tells whether there were any.
func addRates(out, minutes []Rate) bool {
	some := false
	for _, m := range minutes {
		at := int64(m.From.Sub(out[0].From) / time.Minute)
		if m.From.Before(out[0].From) || at >= int64(len(out)) {
			continue
		}
		some = true
		out[at].Admitted += m.Admitted
		out[at].Refused += m.Refused
		out[at].Held += m.Held
	}
	return some
}
