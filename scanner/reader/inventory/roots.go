package inventory

import (
	"path/filepath"
	"strings"
)

// Roots says where to look. The zero value is this box.
type Roots struct {
	// Sys and Dev stand for /sys and /dev; "" is /sys and /dev themselves. Whatever is looked at, devices and links are named as if it were
	// those.
	Sys, Dev string
	// MayOpen tells whether the user of this process may open a file for reading, or for reading and writing, without opening it; nil asks
	// the kernel. Its error is what opening would give.
	MayOpen func(path string, write bool) error
}

const (
	sysfs = "/sys"
	devfs = "/dev"
)

// Real gives the path under these roots that a path under /sys or /dev stands for. Other paths are themselves.
func (r Roots) Real(path string) string {
	if rest, found := strings.CutPrefix(path, devfs+"/"); found {
		return filepath.Join(r.dev(), rest)
	}
	if rest, found := strings.CutPrefix(path, sysfs+"/"); found {
		return filepath.Join(r.sys(), rest)
	}
	return path
}

func (r Roots) sys() string {
	if r.Sys == "" {
		return sysfs
	}
	return r.Sys
}

func (r Roots) dev() string {
	if r.Dev == "" {
		return devfs
	}
	return r.Dev
}
