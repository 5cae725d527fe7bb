package admin

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
)

func TestACellIsNeverAFormula(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, want string }{
		"plain words stay":           {"Plein tarif", "Plein tarif"},
		"a minus within words stays": {"VIP-Gäste - Balkon", "VIP-Gäste - Balkon"},
		"nothing stays nothing":      {"", ""},
		"a sum":                      {"=1+1", "'=1+1"},
		"a plus":                     {"+33 6 12", "'+33 6 12"},
		"a minus":                    {"-2+3", "'-2+3"},
		"an at":                      {"@SUM(A1)", "'@SUM(A1)"},
		"a tab first":                {"\t=1", "'\t'=1"},
		"spaces first":               {"   =1", "   '=1"},
		"a full-width sign":          {"＝1+1", "'＝1+1"},
		"after a semicolon, where columns end at those":  {"note;=cmd|'/c calc'!A1", "note;'=cmd|'/c calc'!A1"},
		"after a semicolon and a quotation mark":         {`note;"=1`, `note;"'=1`},
		"on a second line":                               {"fine\n=1", "fine\n'=1"},
		"a carriage return is shown by its number":       {"\r=1", "‹U+000D›=1"},
		"a direction mark is shown by its number":        {"\u202e=1", "‹U+202E›=1"},
		"an escape of a terminal is shown by its number": {"\x1b[31m", "‹U+001B›[31m"},
		"emoji stay": {"👩‍👩‍👧 ok", "👩‍👩‍👧 ok"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tame(plainText(tc.in)); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// However a program cuts the line into cells, none begins like a formula.
func TestNoCutOfALineGivesAFormula(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		note := rapid.StringOf(rapid.SampledFrom([]rune("=+-@;\t\n\r ,\"'a1|\u202e＝"))).Draw(t, "note")
		for _, cut := range []string{";", "\t", "\n"} {
			for cell := range strings.SplitSeq(tame(plainText(note)), cut) {
				if cell = strings.TrimLeft(cell, " \""); cell != "" && strings.ContainsRune("=+-@＝", []rune(cell)[0]) {
					t.Fatalf("%q cut at %q begins a formula: %q", note, cut, cell)
				}
			}
		}
	})
}

// wild is a check-in of which every text is somebody's attack.
func wild() admission.CheckIn {
	c := admission.CheckIn{
		Seq: 7, ID: "01J", Station: "Main entrance", Lane: "north", Direction: admission.Entry, Recorded: true,
		At: admission.Stamp{Wall: scanTime(), Trusted: true}, By: "Ann", Note: "=HYPERLINK(\"http://x\")\u202e", Delivery: admission.DeliveryPending,
		Passing: admission.PassingDone,
	}
	c.Verdict, c.Reason, c.Grounds = admission.Admit, admission.ReasonAdmitted, admission.GroundsOverride
	c.Ticket, c.Event, c.Product = admission.TicketKey{Account: "lespass", ID: "@t1,<b>\"🎫\""}, "e1", "\u200bVIP\x07"
	c.Holder = "Ada Lovelace"
	c.Previous = &admission.Use{At: scanTime().Add(-time.Hour)}
	return c
}

func TestTheExportHasEveryColumnAndNoName(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	j, err := NewJournalWriter(&b, ExportCSV, paris())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Write(wild()), j.Flush()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "Ada") {
		t.Error("a name was exported")
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(lines) != 2 {
		t.Fatalf("%v %v", lines, err)
	}
	got := make(map[string]string)
	for i, column := range lines[0] {
		got[column] = lines[1][i]
	}
	for column, want := range map[string]string{
		"seq": "7", "at": "2026-11-21T18:02:11Z", "at_local": "2026-11-21T19:02:11+01:00", "clock_trusted": "true", "verdict": "admit",
		"ticket": "'@t1,<b>\"🎫\"", "product": "‹U+200B›VIP‹U+0007›", "note": "'=HYPERLINK(\"http://x\")‹U+202E›", "by": "Ann",
		"previous_at": "2026-11-21T17:02:11Z", "passage": "passed", "delivery": "pending",
	} {
		if got[column] != want {
			t.Errorf("%s: %q, want %q", column, got[column], want)
		}
	}
}

func TestTheExportInJSONKeepsEveryCharacterAndShowsNoneThatActs(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := wild()
	c.Note += "\U000e0041"
	j, err := NewJournalWriter(&b, ExportJSON, paris())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Write(c), j.Flush()); err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexFunc(b.String(), unruly); i >= 0 || strings.Count(b.String(), "\n") != 1 {
		t.Errorf("a character acts at %d: %q", i, b.String())
	}
	row := decode[JournalRow](t, b.String())
	if row.Note != c.Note || row.Product != c.Product || row.Ticket != c.Ticket.ID {
		t.Errorf("changed: %+v", row)
	}
	if strings.Contains(b.String(), "Ada") {
		t.Error("a name was exported")
	}
}

func TestAnUnknownFormatIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := NewJournalWriter(&bytes.Buffer{}, "xlsx", time.UTC); !errors.Is(err, ErrExportFormat) {
		t.Errorf("%v", err)
	}
}

func FuzzExportedJSON(f *testing.F) {
	f.Add("\u202e=1\U000e0041\x00\ufffd")
	f.Add("<script>")
	f.Fuzz(func(t *testing.T, note string) {
		line, err := json.Marshal(note)
		if err != nil {
			t.Fatal(err)
		}
		out := numbered(line)
		var before, after string
		if err := errors.Join(json.Unmarshal(line, &before), json.Unmarshal(out, &after)); err != nil || before != after {
			t.Fatalf("%q became %q: %v", before, after, err)
		}
		if bytes.ContainsFunc(out, unruly) {
			t.Fatalf("%q acts", out)
		}
	})
}

func TestTheNameOfTheFile(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC)
	for station, want := range map[string]string{
		"Main entrance":          "journal-main-entrance-2026-11-21.csv",
		"Großer Saal / Süd":      "journal-großer-saal-süd-2026-11-21.csv",
		"../../etc/passwd":       "journal-etc-passwd-2026-11-21.csv",
		"":                       "journal-2026-11-21.csv",
		"…":                      "journal-2026-11-21.csv",
		"a\r\nX: y\";":           "journal-a-x-y-2026-11-21.csv",
		strings.Repeat("ab", 99): "journal-" + strings.Repeat("ab", 30) + "-2026-11-21.csv",
	} {
		if got := exportName(station, ExportCSV, day); got != want {
			t.Errorf("%q: %q, want %q", station, got, want)
		}
	}
}
