package admin

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

const (
	sessionsName = "sessions.json"
	// sessionSaved is how much later a session may have been used than its file
	// says: a page that is looked at all night must not wear the card out.
	sessionSaved = 30 * time.Minute
	sessionsFile = 256 << 10 // more than the file ever holds
)

// keptSession is an open session as it stands on disk. There are digests in it
// and nothing a browser could be impersonated with.
type keptSession struct {
	ID    []byte    `json:"id"`
	Role  Role      `json:"role"`
	Mark  []byte    `json:"mark"`
	Token []byte    `json:"token,omitempty"`
	Begun time.Time `json:"begun"`
	Seen  time.Time `json:"seen"`
}

// keepIn makes sessions outlive the program: staff shall not have to log in again
// because the power was cut. Those that were opened with another token than
// token are over. A file that cannot be read is no sessions.
func (s *sessions) keepIn(dir string, token [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dir = dir
	info, err := os.Stat(filepath.Join(dir, sessionsName))
	if err != nil || info.Size() > sessionsFile || info.Mode().Perm()&0o077 != 0 {
		return
	}
	raw, err := os.ReadFile(filepath.Join(dir, sessionsName))
	if err != nil {
		return
	}
	var kept []keptSession
	if json.Unmarshal(raw, &kept) != nil {
		return
	}
	for _, k := range kept {
		if len(k.ID) != sha256.Size || len(k.Mark) != sha256.Size || len(s.open) >= sessionsHeld ||
			(k.Role != RoleStaff && k.Role != RoleAdmin) || (len(k.Token) > 0 && !bytes.Equal(k.Token, token[:])) {
			continue
		}
		v := &session{grant: grant{role: k.Role, mark: mark(k.Mark)}, begun: k.Begun, seen: k.Seen, saved: k.Seen}
		if len(k.Token) > 0 {
			v.token = token
		}
		s.open[[sha256.Size]byte(k.ID)] = v
	}
}

// save writes the open sessions down. The lock is held. What cannot be written
// ends with the program, as if nobody kept it.
func (s *sessions) save() {
	if s.dir == "" {
		return
	}
	kept := make([]keptSession, 0, len(s.open))
	for id, v := range s.open {
		if v.first {
			continue // whoever has not set a password yet types the code again
		}
		k := keptSession{ID: id[:], Role: v.role, Mark: v.mark[:], Begun: v.begun, Seen: v.seen}
		if v.token != [sha256.Size]byte{} {
			k.Token = v.token[:]
		}
		kept = append(kept, k)
		v.saved = v.seen
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return
	}
	_ = keep(s.dir, sessionsName, raw) // see above
}
