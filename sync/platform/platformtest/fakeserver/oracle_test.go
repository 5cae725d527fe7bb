package fakeserver_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// seeded is an oracle that draws a fault from nothing but the arrival.
func seeded(seed uint64) func(fakeserver.Arrival) fakeserver.Mood {
	return func(a fakeserver.Arrival) fakeserver.Mood {
		sum := fnv.New64a()
		_, _ = fmt.Fprintf(sum, "%d %s %s %s %q %d", seed, a.Route, a.Method, a.Path, a.Body, a.Before) // a hash never fails
		faults := []fakeserver.Fault{fakeserver.Healthy, fakeserver.Throttled, fakeserver.BadGateway, fakeserver.NotFound}
		return fakeserver.Mood{Fault: faults[sum.Sum64()%uint64(len(faults))]}
	}
}

func TestOracleMakesARunReproducibleHoweverItsRequestsInterleave(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		requests := rapid.SliceOfN(rapid.SampledFrom([]string{"/use/A", "/use/B", "/use/A?q=1", "/list"}), 1, 20).Draw(t, "requests")
		shuffled := rapid.Permutation(requests).Draw(t, "shuffled")
		if one, other := outcomes(t, seed, requests), outcomes(t, seed, shuffled); !slices.Equal(one, other) {
			t.Errorf("%v then %v", one, other)
		}
	})
}

// outcomes sends requests all at once and returns what became of them, sorted.
func outcomes(t *rapid.T, seed uint64, paths []string) []string {
	s := &shop{used: map[string]int{}}
	front, err := fakeserver.New(fakeserver.Options{Name: "shop", Clock: noon, Site: s})
	if err != nil {
		t.Fatal(err)
	}
	s.Front = front
	s.SetOracle(seeded(seed))
	out := make([]string, len(paths))
	var wg sync.WaitGroup
	for i, path := range paths {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			w := newRecorder()
			s.ServeHTTP(w, r)
			out[i] = fmt.Sprintf("%s %d", path, w.status)
		})
	}
	wg.Wait()
	slices.Sort(out)
	return out
}

func TestOracleSeesTheArrivalAndGoesBeforeAllMoods(t *testing.T) {
	s, a := startShop(t)
	var mu sync.Mutex
	var seen []fakeserver.Arrival
	s.NextMood("use", 1, fakeserver.Mood{Fault: fakeserver.NotFound})
	s.SetMood(fakeserver.RouteAny, fakeserver.Mood{Fault: fakeserver.BadGateway})
	oracle := func(arrival fakeserver.Arrival) fakeserver.Mood {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, arrival)
		_ = s.NetworkCut() // may call the front
		return fakeserver.Mood{}
	}
	s.SetOracle(oracle)
	for _, body := range []string{"x", "x", "y", "x"} {
		if r := a.ask(t.Context(), http.MethodPost, "/use/A?q=1", body); r.status != 200 {
			t.Errorf("%+v", r)
		}
	}
	s.CutNetwork()
	if r := a.ask(t.Context(), http.MethodPost, "/use/A?q=1", "x"); r.err == nil {
		t.Errorf("%+v", r)
	}
	s.RestoreNetwork()
	s.ClearMoods()
	a.ask(t.Context(), http.MethodPost, "/use/A?q=1", "x")
	mu.Lock()
	var before []int
	for _, arrival := range seen {
		before = append(before, arrival.Before)
	}
	first := seen[0]
	mu.Unlock()
	if !slices.Equal(before, []int{0, 1, 0, 2, 3}) {
		t.Errorf("counted %v", before)
	}
	if first.Route != "use" || first.Method != http.MethodPost || first.Path != "/use/A?q=1" || string(first.Body) != "x" {
		t.Errorf("%+v", first)
	}
	s.SetOracle(nil)
	s.SetMood("use", fakeserver.Mood{Fault: fakeserver.BadGateway})
	if r := a.ask(t.Context(), http.MethodPost, "/use/A?q=1", "x"); r.status != 502 {
		t.Errorf("the oracle goes on: %+v", r)
	}
	s.SetOracle(oracle)
	a.ask(t.Context(), http.MethodPost, "/use/A?q=1", "x")
	mu.Lock()
	defer mu.Unlock()
	if last := seen[len(seen)-1]; last.Before != 0 {
		t.Errorf("a new oracle begins at %d", last.Before)
	}
}

func TestMoodsOfAPage(t *testing.T) {
	s, a := startShop(t)
	ids := map[string]bool{}
	for i, m := range s.Moods() {
		if ids[m.ID] || m.ID == "" || m.Line == "" || (m.Route != "use" && m.Route != fakeserver.RouteAny) {
			t.Errorf("mood %d: %+v", i, m)
		}
		ids[m.ID] = true
	}
	for _, id := range []string{
		"healthy", "slow", "lost_answer", "throttled", "error_page", "broken_json", "captive", "redirect", "wrong_clock", "double_answer",
	} {
		if !ids[id] {
			t.Errorf("no mood %q", id)
		}
	}
	s.SetMood("list", fakeserver.Mood{Fault: fakeserver.BadGateway})
	if err := s.Choose("double_answer"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		a.ask(t.Context(), http.MethodPost, "/use/A", "")
	}
	if s.uses("A") != 2 {
		t.Errorf("used %d times", s.uses("A"))
	}
	if r := a.ask(t.Context(), http.MethodGet, "/list", ""); r.status != 200 {
		t.Errorf("the earlier mood stayed: %d", r.status)
	}
	if err := s.Choose("furious"); !errors.Is(err, fakeserver.ErrNoMood) {
		t.Error(err)
	}
}
