package admin

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// sessionAnswer says who asks.
type sessionAnswer struct {
	// Role is staff or admin.
	Role Role `json:"role"`
	// By is page for a session, api for the token.
	By string `json:"by"`
	// PasswordFirst says that the set-up code opened this session: until the
	// administrator has a password, nothing else can be done.
	PasswordFirst bool `json:"password_first"`
	// AdminPassword and StaffPassword tell which passwords are set.
	AdminPassword bool `json:"admin_password"`
	StaffPassword bool `json:"staff_password"`
}

func (s *Server) getSession(w http.ResponseWriter, r *http.Request) {
	who := principalOf(r.Context())
	answer := sessionAnswer{Role: who.role, By: who.by, PasswordFirst: who.first}
	if a := s.opt.Access; a != nil {
		answer.AdminPassword, answer.StaffPassword = a.Has(RoleAdmin), a.Has(RoleStaff)
	}
	s.answer(w, r, http.StatusOK, answer)
}

// passwordBody is the body of the setting of a password.
type passwordBody struct {
	// Role is staff or admin.
	Role Role `json:"role"`
	// Password is the new one: at least 8 characters, at most 72 bytes.
	Password string `json:"password"`
	// Current is the administrator's present password, where there is one.
	Current string `json:"current"`
}

// passwordAnswer confirms that a password was set.
type passwordAnswer struct {
	Role Role `json:"role"`
	Set  bool `json:"set"`
}

// postPasswords sets the password of a role. It wants the administrator's own
// once more, so that a page left open gives nobody the station; and it ends the
// sessions of that role, except for the one that asks.
func (s *Server) postPasswords(w http.ResponseWriter, r *http.Request) {
	a := s.opt.Access
	if a == nil {
		s.fail(w, r, unwired("passwords"))
		return
	}
	var b passwordBody
	if err := body(w, r, &b); err != nil {
		s.fail(w, r, err)
		return
	}
	if b.Role != RoleAdmin && b.Role != RoleStaff {
		s.fail(w, r, badBody("The role is neither admin nor staff.", nil))
		return
	}
	if err := s.current(w, r, b.Current); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := a.Set(r.Context(), b.Role, b.Password); err != nil {
		s.fail(w, r, passwordFault(err))
		return
	}
	if b.Role == RoleAdmin {
		s.sessions.renew(sessionID(r), a.mark(RoleAdmin))
	}
	s.log.Info("password set", slog.String("role", string(b.Role)), slog.String("remote", remote(r).String()))
	s.answer(w, r, http.StatusOK, passwordAnswer{Role: b.Role, Set: true})
}

// current checks the administrator's present password. Guessing it is slowed
// down as the login is.
func (s *Server) current(w http.ResponseWriter, r *http.Request, password string) error {
	if !s.opt.Access.Has(RoleAdmin) {
		return nil
	}
	from, began := remote(r), s.opt.Now()
	if wait := s.attempts.begin(from, began); wait > 0 {
		return tooSoon(w, wait)
	}
	role, err := s.opt.Access.roleOf(r.Context(), password)
	if errors.Is(err, errBusy) {
		s.attempts.takeBack(from, began) // nobody has looked at it
	}
	if err != nil {
		return passwordFault(err)
	}
	if role != RoleAdmin {
		s.log.Warn("password not set, the present one was wrong", slog.String("remote", from.String()))
		return &Error{Status: http.StatusForbidden, Code: "wrong_password", Message: "That is not the administrator's present password.", Hint: "Type it again. If nobody knows it any more, run gatescand admin password on the station."}
	}
	s.attempts.succeeded(from)
	return nil
}

func tooSoon(w http.ResponseWriter, wait time.Duration) *Error {
	seconds := strconv.Itoa(wholeSeconds(wait))
	w.Header().Set("Retry-After", seconds)
	return &Error{Status: http.StatusTooManyRequests, Code: "too_many_attempts", Message: "Too many wrong passwords.", Hint: "Try again in " + seconds + " seconds.", Details: map[string]string{"retry_after_s": seconds}}
}

// passwordFault answers with what is wrong with a new password.
func passwordFault(err error) error {
	for _, known := range []struct {
		err     error
		status  int
		code    string
		message string
		hint    string
	}{
		{ErrPasswordEasy, http.StatusUnprocessableEntity, "password_too_easy", "That password is among the first that people try.", "Take another; a few words in a row are easy to remember and hard to guess."},
		{ErrPasswordShort, http.StatusUnprocessableEntity, "password_too_short", "The password is too short.", "It needs at least 8 characters; a few words in a row are easy to remember and hard to guess."},
		{ErrPasswordLong, http.StatusUnprocessableEntity, "password_too_long", "The password is too long.", "It can have at most 72 bytes: 72 plain letters, fewer where there are others."},
		{ErrPasswordText, http.StatusUnprocessableEntity, "password_not_text", "The password has characters that cannot be typed.", "Leave out line breaks."},
		{ErrPasswordTaken, http.StatusUnprocessableEntity, "password_taken", "Staff and administrator cannot have the same password.", "The password alone tells which of the two logs in; choose another."},
		{ErrAdminFirst, http.StatusConflict, "password_first", "The administrator has no password yet.", "Set the administrator's password first."},
		{errBusy, http.StatusServiceUnavailable, "busy", "Too many passwords are being checked at this moment.", "Try again in a few seconds."},
	} {
		if errors.Is(err, known.err) {
			return &Error{Status: known.status, Code: known.code, Message: known.message, Hint: known.hint, Err: err}
		}
	}
	return err
}
