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

// The files in the data directory that say what staff have done to lanes: each a
// list of names.
const (
	closedLanesName   = "closed-lanes.json"
	checkingLanesName = "checking-lanes.json"
)

// laneStates remembers which lanes staff have closed, and which they have turned
// to checking only. It is kept on disk: a lane that was closed must not open, and
// one that only checks must not use up tickets, because the power was cut or the
// configuration was read again.
//
// Where a file cannot be read, nobody knows what staff wanted, and every lane
// counts as closed until somebody opens it, also one that the configuration
// brings later: that keeps nobody from deciding, and lets nobody in by accident.
type laneStates struct {
	mu       sync.Mutex
	lanes    []string // of the configuration
	closed   laneFile
	checking laneFile
	cause    error           // why nobody knows which lanes are closed; nil where it is known
	set      map[string]bool // lanes that staff have closed or opened since
}

// openLaneStates reads what staff have done before to the lanes of a station. It
// never fails: see laneStates.
func openLaneStates(dir string, lanes []string) *laneStates {
	s := &laneStates{
		lanes: lanes, set: make(map[string]bool),
		closed: laneFile{path: filepath.Join(dir, closedLanesName)}, checking: laneFile{path: filepath.Join(dir, checkingLanesName)},
	}
	s.cause = errors.Join(s.closed.read(), s.checking.read())
	return s
}

// inDoubt tells whether nobody knows if a lane is closed. The lock is held.
func (s *laneStates) inDoubt(name string) bool { return s.cause != nil && !s.set[name] }

// follow takes over which lanes the configuration has now. One that is new and
// in doubt is written down as closed, once the files are whole again: they would
// not say so at the next start.
func (s *laneStates) follow(lanes []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes = lanes
	closed := s.allClosed()
	if s.closed.damaged || s.checking.damaged || len(closed) == len(s.closed.names) {
		return nil
	}
	if err := s.closed.write(closed); err != nil {
		return fmt.Errorf("that new lanes are closed cannot be kept: %w", err)
	}
	return nil
}

// isClosed tells whether a lane is closed.
func (s *laneStates) isClosed(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inDoubt(name) || slices.Contains(s.closed.names, name)
}

// isChecking tells whether a lane checks tickets only.
func (s *laneStates) isChecking(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.checking.names, name)
}

// setClosed closes or opens a lane, on disk first. Lanes in doubt are written
// down as closed then, each for somebody to open.
func (s *laneStates) setClosed(name string, closed bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.closed.write(with(s.allClosed(), name, closed)); err != nil {
		return fmt.Errorf("that lane %s is closed or open cannot be kept: %w", name, err)
	}
	if s.checking.damaged {
		if err := s.checking.write(s.checking.names); err != nil {
			return fmt.Errorf("that no lane is turned to checking only cannot be kept: %w", err)
		}
	}
	s.set[name] = true
	return nil
}

// setChecking turns a lane to checking only, or back, on disk first.
func (s *laneStates) setChecking(name string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.checking.damaged && !s.closed.damaged {
		// This file is whole then, and no longer says that lanes are in doubt.
		if err := s.closed.write(s.allClosed()); err != nil {
			return fmt.Errorf("that the lanes are closed cannot be kept: %w", err)
		}
	}
	if err := s.checking.write(with(s.checking.names, name, on)); err != nil {
		return fmt.Errorf("that lane %s is turned to checking only or not cannot be kept: %w", name, err)
	}
	return nil
}

// allClosed gives the lanes that count as closed.
func (s *laneStates) allClosed() []string {
	names := slices.Clone(s.closed.names)
	for _, lane := range s.lanes {
		if s.inDoubt(lane) {
			names = with(names, lane, true)
		}
	}
	return names
}

// unknown tells why it is not known which lanes are closed, while there are such
// lanes; nil else.
func (s *laneStates) unknown() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.lanes, s.inDoubt) {
		return s.cause
	}
	return nil
}

// with gives names with one of them or without.
func with(names []string, name string, there bool) []string {
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
	if there {
		names = append(names, name)
	}
	return names
}

// laneFile is one list of lanes on disk.
type laneFile struct {
	path    string
	names   []string
	damaged bool // what is on disk cannot be read
}

// read reads the list. One that is not there is empty; one that cannot be read
// stays on disk as it is, until it is written anew.
func (f *laneFile) read() error {
	raw, err := os.ReadFile(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &f.names)
	}
	if err != nil {
		f.names, f.damaged = nil, true
		return fmt.Errorf("%s cannot be read: %w", f.path, err)
	}
	return nil
}

// write replaces the list, and takes it over only once it is on disk.
func (f *laneFile) write(names []string) error {
	if names == nil {
		names = []string{}
	}
	raw, err := json.Marshal(names)
	if err != nil {
		return err
	}
	if err := replaceFile(f.path, raw); err != nil {
		return err
	}
	f.names, f.damaged = names, false
	return nil
}
