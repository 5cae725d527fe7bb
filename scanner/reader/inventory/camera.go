package inventory

import (
	"strings"
)

// ribbonAddress is the address of the camera at the ribbon connector of a Raspberry Pi. Pictures come from there through rpicam-vid and not
// through the node.
const ribbonAddress = "camera:rpicam"

// cameras finds USB cameras and the receiver of a camera at the ribbon connector. Of the several nodes a camera has only the first gives
// pictures; the many nodes of codecs and image processors give none.
func (s *scan) cameras() {
	ribbon := false
	for _, entry := range s.entries("video4linux") {
		if !strings.HasPrefix(entry, "video") || !s.plugged("video4linux", entry) {
			continue
		}
		name := s.file("video4linux", entry, "name")
		if isRibbon(name) {
			if !ribbon {
				s.add(KindCamera, "video4linux", entry).Name = name
			}
			ribbon = true
			continue
		}
		if s.file("video4linux", entry, "index") != "0" {
			continue
		}
		d := s.add(KindCamera, "video4linux", entry)
		d.Name = name
		if !d.USB() {
			s.devices = s.devices[:len(s.devices)-1]
		}
	}
}

// isRibbon tells by the name of its driver whether a node receives from the ribbon connector: unicam up to the Raspberry Pi 4, rp1-cfe on the
// Raspberry Pi 5. The nodes are there only when a camera was found at start.
func isRibbon(name string) bool {
	return strings.HasPrefix(name, "unicam") || strings.HasPrefix(name, "rp1-cfe")
}
