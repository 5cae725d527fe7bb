package admin

import "net/netip"

// neighbours gives the networks this box itself stands in, as they are now; nil
// where nobody knows them.
type neighbours func() []netip.Prefix

// one is what counts as one address. A host far away can take any address of
// its network in IPv6, so that such a network is one; of the networks this box
// stands in every address counts by itself, or a venue's Wi-Fi would be one
// stranger, and whoever wants to could shut all of it out.
func (n neighbours) one(from netip.Addr) netip.Addr {
	if !from.Is6() || from.IsLoopback() || from.IsLinkLocalUnicast() {
		return from
	}
	if n != nil {
		for _, p := range n() {
			if p.Contains(from) {
				return from
			}
		}
	}
	p, err := from.Prefix(64)
	if err != nil {
		return from
	}
	return p.Addr()
}
