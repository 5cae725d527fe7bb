package main

import (
	"fmt"

	"gatescand/scanner/reader/inventory"
)

// pluggedJSON is what readers --json gives.
type pluggedJSON struct {
	Devices []deviceJSON `json:"devices"`
	Missing []laneJSON   `json:"lanes_without_reader"`
}

type deviceJSON struct {
	Kind    inventory.Kind        `json:"kind"`
	Looks   inventory.Looks       `json:"looks"` // reader, maybe or other
	Reason  string                `json:"reason"`
	What    string                `json:"what"`
	Address string                `json:"address"`
	Note    string                `json:"note,omitempty"`
	Node    string                `json:"node"`
	Links   []string              `json:"links"`
	USB     *usbJSON              `json:"usb,omitempty"`
	Access  inventory.AccessState `json:"access"` // ok, denied or gone
	Group   string                `json:"group,omitempty"`
	Remedy  string                `json:"remedy,omitempty"`
	Lanes   []string              `json:"lanes"`
}

type usbJSON struct {
	Vendor  string `json:"vendor"`
	Product string `json:"product"`
	Maker   string `json:"maker,omitempty"`
	Name    string `json:"name,omitempty"`
	Serial  string `json:"serial,omitempty"`
	Port    string `json:"port"`
}

type laneJSON struct {
	Lane    string `json:"lane"`
	Address string `json:"address"`
}

func plugged(devices []inventory.Device, missing []inventory.Lane) pluggedJSON {
	all := pluggedJSON{Devices: []deviceJSON{}, Missing: []laneJSON{}}
	for _, d := range devices {
		j := deviceJSON{
			Kind: d.Kind, Looks: d.Looks, Reason: d.Reason, What: d.What(), Address: d.Address, Note: d.Note, Node: d.Node,
			Links: append([]string{}, d.Links...), Access: d.Access.State, Group: d.Access.Group, Remedy: d.Access.Remedy,
			Lanes: append([]string{}, d.Lanes...),
		}
		if d.USB() {
			id := d.Identity
			j.USB = &usbJSON{hex4(id.Vendor), hex4(id.Product), id.Maker, id.Name, id.Serial, id.Port}
		}
		all.Devices = append(all.Devices, j)
	}
	for _, l := range missing {
		all.Missing = append(all.Missing, laneJSON{l.Name, l.Address})
	}
	return all
}

// hex4 writes a USB number as lsusb does.
func hex4(n uint16) string { return fmt.Sprintf("%04x", n) }
