package main

import (
	"log/slog"
	"net/http"
	"strings"

	"gatescand/scanner/admission"
)

// moodHealthy is the mood every server begins in.
const moodHealthy = "healthy"

// moodView is one mood as the page offers it.
type moodView struct {
	ID    string `json:"id"`
	Label string `json:"label"` // two words
	Line  string `json:"line"`  // what the server does
}

// moods answers GET /demo/moods. All servers have the same.
func (s *stage) moods(w http.ResponseWriter, _ *http.Request) {
	views := []moodView{}
	for _, m := range s.booths[0].Front().Moods() {
		views = append(views, moodView{m.ID, moodLabel(m.ID), m.Line})
	}
	sayValue(w, http.StatusOK, map[string]any{"moods": views})
}

// moodLabel makes words of a mood's id.
func moodLabel(id string) string {
	text := strings.ReplaceAll(strings.ReplaceAll(id, "_", " "), "json", "JSON")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// moodOf gives the mood that was chosen for a platform's server.
func (s *stage) moodOf(name admission.PlatformName) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, ok := s.moodBy[name]; ok {
		return id
	}
	return moodHealthy
}

// setMood answers POST /demo/mood {"platform":"…","mood":"…"}. Without a
// platform it is all of them.
func (s *stage) setMood(w http.ResponseWriter, r *http.Request) {
	var wish struct {
		Platform string `json:"platform"`
		Mood     string `json:"mood"`
	}
	if err := readBody(w, r, &wish); err != nil {
		sayBodyFault(w, err)
		return
	}
	booths, ok := s.chosen(wish.Platform)
	if !ok {
		s.sayNoPlatform(w)
		return
	}
	for _, b := range booths {
		if err := s.choose(b, wish.Mood); err != nil {
			sayFault(w, http.StatusBadRequest, "bad_request", "The platform has no such mood.", "Take one from GET /demo/moods.")
			return
		}
	}
	s.log.Info("a server changed its mood", slog.String("platform", wish.Platform), slog.String("mood", wish.Mood))
	sayValue(w, http.StatusOK, wish)
}

// choose puts a booth's server into a mood. Choosing and remembering are one
// step, so that the page never shows another mood than the server has.
func (s *stage) choose(b booth, mood string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := b.Front().Choose(mood); err != nil {
		return err
	}
	s.moodBy[b.Platform()] = mood
	return nil
}

// network answers POST /demo/network {"platform":"…","up":bool}. Without a
// platform it is all of them.
func (s *stage) network(w http.ResponseWriter, r *http.Request) {
	var wish struct {
		Platform string `json:"platform"`
		Up       *bool  `json:"up"`
	}
	if err := readBody(w, r, &wish); err != nil {
		sayBodyFault(w, err)
		return
	}
	if wish.Up == nil {
		sayFault(w, http.StatusBadRequest, "bad_request", "Up or down?", `Send {"up":true} or {"up":false}, with "platform" for one of them.`)
		return
	}
	booths, ok := s.chosen(wish.Platform)
	if !ok {
		s.sayNoPlatform(w)
		return
	}
	for _, b := range booths {
		if *wish.Up {
			b.Front().RestoreNetwork()
		} else {
			b.Front().CutNetwork()
		}
	}
	s.log.Info("the demo's network was switched", slog.String("platform", wish.Platform), slog.Bool("up", *wish.Up))
	sayValue(w, http.StatusOK, map[string]any{"platform": wish.Platform, "up": *wish.Up})
}

// anyNetworkUp tells whether any platform can be reached.
func (s *stage) anyNetworkUp() bool {
	for _, b := range s.booths {
		if !b.Front().NetworkCut() {
			return true
		}
	}
	return false
}
