package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// What a password must be. There are no other rules: those make people write
// passwords on the wall.
const (
	// PasswordShortest is in characters.
	PasswordShortest = 8
	// PasswordLongest is in bytes: the hash, bcrypt, reads no more.
	PasswordLongest = 72
)

// What is wrong with a password that shall be set.
var (
	ErrPasswordEasy  = errors.New("that password is among the first that people try; take another")
	ErrPasswordShort = fmt.Errorf("a password has at least %d characters", PasswordShortest)
	ErrPasswordLong  = fmt.Errorf("a password has at most %d bytes, which is %d plain letters or fewer others", PasswordLongest, PasswordLongest)
	ErrPasswordText  = errors.New("a password is text without line breaks")
	ErrPasswordTaken = errors.New("the password is the other role's already; which one is typed decides what somebody may do")
	ErrAdminFirst    = errors.New("the administrator's password comes first")
)

// errBusy tells that too many passwords wait to be looked at.
var errBusy = errors.New("too many passwords are being checked")

const (
	passwordsName = "passwords.json"
	hashQueue     = 8 // passwords that may wait for their turn
)

// Access is what opens the page besides the token: the passwords of the two
// roles, and the set-up code of a station that has none yet. Both are files of
// the data directory. Another process may change them at any time, and what it
// wrote counts at once. It may be used from any goroutine.
//
// One password is hashed at a time, so that a flood of attempts costs one core
// and no more.
type Access struct {
	dir   string
	cost  int // of a hash
	turn  chan struct{}
	queue atomic.Int32

	mu    sync.Mutex
	seen  os.FileInfo // the file as it was last read, nil for none
	kept  passwords
	fault error

	code  string // the set-up code, "" where it was not looked at
	wrong int    // tries that were not it
}

// passwords is the content of the file: the hash for each role that has one.
type passwords struct {
	Admin string `json:"admin,omitempty"`
	Staff string `json:"staff,omitempty"`
}

func (p passwords) of(role Role) string {
	switch role {
	case RoleAdmin:
		return p.Admin
	case RoleStaff:
		return p.Staff
	case RoleNone:
	}
	return ""
}

// OpenAccess gives who may come in at the station of a data directory. It reads
// nothing yet.
func OpenAccess(dir string) *Access {
	return &Access{dir: dir, cost: hashCost, turn: make(chan struct{}, 1)}
}

// PasswordsFile is where the hashes stand.
func (a *Access) PasswordsFile() string { return filepath.Join(a.dir, passwordsName) }

// Has tells whether a role has a password.
func (a *Access) Has(role Role) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.look()
	return a.kept.of(role) != ""
}

// Fault says why the passwords cannot be read, nil where they can or there are
// none. While they cannot, only the token opens the page.
func (a *Access) Fault() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.look()
	return a.fault
}

// look reads the file where it is another than the last time. A file that
// cannot be read is no station without passwords: a code that anybody at the
// display can see must not take their place.
func (a *Access) look() {
	info, err := os.Stat(a.PasswordsFile())
	switch {
	case errors.Is(err, os.ErrNotExist):
		a.seen, a.kept, a.fault = nil, passwords{}, nil
		return
	case err != nil:
		a.fault = err // what was read before still counts
		return
	case a.seen != nil && os.SameFile(a.seen, info) && a.seen.ModTime().Equal(info.ModTime()) && a.seen.Size() == info.Size():
		return
	}
	raw, err := os.ReadFile(a.PasswordsFile())
	if err != nil {
		a.fault = err
		return
	}
	kept, err := parsePasswords(raw)
	if err != nil {
		err = fmt.Errorf("%s is damaged; set the passwords anew with gatescand admin password: %w", a.PasswordsFile(), err)
	}
	a.seen, a.kept, a.fault = info, kept, err
}

