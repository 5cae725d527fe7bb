package platform_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatescand/sync/platform"
)

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func newClient(tb testing.TB, base string, change ...func(*platform.ClientConfig)) *platform.Client {
	tb.Helper()
	c := platform.ClientConfig{BaseURL: base, Agent: "gatescand/test", Now: noon}
	for _, f := range change {
		f(&c)
	}
	client, err := platform.NewClient(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client
}

func serve(tb testing.TB, h http.HandlerFunc) string {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	return server.URL
}

func get(tb testing.TB, c *platform.Client, path string) (platform.Reply, error) {
	tb.Helper()
	return c.Do(tb.Context(), platform.Request{Op: "test", Method: http.MethodGet, Path: path})
}

func TestTrust(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes are meant to fail
	server.StartTLS()
	t.Cleanup(server.Close)
	leaf := server.Certificate()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})
	pin := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	other := sha256.Sum256([]byte("another key"))
	elsewhere := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	for _, c := range []struct {
		name   string
		base   string
		change func(*platform.ClientConfig)
		want   platform.Class
	}{
		{"the system's authorities do not know it", server.URL, func(*platform.ClientConfig) {}, platform.Untrusted},
		{"its own authority does", server.URL, func(c *platform.ClientConfig) { c.CAPEM = authority }, ""},
		{"its own authority under another name", elsewhere, func(c *platform.ClientConfig) { c.CAPEM = authority }, platform.Untrusted},
		{"a pin on its key", server.URL, func(c *platform.ClientConfig) { c.PinSHA256 = pin[:] }, ""},
		{"a pin on its key under another name", elsewhere, func(c *platform.ClientConfig) { c.PinSHA256 = pin[:] }, ""},
		{"a pin on another key", server.URL, func(c *platform.ClientConfig) { c.PinSHA256 = other[:] }, platform.Untrusted},
		{"its authority and a pin on another key", server.URL, func(c *platform.ClientConfig) { c.CAPEM, c.PinSHA256 = authority, other[:] }, platform.Untrusted},
		{"its authority under another name and a pin on its key", elsewhere, func(c *platform.ClientConfig) { c.CAPEM, c.PinSHA256 = authority, pin[:] }, platform.Untrusted},
		{"its own authority when the certificate is long past", server.URL, func(c *platform.ClientConfig) {
			c.CAPEM, c.Now = authority, func() time.Time { return time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC) }
		}, platform.Untrusted},
		{"its own authority on a clock that has not been set", server.URL, func(c *platform.ClientConfig) {
			c.CAPEM, c.Now = authority, func() time.Time { return time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC) }
		}, platform.Untrusted},
		{"encryption asked of a server that has none", strings.Replace(serve(t, http.NotFound), "http:", "https:", 1), func(*platform.ClientConfig) {}, platform.Captive},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, once := range []bool{false, true} {
				_, err := get(t, newClient(t, c.base, c.change, func(c *platform.ClientConfig) { c.OneShot = once }), "/")
				if (err == nil) != (c.want == "") || (err != nil && platform.ClassOf(err) != c.want) {
					t.Errorf("one shot %v: %v", once, err)
				}
			}
		})
	}
	t.Run("a server that refuses the handshake", func(t *testing.T) {
		old := httptest.NewUnstartedServer(http.NotFoundHandler())
		old.Config.ErrorLog = log.New(io.Discard, "", 0)
		old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
		old.StartTLS()
		t.Cleanup(old.Close)
		_, err := get(t, newClient(t, old.URL, func(c *platform.ClientConfig) { c.CAPEM = authority }), "/")
		if platform.ClassOf(err) != platform.Untrusted {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a wrong clock is named", func(t *testing.T) {
		_, err := get(t, newClient(t, server.URL, func(c *platform.ClientConfig) {
			c.CAPEM, c.Now = authority, func() time.Time { return time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC) }
		}), "/")
		if err == nil || !strings.Contains(err.Error(), "1960-01-01") {
			t.Errorf("got %v", err)
		}
	})
}

