package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/all"
	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakestebby"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// bittanPassword is what the demo's BitTan server wants to hear.
const bittanPassword = "the demo's password"

// pretended are the four pretended platforms of a demo.
type pretended struct {
	tibillet *faketibillet.Evening
	sonic    *sonicBooth
	stebby   *stebbyBooth
	bittan   *bittanBooth
}

// newPretended makes four evenings of one seed.
func newPretended(seed uint64, clock func() time.Time) (pretended, error) {
	var h pretended
	var err error
	if h.tibillet, err = faketibillet.NewEvening(seed, faketibillet.Options{Clock: clock}); err != nil {
		return h, err
	}
	if h.sonic, err = newSonicBooth(seed, clock); err != nil {
		return h, err
	}
	club, err := fakestebby.NewEvening(seed, fakestebby.Options{Clock: clock})
	if err != nil {
		return h, err
	}
	if h.stebby, err = newStebbyBooth(club); err != nil {
		return h, err
	}
	show, err := fakebittan.NewEvening(seed, fakebittan.Options{Clock: clock, Password: bittanPassword})
	if err != nil {
		return h, err
	}
	h.bittan, err = newBittanBooth(show)
	return h, err
}

// booths gives the platforms that TiBillet stands beside.
func (h pretended) booths() []booth { return []booth{h.sonic, h.stebby, h.bittan} }

// pretendedServer is one server of a demo.
type pretendedServer interface {
	http.Handler
	SetBaseURL(url string)
}

// inOrder gives the servers in the order of their ports.
func (h pretended) inOrder() []pretendedServer {
	return []pretendedServer{h.tibillet.Front, h.sonic.Front(), h.stebby.Front(), h.bittan.Front()}
}

// lastPort is the highest there is.
const lastPort = 65535

// checkPorts refuses ports that cannot be had together.
func checkPorts(openPort, platformsPort int) error {
	const servers = 4
	switch {
	case openPort < 0 || openPort > lastPort:
		return usagef("--open-port %d: %d is no port; write 0 to %d, 0 for any free one", openPort, openPort, lastPort)
	case platformsPort < 0 || platformsPort > lastPort:
		return usagef("--platforms-port %d: %d is no port; write 0 to %d, 0 for any free ones", platformsPort, platformsPort, lastPort-servers+1)
	case platformsPort > lastPort-servers+1:
		return usagef("--platforms-port %d: the four platforms take this port and the next three; write at most %d", platformsPort, lastPort-servers+1)
	case openPort != 0 && platformsPort != 0 && openPort >= platformsPort && openPort < platformsPort+servers:
		return usagef("--open-port %d is one of the four ports that begin at --platforms-port %d; choose another", openPort, platformsPort)
	}
	return nil
}

// serve serves the four platforms, on ports that follow each other where the
// first is chosen, and tells them where they are.
func (h pretended) serve(ctx context.Context, firstPort int) (stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, s := range stops {
			s()
		}
	}
	for i, server := range h.inOrder() {
		port := 0
		if firstPort != 0 {
			port = firstPort + i
		}
		at, stopOne, err := serveLoopback(ctx, port, server)
		if err != nil {
			stop()
			return nil, fmt.Errorf("a pretended platform cannot be served: %w", err)
		}
		stops = append(stops, stopOne)
		server.SetBaseURL("http://" + at)
	}
	return stop, nil
}

// told says where the pretended platforms are.
func (h pretended) told() string {
	var l lines
	at := h.addresses()
	for _, name := range all.Platforms() {
		l.add("The pretended %s server is at %s.", platformTitle(name), at[name])
	}
	return l.String()
}

// addresses gives where the platforms are served.
func (h pretended) addresses() map[admission.PlatformName]string {
	return map[admission.PlatformName]string{
		admission.TiBillet:    h.tibillet.BaseURL(),
		admission.TicketSonic: h.sonic.Front().BaseURL(),
		admission.Stebby:      h.stebby.Front().BaseURL(),
		admission.BitTan:      h.bittan.Front().BaseURL(),
	}
}
