package admin

import (
	"errors"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
)

// find searches as the page's form does.
func find(t *testing.T, opt Options, query string, edit ...func(*http.Request)) (reply, string) {
	t.Helper()
	return ask(t, open(t, opt), http.MethodPost, "/tickets", url.Values{"q": {query}}.Encode(), append(edit, asForm, inEnglish)...)
}

func TestASearchSaysHowEveryTicketStands(t *testing.T) {
	t.Parallel()
	status := func(s admission.Status) func(*FoundTicket) { return func(f *FoundTicket) { f.Status = s } }
	for name, tc := range map[string]struct {
		edit        func(o *office) func(*FoundTicket)
		shape, word string
		more        string
	}{
		"a valid ticket that nobody used may enter":   {nil, "admit", "May enter", ""},
		"whoever is inside is inside, and since when": {func(o *office) func(*FoundTicket) { return o.entered(10 * time.Minute) }, "refuse", "Inside", "Used at 18:52:11, lane north."},
		"who left has left": {func(o *office) func(*FoundTicket) {
			return func(f *FoundTicket) {
				o.entered(time.Hour)(f)
				f.Presence = f.Presence.Fold(admission.Passage{Seq: 8, At: o.Now(), Direction: admission.Exit, Lane: "south"})
			}
		}, "hold", "Has left", "lane north."},
		"a ticket for three uses that was used once may enter again": {func(o *office) func(*FoundTicket) {
			return func(f *FoundTicket) { o.entered(time.Hour)(f); f.UsesAllowed = 3 }
		}, "admit", "May enter again", ""},
		"used by the platform's word": {func(o *office) func(*FoundTicket) {
			o.strict = true
			return func(f *FoundTicket) { f.Used = true }
		}, "refuse", "Used", "by the platform"},
		"used by the platform's word, and taken back here": {func(o *office) func(*FoundTicket) {
			o.keptUse = true
			return func(f *FoundTicket) { f.Used = true }
		}, "admit", "May enter", "which was taken back here"},
		"used elsewhere, at lanes that let everybody in again": {func(*office) func(*FoundTicket) {
			return func(f *FoundTicket) { f.Used = true }
		}, "refuse", "Used", "by the platform"},
		"gone from a list of usable tickets after it was taken back here": {func(o *office) func(*FoundTicket) {
			o.keptUse = true
			return func(f *FoundTicket) { f.Used, f.Gone = true, true }
		}, "admit", "May enter", "which was taken back here"},
		"gone from a list of usable tickets is for a person": {func(*office) func(*FoundTicket) {
			return func(f *FoundTicket) { f.Used, f.Gone = true, true }
		}, "hold", "Perhaps used", "A person must decide."},
		"canceled": {func(*office) func(*FoundTicket) { return status(admission.StatusCanceled) }, "refuse", "Canceled", "refunded"},
		"not paid": {func(*office) func(*FoundTicket) { return status(admission.StatusUnpaid) }, "refuse", "Not paid", "not paid"},
		"revoked":  {func(*office) func(*FoundTicket) { return status(admission.StatusRevoked) }, "refuse", "Blocked", "withdrawn"},
		"a word nobody understands is never valid": {func(*office) func(*FoundTicket) { return status(admission.StatusUnclear) }, "hold", "Not clear", "A person must decide."},
		"another event, by its name": {func(*office) func(*FoundTicket) {
			return func(f *FoundTicket) { f.Event, f.EventName = "later", "Bal" }
		}, "refuse", "Other event", "It is for Bal."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, opt := newOffice(t)
			ticket := o.ticket("t1", "Ada Lovelace")
			if tc.edit != nil {
				tc.edit(o)(&ticket)
			}
			o.found = []FoundTicket{ticket}
			_, page := find(t, opt, "ada")
			says(t, page, []string{`data-verdict="` + tc.shape + `"`, ">" + tc.word + "<", html.EscapeString(tc.more), "Ada Lovelace", `href="/tickets/lespass/t1"`, "1 ticket found"}, nil)
		})
	}
}

