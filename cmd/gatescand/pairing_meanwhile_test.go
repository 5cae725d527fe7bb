package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/device/admin"
)

// slowHost is a platform that pairs, and calls meanwhile before its first answer.
func slowHost(t *testing.T, meanwhile func()) (code, host string) {
	t.Helper()
	var once sync.Once
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		first := false
		once.Do(func() { first = true; meanwhile() })
		if !first {
			t.Error("the code was sent twice")
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(map[string]any{
			"success": true, "api_key": "abcd1234." + strings.Repeat("k", 32), "device_uuid": "f3a740ad-b95f-4f45-b492-64a755c403e4", "device_name": "north",
		}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return srv.URL + "/scan/" + tokenOf(time.Now()) + "/pair", u.Host
}

// What the set-up page, or a person, writes while a platform answers a pairing is
// not undone by it.
func TestPairingDoesNotUndoWhatWasSavedMeanwhile(t *testing.T) {
	t.Parallel()
	d := unpacked(t, "")
	code, host := slowHost(t, func() {
		if saved, err := d.SaveLane(t.Context(), admin.LaneChoice{Name: "north", Direction: "entry", Reader: "virtual:"}); err != nil || !saved.Written {
			t.Errorf("%+v, %v", saved, err)
		}
	})
	if _, err := d.counter().pair(t.Context(), admin.PairRequest{Code: code, Confirmed: host}); err != nil {
		t.Fatal(err)
	}
	text := textOf(t, d.first.File)
	if !strings.Contains(text, `"north"`) || !strings.Contains(text, host) {
		t.Errorf("the lane that was saved while the platform answered, or the account, is not there:\n%s", text)
	}
	// The copy is of the file before, as with every change of the page.
	if was := textOf(t, d.first.File+backupEnd); !strings.Contains(was, `"north"`) || strings.Contains(was, host) {
		t.Errorf("kept is:\n%s", was)
	}
}

// What was spoilt meanwhile is said, and the code is not spent for nothing.
func TestAPairingThatCannotBeWrittenDownAnyMoreIsFinishedWithTheSameCode(t *testing.T) {
	t.Parallel()
	d := unpacked(t, "")
	before := textOf(t, d.first.File)
	spoil := func(text string) {
		if err := os.WriteFile(d.first.File, []byte(text), 0o600); err != nil {
			t.Error(err)
		}
	}
	code, host := slowHost(t, func() { spoil(before + "\nname = \n") })
	r := admin.PairRequest{Code: code, Confirmed: host}
	_, err := d.counter().pair(t.Context(), r)
	e, ok := errors.AsType[*admin.Error](err)
	if !ok || e.Code != "config_readonly" || !strings.Contains(e.Details["text"], host) || strings.Contains(e.Hint, "nothing has been sent") {
		t.Fatalf("%v", err)
	}
	spoil(before)
	if _, err := d.counter().pair(t.Context(), r); err != nil || !strings.Contains(textOf(t, d.first.File), host) {
		t.Errorf("%v", err)
	}
}
