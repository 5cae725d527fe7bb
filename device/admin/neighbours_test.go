package admin

import (
	"net"
	"net/http"
	"net/netip"
	"testing"
)

// venue is the networks of a box that stands in a venue's Wi-Fi.
func venue() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("fd00:1:2:3::/64"), netip.MustParsePrefix("2001:db8:1:2::/64")}
}

func TestWhatCountsAsOneAddress(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		a, b string
		one  bool
	}{
		"two neighbours by their link":            {"fe80::bad%wlan0", "fe80::57af%wlan0", false},
		"two in the venue's own network":          {"fd00:1:2:3::bad", "fd00:1:2:3::57af", false},
		"two in its network of the wide world":    {"2001:db8:1:2::bad", "2001:db8:1:2::57af", false},
		"two addresses of a network far away":     {"2001:db8:9:9::bad", "2001:db8:9:9:ffff::1", true},
		"networks far away":                       {"2001:db8:9:9::bad", "2001:db8:9:8::bad", false},
		"two of IPv4, near":                       {"192.0.2.1", "192.0.2.2", false},
		"two of IPv4, far":                        {"198.51.100.1", "198.51.100.2", false},
		"this box and whoever is next to nothing": {"::1", "::2", false},
	} {
		a, b := netip.MustParseAddr(tc.a), netip.MustParseAddr(tc.b)
		if got := neighbours(venue).one(a) == neighbours(venue).one(b); got != tc.one {
			t.Errorf("%s: one %v", name, got)
		}
	}
	if neighbours(nil).one(netip.MustParseAddr("2001:db8:1:2::bad")) != neighbours(nil).one(netip.MustParseAddr("2001:db8:1:2::57af")) {
		t.Error("without knowing where it stands, a box takes an IPv6 network for many")
	}
}

// One stranger in the venue's Wi-Fi shuts nobody else in it out.
func TestANeighbourIsNotShutOutForAStrangersGuesses(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"fe80::bad%wlan0", "fe80::57af%wlan0"}, {"fd00:1:2:3::bad", "fd00:1:2:3::57af"}, {"2001:db8:1:2::bad", "2001:db8:1:2::57af"}} {
		a, now := newAttempts(venue), scanTime()
		for range attemptsFree {
			a.begin(netip.MustParseAddr(pair[0]), now)
		}
		if wait := a.begin(netip.MustParseAddr(pair[0]), now); wait == 0 {
			t.Errorf("%s guesses on", pair[0])
		}
		if wait := a.begin(netip.MustParseAddr(pair[1]), now); wait != 0 {
			t.Errorf("%s waits %v for the guesses of %s", pair[1], wait, pair[0])
		}
		c := newCrowd(venue)
		arrive := func(from string) bool {
			conn := &caller{from: netip.AddrPortFrom(netip.MustParseAddr(from), 9).String()}
			c.state(conn, http.StateNew)
			return !conn.closed
		}
		for range crowdAddress {
			arrive(pair[0])
		}
		if arrive(pair[0]) {
			t.Errorf("%s has connections without end", pair[0])
		}
		if !arrive(pair[1]) {
			t.Errorf("%s gets no connection for those of %s", pair[1], pair[0])
		}
	}
}

// Whoever was counted by the address is counted out by it, though the networks
// have changed meanwhile.
func TestAConnectionIsCountedOutAsWhatItWasCountedIn(t *testing.T) {
	t.Parallel()
	var near []netip.Prefix
	c := newCrowd(func() []netip.Prefix { return near })
	var conns []net.Conn
	for range 3 {
		conn := &caller{from: "[2001:db8:1:2::7]:9"}
		c.state(conn, http.StateNew)
		conns = append(conns, conn)
	}
	near = venue()
	for _, conn := range conns {
		c.state(conn, http.StateClosed)
	}
	if len(c.open) != 0 || len(c.by) != 0 {
		t.Errorf("%d connections and %d addresses are left", len(c.open), len(c.by))
	}
}

func TestACrowdDoesNotShutOutTheBoxItself(t *testing.T) {
	t.Parallel()
	c := newCrowd(nil)
	arrive := func(from string) bool {
		conn := &caller{from: from}
		c.state(conn, http.StateNew)
		return !conn.closed
	}
	for i := range crowdAll + 1 {
		arrive(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i / crowdAddress)}), 9).String())
	}
	if arrive("10.0.1.1:9") {
		t.Error("strangers' connections without end")
	}
	for _, here := range []string{"127.0.0.1:9", "[::1]:9"} {
		if !arrive(here) {
			t.Error("strangers keep this box's own screen and its commands from the page")
		}
	}
}