func TestASearchIsBoundedAndSaysSo(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	for i := range 60 {
		o.found = append(o.found, o.ticket("t"+strconv.Itoa(i), "Ada"))
	}
	_, page := find(t, opt, "ada")
	if n := strings.Count(page, `class="open"`); n != 50 {
		t.Errorf("%d rows", n)
	}
	says(t, page, []string{"Only the first 50 are shown."}, nil)
}

func TestNoNameStandsInAnAddress(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	o.found = []FoundTicket{o.ticket("t1", "Ada Lovelace")}
	resp, page := find(t, opt, "Ada Lovelace")
	if resp.Header.Get("Location") != "" || resp.Header.Get("Referrer-Policy") != "no-referrer" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("header %v", resp.Header)
	}
	says(t, page, []string{`method="post" action="/tickets"`}, nil)
	for _, part := range strings.Split(page, `href="`)[1:] {
		if address, _, _ := strings.Cut(part, `"`); strings.Contains(strings.ToLower(address), "ada") {
			t.Errorf("address %s", address)
		}
	}
	// What stands in the address is not searched for.
	srv := open(t, opt)
	_, page = ask(t, srv, http.MethodGet, "/tickets?q=Ada", "")
	says(t, page, nil, []string{"Lovelace"})
}

func TestNothingFoundSaysWhatMayBeTheReason(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	o.accounts = append(o.accounts, Account{Name: "friends"}, Account{Name: "shop", Paired: true, NoList: true}, Account{Name: "fresh", Paired: true})
	_, page := find(t, opt, evilText)
	says(t, page, []string{
		"Nothing found for “" + evilShown, "The list of lespass is 42 s old.", "friends is not paired", "shop has no list", "No complete list of fresh",
	}, []string{"<img"})
	o.whole = false
	_, page = find(t, opt, "ada")
	says(t, page, []string{"does not look through all of them yet"}, nil)
}

func TestASearchThatCannotBeMadeSaysWhy(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	o.wrong = errors.New("disk on fire with code abc")
	resp, page := find(t, opt, "ada")
	if resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", resp.StatusCode)
	}
	says(t, page, []string{"The station could not do that."}, []string{"on fire"})
	opt.Tickets = nil
	_, page = find(t, opt, "ada")
	says(t, page, []string{"This station cannot look tickets up."}, nil)
	_, opt = newOffice(t)
	for _, query := range []string{strings.Repeat("x", 4097), "\xff"} {
		if resp, _ := find(t, opt, query); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
}

func TestWithoutNamesTheTicketIsShown(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	opt.ShowNames = false
	o.found = []FoundTicket{o.ticket("t1", "Ada Lovelace")}
	_, page := find(t, opt, "t1")
	says(t, page, []string{">t1<"}, []string{"Lovelace"})
	st := o.dispute("Ada Lovelace")
	_, page = ask(t, open(t, opt), http.MethodGet, storyPath(st.TicketKey), "", inEnglish)
	says(t, page, []string{"t/1"}, []string{"Lovelace", "Holder"})
}

func TestAStorySettlesADispute(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	st := o.dispute("Ada Lovelace")
	st.Conflicts = []admission.Conflict{{ID: 7, Kind: admission.UsedElsewhere, Theirs: "used by gate 2", TheirAt: scanTime(), OurAt: st.CheckIns[0].At, OurLane: "north", Remedy: "Ask gate 2."}}
	o.stories[st.TicketKey] = st
	srv := open(t, opt)
	_, page := ask(t, srv, http.MethodGet, storyPath(st.TicketKey), "", inEnglish)
	says(t, page, []string{
		"Admitted at 18:52:11, lane north, by its code.", "TiBillet knows of it.", "Somebody went through the gate.",
		"Refused or held once, at 19:02:11, lane north: Already used.",
		"Concert, Plein tarif", "Nuit du jazz", "R-1", "The list of lespass is 42 s old.",
		`data-api="/api/v1/tickets/lespass/t%2F1/admit"`, `name="note" required`,
		"What the gate would say by itself now", "Used at 18:52:11, lane north.",
		`data-api="/api/v1/checkins/3/undo"`, "TiBillet has been told of this admission and cannot take it back.",
		"used by gate 2 (19:02:11)", "Ask gate 2.",
	}, []string{`value="south"`}) // an exit admits nobody
}

