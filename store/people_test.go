package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// guest is a ticket with names that occur nowhere else.
func guest(n int) admission.Ticket {
	t := ticket(n)
	t.Holder, t.Order = fmt.Sprintf("Zaphod Beeblebrox %d", n), fmt.Sprintf("Heartofgold-%d", n)
	return t
}

func guests(from, to int) []admission.Ticket {
	var out []admission.Ticket
	for n := from; n < to; n++ {
		out = append(out, guest(n))
	}
	return out
}

// traces tells which words stand in the database or in the log beside it.
func traces(tb testing.TB, path string, words ...string) []string {
	tb.Helper()
	var found []string
	for _, file := range []string{path, path + "-wal"} {
		raw, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		ok(tb, err)
		for _, w := range words {
			if n := bytes.Count(raw, []byte(w)); n > 0 {
				found = append(found, fmt.Sprintf("%s: %q %d times", filepath.Base(file), w, n))
			}
		}
	}
	return found
}

// names are parts of a guest's names as the tables of tickets and of the search
// spell them.
func names() []string { return []string{"Beeblebrox", "beeblebrox", "Heartofgold", "heartofgold"} }

func TestForgottenPeopleAreGoneFromTheFiles(t *testing.T) {
	s := newStation()
	path := filepath.Join(t.TempDir(), "gatescand.db")
	db := openAt(t, path, s)
	const many = 3000
	other := admission.Ticket{TicketKey: admission.TicketKey{ID: "o-1"}, Status: admission.StatusValid, Holder: "Arthur Dent"}
	w := must(db.BeginSweep(t.Context(), "other", "", s.now()))(t)
	must(db.ApplyPage(t.Context(), w, admission.SweepPage{Tickets: []admission.Ticket{other}, Total: 1}, true))(t)
	ok(t, db.PutEvents(t.Context(), "lespass", []admission.Event{{
		ID: "event-a", Name: "Concert", Keys: []admission.Key{{PEM: "their key"}}, Products: []admission.Product{{ID: "1", Name: "Full"}},
	}}))
	ok(t, db.ChooseEvents(t.Context(), "lespass", []string{"event-a"}))
	sweep(t, db, s, guests(0, many))
	ok(t, db.IndexTickets(t.Context()))
	// Names that change leave their traces too: in pages, and in pages that became free.
	for round := range 3 {
		renamed := guests(0, many)
		for i := range renamed {
			renamed[i].Holder += fmt.Sprintf(" the %d. and a good deal longer than before", round)
		}
		sweep(t, db, s, renamed)
		ok(t, db.IndexTickets(t.Context()))
	}
	ok(t, db.PutAnswer(t.Context(), guest(7), false))
	entry := record(t, db, s.scan(ticketID(1), admission.Entry))
	_, _, err := db.OpenConflict(t.Context(), admission.Conflict{Kind: admission.UsedElsewhere, Ticket: key(ticketID(1)), Seq: entry.Seq})
	ok(t, err)
	if len(traces(t, path, names()...)) == 0 {
		t.Fatal("there is nothing to forget")
	}

	ok(t, db.ForgetPeople(t.Context(), "lespass"))
	if left := traces(t, path, append(names(), "their key")...); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if must(db.HoldsPeople(t.Context(), "lespass"))(t) || !must(db.HoldsPeople(t.Context(), "other"))(t) {
		t.Error("the wrong people are gone")
	}
	if _, err := db.Ticket(t.Context(), key(ticketID(1))); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the ticket: %v", err)
	}
	if e := must(db.Events(t.Context(), "lespass"))(t); len(e) != 0 {
		t.Errorf("events %+v", e)
	}
	if c := must(db.ChosenEvents(t.Context(), "lespass"))(t); len(c) != 0 {
		t.Errorf("chosen %v", c)
	}
	if p := must(db.Presence(t.Context(), key(ticketID(1))))(t); p.Entries != 1 {
		t.Errorf("the use of a ticket is forgotten too: %+v", p)
	}
	if d := must(db.Due(t.Context(), "lespass", s.now().Wall, 10))(t); len(d) != 1 || len(d[0].Code) == 0 {
		t.Errorf("what is to be delivered: %+v", d)
	}
	if n := must(db.OpenConflicts(t.Context()))(t); n != 1 {
		t.Errorf("%d conflicts", n)
	}
	wantVerified(t, db)
	ok(t, db.ForgetPeople(t.Context(), "lespass"))
	ok(t, db.ForgetPeople(t.Context(), "never heard of"))

	// Paired anew, the account begins from nothing.
	sweep(t, db, s, guests(0, 3))
	wantDecision(t, record(t, db, s.scan(ticketID(1), admission.Entry)), admission.Refuse, admission.ReasonAlreadyRedeemed)
	wantDecision(t, record(t, db, s.scan(ticketID(2), admission.Entry)), admission.Admit, admission.ReasonAdmitted)
}

