package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"gatescand/sync/platform/platformtest/faketibillet"
)

// soldMax is how many tickets of a platform can be sold on the page.
const soldMax = 100

// sweepLimit is how long the page waits for a whole list.
const sweepLimit = 30 * time.Second

// sweep answers POST /demo/sweep {"platform":"…"}: the station fetches whole
// lists, all of them where no platform is named.
func (s *stage) sweep(w http.ResponseWriter, r *http.Request) {
	var wish struct {
		Platform string `json:"platform"`
	}
	if err := readBody(w, r, &wish); err != nil {
		sayBodyFault(w, err)
		return
	}
	booths, ok := s.chosen(wish.Platform)
	if !ok {
		s.sayNoPlatform(w)
		return
	}
	if s.opt.Sweep == nil {
		sayFault(w, http.StatusNotImplemented, "not_wired", "The list cannot be fetched from here.", "Use the station's own page.")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), sweepLimit)
	defer cancel()
	for _, b := range booths {
		if err := s.opt.Sweep(ctx, string(b.Platform())); err != nil {
			s.log.Warn("the list could not be fetched", slog.Any("error", err))
			sayFault(w, http.StatusBadGateway, "sweep_failed", "The list could not be fetched. The station goes on with the one it has.", "Is the network up and the platform in good health?")
			return
		}
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
	if err != nil {
		s.saySellFault(w, err)
		return
	}
	sayValue(w, http.StatusCreated, s.cardView(soldCard(uuid)))
}

// saySellFault answers for a box office that did not sell.
func (s *stage) saySellFault(w http.ResponseWriter, err error) {
	if errors.Is(err, errSoldOut) {
		sayFault(w, http.StatusConflict, "sold_out", "The box office is sold out.", "Start the demo again for another evening.")
		return
	}
	s.log.Error("a ticket cannot be sold", slog.Any("error", err))
	sayFault(w, http.StatusInternalServerError, "internal", "The ticket could not be sold.", "Start the demo again.")
}

// sellOne adds a paid ticket for tonight and gives its UUID.
func (s *stage) sellOne() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := hasSold(len(s.sold)); err != nil {
		return "", err
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
	if !isAction(action) {
		sayNoAction(w)
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
