package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// The moods of the platform that the page can choose.
const (
	moodNone       = "none"
	moodSlow       = "slow"        // every answer takes slowAnswer
	moodError      = "500"         // every answer is an HTML page with status 500
	moodCaptive    = "captive"     // every answer is the login page of somebody's Wi-Fi
	moodLostAnswer = "lost-answer" // uses are recorded, but the answer never arrives
)

// slowAnswer is longer than anybody waits at a door.
const slowAnswer = 3 * time.Second

// soldMax is how many tickets can be sold on the page.
const soldMax = 100

// sweepLimit is how long the page waits for a whole list.
const sweepLimit = 30 * time.Second

// network answers POST /demo/network {"up":bool}.
func (s *stage) network(w http.ResponseWriter, r *http.Request) {
	var wish struct {
		Up *bool `json:"up"`
	}
	if err := readBody(w, r, &wish); err != nil {
		sayBodyFault(w, err)
		return
	}
	if wish.Up == nil {
		sayFault(w, http.StatusBadRequest, "bad_request", "Up or down?", `Send {"up":true} or {"up":false}.`)
		return
	}
	if *wish.Up {
		s.opt.Evening.RestoreNetwork()
	} else {
		s.opt.Evening.CutNetwork()
	}
	s.log.Info("the demo's network was switched", slog.Bool("up", *wish.Up))
	sayValue(w, http.StatusOK, map[string]bool{"up": *wish.Up})
}

// setMood answers POST /demo/mood {"mood":"…"}.
func (s *stage) setMood(w http.ResponseWriter, r *http.Request) {
	var wish struct {
		Mood string `json:"mood"`
	}
	if err := readBody(w, r, &wish); err != nil {
		sayBodyFault(w, err)
		return
	}
	route, mood := fakeserver.RouteAny, fakeserver.Mood{}
	switch wish.Mood {
	case moodNone:
	case moodSlow:
		mood.Delay = slowAnswer
	case moodError:
		mood.Fault = fakeserver.ServerError
	case moodCaptive:
		mood.Fault = fakeserver.CaptivePage
	case moodLostAnswer:
		route, mood.Fault = faketibillet.RouteUse, fakeserver.LostAnswer
	default:
		sayFault(w, http.StatusBadRequest, "bad_request", "The platform has no such mood.", "One of none, slow, 500, captive, lost-answer.")
		return
	}
	s.mu.Lock()
	s.mood = wish.Mood
	s.opt.Evening.ClearMoods()
	s.opt.Evening.SetMood(route, mood)
	s.mu.Unlock()
	s.log.Info("the demo's platform changed its mood", slog.String("mood", wish.Mood))
	sayValue(w, http.StatusOK, map[string]string{"mood": wish.Mood})
}

// sweep answers POST /demo/sweep: the station fetches the whole list.
func (s *stage) sweep(w http.ResponseWriter, r *http.Request) {
	if s.opt.Sweep == nil {
		sayFault(w, http.StatusNotImplemented, "not_wired", "The list cannot be fetched from here.", "Use the station's own page.")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), sweepLimit)
	defer cancel()
	if err := s.opt.Sweep(ctx); err != nil {
		s.log.Warn("the list could not be fetched", slog.Any("error", err))
		sayFault(w, http.StatusBadGateway, "sweep_failed", "The list could not be fetched. The station goes on with the one it has.", "Is the network up and the platform in good health?")
		return
	}
	sayValue(w, http.StatusOK, map[string]bool{"swept": true})
}

// sell answers POST /demo/sell: somebody buys a ticket now.
func (s *stage) sell(w http.ResponseWriter, r *http.Request) {
	var nothing struct{}
	if err := readBody(w, r, &nothing); err != nil {
		sayBodyFault(w, err)
		return
	}
	uuid, err := s.sellOne()
	switch {
	case errors.Is(err, errSoldOut):
		sayFault(w, http.StatusConflict, "sold_out", "The box office is sold out.", "Start the demo again for another evening.")
	case err != nil:
		s.log.Error("a ticket cannot be sold", slog.Any("error", err))
		sayFault(w, http.StatusInternalServerError, "internal", "The ticket could not be sold.", "Start the demo again.")
	default:
		sayValue(w, http.StatusCreated, s.cardView(soldCard(uuid)))
	}
}

