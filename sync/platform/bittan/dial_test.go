package bittan_test

import (
	"cmp"
	"context"
	"net"
	"sync"
	"syscall"
)

// dialer cuts the network between two requests.
type dialer struct {
	mu    sync.Mutex
	left  int           // connections that still succeed
	errno syscall.Errno // what comes then; 0 means that there is no network
}

// dial connects as often as it is allowed to.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	d.left--
	over := d.left < 0
	d.mu.Unlock()
	if over {
		return nil, &net.OpError{Op: "dial", Net: network, Err: cmp.Or(d.errno, syscall.ENETUNREACH)}
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func (d *dialer) allow(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = n
}
