package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// historyMax is how many answers of the gate the page remembers.
const historyMax = 40

// heldScene is one code before the reader and what came of it.
type heldScene struct {
	heldAnswer

	Number    int       `json:"number"` // counts the holds, from 1
	At        time.Time `json:"at"`
	Title     string    `json:"title"` // of the card, or of the ticket's state
	Holder    string    `json:"holder"`
	From      string    `json:"from"`   // the platform whose column or list it came from, empty for codes of none
	Ticket    string    `json:"ticket"` // its identity there, empty for codes of no ticket
	Variant   variant   `json:"variant"`
	NetworkUp bool      `json:"network_up"` // that platform's, when it was held
	Hold      holdWish  `json:"hold"`       // what to send to have it held again

	key string // under which the page remembers the answer, empty where it has no place to show it
}

// holdWish is the body of POST /demo/hold: a code of a platform's column, a
// TiBillet ticket in a variant, any text, or nothing, which means the next paid
// TiBillet ticket that nobody has held yet.
type holdWish struct {
	Platform string  `json:"platform,omitempty"`
	ID       string  `json:"id,omitempty"`
	Ticket   string  `json:"ticket,omitempty"`
	Variant  variant `json:"variant,omitempty"`
	Text     string  `json:"text,omitempty"`
}

// isClear tells whether a wish says one thing.
func (w holdWish) isClear() bool {
	ways := 0
	for _, said := range []bool{w.Platform != "" || w.ID != "", w.Ticket != "", w.Text != ""} {
		if said {
			ways++
		}
	}
	return ways <= 1 && (w.Platform != "") == (w.ID != "") && (w.Ticket != "" || w.Variant == asPrinted) && w.Variant.known()
}

func (s *stage) hold(w http.ResponseWriter, r *http.Request) {
	var wish holdWish
	if err := readBody(w, r, &wish); err != nil {
		sayBodyFault(w, err)
		return
	}
	if !wish.isClear() {
		sayFault(w, http.StatusBadRequest, "bad_request", "It is not clear what to hold.", `Send {"platform","id"}, {"ticket","variant"}, {"text"} or nothing.`)
		return
	}
	if strings.ContainsFunc(wish.Text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		sayFault(w, http.StatusBadRequest, "bad_request", "A code on one line, please.", "A reader ends a code at a line break or another control character.")
		return
	}
	if wish == (holdWish{}) {
		if wish.Ticket = s.nextPaid(); wish.Ticket == "" {
			sayFault(w, http.StatusConflict, "none_left", "Every paid ticket has been held.", "Sell one at the box office.")
			return
		}
	}
	text, scene, err := s.scene(wish)
	switch {
	case errors.Is(err, faketibillet.ErrUnknown), errors.Is(err, errNoCode):
		sayFault(w, http.StatusNotFound, "not_found", "There is no such ticket.", "Take one from GET /demo/tickets or GET /demo/status.")
		return
	case err != nil:
		s.log.Error("a code cannot be held", slog.Any("error", err))
		sayFault(w, http.StatusInternalServerError, "internal", "The code could not be made.", "Choose another ticket.")
		return
	}
	scene, err = s.present(r.Context(), []byte(text), scene)
	if err != nil {
		s.sayHoldFault(w, err)
		return
	}
	sayValue(w, http.StatusOK, scene)
}

// sayHoldFault answers for a gate that did not.
func (s *stage) sayHoldFault(w http.ResponseWriter, err error) {
	s.log.Warn("the gate did not answer a code", slog.Any("error", err))
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		sayFault(w, http.StatusGatewayTimeout, "no_answer", "The gate said nothing.", "Look at the conditions below and hold it again.")
		return
	}
	sayFault(w, http.StatusBadGateway, "no_reader", "The code did not reach the gate.", "Look at the conditions below and hold it again.")
}

// scene gives the text to hold and what there is to say of it beforehand.
func (s *stage) scene(wish holdWish) (string, heldScene, error) {
	switch {
	case wish.Platform != "":
		return s.sceneOfColumn(wish)
	case wish.Ticket != "":
		return s.sceneOfTicket(wish)
	}
	scene := heldScene{Title: "A code typed by hand", Hold: wish}
	for _, c := range s.cast { // never changes after newStage
		if c.Text == wish.Text {
			scene.Title, scene.key = c.Title, c.ID
		}
	}
	return wish.Text, scene, nil
}

