package admin

import (
	"context"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"

	"gatescand/scanner/admission"
)

// exportPage is how many check-ins are read, and held in memory, at a time.
const exportPage = 500

// byteOrderMark tells spreadsheets that the text is UTF-8; without it Excel
// reads every accent wrong.
const byteOrderMark = "\ufeff"

// exportJournal sends the check-ins that fit the filters of the journal's page,
// newest first, as a file. It takes as long as it takes, a page at a time.
func (s *Server) exportJournal(w http.ResponseWriter, r *http.Request) {
	if s.opt.JournalSearch == nil {
		s.fail(w, r, unwired("journal search"))
		return
	}
	format, kind := ExportCSV, "text/csv; charset=utf-8; header=present"
	switch r.URL.Query().Get("format") {
	case ExportCSV, "":
	case ExportJSON:
		format, kind = ExportJSON, "application/x-ndjson; charset=utf-8"
	default:
		s.fail(w, r, badQuery("format", "csv or json"))
		return
	}
	q := r.URL.Query()
	filter, bad := readFilter(q, s.present.zone)
	if bad != "" {
		s.fail(w, r, badQuery(bad, filterWants(bad)))
		return
	}
	rows, next, err := s.searchBounded(r.Context(), filter, 0, exportPage)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": exportName(s.station(), format, s.stamp().Wall.In(s.present.zone))}))
	s.deadline(w, writeTimeout)
	if r.Method == http.MethodHead {
		return
	}
	if err := s.sendJournal(w, r, format, filter, rows, next); err != nil {
		s.log.Warn("journal export broken off", slog.Any("error", err))
		// A file that ends early must not look whole: the connection breaks.
		panic(http.ErrAbortHandler)
	}
}

// sendJournal writes the pages of an export, of which the first has been read.
func (s *Server) sendJournal(w http.ResponseWriter, r *http.Request, format string, f JournalFilter, rows []admission.CheckIn, next int64) error {
	if format == ExportCSV {
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return err
		}
	}
	out, err := NewJournalWriter(w, format, s.present.zone)
	if err != nil {
		return err
	}
	for {
		s.deadline(w, writeTimeout)
		for _, c := range rows {
			if err := out.Write(c); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil || next == 0 {
			return err
		}
		if rows, next, err = s.searchBounded(r.Context(), f, next, exportPage); err != nil {
			return err
		}
	}
}

// bareJournal is a search that can leave out looking up the holders.
type bareJournal interface {
	SearchWithoutNames(ctx context.Context, f JournalFilter, before int64, limit int) (rows []admission.CheckIn, next int64, err error)
}

// searchBounded reads one page of the journal, for which nobody wants names,
// within the time that any answer has.
func (s *Server) searchBounded(ctx context.Context, f JournalFilter, before int64, limit int) ([]admission.CheckIn, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	if bare, ok := s.opt.JournalSearch.(bareJournal); ok {
		return bare.SearchWithoutNames(ctx, f, before, limit)
	}
	return s.opt.JournalSearch.SearchJournal(ctx, f, before, limit)
}

// exportName names the file by the station and the day, in letters that every
// file system takes.
func exportName(station, format string, now time.Time) string {
	var name strings.Builder
	for _, r := range station {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			name.WriteRune(unicode.ToLower(r))
		case name.Len() > 0 && !strings.HasSuffix(name.String(), "-"):
			name.WriteByte('-')
		}
		if name.Len() >= 60 {
			break
		}
	}
	ending := ".csv"
	if format == ExportJSON {
		ending = ".jsonl"
	}
	parts := []string{"journal", strings.Trim(name.String(), "-"), now.Format(time.DateOnly)}
	if parts[1] == "" {
		parts = append(parts[:1], parts[2])
	}
	return strings.Join(parts, "-") + ending
}
