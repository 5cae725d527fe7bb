//go:build crash

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// powerDisk is a disk whose power can be cut. Only what was flushed is sure to
// be there when it comes back.
type powerDisk interface {
	// folder is where its file system is mounted.
	folder() string
	// cut takes the power away: from now on nothing more reaches the disk, and
	// whoever writes is told of an error.
	cut() error
	// restore gives the power back and mounts what is left. No process may hold a
	// file of the disk.
	restore() error
	// lost counts the writes that the cuts so far have swallowed, -1 where the
	// disk cannot tell.
	lost() int
}

// powerDiskSize is enough for a night, and little enough to be copied.
const powerDiskSize = 96 << 20

// powerTool runs a command of the system.
func powerTool(name string, args ...string) error {
	out, err := exec.CommandContext(context.Background(), name, args...).CombinedOutput() //nolint:gosec // commands of this test
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// powerNeeds fails where this box lets nobody mount.
func powerNeeds(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("power cuts need root: file systems are mounted")
	}
}

// shutDisk is an ext4 in a file, whose power is cut by shutting the file system
// down without its log: what was not synced stays in the page cache and goes
// with it.
type shutDisk struct {
	image, dir string
	mounted    bool
}

func newShutDisk(t *testing.T) *shutDisk {
	t.Helper()
	powerNeeds(t)
	d := &shutDisk{image: filepath.Join(t.TempDir(), "disk"), dir: filepath.Join(t.TempDir(), "mnt")}
	err := errors.Join(os.WriteFile(d.image, nil, 0o600), os.Truncate(d.image, powerDiskSize), os.Mkdir(d.dir, 0o700),
		powerTool("mkfs.ext4", "-q", "-F", d.image))
	if err == nil {
		err = d.restore()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if d.mounted {
			if err := powerTool("umount", "--lazy", d.dir); err != nil {
				t.Log(err)
			}
		}
	})
	return d
}

func (d *shutDisk) folder() string { return d.dir }
func (d *shutDisk) lost() int      { return -1 }

// What EXT4_IOC_SHUTDOWN is told: go down at once, without writing the log.
const (
	shutdownRequest = 0x8004587d
	shutdownNoFlush = 2
)

func (d *shutDisk) cut() (err error) {
	f, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return unix.IoctlSetPointerInt(int(f.Fd()), shutdownRequest, shutdownNoFlush)
}

func (d *shutDisk) restore() error {
	if d.mounted {
		if err := powerTool("umount", d.dir); err != nil {
			return err
		}
		d.mounted = false
	}
	if err := powerTool("mount", "-o", "loop", d.image, d.dir); err != nil {
		return err
	}
	d.mounted = true
	return nil
}
