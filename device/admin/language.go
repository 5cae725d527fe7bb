package admin

import (
	"net/http"

	"gatescand/device/admin/words"
)

// language speaks what the browser asks for, where it is spoken here, else the
// station's language.
func (s *Server) language(r *http.Request) words.Speaker {
	return s.words.In(s.words.Match(r.Header.Get("Accept-Language"), s.opt.Language))
}

// door speaks the station's language.
func (s *Server) door() words.Speaker { return s.words.In(s.opt.Language) }
