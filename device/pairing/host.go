package pairing

import (
	"fmt"
	"net"
	"slices"
	"strings"
)

// AllowHosts gives the check that lets a code pair only with hosts that one of
// the patterns matches.
func AllowHosts(patterns []string) func(host string) error {
	return func(host string) error {
		if slices.ContainsFunc(patterns, func(p string) bool { return HostMatches(p, host) }) {
			return nil
		}
		return fmt.Errorf("%w: the code belongs to %q; if that is the organiser's, add it to allow_hosts in [pairing]", ErrHost, host)
	}
}

// NamesHost tells whether one of the patterns is this very host, and not a domain
// that it lies below.
func NamesHost(patterns []string, host string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return !strings.HasPrefix(p, "*") && HostMatches(p, host) })
}

// HostMatches tells whether host, with or without a port, is what pattern
// names: a host, or "*." and a domain for every host below it but not the
// domain itself. A pattern without a port means the usual one.
func HostMatches(pattern, host string) bool {
	wantName, wantPort := split(pattern)
	name, port := split(host)
	if name == "" || wantName == "" || port != wantPort {
		return false
	}
	if domain, ok := strings.CutPrefix(wantName, "*."); ok {
		below, ok := strings.CutSuffix(name, "."+domain)
		return ok && domain != "" && below != "" && !strings.HasPrefix(below, ".") && !strings.Contains(below, "..")
	}
	return name == wantName
}

// split parts a host from its port; port 443 counts as none.
func split(hostport string) (host, port string) {
	host = hostport
	if h, p, err := net.SplitHostPort(hostport); err == nil {
		host, port = h, p
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if port == "443" {
		port = ""
	}
	return host, port
}
