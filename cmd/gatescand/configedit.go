package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"syscall"

	"gatescand/configs"
	"gatescand/device/admin"
)

// backupEnd ends the name of what a configuration was before this program wrote
// it.
const backupEnd = ".bak"

// configFile is the file that a station is described in, for the few things this
// program writes into it.
type configFile struct {
	path string
	// parse says whether a text is a valid configuration.
	parse func(text []byte) (*configs.Config, error)
}

// configEdit is a new content that lies on disk beside the file, ready to take
// its place.
type configEdit struct {
	path, temp string
	keep       bool // there was a file before
	latest     bool // keep the file as it was before this, not as it was at first
}

// stage writes a new content durably beside the file, with its owner and mode,
// after it was found valid. The file stays as it is until commit. Where the file
// may not be written, the error holds by hand, what a person is to do instead.
func (f configFile) stage(text []byte, byHand string) (*configEdit, error) {
	if _, err := f.parse(text); err != nil {
		return nil, fmt.Errorf("the configuration would not be valid: %w", err)
	}
	path, err := filepath.EvalSymlinks(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		path, err = f.path, nil
	}
	if err != nil {
		return nil, f.unwritable(byHand, err)
	}
	e := &configEdit{path: path}
	temp, err := os.CreateTemp(filepath.Dir(path), ".gatescand-*.new")
	if err != nil {
		return nil, f.unwritable(byHand, err)
	}
	e.temp = temp.Name()
	err = e.fill(temp, text)
	if err = errors.Join(err, temp.Close()); err != nil {
		return nil, f.unwritable(byHand, errors.Join(err, e.discard()))
	}
	return e, nil
}

// fill writes the new content with the owner and mode of the old.
func (e *configEdit) fill(temp *os.File, text []byte) error {
	mode, uid, gid := fs.FileMode(0o644), -1, -1
	info, err := os.Stat(e.path)
	switch {
	case err == nil:
		e.keep, mode = true, info.Mode().Perm()
		if owner, ok := info.Sys().(*syscall.Stat_t); ok {
			uid, gid = int(owner.Uid), int(owner.Gid)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if uid >= 0 {
		if err := temp.Chown(uid, gid); err != nil {
			return err
		}
	}
	if err := temp.Chmod(mode); err != nil {
		return err
	}
	if _, err := temp.Write(text); err != nil {
		return err
	}
	return temp.Sync()
}

// commit puts the new content in place. What stood there is kept beside it: of a
// person's own file as it was before the first time.
func (e *configEdit) commit() error {
	if e.latest {
		if err := os.Remove(e.path + backupEnd); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(fmt.Errorf("the configuration as it was cannot be kept: %w", err), e.discard())
		}
	}
	if e.keep {
		if err := os.Link(e.path, e.path+backupEnd); err != nil && !errors.Is(err, fs.ErrExist) {
			return errors.Join(fmt.Errorf("the configuration as it was cannot be kept: %w", err), e.discard())
		}
	}
	if err := os.Rename(e.temp, e.path); err != nil {
		return errors.Join(fmt.Errorf("the configuration cannot be written: %w", err), e.discard())
	}
	dir, err := os.Open(filepath.Dir(e.path))
	if err != nil {
		return nil //nolint:nilerr // the file is in place; only its durability is less certain
	}
	_ = dir.Sync() // as above
	return dir.Close()
}

// discard removes the new content; the file stays as it is.
func (e *configEdit) discard() error { return os.Remove(e.temp) }

// unwritable says that the file may not be written, which is so where the
// service runs without the right to, and what to do instead.
func (f configFile) unwritable(byHand string, err error) error {
	return &admin.Error{
		Status: http.StatusConflict, Code: "config_readonly",
		Message: fmt.Sprintf("The configuration %s cannot be written by this program, on purpose where it runs as a service.", f.path),
		Hint:    "Add to it as root what stands below, and do this once more; nothing has been sent.\n\n" + byHand,
		Details: map[string]string{"file": f.path, "text": byHand}, Err: err,
	}
}

// addAccount stages the file with one account more.
func (f configFile) addAccount(a configs.NewAccount) (*configEdit, error) {
	byHand, err := configs.AccountText(a)
	if err != nil {
		return nil, err
	}
	if f.path == "" || f.parse == nil {
		return nil, f.unwritable(byHand, errors.ErrUnsupported)
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return nil, fmt.Errorf("the configuration cannot be read: %w", err)
	}
	out, err := configs.AddAccount(text, a)
	if err != nil {
		return nil, fmt.Errorf("an account cannot be added to %s: %w", f.path, err)
	}
	edit, err := f.stage(out, byHand)
	if err == nil {
		edit.latest = configs.KeptByPage(text)
	}
	return edit, err
}
