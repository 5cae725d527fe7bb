package admin

import (
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"
)

// pairingRoutes is making an account usable.
func (s *Server) pairingRoutes(on registrar) {
	on.api("POST /api/v1/pair", RoleAdmin, s.postPair)
	s.deskRoutes(on)
}

// pairTimeout is for an answer of a platform to come and be passed on: a code is
// spent by asking, so whoever asked should hear it.
const pairTimeout = 90 * time.Second

// pairBody is the body of a pairing. Account may be left out.
type pairBody struct {
	Code    string `json:"code"`
	Account string `json:"account"`
	// ConfirmHost is the host that a person has seen and agreed to.
	ConfirmHost string `json:"confirm_host"`
}

// postPair pairs with the code in the body, or with the one on an image: sent
// as the body itself, or as the part "image" of a form.
func (s *Server) postPair(w http.ResponseWriter, r *http.Request) {
	if s.opt.Pairing == nil {
		s.fail(w, r, unwired("pairing"))
		return
	}
	s.deadline(w, pairTimeout)
	b, err := s.pairRequest(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if b.Code == "" {
		s.fail(w, r, badBody("There is no code.", nil))
		return
	}
	paired, err := s.opt.Pairing.Pair(r.Context(), PairRequest{Account: b.Account, Code: b.Code, Confirmed: b.ConfirmHost})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.log.Info("paired", slog.String("account", paired.Account), slog.String("platform", paired.Platform),
		slog.String("host", paired.Host), slog.String("by", principalOf(r.Context()).by))
	s.answer(w, r, http.StatusOK, paired)
}

func (s *Server) pairRequest(w http.ResponseWriter, r *http.Request) (pairBody, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	switch {
	case strings.HasPrefix(kind, "image/"):
		code, err := s.readImage(http.MaxBytesReader(w, r.Body, maxImage))
		return pairBody{Code: code, Account: r.URL.Query().Get("account"), ConfirmHost: r.URL.Query().Get("confirm_host")}, err
	case kind == "multipart/form-data":
		r.Body = http.MaxBytesReader(w, r.Body, maxImage)
		return s.pairForm(r)
	}
	var b pairBody
	err = body(w, r, &b)
	return b, err
}

// pairForm reads a form part by part, so that nothing is put on disk.
func (s *Server) pairForm(r *http.Request) (pairBody, error) {
	var b pairBody
	form, err := r.MultipartReader()
	if err != nil {
		return b, badBody("The form cannot be read.", err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, unread(err)
		}
		switch part.FormName() {
		case "image":
			b.Code, err = s.readImage(part)
		case "account":
			b.Account, err = readPart(part)
		case "confirm_host":
			b.ConfirmHost, err = readPart(part)
		case "code":
			b.Code, err = readPart(part)
		}
		if err != nil {
			return b, err
		}
	}
}

func readPart(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBody))
	if err != nil {
		return "", unread(err)
	}
	return strings.TrimSpace(string(text)), nil
}

func (s *Server) readImage(r io.Reader) (string, error) {
	code, err := s.opt.Pairing.ReadImage(r)
	if err == nil {
		return code, nil
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return "", unread(err)
	}
	if _, known := faultOf(err); known {
		return "", err
	}
	return "", &Error{Status: http.StatusUnprocessableEntity, Code: "no_code_in_image", Message: "No QR code could be read in this image.", Hint: "Send a sharp PNG or JPEG of at most 8 MiB with one whole QR code in it, or paste the code's text.", Err: err}
}
