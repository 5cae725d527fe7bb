package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// leaf reads all pages of a search of the journal.
func leaf(tb testing.TB, db *store.DB, f store.JournalFilter, limit int) []int64 {
	tb.Helper()
	var seqs []int64
	before := int64(0)
	for pages := 0; ; pages++ {
		rows, next, err := db.SearchJournal(tb.Context(), f, before, limit)
		ok(tb, err)
		if len(rows) > limit || pages > 1000 || (next != 0 && before != 0 && next >= before) {
			tb.Fatalf("page %d has %d rows and goes on at %d after %d", pages, len(rows), next, before)
		}
		for _, c := range rows {
			seqs = append(seqs, c.Seq)
		}
		if next == 0 {
			return seqs
		}
		before = next
	}
}

func TestTheJournalIsSearchedByEverythingTogetherNewestFirst(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newStation()
		db := open(t, s)
		sweep(t, db, s, ticketRange(0, 5))
		var all []admission.CheckIn
		for range rapid.IntRange(0, 40).Draw(rt, "scans") {
			p := s.scan(ticketID(rapid.IntRange(0, 6).Draw(rt, "ticket")), rapid.SampledFrom([]admission.Direction{
				admission.Entry, admission.Exit, admission.Check,
			}).Draw(rt, "direction"))
			p.Scan.Lane = rapid.SampledFrom([]string{"north", "south"}).Draw(rt, "lane")
			if rapid.IntRange(0, 5).Draw(rt, "by hand") == 0 {
				p.Scan.Override = &admission.Override{By: "Kim", Note: "knows them"}
			}
			if rapid.IntRange(0, 9).Draw(rt, "unreadable") == 0 {
				p.Claims = nil
			}
			s.pass(time.Duration(rapid.IntRange(0, 90).Draw(rt, "later")) * time.Second)
			all = append(all, record(t, db, p))
		}
		f := store.JournalFilter{
			Lane:    rapid.SampledFrom([]string{"", "", "north", "nowhere"}).Draw(rt, "of lane"),
			Verdict: rapid.SampledFrom([]admission.Verdict{"", "", admission.Admit, admission.Refuse}).Draw(rt, "verdict"),
			Reason:  rapid.SampledFrom([]admission.Reason{"", "", admission.ReasonAdmitted}).Draw(rt, "reason"),
			Account: rapid.SampledFrom([]string{"", "", "lespass", "nobody"}).Draw(rt, "account"),
			Ticket:  rapid.SampledFrom([]string{"", "", ticketID(1), "none"}).Draw(rt, "of ticket"),
			ByHand:  rapid.Bool().Draw(rt, "only by hand"),
		}
		if len(all) > 0 && rapid.Bool().Draw(rt, "of a time") {
			f.Since = all[len(all)/3].At.Wall
			f.Until = all[len(all)*2/3].At.Wall
		}
		var want []int64
		for _, c := range slices.Backward(all) {
			fits := (f.Since.IsZero() || !c.At.Wall.Before(f.Since)) && (f.Until.IsZero() || c.At.Wall.Before(f.Until)) &&
				(f.Lane == "" || c.Lane == f.Lane) && (f.Verdict == "" || c.Verdict == f.Verdict) && (f.Reason == "" || c.Reason == f.Reason) &&
				(f.Account == "" || c.Ticket.Account == f.Account) && (f.Ticket == "" || c.Ticket.ID == f.Ticket) && (!f.ByHand || c.By != "")
			if fits {
				want = append(want, c.Seq)
			}
		}
		if got := leaf(t, db, f, rapid.IntRange(1, 9).Draw(rt, "limit")); !slices.Equal(got, want) {
			rt.Fatalf("%+v gave %v, want %v", f, got, want)
		}
	})
}

func TestASearchOfTheJournalThatFindsLittleGoesOnPageByPage(t *testing.T) {
	s := newStation()
	db := evening(t, s, 300, 60_000)
	ok(t, db.Settle(t.Context(), 1, admission.Outcome{Kind: admission.OutcomeDelivered}))
	f := store.JournalFilter{Reason: admission.ReasonAlreadyRedeemed, Lane: "nowhere"}
	before, pages := int64(0), 0
	for {
		rows, next, err := db.SearchJournal(t.Context(), f, before, 50)
		ok(t, err)
		if len(rows) != 0 {
			t.Fatalf("found %d", len(rows))
		}
		pages++
		if next == 0 {
			break
		}
		before = next
	}
	if pages != 2 {
		t.Errorf("%d pages for 60,000 check-ins, want 2 of 50,000 at most", pages)
	}
	seqs := leaf(t, db, store.JournalFilter{Verdict: admission.Refuse}, 1000)
	if len(seqs) != 5_999 || !slices.IsSortedFunc(seqs, func(a, b int64) int { return int(b - a) }) {
		t.Errorf("%d refusals", len(seqs))
	}
	if _, err := db.PruneJournal(t.Context(), 1000); err != nil {
		t.Fatal(err)
	}
	if rows, next, err := db.SearchJournal(t.Context(), store.JournalFilter{}, 1005, 50); err != nil || len(rows) != 4 || next != 0 {
		t.Errorf("at the end of what is left: %d rows, next %d, %v", len(rows), next, err)
	}
	if rows, next, err := db.SearchJournal(t.Context(), store.JournalFilter{}, 50, 50); err != nil || len(rows) != 0 || next != 0 {
		t.Errorf("before what is left: %d rows, next %d, %v", len(rows), next, err)
	}
}

func TestRatesCountByTheMinuteWhatCountsCounts(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, ticketRange(0, 5))
	at := func(d time.Duration) time.Time { return time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC).Add(d) }
	scan := func(when time.Time, n int, d admission.Direction) {
		p := s.scan(ticketID(n), d)
		p.Scan.At.Wall = when
		record(t, db, p)
	}
	scan(at(-time.Hour), 0, admission.Entry) // long ago
	scan(at(30*time.Second), 1, admission.Entry)
	scan(at(59*time.Second), 1, admission.Entry) // again
	scan(at(60*time.Second), 2, admission.Entry)
	scan(at(61*time.Second), 2, admission.Check)
	scan(at(62*time.Second), 2, admission.Exit)
	scan(at(170*time.Second), 3, admission.Entry)
	rates := must(db.Rates(t.Context(), at(175*time.Second), 3))(t)
	got := ""
	for _, r := range rates {
		got += fmt.Sprintf("%s %d %d %d; ", r.From.Format("15:04:05"), r.Admitted, r.Refused, r.Held)
	}
	if want := "18:59:00 0 0 0; 19:00:00 1 1 0; 19:01:00 1 0 0; 19:02:00 1 0 0; "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if rates := must(db.Rates(t.Context(), at(0), 1<<40))(t); len(rates) != 24*60+1 {
		t.Errorf("%d minutes at most", len(rates)-1)
	}
	if rates := must(db.Rates(t.Context(), at(0), -1))(t); len(rates) != 1 {
		t.Errorf("%d minutes for none", len(rates))
	}
}
