package main

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// undo takes the last admission of a ticket back, as a person at the page would.
func (r *rig) undo(ticket string) admin.Story {
	r.t.Helper()
	key := admission.TicketKey{Account: "lespass", ID: ticket}
	before, err := r.d.TicketStory(r.t.Context(), key)
	if err != nil || before.Undoable == 0 {
		r.t.Fatalf("nothing to undo: %+v, %v", before, err)
	}
	if _, err := r.d.Undo(r.t.Context(), before.Undoable, admission.Override{By: "page admin", Note: "pressed twice"}); err != nil {
		r.t.Fatal(err)
	}
	after, err := r.d.TicketStory(r.t.Context(), key)
	if err != nil {
		r.t.Fatal(err)
	}
	if after.UndoTells = before.UndoTells; after.Undoable != 0 || len(after.Resets) == 0 || after.Resets[len(after.Resets)-1].By != "page admin" {
		r.t.Errorf("the story afterwards: undoable %d, resets %+v", after.Undoable, after.Resets)
	}
	return after
}

// listedUsed waits until the list says of a ticket whether it is used.
func (r *rig) listedUsed(ticket string, used bool) {
	r.t.Helper()
	r.eventually("the list says so", func() bool {
		t, err := r.d.store.Ticket(r.t.Context(), admission.TicketKey{Account: "lespass", ID: ticket})
		return err == nil && t.Used == used
	})
}

func TestAnUndoneUseThatThePlatformKeepsIsOurs(t *testing.T) {
	r := newRig(t)
	ticket := r.valid(1)[0]
	r.start()
	code := r.print(ticket)
	r.expect(code, admission.Admit, admission.ReasonAdmitted)
	r.eventually("it is delivered", func() bool { return r.pending() == 0 && r.uses() == 1 })
	r.listedUsed(ticket, true)
	if s := r.undo(ticket); s.UndoTells != "kept" || s.Holder == "" || len(s.CheckIns) != 2 || s.EventName != "Tonight" {
		t.Errorf("the story: tells %q, %d check-ins, holder %q, event %q", s.UndoTells, len(s.CheckIns), s.Holder, s.EventName)
	}
	r.stop()
	r.start()
	again := r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	if again.Grounds != string(admission.GroundsListed) {
		t.Errorf("grounds %s", again.Grounds)
	}
	r.expect(r.print(ticket), admission.Refuse, admission.ReasonAlreadyRedeemed)
	if r.uses() != 1 || r.pending() != 0 || len(r.conflicts()) != 0 {
		t.Errorf("%d uses, %d pending, conflicts %+v", r.uses(), r.pending(), r.conflicts())
	}

	// What the organiser resets is forgotten for good: the next use is told.
	r.undo(ticket)
	if err := r.fake.Unscan(ticket); err != nil {
		t.Fatal(err)
	}
	r.listedUsed(ticket, false)
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	r.eventually("the new use is delivered", func() bool { return r.uses() == 2 && r.pending() == 0 })
	if c := r.conflicts(); len(c) != 0 {
		t.Errorf("conflicts %+v", c)
	}
}

func TestAnUndoneUseThatNeverLeftIsWithdrawn(t *testing.T) {
	r := newRig(t)
	tickets := r.valid(2)
	r.start()
	r.expect(r.print(tickets[1]), admission.Admit, admission.ReasonAdmitted)
	r.eventually("it is delivered", func() bool { return r.pending() == 0 })
	if _, err := r.d.Undo(t.Context(), 99, admission.Override{}); !errors.Is(err, admin.ErrNotFound) {
		t.Errorf("undoing what is not there: %v", err)
	}
	r.undo(tickets[1])
	_, err := r.d.Undo(t.Context(), 1, admission.Override{})
	if f, ok := errors.AsType[*admin.Error](err); !ok || f.Status != http.StatusConflict {
		t.Errorf("undoing twice: %v", err)
	}
	if _, err := r.d.TicketStory(t.Context(), admission.TicketKey{Account: "lespass", ID: "nobody's"}); !errors.Is(err, admin.ErrNotFound) {
		t.Errorf("the story of no ticket: %v", err)
	}
}

func TestStaffChooseTheEventsOfAnAccount(t *testing.T) {
	r := newRig(t)
	tonight, tomorrow := r.ticket(faketibillet.Valid), r.ticketOf(r.tomorrow, faketibillet.Valid)
	r.start()
	if !r.stands("events_automatic", "lespass") {
		t.Error("it is not said that nobody has chosen")
	}
	r.expect(r.print(tomorrow), admission.Refuse, admission.ReasonWrongEvent)
	if err := r.d.ChooseEvents(t.Context(), "lespass", []string{r.tomorrow}); err != nil {
		t.Fatal(err)
	}
	r.expect(r.print(tonight), admission.Refuse, admission.ReasonWrongEvent)
	r.eventually("the list of the chosen event is there", func() bool {
		_, err := r.d.store.Ticket(t.Context(), admission.TicketKey{Account: "lespass", ID: tomorrow})
		return err == nil
	})
	r.expect(r.print(tomorrow), admission.Admit, admission.ReasonAdmitted)
	if r.stands("events_automatic", "lespass") {
		t.Error("it is said that nobody has chosen")
	}
	for what, ids := range map[string][]string{"no event of the account": {"nonsense"}, "one of two": {r.tonight, "nonsense"}} {
		err := r.d.ChooseEvents(t.Context(), "lespass", ids)
		if f, ok := errors.AsType[*admin.Error](err); !ok || f.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := r.d.ChooseEvents(t.Context(), "nobody", nil); !errors.Is(err, admin.ErrNotFound) {
		t.Errorf("an account that is not there: %v", err)
	}

	r.stop()
	if err := r.fake.SetHidden(r.tomorrow, true); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.expect(r.print(tonight), admission.Refuse, admission.ReasonWrongEvent)
	var gone admin.EventChoice
	r.eventually("the event is withdrawn, and stays chosen", func() bool {
		choices, err := r.d.EventChoices(t.Context(), "lespass")
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(choices, func(c admin.EventChoice) bool { return c.ID == r.tomorrow })
		gone = choices[i]
		return gone.Withdrawn
	})
	if !gone.Chosen || !gone.Served || gone.Name != "Tomorrow" || gone.Tickets != 1 {
		t.Errorf("it is shown as %+v", gone)
	}
	if err := r.d.ChooseEvents(t.Context(), "lespass", nil); err != nil {
		t.Fatal(err)
	}
	r.expect(r.print(tonight), admission.Admit, admission.ReasonAdmitted)
	if !r.stands("events_automatic", "lespass") {
		t.Error("the choice is taken back, and it is not said")
	}
}

func TestTheEventsOfTheConfigurationAreNotChosenOnThePage(t *testing.T) {
	r := newRig(t)
	r.account += "\nevents = [\"" + r.tonight + "\"]"
	r.start()
	err := r.d.ChooseEvents(t.Context(), "lespass", []string{r.tomorrow})
	if f, ok := errors.AsType[*admin.Error](err); !ok || f.Status != http.StatusConflict {
		t.Errorf("got %v", err)
	}
	choices, err := r.d.EventChoices(t.Context(), "lespass")
	if err != nil || len(choices) != 2 || choices[0].ID != r.tonight || !choices[0].Chosen || !choices[0].Served || choices[1].Chosen {
		t.Errorf("choices %+v, %v", choices, err)
	}
}
