package inventory

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"gatescand/scanner/reader"
)

// Scan looks at everything that is plugged in now and could yield codes, in the order of kinds and nodes. A mouse is not in it, a keyboard is,
// with the reason why it is thought to be one. A device that goes away meanwhile is left out. The error says that sysfs cannot be read at all.
func Scan(r Roots) ([]Device, error) {
	if _, err := os.ReadDir(filepath.Join(r.sys(), "class")); err != nil {
		return nil, fmt.Errorf("what is plugged in cannot be seen: %s/class cannot be read: mount sysfs (mount -t sysfs sysfs /sys): %w", r.sys(), err)
	}
	s := &scan{Roots: r, links: r.links()}
	s.serial()
	s.keyboards()
	s.pointOfSale()
	s.cameras()
	for i := range s.devices {
		s.finish(&s.devices[i])
	}
	return s.devices, nil
}

// scan is one look at everything.
type scan struct {
	Roots
	links   map[string][]string // by node
	devices []Device
}

// finish fills in what needs all devices to be known.
func (s *scan) finish(d *Device) {
	s.judge(d)
	s.choose(d)
	d.Access = s.access(d)
}

// entries gives the names in a class of sysfs, in order of their numbers.
func (s *scan) entries(class string) []string {
	found, err := os.ReadDir(filepath.Join(s.sys(), "class", class))
	if err != nil {
		return nil // this kernel has no such class
	}
	names := make([]string, 0, len(found))
	for _, f := range found {
		names = append(names, f.Name())
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return names
}

// file reads one line of an entry of a class, cleaned and short; "" when there is none.
func (s *scan) file(class, entry, name string) string {
	const longest = 128
	return line(filepath.Join(s.sys(), "class", class, entry, name), longest)
}

// add takes a device into the list and gives it for filling in.
func (s *scan) add(kind Kind, class, entry string) *Device {
	d := Device{Kind: kind, Node: s.node(class, entry)}
	d.Identity, _ = s.identify(class, entry)
	d.Links = s.links[d.Node]
	s.devices = append(s.devices, d)
	return &s.devices[len(s.devices)-1]
}

// identify gives what the USB device behind an entry says of itself.
func (s *scan) identify(class, entry string) (reader.Identity, bool) {
	return reader.Identify(s.sys(), class, entry)
}

// node gives the device node of an entry. Input devices have a folder of their own.
func (s *scan) node(class, entry string) string {
	if class == "input" {
		return filepath.Join(devfs, "input", entry)
	}
	return filepath.Join(devfs, entry)
}

// plugged tells whether the node of an entry is there: sysfs and /dev do not change in one moment.
func (s *scan) plugged(class, entry string) bool {
	_, err := os.Lstat(s.Real(s.node(class, entry)))
	return err == nil
}

// line reads the first bytes of a file and keeps what can be printed of them.
func line(path string, longest int) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	text := strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, string(raw))
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest])
	}
	return strings.TrimSpace(text)
}
