package admin

import (
	"bytes"
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"gatescand/device/admin/words"
	"gatescand/scanner/admission"
)

// frame is what every page of staff is made of: the head, the way to the other
// pages, and a body that its own template fills.
type frame struct {
	L       words.Speaker
	Lang    string
	Station string
	Version string
	Title   string
	Nav     []navItem
	Admin   bool              // whoever looks may do everything
	Script  string            // name of the page's own script, "" for none
	Labels  map[string]string // words for the scripts
	Cursor  string            // where the event stream goes on
	Body    any

	now  admission.Stamp
	zone *time.Location
}

// navItem is the way to one page.
type navItem struct {
	ID, Path, Label string
	Current         bool
}

// sheet is one page of staff as its handler describes it.
type sheet struct {
	name   string   // of its template and of its place among the pages
	under  string   // the page in whose place it stands, "" for its own
	title  string   // what the browser's window is called, "" for the page's name
	script string   // its own script without .js, "" for none
	labels []string // ids of the words its script says
	body   any
}

// navigation lists the pages in their order, with who may see them.
func navigation() []struct {
	id, path string
	role     Role
} {
	return []struct {
		id, path string
		role     Role
	}{
		{"now", "/", RoleStaff},
		{"tickets", "/tickets", RoleStaff},
		{"journal", "/journal", RoleStaff},
		{"conflicts", "/conflicts", RoleStaff},
		{"outbox", "/outbox", RoleStaff},
		{"lanes", "/lanes", RoleStaff},
		{"accounts", "/accounts", RoleAdmin},
		{"health", "/health", RoleStaff},
		{"settings", "/settings", RoleAdmin},
	}
}

// commonLabels are the words of the script that every page has.
func commonLabels() []string {
	return []string{"failed", "lost", "lost_text", "done", "ready", "not_ready", "conditions", "connecting", "live", "unit_day"}
}

// show answers with a page of staff.
func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, sh sheet) {
	lang := s.language(r)
	who := principalOf(r.Context())
	f := frame{
		L: lang, Lang: lang.Lang, Station: s.station(), Version: s.opt.Version, Title: sh.title,
		Admin: who.role.May(RoleAdmin), Script: sh.script, Labels: lang.Table(append(commonLabels(), sh.labels...)...),
		Cursor: s.opt.Hub.cursor().String(), Body: sh.body, now: s.stamp(), zone: s.present.zone,
	}
	if f.Title == "" {
		f.Title = lang.T("nav_" + sh.name)
	}
	for _, n := range navigation() {
		if who.role.May(n.role) {
			f.Nav = append(f.Nav, navItem{ID: n.id, Path: n.path, Label: lang.T("nav_" + n.id), Current: n.id == cmp.Or(sh.under, sh.name)})
		}
	}
	s.render(w, status, sh.name, f)
}

// When tells a moment in the station's zone: the time of day, with the day when
// it is not today's; a dash for none.
func (f frame) When(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return whenExactly(f.L, t, f.now.Wall, f.zone)
}

// Exactly tells a moment for programs, on the station's clock with its distance
// from UTC.
func (f frame) Exactly(t time.Time) string { return t.In(f.zone).Format(time.RFC3339) }

// choices is one list to choose from, as its part of the page needs it.
type choices struct {
	Name, All string
	List      []choice
}

// Choices prepares a list to choose from, with everything as its first line.
func (f frame) Choices(name string, list []choice) choices {
	return choices{Name: name, All: f.L.T("choose_all"), List: list}
}

// With is the same frame with another body, for a part of a page.
func (f frame) With(body any) frame {
	f.Body = body
	return f
}

// Span tells a length of time in two figures at most.
func (f frame) Span(d time.Duration) string {
	switch d = max(d, 0); {
	case d < 90*time.Second:
		return fmt.Sprintf("%d s", int(d/time.Second))
	case d < 90*time.Minute:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute)/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d/time.Hour), int(d%time.Hour/time.Minute))
	}
	return fmt.Sprintf("%d %s", int(d/(24*time.Hour)), f.L.T("unit_day"))
}

// Ago tells how long before now a moment was, "" where nobody can know.
func (f frame) Ago(s admission.Stamp) string {
	if age, known := f.now.Since(s); known {
		return f.Span(age)
	}
	return ""
}

// render sends a page whole or not at all.
func (s *Server) render(w http.ResponseWriter, status int, page string, data any) {
	var b bytes.Buffer
	t, err := s.pages.page(page)
	if err == nil {
		err = t.Execute(&b, data)
	}
	if err != nil {
		s.log.Error("page cannot be built", slog.String("page", page), slog.Any("error", err))
		http.Error(w, "The page cannot be built; the station's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language, Cookie")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that is gone needs no page
}
