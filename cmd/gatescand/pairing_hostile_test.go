package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/device/admin"
	"gatescand/device/pairing"
	"gatescand/sync/platform"
)

// recordedHost is a server that answers as it is told and remembers every
// request.
type recordedHost struct {
	*httptest.Server

	mu   sync.Mutex
	seen []string
}

func newRecordedHost(t *testing.T, answer http.HandlerFunc) *recordedHost {
	t.Helper()
	h := &recordedHost{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.seen = append(h.seen, r.Method+" "+r.URL.Path)
		h.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
	})
	return h
}

func (h *recordedHost) requests() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.seen...)
}

// drop ends a connection without a word.
func drop(w http.ResponseWriter) {
	if hijacker, ok := w.(http.Hijacker); ok {
		if c, _, err := hijacker.Hijack(); err == nil {
			_ = c.Close()
		}
	}
}

// TestATokenLeavesOnce, whatever the server does with it: one GET to the host of
// the code and nothing to anybody else, no key that is half one, and the earlier
// key still there.
func TestATokenLeavesOnce(t *testing.T) {
	t.Parallel()
	elsewhere := newRecordedHost(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{"success":true}`) })
	whole := `{"success":true,"message":"Device successfully paired","api_key":"abcd1234.` + strings.Repeat("k", 32) +
		`","device_uuid":"f3a740ad-b95f-4f45-b492-64a755c403e4","device_name":"north"}`
	jsonOf := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, text)
		}
	}
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		cutOff bool // an earlier attempt that may have been answered is remembered
	}{
		"a redirect to another host": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusFound)
		}, true},
		"a redirect to itself": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		}, true},
		"a server error":             {jsonOf(500, `{"error":"oops"}`), true},
		"a login page":               {func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<html>Welcome to our Wi-Fi") }, true},
		"half an answer":             {jsonOf(200, whole[:len(whole)/2]), true},
		"another device's key":       {jsonOf(200, strings.Replace(whole, "f3a740ad", "00000000", 1)), true},
		"a success without a key":    {jsonOf(200, `{"success":true}`), true},
		"a connection that is cut":   {func(w http.ResponseWriter, _ *http.Request) { drop(w) }, true},
		"a code that is claimed":     {jsonOf(400, `{"error":"No ScanApp matches the given query."}`), false},
		"a refusal of the whole way": {jsonOf(403, `{"detail":"no"}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := newRecordedHost(t, tc.answer)
			counter, cfg := counterFor(t, host.URL)
			old := platform.Credentials{BaseURL: host.URL, APIKey: "old"}
			if err := counter.vault.Save("lespass", old); err != nil {
				t.Fatal(err)
			}
			token := tokenOf(time.Now())
			_, err := counter.pair(t.Context(), admin.PairRequest{Code: host.URL + "/scan/" + token + "/pair"})
			if err == nil {
				t.Fatal("that passed for a pairing")
			}
			if got := host.requests(); len(got) != 1 || got[0] != "GET /scan/"+token+"/pair/" {
				t.Errorf("requests %q", got)
			}
			if kept, loadErr := counter.vault.Load(cfg); loadErr != nil || kept != old {
				t.Errorf("the earlier key: %+v, %v", kept, loadErr)
			}
			if cut := pairing.Interrupted(counter.vault, cfg); (cut != nil) != tc.cutOff {
				t.Errorf("cut off: %v", cut)
			}
			message, hint := explainPairing(err)
			if message == "" || strings.Contains(message+hint, token) {
				t.Errorf("explained as %q, %q", message, hint)
			}
		})
	}
	t.Cleanup(func() {
		if got := elsewhere.requests(); len(got) > 0 {
			t.Errorf("a redirect was followed: %q", got)
		}
	})
}

// counterFor gives a counter of a station with one account at a url.
func counterFor(t *testing.T, url string) (pairCounter, string) {
	t.Helper()
	f := configFileOf(t, accountText("lespass", url)+"[[lane]]\nname = \"north\"\nreader = \"virtual:\"\n")
	cfg, err := f.parse([]byte(textOf(t, f.path)))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Station.DataDir = t.TempDir()
	vault, err := openVault(cfg)
	if err != nil {
		t.Fatal(err)
	}
	clock, err := newClock()
	if err != nil {
		t.Fatal(err)
	}
	return pairCounter{cfg: cfg, vault: vault, now: clock.Now(), file: f, setup: new(sync.Mutex), past: func(string) bool { return false }}, "lespass"
}

// TestAPairingIsOnDiskBeforeItIsSaid: the intent while the request is under way,
// and the key when it is answered, for the service alone.
func TestAPairingIsOnDiskBeforeItIsSaid(t *testing.T) {
	t.Parallel()
	var counter pairCounter
	host := newRecordedHost(t, func(w http.ResponseWriter, _ *http.Request) {
		if err := pairing.Interrupted(counter.vault, "lespass"); err == nil {
			t.Error("no intent is on disk while the request is under way")
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(map[string]any{
			"success": true, "api_key": "abcd1234." + strings.Repeat("k", 32), "device_uuid": "f3a740ad-b95f-4f45-b492-64a755c403e4", "device_name": "north",
		}); err != nil {
			t.Error(err)
		}
	})
	counter, _ = counterFor(t, host.URL)
	paired, err := counter.pair(t.Context(), admin.PairRequest{Code: host.URL + "/scan/" + tokenOf(time.Now()) + "/pair"})
	if err != nil || paired.Account != "lespass" {
		t.Fatalf("%+v, %v", paired, err)
	}
	if kept, err := counter.vault.Load("lespass"); err != nil || kept.StationID != paired.StationID {
		t.Errorf("kept %v", err)
	}
	if err := pairing.Interrupted(counter.vault, "lespass"); err != nil {
		t.Error(err)
	}
}

// TestWhoseCodeIsTaken judges hosts as a reader's desk does.
func TestWhoseCodeIsTaken(t *testing.T) {
	t.Parallel()
	counter, account := counterFor(t, "https://lespass.example.org")
	code := func(host string) platform.Pairing {
		read, _, err := readPairing([]byte("https://" + host + "/scan/" + tokenOf(time.Now()) + "/pair"))
		if err != nil {
			t.Fatal(err)
		}
		return read
	}
	naming := func(c pairCounter, hosts ...string) pairCounter {
		cfg := *c.cfg
		cfg.Pairing.AllowHosts = append(slices.Clone(cfg.Pairing.AllowHosts), hosts...)
		c.cfg = &cfg
		return c
	}
	empty := counter
	bare := *counter.cfg
	bare.Accounts = nil
	empty.cfg = &bare
	paired, _ := counterFor(t, "https://lespass.example.org")
	if err := paired.vault.Save(account, platform.Credentials{BaseURL: "https://lespass.example.org", APIKey: "k"}); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		counter pairCounter
		host    string
		first   bool
		want    bool
	}{
		"the account's own host, armed by a person":          {counter, "lespass.example.org", false, true},
		"the account's own host, out of the box":             {counter, "lespass.example.org", true, true},
		"another port of it":                                 {counter, "lespass.example.org:8443", false, false},
		"a host that allow_hosts names, armed by a person":   {naming(counter, "friends.tibillet.org"), "friends.tibillet.org", false, true},
		"a host that it names, by itself, with an account":   {naming(counter, "friends.tibillet.org"), "friends.tibillet.org", true, false},
		"a host that it names, by itself, with no account":   {naming(empty, "friends.tibillet.org"), "friends.tibillet.org", true, true},
		"below a domain of allow_hosts, armed by a person":   {counter, "evil.tibillet.org", false, false},
		"below a domain of it, by itself, with no account":   {empty, "evil.tibillet.org", true, false},
		"a foreign host, armed by a person":                  {counter, "evil.example.org", false, false},
		"a foreign host, out of the box":                     {empty, "evil.example.org", true, false},
		"a host that only ends like one of allow_hosts":      {counter, "eviltibillet.org", false, false},
		"an account that is paired already, by a person":     {paired, "lespass.example.org", false, true},
		"an account that is paired already, nobody armed it": {paired, "lespass.example.org", true, false},
	} {
		if _, known := tc.counter.judge(code(tc.host), tc.first); known != tc.want {
			t.Errorf("%s: %v, want %v", name, known, tc.want)
		}
	}
}