func TestConfigurationsNoClientCanBeMadeOf(t *testing.T) {
	for _, c := range []struct {
		name   string
		config platform.ClientConfig
	}{
		{"no url", platform.ClientConfig{Now: noon}},
		{"no host", platform.ClientConfig{BaseURL: "https://", Now: noon}},
		{"another scheme", platform.ClientConfig{BaseURL: "ftp://h", Now: noon}},
		{"a password in the url", platform.ClientConfig{BaseURL: "https://u:geheim@h", Now: noon}},
		{"a query", platform.ClientConfig{BaseURL: "https://h?a", Now: noon}},
		{"no clock", platform.ClientConfig{BaseURL: "https://h"}},
		{"authorities that are none", platform.ClientConfig{BaseURL: "https://h", Now: noon, CAPEM: []byte("x")}},
		{"a short pin", platform.ClientConfig{BaseURL: "https://h", Now: noon, PinSHA256: []byte{1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := platform.NewClient(c.config)
			if err == nil || strings.Contains(err.Error(), "geheim") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWhatIsSent(t *testing.T) {
	var got *http.Request
	var body []byte
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		got = r.Clone(context.WithoutCancel(r.Context()))
		body, _ = io.ReadAll(r.Body)
	})
	c := newClient(t, base+"/prefix/")
	_, err := c.Do(t.Context(), platform.Request{
		Op: "test", Method: http.MethodPost, Path: "/a%2Fb/", Authorization: "Api-Key k", Language: "en", JSON: map[string]int{"n": 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.URL.EscapedPath() != "/prefix/a%2Fb/" || string(body) != `{"n":1}` {
		t.Errorf("path %q, body %q", got.URL.EscapedPath(), body)
	}
	for header, want := range map[string]string{
		"User-Agent": "gatescand/test", "Accept": "application/json", "Content-Type": "application/json", "Authorization": "Api-Key k",
		"Accept-Language": "en", "Accept-Encoding": "", "Cookie": "",
	} {
		if got.Header.Get(header) != want {
			t.Errorf("%s is %q, want %q", header, got.Header.Get(header), want)
		}
	}
}

func TestTheDateOfAnswersIsHeard(t *testing.T) {
	date := noon().Add(3 * time.Minute)
	for _, c := range []struct {
		name, media, age string
		want             bool
	}{
		{"JSON", "application/json", "", true},
		{"a page", "text/html", "", false},
		{"out of a cache", "application/json", "60", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.media)
				w.Header().Set("Date", date.Format(http.TimeFormat))
				if c.age != "" {
					w.Header().Set("Age", c.age)
				}
			})
			heard := false
			client := newClient(t, base, func(c *platform.ClientConfig) {
				c.OnDate = func(server, received time.Time) {
					heard = server.Equal(date) && received.Equal(noon())
				}
			})
			if _, err := get(t, client, "/"); err != nil {
				t.Fatal(err)
			}
			if heard != c.want {
				t.Errorf("heard %v, want %v", heard, c.want)
			}
		})
	}
}

func TestRetryAfterADateIsCountedOnTheServersClock(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", "Sat, 21 Nov 2020 10:00:00 GMT") // a server whose clock is wrong
		w.Header().Set("Retry-After", "Sat, 21 Nov 2020 10:02:00 GMT")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	_, err := get(t, newClient(t, base), "/")
	if got := platform.RetryAfterOf(err); got != 2*time.Minute {
		t.Errorf("got %s", got)
	}
}

func TestTheLengthOfAnAnswerIsBounded(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1000)) })
	c := newClient(t, base)
	for limit, want := range map[int64]bool{999: false, 1000: true, 0: true} {
		r, err := c.Do(t.Context(), platform.Request{Op: "test", Method: http.MethodGet, Path: "/", Limit: limit})
		if (err == nil) != want || (want && len(r.Body) != 1000) {
			t.Errorf("limit %d: %d bytes, %v", limit, len(r.Body), err)
		}
	}
}