// parsePasswords reads the file's content. A fault leaves no password at all.
func parsePasswords(raw []byte) (passwords, error) {
	var p passwords
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return passwords{}, errors.New("it is not the JSON that was written")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return passwords{}, errors.New("there is more in it than was written")
	}
	for _, hash := range []string{p.Admin, p.Staff} {
		if hash != "" && !isHash(hash) {
			return passwords{}, errors.New("a hash in it is none")
		}
	}
	if p.Admin == "" {
		return passwords{}, errors.New("it has no password for the administrator")
	}
	return p, nil
}

// CheckPassword tells what is wrong with a password that shall be set.
func CheckPassword(password string) error {
	switch {
	case !utf8.ValidString(password) || bytes.ContainsAny([]byte(password), "\x00\r\n"):
		return ErrPasswordText
	case utf8.RuneCountInString(password) < PasswordShortest:
		return ErrPasswordShort
	case len(password) > PasswordLongest:
		return ErrPasswordLong
	case slices.Contains(easyPasswords(), strings.ToLower(strings.TrimSpace(password))) || strings.Count(password, password[:1]) == len(password):
		return ErrPasswordEasy
	}
	return nil
}

// easyPasswords are those of eight characters and more that everybody tries
// first.
func easyPasswords() []string {
	return []string{
		"password", "password1", "passwort", "motdepasse", "12345678", "123456789", "1234567890", "87654321", "qwertyui", "qwertyuiop", "qwertzui",
		"azertyui", "azertyuiop", "abcdefgh", "gatescand", "gatekeeper", "administrator", "administrateur", "iloveyou", "welcome1", "changeme", "letmein1",
	}
}

// Set gives a role a new password, durably, before it returns. The sessions of
// that role are over with it, and a set-up code is worth nothing any more. A
// damaged file is replaced by one that holds this password alone.
func (a *Access) Set(ctx context.Context, role Role, password string) error {
	if role != RoleAdmin && role != RoleStaff {
		return fmt.Errorf("there is no role %q; the roles are admin and staff", role)
	}
	if err := CheckPassword(password); err != nil {
		return err
	}
	return a.inTurn(ctx, func() error { return a.set(role, password) })
}

func (a *Access) set(role Role, password string) error {
	a.mu.Lock()
	a.look()
	kept := a.kept
	a.mu.Unlock()
	other := kept.Staff
	if role == RoleStaff {
		other = kept.Admin
		if other == "" {
			return ErrAdminFirst
		}
	}
	if other != "" && passwordFits(other, password) {
		return ErrPasswordTaken
	}
	hash, err := hashPassword(password, a.cost)
	if err != nil {
		return err
	}
	if role == RoleAdmin {
		kept.Admin = hash
	} else {
		kept.Staff = hash
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := keep(a.dir, passwordsName, append(raw, '\n')); err != nil {
		return fmt.Errorf("the password cannot be kept in %s; may this user write there? %w", a.dir, err)
	}
	a.look()
	a.code, a.wrong = "", 0
	return forget(a.dir, setupCodeName)
}

// roleOf tells whose password it is, RoleNone for nobody's.
func (a *Access) roleOf(ctx context.Context, password string) (Role, error) {
	if password == "" || len(password) > PasswordLongest {
		return RoleNone, nil
	}
	role := RoleNone
	err := a.inTurn(ctx, func() error {
		a.mu.Lock()
		a.look()
		kept := a.kept
		a.mu.Unlock()
		for _, r := range []Role{RoleAdmin, RoleStaff} {
			if hash := kept.of(r); hash != "" && passwordFits(hash, password) {
				role = r
				return nil
			}
		}
		return nil
	})
	return role, err
}

// inTurn runs what hashes, one after the other.
func (a *Access) inTurn(ctx context.Context, hash func() error) error {
	defer a.queue.Add(-1)
	if a.queue.Add(1) > hashQueue {
		return errBusy
	}
	select {
	case a.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-a.turn }()
	return hash()
}

// mark stands for a role's password without telling anything of it. A session
// carries the mark of the day it began; it is over when that is not the role's
// any more.
type mark [sha256.Size]byte

func (a *Access) mark(role Role) mark {
	if a == nil {
		return mark{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.look()
	return sha256.Sum256([]byte(a.kept.of(role)))
}
