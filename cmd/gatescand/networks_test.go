package main

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheNetworksOfABoxAreThoseOfItsAddresses(t *testing.T) {
	t.Parallel()
	got := prefixesOf([]net.Addr{
		&net.IPNet{IP: net.IPv4(192, 0, 2, 7), Mask: net.CIDRMask(24, 32)},
		&net.IPNet{IP: net.ParseIP("2001:db8:1:2::7"), Mask: net.CIDRMask(64, 128)},
		&net.UnixAddr{Name: "no network at all"},
	})
	want := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8:1:2::/64")}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

func TestTheNetworksOfThisBoxAreReadNowAndThen(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	networks := ownNetworks(func() time.Time { return at })
	first := networks()
	if len(first) == 0 {
		t.Fatal("this box stands in no network, not even its own")
	}
	at = at.Add(networksKept - time.Second)
	if again := networks(); &again[0] != &first[0] {
		t.Error("the list is read anew for each connection")
	}
	at = at.Add(time.Second)
	if later := networks(); len(later) == 0 || &later[0] == &first[0] {
		t.Error("the list is never read again")
	}
}
