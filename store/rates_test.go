package store_test

import (
	"database/sql"
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// tally is a journal of which only the time and the outcome of a check-in
// matter, beside a plain list of the same.
type tally struct {
	tool *sql.DB
	list []tallied // of Seq 1 onwards
	gone int       // pruned, from the front
}

type tallied struct {
	Wall      *int64              `json:"wall"` // microseconds
	Direction admission.Direction `json:"direction"`
	Verdict   admission.Verdict   `json:"verdict"`
}

func newTally(t *testing.T, path string) *tally {
	t.Helper()
	c := &tally{tool: raw(t, path)}
	c.tool.SetMaxOpenConns(1)
	execRaw(t, c.tool, `PRAGMA synchronous = OFF`)
	execRaw(t, c.tool, `CREATE TEMP TABLE first AS SELECT * FROM journal WHERE seq = 1`)
	return c
}

// empty begins again.
func (c *tally) empty(t *testing.T) {
	t.Helper()
	execRaw(t, c.tool, `UPDATE anchor SET seq = 1 << 60`)
	execRaw(t, c.tool, `DELETE FROM journal`)
	execRaw(t, c.tool, `UPDATE anchor SET seq = 0`)
	execRaw(t, c.tool, `UPDATE state SET head_seq = 0`)
	c.list, c.gone = nil, 0
}

func (c *tally) add(t *testing.T, more []tallied) {
	t.Helper()
	rows, err := json.Marshal(more)
	ok(t, err)
	execRaw(t, c.tool, `INSERT INTO journal (seq, id, station, lane, direction, wall, trusted, boot, since, verdict, reason, grounds, rung, platform,
			account, ticket, event, product, digest, by, note, before, told, admitted, refused, held, inside, hash)
		SELECT ?1 + n.key + 1, printf('01TALLY%019d', ?1 + n.key), f.station, f.lane, n.value ->> 'direction', n.value ->> 'wall', f.trusted, f.boot, f.since,
			n.value ->> 'verdict', f.reason, f.grounds, f.rung, f.platform, f.account, f.ticket, f.event, f.product, f.digest, '', '',
			0, 0, 0, 0, 0, 0, f.hash FROM json_each(?2) n CROSS JOIN first f ORDER BY n.key`, len(c.list), string(rows))
	c.list = append(c.list, more...)
}

func (c *tally) prune(t *testing.T, through int) {
	t.Helper()
	execRaw(t, c.tool, `UPDATE anchor SET seq = ?`, through)
	execRaw(t, c.tool, `DELETE FROM journal WHERE seq <= ?`, through)
	c.gone = through
}

// rates counts one by one what follows the last run of so many check-ins that
// has nothing of the time; runs begin at multiples of their length.
func (c *tally) rates(now time.Time, minutes, length int) []store.Rate {
	from := now.Truncate(time.Minute).Add(-time.Duration(minutes) * time.Minute)
	out := make([]store.Rate, minutes+1)
	for i := range out {
		out[i].From = from.Add(time.Duration(i) * time.Minute)
	}
	minute := func(x tallied) (int, bool) {
		for i := range out {
			if x.Wall != nil && *x.Wall >= out[i].From.UnixMicro() && *x.Wall < out[i].From.Add(time.Minute).UnixMicro() {
				return i, true
			}
		}
		return 0, false
	}
	left := slices.Clone(c.list)
	for i := range c.gone {
		left[i].Wall = nil
	}
	begin := 0
	for end := length; end <= len(left); end += length {
		if !slices.ContainsFunc(left[end-length:end], func(x tallied) bool { _, here := minute(x); return here }) {
			begin = end
		}
	}
	for _, x := range left[begin:] {
		i, here := minute(x)
		switch {
		case !here || x.Direction == admission.Check:
		case x.Verdict == admission.Refuse:
			out[i].Refused++
		case x.Verdict == admission.Hold:
			out[i].Held++
		case x.Direction == admission.Entry:
			out[i].Admitted++
		}
	}
	return out
}

func TestRatesAreWhatCountingOneByOneGivesHoweverClocksJump(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db := openAt(t, path, s)
	sweep(t, db, s, ticketRange(0, 1))
	record(t, db, s.scan(ticketID(0), admission.Entry))
	c := newTally(t, path)
	rapid.Check(t, func(rt *rapid.T) {
		length := rapid.IntRange(1, 9).Draw(rt, "length")
		store.CutRates(db, int64(length))
		c.empty(t)
		clock := time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 8).Draw(rt, "askings") {
			more := []tallied{}
			for range rapid.IntRange(0, 25).Draw(rt, "scans") {
				clock = clock.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "later")) * time.Second)
				switch rapid.IntRange(0, 30).Draw(rt, "jump") {
				case 1:
					clock = clock.Add(time.Duration(rapid.IntRange(-400, 400).Draw(rt, "by")) * time.Second)
					clock = time.Unix(max(clock.Unix(), 0), 0).UTC() // no system's clock is before 1970
				case 2:
					clock = time.Unix(int64(rapid.IntRange(0, 1000).Draw(rt, "of 1970")), 0).UTC()
				case 3:
					clock = time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC)
				}
				row := tallied{
					Direction: rapid.SampledFrom([]admission.Direction{admission.Entry, admission.Exit, admission.Check}).Draw(rt, "direction"),
					Verdict:   rapid.SampledFrom([]admission.Verdict{admission.Admit, admission.Refuse, admission.Hold}).Draw(rt, "verdict"),
				}
				if wall := clock.UnixMicro(); rapid.IntRange(0, 9).Draw(rt, "no clock") > 0 {
					row.Wall = &wall
				}
				more = append(more, row)
			}
			c.add(t, more)
			if gone := rapid.IntRange(0, 4*max(len(c.list), 1)).Draw(rt, "pruned"); gone > c.gone && gone < len(c.list) {
				c.prune(t, gone)
			}
			minutes := rapid.IntRange(0, 12).Draw(rt, "minutes")
			got := must(db.Rates(t.Context(), clock, minutes))(t)
			if want := c.rates(clock, minutes, length); !slices.Equal(got, want) {
				rt.Fatalf("at %v, %d minutes, %d at a time:\ngot  %v\nwant %v", clock, minutes, length, got, want)
			}
		}
	})
}

func TestClocksThatWereSetBackHideNothingOfAnHour(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 3))
	seven := time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC)
	for n, wall := range []time.Time{seven, seven.Add(-3 * time.Hour), seven.Add(2 * time.Minute)} { // a station that lost its power between
		p := s.scan(ticketID(n), admission.Entry)
		p.Scan.At.Wall = wall
		record(t, db, p)
	}
	rates := must(db.Rates(t.Context(), seven.Add(2*time.Minute), 60))(t)
	if rates[58].Admitted != 1 || rates[59].Admitted != 0 || rates[60].Admitted != 1 {
		t.Errorf("the last minutes: %v", rates[58:])
	}
}
