package faketibillet_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest/faketibillet"
)

func TestPairingTokenHasTheFormOfTheRealOnes(t *testing.T) {
	h := newHouse(t)
	app, text, err := h.NewScanApp("Porte")
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^` + regexp.QuoteMeta(h.base) + `/scan/([A-Za-z0-9_-]{116})/pair$`)
	match := form.FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("pairing text %q", text)
	}
	raw, err := base64.RawURLEncoding.DecodeString(match[1])
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(raw), ":")
	if len(parts) != 3 || parts[0] != app.UUID || len(parts[1]) != 6 || len(parts[2]) != 43 {
		t.Errorf("token %q", raw)
	}
}

func TestPairing(t *testing.T) {
	h := newHouse(t)
	app, text, err := h.NewScanApp("Porte")
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(text, h.base)
	if r := h.send(http.MethodGet, path, ""); r.status != 301 || r.header.Get("Location") != path+"/" || len(r.body) != 0 {
		t.Errorf("without slash: %d %q", r.status, r.header.Get("Location"))
	}
	if r := h.send(http.MethodPost, path+"/", ""); r.status != 405 {
		t.Errorf("POST: %d", r.status)
	}
	r := h.send(http.MethodGet, path+"/", "", "Authorization", "")
	body := r.json(t)
	if r.status != 200 || body["success"] != true || body["device_uuid"] != app.UUID || body["device_name"] != "Porte" ||
		body["tenant_name"] != "Salle des Fêtes" {
		t.Fatalf("pairing: %d %s", r.status, r.body)
	}
	key, _ := body["api_key"].(string)
	if !regexp.MustCompile(`^[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}$`).MatchString(key) {
		t.Errorf("key %q", key)
	}
	if r := h.send(http.MethodGet, "/scan/check_api_scan/", "", "Authorization", "api-KEY "+key); r.json(t)["scan_app"] != "Porte" {
		t.Errorf("the new key: %d %s", r.status, r.body)
	}
	if r := h.send(http.MethodGet, path+"/", ""); r.status != 400 || r.json(t)["error"] != "No ScanApp matches the given query." {
		t.Errorf("again: %d %s", r.status, r.body)
	}
}

func TestHeadConsumesAPairingToken(t *testing.T) {
	h := newHouse(t)
	_, text, err := h.NewScanApp("Porte")
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(text, h.base) + "/"
	if r := h.send(http.MethodHead, path, ""); r.status != 200 || len(r.body) != 0 {
		t.Errorf("HEAD: %d %q", r.status, r.body)
	}
	if r := h.send(http.MethodGet, path, ""); r.status != 400 {
		t.Errorf("GET after HEAD: %d", r.status)
	}
}

func TestPairingTokenIsRefused(t *testing.T) {
	now := doors()
	h := newHouse(t, func(o *faketibillet.Options) { o.Clock = func() time.Time { return now } })
	app, _, err := h.NewScanApp("Porte")
	if err != nil {
		t.Fatal(err)
	}
	pairing := func() string {
		text, err := h.PairingText(app.UUID)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(text, h.base) + "/"
	}
	foreign := newHouse(t, func(o *faketibillet.Options) { o.SecretKey = "another" })
	_, foreignText, err := foreign.NewScanApp("Porte")
	if err != nil {
		t.Fatal(err)
	}
	old := pairing()
	now = now.Add(300_000*time.Second + 100*time.Second)
	for name, row := range map[string]struct{ path, want string }{
		"when it is too old":                {old, "Signature age 300100.123456 > 300000 seconds"},
		"when another instance signed it":   {strings.TrimPrefix(foreignText, foreign.base) + "/", "does not match"},
		"when it is not UTF-8 inside":       {"/scan/abc/pair/", "'utf-8' codec can't decode byte 0xb7 in position 1: invalid start byte"},
		"when it holds no signature at all": {"/scan/YWJj/pair/", `No ":" found in value`},
		"when its base64 is impossible":     {"/scan/YWJjZ/pair/", "cannot be 1 more than a multiple of 4"},
	} {
		t.Run(name, func(t *testing.T) {
			r := h.send(http.MethodGet, row.path, "")
			if text, _ := r.json(t)["error"].(string); r.status != 400 || !strings.Contains(text, row.want) {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
	if r := h.send(http.MethodGet, pairing(), ""); r.status != 200 {
		t.Errorf("a fresh token of the same device: %d %s", r.status, r.body)
	}
}

func TestKeyIsAnsweredAsTheRealServerDoes(t *testing.T) {
	const nobody = "No app associated with this key."
	for name, row := range map[string]struct {
		header      string
		change      func(*house) error
		status      int
		contentType string
		detail      string
	}{
		"a missing header is refused":             {"", nil, 403, "application/json", nobody},
		"another keyword is refused":              {"Bearer x", nil, 403, "application/json", nobody},
		"a keyword without key is refused":        {"Api-Key", nil, 403, "application/json", nobody},
		"an unknown key fails with a page":        {"Api-Key AAAAAAAA.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", nil, 500, "text/html", ""},
		"a key after two blanks fails":            {"Api-Key  AAAAAAAA.bbbb", nil, 500, "text/html", ""},
		"a wrong secret fails with a page":        {"Api-Key PREFIX.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", nil, 500, "text/html", ""},
		"an archived device is refused":           {"KEY", func(h *house) error { return h.ArchiveApp(h.app.UUID) }, 403, "application/json", "App is archived."},
		"a deleted device is refused":             {"KEY", func(h *house) error { return h.DeleteApp(h.app.UUID) }, 403, "application/json", nobody},
		"a revoked key fails with a page":         {"KEY", func(h *house) error { return h.RevokeKey(h.app.UUID) }, 500, "text/html", ""},
		"a restored device is welcome as before ": {"KEY", func(h *house) error { return h.RestoreApp(h.app.UUID) }, 200, "application/json", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			if row.change != nil {
				if err := row.change(h); err != nil {
					t.Fatal(err)
				}
			}
			header := strings.Replace(row.header, "PREFIX", h.key[:8], 1)
			if header == "KEY" {
				header = "Api-Key " + h.key
			}
			r := h.send(http.MethodGet, "/scan/check_api_scan/", "", "Authorization", header)
			if r.status != row.status || r.header.Get("Content-Type") != row.contentType {
				t.Fatalf("%d %s", r.status, r.header.Get("Content-Type"))
			}
			if row.detail != "" && r.json(t)["detail"] != row.detail {
				t.Errorf("%s", r.body)
			}
		})
	}
}

func TestFrameworkAnswers(t *testing.T) {
	h := newHouse(t)
	for name, row := range map[string]struct {
		method, path string
		headers      []string
		status       int
		contains     string
	}{
		"an unknown page is HTML":                  {"GET", "/scan/test_api/", nil, 404, "<h1>Not Found</h1>"},
		"GET of a POST route in English":           {"GET", "/scan/ticket/", nil, 405, `Method \"GET\" not allowed.`},
		"GET of a POST route in French":            {"GET", "/scan/ticket/", []string{"Accept-Language", ""}, 405, `Méthode \"GET\" non autorisée.`},
		"the key is looked at before the method":   {"GET", "/scan/ticket/", []string{"Authorization", ""}, 403, "No app"},
		"POST without slash is redirected, lossy":  {"POST", "/scan/ticket", nil, 301, ""},
		"the probe needs no key":                   {"GET", "/scan/check_allow_any/", []string{"Authorization", ""}, 200, `{"allow_any":true}`},
		"its other form neither":                   {"GET", "/scan/check_allow_any_widlcard/", []string{"Authorization", ""}, 200, `{"allow_any":true}`},
		"future events are for members":            {"GET", "/api/events/future/", []string{"Authorization", ""}, 403, "No app"},
		"and crash on a scanner's key":             {"GET", "/api/events/future/", nil, 500, "Server Error"},
		"nobody writes events":                     {"POST", "/api/events/", nil, 403, "Authentication credentials"},
		"an unknown event":                         {"GET", "/api/events/00000000-0000-0000-0000-000000000000/", nil, 404, "Not found."},
		"an event that is no UUID":                 {"GET", "/api/events/x/", nil, 404, "Not found."},
		"a path that only resembles a route":       {"GET", "/scan/a/b/pair/", nil, 404, "<h1>"},
		"a redirect keeps the query":               {"GET", "/api/events?filter=x", nil, 301, ""},
		"listing events that are over would crash": {"GET", "/api/events/?only_futur=1", nil, 200, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			r := h.send(row.method, row.path, "", row.headers...)
			if r.status != row.status || !strings.Contains(string(r.body), row.contains) {
				t.Errorf("%d %s", r.status, r.body)
			}
			if r.header.Get("Date") != doors().Format(http.TimeFormat) {
				t.Errorf("Date %q is not the server's clock", r.header.Get("Date"))
			}
			if r.status == 301 && !strings.HasPrefix(r.header.Get("Location"), strings.Split(row.path, "?")[0]+"/") {
				t.Errorf("Location %q", r.header.Get("Location"))
			}
		})
	}
}

func TestADeletedDeviceCannotBePaired(t *testing.T) {
	h := newHouse(t)
	app, text, err := h.NewScanApp("Porte")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.DeleteApp(app.UUID); err != nil {
		t.Fatal(err)
	}
	if r := h.send(http.MethodGet, strings.TrimPrefix(text, h.base)+"/", ""); r.status != 400 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if _, err := h.PairingText(app.UUID); !errors.Is(err, faketibillet.ErrUnknown) {
		t.Errorf("%v", err)
	}
}

func TestScanAppNamesAreShort(t *testing.T) {
	h := newHouse(t)
	if _, _, err := h.NewScanApp(strings.Repeat("é", 30)); err != nil {
		t.Error(err)
	}
	if _, _, err := h.NewScanApp(strings.Repeat("é", 31)); err == nil {
		t.Error("31 characters were taken")
	}
}
