package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// stagePolicy lets the demo's page load its own files and nothing else, run
// nothing inline and write no markup from a script.
const stagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// bodyMax is the longest request body the demo's page sends, in bytes.
const bodyMax = 16 << 10

// guardStage sets the headers every answer has and turns away requests for
// another host and requests that another site's page makes.
func guardStage(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		sayFault(w, http.StatusForbidden, "cross_origin", "The request came from another site's page.", "Use the demo's own page.")
	}))
	next = cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", stagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if !isLoopbackHost(r.Host) {
			sayFault(w, http.StatusMisdirectedRequest, "unknown_host", "The demo answers on this computer only.", "Open it as http://localhost with its port.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLoopbackHost tells whether a Host header names this computer as seen from
// itself. A name that somebody rebound to 127.0.0.1 does not.
func isLoopbackHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// errBody says that a request's body is not what the page would send.
var errBody = errors.New("not one JSON object with the known members")

// readBody reads a JSON object of at most bodyMax bytes with no unknown member
// into v. An empty body leaves v as it is.
func readBody(w http.ResponseWriter, r *http.Request, v any) error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMax))
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return errors.Join(errBody, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errBody
	}
	return nil
}

// sayBodyFault answers a request whose body readBody could not take.
func sayBodyFault(w http.ResponseWriter, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		sayFault(w, http.StatusRequestEntityTooLarge, "too_large", "The request is too large.", "Send at most 16 KiB.")
		return
	}
	sayFault(w, http.StatusBadRequest, "bad_request", "The request could not be read.", "Send one JSON object with the documented members.")
}

func sayPlain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // nobody to tell: the client has gone
}

// sayValue answers with one JSON value without blanks between its parts.
func sayValue(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":{"code":"internal","message":"The answer could not be written.","hint":""}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // nobody to tell: the client has gone
}

func sayFault(w http.ResponseWriter, status int, code, message, hint string) {
	sayValue(w, status, map[string]any{"error": map[string]string{"code": code, "message": message, "hint": hint}})
}
