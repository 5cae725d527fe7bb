package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"unicode/utf8"
)

// answer sends v as JSON.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(append(body, '\n'))
}

// faultBody is the form of every error.
type faultBody struct {
	Error faultWords `json:"error"`
}

type faultWords struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	// Details are further facts for programs.
	Details map[string]string `json:"details,omitempty"`
}

// fail sends an error. What nobody foresaw is logged here, where it ends, and
// its text is kept from the client.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f, known := faultOf(err)
	if !known {
		s.log.Error("request failed", slog.String("method", r.Method), slog.String("route", r.Pattern), slog.Any("error", err))
	}
	if f.Status < 400 || f.Status > 599 {
		f.Status = http.StatusInternalServerError
	}
	s.answer(w, r, f.Status, faultBody{faultWords{f.Code, f.Message, f.Hint, f.Details}})
}

// body reads a JSON object of a request into v, strictly: fields that are not
// there, a second value and text that is not UTF-8 are errors. An empty body
// leaves v as it is.
func body(w http.ResponseWriter, r *http.Request, v any) error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return unread(err)
	}
	return parse(raw, v)
}

// unread tells a body that is too long from one that did not arrive.
func unread(err error) *Error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Error{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Message: "The request is too large.", Hint: "A code is at most a few thousand bytes, a request at most 64 KiB, an image at most 8 MiB.", Err: err}
	}
	return &Error{Status: http.StatusBadRequest, Code: "unreadable_body", Message: "The request's body did not arrive whole.", Hint: "Send it again.", Err: err}
}

func parse(raw []byte, v any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	if !utf8.Valid(raw) {
		return badBody("The body is not UTF-8.", nil)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return badBody(whatIsWrong(err), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badBody("There is more after the JSON object.", nil)
	}
	return nil
}

// whatIsWrong describes a decoding error without repeating what was sent.
func whatIsWrong(err error) string {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "" {
			return "The body is not a JSON object."
		}
		return "The field " + e.Field + " is not a " + e.Type.String() + "."
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) {
		return "The body is not JSON."
	}
	return "The body has a field this call does not know."
}

func badBody(message string, err error) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "bad_body", Message: message, Hint: "Send one JSON object with the fields this call names.", Err: err}
}
