package platform

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

func TestEveryRequestHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		short, cancel := context.WithTimeout(t.Context(), 800*time.Millisecond)
		defer cancel()
		long, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for _, c := range []struct {
			name    string
			ctx     context.Context
			timeout time.Duration
			want    time.Duration
		}{
			{"nobody sets a limit", t.Context(), 0, Patience},
			{"the caller does", short, 0, 800 * time.Millisecond},
			{"the caller gives more than usual", long, 0, time.Hour},
			{"the request does", t.Context(), 90 * time.Second, 90 * time.Second},
			{"both do and the caller is stricter", short, 90 * time.Second, 800 * time.Millisecond},
			{"both do and the request is stricter", long, 90 * time.Second, 90 * time.Second},
		} {
			ctx, cancel := bounded(c.ctx, c.timeout)
			at, ok := ctx.Deadline()
			cancel()
			if !ok || time.Until(at) != c.want {
				t.Errorf("%s: ends in %s, want %s", c.name, time.Until(at), c.want)
			}
		}
	})
}

func TestAServerWithinTheProcessHasNoProxyBeforeIt(t *testing.T) {
	c, err := NewClient(ClientConfig{BaseURL: "http://h", Now: time.Now, Dial: (&net.Dialer{}).DialContext})
	if err != nil {
		t.Fatal(err)
	}
	if c.transport.Proxy != nil {
		t.Error("a proxy would be asked for")
	}
}
