package health

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Disk is how much room a file system has.
type Disk struct {
	Free     uint64 // bytes this process may still write
	Total    uint64 // bytes
	ReadOnly bool
}

// DiskOf looks at the file system that holds path.
func DiskOf(path string) (Disk, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return Disk{}, fmt.Errorf("look at the disk of %s: %w", path, err)
	}
	size := uint64(s.Bsize)
	return Disk{Free: s.Bavail * size, Total: s.Blocks * size, ReadOnly: s.Flags&unix.ST_RDONLY != 0}, nil
}

// Low tells whether the room left is below want bytes, or none can be used.
func (d Disk) Low(want uint64) bool { return d.ReadOnly || d.Free < want }
