package stebby_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakestebby"
	"gatescand/sync/platform/stebby"
)

const account = "club"

func tonight() time.Time { return time.Date(2026, 11, 21, 19, 30, 0, 0, time.UTC) }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// house is a fake server and a gate of it.
type house struct {
	*fakestebby.Server
	tb     testing.TB
	base   string
	key    string
	drawer *stebby.Drawer
	clock  atomic.Int64 // seconds after tonight
}

func (h *house) now() time.Time { return tonight().Add(time.Duration(h.clock.Load()) * time.Second) }

func newHouse(tb testing.TB, manners ...fakestebby.Manners) *house {
	tb.Helper()
	h := &house{tb: tb}
	fake, err := fakestebby.New(fakestebby.Options{Clock: h.now, Source: rand.NewPCG(3, 4)})
	must(tb, err)
	for _, m := range manners {
		fake.SetManners(m)
	}
	h.Server = fake
	h.base = platformtest.StartStebby(tb, fake)
	h.key = fake.AddDesk("gate")
	h.drawer = h.newDrawer()
	return h
}

func (h *house) newDrawer(change ...func(*stebby.Settings)) *stebby.Drawer {
	h.tb.Helper()
	return newDrawer(h.tb, h.base, append([]func(*stebby.Settings){func(s *stebby.Settings) {
		s.APIKey, s.Now = h.key, h.now
	}}, change...)...)
}

func newDrawer(tb testing.TB, base string, change ...func(*stebby.Settings)) *stebby.Drawer {
	tb.Helper()
	s := stebby.Settings{Account: account, BaseURL: base, APIKey: someKey, Version: "1.2.3", Now: tonight}
	for _, c := range change {
		c(&s)
	}
	d, err := stebby.New(s)
	must(tb, err)
	tb.Cleanup(func() { must(tb, d.Close()) })
	return d
}

// sell adds a ticket that is good for another hour.
func (h *house) sell(code string) string {
	h.tb.Helper()
	return h.add(fakestebby.Ticket{
		Code: code, Client: fakestebby.Client{Context: "EMAIL", Value: "a@example.org", Name: "Jo Do"}, ValidUntil: h.now().Add(time.Hour),
		Purchasable: fakestebby.Purchasable{Code: "gym_1", Name: "Gym", Category: "WORKOUT", Price: 12.5},
	})
}

func (h *house) add(t fakestebby.Ticket) string {
	h.tb.Helper()
	code, err := h.AddTicket(t)
	must(h.tb, err)
	return code
}

func (h *house) uses(code string) int {
	h.tb.Helper()
	t, err := h.Ticket(code)
	must(h.tb, err)
	return t.Uses
}

func (h *house) delivery(id string) admission.Delivery {
	return admission.Delivery{
		Seq: 1, ID: "01J", Ticket: admission.TicketKey{Account: account, ID: id}, At: admission.Stamp{Wall: h.now(), Trusted: true},
		Station: "s", Lane: "north", Code: []byte(id), State: admission.DeliveryPending, Attempt: 1,
	}
}

// pad is what a drawer has jotted down.
type pad struct {
	memo string
	n    int
	err  error
}

func (p *pad) jot(ctx context.Context, memo string) error {
	if err := errors.Join(p.err, ctx.Err()); err != nil {
		return err
	}
	p.memo = memo
	p.n++
	return nil
}

func classOf(tb testing.TB, err error) platform.Class {
	tb.Helper()
	e, ok := errors.AsType[*platform.Error](err)
	if !ok {
		tb.Fatalf("error %v of type %T, want a classed one", err, err)
	}
	return e.Class
}

func verify(d *stebby.Drawer, code string) admission.Credential {
	ring, _ := d.Keyring(nil)
	return ring.Verify([]byte(code))
}
