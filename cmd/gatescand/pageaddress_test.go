package main

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestThePagesAddressesForPhones(t *testing.T) {
	t.Parallel()
	box := []boxAddress{
		{netip.MustParseAddr("127.0.0.1"), false},
		{netip.MustParseAddr("172.17.0.1"), false},
		{netip.MustParseAddr("2001:db8::7"), true},
		{netip.MustParseAddr("fe80::1"), true},
		{netip.MustParseAddr("192.0.2.7"), true},
	}
	for name, tc := range map[string]struct {
		base, listen string
		want         []string
	}{
		"on loopback there is none": {"http://127.0.0.1:8640", "127.0.0.1:8640", nil},
		"nor on the loopback name":  {"http://127.0.0.1:8640", "localhost:8640", nil},
		"nor on its IPv6 form":      {"http://[::1]:8640", "[::1]:8640", nil},
		"everywhere, real cards before made-up ones": {
			"https://127.0.0.1:8640", ":8640",
			[]string{"https://192.0.2.7:8640/", "https://[2001:db8::7]:8640/", "https://172.17.0.1:8640/", "https://gate.local:8640/"},
		},
		"everywhere on IPv4":             {"https://127.0.0.1:8640", "0.0.0.0:8640", []string{"https://192.0.2.7:8640/", "https://172.17.0.1:8640/", "https://gate.local:8640/"}},
		"one address":                    {"https://192.0.2.7:443", "192.0.2.7:443", []string{"https://192.0.2.7:443/"}},
		"one name":                       {"https://gate.example:8640", "gate.example:8640", []string{"https://gate.example:8640/"}},
		"the port that the system chose": {"http://127.0.0.1:40123", "192.0.2.7:0", []string{"http://192.0.2.7:40123/"}},
		"no address at all":              {"http://127.0.0.1:1", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, reachableURLs(tc.base, tc.listen, box, "gate")); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, a := range boxAddresses() {
		if !a.ip.IsValid() {
			t.Errorf("%v", a)
		}
	}
}