func TestASweepUnderWayCannotGoOnAfterForgetting(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	w := must(db.BeginSweep(t.Context(), "lespass", "event-a", s.now()))(t)
	w = must(db.ApplyPage(t.Context(), w, admission.SweepPage{Tickets: guests(0, 3), Next: "2", Total: 6}, false))(t)
	ok(t, db.ForgetPeople(t.Context(), "lespass"))
	if _, err := db.ApplyPage(t.Context(), w, admission.SweepPage{Tickets: guests(3, 6), Total: 6}, true); !errors.Is(err, store.ErrStale) {
		t.Errorf("got %v", err)
	}
}

// A lane that scans while people are forgotten waits for one small step at most.
func TestForgettingLetsLanesGoFirst(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, guests(0, 6000))
	ok(t, db.IndexTickets(t.Context()))
	done := make(chan error, 1)
	var forgetting sync.WaitGroup
	forgetting.Go(func() { done <- db.ForgetPeople(context.WithoutCancel(t.Context()), "lespass") })
	defer forgetting.Wait()
	var longest time.Duration
	scans := 0
	for over := false; !over; scans++ {
		began := time.Now()
		must(db.Record(t.Context(), s.scan(fmt.Sprint("unlisted-", scans), admission.Entry)))(t)
		longest = max(longest, time.Since(began))
		select {
		case err := <-done:
			ok(t, err)
			over = true
		default:
		}
	}
	t.Logf("%d scans meanwhile, the slowest took %v", scans, longest)
	if longest > time.Second {
		t.Errorf("a lane waited %v", longest)
	}
}

// An upgrade copies the database aside, names and all.
func TestForgottenPeopleAreGoneFromTheCopiesOfUpgrades(t *testing.T) {
	t.Parallel()
	s := newStation()
	path := filepath.Join(t.TempDir(), "gate[1].db") // no pattern
	old := fstest.MapFS{}
	for name, text := range migrations(t) {
		if name != "00005_undo.sql" {
			old[name] = &fstest.MapFile{Data: text}
		}
	}
	db, err := store.Open(t.Context(), path, store.Options{Now: s.now, Migrations: old})
	ok(t, err)
	sweep(t, db, s, guests(0, 50))
	ok(t, db.Close())
	db = openAt(t, path, s)
	copied, part, other := path+".before-v5", path+".before-v9.part", path+".mine"
	if _, err := os.Stat(copied); err != nil {
		t.Fatalf("there is no copy: %v", err)
	}
	content := filepath.Join(t.TempDir(), "content") // what the card keeps when a name goes
	ok(t, os.Link(copied, content))
	for _, name := range []string{part, other} {
		ok(t, os.WriteFile(name, []byte("Beeblebrox"), 0o600))
	}
	ok(t, db.ForgetPeople(t.Context(), "lespass"))
	for _, name := range []string{copied, part} {
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", filepath.Base(name), err)
		}
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("a file of somebody else has gone: %v", err)
	}
	raw := must(os.ReadFile(content))(t)
	if len(raw) == 0 || len(bytes.Trim(raw, "\x00")) > 0 {
		t.Error("the copy was unlinked and not overwritten")
	}
	if found := traces(t, path, names()...); len(found) > 0 {
		t.Errorf("still there: %v", found)
	}
}
