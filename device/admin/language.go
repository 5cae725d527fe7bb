package admin

import (
	"net/http"

	"gatescand/device/admin/words"
)

// language speaks what the browser asks for, where it is spoken here, else the
// station's language.
func (s *Server) language(r *http.Request) words.Speaker {
	return s.words.In(s.words.Match(r.Header.Get("Accept-Language"), s.spoken()))
}

// door speaks the station's language.
func (s *Server) door() words.Speaker { return s.words.In(s.spoken()) }

// station is the name of this place, and spoken the language of its door, as they
// are now.
func (s *Server) station() string {
	if s.opt.Place == nil {
		return s.opt.Station
	}
	name, _ := s.opt.Place()
	return name
}

func (s *Server) spoken() string {
	if s.opt.Place == nil {
		return s.opt.Language
	}
	_, language := s.opt.Place()
	return language
}