func (s *stage) sceneOfColumn(wish holdWish) (string, heldScene, error) {
	_, c, err := s.columnCode(wish.Platform, wish.ID)
	if err != nil {
		return "", heldScene{}, err
	}
	return c.Code, heldScene{
		Title: c.Title, Holder: c.Holder, From: wish.Platform, Ticket: c.Ticket, Variant: c.Variant, Hold: wish, key: c.Key,
	}, nil
}

func (s *stage) sceneOfTicket(wish holdWish) (string, heldScene, error) {
	t, err := s.opt.Evening.Ticket(wish.Ticket)
	if err != nil {
		return "", heldScene{}, err
	}
	text, err := s.code(wish.Ticket, wish.Variant)
	if err != nil {
		return "", heldScene{}, err
	}
	view := s.view(t)
	same := func(c card) bool { return c.Ticket == wish.Ticket && c.Variant == wish.Variant }
	return text, heldScene{
		Title: s.titleOf(same, view.Status), Holder: view.Holder, From: string(admission.TiBillet), Ticket: wish.Ticket,
		Variant: wish.Variant, Hold: wish, key: heldID(wish.Ticket, wish.Variant),
	}, nil
}

// titleOf gives the title of the card that fits, or the fallback.
func (s *stage) titleOf(fits func(card) bool, fallback string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.cast {
		if fits(c) {
			return c.Title
		}
	}
	for _, ticket := range s.sold {
		if c := soldCard(ticket); fits(c) {
			return c.Title
		}
	}
	return fallback
}

// present brings a code before the reader, one at a time, and remembers what
// the gate said.
func (s *stage) present(ctx context.Context, code []byte, scene heldScene) (heldScene, error) {
	ctx, cancel := context.WithTimeout(ctx, holdLimit)
	defer cancel()
	select {
	case s.reader <- struct{}{}:
		defer func() { <-s.reader }()
	case <-ctx.Done():
		return scene, ctx.Err()
	}
	scene.At, scene.NetworkUp = s.now().UTC(), s.isUp(scene.From)
	answer, err := s.opt.Hold(ctx, code)
	if err != nil {
		return scene, err
	}
	scene.heldAnswer = answer
	s.mu.Lock()
	defer s.mu.Unlock()
	scene.Number = 1
	if n := len(s.history); n > 0 {
		scene.Number = s.history[n-1].Number + 1
	}
	s.history = append(s.history, scene)
	if len(s.history) > historyMax {
		s.history = append([]heldScene(nil), s.history[len(s.history)-historyMax:]...)
	}
	if scene.key != "" {
		s.held[scene.key] = scene
	}
	if scene.Ticket != "" {
		s.seen[scene.Ticket] = true
	}
	return scene, nil
}

// isUp tells whether the platform that a code came from can be reached; for a
// code of none, whether any can.
func (s *stage) isUp(from string) bool {
	if b := s.booth(from); b != nil {
		return !b.Front().NetworkCut()
	}
	return s.anyNetworkUp()
}

// last gives what the gate said last of a card, nil if it never was held.
func (s *stage) last(id string) *heldScene {
	s.mu.Lock()
	defer s.mu.Unlock()
	if scene, ok := s.held[id]; ok {
		return &scene
	}
	return nil
}

// nextPaid gives a valid ticket that nobody has held yet and marks it as held:
// those of the queue first, except the ones tricks are played with. It is empty
// when there is none left.
func (s *stage) nextPaid() string {
	tonight := s.opt.Evening.Tickets(s.opt.Evening.Tonight)
	s.mu.Lock()
	defer s.mu.Unlock()
	inCast := map[string]bool{}
	var order []string
	for _, c := range s.cast {
		inCast[c.Ticket] = true
		if c.Variant == asPrinted {
			order = append(order, c.Ticket)
		}
	}
	valid := map[string]bool{}
	for _, t := range tonight {
		valid[t.UUID] = t.Status == faketibillet.Valid
		if !inCast[t.UUID] {
			order = append(order, t.UUID)
		}
	}
	for _, ticket := range order {
		if valid[ticket] && !s.seen[ticket] {
			s.seen[ticket] = true
			return ticket
		}
	}
	return ""
}