func TestAStoryOfEveryKindIsToldInPlainWords(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		edit func(o *office, st *Story)
		want string
	}{
		"not shown yet":                    {func(_ *office, st *Story) { st.CheckIns = nil }, "It has not been shown here yet."},
		"used elsewhere, nobody says when": {func(_ *office, st *Story) { st.CheckIns, st.Used = nil, true }, "The platform says that it has been used, but not when."},
		"used elsewhere at a time":         {func(_ *office, st *Story) { st.CheckIns, st.Used, st.UsedAt = nil, true, scanTime().AddDate(0, 0, -1) }, "The platform says that it was used on 20 Nov, 19:02"},
		"only refused":                     {func(_ *office, st *Story) { st.CheckIns = st.CheckIns[1:] }, "Nobody has been let in with it here."},
		"admitted by hand, with the note": {func(_ *office, st *Story) {
			st.CheckIns[0].Grounds, st.CheckIns[0].Note = admission.GroundsOverride, "receipt"
		}, "by hand.</span> <span>Note: “receipt”"},
		"not delivered yet":                {func(_ *office, st *Story) { st.CheckIns[0].Delivery = admission.DeliveryPending }, "TiBillet has not been told yet"},
		"taken back by a person":           {func(o *office, st *Story) { st.Resets = []Reset{{At: o.Now(), Seq: 3, By: "page", Why: "wrong guest"}} }, "That was taken back at 19:02:11"},
		"reset by the platform":            {func(o *office, st *Story) { st.Resets = []Reset{{At: o.Now(), Seq: 3}} }, "TiBillet reset the ticket at 19:02:11"},
		"gone through the exit":            {func(_ *office, st *Story) { st.CheckIns[0].Direction = admission.Exit }, "Left at 18:52:11, lane north."},
		"known only from the journal":      {func(_ *office, st *Story) { st.Listed, st.Presence = false, admission.Presence{} }, "Not on a list"},
		"a check says nothing of an entry": {func(_ *office, st *Story) { st.CheckIns[0].Direction, st.CheckIns = admission.Check, st.CheckIns[:1] }, "Nobody has been let in with it here."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, opt := newOffice(t)
			st := o.dispute("Ada")
			tc.edit(o, &st)
			o.stories[st.TicketKey] = st
			_, page := ask(t, open(t, opt), http.MethodGet, storyPath(st.TicketKey), "", inEnglish)
			says(t, page, []string{tc.want}, nil)
		})
	}
}

func TestAnUndoIsARowOfItsOwnAndNoRefusal(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	st := o.dispute("Ada")
	undo := admission.CheckIn{ID: "01C", Seq: 11, Lane: "north", Direction: admission.Undo, At: o.Now(), By: "page", Note: "wrong guest", Recorded: true}
	undo.Reason, undo.Ticket, undo.Grounds = admission.ReasonUndone, st.TicketKey, admission.GroundsOverride
	st.CheckIns = append(st.CheckIns[:1], undo)
	st.Resets = []Reset{{At: o.Now(), Seq: 3, By: "page", Why: "wrong guest"}}
	o.stories[st.TicketKey] = st
	_, page := ask(t, open(t, opt), http.MethodGet, storyPath(st.TicketKey), "", inEnglish)
	says(t, page, []string{"That was taken back at 19:02:11", `data-verdict="idle"`, ">Undo<", "Admission undone", "wrong guest"}, []string{"Refused or held", `#s-"`})
}

