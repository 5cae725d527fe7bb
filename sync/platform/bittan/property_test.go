package bittan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/bittan"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakeserver"
)

// step is one thing that happens to a check-in on its way.
type step struct {
	Wait   int // seconds before it
	Act    action
	Peek   fakeserver.Fault // of the server at a look-up
	Use    fakeserver.Fault // and at a use
	After  bool             // the use is counted though its answer is spoiled
	Hold   int              // seconds for which a proxy holds the use back; beyond 10 the station gives up before
	Status fakebittan.Status
}

type action int

const (
	attempt          action = iota
	attemptAndKill          // killed when the answer comes, before it is stored
	killBeforeSend          // killed when the memo is on disk
	otherUse                // another gate uses the ticket
	changeStatus            // the organiser edits it
	restartTheServer        // with nothing changed
)

func steps() *rapid.Generator[[]step] {
	faults := rapid.SampledFrom([]fakeserver.Fault{
		fakeserver.Healthy, fakeserver.Healthy, fakeserver.LostAnswer, fakeserver.Offline, fakeserver.HalfJSON, fakeserver.CutBody,
		fakeserver.BadGateway, fakeserver.Throttled, fakeserver.CaptivePage, fakeserver.ForeignJSON,
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{
			Wait:   rapid.IntRange(0, 40).Draw(t, "wait"),
			Act:    rapid.SampledFrom([]action{attempt, attempt, attempt, attemptAndKill, killBeforeSend, otherUse, changeStatus, restartTheServer}).Draw(t, "act"),
			Peek:   faults.Draw(t, "peek"),
			Use:    faults.Draw(t, "use"),
			After:  rapid.Bool().Draw(t, "after"),
			Hold:   rapid.SampledFrom([]int{0, 0, 0, 9, 15, 19}).Draw(t, "hold"),
			Status: rapid.SampledFrom([]fakebittan.Status{fakebittan.Paid, fakebittan.Reserved, fakebittan.FailedAdmin}).Draw(t, "status"),
		}
	}), 1, 8)
}

// life is one check-in's, in a synctest bubble.
type life struct {
	*fakebittan.Server
	dial    func(*bittan.Settings)
	id      string
	out     *outbox
	drawer  *bittan.Drawer
	hold    atomic.Int64 // how long the next use is held back, a time.Duration
	settled admission.Outcome
	wasPaid bool // at all times
}

func newLife(t *testing.T, form fakebittan.Form) *life {
	t.Helper()
	fake, err := fakebittan.New(fakebittan.Options{Clock: time.Now, Source: rand.NewPCG(3, 4), Form: form, Password: password})
	must(t, err)
	l := &life{Server: fake, wasPaid: true}
	event := l.AddEvent(fakebittan.Event{Title: title, At: time.Now().Add(time.Hour)})
	l.id, err = l.AddTicket(fakebittan.Ticket{Event: event})
	must(t, err)
	l.out = (&house{}).delivery(l.id)
	base, dial := platformtest.Pipe(t, proxied{fake, l})
	l.dial = func(s *bittan.Settings) { s.BaseURL, s.Now, s.Dial = base, time.Now, dial }
	l.restart(t)
	return l
}

// restart makes a new drawer; what the outbox holds is all that is left.
func (l *life) restart(t *testing.T) {
	t.Helper()
	if l.drawer != nil {
		must(t, l.drawer.Close())
	}
	l.drawer = newDrawer(t, "", l.dial, func(s *bittan.Settings) { s.Version = "ours" })
}

// proxied is a fake behind a proxy that may hold a use back, and passes it on
// even when the client has given up.
type proxied struct {
	*fakebittan.Server
	life *life
}

func (p proxied) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	isUse := bytes.Contains(raw, []byte(p.life.id)) && !bytes.Contains(raw, []byte(`"use_ticket":false`))
	if !isUse || p.life.hold.Load() == 0 {
		p.Server.ServeHTTP(w, r)
		return
	}
	hold := time.Duration(p.life.hold.Swap(0))
	answered := httptest.NewRecorder()
	aborted := make(chan bool, 1)
	go func(ctx context.Context) {
		defer func() { aborted <- recover() != nil }() // the fake hangs up
		fakeserver.Rest(ctx, hold)
		p.Server.ServeHTTP(answered, r.WithContext(ctx))
	}(context.WithoutCancel(r.Context()))
	select {
	case hungUp := <-aborted:
		if hungUp {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", answered.Header().Get("Content-Type"))
		w.WriteHeader(answered.Code)
		_, _ = w.Write(answered.Body.Bytes())
	case <-r.Context().Done():
	}
}

// Serve is the fake's, with the proxy before it.
func (p proxied) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: p, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (l *life) deliver(ctx context.Context, jot platform.Jot) (admission.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // as the outbox does
	defer cancel()
	l.out.Attempt++
	return l.drawer.Deliver(ctx, l.out.Delivery, jot)
}

