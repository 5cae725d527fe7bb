package admin

import (
	"context"
	"errors"
	"net/http"

	"gatescand/sync/platform"
)

// ErrNotFound says that there is no such lane, account, ticket or conflict.
var ErrNotFound = errors.New("no such thing here")

// Error is an error with everything its answer needs. Its words reach the
// client: they must not carry secrets, names or codes.
type Error struct {
	Status  int    // of HTTP
	Code    string // for programs, snake_case
	Message string // what is wrong
	Hint    string // what to try
	Err     error  // cause, may be nil; never shown
	// Details are further facts for programs, in snake_case; nil for none.
	Details map[string]string
}

// Error gives the message.
func (f *Error) Error() string { return f.Message }

// Unwrap gives the cause.
func (f *Error) Unwrap() error { return f.Err }

// faultOf turns whatever a part of the station returned into an answer. known
// is false for errors nobody foresaw: those are logged and not shown.
func faultOf(err error) (f *Error, known bool) {
	if f, ok := errors.AsType[*Error](err); ok {
		return f, true
	}
	if e, ok := errors.AsType[*platform.Error](err); ok {
		return platformFault(e), true
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return &Error{Status: http.StatusNotFound, Code: "not_found", Message: "There is no such thing here.", Hint: "The names in use are listed by GET /api/v1/status."}, true
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Status: http.StatusGatewayTimeout, Code: "timeout", Message: "The station did not answer in time.", Hint: "Try again; if it stays so, look at the conditions."}, true
	case errors.Is(err, context.Canceled):
		return &Error{Status: http.StatusServiceUnavailable, Code: "stopping", Message: "The request was given up before it was answered.", Hint: "Try again."}, true
	}
	return &Error{Status: http.StatusInternalServerError, Code: "internal", Message: "The station could not do that.", Hint: "The station's log says why.", Err: err}, false
}

// platformFault answers with what a ticketing platform made of a request.
// Everything but a definite no is the platform's failure, not the client's.
func platformFault(e *platform.Error) *Error {
	f := &Error{Status: http.StatusBadGateway, Code: "platform_" + string(e.Class), Message: e.Op + " at " + e.Host + ": " + e.Detail, Hint: e.Remedy, Err: e}
	switch e.Class {
	case platform.Rejected, platform.Auth:
		f.Status = http.StatusUnprocessableEntity
	case platform.Throttled:
		f.Status = http.StatusTooManyRequests
	case platform.Offline, platform.Captive, platform.NotYet:
		f.Status = http.StatusServiceUnavailable
	case platform.Redirected, platform.Server, platform.Protocol, platform.Untrusted, platform.Unsupported:
	}
	return f
}

// unwired answers for a part of the station that is not there.
func unwired(what string) *Error {
	return &Error{Status: http.StatusNotImplemented, Code: "not_available", Message: "This station has no " + what + ".", Hint: "It may be turned off in the configuration."}
}
