package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	sessionIdle  = 12 * time.Hour     // a night without looking at the page
	sessionLife  = 7 * 24 * time.Hour // a festival
	sessionsHeld = 256
)

// sessions are the browsers that have shown the token. They live in memory: a
// restart asks for the token again. Only digests of their ids are kept, so
// looking one up tells nothing by its timing.
type sessions struct {
	mu   sync.Mutex
	open map[[sha256.Size]byte]*session
}

type session struct {
	begun time.Time
	seen  time.Time
}

func newSessions() *sessions {
	return &sessions{open: make(map[[sha256.Size]byte]*session)}
}

// begin opens a session and gives its id. When too many are open the one
// unused for longest ends.
func (s *sessions) begin(now time.Time) string {
	id := rand.Text() + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(now)
	if len(s.open) >= sessionsHeld {
		var oldest [sha256.Size]byte
		var seen time.Time
		for k, v := range s.open {
			if seen.IsZero() || v.seen.Before(seen) {
				oldest, seen = k, v.seen
			}
		}
		delete(s.open, oldest)
	}
	s.open[sha256.Sum256([]byte(id))] = &session{begun: now, seen: now}
	return id
}

// known tells whether id names an open session, and keeps it open.
func (s *sessions) known(id string, now time.Time) bool {
	if id == "" {
		return false
	}
	key := sha256.Sum256([]byte(id))
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.open[key]
	if !ok {
		return false
	}
	if v.over(now) {
		delete(s.open, key)
		return false
	}
	v.seen = now
	return true
}

// end closes a session, if it is open.
func (s *sessions) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, sha256.Sum256([]byte(id)))
}

func (s *sessions) sweep(now time.Time) {
	for k, v := range s.open {
		if v.over(now) {
			delete(s.open, k)
		}
	}
}

func (v *session) over(now time.Time) bool {
	return now.Sub(v.seen) > sessionIdle || now.Sub(v.begun) > sessionLife
}
