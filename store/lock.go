package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock keeps other daemons away from the database while this one has it. The
// kernel drops it with the process, however that ends.
type lock struct {
	f *os.File
}

func (f file) lock() (*lock, error) {
	path := f.path + ".lock"
	h, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, f.explain("lock the database", err)
	}
	err = syscall.Flock(int(h.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(
			fmt.Errorf("%w: %s is locked; stop the running daemon first (systemctl stop gatescand)", ErrBusy, path), h.Close())
	}
	if err != nil {
		return nil, errors.Join(f.explain("lock the database", err), h.Close())
	}
	return &lock{f: h}, nil
}

func (l *lock) release() error {
	if l == nil {
		return nil
	}
	return l.f.Close()
}
