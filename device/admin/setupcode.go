package admin

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

const (
	setupCodeName = "setup-code"
	// codeLetters has nothing that can be taken for something else. Ten of them
	// are 49 bits.
	codeLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
	codeGroup   = 5
	// codeTries is how many wrong ones wear a code out.
	codeTries = 20
)

// SetupCode gives the code with which a station without an administrator's
// password is set up, "" where there is such a password or none can be read.
// It is made when it is first asked for and outlives restarts; success and too
// many wrong tries wear it out.
func (a *Access) SetupCode() (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.setupCode()
}

// fresh tells whether the station still wants a password.
func (a *Access) fresh() bool {
	if a == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.wantsPassword()
}

// wantsPassword is fresh for whoever holds the lock.
func (a *Access) wantsPassword() bool {
	a.look()
	return a.kept.Admin == "" && a.fault == nil
}

func (a *Access) setupCode() (string, error) {
	if !a.wantsPassword() {
		a.code = ""
		return "", nil
	}
	if code, err := readSetupCode(filepath.Join(a.dir, setupCodeName)); err == nil {
		if code != a.code {
			a.code, a.wrong = code, 0
		}
		return code, nil
	}
	return a.renewCode()
}

// renewCode makes a new code, on disk first.
func (a *Access) renewCode() (string, error) {
	code := newSetupCode()
	if err := keep(a.dir, setupCodeName, []byte(code+"\n")); err != nil {
		return "", fmt.Errorf("the set-up code cannot be kept in %s; may the service's user write there? %w", a.dir, err)
	}
	a.code, a.wrong = code, 0
	return code, nil
}

// tryCode tells whether somebody typed the code. Case, spaces and dashes do not
// matter.
func (a *Access) tryCode(typed string) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	code, err := a.setupCode()
	if err != nil || code == "" {
		return false, err
	}
	if subtle.ConstantTimeCompare([]byte(bareCode(typed)), []byte(bareCode(code))) == 1 {
		return true, nil
	}
	if a.wrong++; a.wrong >= codeTries {
		_, err = a.renewCode()
	}
	return false, err
}

// newSetupCode draws a code, such as K7XRM-4PQ2W.
func newSetupCode() string {
	var b strings.Builder
	for b.Len() < 2*codeGroup+1 {
		if b.Len() == codeGroup {
			b.WriteByte('-')
		}
		var one [1]byte
		_, _ = rand.Read(one[:]) // never fails
		// Draws past the last whole round of the alphabet would favour its front.
		if n := int(one[0]); n < 256/len(codeLetters)*len(codeLetters) {
			b.WriteByte(codeLetters[n%len(codeLetters)])
		}
	}
	return b.String()
}

// bareCode is a code as it is compared.
func bareCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '\u2010' || r == '\u2011' || r == '\u2013' {
			return -1
		}
		return r
	}, strings.ToUpper(typed))
}

// readSetupCode reads a code that was kept. One that others can read is shown to
// nobody: it counts as damaged, and a new one takes its place.
func readSetupCode(path string) (code string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	raw, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return "", err
	}
	code = strings.TrimSpace(string(raw))
	bare := bareCode(code)
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 || len(bare) != 2*codeGroup || strings.Trim(bare, codeLetters) != "" {
		return "", errors.New("it is no set-up code that was kept here")
	}
	return code, nil
}

// setupCodeFor gives the code to show to whoever asks, "" for none: only this
// box's own screen gets it, and only while there is no password.
func (s *Server) setupCodeFor(r *http.Request) string {
	if s.opt.Access == nil || !fromLoopback(r) {
		return ""
	}
	code, err := s.opt.Access.SetupCode()
	if err != nil {
		return "" // the terminal says why
	}
	return code
}
