package admin

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

// scanBody is the body of a scan.
type scanBody struct {
	Payload       *string `json:"payload"`
	PayloadBase64 *string `json:"payload_base64"`
}

// decodeScan gives the bytes of the code in the body of a scan. Text that JSON
// cannot carry unchanged is refused rather than altered.
func decodeScan(raw []byte) ([]byte, error) {
	var b scanBody
	if err := parse(raw, &b); err != nil {
		return nil, err
	}
	switch {
	case b.Payload != nil && b.PayloadBase64 != nil:
		return nil, badScan("Both payload and payload_base64 are there.")
	case b.Payload != nil:
		if strings.ContainsRune(*b.Payload, utf8.RuneError) {
			return nil, badScan("The payload holds something that is not text.")
		}
		return []byte(*b.Payload), nil
	case b.PayloadBase64 != nil:
		return decodeBase64(*b.PayloadBase64)
	}
	return nil, badScan("There is no payload.")
}

// decodeBase64 takes the standard alphabet, padded or not.
func decodeBase64(text string) ([]byte, error) {
	code, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, badScan("payload_base64 is not base64.")
	}
	return code, nil
}

func badScan(message string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "bad_payload", Message: message, Hint: `Send {"payload":"…"} for text, or {"payload_base64":"…"} for any bytes.`}
}

// postScan decides one code as a frame of the lane's reader would be.
func (s *Server) postScan(w http.ResponseWriter, r *http.Request) {
	if s.opt.Lanes == nil {
		s.fail(w, r, unwired("lanes"))
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.fail(w, r, unread(err))
		return
	}
	code, err := decodeScan(raw)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	explain, err := flag(r, "explain")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	decide := s.opt.Lanes.Scan
	if explain {
		decide = s.opt.Lanes.Explain
	}
	scan, err := decide(r.Context(), r.PathValue("lane"), code)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, s.present.decision(scan, s.language(r)))
}
