package admin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// language is what the page says its words in: what the browser asks for,
// where it is spoken here, else the station's language.
func (s *Server) language(r *http.Request) string {
	best, quality := spoken(s.opt.Language), 0.0
	for i, item := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		if i == 16 { // nobody reads more languages than that
			break
		}
		tag, params, _ := strings.Cut(strings.TrimSpace(item), ";")
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if !slices.Contains(Languages(), base) {
			continue
		}
		q := 1.0
		if value, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			parsed, err := strconv.ParseFloat(value, 64)
			if err != nil {
				continue
			}
			q = parsed
		}
		if q > quality {
			best, quality = base, q
		}
	}
	return best
}

// spoken gives the language of Languages that a tag means.
func spoken(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if slices.Contains(Languages(), base) {
		return base
	}
	return Languages()[0]
}
