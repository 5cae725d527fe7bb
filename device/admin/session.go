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

// sessions are the browsers that have logged in. Only digests of their ids are
// kept, so looking one up tells nothing by its timing, and the file of them is
// worth nothing to whoever finds it.
type sessions struct {
	mu   sync.Mutex
	open map[[sha256.Size]byte]*session
	dir  string // where they are kept, "" for nowhere
}

type session struct {
	grant

	begun time.Time
	seen  time.Time
	saved time.Time // the seen that stands on disk
}

// grant is what a login has earned.
type grant struct {
	role  Role
	mark  mark              // of the role's password when it began
	token [sha256.Size]byte // digest of the token that opened it, zero for none
	// first says that it came by the set-up code: before anything else there has
	// to be a password.
	first bool
}

func newSessions() *sessions {
	return &sessions{open: make(map[[sha256.Size]byte]*session)}
}

// begin opens a session and gives its id. When too many are open the one
// unused for longest ends.
func (s *sessions) begin(g grant, now time.Time) string {
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
	s.open[sha256.Sum256([]byte(id))] = &session{grant: g, begun: now, seen: now}
	s.save()
	return id
}

// known tells what an open session was granted, and keeps it open. One whose
// role has another password by now is over.
func (s *sessions) known(id string, now time.Time, current func(Role) mark) (grant, bool) {
	return s.find(id, now, current, true)
}

// still is known for what goes on by itself: it keeps no session open.
func (s *sessions) still(id string, now time.Time, current func(Role) mark) (grant, bool) {
	return s.find(id, now, current, false)
}

func (s *sessions) find(id string, now time.Time, current func(Role) mark, used bool) (grant, bool) {
	if id == "" {
		return grant{}, false
	}
	key := sha256.Sum256([]byte(id))
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.open[key]
	if !ok {
		return grant{}, false
	}
	if v.over(now) || v.mark != current(v.role) {
		delete(s.open, key)
		s.save()
		return grant{}, false
	}
	if used && now.After(v.seen) {
		v.seen = now
	}
	if v.seen.Sub(v.saved) > sessionSaved && !v.first {
		s.save()
	}
	return v.grant, true
}

// renew lets one session outlive the change of its role's password: it is the
// one that made the change.
func (s *sessions) renew(id string, to mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.open[sha256.Sum256([]byte(id))]; ok {
		v.mark, v.first = to, false
		s.save()
	}
}

// end closes a session, if it is open.
func (s *sessions) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := sha256.Sum256([]byte(id))
	if _, ok := s.open[key]; ok {
		delete(s.open, key)
		s.save()
	}
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
