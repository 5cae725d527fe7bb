package bittan_test

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/bittan"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakebittan"
)

const (
	account  = "fysikalen"
	password = "hemligt <&> lösenord"
	title    = "Fysikalen – lördag å natten"
)

func tonight() time.Time { return time.Date(2026, 11, 21, 19, 30, 0, 0, time.UTC) }

func newDrawer(tb testing.TB, base string, change ...func(*bittan.Settings)) *bittan.Drawer {
	tb.Helper()
	s := bittan.Settings{Account: account, BaseURL: base, Password: password, Version: "test", Now: tonight}
	for _, c := range change {
		c(&s)
	}
	d, err := bittan.New(s)
	must(tb, err)
	tb.Cleanup(func() { must(tb, d.Close()) })
	return d
}

// house is a fake server with one event and a drawer at its door.
type house struct {
	*fakebittan.Server
	tb     testing.TB
	base   string
	event  int
	drawer *bittan.Drawer
	clock  atomic.Int64 // seconds after tonight
}

func newHouse(tb testing.TB, form fakebittan.Form) *house {
	tb.Helper()
	h := &house{tb: tb}
	fake, err := fakebittan.New(fakebittan.Options{
		Clock: h.now, Source: rand.NewPCG(3, 4), Form: form, Password: password, Prefix: "/api/bittan",
	})
	must(tb, err)
	h.Server = fake
	h.base = platformtest.Start(tb, fake) + fake.Prefix()
	h.event = h.AddEvent(fakebittan.Event{Title: title, At: tonight(), SalesStop: tonight().Add(time.Hour)})
	h.drawer = h.gate("north")
	return h
}

// gate is a drawer as another station, or the same one after a restart, would have it.
func (h *house) gate(name string, change ...func(*bittan.Settings)) *bittan.Drawer {
	h.tb.Helper()
	return newDrawer(h.tb, h.base, append([]func(*bittan.Settings){func(s *bittan.Settings) {
		s.Version, s.Now = name, h.now
	}}, change...)...)
}

func (h *house) now() time.Time { return tonight().Add(time.Duration(h.clock.Load()) * time.Second) }

func (h *house) ticket(s fakebittan.Status, used int) string {
	h.tb.Helper()
	id, err := h.AddTicket(fakebittan.Ticket{Event: h.event, Status: s, TimesUsed: used})
	must(h.tb, err)
	return id
}

func (h *house) count(id string) int {
	h.tb.Helper()
	t, err := h.Ticket(id)
	must(h.tb, err)
	return t.TimesUsed
}

// outbox keeps what survives a restart of the station: one delivery with its memo.
type outbox struct {
	admission.Delivery

	memos []string
	fail  error // what jotting gives
}

func (h *house) delivery(id string) *outbox {
	return &outbox{Delivery: admission.Delivery{
		ID: "01J", Ticket: admission.TicketKey{Account: account, ID: id}, Event: title,
		At: admission.Stamp{Wall: h.now(), Trusted: true}, Code: []byte(id),
	}}
}

// jot fails, as a database does, when its context has ended.
func (o *outbox) jot(ctx context.Context, memo string) error {
	if err := cmp.Or(o.fail, ctx.Err()); err != nil {
		return err
	}
	o.Memo = memo
	o.memos = append(o.memos, memo)
	return nil
}

func (o *outbox) deliver(ctx context.Context, d *bittan.Drawer) (admission.Outcome, error) {
	o.Attempt++
	return d.Deliver(ctx, o.Delivery, o.jot)
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func classOf(tb testing.TB, err error) platform.Class {
	tb.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*platform.Error](err)
	if !ok {
		tb.Fatalf("error %v of type %T", err, err)
	}
	return e.Class
}
