package tibillet_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
	"gatescand/sync/platform/tibillet"
)

func pairer() *tibillet.Pairer { return tibillet.NewPairer(tibillet.PairerConfig{Now: tonight}) }

func TestPairingCodesAreReadBeforeAnythingIsSent(t *testing.T) {
	want := platform.Pairing{
		Platform: admission.TiBillet, Host: "salle.example", BaseURL: "https://salle.example", StationID: recordedApp,
		IssuedAt: time.Unix(1795298707, 0).UTC(), Token: someToken,
	}
	for _, text := range []string{
		"https://salle.example/scan/" + someToken + "/pair",
		"https://salle.example/scan/" + someToken + "/pair/\r\n",
		" https://SALLE.example/scan/" + someToken + "/pair",
	} {
		got, err := pairer().ReadPairing(text)
		if err != nil {
			t.Fatal(err)
		}
		if got.ExpiresAt.Sub(got.IssuedAt) != 300000*time.Second {
			t.Errorf("lives for %s", got.ExpiresAt.Sub(got.IssuedAt))
		}
		if y := got.IssuedAt.Year(); y != 2026 {
			t.Errorf("issued %s", got.IssuedAt)
		}
		want.IssuedAt, want.ExpiresAt = got.IssuedAt, got.ExpiresAt
		if got != want {
			t.Errorf("got %+v", got)
		}
	}
}

func TestTheAgeOfAPairingCodeIsThatOfItsServer(t *testing.T) {
	h := newHouse(t)
	h.clock.Store(12345)
	_, text, err := h.NewScanApp("north")
	must(t, err)
	got, err := pairer().ReadPairing(text)
	must(t, err)
	if !got.IssuedAt.Equal(h.now()) {
		t.Errorf("issued %s, want %s", got.IssuedAt, h.now())
	}
}

func TestTextsThatAreNoPairingCodes(t *testing.T) {
	changed := func(at int, with string) string { return someToken[:at] + with + someToken[at+len(with):] }
	token := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	raw, err := base64.RawURLEncoding.DecodeString(someToken)
	must(t, err)
	for _, c := range []struct{ name, text string }{
		{"nothing", ""},
		{"a ticket", string(formed(ticketValid))},
		{"a word", "hello"},
		{"a long text", "https://salle.example/scan/" + strings.Repeat("A", 10<<20) + "/pair"},
		{"binary", "\x00\xff\x1b[2J"},
		{"no encryption", "http://salle.example/scan/" + someToken + "/pair"},
		{"another scheme", "ftp://salle.example/scan/" + someToken + "/pair"},
		{"no host", "https:///scan/" + someToken + "/pair"},
		{"a user", "https://a:b@salle.example/scan/" + someToken + "/pair"},
		{"a query", "https://salle.example/scan/" + someToken + "/pair?x=1"},
		{"a fragment", "https://salle.example/scan/" + someToken + "/pair#x"},
		{"another route", "https://salle.example/scan/" + someToken + "/unpair"},
		{"something behind", "https://salle.example/scan/" + someToken + "/pair/x"},
		{"no token", "https://salle.example/scan//pair"},
		{"a shorter token", "https://salle.example/scan/" + someToken[:115] + "/pair"},
		{"a token with another character", "https://salle.example/scan/" + changed(40, "!") + "/pair"},
		{"an escaped token", "https://salle.example/scan/" + someToken[:113] + "%41" + "/pair"},
		{"a token with a damaged uuid", "https://salle.example/scan/" + token("x"+string(raw[1:])) + "/pair"},
		{"a token without a time", "https://salle.example/scan/" + token(string(raw[:36])+"x"+string(raw[37:])) + "/pair"},
		{"a token with a time that is none", "https://salle.example/scan/" + token(string(raw[:37])+"------"+string(raw[43:])) + "/pair"},
		{"a token with a binary signature", "https://salle.example/scan/" + token(string(raw[:86])+"\xff") + "/pair"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := pairer().ReadPairing(c.text)
			if !errors.Is(err, tibillet.ErrNotPairing) {
				t.Fatalf("got %+v, %v", got, err)
			}
			if strings.Contains(err.Error(), someToken[:20]) {
				t.Error("the error repeats the token")
			}
		})
	}
}

