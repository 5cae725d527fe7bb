package inventory

import (
	"path/filepath"
	"slices"
	"strings"

	"gatescand/scanner/reader"
)

// Lane is a lane of the configuration and the address of its reader.
type Lane struct{ Name, Address string }

// Assign notes in every device the lanes whose address means it, and gives the lanes whose reader is not plugged in. Lanes whose reader is no
// device of this box (tcp:, virtual:, a folder of pictures) are in neither.
func (r Roots) Assign(devices []Device, lanes []Lane) []Lane {
	var missing []Lane
	for _, lane := range lanes {
		node, device := r.target(lane.Address)
		if !device {
			continue
		}
		i := slices.IndexFunc(devices, func(d Device) bool { return d.Address == node || r.same(d.Node, node) })
		if i < 0 {
			missing = append(missing, lane)
			continue
		}
		devices[i].Lanes = append(devices[i].Lanes, lane.Name)
	}
	return missing
}

// target follows an address to its node, "" when nothing is there now. It is false for addresses that name no device.
func (r Roots) target(address string) (node string, device bool) {
	a, err := reader.ParseAddress(address)
	if err != nil {
		return "", false
	}
	switch a.Kind {
	case reader.KindTCP, reader.KindVirtual:
		return "", false
	case reader.KindCamera:
		if a.Path == strings.TrimPrefix(ribbonAddress, "camera:") || a.Path == "rpicam:0" {
			return ribbonAddress, true
		}
		if !strings.HasPrefix(a.Path, devfs+"/") {
			return "", false
		}
	case reader.KindSerial, reader.KindHID:
	}
	node, err = reader.Resolve(r.Real(a.Path))
	if err != nil {
		return "", true
	}
	return node, true
}

// same tells whether a device node and a path that has been followed to its end are one.
func (r Roots) same(node, followed string) bool {
	real := r.Real(node)
	if real == followed || node == followed {
		return true
	}
	end, err := filepath.EvalSymlinks(real)
	return err == nil && end == followed
}
