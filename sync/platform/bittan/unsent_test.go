package bittan_test

import (
	"context"
	"errors"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/bittan"
	"gatescand/sync/platform/platformtest/fakebittan"
)

func TestNothingIsSentThatIsNotJottedDown(t *testing.T) {
	errDisk := errors.New("the disk is full")
	for _, form := range []fakebittan.Form{fakebittan.Today, fakebittan.March2025, fakebittan.Bare2024} {
		h := newHouse(t, form)
		id := h.ticket(fakebittan.Paid, 0)
		o := h.delivery(id)
		o.fail = errDisk
		if _, err := o.deliver(t.Context(), h.drawer); !errors.Is(err, errDisk) {
			t.Errorf("form %d: %v", form, err)
		}
		if n := h.Count(fakebittan.RouteUse); n != 0 || h.count(id) != 0 {
			t.Errorf("form %d: %d uses asked for", form, n)
		}
	}
}

func TestARequestThatNeverLeftIsTakenBack(t *testing.T) {
	for _, form := range []fakebittan.Form{fakebittan.Today, fakebittan.March2025, fakebittan.Bare2024} {
		h := newHouse(t, form)
		id := h.ticket(fakebittan.Paid, 0)
		o := h.delivery(id)
		// The first connection finds out the form and looks up; the use makes one of its own.
		cut := &dialer{left: 1}
		d := h.gate("north", func(s *bittan.Settings) { s.Dial = cut.dial })
		_, err := o.deliver(t.Context(), d)
		if classOf(t, err) != platform.Offline || o.Memo != "" || len(o.memos) != 2 {
			t.Errorf("form %d: %v, memo %q of %q", form, err, o.Memo, o.memos)
		}
		cut.allow(10)
		out, err := o.deliver(t.Context(), d)
		if err != nil || out.Kind != admission.OutcomeDelivered || h.count(id) != 1 {
			t.Errorf("form %d: %+v, %v, count %d", form, out, err, h.count(id))
		}
	}
}

// The end of an attempt's time keeps the use from leaving, and not the memo
// from being taken back.
func TestAnAttemptThatEndsBeforeItsUse(t *testing.T) {
	for _, form := range []fakebittan.Form{fakebittan.Today, fakebittan.March2025, fakebittan.Bare2024} {
		h := newHouse(t, form)
		id := h.ticket(fakebittan.Paid, 0)
		o := h.delivery(id)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := h.drawer.Deliver(ctx, o.Delivery, func(ctx context.Context, memo string) error {
			defer cancel()
			return o.jot(ctx, memo)
		})
		if classOf(t, err) != platform.Offline || o.Memo != "" || h.count(id) != 0 {
			t.Errorf("form %d: %v, memo %q, count %d", form, err, o.Memo, h.count(id))
		}
	}
}

func TestAPasswordThatChangesBetweenTwoRequests(t *testing.T) {
	for _, form := range []fakebittan.Form{fakebittan.Today, fakebittan.March2025} {
		h := newHouse(t, form)
		id := h.ticket(fakebittan.Paid, 0)
		o := h.delivery(id)
		jot := func(ctx context.Context, memo string) error {
			h.SetPassword("another")
			return o.jot(ctx, memo)
		}
		_, err := h.drawer.Deliver(t.Context(), o.Delivery, jot)
		if classOf(t, err) != platform.Auth || o.Memo != "" || h.count(id) != 0 {
			t.Errorf("form %d: %v, memo %q", form, err, o.Memo)
		}
		h.SetPassword(password)
		if out, err := o.deliver(t.Context(), h.drawer); err != nil || out.Kind != admission.OutcomeDelivered || h.count(id) != 1 {
			t.Errorf("form %d: %+v, %v", form, out, err)
		}
	}
}
