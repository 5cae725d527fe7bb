package platform_test

import (
	"context"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"gatescand/sync/platform"
)

func TestHeadersOfAPlatformsOwnAreSent(t *testing.T) {
	var got http.Header
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() })
	_, err := newClient(t, base).Do(t.Context(), platform.Request{
		Op: "test", Method: http.MethodGet, Path: "/", Header: map[string]string{"x-api-userid": "who", "X-Api-Key": "k", "Accept": "*/*"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"X-Api-Userid": "who", "X-Api-Key": "k", "Accept": "*/*", "User-Agent": "gatescand/test"} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
}

func TestAHeaderThatCannotBeSentIsNamedByNobody(t *testing.T) {
	base := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	_, err := newClient(t, base).Do(t.Context(), platform.Request{
		Op: "test", Method: http.MethodGet, Path: "/", Header: map[string]string{"X-Api-Key": "geheim\n"},
	})
	wantError(t, err, platform.Protocol, "cannot be made")
	for e := err; e != nil; {
		if text := e.Error(); strings.Contains(text, "geheim") {
			t.Errorf("%q tells the secret", text)
		}
		u, ok := e.(interface{ Unwrap() error })
		if !ok {
			break
		}
		e = u.Unwrap()
	}
}

func TestAClientCanBeGivenItsConnections(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "tickets.example" {
			t.Errorf("host %q", r.Host)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	for _, once := range []bool{false, true} {
		var dialled atomic.Int32
		c := newClient(t, "http://tickets.example", func(c *platform.ClientConfig) {
			c.OneShot = once
			c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				dialled.Add(1)
				if network != "tcp" || address != "tickets.example:80" {
					t.Errorf("dials %s %s", network, address)
				}
				return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
			}
		})
		for range 3 {
			if r, err := get(t, c, "/"); err != nil || r.Status != http.StatusNoContent {
				t.Fatalf("status %d, %v", r.Status, err)
			}
		}
		if n := dialled.Load(); (n == 3) != once || n == 0 {
			t.Errorf("one shot %v: %d connections for three requests", once, n)
		}
	}
}

func TestOnlyAOneShotClientSpeaksTheOldProtocol(t *testing.T) {
	var major atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { major.Store(int32(r.ProtoMajor)) }))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for _, c := range []struct {
		name string
		once bool
		dial func(ctx context.Context, network, address string) (net.Conn, error)
		want int32
	}{
		{"usually", false, nil, 2},
		{"one shot", true, nil, 1},
		{"one shot over connections of its own", true, (&net.Dialer{}).DialContext, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newClient(t, server.URL, func(cfg *platform.ClientConfig) {
				cfg.CAPEM, cfg.OneShot, cfg.Dial = authority, c.once, c.dial
			})
			if _, err := get(t, client, "/"); err != nil {
				t.Fatal(err)
			}
			if major.Load() != c.want {
				t.Errorf("HTTP/%d, want HTTP/%d", major.Load(), c.want)
			}
		})
	}
}