// errSoldOut says that soldMax tickets have been sold on the page.
var errSoldOut = errors.New("sold out")

// sellOne adds a paid ticket for tonight and gives its UUID.
func (s *stage) sellOne() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sold) >= soldMax {
		return "", errSoldOut
	}
	first, last := buyer(len(s.sold))
	uuid, err := s.opt.Evening.AddTicket(faketibillet.Ticket{
		Event: s.opt.Evening.Tonight, FirstName: first, LastName: last, Product: "Bal – debout", Price: "Plein tarif",
	})
	if err != nil {
		return "", err
	}
	s.sold = append(s.sold, uuid)
	return uuid, nil
}

// buyer gives the name of the n-th person who buys on the page.
func buyer(n int) (first, last string) {
	firsts := []string{"Camille", "Noé", "Inès", "Malik", "Jeanne", "Tomás", "Awa", "Lucie"}
	lasts := []string{"Arnaud", "Berger", "Colin", "Da Silva", "Estève"}
	return firsts[n%len(firsts)], lasts[n%len(lasts)]
}

// The actions of the box office on one ticket.
const (
	actCancel = "cancel"
	actScan   = "scan"
	actUnscan = "unscan"
	actPay    = "pay"
)

// actionsFor gives what the box office can do with a ticket in a state.
func actionsFor(status faketibillet.Status) []string {
	switch status {
	case faketibillet.Valid:
		return []string{actScan, actCancel}
	case faketibillet.Scanned:
		return []string{actUnscan}
	case faketibillet.Created, faketibillet.Inactive:
		return []string{actPay, actCancel}
	default:
		return []string{}
	}
}

// boxOffice answers POST /demo/boxoffice/{uuid}/{action} with the ticket as it
// is afterwards.
func (s *stage) boxOffice(w http.ResponseWriter, r *http.Request) {
	uuid, action := r.PathValue("uuid"), r.PathValue("action")
	if !slices.Contains([]string{actCancel, actScan, actUnscan, actPay}, action) {
		sayFault(w, http.StatusNotFound, "not_found", "The box office cannot do that.", "One of cancel, scan, unscan, pay.")
		return
	}
	err := s.act(uuid, action)
	var t faketibillet.Ticket
	if err == nil {
		t, err = s.opt.Evening.Ticket(uuid)
	}
	switch {
	case err == nil:
		sayValue(w, http.StatusOK, s.view(t))
	case errors.Is(err, faketibillet.ErrUnknown):
		sayFault(w, http.StatusNotFound, "not_found", "There is no such ticket.", "Take one from GET /demo/tickets.")
	case errors.Is(err, faketibillet.ErrRefused):
		sayFault(w, http.StatusConflict, "refused", "The box office does not do that to a ticket in this state.", "The ticket's actions say what is possible.")
	default:
		s.log.Error("the box office failed", slog.String("action", action), slog.Any("error", err))
		sayFault(w, http.StatusInternalServerError, "internal", "The box office failed.", "Start the demo again.")
	}
}

func (s *stage) act(uuid, action string) error {
	t, err := s.opt.Evening.Ticket(uuid)
	if err != nil {
		return err
	}
	if !slices.Contains(actionsFor(t.Status), action) {
		return faketibillet.ErrRefused
	}
	switch action {
	case actCancel:
		return s.opt.Evening.Cancel(uuid)
	case actScan:
		return s.opt.Evening.AdminScan(uuid)
	case actUnscan:
		return s.opt.Evening.Unscan(uuid)
	default:
		return s.opt.Evening.Pay(t.Reservation)
	}
}
