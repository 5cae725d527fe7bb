package store

import (
	"bytes"
	"context"
	"encoding/hex"
)

// Fault says what is wrong with the journal.
type Fault string

// The faults of a journal.
const (
	FaultNone    Fault = ""
	FaultAltered Fault = "altered" // a row is not what was written at its place: edited, or moved there
	FaultGap     Fault = "gap"     // a row is missing before a later one
	FaultCut     Fault = "cut"     // the newest rows are missing
	FaultAdded   Fault = "added"   // there are rows after the newest one that was written
)

// Verification is what walking the hash chain found.
type Verification struct {
	Rows  int64  // rows whose hash was right
	First int64  // seq of the first row there is, 0 for an empty journal
	Head  int64  // seq of the newest row that was written
	Hash  string // of that row, hexadecimal; note it elsewhere to prove the journal later
	Fault Fault
	Seq   int64 // the first bad place, 0 when there is none
}

// OK tells whether the journal is whole.
func (v Verification) OK() bool { return v.Fault == FaultNone }

// VerifyJournal walks the hash chain from the anchor to the head and names the
// first place where it does not hold. It reads one row after the other and
// keeps none. Who can write the file and recompute every hash can forge a
// chain; a head hash noted elsewhere finds that too.
func (db *DB) VerifyJournal(ctx context.Context) (Verification, error) {
	var v Verification
	err := db.read(ctx, func(q querier) error {
		var err error
		v, err = verify(ctx, q)
		return err
	})
	return v, db.file.explain("verify the journal", err)
}

func verify(ctx context.Context, q querier) (Verification, error) {
	w := walk{}
	state, err := loadState(ctx, q)
	if err != nil {
		return Verification{}, err
	}
	w.Head, w.Hash = state.headSeq, hex.EncodeToString(state.headHash)
	if err := q.QueryRowContext(ctx, `SELECT seq, hash FROM anchor`).Scan(&w.seq, &w.hash); err != nil {
		return Verification{}, err
	}
	err = each(ctx, q, `SELECT `+journalColumns+` FROM journal j ORDER BY j.seq`, nil, func(scan func(...any) error) error {
		if w.OK() {
			w.row(scan)
		}
		return nil
	})
	if err != nil {
		return Verification{}, err
	}
	if w.OK() && (w.seq < state.headSeq || !bytes.Equal(w.hash, state.headHash)) {
		w.Fault, w.Seq = FaultCut, w.seq+1
	}
	return w.Verification, nil
}

// walk is a verification on its way: seq and hash are the last good ones.
type walk struct {
	Verification

	seq     int64
	hash    []byte
	scratch []byte
}

func (w *walk) row(scan func(...any) error) {
	var r journalRow
	if err := scan(r.dest()...); err != nil {
		// A value that cannot be what was written, in a column of any kind.
		w.Fault, w.Seq = FaultAltered, w.seq+1
		return
	}
	if w.First == 0 {
		w.First = r.seq
	}
	w.scratch = r.encode(w.scratch)
	switch {
	case r.seq != w.seq+1:
		w.Fault, w.Seq = FaultGap, w.seq+1
	case r.seq > w.Head:
		w.Fault, w.Seq = FaultAdded, r.seq
	case !bytes.Equal(r.hash, chain(w.hash, w.scratch)):
		w.Fault, w.Seq = FaultAltered, r.seq
	default:
		w.seq, w.hash = r.seq, r.hash
		w.Rows++
	}
}
