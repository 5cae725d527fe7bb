package faketibillet

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func fuzzHouse(tb testing.TB) (*Server, string) {
	tb.Helper()
	clock := func() time.Time { return time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC) }
	s, err := New(Options{Clock: clock, Source: rand.NewPCG(1, 1), RowSigning: SignHollow})
	if err != nil {
		tb.Fatal(err)
	}
	_, key, err := s.PairedApp("gate")
	if err != nil {
		tb.Fatal(err)
	}
	return s, key
}

// Whatever a body holds, the views answer it with JSON.
func FuzzBodies(f *testing.F) {
	s, key := fuzzHouse(f)
	event, err := s.AddEvent(Event{UUID: "b1ab464f-5c6a-4e15-bc81-1533a868881c"})
	if err != nil {
		f.Fatal(err)
	}
	ticket, err := s.AddTicket(Ticket{UUID: "3f1df89c-8e60-4009-9ab0-dea2e15b06a2", Event: event})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"qrcode_data":"` + hollowCode(ticket) + `","event_uuid":"` + event + `"}`))
	f.Add([]byte(`{"qrcode_data":"a:b","event_uuid":{},"page":1e9,"page_size":"5","order_by":null,"search":[]}`))
	f.Add([]byte(`{"event_uuid":"` + event + `","page":9223372036854775807,"search":"` + ticket[:5] + `"}`))
	f.Add([]byte("{\xff"))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, path := range []string{"/scan/check_ticket/", "/scan/ticket/", "/scan/list_tickets/", "/scan/search_ticket/"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body))
			r.Header.Set("Authorization", "Api-Key "+key)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Header().Get("Content-Type") != "application/json" || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
	})
}

// Whatever is asked for where, it is answered without a panic.
func FuzzPaths(f *testing.F) {
	s, key := fuzzHouse(f)
	for _, seed := range []string{"/scan/x/pair/", "/scan/YWJj/pair", "/api/events/x/", "/api/eventslug/é/", "/scan/ticket", "//", "/scan//pair/"} {
		f.Add(seed, "fr;q=0.3,en", "Api-Key x")
	}
	f.Fuzz(func(t *testing.T, path, language, authorization string) {
		for _, header := range []string{authorization, "Api-Key " + key} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.URL.Path = path
			r.Header.Set("Accept-Language", language)
			r.Header.Set("Authorization", header)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code < 200 || w.Code >= 600 {
				t.Errorf("%d", w.Code)
			}
		}
	})
}

func TestBase64IsReadAsPythonReadsIt(t *testing.T) {
	for name, row := range map[string]struct{ text, want, err string }{
		"nothing":                             {"", "", ""},
		"both alphabets":                      {"-_+/", "\xfb\xff\xbf", ""},
		"foreign characters are skipped":      {"Y W\r\nJ.j", "abc", ""},
		"what follows padding is ignored":     {"YQ==YWJj", "a", ""},
		"padding in two places":               {"YQ=\n=", "a", ""},
		"one pad of two is lost":              {"YQ=", "", "Incorrect padding"},
		"padding is lost":                     {"YWI", "", "Incorrect padding"},
		"padding where none is needed":        {"YWJj=", "abc", ""},
		"a pad before the digits ended":       {"YW=J", "", "Incorrect padding"},
		"a digit too many":                    {"YWJjZ", "", "Invalid base64-encoded string: number of data characters (5) cannot be 1 more than a multiple of 4"},
		"not ASCII":                           {"YWJjé", "", "string argument should contain only ASCII characters"},
		"left-over bits are ignored":          {"YR==", "a", ""},
		"three digits and a pad":              {"YWI=", "ab", ""},
		"pads alone":                          {"====", "", ""},
		"a pad between digits starts nothing": {"Y=WJj", "abc", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pythonBase64(row.text)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != row.err || (err == nil && string(got) != row.want) {
				t.Errorf("%q %v", got, err)
			}
		})
	}
}

func TestBase64ReadsWhatGoWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOf(rapid.Byte()).Draw(t, "raw")
		for _, encoding := range []*base64.Encoding{base64.URLEncoding, base64.StdEncoding} {
			if got, err := pythonBase64(encoding.EncodeToString(raw)); err != nil || !bytes.Equal(got, raw) {
				t.Errorf("%x %v", got, err)
			}
		}
	})
}

func TestBase62RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 62*62*62*62*62*62-1).Draw(t, "n")
		if got, ok := parseBase62(base62(n)); !ok || got != n {
			t.Errorf("%d %v", got, ok)
		}
	})
	if _, ok := parseBase62("1xU-"); ok {
		t.Error("a digit that is none was read")
	}
}

func TestUUIDIsReadAsPythonReadsIt(t *testing.T) {
	const want = "3f1df89c-8e60-4009-9ab0-dea2e15b06a2"
	for _, text := range []string{want, "3F1DF89C8E6040099AB0DEA2E15B06A2", "{" + want + "}", "urn:uuid:" + want, "3f1d-f89c8e6040099ab0dea2e15b06a2"} {
		if got, err := pythonUUID(text); err != nil || got != want {
			t.Errorf("%s: %s %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", want[1:], want + "0"} {
		if got, err := pythonUUID(text); err == nil {
			t.Errorf("%s: %s", text, got)
		}
	}
}
