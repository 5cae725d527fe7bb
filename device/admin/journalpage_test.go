package admin

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // a zone with daylight saving, whatever the machine has on disk

	"gatescand/scanner/admission"
)

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func english(r *http.Request) { r.Header.Set("Accept-Language", "en") }

// shownRows gives the seqs of the rows of the journal's page, in their order.
func shownRows(raw string) string {
	var out []string
	for _, m := range regexp.MustCompile(`<tr id="seq-(\d+)"`).FindAllStringSubmatch(raw, -1) {
		out = append(out, m[1])
	}
	return strings.Join(out, " ")
}

func TestATimeOfDayIsTheStations(t *testing.T) {
	t.Parallel()
	paris, kathmandu := zoneOf(t, "Europe/Paris"), zoneOf(t, "Asia/Kathmandu")
	for name, tc := range map[string]struct {
		text  string
		zone  *time.Location
		later bool
		want  string
	}{
		"in winter":                                     {"2026-11-21T19:00", paris, false, "2026-11-21T18:00:00Z"},
		"in summer":                                     {"2026-07-14T19:00", paris, false, "2026-07-14T17:00:00Z"},
		"with seconds":                                  {"2026-11-21T19:00:30", paris, false, "2026-11-21T18:00:30Z"},
		"a day alone is its first moment":               {"2026-11-21", paris, false, "2026-11-20T23:00:00Z"},
		"with its distance from UTC":                    {"2026-11-21T19:00:00-05:00", paris, false, "2026-11-22T00:00:00Z"},
		"an hour that comes twice begins early":         {"2026-10-25T02:30", paris, false, "2026-10-25T00:30:00Z"},
		"an hour that comes twice ends late":            {"2026-10-25T02:30", paris, true, "2026-10-25T01:30:00Z"},
		"the last moment before the clocks go back":     {"2026-10-25T01:59", paris, true, "2026-10-24T23:59:00Z"},
		"the first moment after the clocks went back":   {"2026-10-25T03:00", paris, false, "2026-10-25T02:00:00Z"},
		"an hour that is skipped begins before the gap": {"2026-03-29T02:30", paris, false, "2026-03-29T00:30:00Z"},
		"an hour that is skipped ends after the gap":    {"2026-03-29T02:30", paris, true, "2026-03-29T01:30:00Z"},
		"a zone with quarters of an hour":               {"2026-11-21T00:15", kathmandu, false, "2026-11-20T18:30:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := momentOf(tc.text, tc.zone, tc.later)
			if !ok || got.UTC().Format(time.RFC3339) != tc.want {
				t.Errorf("%s %v, want %s", got.UTC().Format(time.RFC3339), ok, tc.want)
			}
		})
	}
	for _, bad := range []string{"soon", "2026-13-01", "2026-02-30T10:00", "0001-01-01T00:00", "9999-12-31", "2026-11-21 19:00"} {
		if got, ok := momentOf(bad, paris, false); ok {
			t.Errorf("%q is %s", bad, got)
		}
	}
}

func TestATimeThatComesTwiceIsToldApart(t *testing.T) {
	t.Parallel()
	f := frame{L: speaker(t, "en"), zone: zoneOf(t, "Europe/Paris")}
	f.now.Wall = time.Date(2026, 10, 25, 4, 0, 0, 0, time.UTC)
	for _, tc := range []struct{ at, want string }{
		{"2026-10-25T00:30:00Z", "02:30:00 CEST"},
		{"2026-10-25T01:30:00Z", "02:30:00 CET"},
		{"2026-10-25T02:30:00Z", "03:30:00"},
		{"2026-10-24T23:59:59Z", "01:59:59"},
		{"2026-10-25T02:00:00Z", "03:00:00"},
	} {
		at, err := time.Parse(time.RFC3339, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.When(at); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.at, got, tc.want)
		}
	}
}

func FuzzReadFilter(f *testing.F) {
	f.Add("lane=north&verdict=admit&from=2026-11-21T19:00&hand=1")
	f.Add("until=2026-10-25T02:30&reason=forged&ticket=%00%ff")
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		filter, bad := readFilter(q, zone)
		if bad != "" && (filter != JournalFilter{} || filterWants(bad) == "") {
			t.Errorf("%q: %+v %s", raw, filter, bad)
		}
	})
}

