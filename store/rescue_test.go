package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/store"
)

func TestUndeliveredCheckInsAreRescuedFromADamagedFile(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now})
	ok(t, err)
	const n = 300
	sweep(t, db, s, ticketRange(0, n))
	for i := range n {
		record(t, db, s.scan(ticketID(i), admission.Entry))
	}
	ok(t, db.Settle(t.Context(), 1, admission.Outcome{Kind: admission.OutcomeDelivered}))
	ok(t, db.Close())

	whole := must(store.Rescue(t.Context(), path))(t)
	if !whole.Whole || len(whole.Deliveries) != n-1 {
		t.Fatalf("%d rescued from an undamaged file, whole %v", len(whole.Deliveries), whole.Whole)
	}
	if d := whole.Deliveries[0]; d.Seq != 2 || d.Ticket != key(ticketID(1)) || d.Lane != "north" || d.At.IsZero() || len(d.Code) == 0 {
		t.Fatalf("%+v", d)
	}

	// Damage the page that holds one of the codes.
	data, err := os.ReadFile(path)
	ok(t, err)
	at := bytes.Index(data, []byte("code of "+ticketID(150)))
	if at < 0 {
		t.Fatal("the code is not in the file")
	}
	start := at / 2048 * 2048
	copy(data[start:start+2048], bytes.Repeat([]byte{0xa5}, 2048))
	ok(t, os.WriteFile(path, data, 0o600))
	part := must(store.Rescue(t.Context(), path))(t)
	if part.Whole || len(part.Deliveries) < n-40 || len(part.Deliveries) >= n-1 {
		t.Fatalf("%d rescued around the damage, whole %v", len(part.Deliveries), part.Whole)
	}
	first, last := part.Deliveries[0], part.Deliveries[len(part.Deliveries)-1]
	if first.Seq != 2 || last.Seq != n {
		t.Fatalf("from %d to %d, want both sides of the damage", first.Seq, last.Seq)
	}

	ok(t, os.WriteFile(path, bytes.Repeat([]byte("junk"), 4096), 0o600))
	if _, err := store.Rescue(t.Context(), path); err == nil {
		t.Fatal("rescued something from junk")
	}
}
