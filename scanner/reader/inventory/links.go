package inventory

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// linkDirs lists where udev puts names of devices that codes may come through: its own folders, ours, and /dev itself (serial0 on a Raspberry
// Pi, names of local rules).
func linkDirs() []string {
	return []string{"serial/by-id", "serial/by-path", "input/by-id", "input/by-path", "v4l/by-id", "v4l/by-path", "gate", "."}
}

// links gives for every device node the names that lead to it, in the order of the folders.
func (r Roots) links() map[string][]string {
	found := make(map[string][]string)
	for _, dir := range linkDirs() {
		entries, err := os.ReadDir(filepath.Join(r.dev(), dir))
		if err != nil {
			continue // udev removes folders that are empty
		}
		for _, entry := range entries {
			name := entry.Name()
			if entry.Type()&os.ModeSymlink == 0 || !writable(name) {
				continue
			}
			target, err := os.Readlink(filepath.Join(r.dev(), dir, name))
			if err != nil {
				continue
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(devfs, dir, target)
			}
			node := filepath.Clean(target)
			found[node] = append(found[node], filepath.Join(devfs, dir, name))
		}
	}
	return found
}

// writable tells whether a link's name can stand in an address, where "?" begins the options and "*" and "[" make a pattern. Names in the
// making, which begin with ".#", are none.
func writable(name string) bool {
	return !strings.HasPrefix(name, ".#") && !strings.ContainsAny(name, "*[?") && !strings.ContainsFunc(name, unicode.IsControl)
}

// under gives the first link in a folder below /dev whose name ends in suffix, "" if there is none. Of two names of one port
// (usb-… and usbv2-…) it is the one that all versions of udev make.
func (d Device) under(dir, suffix string) string {
	i := slices.IndexFunc(d.Links, func(link string) bool {
		return filepath.Dir(link) == filepath.Join(devfs, dir) && strings.HasSuffix(link, suffix)
	})
	if i < 0 {
		return ""
	}
	return d.Links[i]
}
