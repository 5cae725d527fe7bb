package admin

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"gatescand/scanner/admission"
)

// The formats of an exported journal. JSON is one object per line, so that a
// night of any length can be written and read as it comes.
const (
	ExportCSV  = "csv"
	ExportJSON = "json"
)

// ErrExportFormat says that there is no such format.
var ErrExportFormat = errors.New("no such format; there are csv and json")

// JournalRow is one check-in as listed and exported. It carries no name.
type JournalRow struct {
	Seq       int64      `json:"seq"`
	ID        string     `json:"id"`
	At        time.Time  `json:"at"` // UTC
	Trusted   bool       `json:"clock_trusted"`
	Station   string     `json:"station"`
	Lane      string     `json:"lane"`
	Direction string     `json:"direction"`
	Verdict   string     `json:"verdict"`
	Reason    string     `json:"reason"`
	Grounds   string     `json:"grounds"`
	Account   string     `json:"account"`
	Ticket    string     `json:"ticket"`
	Event     string     `json:"event"`
	Product   string     `json:"product"`
	Code      string     `json:"code_digest"`
	Delivery  string     `json:"delivery"`
	By        string     `json:"by"`
	Note      string     `json:"note"`
	Previous  *time.Time `json:"previous_at"` // UTC; null unless the ticket was used before and it is known when
	Passage   string     `json:"passage"`     // passed, not_passed, unknown, or "" where no contact tells
	Local     string     `json:"at_local"`    // At on the station's own clock, with its distance from UTC
}

// JournalRowOf gives the exported form of a check-in of a station in zone.
func JournalRowOf(c admission.CheckIn, zone *time.Location) JournalRow {
	r := JournalRow{
		Seq: c.Seq, ID: c.ID, At: c.At.Wall.UTC(), Trusted: c.At.Trusted, Station: c.Station, Lane: c.Lane,
		Direction: string(c.Direction), Verdict: string(c.Verdict), Reason: string(c.Reason), Grounds: string(c.Grounds),
		Account: c.Ticket.Account, Ticket: c.Ticket.ID, Event: c.Event, Product: c.Product, Code: c.Digest,
		Delivery: string(c.Delivery), By: c.By, Note: c.Note, Passage: string(c.Passing),
		Local: c.At.Wall.In(zone).Format(time.RFC3339),
	}
	if c.Previous != nil && !c.Previous.At.IsZero() {
		r.Previous = new(c.Previous.At.UTC())
	}
	return r
}

func journalColumns() []string {
	return []string{
		"seq", "id", "at", "clock_trusted", "station", "lane", "direction", "verdict", "reason", "grounds",
		"account", "ticket", "event", "product", "code_digest", "delivery", "by", "note", "previous_at", "passage", "at_local",
	}
}

// cells are the row for a spreadsheet, in the order of the columns.
func (r JournalRow) cells() []string {
	previous := ""
	if r.Previous != nil {
		previous = r.Previous.Format(time.RFC3339)
	}
	cells := []string{
		strconv.FormatInt(r.Seq, 10), r.ID, r.At.Format(time.RFC3339Nano), strconv.FormatBool(r.Trusted), r.Station, r.Lane,
		r.Direction, r.Verdict, r.Reason, r.Grounds, r.Account, r.Ticket, r.Event, r.Product, r.Code, r.Delivery, r.By, r.Note,
		previous, r.Passage, r.Local,
	}
	for i, c := range cells {
		cells[i] = tame(plainText(c))
	}
	return cells
}

// tame keeps a spreadsheet from taking what a platform or a person wrote for a
// formula: an apostrophe stands before whatever would begin one, at the start
// of the cell and wherever a program whose columns end at semicolons or tabs
// would begin another cell.
func tame(cell string) string {
	var out []byte
	starts := true // a cell would begin here
	done := 0
	for i, r := range cell {
		switch r {
		case '\t', '\n', '\r', ';':
			if i == 0 && r != ';' {
				out = append(out, '\'')
			}
			starts = true
		case ' ', '"':
		case '=', '+', '-', '@', '＝', '＋', '－', '＠':
			if starts {
				out = append(append(out, cell[done:i]...), '\'')
				done = i
			}
			starts = false
		default:
			starts = false
		}
	}
	if out == nil {
		return cell
	}
	return string(append(out, cell[done:]...))
}

// JournalWriter writes check-ins in one of the formats, as they come. Names are
// never among them. Make one with [NewJournalWriter] and end with Flush.
type JournalWriter struct {
	out   io.Writer
	table *csv.Writer // nil for JSON
	zone  *time.Location
}

// NewJournalWriter begins an export to out, for CSV with the names of the
// columns. Another format is [ErrExportFormat].
func NewJournalWriter(out io.Writer, format string, zone *time.Location) (*JournalWriter, error) {
	j := &JournalWriter{out: out, zone: zone}
	switch format {
	case ExportJSON:
		return j, nil
	case ExportCSV:
		j.table = csv.NewWriter(out)
		return j, j.table.Write(journalColumns())
	}
	return nil, fmt.Errorf("format %q: %w", format, ErrExportFormat)
}

// Write adds one check-in.
func (j *JournalWriter) Write(c admission.CheckIn) error {
	row := JournalRowOf(c, j.zone)
	if j.table != nil {
		return j.table.Write(row.cells())
	}
	line, err := json.Marshal(row)
	if err != nil {
		return err
	}
	_, err = j.out.Write(append(numbered(line), '\n'))
	return err
}

// Flush sends on what is still held back.
func (j *JournalWriter) Flush() error {
	if j.table == nil {
		return nil
	}
	j.table.Flush()
	return j.table.Error()
}

// numbered writes the characters of JSON that would move or hide their
// neighbours as \u escapes: the values stay the same to the bit, and nothing
// acts on whoever looks at the file.
func numbered(line []byte) []byte {
	out := make([]byte, 0, len(line)+1)
	for len(line) > 0 {
		r, n := utf8.DecodeRune(line)
		switch {
		case !unruly(r):
			out = append(out, line[:n]...)
		case r > 0xffff:
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		line = line[n:]
	}
	return out
}
