package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/skip2/go-qrcode"

	"gatescand/sync/platform/platformtest/faketibillet"
)

// prints are the two prints there are of a ticket: people keep what they got,
// so a ticket's code stays the same however often it is shown or held.
type prints struct{ first, second string }

// code gives the text of a ticket's code in a variant. The error wraps
// [faketibillet.ErrUnknown] where there is no such ticket.
func (s *stage) code(ticket string, v variant) (string, error) {
	p, err := s.printed(ticket)
	if err != nil {
		return "", err
	}
	if v == reprinted {
		return p.second, nil
	}
	return v.apply(p.first)
}

func (s *stage) printed(ticket string) (prints, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.prints[ticket]; ok {
		return p, nil
	}
	first, err := s.printRecodable(ticket)
	if err != nil {
		return prints{}, err
	}
	second, err := s.opt.Evening.PrintQR(ticket)
	if err != nil {
		return prints{}, fmt.Errorf("print a ticket again: %w", err)
	}
	p := prints{first: first, second: second}
	s.prints[ticket] = p
	return p, nil
}

// printRecodable prints a ticket until its signature has a character that the
// two alphabets write differently; all but one print in fifty thousand have.
func (s *stage) printRecodable(ticket string) (string, error) {
	for {
		text, err := s.opt.Evening.PrintQR(ticket)
		if err != nil {
			return "", fmt.Errorf("print a ticket: %w", err)
		}
		if _, signature, _ := strings.Cut(text, ":"); strings.ContainsAny(signature, "-_") {
			return text, nil
		}
	}
}

// qrPath is the address of a code's picture. id is a ticket or the card of a
// code without one.
func qrPath(id string, v variant) string { return "/demo/qr/" + heldID(id, v) + ".png" }

// heldID names a ticket in a variant.
func heldID(id string, v variant) string {
	if v == asPrinted {
		return id
	}
	return id + "~" + string(v)
}

// moduleScaleMax is the most pixels a module may have.
const moduleScaleMax = 16

// fitSide is the side, in pixels, that a picture of unsaid scale stays within:
// twice what the page shows, for screens with small pixels.
const fitSide = 308

// qr answers GET /demo/qr/{id}.png?scale=.
func (s *stage) qr(w http.ResponseWriter, r *http.Request) {
	id, isPNG := strings.CutSuffix(r.PathValue("file"), ".png")
	text, err := s.textOf(id)
	if err == nil && !isPNG {
		err = errNoCode
	}
	s.sayQR(w, r, text, err)
}

// sayQR answers with the picture of a code, or for the error with which it was
// looked for.
func (s *stage) sayQR(w http.ResponseWriter, r *http.Request, text string, err error) {
	scale, ok := number(r.URL.Query().Get("scale"), 0, 1, moduleScaleMax)
	if !ok {
		sayFault(w, http.StatusBadRequest, "bad_request", "The scale is not one there is.", "Pixels a module, 1 to 16.")
		return
	}
	if errors.Is(err, faketibillet.ErrUnknown) || errors.Is(err, errUnknownVariant) || errors.Is(err, errNoCode) {
		sayFault(w, http.StatusNotFound, "not_found", "There is no such ticket.", "Take the address from GET /demo/tickets or GET /demo/status.")
		return
	}
	var picture []byte
	if err == nil {
		picture, err = paintQR(text, scale)
	}
	if err != nil {
		s.log.Error("a code cannot be shown", slog.Any("error", err))
		sayFault(w, http.StatusInternalServerError, "internal", "The code could not be painted.", "Choose another ticket.")
		return
	}
	w.Header().Set("Content-Type", "image/png")
	// A print does not change while the demo runs.
	w.Header().Set("Cache-Control", "private, max-age=300")
	_, _ = w.Write(picture) // nobody to tell: the client has gone
}

// errUnknownVariant says that there is no such variant of a code.
var errUnknownVariant = errors.New("no such variant")

// textOf gives the text behind the name of a picture.
func (s *stage) textOf(id string) (string, error) {
	for _, c := range s.cast { // never changes after newStage
		if c.Text != "" && c.ID == id {
			return c.Text, nil
		}
	}
	ticket, v, _ := strings.Cut(id, "~")
	if !variant(v).known() {
		return "", errUnknownVariant
	}
	return s.code(ticket, variant(v))
}

// paintQR paints a code as the platforms print it: the lowest level of correction,
// a quiet zone of four modules, every module a square of scale pixels. Scale 0 takes the largest
// even number that keeps the picture within fitSide.
func paintQR(text string, scale int) ([]byte, error) {
	code, err := qrcode.New(text, qrcode.Low)
	if err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	if scale == 0 {
		scale = max(2, fitSide/len(code.Bitmap())/2*2) // the bitmap has the quiet zone in it
	}
	picture, err := code.PNG(-scale) // negative means pixels a module
	if err != nil {
		return nil, fmt.Errorf("paint a QR code: %w", err)
	}
	return picture, nil
}
