package admin

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gatescand/device/admin/words"
)

// healthRoutes is how the box is, and the configuration in force.
func (s *Server) healthRoutes(on registrar) {
	on.page("GET /health", RoleStaff, s.healthPage)
	on.api("GET /api/v1/health", RoleStaff, s.getHealth)
	on.page("GET /settings", RoleAdmin, s.settingsPage)
	on.api("GET /api/v1/settings", RoleAdmin, s.getSettings)
	on.api("GET /api/v1/settings/file", RoleAdmin, s.getSettingsFile)
}

// healthSheet is the page of the box's health.
type healthSheet struct {
	Groups []healthGroup
	// Worst is the gravest state there is, and Count how many things are not well.
	Worst string
	Count int
	At    time.Time
}

// healthGroup is the readings of one kind.
type healthGroup struct {
	Code, Name string
	Items      []HealthItem
}

// healthGroups are the kinds of readings, in their order.
func healthGroups() []string { return []string{"station", "box", "program"} }

func (s *Server) healthPage(w http.ResponseWriter, r *http.Request) {
	body := healthSheet{Worst: HealthOK, At: s.stamp().Wall}
	if s.opt.Health != nil {
		items := s.healthItems(r)
		sp := s.language(r)
		for _, code := range healthGroups() {
			g := healthGroup{Code: code, Name: sp.T("health_group_" + code)}
			for _, item := range items {
				if item.Group == code {
					g.Items = append(g.Items, item)
				}
				if item.Group == code && (item.State == HealthWarning || item.State == HealthCritical) {
					body.Count++
					if body.Worst != HealthCritical {
						body.Worst = item.State
					}
				}
			}
			if len(g.Items) > 0 {
				body.Groups = append(body.Groups, g)
			}
		}
	}
	s.show(w, r, http.StatusOK, sheet{name: "health", body: body})
}

func (s *Server) getHealth(w http.ResponseWriter, r *http.Request) {
	if s.opt.Health == nil {
		s.fail(w, r, unwired("report of its health"))
		return
	}
	s.answer(w, r, http.StatusOK, HealthReport{Items: s.healthItems(r)})
}

// healthItems words what the station read.
func (s *Server) healthItems(r *http.Request) []HealthItem {
	readings := s.opt.Health.Health(r.Context())
	sp, now := s.language(r), s.stamp().Wall
	items := make([]HealthItem, 0, len(readings))
	for _, reading := range readings {
		items = append(items, wordReading(sp, reading, now, s.present.zone))
	}
	return items
}

// wordReading says one reading in a language. A state with a cause is explained
// by the cause, any other by itself.
func wordReading(sp words.Speaker, r HealthReading, now time.Time, zone *time.Location) HealthItem {
	id := "health_" + r.Code
	item := HealthItem{Code: r.Code, Group: r.Group, State: r.State, Name: sp.T(id), Value: r.Value}
	places := []any{"Word", r.Value}
	for _, f := range r.Figures {
		places = append(places, f.Name, f.in(sp, now, zone))
	}
	told := id + "_" + r.State
	if r.Cause != "" {
		told = id + "_" + r.Cause
	}
	switch {
	case r.State == HealthUnknown:
		item.Value = sp.T("health_untold")
	case sp.Has(id + "_word_" + r.Cause):
		item.Value = sp.T(id + "_word_" + r.Cause)
	case sp.Has(id + "_value"):
		item.Value = sp.T(id+"_value", places...)
	}
	if sp.Has(told) {
		item.Text = sp.T(told, places...)
	}
	if sp.Has(told + "_remedy") {
		item.Remedy = sp.T(told+"_remedy", places...)
	}
	return item
}

// in writes a figure as the language does.
func (f HealthFigure) in(sp words.Speaker, now time.Time, zone *time.Location) string {
	switch f.Unit {
	case UnitWord:
		return f.Word
	case UnitCount:
		return strconv.FormatFloat(f.Number, 'f', 0, 64)
	case UnitBytes:
		return sp.T("health_bytes_"+bytesUnit(f.Number), "Word", decimal(sp, f.Number/bytesIn(f.Number)))
	case UnitCelsius:
		return decimal(sp, f.Number) + " °C"
	case UnitPercent:
		return fmt.Sprintf("%.0f %%", f.Number)
	case UnitSpan:
		return spanOf(sp, f.Span)
	case UnitTime:
		return whenIn(sp, f.At, now, zone)
	}
	return f.Word
}

// decimal writes a number with one place behind the mark, or with none where it
// is large.
func decimal(sp words.Speaker, n float64) string {
	if n >= 100 || n == float64(int64(n)) {
		return strconv.FormatFloat(n, 'f', 0, 64)
	}
	return strings.Replace(strconv.FormatFloat(n, 'f', 1, 64), ".", sp.T("health_decimal"), 1)
}

func bytesIn(n float64) float64 {
	switch {
	case n >= 1e9:
		return 1e9
	case n >= 1e6:
		return 1e6
	}
	return 1e3
}

func bytesUnit(n float64) string {
	switch bytesIn(n) {
	case 1e9:
		return "giga"
	case 1e6:
		return "mega"
	}
	return "kilo"
}

// spanOf tells a length of time, down to a thousandth of a second.
func spanOf(sp words.Speaker, d time.Duration) string {
	if d < time.Second {
		return decimal(sp, float64(d.Round(100*time.Microsecond))/float64(time.Millisecond)) + " ms"
	}
	return frame{L: sp}.Span(d)
}