func TestPairingWithTheServer(t *testing.T) {
	h := newHouse(t)
	app, text, err := h.NewScanApp("Porte \x07nord")
	must(t, err)
	p, err := pairer().ReadPairing(text)
	must(t, err)
	if p.StationID != app.UUID || p.BaseURL != h.base {
		t.Errorf("read %+v", p)
	}
	h.ForgetRequests()
	got, err := pairer().Pair(t.Context(), p)
	must(t, err)
	if got.StationID != app.UUID || got.Name != "Porte  nord" || got.Tenant != "Salle des Fêtes" || got.BaseURL != h.base {
		t.Errorf("got %+v", got)
	}
	if n := len(h.Requests()); n != 1 || h.Count(faketibillet.RoutePair) != 1 {
		t.Errorf("%d requests", n)
	}
	must(t, h.gateDrawer(app, got.APIKey).Probe(t.Context()))

	_, err = pairer().Pair(t.Context(), p)
	if class := classOf(t, err); class != platform.Rejected {
		t.Errorf("the second time: class %q, %v", class, err)
	}
}

func TestAnExpiredCodeIsExplained(t *testing.T) {
	h := newHouse(t)
	_, text, err := h.NewScanApp("north")
	must(t, err)
	h.clock.Store(300001)
	late := tibillet.NewPairer(tibillet.PairerConfig{Now: h.now})
	p, err := late.ReadPairing(text)
	must(t, err)
	_, err = late.Pair(t.Context(), p)
	if class := classOf(t, err); class != platform.Rejected || !strings.Contains(err.Error(), "expired on 2026-11-25") {
		t.Errorf("class %q, %v", class, err)
	}
}

func TestALostAnswerToAPairingSaysThatTheDeviceIsLost(t *testing.T) {
	for name, mood := range map[string]fakeserver.Mood{
		"no byte":   {Fault: fakeserver.LostAnswer},
		"cut":       {Fault: fakeserver.CutBody},
		"half":      {Fault: fakeserver.HalfJSON},
		"a gateway": {Fault: fakeserver.BadGateway, AfterWork: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			_, text, err := h.NewScanApp("north")
			must(t, err)
			p, err := pairer().ReadPairing(text)
			must(t, err)
			h.SetMood(faketibillet.RoutePair, mood)
			_, err = pairer().Pair(t.Context(), p)
			if err == nil || !strings.Contains(err.Error(), "make a new one") {
				t.Errorf("got %v", err)
			}
			if n := h.Count(faketibillet.RoutePair); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
	t.Run("a request that never left says nothing of the kind", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		base := server.URL
		server.Close()
		p, err := pairer().ReadPairing(base + "/scan/" + someToken + "/pair")
		must(t, err)
		_, err = pairer().Pair(t.Context(), p)
		if classOf(t, err) != platform.Offline || strings.Contains(err.Error(), "make a new one") {
			t.Errorf("got %v", err)
		}
	})
}

func TestAnswersToATokenThatAreNotWhole(t *testing.T) {
	const good = `{"success": true, "tenant_name": "T", "message": "m", "api_key": "` + someKey + `", "device_uuid": "` + recordedApp + `", "device_name": "n"}`
	for _, c := range []struct{ name, body, want string }{
		{"whole", good, ""},
		{"of a server older than May 2026", strings.Replace(good, `"tenant_name": "T", `, "", 1), ""},
		{"for another device", strings.Replace(good, recordedApp, recordedEvent, 1), "another scan app"},
		{"without a key", strings.Replace(good, "api_key", "key", 1), "not whole"},
		{"with a key that is none", strings.Replace(good, someKey, "x\\ny", 1), "the key"},
		{"without success", strings.Replace(good, "true", "false", 1), "not whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(c.body))
			}))
			t.Cleanup(server.Close)
			p, err := pairer().ReadPairing(server.URL + "/scan/" + someToken + "/pair")
			must(t, err)
			got, err := pairer().Pair(t.Context(), p)
			if c.want == "" && (err != nil || got.APIKey != someKey) {
				t.Errorf("got %+v, %v", got, err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "make a new one")) {
				t.Errorf("got %v", err)
			}
			if asked.Load() != 1 {
				t.Errorf("%d requests", asked.Load())
			}
		})
	}
}

func FuzzReadPairing(f *testing.F) {
	f.Add("https://salle.example/scan/" + someToken + "/pair")
	f.Add("http://[::1]:8/scan/" + someToken + "/pair/")
	f.Add("https://%41/scan/")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := pairer().ReadPairing(text)
		if err != nil {
			return
		}
		if !strings.HasPrefix(p.BaseURL, "http") || p.Host == "" || len(p.Token) != 116 || strings.ContainsAny(p.BaseURL+p.Token, " \r\n\x00") {
			t.Errorf("%q gives %+v", text, p)
		}
	})
}
