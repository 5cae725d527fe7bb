package platform_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/sync/platform"
)

// library is a server whose one answer can be revalidated.
type library struct {
	mu        sync.Mutex
	status    int
	body      string
	header    map[string]string
	asked     []string // the conditions of each request
	obstinate bool     // it says 304 to everybody
}

func (l *library) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

func (l *library) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	tag, since := r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")
	l.asked = append(l.asked, strings.TrimSpace(tag+" "+since))
	w.Header().Set("Content-Type", "application/json")
	for name, value := range l.header {
		w.Header()[name] = []string{value}
	}
	holds := (tag != "" && tag == l.header["Etag"]) || (tag == "" && since != "" && since == l.header["Last-Modified"])
	if holds || l.obstinate {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if l.status != 0 {
		w.WriteHeader(l.status)
	}
	_, _ = fmt.Fprint(w, l.body) // a client that has heard enough hangs up
}

func (l *library) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked[len(l.asked)-1]
}

func revalidate(t *testing.T, c *platform.Client, path string) (string, error) {
	t.Helper()
	r, err := c.Do(t.Context(), platform.Request{Op: "test", Method: http.MethodGet, Path: path, Revalidate: true})
	if err == nil && (r.Status != http.StatusOK || !r.IsJSON()) {
		t.Errorf("status %d, media %q", r.Status, r.Media)
	}
	return string(r.Body), err
}

const lastWeek = "Sat, 14 Nov 2026 10:00:00 GMT"

func TestAnAnswerThatHasNotChangedIsNotSentAgain(t *testing.T) {
	for _, test := range []struct {
		name   string
		header map[string]string
		asked  string // what the second request asks
	}{
		{"known by a tag", map[string]string{"Etag": `"v1"`}, `"v1"`},
		{"known by a weak tag", map[string]string{"Etag": `W/"v1"`}, `W/"v1"`},
		{"known by a date", map[string]string{"Last-Modified": lastWeek}, lastWeek},
		{"known by both: the tag counts", map[string]string{"Etag": `"v1"`, "Last-Modified": lastWeek}, `"v1"`},
		{"known by nothing", nil, ""},
		{"a tag of odd bytes", map[string]string{"Etag": "\"v\xe91\""}, ""},
		{"a tag that is not quoted", map[string]string{"Etag": "v1"}, ""},
		{"a tag of two", map[string]string{"Etag": `"v1", "v2"`}, ""},
		{"a tag without end", map[string]string{"Etag": `"` + strings.Repeat("v", 1000) + `"`}, ""},
		{"a date that is none", map[string]string{"Last-Modified": "yesterday"}, ""},
		{"a bad tag beside a good date", map[string]string{"Etag": "v1", "Last-Modified": lastWeek}, lastWeek},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := &library{body: `{"n":1}`, header: test.header}
			c := newClient(t, serve(t, l.ServeHTTP))
			for range 3 {
				if got, err := revalidate(t, c, "/"); err != nil || got != `{"n":1}` {
					t.Fatalf("got %q, %v", got, err)
				}
			}
			if l.asked[0] != "" || l.asked[1] != test.asked || l.asked[2] != test.asked {
				t.Errorf("asked %q, want nothing and then %q", l.asked, test.asked)
			}
			l.set(func() { l.body, l.header = `{"n":2}`, map[string]string{"Etag": `"v2"`} })
			for _, asked := range []string{test.asked, `"v2"`} {
				if got, err := revalidate(t, c, "/"); err != nil || got != `{"n":2}` || l.last() != asked {
					t.Errorf("after a change: %q, %v; asked %q, want %q", got, err, l.last(), asked)
				}
			}
		})
	}
}

