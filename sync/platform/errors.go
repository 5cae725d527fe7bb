package platform

import (
	"errors"
	"fmt"
	"time"
)

// Class says what an error of a platform means for whoever called.
type Class string

// The classes. Only Auth stops an account; Rejected is about one request, which
// must not be repeated unchanged; all others may be tried again later.
const (
	Offline     Class = "offline"     // no network, no name, refused, timed out
	Captive     Class = "captive"     // something else answers in the server's place
	Redirected  Class = "redirected"  // the server points elsewhere; nothing was followed
	Throttled   Class = "throttled"   // asked too often; see RetryAfter
	Server      Class = "server"      // the server failed: 5xx, broken or truncated answers
	Protocol    Class = "protocol"    // a well-formed answer that is not what the platform documents
	Auth        Class = "auth"        // the key is refused, archived or revoked
	Rejected    Class = "rejected"    // a definite no about this request
	Untrusted   Class = "untrusted"   // the server's certificate is not to be trusted
	Unsupported Class = "unsupported" // the server is too old for this request
	// NotYet is a no about one request that a while may turn into a yes; see
	// RetryAfter. It says nothing against the server.
	NotYet Class = "not_yet"
)

// ErrConsumes is wrapped by the Unsupported error of a server that uses up a
// ticket with every question about it.
var ErrConsumes = errors.New("every question uses a ticket up")

// Error is every failure of a platform. Its text is for the organiser: it
// names the account's host and what to try, never a secret, a name or a code.
type Error struct {
	Class      Class
	Op         string        // what was being done: "probe", "list tickets"
	Host       string        // whom was asked
	Status     int           // HTTP status, 0 where there was none
	RetryAfter time.Duration // what the server asked for, 0 where it did not
	Location   string        // for Redirected: scheme and host only
	Detail     string        // what was found instead
	Remedy     string        // what to try
	Err        error         // cause, may be nil
}

// Error gives one line.
func (e *Error) Error() string {
	s := e.Op + " at " + e.Host + ": " + e.Detail
	if e.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf gives the class of err, Offline for errors that are none of ours:
// whatever cannot be explained may be tried again. It is "" for nil.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Offline
}

// RetryAfterOf gives what the server asked for, 0 where it did not.
func RetryAfterOf(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
