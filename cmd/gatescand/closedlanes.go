package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// closedLanes remembers which lanes staff have closed. It is kept on disk: a
// lane that was closed must not open because the power was cut or the
// configuration was read again.
type closedLanes struct {
	mu    sync.Mutex
	file  string
	names []string
}

// openClosedLanes reads what was closed before.
func openClosedLanes(dir string) (*closedLanes, error) {
	c := &closedLanes{file: filepath.Join(dir, "closed-lanes.json")}
	raw, err := os.ReadFile(c.file)
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("it cannot be read which lanes are closed: %w", err)
	}
	if err := json.Unmarshal(raw, &c.names); err != nil {
		return nil, fmt.Errorf("%s is damaged; remove it, and close again the lanes that shall be closed: %w", c.file, err)
	}
	return c, nil
}

// has tells whether a lane is closed.
func (c *closedLanes) has(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.names, name)
}

// set closes or opens a lane, on disk first.
func (c *closedLanes) set(name string, closed bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := slices.DeleteFunc(slices.Clone(c.names), func(n string) bool { return n == name })
	if closed {
		names = append(names, name)
	}
	raw, err := json.Marshal(names)
	if err != nil {
		return err
	}
	if err := replaceFile(c.file, raw); err != nil {
		return fmt.Errorf("that lane %s is closed or open cannot be kept: %w", name, err)
	}
	c.names = names
	return nil
}

// replaceFile puts new content in a file's place, durably and all at once.
func replaceFile(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil // the new file is in place; only its durability is less certain
	}
	_ = d.Sync() // as above
	return d.Close()
}
