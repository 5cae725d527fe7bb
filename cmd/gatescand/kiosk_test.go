package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

func TestTheKioskFindsThePageOfThisBox(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ config, want string }{
		"by default":                        {"", "http://127.0.0.1:8640"},
		"where the configuration says":      {"[admin]\nlisten = \"127.0.0.1:99\"", "http://127.0.0.1:99"},
		"on every address, so on this one":  {"[admin]\nlisten = \":8641\"\ntls = \"self-signed\"", "https://127.0.0.1:8641"},
		"though a secret's file is not its": {"[[account]]\nname = \"x\"\napi_key_file = \"/root/none\"\nnonsense = 1", "http://127.0.0.1:8640"},
		"with tls turned off":               {"[admin]\ntls = \"off\"", "http://127.0.0.1:8640"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "gatescand.toml")
			if err := os.WriteFile(file, []byte(tc.config), 0o600); err != nil {
				t.Fatal(err)
			}
			if got, err := kioskBases(os.ReadFile, file); err != nil || !slices.Equal(got, []string{tc.want}) {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
	either := []string{"https://127.0.0.1:8640", "http://127.0.0.1:8640"}
	if got, err := kioskBases(os.ReadFile, filepath.Join(t.TempDir(), "none")); err != nil || !slices.Equal(got, either) {
		t.Errorf("without a file: %s, %v", got, err)
	}
	file := filepath.Join(t.TempDir(), "broken.toml")
	if err := os.WriteFile(file, []byte("[admin"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := kioskBases(os.ReadFile, file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("%v", err)
	}
}

func TestTheKioskWaitsForTheDaemonAndPinsWhatItShows(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write([]byte("ok\n")) // the test fails where it does not arrive
	}))
	t.Cleanup(srv.Close)
	_, pin, err := kioskPages{{base: srv.URL}}.await(t.Context())
	if err != nil || asked.Load() != 2 {
		t.Fatalf("%v after %d questions", err, asked.Load())
	}
	sum := sha256.Sum256(srv.Certificate().RawSubjectPublicKeyInfo)
	if pin != base64.StdEncoding.EncodeToString(sum[:]) {
		t.Errorf("pin %s", pin)
	}
	plain := httptest.NewServer(srv.Config.Handler)
	t.Cleanup(plain.Close)
	if _, pin, err := (kioskPages{{base: plain.URL}}).await(t.Context()); err != nil || pin != "" {
		t.Errorf("%q, %v", pin, err)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	if _, err := (kioskPage{base: other.URL}).ask(t.Context()); err == nil {
		t.Error("another program was taken for the daemon")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := (kioskPages{{base: other.URL}}).await(ended); err == nil {
		t.Error("it goes on waiting")
	}
}

// The first configuration of a box lies among the service's files, which the
// screen's user may not even see.
func TestTheKioskFindsThePageOfABoxThatWasJustUnpacked(t *testing.T) {
	t.Parallel()
	hidden := func(name string) ([]byte, error) { // tests may run as root, who sees everything
		return nil, &os.PathError{Op: "open", Path: name, Err: syscall.EACCES}
	}
	got, err := kioskBases(hidden, "/var/lib/gatescand/gatescand.toml")
	if err != nil || !slices.Equal(got, []string{"https://127.0.0.1:8640", "http://127.0.0.1:8640"}) {
		t.Errorf("%s, %v", got, err)
	}
}

func TestTheKioskTriesEveryPlace(t *testing.T) {
	t.Parallel()
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n")) // the test fails where it does not arrive
	})
	encrypted, plain := httptest.NewTLSServer(ok), httptest.NewServer(ok)
	t.Cleanup(encrypted.Close)
	t.Cleanup(plain.Close)
	for _, srv := range []*httptest.Server{encrypted, plain} {
		host := srv.Listener.Addr().String()
		page, pin, err := kioskPages{{base: "https://" + host, lane: "north"}, {base: "http://" + host, lane: "north"}}.await(t.Context())
		if err != nil || page.base != srv.URL || page.lane != "north" || (pin != "") != (srv == encrypted) {
			t.Errorf("%s: %+v, pin %q, %v", srv.URL, page, pin, err)
		}
	}
}

func TestTheKioskShowsOnePageAndAsksNobodyElse(t *testing.T) {
	t.Parallel()
	args := kioskArguments(kioskPage{base: "https://127.0.0.1:8640", lane: "nord / 1"}, "PIN=", "/run/k/profile", true)
	if last := args[len(args)-1]; last != "https://127.0.0.1:8640/display/nord%20%2F%201" {
		t.Errorf("shows %s", last)
	}
	for _, want := range []string{
		"--kiosk", "--user-data-dir=/run/k/profile", "--ignore-certificate-errors-spki-list=PIN=", "--ozone-platform=wayland",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--autoplay-policy=no-user-gesture-required",
	} {
		if !slices.Contains(args, want) {
			t.Errorf("%s is missing", want)
		}
	}
	args = kioskArguments(kioskPage{base: "http://127.0.0.1:8640"}, "", "p", false)
	if args[len(args)-1] != "http://127.0.0.1:8640/display/" || strings.Contains(strings.Join(args, " "), "certificate") {
		t.Errorf("%v", args)
	}
	if got := shellLine([]string{"a", "b c", "it's", ""}); got != `a 'b c' 'it'\''s' ''` {
		t.Errorf("%s", got)
	}
}
