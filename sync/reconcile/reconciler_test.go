package reconcile_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"gatescand/scanner/admission"
	"gatescand/sync/reconcile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory keeps admitted tickets and what was found about them.
type memory struct {
	mu        sync.Mutex
	admitted  []admission.Admitted
	conflicts []admission.Conflict
	resets    []admission.TicketKey
	told      []admission.TicketKey
	asked     []string
	fail      error
}

func (m *memory) Admitted(_ context.Context, account, event string, after int64, limit int) ([]admission.Admitted, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if after == 0 {
		m.asked = append(m.asked, account+"/"+event)
	}
	if m.fail != nil {
		return nil, m.fail
	}
	var out []admission.Admitted
	for _, a := range m.admitted {
		if a.Key.Account == account && a.Event == event && a.Seq > after && len(out) < limit {
			out = append(out, a)
		}
	}
	return out, nil
}

func (m *memory) ResetPresence(_ context.Context, key admission.TicketKey, lastEntrySeq int64, _ string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.admitted {
		a := &m.admitted[i]
		if a.Key == key && a.Presence.LastEntry.Seq == lastEntrySeq {
			a.Presence = admission.Presence{}
			m.resets = append(m.resets, key)
			return true, nil
		}
	}
	return false, nil
}

func (m *memory) TellEntry(_ context.Context, key admission.TicketKey, lastEntrySeq int64) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.admitted {
		a := &m.admitted[i]
		if a.Key == key && a.Presence.LastEntry.Seq == lastEntrySeq && a.Untold {
			a.Untold, a.Delivery, a.SettledStep = false, admission.DeliveryPending, 0
			m.told = append(m.told, key)
			return true, nil
		}
	}
	return false, nil
}

func (m *memory) OpenConflict(_ context.Context, c admission.Conflict) (int64, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.conflicts {
		if o.Ticket == c.Ticket && o.Kind == c.Kind && o.Seq == c.Seq {
			return o.ID, false, nil
		}
	}
	c.ID = int64(len(m.conflicts) + 1)
	m.conflicts = append(m.conflicts, c)
	return c.ID, true, nil
}

func now() admission.Stamp { return admission.Stamp{Boot: "boot", SinceBoot: time.Hour} }

func newReconciler(t *testing.T, m *memory, found *int) *reconcile.Reconciler {
	t.Helper()
	r, err := reconcile.New(reconcile.Config{Store: m, Now: now, OnFinding: func(admission.TicketKey, reconcile.Finding) { *found++ }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEachDisagreementIsOpenedOnceHoweverOftenListsAreCompared(t *testing.T) {
	m := &memory{}
	for i := range 1001 {
		a := inside()
		a.Key.ID = string(rune('A' + i))
		a.Seq = int64(i + 1)
		a.Presence.LastEntry.Seq = a.Seq
		switch i % 3 {
		case 0:
			status(admission.StatusCanceled)(&a)
		case 1:
			unused(&a)
		}
		m.admitted = append(m.admitted, a)
	}
	found := 0
	r := newReconciler(t, m, &found)
	for range 3 {
		if err := r.After(t.Context(), "a", "e"); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.conflicts) != 334 || len(m.resets) != 334 || found != 668 {
		t.Errorf("%d conflicts, %d resets, %d told", len(m.conflicts), len(m.resets), found)
	}
	c := m.conflicts[0]
	if c.Seq != 1 || c.OurLane != "north" || c.Theirs == "" || c.OpenedAt != now() || c.Kind != admission.AdmittedCanceled {
		t.Errorf("the conflict does not name both sides: %+v", c)
	}
}

func TestRunComparesWhatIsRequestedAndRepeatsWhatWasBrokenOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{admitted: []admission.Admitted{inside()}, fail: errors.New("disk full")}
		status(admission.StatusCanceled)(&m.admitted[0])
		found := 0
		r := newReconciler(t, m, &found)
		r.Request("a", "e")
		r.Request("a", "e")
		r.Request("a", "f")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		synctest.Wait()
		if !slices.Equal(m.asked, []string{"a/e", "a/f"}) {
			t.Errorf("compared %v", m.asked)
		}
		m.mu.Lock()
		m.fail = nil
		m.mu.Unlock()
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if len(m.conflicts) != 1 || len(m.asked) != 4 {
			t.Errorf("%d conflicts, compared %v", len(m.conflicts), m.asked)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(m.asked) != 4 {
			t.Errorf("compared %v without being asked", m.asked)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
}

func TestAnIncompleteConfigurationIsRefused(t *testing.T) {
	for _, cfg := range []reconcile.Config{{}, {Store: &memory{}}} {
		if _, err := reconcile.New(cfg); !errors.Is(err, reconcile.ErrIncomplete) {
			t.Errorf("New gave %v", err)
		}
	}
}
