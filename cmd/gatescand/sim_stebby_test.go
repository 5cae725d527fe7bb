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
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/fakestebby"
)

// simStebby is a Point of Sale of Stebby, with or without a list of its usable
// tickets.
type simStebby struct {
	name   string
	server *fakestebby.Server
	key    string
	lists  bool
	sold   int
}

const simDesk = "this gate"

func newSimStebby(name string, seed uint64, lists bool) (*simStebby, error) {
	server, err := fakestebby.New(fakestebby.Options{
		Clock: time.Now, Source: rand.NewPCG(seed, 8), Manners: fakestebby.Manners{ListRefused: !lists},
	})
	if err != nil {
		return nil, err
	}
	return &simStebby{name: name, server: server, key: server.AddDesk(simDesk), lists: lists}, nil
}

func (s *simStebby) platform() admission.PlatformName { return admission.Stebby }
func (s *simStebby) fake() platformtest.Fake          { return s.server }
func (s *simStebby) front() *fakeserver.Front         { return s.server.Front }

func (s *simStebby) traits() simTraits {
	return simTraits{lists: s.lists, usable: true, asks: true, takes: true, resets: s.lists, doubtful: true}
}

func (s *simStebby) account(c *configs.Account, _ *pairing.Vault) error {
	c.APIKey = configs.NewSecret(s.key)
	return nil
}

func (s *simStebby) canon(a fakeserver.Arrival) string { return a.Path + string(a.Body) }

// late stays below the half minute for which the drawer takes a use to be on
// its way. A server that works on it for longer cannot be told from one that
// never got it.
func (s *simStebby) late(_ string, h uint64) time.Duration {
	return 10*time.Second + time.Duration(h%uint64(17*time.Second))
}

func (s *simStebby) sell(how simSale) (*simTicket, bool) {
	if how.otherEvent || how.unpaid {
		return nil, false
	}
	s.sold++
	code := fmt.Sprintf("VV%08dQ%d", simMix(uint64(s.sold))%100_000_000, s.sold%10)
	return s.sellCode(how, code)
}

func (s *simStebby) sellCode(how simSale, code string) (*simTicket, bool) {
	t := &simTicket{
		key: admission.TicketKey{Account: s.name, ID: code}, label: fmt.Sprintf("%s/%d", s.name, s.sold), site: s, sale: how, serve: true,
	}
	if how.forged {
		return t, true
	}
	_, err := s.server.AddTicket(fakestebby.Ticket{Code: code, Purchasable: fakestebby.Purchasable{Code: "biz_1", Name: "Running", Category: "SPORTS"}})
	if err != nil {
		return nil, false
	}
	switch {
	case how.canceled:
		return t, s.refund(t)
	case how.used:
		t.foreign = append(t.foreign, time.Now())
		return t, s.useElsewhere(t)
	}
	return t, true
}

func (s *simStebby) refund(t *simTicket) bool {
	t.canceled = append(t.canceled, time.Now())
	return s.server.Refund(t.key.ID) == nil
}

func (s *simStebby) crowd(n int) []*simTicket {
	var out []*simTicket
	for i := range n {
		if t, ok := s.sellCode(simSale{}, fmt.Sprintf("SB%010d", simMix(uint64(i))%10_000_000_000)); ok {
			t.label = fmt.Sprintf("%s/crowd %d", s.name, i)
			out = append(out, t)
		}
	}
	return out
}

// codes are the spellings in which people print a code.
func (s *simStebby) codes(t *simTicket) [][]byte {
	id := t.key.ID
	return [][]byte{[]byte(id), []byte(id), []byte(strings.ToLower(id)), []byte(id[:4] + "-" + id[4:8] + "-" + id[8:])}
}

func (s *simStebby) forgeries(*simTicket) [][]byte { return nil }

func (s *simStebby) usable(t *simTicket) bool {
	k, err := s.server.Ticket(t.key.ID)
	return err == nil && k.Used.IsZero() && !k.Refunded
}

// truth makes no difference between what is used, refunded and unknown.
func (s *simStebby) truth(t *simTicket) simTruth {
	return simTruth{known: s.usable(t), status: admission.StatusValid}
}

func (s *simStebby) uses(t *simTicket) []time.Time {
	var out []time.Time
	for _, u := range s.server.Uses() {
		if u.Ticket == t.key.ID && u.Caller == simDesk && u.Success {
			out = append(out, u.At)
		}
	}
	return out
}

func (s *simStebby) useElsewhere(t *simTicket) bool {
	return s.server.UseAtDesk(t.key.ID, "another desk") == nil
}

func (s *simStebby) useByHand(t *simTicket) bool { return s.useElsewhere(t) }

func (s *simStebby) reset(t *simTicket) bool {
	k, err := s.server.Ticket(t.key.ID)
	return err == nil && !k.Used.IsZero() && s.server.Reset(t.key.ID) == nil
}

func (s *simStebby) cancel(t *simTicket) bool {
	return s.usable(t) && s.server.Refund(t.key.ID) == nil
}

func (s *simStebby) pay(*simTicket) bool { return false }

func (s *simStebby) remove(t *simTicket) bool {
	if _, err := s.server.Ticket(t.key.ID); err != nil {
		return false
	}
	s.server.Remove(t.key.ID)
	return true
}

func (s *simStebby) lockOut(out bool) bool {
	if out {
		return s.server.RevokeKey(s.key) == nil
	}
	s.server.AdmitKey(s.key, simDesk)
	return true
}
