package fakeserver_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gatescand/sync/platform/platformtest/fakeserver"
)

func TestConditionalRequests(t *testing.T) {
	s, a := startShop(t)
	if r := a.ask(t.Context(), http.MethodGet, "/list", "", "If-None-Match", "*"); r.status != 200 || r.header.Get("ETag") != "" {
		t.Fatalf("a server that does not do that: %d %v", r.status, r.header)
	}
	s.SetConditional(true)
	first := a.ask(t.Context(), http.MethodGet, "/list", "")
	tag := first.header.Get("ETag")
	if first.status != 200 || !regexp.MustCompile(`^"[0-9a-f]{32}"$`).MatchString(tag) {
		t.Fatalf("%d %v", first.status, first.header)
	}
	for _, row := range []struct {
		name, method, path string
		headers            []string
		want               int
	}{
		{"the same tag", http.MethodGet, "/list", []string{"If-None-Match", tag}, 304},
		{"the same tag on HEAD", http.MethodHead, "/list", []string{"If-None-Match", tag}, 304},
		{"its weak form", http.MethodGet, "/list", []string{"If-None-Match", "W/" + tag}, 304},
		{"one of several", http.MethodGet, "/list", []string{"If-None-Match", `"other" , ` + tag}, 304},
		{"one of several lines", http.MethodGet, "/list", []string{"If-None-Match", `"other"`, "If-None-Match", tag}, 304},
		{"whatever there is", http.MethodGet, "/list", []string{"If-None-Match", "*"}, 304},
		{"another tag", http.MethodGet, "/list", []string{"If-None-Match", `"other"`}, 200},
		{"without its quotes", http.MethodGet, "/list", []string{"If-None-Match", strings.Trim(tag, `"`)}, 200},
		{"none", http.MethodGet, "/list", nil, 200},
		{"a POST", http.MethodPost, "/list", []string{"If-None-Match", "*"}, 200},
		{"an answer that is not revalidable", http.MethodGet, "/use/B", []string{"If-None-Match", "*"}, 200},
		{"an error", http.MethodGet, "/elsewhere", []string{"If-None-Match", "*"}, 404},
		{"a stream", http.MethodGet, "/rows", []string{"If-None-Match", "*"}, 304},
	} {
		t.Run(row.name, func(t *testing.T) {
			s.mu.Lock()
			clear(s.used)
			s.mu.Unlock()
			r := a.ask(t.Context(), row.method, row.path, "", row.headers...)
			if r.status != row.want || r.err != nil {
				t.Fatalf("%d %v, want %d", r.status, r.err, row.want)
			}
			if r.status == 304 && (r.body != "" || r.header.Get("ETag") == "" || r.header.Get("Content-Type") != "" || r.header.Get("Date") == "") {
				t.Errorf("%v %q", r.header, r.body)
			}
		})
	}
	t.Run("what has changed has another tag", func(t *testing.T) {
		a.ask(t.Context(), http.MethodPost, "/use/C", "")
		if r := a.ask(t.Context(), http.MethodGet, "/list", "", "If-None-Match", tag); r.status != 200 || r.header.Get("ETag") == tag {
			t.Errorf("%d %v", r.status, r.header)
		}
	})
	t.Run("a fault goes before", func(t *testing.T) {
		s.NextMood(fakeserver.RouteAny, 1, fakeserver.Mood{Fault: fakeserver.CaptivePage})
		if r := a.ask(t.Context(), http.MethodGet, "/list", "", "If-None-Match", "*"); r.status != 200 || r.header.Get("ETag") != "" {
			t.Errorf("%d %v", r.status, r.header)
		}
	})
}

func FuzzIfNoneMatchNeverHidesNews(f *testing.F) {
	for _, seed := range []string{"", "*", `"a"`, `W/"a"`, `"a", "b"`, ",,,", `"`, "W/", `W/W/"a"`} {
		f.Add(seed)
	}
	s := newShop(f, noon)
	s.SetConditional(true)
	f.Fuzz(func(t *testing.T, header string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/list", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("If-None-Match", header)
		w := newRecorder()
		s.ServeHTTP(w, r)
		tag := w.Header().Get("ETag")
		if hidden := w.status == http.StatusNotModified; hidden && !strings.Contains(header, tag) && !strings.Contains(header, "*") {
			t.Errorf("%q hides %s", header, tag)
		}
	})
}
