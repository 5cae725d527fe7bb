package main

import (
	"context"
	"testing"
	"time"

	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/faketibillet"
)

func TestStaffFindATicketByWhateverTheGuestCanShow(t *testing.T) {
	r := newRig(t)
	id, other := r.ticket(faketibillet.Valid), r.ticket(faketibillet.Valid)
	unknown := r.print(r.ticketOf(r.tomorrow, faketibillet.Valid))
	r.start()
	r.expect(r.print(id), admission.Admit, admission.ReasonAdmitted)
	code := r.print(id)
	first := func(q string) string {
		t.Helper()
		found, err := r.d.SearchTickets(t.Context(), q, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			return ""
		}
		if found[0].ID == id && (found[0].Presence.Entries != 1 || found[0].EventName != "Tonight") {
			t.Errorf("%q: %+v", q, found[0])
		}
		return found[0].ID
	}
	for _, row := range []struct{ name, q, want string }{
		{"the whole code as scanned", code, id},
		{"the code with another signature", code[:len(code)-4] + "AAAA", id},
		{"the identity", id, id},
		{"the beginning of another identity", other[:13], other},
		{"half a code", code[:len(code)/2], ""},
		{"a code of nobody's", "4006381333931", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := first(row.q); got != row.want {
				t.Errorf("found %q, want %q", got, row.want)
			}
		})
	}
	if found, err := r.d.SearchTickets(t.Context(), "jo d", 10); err != nil || len(found) < 2 {
		t.Errorf("by the beginnings of a name: %d found, %v", len(found), err)
	}
	if found, err := r.d.SearchTickets(t.Context(), code, 0); err != nil || len(found) != 0 {
		t.Errorf("none wanted, %d found, %v", len(found), err)
	}
	if found, err := r.d.SearchTickets(t.Context(), unknown, 10); err != nil || len(found) > 1 {
		t.Errorf("a code of tomorrow's: %d found, %v", len(found), err)
	}
	r.eventually("all tickets are indexed", func() bool {
		done, err := r.d.TicketsIndexed(t.Context())
		return err == nil && done
	})
	if got := first(code); got != id {
		t.Errorf("once all is indexed the code finds %q", got)
	}
}

func TestTheJournalIsSearchedWithTheNamesOfTheList(t *testing.T) {
	r := newRig(t)
	id := r.ticket(faketibillet.Valid)
	r.start()
	r.expect(r.print(id), admission.Admit, admission.ReasonAdmitted)
	r.expect(r.print(id), admission.Refuse, admission.ReasonAlreadyRedeemed)
	r.expect("4006381333931", admission.Refuse, admission.ReasonUnreadable)
	search := func(ctx context.Context, f admin.JournalFilter) []admission.CheckIn {
		t.Helper()
		rows, next, err := r.d.SearchJournal(ctx, f, 0, 10)
		if err != nil || next != 0 {
			t.Fatalf("next %d, %v", next, err)
		}
		return rows
	}
	rows := search(t.Context(), admin.JournalFilter{Ticket: id})
	if len(rows) != 2 || rows[0].Seq < rows[1].Seq || rows[0].Holder == "" {
		t.Errorf("of one ticket: %+v", rows)
	}
	if rows := search(t.Context(), admin.JournalFilter{Verdict: admission.Refuse, Since: time.Now().Add(-time.Hour)}); len(rows) != 2 {
		t.Errorf("refused: %+v", rows)
	}
	rates, err := r.d.Rates(t.Context(), 10)
	if err != nil || len(rates) != 11 {
		t.Fatalf("%d minutes, %v", len(rates), err)
	}
	admitted, refused := 0, 0
	for _, m := range rates {
		admitted, refused = admitted+m.Admitted, refused+m.Refused
	}
	if admitted != 1 || refused != 2 {
		t.Errorf("%d admitted and %d refused in the last minutes", admitted, refused)
	}
}