func TestWhatIsNotKept(t *testing.T) {
	good := map[string]string{"Etag": `"v1"`}
	for _, test := range []struct {
		name    string
		library *library
		request platform.Request
	}{
		{"JSON that breaks off", &library{body: `{"n":`, header: good}, platform.Request{}},
		{"two values", &library{body: `{}{}`, header: good}, platform.Request{}},
		{"nothing", &library{body: "", header: good}, platform.Request{}},
		{"a page", &library{body: "{}", header: map[string]string{"Etag": `"v1"`, "Content-Type": "text/html"}}, platform.Request{}},
		{"an error", &library{body: "{}", header: good, status: 500}, platform.Request{}},
		{"a part", &library{body: "{}", header: good, status: 206}, platform.Request{}},
		{"an answer to a change", &library{body: "{}", header: good}, platform.Request{Method: http.MethodPost}},
		{"a very long answer", &library{body: `"` + strings.Repeat("a", 1<<20) + `"`, header: good}, platform.Request{Limit: 4 << 20}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, serve(t, test.library.ServeHTTP))
			q := test.request
			q.Op, q.Path, q.Revalidate = "test", "/", true
			if q.Method == "" {
				q.Method = http.MethodGet
			}
			for range 2 {
				if _, err := c.Do(t.Context(), q); err != nil {
					t.Fatal(err)
				}
				if asked := test.library.last(); asked != "" {
					t.Errorf("asked %q", asked)
				}
			}
		})
	}
	t.Run("an answer to somebody who did not ask for it", func(t *testing.T) {
		l := &library{body: "{}", header: good}
		c := newClient(t, serve(t, l.ServeHTTP))
		for range 2 {
			if _, err := get(t, c, "/"); err != nil || l.last() != "" {
				t.Errorf("asked %q: %v", l.last(), err)
			}
		}
	})
}

func TestAnAnswerThatIsReplacedByABrokenOneIsForgotten(t *testing.T) {
	l := &library{body: `{"n":1}`, header: map[string]string{"Etag": `"v1"`}}
	c := newClient(t, serve(t, l.ServeHTTP))
	_, err := revalidate(t, c, "/")
	if err != nil {
		t.Fatal(err)
	}
	l.set(func() { l.body, l.header = `{"n":`, map[string]string{"Etag": `"v2"`} })
	for _, asked := range []string{`"v1"`, ""} {
		if got, err := revalidate(t, c, "/"); err != nil || got != `{"n":` || l.last() != asked {
			t.Errorf("got %q, %v; asked %q, want %q", got, err, l.last(), asked)
		}
	}
}

func TestNotModifiedIsOnlyForThoseWhoAsked(t *testing.T) {
	l := &library{obstinate: true, header: map[string]string{"Location": "https://elsewhere.example/", "Etag": `"v1"`}}
	c := newClient(t, serve(t, l.ServeHTTP))
	for _, ask := range []bool{false, true} {
		_, err := c.Do(t.Context(), platform.Request{Op: "test", Method: http.MethodGet, Path: "/", Revalidate: ask})
		wantError(t, err, platform.Protocol, "was not asked that")
	}
	if len(l.asked) != 2 {
		t.Errorf("%d requests", len(l.asked))
	}
}

func TestWhoeverSpoilsAnAnswerSpoilsNoneThatIsKept(t *testing.T) {
	l := &library{body: `{"n":1}`, header: map[string]string{"Etag": `"v1"`}}
	c := newClient(t, serve(t, l.ServeHTTP))
	for range 3 {
		r, err := c.Do(t.Context(), platform.Request{Op: "test", Method: http.MethodGet, Path: "/", Revalidate: true})
		if err != nil || string(r.Body) != `{"n":1}` {
			t.Fatalf("got %q, %v", r.Body, err)
		}
		clear(r.Body)
	}
}

func TestAnswersKeptTakeLittleRoomAndTheNewestStay(t *testing.T) {
	const paths, room = 48, 24 << 20
	l := &library{body: `"` + strings.Repeat("a", 1<<20-2) + `"`, header: map[string]string{"Etag": `"v1"`}}
	c := newClient(t, serve(t, l.ServeHTTP))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range paths {
		if _, err := revalidate(t, c, fmt.Sprintf("/%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.HeapAlloc > before.HeapAlloc+room {
		t.Errorf("%d MiB stay", (after.HeapAlloc-before.HeapAlloc)>>20)
	}
	for path, asked := range map[string]string{fmt.Sprintf("/%d", paths-1): `"v1"`, "/0": ""} {
		if _, err := revalidate(t, c, path); err != nil || l.last() != asked {
			t.Errorf("%s: asked %q, want %q: %v", path, l.last(), asked, err)
		}
	}
}

func TestTheDateOfAnAnswerThatHasNotChangedIsHeard(t *testing.T) {
	l := &library{body: "{}", header: map[string]string{"Etag": `"v1"`, "Date": lastWeek}}
	heard := 0
	c := newClient(t, serve(t, l.ServeHTTP), func(c *platform.ClientConfig) { c.OnDate = func(_, _ time.Time) { heard++ } })
	for range 2 {
		if _, err := revalidate(t, c, "/"); err != nil {
			t.Fatal(err)
		}
	}
	if heard != 2 {
		t.Errorf("heard %d times", heard)
	}
}
