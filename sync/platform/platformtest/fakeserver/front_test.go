package fakeserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// recorder keeps the status of an answer and counts its bytes.
type recorder struct {
	header http.Header
	status int
	size   int64
}

func newRecorder() *recorder { return &recorder{header: http.Header{}} }

func (r *recorder) Header() http.Header    { return r.header }
func (r *recorder) WriteHeader(status int) { r.status = status }
func (r *recorder) Write(p []byte) (int, error) {
	r.size += int64(len(p))
	return len(p), nil
}

func TestNewNeedsANameAClockAndASite(t *testing.T) {
	for _, o := range []fakeserver.Options{
		{},
		{Clock: noon, Site: &shop{}},
		{Name: "shop", Site: &shop{}},
		{Name: "shop", Clock: noon},
	} {
		if _, err := fakeserver.New(o); !errors.Is(err, fakeserver.ErrOptions) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	f, err := fakeserver.New(fakeserver.Options{Name: "shop", Clock: noon, Site: &shop{}})
	if err != nil || f.BaseURL() != "https://shop.example" || f.Name() != "shop" {
		t.Errorf("%v %v", f, err)
	}
}

func TestWhatCannotBeEncodedIsAServerError(t *testing.T) {
	a := fakeserver.JSON(http.StatusOK, math.Inf(1))
	if a.Status != http.StatusInternalServerError || json.Valid(a.Body) {
		t.Errorf("%+v", a)
	}
}

func TestWithLeavesTheOtherAnswerAlone(t *testing.T) {
	a := fakeserver.Text(http.StatusOK, "x").With("A", "1")
	b := a.With("A", "2")
	if a.Header.Get("A") != "1" || b.Header.Get("A") != "2" {
		t.Errorf("%v %v", a.Header, b.Header)
	}
}

func TestLargeAnswersAreNeverHeldInMemory(t *testing.T) {
	s := newShop(t, noon)
	s.rows = 30_000
	for name, row := range map[string]struct {
		path string
		mood fakeserver.Mood
		size int64
	}{
		"a gigabyte of JSON":   {"/list", fakeserver.Mood{Fault: fakeserver.HugeJSON, Size: 1 << 30}, 1 << 30},
		"a list of the site's": {"/rows", fakeserver.Mood{}, rowsSize(30_000)},
		"half a list":          {"/rows", fakeserver.Mood{Fault: fakeserver.HalfJSON}, rowsSize(30_000) / 2},
		"a flood of headers":   {"/list", fakeserver.Mood{Fault: fakeserver.HeaderFlood, Size: 1 << 30}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s.SetMood(fakeserver.RouteAny, row.mood)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, row.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			peak := &watermark{recorder: newRecorder()}
			runtime.GC() // or what earlier tests left behind would hide what this one holds
			peak.look()
			began := peak.most
			s.ServeHTTP(peak, r)
			if peak.size < row.size || peak.size > row.size+10_000 {
				t.Errorf("%d bytes, want about %d", peak.size, row.size)
			}
			if grown := int64(peak.most) - int64(began); grown > 12<<20 {
				t.Errorf("held %d MiB more than before", grown>>20)
			}
		})
	}
}

// watermark notes how large the heap becomes while an answer is written.
type watermark struct {
	*recorder
	writes int
	most   uint64
}

func (w *watermark) look() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w.most = max(w.most, m.HeapAlloc)
}

func (w *watermark) Write(p []byte) (int, error) {
	if w.writes++; w.writes%5_000 == 1 {
		w.look()
	}
	return w.recorder.Write(p)
}

func TestSlowDripTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := pipeShop(t)
		s.NextMood("use", 1, fakeserver.Mood{Fault: fakeserver.SlowDrip})
		began := time.Now()
		r := a.ask(t.Context(), http.MethodPost, "/use/A", "")
		if r.err != nil || !strings.Contains(r.body, `"success":true`) {
			t.Fatalf("%+v", r)
		}
		// The last byte's second may be waited for after the client has all it was promised.
		if took := time.Since(began); took < time.Duration(len(r.body)-1)*time.Second || took > time.Duration(len(r.body))*time.Second {
			t.Errorf("%d bytes took %v", len(r.body), took)
		}
	})
}

func TestWhatNeverEndsEndsWithItsClient(t *testing.T) {
	for name, mood := range map[string]fakeserver.Mood{
		"an endless body":     {Fault: fakeserver.EndlessBody},
		"a slow drip":         {Fault: fakeserver.SlowDrip, Drip: time.Hour},
		"waiting before work": {Delay: 24 * time.Hour},
		"waiting after work":  {Linger: 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, a := pipeShop(t)
				s.SetMood(fakeserver.RouteAny, mood)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				began := time.Now()
				r := a.ask(ctx, http.MethodPost, "/use/A", "")
				if r.err == nil && len(r.body) < 1<<20 {
					t.Errorf("%d %q", r.status, r.body)
				}
				if err := s.Await(t.Context(), func() bool { return len(s.Requests()) == 1 }); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took > 10*time.Minute {
					t.Errorf("went on for %v", took)
				}
				if want := mood.Works(); (s.uses("A") == 1) != want {
					t.Errorf("used %d times", s.uses("A"))
				}
			})
		})
	}
}

