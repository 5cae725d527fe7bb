package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// The classes of failure. Every error of this package that has one of these
// causes matches it with errors.Is and reads as a sentence for the operator.
var (
	// ErrNewerSchema: the file was written by a newer gatescand.
	ErrNewerSchema = errors.New("the database was written by a newer version of gatescand")
	// ErrCorrupt: the file is damaged, or is no database.
	ErrCorrupt = errors.New("the database is damaged")
	// ErrFull: no space left on the device.
	ErrFull = errors.New("the disk is full")
	// ErrReadOnly: the file system or the handle does not take writes.
	ErrReadOnly = errors.New("the database cannot be written")
	// ErrIO: the device failed to read or write.
	ErrIO = errors.New("the disk reported an input/output error")
	// ErrBusy: another process holds the database.
	ErrBusy = errors.New("the database is in use by another gatescand")
	// ErrPragma: SQLite does not work the way the promises need.
	ErrPragma = errors.New("the database is not set up for durable writing")
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("not found")
	// ErrStale: the caller holds an older state than the database.
	ErrStale = errors.New("overtaken by a newer state")
)

// explain gives err the sentence and the class of its cause; op says what was
// being done.
func (f file) explain(op string, err error) error {
	if err == nil {
		return nil
	}
	hint, class := classify(err)
	if class == nil || errors.Is(err, class) {
		return fmt.Errorf("%s: %w", op, err)
	}
	return fmt.Errorf("%s: %w: %s: %s (%w)", op, class, f.path, hint, err)
}

// classify finds the class of a driver's or system's error by its code, and
// what an operator can do about it. It gives nil for what needs no class.
func classify(err error) (hint string, class error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "", nil
	}
	if code, ok := errors.AsType[sqlite3.Error](err); ok {
		return classifyCode(code)
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "free some space; scans are held until then", ErrFull
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return "check that the file and its directory belong to the service's user and are mounted writable", ErrReadOnly
	case errors.Is(err, syscall.EIO):
		return "check the card or disk and its cable with dmesg; replace it if this happens again", ErrIO
	}
	return "", nil
}

func classifyCode(e sqlite3.Error) (hint string, class error) {
	switch e.Code {
	case sqlite3.ErrFull:
		return "free some space; scans are held until then", ErrFull
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen, sqlite3.ErrAuth:
		return "check that the file and its directory belong to the service's user and are mounted writable", ErrReadOnly
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrFormat:
		return "stop the service, move the file aside together with those named like it that end in -wal and -shm, and rescue its undelivered check-ins with: gatescand outbox rescue FILE", ErrCorrupt
	case sqlite3.ErrIoErr:
		return "check the card or disk and its cable with dmesg; replace it if this happens again", ErrIO
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return "stop the other program that has the file open", ErrBusy
	}
	return "", nil
}