// longEvening has n scans at one a second, of which every third is refused.
func longEvening(t *testing.T, n int) *station {
	t.Helper()
	st := newStation()
	for i := range n {
		code, lane := fmt.Sprint("t", i), "north"
		if i%3 == 2 {
			code, lane = "bad", "south"
		}
		if _, err := st.Scan(t.Context(), lane, []byte(code)); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

func TestTheJournalIsReadPageByPage(t *testing.T) {
	t.Parallel()
	srv := open(t, longEvening(t, 120).options())
	path, seen := "/journal", 0
	last := 121
	for pages := 0; path != ""; pages++ {
		if pages > 5 {
			t.Fatal("the pages do not end")
		}
		resp, raw := ask(t, srv, http.MethodGet, path, "", english)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", path, resp.StatusCode)
		}
		for seq := range strings.FieldsSeq(shownRows(raw)) {
			if fmt.Sprint(last-1) != seq {
				t.Fatalf("%s after %d", seq, last)
			}
			last--
			seen++
		}
		path = ""
		if m := regexp.MustCompile(`href="(/journal\?[^"]+)" rel="next"`).FindStringSubmatch(raw); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if seen != 120 {
		t.Errorf("%d rows", seen)
	}
}

func TestTheJournalFilters(t *testing.T) {
	t.Parallel()
	st := longEvening(t, 9)
	if _, err := st.Admit(t.Context(), "north", admission.TicketKey{Account: "lespass", ID: "t8"}, admission.Override{By: "Ann", Note: "the list was late"}); err != nil {
		t.Fatal(err)
	}
	undo := admission.CheckIn{ID: "01J", Seq: 11, Direction: admission.Undo, At: st.rows[0].At, By: "Ann", Recorded: true}
	undo.Reason, undo.Grounds = admission.ReasonUndone, admission.GroundsOverride
	undo.At.Wall = undo.At.Wall.Add(time.Hour)
	st.rows = append(st.rows, undo)
	srv := open(t, st.options())
	for name, tc := range map[string]struct{ query, want string }{
		"by nothing":               {"", "11 10 9 8 7 6 5 4 3 2 1"},
		"by what was taken back":   {"reason=undone", "11"},
		"by lane":                  {"lane=south", "9 6 3"},
		"by verdict":               {"verdict=refuse", "9 6 3"},
		"by reason":                {"reason=unreadable&lane=south", "9 6 3"},
		"by account":               {"account=lespass&lane=north", "10 8 7 5 4 2 1"},
		"by ticket":                {"ticket=t4", "5"},
		"by hand":                  {"hand=1", "11 10"},
		"from a time on":           {"from=2026-11-21T19:02:17", "11 10 9 8 7"},
		"until a time":             {"until=2026-11-21T19:02:13", "2 1"},
		"by empty fields of forms": {"lane=&verdict=&reason=&account=&from=&until=&ticket=", "11 10 9 8 7 6 5 4 3 2 1"},
		"below a row":              {"before=4", "3 2 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, raw := ask(t, srv, http.MethodGet, "/journal?"+tc.query, "", english)
			if got := shownRows(raw); resp.StatusCode != http.StatusOK || got != tc.want {
				t.Errorf("%d %q, want %q", resp.StatusCode, got, tc.want)
			}
		})
	}
	for _, bad := range []string{"verdict=maybe", "reason=none", "from=soon", "until=2026-99", "hand=yes", "before=-1", "ticket=" + strings.Repeat("x", 301)} {
		resp, raw := ask(t, srv, http.MethodGet, "/journal?"+bad, "", english)
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(raw, "One of the filters is not what it should be") || !strings.Contains(raw, "</html>") {
			t.Errorf("%s: %d", bad, resp.StatusCode)
		}
	}
	_, raw := ask(t, srv, http.MethodGet, "/journal?hand=1", "", english)
	for _, want := range []string{"Ann", "the list was late", "Ada Lovelace · Plein tarif · Nuit du jazz", `href="/tickets/lespass/t8"`, "Admitted by hand."} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestNamesStandInTheJournalOnlyWhereTheyMay(t *testing.T) {
	t.Parallel()
	opt := longEvening(t, 2).options()
	opt.ShowNames = false
	_, raw := ask(t, open(t, opt), http.MethodGet, "/journal", "", english)
	if strings.Contains(raw, "Ada") || !strings.Contains(raw, "Plein tarif") {
		t.Error("a name, or no product")
	}
}

func TestTheExportIsWhatTheFiltersShow(t *testing.T) {
	t.Parallel()
	srv := open(t, longEvening(t, 1300).options())
	resp, raw := ask(t, srv, http.MethodGet, "/api/v1/checkins/export?lane=north", "")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/csv; charset=utf-8; header=present" ||
		resp.Header.Get("Content-Disposition") != "attachment; filename=journal-main-entrance-2026-11-21.csv" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	table, ok := strings.CutPrefix(raw, byteOrderMark)
	if !ok {
		t.Error("spreadsheets are not told that it is UTF-8")
	}
	lines, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil || len(lines) != 1+1300-1300/3 || lines[1][0] != "1300" || lines[len(lines)-1][0] != "1" {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	if strings.Contains(raw, "Ada") {
		t.Error("a name was exported")
	}
	resp, raw = ask(t, srv, http.MethodGet, "/api/v1/checkins/export?format=json&verdict=refuse", "")
	if resp.StatusCode != http.StatusOK || strings.Count(raw, "\n") != 1300/3 || !strings.HasSuffix(resp.Header.Get("Content-Disposition"), ".jsonl") {
		t.Errorf("%d, %d lines", resp.StatusCode, strings.Count(raw, "\n"))
	}
	for query, code := range map[string]string{"format=xlsx": "bad_query", "from=soon": "bad_query", "verdict=x": "bad_query"} {
		resp, raw := ask(t, srv, http.MethodGet, "/api/v1/checkins/export?"+query, "")
		wantFault(t, resp, raw, http.StatusBadRequest, code)
	}
	resp, raw = ask(t, srv, http.MethodGet, "/api/v1/checkins/export", "", stranger)
	wantFault(t, resp, raw, http.StatusUnauthorized, "unauthorized")
}

func TestAnExportLooksUpNoNames(t *testing.T) {
	t.Parallel()
	st := longEvening(t, 700)
	opt := st.options()
	opt.JournalSearch = bare{searchable{st}}
	resp, raw := ask(t, open(t, opt), http.MethodGet, "/api/v1/checkins/export?format=json", "")
	if resp.StatusCode != http.StatusOK || strings.Count(raw, "\n") != 700 {
		t.Errorf("%d, %d lines", resp.StatusCode, strings.Count(raw, "\n"))
	}
}

func TestAnExportThatBreaksDoesNotLookWhole(t *testing.T) {
	t.Parallel()
	st := longEvening(t, 1300)
	opt := st.options()
	opt.JournalSearch = breaking{searchable{st}}
	srv := open(t, opt)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/api/v1/checkins/export", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+testToken)
	resp, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := csv.NewReader(resp.Body).ReadAll(); err == nil {
		t.Error("half a journal looks like a whole one")
	}
}

func TestTheRatesOfTheLastHour(t *testing.T) {
	t.Parallel()
	st := longEvening(t, 9)
	opt := st.options()
	srv := open(t, opt)
	resp, raw := ask(t, srv, http.MethodGet, "/api/v1/rates", "")
	got := decode[RateList](t, raw).Rates
	if resp.StatusCode != http.StatusOK || len(got) != 61 || got[60].Admitted != 6 || got[60].Refused != 3 {
		t.Errorf("%d %s", resp.StatusCode, raw)
	}
	for _, query := range []string{"minutes=0", "minutes=241", "minutes=x"} {
		resp, raw := ask(t, srv, http.MethodGet, "/api/v1/rates?"+query, "")
		wantFault(t, resp, raw, http.StatusBadRequest, "bad_query")
	}
	opt.JournalSearch = nil
	resp, raw = ask(t, open(t, opt), http.MethodGet, "/api/v1/rates", "")
	wantFault(t, resp, raw, http.StatusNotImplemented, "not_available")
}

func TestTheStatusNamesWhatDidNotAnswer(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	_, raw := ask(t, srv, http.MethodGet, "/api/v1/status", "")
	if strings.Contains(raw, "gaps") {
		t.Error("a gap where all is well")
	}
	st.fail = errors.New("the disk is gone")
	_, raw = ask(t, srv, http.MethodGet, "/api/v1/status", "")
	if got := strings.Join(decode[Status](t, raw).Gaps, " "); got != "accounts outbox conflicts journal" {
		t.Errorf("gaps %q", got)
	}
}