func TestCutNetworkEndsAnswersThatAreOnTheirWay(t *testing.T) {
	for name, mood := range map[string]fakeserver.Mood{
		"a slow drip":        {Fault: fakeserver.SlowDrip, Drip: time.Minute},
		"waiting after work": {Linger: 3 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, a := pipeShop(t)
				s.SetMood(fakeserver.RouteAny, mood)
				time.AfterFunc(2*time.Minute, func() {
					s.CutNetwork()
					s.ClearMoods()
					if !s.NetworkCut() {
						t.Error("the network came back with the moods")
					}
				})
				if r := a.ask(t.Context(), http.MethodPost, "/use/A", ""); r.err == nil {
					t.Errorf("%d %q", r.status, r.body)
				}
				if s.uses("A") != 1 {
					t.Error("the work was not done")
				}
				if r := a.ask(t.Context(), http.MethodPost, "/use/A", ""); r.err == nil || s.Count("use") != 1 {
					t.Errorf("a request came through: %+v", r)
				}
				s.RestoreNetwork()
				if r := a.ask(t.Context(), http.MethodPost, "/use/B", ""); r.err != nil {
					t.Error(r.err)
				}
			})
		})
	}
}

func TestRaceLetsEveryoneSucceed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := pipeShop(t)
		s.RaceUses(3)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if r := a.ask(t.Context(), http.MethodPost, "/use/A", ""); !strings.Contains(r.body, `"success":true`) {
					t.Errorf("%+v", r)
				}
			})
		}
		wg.Wait()
		if s.uses("A") != 3 || s.Peak("use") != 3 || s.InFlight("use") != 0 {
			t.Errorf("used %d times, %d at once", s.uses("A"), s.Peak("use"))
		}
		if r := a.ask(t.Context(), http.MethodPost, "/use/A", ""); !strings.Contains(r.body, `"success":false`) {
			t.Errorf("the race goes on: %+v", r)
		}
		s.RaceUses(2)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if r := a.ask(ctx, http.MethodPost, "/use/B", ""); r.err == nil {
			t.Errorf("met nobody and was answered: %+v", r)
		}
		synctest.Wait()
		if s.uses("B") != 1 {
			t.Error("the work was left undone because the client had gone")
		}
	})
}

func TestLedgerTellsWhichUsesWereLost(t *testing.T) {
	s, a := startShop(t)
	s.NextMood("use", 1, fakeserver.Mood{Repeat: true})
	s.NextMood("use", 1, fakeserver.Mood{Fault: fakeserver.LostAnswer})
	for _, ticket := range []string{"A", "B", "C"} {
		a.ask(t.Context(), http.MethodPost, "/use/"+ticket, "", "X-Caller", "gate")
	}
	want := []fakeserver.Use{
		{At: noon(), Caller: "gate", Ticket: "A", Status: 200, Success: true, Lost: true},
		{At: noon(), Caller: "gate", Ticket: "A", Status: 200, Success: false},
		{At: noon(), Caller: "gate", Ticket: "B", Status: 200, Success: true, Lost: true},
		{At: noon(), Caller: "gate", Ticket: "C", Status: 200, Success: true},
	}
	got := s.Uses()
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("use %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	awaitServed(t, s, 3)
	s.ForgetRequests()
	if len(s.Uses()) != 0 || len(s.Counts()) != 0 || s.Peak("use") != 0 {
		t.Error("not forgotten")
	}
}

func TestForgettingDoesNotForgetWhoIsStillBeingServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := pipeShop(t)
		s.SetMood("use", fakeserver.Mood{Delay: time.Minute})
		done := make(chan reply, 1)
		go func() { done <- a.ask(t.Context(), http.MethodPost, "/use/A", "") }()
		synctest.Wait()
		s.ForgetRequests()
		if s.InFlight("use") != 1 || s.Count("use") != 0 {
			t.Errorf("%d in flight, %d counted", s.InFlight("use"), s.Count("use"))
		}
		if r := <-done; r.err != nil {
			t.Error(r.err)
		}
		if err := s.Await(t.Context(), func() bool { return s.InFlight("use") == 0 }); err != nil {
			t.Error(err)
		}
	})
}

func TestRequestThatIsTooLongIsRefused(t *testing.T) {
	s, a := startShop(t)
	if r := a.ask(t.Context(), http.MethodPost, "/use/A", strings.Repeat("x", 5<<20)); r.err == nil && r.status != 413 {
		t.Errorf("%d", r.status)
	}
	if s.uses("A") != 0 || s.Count("use") != 0 {
		t.Error("it was worked on")
	}
}

func TestServeEndsWithItsContextAndLeavesNothingBehind(t *testing.T) {
	for _, row := range []struct {
		name  string
		serve func(context.Context, *shop, net.Listener) error
	}{
		{"over HTTP", func(ctx context.Context, s *shop, l net.Listener) error { return s.Serve(ctx, l) }},
		{"over HTTPS", func(ctx context.Context, s *shop, l net.Listener) error {
			authority, err := fakeserver.NewAuthority(time.Now, "127.0.0.1")
			if err != nil {
				return err
			}
			return s.ServeTLS(ctx, l, authority)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			s := newShop(t, time.Now)
			listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error, 1)
			go func() { served <- row.serve(ctx, s, listener) }()
			if err := s.Await(t.Context(), func() bool { return strings.HasSuffix(s.BaseURL(), listener.Addr().String()) }); err != nil {
				t.Fatal(err)
			}
			cancel()
			if err := <-served; err != nil {
				t.Error(err)
			}
			if err := row.serve(t.Context(), s, listener); err == nil {
				t.Error("a closed listener was served")
			}
		})
	}
}
