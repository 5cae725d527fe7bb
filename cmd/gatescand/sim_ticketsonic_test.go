package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"gatescand/configs"
	"gatescand/device/pairing"
	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketicketsonic"
)

// simTicketsonic is a promoter at TicketSonic: signed codes, no list, and a
// question afterwards whether a ticket was ever sold.
type simTicketsonic struct {
	name           string
	server         *faketicketsonic.Server
	apiKey         string
	tonight, other uint64
	standing, away uint64
	prints         map[string][]byte
	sold           int
}

const simPromoter = "promoter@example.org"

func newSimTicketsonic(name string, seed uint64, key string, lag time.Duration) (*simTicketsonic, error) {
	server, err := faketicketsonic.New(faketicketsonic.Options{Clock: time.Now, Source: rand.NewPCG(seed, 10), Lag: lag})
	if err != nil {
		return nil, err
	}
	s := &simTicketsonic{name: name, server: server, prints: make(map[string][]byte)}
	p, err := server.AddPromoter(faketicketsonic.Promoter{UserID: simPromoter, KeyPEM: key})
	if err != nil {
		return nil, err
	}
	s.apiKey = p.APIKey
	for _, e := range []struct {
		event, product *uint64
		number         uint64
	}{{&s.tonight, &s.standing, 2_000_001}, {&s.other, &s.away, 2_000_002}} {
		if *e.event, err = server.AddEvent(simPromoter, faketicketsonic.Event{ID: e.number, Name: "Match", Start: time.Now()}); err != nil {
			return nil, err
		}
		if *e.product, err = server.AddProduct(faketicketsonic.Product{Event: *e.event, Name: "Standing", Price: 1500}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *simTicketsonic) platform() admission.PlatformName { return admission.TicketSonic }
func (s *simTicketsonic) fake() platformtest.Fake          { return s.server }
func (s *simTicketsonic) front() *fakeserver.Front         { return s.server.Front }

func (s *simTicketsonic) traits() simTraits { return simTraits{signs: true, validates: true} }

func (s *simTicketsonic) account(c *configs.Account, _ *pairing.Vault) error {
	c.UserID, c.APIKey, c.Events = simPromoter, configs.NewSecret(s.apiKey), []string{strconv.FormatUint(s.tonight, 10)}
	return nil
}

func (s *simTicketsonic) canon(a fakeserver.Arrival) string { return a.Path + string(a.Body) }

func (s *simTicketsonic) late(_ string, h uint64) time.Duration {
	return 10*time.Second + time.Duration(h%uint64(80*time.Second))
}

func (s *simTicketsonic) sell(how simSale) (*simTicket, bool) {
	if how.unpaid || how.used {
		return nil, false
	}
	s.sold++
	c := faketicketsonic.Content{
		Number: fmt.Sprintf("%032x", simMix(uint64(s.sold)+3)), Price: 1500, Product: s.standing, Event: s.tonight,
	}
	if how.otherEvent {
		c.Product, c.Event = s.away, s.other
	}
	t := &simTicket{
		key:   admission.TicketKey{Account: s.name, ID: c.Number},
		label: fmt.Sprintf("%s/%d", s.name, s.sold), site: s, sale: how, serve: !how.otherEvent,
	}
	if how.forged {
		code, err := s.server.Forge(simPromoter, c)
		s.prints[c.Number] = []byte(code)
		return t, err == nil
	}
	sold, err := s.server.Sell(simPromoter, c, "Jo Do")
	if err != nil {
		return nil, false
	}
	s.prints[c.Number] = []byte(sold.Code)
	if how.canceled {
		t.canceled = append(t.canceled, time.Now())
		return t, s.cancel(t)
	}
	return t, true
}

func (s *simTicketsonic) crowd(int) []*simTicket { return nil }

func (s *simTicketsonic) codes(t *simTicket) [][]byte {
	code := s.prints[t.key.ID]
	other := bytes.ReplaceAll(bytes.ReplaceAll(code, []byte("+"), []byte("-")), []byte("/"), []byte("_"))
	return [][]byte{code, code, other, append(bytes.Clone(code), '\r', '\n')}
}

func (s *simTicketsonic) forgeries(t *simTicket) [][]byte {
	code := bytes.Clone(s.prints[t.key.ID])
	code[11] = map[bool]byte{true: 'B', false: 'A'}[code[11] == 'A']
	return [][]byte{code}
}

// truth is what validating tells: valid, or not.
func (s *simTicketsonic) truth(t *simTicket) simTruth {
	for _, k := range s.server.Tickets(simPromoter, 0) {
		if k.Number == t.key.ID {
			return simTruth{known: !k.Canceled, status: admission.StatusValid}
		}
	}
	return simTruth{}
}

func (s *simTicketsonic) uses(*simTicket) []time.Time { return nil }

func (s *simTicketsonic) useElsewhere(*simTicket) bool { return false }
func (s *simTicketsonic) useByHand(*simTicket) bool    { return false }
func (s *simTicketsonic) reset(*simTicket) bool        { return false }
func (s *simTicketsonic) pay(*simTicket) bool          { return false }
func (s *simTicketsonic) remove(*simTicket) bool       { return false }
func (s *simTicketsonic) lockOut(bool) bool            { return false }

func (s *simTicketsonic) cancel(t *simTicket) bool {
	return s.truth(t).known && s.server.Cancel(simPromoter, t.key.ID) == nil
}
