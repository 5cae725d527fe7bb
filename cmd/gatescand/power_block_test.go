//go:build crash

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// sector is what a disk writes in one piece. A longer write can be torn.
const sector = 512

// tornDisk is an ext4 on a block device of ours, which keeps writes in a cache
// of its own until it is told to flush. When its power is cut, every write since
// the last flush is kept, lost or torn by the throw of a die, in any order: what
// a cheap card does.
type tornDisk struct {
	rnd      *crashChoice
	work     string // one mounted device below it for every time it has power
	turns    int
	device   string // where the device is mounted now
	dir      string // where the file system is mounted now
	server   *fuse.Server
	block    *blockFile
	swallows int
}

func newTornDisk(t *testing.T, rnd *crashChoice) *tornDisk {
	t.Helper()
	powerNeeds(t)
	image := filepath.Join(t.TempDir(), "fresh")
	err := errors.Join(os.WriteFile(image, nil, 0o600), os.Truncate(image, powerDiskSize), powerTool("mkfs.ext4", "-q", "-F", image))
	var content []byte
	if err == nil {
		content, err = os.ReadFile(image)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := &tornDisk{rnd: rnd, work: t.TempDir(), block: &blockFile{durable: content, now: append([]byte(nil), content...)}}
	d.dir = filepath.Join(d.work, "mnt")
	if err := errors.Join(os.Mkdir(d.dir, 0o700), d.restore()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.unmount(); err != nil {
			t.Log(err)
		}
	})
	return d
}

func (d *tornDisk) folder() string { return d.dir }
func (d *tornDisk) lost() int      { return d.swallows }
func (d *tornDisk) cut() error     { d.block.lose(); return nil }

// unmount lets go of file system and device, with or without power.
func (d *tornDisk) unmount() error {
	if d.server == nil {
		return nil
	}
	err := powerTool("umount", d.dir)
	if err == nil {
		err = d.server.Unmount()
	}
	d.server = nil
	return err
}

// restore decides what the cut has left of the writes that were not flushed, and
// mounts it.
func (d *tornDisk) restore() error {
	if err := d.unmount(); err != nil {
		return err
	}
	d.swallows += d.block.settle(d.rnd)
	d.turns++
	d.device = filepath.Join(d.work, fmt.Sprint("device", d.turns))
	if err := os.Mkdir(d.device, 0o700); err != nil {
		return err
	}
	root := &fs.Inode{}
	server, err := fs.Mount(d.device, root, &fs.Options{
		MountOptions: fuse.MountOptions{FsName: "torn", Name: "torn", DirectMount: true, MaxWrite: 128 << 10},
		OnAdd: func(ctx context.Context) {
			root.AddChild("disk", root.NewPersistentInode(ctx, &blockNode{block: d.block}, fs.StableAttr{Mode: syscall.S_IFREG}), true)
		},
	})
	if err != nil {
		return fmt.Errorf("mount the block device: %w", err)
	}
	d.server = server
	return powerTool("mount", "-o", "loop", filepath.Join(d.device, "disk"), d.dir)
}

// blockFile is the content of the device: what is safe, and what was written
// since the last flush.
type blockFile struct {
	mu      sync.Mutex
	durable []byte
	now     []byte
	pending []blockWrite
	dead    bool
}

type blockWrite struct {
	at   int64
	data []byte
}

// lose takes the power away.
func (b *blockFile) lose() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dead = true
}

// settle throws the die for every write that was not flushed and gives the
// device its power back. It tells how many were lost or torn.
func (b *blockFile) settle(rnd *crashChoice) (lost int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.pending {
		switch throw := rnd.below(4); {
		case throw == 0 && len(w.data) > sector: // torn: some sectors are new, some old
			for from := 0; from < len(w.data); from += sector {
				if rnd.below(2) == 0 {
					copy(b.durable[w.at+int64(from):], w.data[from:min(from+sector, len(w.data))])
				}
			}
			lost++
		case throw <= 1: // lost
			lost++
		default:
			copy(b.durable[w.at:], w.data)
		}
	}
	b.pending, b.dead = nil, false
	copy(b.now, b.durable)
	return lost
}

// flush makes everything written so far safe.
func (b *blockFile) flush() syscall.Errno {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dead {
		return syscall.EIO
	}
	for _, w := range b.pending {
		copy(b.durable[w.at:], w.data)
	}
	b.pending = nil
	return 0
}

// blockNode is the device as a file, which a loop device is put on.
type blockNode struct {
	fs.Inode

	block *blockFile
}

var (
	_ fs.NodeOpener    = (*blockNode)(nil)
	_ fs.NodeGetattrer = (*blockNode)(nil)
	_ fs.NodeSetattrer = (*blockNode)(nil)
	_ fs.NodeReader    = (*blockNode)(nil)
	_ fs.NodeWriter    = (*blockNode)(nil)
	_ fs.NodeFsyncer   = (*blockNode)(nil)
	_ fs.NodeFlusher   = (*blockNode)(nil)
)

func (n *blockNode) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

func (n *blockNode) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode, out.Size, out.Blocks = syscall.S_IFREG|0o600, powerDiskSize, powerDiskSize/sector
	return 0
}

func (n *blockNode) Setattr(ctx context.Context, f fs.FileHandle, _ *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	return n.Getattr(ctx, f, out)
}

func (n *blockNode) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	b := n.block
	b.mu.Lock()
	defer b.mu.Unlock()
	if off >= int64(len(b.now)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(dest[:copy(dest, b.now[off:])]), 0
}

func (n *blockNode) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	b := n.block
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.dead:
		return 0, syscall.EIO
	case off+int64(len(data)) > int64(len(b.now)):
		return 0, syscall.ENOSPC
	}
	copy(b.now[off:], data)
	b.pending = append(b.pending, blockWrite{off, append([]byte(nil), data...)})
	return uint32(len(data)), 0
}

func (n *blockNode) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return n.block.flush()
}

// Flush comes at every close of the file and is no flush of the disk.
func (n *blockNode) Flush(context.Context, fs.FileHandle) syscall.Errno { return 0 }
