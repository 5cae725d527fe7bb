package admin

import (
	"net/http"
)

// settingsSheet is the page of the configuration in force.
type settingsSheet struct {
	SettingsReport

	Sections []settingsSection
}

// settingsSection is the keys of one section.
type settingsSection struct {
	Name     string
	Settings []Setting
}

func (s *Server) settingsPage(w http.ResponseWriter, r *http.Request) {
	var body settingsSheet
	if s.opt.Settings != nil {
		body.SettingsReport = s.opt.Settings.Settings(r.Context())
	}
	for _, v := range body.Settings {
		if n := len(body.Sections); n == 0 || body.Sections[n-1].Name != v.Section {
			body.Sections = append(body.Sections, settingsSection{Name: v.Section})
		}
		last := &body.Sections[len(body.Sections)-1]
		last.Settings = append(last.Settings, v)
	}
	s.show(w, r, http.StatusOK, sheet{name: "settings", body: body})
}

func (s *Server) getSettings(w http.ResponseWriter, r *http.Request) {
	if s.opt.Settings == nil {
		s.fail(w, r, unwired("settings"))
		return
	}
	s.answer(w, r, http.StatusOK, s.opt.Settings.Settings(r.Context()))
}

// getSettingsFile gives the configuration in force to be kept elsewhere.
func (s *Server) getSettingsFile(w http.ResponseWriter, r *http.Request) {
	if s.opt.Settings == nil {
		s.fail(w, r, unwired("settings"))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/toml")
	h.Set("Content-Disposition", `attachment; filename="gatescand.toml"`)
	_, _ = w.Write(s.opt.Settings.SettingsFile()) // whoever has gone needs no file
}
