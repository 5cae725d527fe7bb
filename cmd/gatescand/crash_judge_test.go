//go:build crash

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// crashJudge reads the journal as it grows and holds it against the ledger.
type crashJudge struct {
	crowd  *crashCrowd
	head   int64              // newest row read
	headID string             // its id: it must still be there next time
	admits map[string][]int64 // ticket to the rows that admit it
	// powerless says that the disk fails before the daemon does: what cannot be
	// written is held.
	powerless bool
}

func newCrashJudge(crowd *crashCrowd) *crashJudge {
	return &crashJudge{crowd: crowd, admits: make(map[string][]int64)}
}

// crashCopy copies a database nobody has open, with its log: the very bytes a
// killed process left.
func crashCopy(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, name := range []string{databaseName, databaseName + "-wal"} {
		if err := crashCopyFile(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}

func crashCopyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// judge reads what is new in the database of a data directory and says
// everything that is wrong with it.
func (j *crashJudge) judge(ctx context.Context, dir string, seen map[string]crashEntry) (err error) {
	db, err := store.OpenReadOnly(ctx, filepath.Join(dir, databaseName), store.Options{
		Now: func() admission.Stamp { return admission.Stamp{Wall: time.Now()} },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := j.read(ctx, db); err != nil {
		return err
	}
	var faults []error
	for id, e := range seen {
		faults = append(faults, j.ticket(id, e))
	}
	for id, rows := range j.admits {
		if _, shown := seen[id]; !shown {
			faults = append(faults, fmt.Errorf("ticket %s was admitted by rows %v and never shown", id, rows))
		}
	}
	return errors.Join(faults...)
}

// read takes in the rows after the newest one known, and finds that one again.
func (j *crashJudge) read(ctx context.Context, db *store.DB) error {
	const page = 1000
	for {
		rows, err := db.CheckIns(ctx, max(j.head-1, 0), page, store.CheckInFilter{})
		if err != nil {
			return err
		}
		if j.head > 0 {
			if len(rows) == 0 || rows[0].Seq != j.head || rows[0].ID != j.headID {
				return fmt.Errorf("row %d of the journal was there and is not any more", j.head)
			}
			rows = rows[1:]
		}
		if len(rows) == 0 {
			return nil
		}
		for _, c := range rows {
			if c.Seq != j.head+1 {
				return fmt.Errorf("row %d of the journal follows row %d", c.Seq, j.head)
			}
			j.head, j.headID = c.Seq, c.ID
			if c.Verdict == admission.Admit {
				j.admits[c.Ticket.ID] = append(j.admits[c.Ticket.ID], c.Seq)
			}
		}
	}
}

// ticket holds one ticket's story at the door against the journal.
func (j *crashJudge) ticket(id string, e crashEntry) error {
	rows := j.admits[id]
	kind, sold := j.crowd.kind(id)
	switch {
	case e.admitted > 0 && len(rows) == 0:
		return fmt.Errorf("LOST: the admission of ticket %s was signalled and is not in the journal", id)
	case len(rows) > 1:
		return fmt.Errorf("TWICE: ticket %s was admitted by rows %v", id, rows)
	case e.admitted > 1:
		return fmt.Errorf("TWICE: the admission of ticket %s was signalled %d times", id, e.admitted)
	case (kind == crashVoid || !sold) && len(rows)+e.admitted > 0:
		return fmt.Errorf("canceled ticket %s was admitted", id)
	case kind == crashListed && e.answered() && len(rows) == 0:
		return fmt.Errorf("ticket %s was refused though it never was admitted", id)
	case kind == crashListed && e.held > 0 && !j.powerless:
		return fmt.Errorf("ticket %s is on the list and was held", id)
	}
	return nil
}
