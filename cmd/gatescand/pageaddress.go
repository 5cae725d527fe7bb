package main

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
)

// boxAddress is one address of the box in a network.
type boxAddress struct {
	ip       netip.Addr
	physical bool // of a card or stick, and not of something in software only
}

// pageURLs gives the addresses under which other devices reach the page, the
// likeliest first; none while it is served to this box alone.
func (d *daemon) pageURLs() []string {
	at := d.pageURL.Load()
	if at == nil {
		return nil
	}
	name, err := os.Hostname()
	if err != nil {
		name = ""
	}
	return reachableURLs(*at, d.first.Admin.Listen, boxAddresses(), name)
}

// reachableURLs gives the addresses of a page that is at base for this box
// itself, and listens as the configuration says.
func reachableURLs(base, listen string, box []boxAddress, hostname string) []string {
	at, err := url.Parse(base)
	if err != nil {
		return nil
	}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return nil
	}
	var hosts []string
	switch ip, err := netip.ParseAddr(host); {
	case host == "localhost", err == nil && ip.IsLoopback():
		return nil
	case host == "", err == nil && ip.IsUnspecified():
		hosts = hostsOf(box, host == "" || ip.Is6())
		if hostname != "" {
			hosts = append(hosts, hostname+".local")
		}
	default:
		hosts = []string{host}
	}
	urls := make([]string, 0, len(hosts))
	for _, h := range hosts {
		urls = append(urls, (&url.URL{Scheme: at.Scheme, Host: net.JoinHostPort(h, at.Port()), Path: "/"}).String())
	}
	return urls
}

// hostsOf lists what a phone in the same network may reach, in the order in which
// it is likely to: addresses of real network cards, and IPv4 before IPv6.
func hostsOf(box []boxAddress, with6 bool) []string {
	var usable []boxAddress
	for _, a := range box {
		if a.ip.IsLoopback() || a.ip.IsLinkLocalUnicast() || !a.ip.IsValid() || (a.ip.Is6() && !with6) {
			continue
		}
		usable = append(usable, a)
	}
	rank := func(a boxAddress) int {
		r := 0
		if !a.physical {
			r += 2
		}
		if a.ip.Is6() {
			r++
		}
		return r
	}
	slices.SortStableFunc(usable, func(a, b boxAddress) int { return cmp.Compare(rank(a), rank(b)) })
	hosts := make([]string, 0, len(usable))
	for _, a := range usable {
		hosts = append(hosts, a.ip.String())
	}
	return hosts
}

// boxAddresses lists the addresses of this box. What cannot be read is left out.
func boxAddresses() []boxAddress {
	cards, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var out []boxAddress
	for _, c := range cards {
		if c.Flags&net.FlagUp == 0 {
			continue
		}
		addrs, err := c.Addrs()
		if err != nil {
			continue
		}
		_, err = os.Stat(filepath.Join("/sys/class/net", c.Name, "device"))
		for _, a := range addrs {
			if p, parseErr := netip.ParsePrefix(a.String()); parseErr == nil {
				out = append(out, boxAddress{ip: p.Addr().Unmap(), physical: err == nil})
			}
		}
	}
	return out
}