func TestNobodyIsOfferedToAdmitWhereTicketsAreOnlyChecked(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	st := o.dispute("Ada")
	o.stories[st.TicketKey] = st
	srv := open(t, opt)
	_, page := ask(t, srv, http.MethodGet, storyPath(st.TicketKey), "", inEnglish)
	says(t, page, []string{`<option value="north">`}, nil)
	o.checking["north"] = true
	_, page = ask(t, srv, http.MethodGet, storyPath(st.TicketKey), "", inEnglish)
	says(t, page, []string{"or each only checks at present"}, []string{`<option value="north">`})
}

func TestStaffTakeNothingBack(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	opt.Access = access(t, adminWord, staffWord)
	st := o.dispute("Ada")
	srv := open(t, opt)
	asStaff, _ := logIn(t, srv, staffWord)
	asAdmin, _ := logIn(t, srv, adminWord)
	_, page := ask(t, srv, http.MethodGet, storyPath(st.TicketKey), "", asAdmin, inEnglish)
	says(t, page, []string{"Take the admission back", "Admit by hand"}, nil)
	_, page = ask(t, srv, http.MethodGet, storyPath(st.TicketKey), "", asStaff, inEnglish)
	says(t, page, []string{"Admit by hand"}, []string{"Take the admission back", "/undo"})

	// Staff say why.
	for _, note := range []string{"", "  "} {
		resp, raw := ask(t, srv, http.MethodPost, "/api/v1/tickets/lespass/t1/admit", `{"lane":"north","note":"`+note+`"}`, asStaff)
		wantFault(t, resp, raw, http.StatusBadRequest, "note_missing")
	}
	if resp, raw := ask(t, srv, http.MethodPost, "/api/v1/tickets/lespass/t1/admit", `{"lane":"north","note":"receipt"}`, asStaff); resp.StatusCode != http.StatusOK {
		t.Errorf("status %d %s", resp.StatusCode, raw)
	}
}

func TestAStoryOfNobodyAndOneThatCannotBeRead(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	srv := open(t, opt)
	resp, page := ask(t, srv, http.MethodGet, "/tickets/lespass/none", "", inEnglish)
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", resp.StatusCode)
	}
	says(t, page, []string{"No list and no check-in knows this ticket.", `href="/tickets"`}, nil)
	st := o.dispute("Ada")
	o.wrong = errors.New("row 17 of Ada is damaged")
	resp, page = ask(t, srv, http.MethodGet, storyPath(st.TicketKey), "", inEnglish)
	if resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", resp.StatusCode)
	}
	says(t, page, []string{"The station could not do that."}, []string{"damaged"})
	opt.Stories = nil
	if resp, _ := ask(t, open(t, opt), http.MethodGet, storyPath(st.TicketKey), ""); resp.StatusCode != http.StatusNotImplemented {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestHostileTextIsTextInSearchAndStory(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	st := o.dispute(evilText)
	st.ID, st.Product, st.EventName, st.Order, st.Price = evilText, evilText, evilText, evilText, evilText
	for i := range st.CheckIns {
		c := &st.CheckIns[i]
		c.Lane, c.Note, c.By, c.Product, c.Previous = evilText, evilText, evilText, evilText, &admission.Use{Lane: evilText, Station: evilText, By: admission.OtherStation}
	}
	st.Resets = []Reset{{At: o.Now(), Why: evilText, By: evilText}}
	st.Conflicts = []admission.Conflict{{ID: 1, Theirs: evilText, Remedy: evilText, Note: evilText, OurAt: o.Now(), OurLane: evilText, Resolved: true}}
	o.stories[st.TicketKey] = st
	o.found = []FoundTicket{st.FoundTicket}
	srv := open(t, opt)
	resp, page := ask(t, srv, http.MethodGet, storyPath(st.TicketKey), "")
	if resp.StatusCode != http.StatusOK || strings.Count(page, evilShown) < 12 {
		t.Errorf("status %d, %d times", resp.StatusCode, strings.Count(page, evilShown))
	}
	says(t, page, nil, []string{"<img", "\u202e"})
	_, page = find(t, opt, evilText)
	says(t, page, []string{evilShown}, []string{"<img", "\u202e</", "<script>"})
}