func TestARequestsOwnTimeoutHolds(t *testing.T) {
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, err := newClient(t, base).Do(t.Context(), platform.Request{Op: "test", Method: http.MethodGet, Path: "/", Timeout: 50 * time.Millisecond})
	if platform.ClassOf(err) != platform.Offline || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestSentTellsWhetherTheRequestHasLeft(t *testing.T) {
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(hangs.Close)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for _, c := range []struct {
		base string
		want bool
	}{{hangs.URL, true}, {closed.URL, false}} {
		r, err := get(t, newClient(t, c.base, func(c *platform.ClientConfig) { c.OneShot = true }), "/secret")
		if err == nil || r.Sent != c.want {
			t.Errorf("sent %v, want %v: %v", r.Sent, c.want, err)
		}
	}
}

func TestAOneShotClientNeverSendsTwice(t *testing.T) {
	var asked atomic.Int32
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) > 1 {
			panic(http.ErrAbortHandler) // net/http repeats a GET when a connection in reuse breaks like this
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	c := newClient(t, server.URL, func(c *platform.ClientConfig) { c.OneShot = true })
	if _, err := get(t, c, "/"); err != nil {
		t.Fatal(err)
	}
	if _, err := get(t, c, "/"); err == nil {
		t.Error("no error")
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("%d requests for two questions", n)
	}
}

func TestDecodeJSON(t *testing.T) {
	for _, c := range []struct {
		name, text string
		ok, cut    bool
	}{
		{"an object", `{"a": 1, "other": [{}]}`, true, false},
		{"blanks around it", " \n{} \n", true, false},
		{"nothing", "", false, true},
		{"half", `{"a": `, false, true},
		{"half a text", `{"a": "b`, false, true},
		{"something behind", `{} x`, false, false},
		{"two", `{}{}`, false, false},
		{"a member twice", `{"a": 1, "a": 2}`, false, false},
		{"a member twice in another case", `{"a": 1, "A": 2}`, false, false},
		{"a member twice, deep down", `{"b": [{"x": 1, "x": 2}]}`, false, false},
		{"a member twice, once with a long s", `{"s": 1, "ſ": 2}`, false, false},
		{"a member twice, once with a Kelvin sign", `{"k": 1, "K": 2}`, false, false},
		{"a member twice, once escaped", `{"a": 1, "\u0061": 2}`, false, false},
		{"the same member in two objects", `{"b": [{"x": 1}, {"x": 1}]}`, true, false},
		{"as many members as may be", members(4096), true, false},
		{"one member more", members(4097), false, false},
		{"as many elements as may be", `{"b": [[` + strings.Repeat("0,", 9_998) + `0],[` + strings.Repeat("0,", 9_998) + `0]]}`, true, false},
		{"one element more", `{"b": [[` + strings.Repeat("0,", 9_998) + `0],[` + strings.Repeat("0,", 9_999) + `0]]}`, false, false},
		{"a number as long as may be", `{"b": 0.` + strings.Repeat("1", 98) + `}`, true, false},
		{"a number one longer", `{"b": 0.` + strings.Repeat("1", 99) + `}`, false, false},
		{"the wrong type", `{"a": "1"}`, false, false},
		{"an array", `[]`, false, false},
		{"31 levels", strings.Repeat("[", 31) + strings.Repeat("]", 31), false, false},
		{"as deep as may be", `{"b": ` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, true, false},
		{"one level deeper", `{"b": ` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, false, false},
		{"a million levels", strings.Repeat("[", 1_000_000), false, false},
		{"not UTF-8", "{\"b\": \"\xff\"}", false, false},
		{"a control character", "{\"b\": \"\x01\"}", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var v struct {
				A int `json:"a"`
			}
			err := platform.DecodeJSON([]byte(c.text), &v)
			if (err == nil) != c.ok || errors.Is(err, io.ErrUnexpectedEOF) != c.cut {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"Zoë Ångström":              "Zoë Ångström",
		" \t a\r\nb ":               "a  b",
		"\x1b[31mred\x07":           "[31mred",
		"\u202egnp.exe":             "gnp.exe",
		"\xff\xfe":                  "",
		strings.Repeat("é", 30):     strings.Repeat("é", 20),
		"<script>alert(1)</script>": "<script>alert(1)</sc",
	} {
		if got := platform.CleanText(in, 20); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}
