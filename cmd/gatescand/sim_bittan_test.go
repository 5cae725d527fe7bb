package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"gatescand/configs"
	"gatescand/device/pairing"
	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakeserver"
)

// simBittan is a chapter that sells with BitTan, today's form of it.
type simBittan struct {
	name           string
	server         *fakebittan.Server
	tonight, other int
	sold           int
}

const (
	simPassword = "hemligt"
	simBall     = "Höstbal"
)

func newSimBittan(name string, seed uint64) (*simBittan, error) {
	server, err := fakebittan.New(fakebittan.Options{Clock: time.Now, Source: rand.NewPCG(seed, 9), Password: simPassword})
	if err != nil {
		return nil, err
	}
	s := &simBittan{name: name, server: server}
	// Off the list in the middle of the evening, as it is there.
	s.tonight = server.AddEvent(fakebittan.Event{Title: simBall, At: time.Now().Add(time.Hour), SalesStop: time.Now().Add(20 * time.Minute)})
	s.other = server.AddEvent(fakebittan.Event{Title: "Vårbal", At: time.Now().Add(1000 * time.Hour)})
	return s, nil
}

func (s *simBittan) platform() admission.PlatformName { return admission.BitTan }
func (s *simBittan) fake() platformtest.Fake          { return s.server }
func (s *simBittan) front() *fakeserver.Front         { return s.server.Front }

func (s *simBittan) traits() simTraits {
	return simTraits{asks: true, takes: true, doubtful: true}
}

func (s *simBittan) account(c *configs.Account, _ *pairing.Vault) error {
	c.Password, c.EventTitle, c.Events, c.AdmitStatus = configs.NewSecret(simPassword), simBall, []string{simBall}, []string{"PAID"}
	return nil
}

func (s *simBittan) canon(a fakeserver.Arrival) string { return a.Path + string(a.Body) }

// late stays below the half minute after which the drawer takes a use that was
// not counted for lost. Beyond that a count of one too many cannot be avoided.
func (s *simBittan) late(_ string, h uint64) time.Duration {
	return 10*time.Second + time.Duration(h%uint64(17*time.Second))
}

func (s *simBittan) sell(how simSale) (*simTicket, bool) {
	s.sold++
	n := simMix(uint64(s.sold) + 77)
	var code [6]byte
	for i := range code {
		code[i] = byte('A' + n%26)
		n /= 26
	}
	return s.sellCode(how, string(code[:]))
}

func (s *simBittan) sellCode(how simSale, code string) (*simTicket, bool) {
	t := &simTicket{
		key: admission.TicketKey{Account: s.name, ID: code}, label: fmt.Sprintf("%s/%d", s.name, s.sold), site: s, sale: how, serve: !how.otherEvent,
	}
	if how.forged {
		return t, true
	}
	k := fakebittan.Ticket{ID: code, Event: s.tonight, Status: fakebittan.Paid}
	switch {
	case how.otherEvent:
		k.Event = s.other
	case how.unpaid:
		k.Status = fakebittan.Reserved
		t.unpaid = append(t.unpaid, time.Now())
	case how.canceled:
		k.Status = fakebittan.FailedAdmin
		t.canceled = append(t.canceled, time.Now())
	case how.used:
		k.TimesUsed = 1
		t.foreign = append(t.foreign, time.Now())
	}
	_, err := s.server.AddTicket(k)
	return t, err == nil
}

func (s *simBittan) crowd(int) []*simTicket { return nil }

func (s *simBittan) codes(t *simTicket) [][]byte {
	return [][]byte{[]byte(t.key.ID), []byte(t.key.ID), []byte(strings.ToLower(t.key.ID)), []byte(" " + t.key.ID + "\r")}
}

func (s *simBittan) forgeries(*simTicket) [][]byte { return nil }

func (s *simBittan) truth(t *simTicket) simTruth {
	k, err := s.server.Ticket(t.key.ID)
	if err != nil {
		return simTruth{}
	}
	truth := simTruth{known: true, status: admission.StatusValid, used: k.TimesUsed > 0, event: simBall}
	switch k.Status {
	case fakebittan.Paid:
	case fakebittan.Reserved, fakebittan.FormSubmitted, fakebittan.Confirmed:
		truth.status = admission.StatusUnpaid
	case fakebittan.FailedAdmin, fakebittan.FailedExpired, fakebittan.FailedOutOf:
		truth.status = admission.StatusCanceled
	}
	if k.Event == s.other {
		truth.event = "Vårbal"
	}
	return truth
}

// uses counts what came over HTTP: nobody but this station does in this world.
func (s *simBittan) uses(t *simTicket) []time.Time {
	var out []time.Time
	for _, u := range s.server.UsesOf(t.key.ID) {
		out = append(out, u.At)
	}
	return out
}

// useElsewhere is another gate, which knows the same password.
func (s *simBittan) useElsewhere(t *simTicket) bool {
	k, err := s.server.Ticket(t.key.ID)
	return err == nil && s.server.SetTimesUsed(t.key.ID, k.TimesUsed+1) == nil
}

func (s *simBittan) useByHand(t *simTicket) bool { return s.useElsewhere(t) }

func (s *simBittan) reset(t *simTicket) bool {
	k, err := s.server.Ticket(t.key.ID)
	return err == nil && k.TimesUsed > 0 && s.server.SetTimesUsed(t.key.ID, 0) == nil
}

func (s *simBittan) cancel(t *simTicket) bool {
	return s.server.SetStatus(t.key.ID, fakebittan.FailedAdmin) == nil
}

func (s *simBittan) pay(t *simTicket) bool {
	k, err := s.server.Ticket(t.key.ID)
	return err == nil && k.Status == fakebittan.Reserved && s.server.SetStatus(t.key.ID, fakebittan.Paid) == nil
}

func (s *simBittan) remove(t *simTicket) bool { return s.server.DeleteTicket(t.key.ID) == nil }

func (s *simBittan) lockOut(out bool) bool {
	password := simPassword
	if out {
		password = "nytt"
	}
	s.server.SetPassword(password)
	return true
}
