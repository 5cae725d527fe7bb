package fakeserver

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// SetConditional lets the server answer conditional requests (RFC 9110, section 13) or, as at first, not: GET answers that the site
// calls revalidable then have a strong ETag, and a matching If-None-Match is answered with 304. The work has been done all the same.
func (f *Front) SetConditional(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conditional = on
}

func (f *Front) isConditional() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.conditional
}

// revalidate gives an answer its ETag, or says 304 in its place.
func revalidate(r *http.Request, a Answer) Answer {
	if a.Status != http.StatusOK || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		return a
	}
	hash := sha256.New()
	if a.writeBody(hash) != nil {
		return a // what breaks off has no tag
	}
	tag := `"` + hex.EncodeToString(hash.Sum(nil)[:16]) + `"`
	a = a.With("ETag", tag)
	if matches(r.Header.Values("If-None-Match"), tag) {
		return Answer{Status: http.StatusNotModified, Header: a.Header}
	}
	return a
}

// matches tells whether an If-None-Match header names a tag. The comparison is the weak one.
func matches(header []string, tag string) bool {
	for part := range strings.SplitSeq(strings.Join(header, ","), ",") {
		if part = strings.TrimSpace(part); part == "*" || strings.TrimPrefix(part, "W/") == tag {
			return true
		}
	}
	return false
}
