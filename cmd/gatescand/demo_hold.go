package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

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
	Ticket    string    `json:"ticket"` // empty for codes of no ticket
	Variant   variant   `json:"variant"`
	NetworkUp bool      `json:"network_up"` // when it was held
}

// holdWish is the body of POST /demo/hold: a ticket in a variant, any text, or
// nothing, which means the next paid ticket that nobody has held yet.
type holdWish struct {
	Ticket  string  `json:"ticket"`
	Variant variant `json:"variant"`
	Text    string  `json:"text"`
}

func (s *stage) hold(w http.ResponseWriter, r *http.Request) {
	var wish holdWish
	if err := readBody(w, r, &wish); err != nil {
		sayBodyFault(w, err)
		return
	}
	if wish.Text != "" && wish.Ticket != "" || wish.Ticket == "" && wish.Variant != asPrinted || !wish.Variant.known() {
		sayFault(w, http.StatusBadRequest, "bad_request", "It is not clear what to hold.", `Send {"ticket","variant"}, {"text"} or nothing.`)
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
	case errors.Is(err, faketibillet.ErrUnknown):
		sayFault(w, http.StatusNotFound, "not_found", "There is no such ticket.", "Take one from GET /demo/tickets.")
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
	if wish.Ticket == "" {
		return wish.Text, heldScene{Title: s.titleOf(func(c card) bool { return c.Text == wish.Text }, "A code typed by hand")}, nil
	}
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
	return text, heldScene{Title: s.titleOf(same, view.Status), Holder: view.Holder, Ticket: wish.Ticket, Variant: wish.Variant}, nil
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
	scene.At, scene.NetworkUp = s.now().UTC(), !s.opt.Evening.NetworkCut()
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
	if id := s.sceneID(scene, string(code)); id != "" {
		s.held[id] = scene
	}
	if scene.Ticket != "" {
		s.seen[scene.Ticket] = true
	}
	return scene, nil
}

// sceneID names what was held where the page has a place to show the answer.
// The caller holds the lock.
func (s *stage) sceneID(scene heldScene, text string) string {
	if scene.Ticket != "" {
		return heldID(scene.Ticket, scene.Variant)
	}
	for _, c := range s.cast {
		if c.Text != "" && c.Text == text {
			return c.ID
		}
	}
	return ""
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