func (l *life) live(t *testing.T, s step) {
	t.Helper()
	time.Sleep(time.Duration(s.Wait) * time.Second)
	l.ClearMoods()
	l.SetMood(fakebittan.RoutePeek, fakeserver.Mood{Fault: s.Peek})
	l.SetMood(fakebittan.RouteUse, fakeserver.Mood{Fault: s.Use, AfterWork: s.After})
	switch s.Act {
	case otherUse:
		l.ClearMoods()
		l.useElsewhere(t)
		return
	case changeStatus:
		l.wasPaid = l.wasPaid && s.Status == fakebittan.Paid
		must(t, l.SetStatus(l.id, s.Status))
		return
	case restartTheServer:
		l.CutNetwork()
		_ = l.drawer.Probe(t.Context())
		l.RestoreNetwork()
		return
	case attempt, attemptAndKill, killBeforeSend:
	}
	if l.settled.Kind != "" {
		return
	}
	l.hold.Store(int64(time.Duration(s.Hold) * time.Second))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dead := false
	out, err := l.deliver(ctx, func(ctx context.Context, memo string) error {
		if dead {
			return context.Canceled
		}
		if err := l.out.jot(ctx, memo); err != nil {
			return err
		}
		if dead = s.Act == killBeforeSend; dead {
			cancel()
		}
		return nil
	})
	l.hold.Store(0)
	switch {
	case dead || s.Act == attemptAndKill:
		l.restart(t)
	case err == nil:
		l.settled = out
	}
}

// useElsewhere is another gate of the same house, on the server of any form.
func (l *life) useElsewhere(t *testing.T) {
	t.Helper()
	other := newDrawer(t, "", l.dial, func(s *bittan.Settings) { s.Version = "theirs" })
	o := (&house{}).delivery(l.id)
	_, err := other.Deliver(t.Context(), o.Delivery, o.jot)
	must(t, err)
}

// end gives the check-in good weather until it is settled.
func (l *life) end(t *testing.T) {
	t.Helper()
	l.ClearMoods()
	for range 4 {
		if l.settled.Kind != "" {
			break
		}
		time.Sleep(31 * time.Second)
		if out, err := l.deliver(t.Context(), l.out.jot); err == nil {
			l.settled = out
		}
	}
	time.Sleep(time.Minute) // whatever a proxy holds arrives
	must(t, l.drawer.Close())
}

// uses tells how often this station and others used the ticket.
func (l *life) uses() (ours, theirs int) {
	for _, u := range l.UsesOf(l.id) {
		if u.Caller == "gatescand/ours" {
			ours++
		} else {
			theirs++
		}
	}
	return ours, theirs
}

func (l *life) judge(blind bool) error {
	ours, theirs := l.uses()
	word := wordOf(l.settled)
	fault := ""
	switch {
	case ours > 1:
		fault = "one check-in was counted more than once"
	case word == "":
		fault = "not settled though the weather is good"
	case word == outDelivered && ours != 1:
		fault = "told as delivered and not counted"
	case word == outOurs && ours+theirs == 0:
		fault = "told as ours though nobody used the ticket"
	case word == outOurs && ours == 0 && theirs != 1:
		fault = "told as ours and not counted, though there was more than one other use"
	case word == "used_elsewhere" && theirs == 0:
		fault = "told as used elsewhere though nobody else used the ticket"
	case (word == "admitted_unpaid" || word == "admitted_canceled") && l.wasPaid:
		fault = "told as not paid though it always was"
	case word == "admitted_unknown":
		fault = "told as unknown"
	case word == outRejected && !blind:
		fault = "given up though the server can be asked"
	case word == outRejected && l.out.Memo == "":
		fault = "given up though nothing had been sent"
	}
	if fault == "" {
		return nil
	}
	return fmt.Errorf("%s: %d of ours, %d of others, %+v, memo %q", fault, ours, theirs, l.settled, l.out.Memo)
}

// A use that is held back is given up long before it may be repeated.
func TestAUseIsGivenUpInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, fakebittan.Today)
		l.hold.Store(int64(19 * time.Second))
		began := time.Now()
		_, err := l.deliver(t.Context(), l.out.jot)
		if took := time.Since(began); classOf(t, err) != platform.Offline || took != 10*time.Second {
			t.Errorf("after %s: %v", took, err)
		}
		l.end(t)
		if ours, _ := l.uses(); ours != 1 || wordOf(l.settled) != outOurs {
			t.Errorf("%d uses, %+v", ours, l.settled)
		}
	})
}

// Whatever is lost, delayed, killed or done by others: one check-in makes the
// count grow by at most one, it is settled when the weather is good, and what
// is told of it is true.
func TestACheckInIsCountedAtMostOnce(t *testing.T) {
	for name, form := range map[string]fakebittan.Form{"today": fakebittan.Today, "March": fakebittan.March2025, "2024": fakebittan.Bare2024} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				script := steps().Draw(r, "steps")
				var fault error
				synctest.Test(t, func(t *testing.T) {
					l := newLife(t, form)
					for _, s := range script {
						l.live(t, s)
					}
					l.end(t)
					fault = l.judge(form.Consumes())
				})
				if fault != nil {
					r.Fatal(fault)
				}
			})
		})
	}
}
