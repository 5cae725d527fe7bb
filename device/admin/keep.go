package admin

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// keep puts content in the place of dir/name, durably and all at once, for the
// owner alone to read. Run by root, as `gatescand admin password` often is, it
// gives the file to whoever owns dir: the service must be able to read it.
func keep(dir, name string, content []byte) (err error) {
	f, err := os.CreateTemp(dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, forget(dir, filepath.Base(f.Name())))
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, giveTo(f, dir), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncDir(dir)
}

// giveTo makes the owner of dir the owner of f, where root made it.
func giveTo(f *os.File, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid == 0 {
		return nil
	}
	return f.Chown(int(owner.Uid), int(owner.Gid))
}

// forget removes dir/name durably; one that is not there is no fault.
func forget(dir, name string) error {
	err := os.Remove(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes what happened to a folder's names durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
