package store

import (
	"errors"
	"io/fs"
	"os"
)

// logLength is how much room the log gets before its first use, a little more
// than it takes between two checkpoints: 2 MB.
const logLength = 2 << 20

// layLog writes out the room of the log while nobody has it open. A commit
// that fills laid-out room makes the disk note new contents only, and not a
// new length too, which saves a good part of every flush and much of the wear.
// SQLite takes a log of zeros for an empty one. A log that holds anything is
// left alone.
func (f file) layLog() (err error) {
	path := f.path + "-wal"
	info, err := os.Stat(path)
	if err == nil && info.Size() > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	h, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	zeros := make([]byte, 4<<10)
	for at := int64(0); at < logLength; at += int64(len(zeros)) {
		if _, err := h.WriteAt(zeros, at); err != nil {
			return err
		}
	}
	return h.Sync()
}
