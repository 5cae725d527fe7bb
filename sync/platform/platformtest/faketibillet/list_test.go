package faketibillet_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest/faketibillet"
)

type page struct {
	Success            bool
	Count, Total, Page int
	PageSize           int               `json:"page_size"`
	TotalPages         int               `json:"total_pages"`
	Ordering           map[string]string `json:"ordering"`
	Results            []map[string]any
}

func (h *house) list(fields map[string]any, headers ...string) page {
	h.tb.Helper()
	if _, named := fields["event_uuid"]; !named {
		fields["event_uuid"] = h.event
	}
	r := h.post("/scan/list_tickets/", fields, headers...)
	var p page
	if err := json.Unmarshal(r.body, &p); err != nil || r.status != http.StatusOK {
		h.tb.Fatalf("%d %s %v", r.status, r.body, err)
	}
	return p
}

func (h *house) walk(order map[string]any) []string {
	h.tb.Helper()
	var uuids []string
	for number := 1; ; number++ {
		fields := map[string]any{"page": number, "page_size": 7}
		maps.Copy(fields, order)
		p := h.list(fields)
		for _, row := range p.Results {
			uuids = append(uuids, row["uuid"].(string)) //nolint:errcheck // the test panics
		}
		if number >= p.TotalPages {
			return uuids
		}
	}
}

func fill(h *house, n int) {
	h.tb.Helper()
	for range n {
		if _, err := h.AddTicket(faketibillet.Ticket{Event: h.event, Reservation: "one", LastName: "Do"}); err != nil {
			h.tb.Fatal(err)
		}
	}
}

func hollow(o *faketibillet.Options) { o.RowSigning = faketibillet.SignHollow }

func TestOnlyTheOrderByUUIDIsTotal(t *testing.T) {
	h := newHouse(t, hollow)
	fill(h, 50)
	up := h.walk(map[string]any{"order_by": "uuid", "order_dir": "asc"})
	if len(up) != 50 || !slices.IsSorted(up) || len(slices.Compact(slices.Clone(up))) != 50 {
		t.Errorf("uuid ascending: %d rows", len(up))
	}
	down := h.walk(map[string]any{"order_by": "uuid"})
	slices.Reverse(down)
	if !slices.Equal(up, down) {
		t.Error("uuid descending is not the reverse")
	}
	for _, key := range []string{"reservation__datetime", "last_name", "first_name", "status", "reservation__uuid"} {
		rows := h.walk(map[string]any{"order_by": key})
		slices.Sort(rows)
		if len(rows) != 50 || len(slices.Compact(rows)) == 50 {
			t.Errorf("order by %s: no row was repeated over the pages of one reservation", key)
		}
	}
	first, again := h.list(map[string]any{}), h.list(map[string]any{})
	if fmt.Sprint(first) != fmt.Sprint(again) {
		t.Error("the same page twice differs")
	}
}

func TestListSortsByItsKey(t *testing.T) {
	h := newHouse(t, hollow)
	for i, name := range []string{"b", "", "c", "a"} {
		if _, err := h.AddTicket(faketibillet.Ticket{
			Event: h.event, FirstName: name, ReservedAt: doors().Add(time.Duration(i) * time.Hour), Status: faketibillet.Statuses()[i],
		}); err != nil {
			t.Fatal(err)
		}
	}
	for name, row := range map[string]struct {
		fields map[string]any
		want   string
	}{
		"newest reservation first by default": {map[string]any{}, "[a c <nil> b]"},
		"oldest first":                        {map[string]any{"order_dir": "asc"}, "[b <nil> c a]"},
		"null names last":                     {map[string]any{"order_by": "first_name", "order_dir": "asc"}, "[a b c <nil>]"},
		"null names first in reverse":         {map[string]any{"order_by": "first_name"}, "[<nil> c b a]"},
		"by state letter":                     {map[string]any{"order_by": "status", "order_dir": "asc"}, "[b c <nil> a]"},
	} {
		t.Run(name, func(t *testing.T) {
			var names []any
			for _, r := range h.list(row.fields).Results {
				names = append(names, r["first_name"])
			}
			if fmt.Sprint(names) != row.want {
				t.Errorf("%v, want %s", names, row.want)
			}
		})
	}
}

func TestPages(t *testing.T) {
	h := newHouse(t, hollow)
	fill(h, 45)
	for name, row := range map[string]struct {
		fields                          map[string]any
		count, total, number, size, all int
	}{
		"forty rows by default":   {map[string]any{}, 40, 45, 1, 40, 2},
		"the rest":                {map[string]any{"page": 2}, 5, 45, 2, 40, 2},
		"past the end":            {map[string]any{"page": 3}, 0, 45, 3, 40, 2},
		"far past the end":        {map[string]any{"page": math.MaxInt}, 0, 45, math.MaxInt, 40, 2},
		"numbers as text":         {map[string]any{"page": "2", "page_size": "30.0"}, 15, 45, 2, 30, 2},
		"the largest page":        {map[string]any{"page_size": 200}, 45, 45, 1, 200, 1},
		"an event nobody knows":   {map[string]any{"event_uuid": "00000000-0000-0000-0000-000000000000"}, 0, 0, 1, 40, 0},
		"a uuid in another dress": {map[string]any{"event_uuid": "{" + strings.ToUpper(strings.ReplaceAll(h.event, "-", "")) + "}"}, 40, 45, 1, 40, 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := h.list(row.fields)
			if !p.Success || p.Count != row.count || len(p.Results) != row.count || p.Results == nil || p.Total != row.total ||
				p.Page != row.number || p.PageSize != row.size || p.TotalPages != row.all {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestListRefusesBadWishesByField(t *testing.T) {
	h := newHouse(t)
	for name, row := range map[string]struct {
		body, english, french string
	}{
		"no event":       {`{}`, `{"event_uuid":["This field is required."]}`, `{"event_uuid":["Ce champ est obligatoire."]}`},
		"null event":     {`{"event_uuid":null}`, `{"event_uuid":["This field may not be null."]}`, `{"event_uuid":["Ce champ ne peut être nul."]}`},
		"no uuid":        {`{"event_uuid":"x"}`, `{"event_uuid":["Must be a valid UUID."]}`, `{"event_uuid":["Doit être un UUID valide."]}`},
		"page 0":         {`{"event_uuid":"E","page":0}`, `{"page":["Ensure this value is greater than or equal to 1."]}`, `{"page":["Assurez-vous que cette valeur est supérieure ou égale à 1."]}`},
		"page size 201":  {`{"event_uuid":"E","page_size":201}`, `{"page_size":["Ensure this value is less than or equal to 200."]}`, `{"page_size":["Assurez-vous que cette valeur est inférieure ou égale à 200."]}`},
		"page one half":  {`{"event_uuid":"E","page":0.5}`, `{"page":["A valid integer is required."]}`, `{"page":["Un nombre entier valide est requis."]}`},
		"page true":      {`{"event_uuid":"E","page":true}`, `{"page":["A valid integer is required."]}`, `{"page":["Un nombre entier valide est requis."]}`},
		"page null":      {`{"event_uuid":"E","page":null}`, `{"page":["This field may not be null."]}`, `{"page":["Ce champ ne peut être nul."]}`},
		"odd order":      {`{"event_uuid":"E","order_by":"email"}`, `{"order_by":["\"email\" is not a valid choice."]}`, "{\"order_by\":[\"«\u00a0email\u00a0» n'est pas un choix valide.\"]}"},
		"odd direction":  {`{"event_uuid":"E","order_dir":7}`, `{"order_dir":["\"7\" is not a valid choice."]}`, "{\"order_dir\":[\"«\u00a07\u00a0» n'est pas un choix valide.\"]}"},
		"null direction": {`{"event_uuid":"E","order_dir":null}`, `{"order_dir":["This field may not be null."]}`, `{"order_dir":["Ce champ ne peut être nul."]}`},
		"an array":       {`[]`, `{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.Replace(row.body, `"E"`, `"`+h.event+`"`, 1)
			for language, want := range map[string]string{"en": row.english, "fr-FR": row.french} {
				if want == "" {
					continue
				}
				r := h.send(http.MethodPost, "/scan/list_tickets/", body, "Accept-Language", language)
				if r.status != 400 || string(r.body) != want {
					t.Errorf("%d %s", r.status, r.body)
				}
			}
		})
	}
	if r := h.send(http.MethodPost, "/scan/list_tickets/", "{", "Accept-Language", "en"); r.status != 400 || r.json(t)["detail"] == nil {
		t.Errorf("broken JSON: %d %s", r.status, r.body)
	}
	if r := h.send(http.MethodPost, "/scan/list_tickets/", "{}", "Content-Type", "text/plain"); r.status != 415 {
		t.Errorf("another media type: %d %s", r.status, r.body)
	}
}

func TestRowSignatures(t *testing.T) {
	for name, row := range map[string]struct {
		signing    faketibillet.RowSigning
		same, good bool
	}{
		"once":   {faketibillet.SignOnce, true, true},
		"anew":   {faketibillet.SignAnew, false, true},
		"hollow": {faketibillet.SignHollow, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(o *faketibillet.Options) { o.RowSigning = row.signing })
			ticket := h.addTicket(faketibillet.Valid)
			first := h.list(map[string]any{}).Results[0]["qrcode_data"]
			second := h.list(map[string]any{}).Results[0]["qrcode_data"]
			if (first == second) != row.same {
				t.Errorf("same code twice: %v", first == second)
			}
			if first == h.print(ticket) {
				t.Error("the row shows the printed code")
			}
			if text, _ := first.(string); len(text) != 409 {
				t.Errorf("code of %d characters", len(text))
			}
			if r := h.post("/scan/check_ticket/", map[string]any{"qrcode_data": first}); (r.status == 200) != row.good {
				t.Errorf("check: %d %s", r.status, r.body)
			}
		})
	}
}

func TestReservationTimeMovesOnlyWithTheReservation(t *testing.T) {
	now := doors()
	h := newHouse(t, hollow, func(o *faketibillet.Options) { o.Clock = func() time.Time { return now } })
	ticket := h.addTicket(faketibillet.Inactive)
	got, err := h.Ticket(ticket)
	if err != nil {
		t.Fatal(err)
	}
	shown := func() any { return h.list(map[string]any{}).Results[0]["reservation_datetime"] }
	if shown() != "2026-11-21T19:30:15.123456Z" {
		t.Fatalf("at first: %v", shown())
	}
	now = now.Add(time.Hour)
	for _, step := range []struct {
		name string
		act  func() error
	}{
		{"made valid alone", func() error { return h.SetStatus(ticket, faketibillet.Valid) }},
		{"used", func() error { return h.use(ticket).err }},
		{"un-scanned", func() error { return h.Unscan(ticket) }},
		{"scanned by hand", func() error { return h.AdminScan(ticket) }},
		{"made inactive alone", func() error { return h.SetStatus(ticket, faketibillet.Inactive) }},
	} {
		if err := step.act(); err != nil || shown() != "2026-11-21T19:30:15.123456Z" {
			t.Errorf("%s: %v %v", step.name, shown(), err)
		}
	}
	if err := h.Pay(got.Reservation); err != nil || shown() != "2026-11-21T20:30:15.123456Z" || h.status(ticket) != faketibillet.Valid {
		t.Errorf("paid: %v %v", shown(), err)
	}
	now = now.Add(time.Hour).Truncate(time.Second)
	if err := h.CancelReservation(got.Reservation); err != nil || shown() != "2026-11-21T21:30:15Z" || h.status(ticket) != faketibillet.Canceled {
		t.Errorf("canceled whole: %v %v", shown(), err)
	}
	now = now.Add(time.Hour)
	if err := h.TouchReservation(got.Reservation); err != nil || shown() != "2026-11-21T22:30:15Z" {
		t.Errorf("touched: %v %v", shown(), err)
	}
}

func TestRowsShowWordsOfTheLanguage(t *testing.T) {
	h := newHouse(t, hollow)
	h.addTicket(faketibillet.Created)
	for header, want := range map[string][2]string{
		"en":                        {"en", "Created"},
		"en-GB,en;q=0.9":            {"en", "Created"},
		"":                          {"fr", "Créé"},
		"fr":                        {"fr", "Créé"},
		"de":                        {"de", "Erzeugt"},
		"es":                        {"es", "Fecha de creación"},
		"pt-BR":                     {"pt", "Criado"},
		"it":                        {"it", "Créé"},
		"tlh":                       {"fr", "Créé"},
		"tlh, en;q=0.5":             {"en", "Created"},
		"en;q=0.4, fr;q=0.6":        {"fr", "Créé"},
		"*":                         {"fr", "Créé"},
		"en;q=0, fr;q=x, de;q=0.1 ": {"de", "Erzeugt"},
		"en;q=0":                    {"fr", "Créé"},
	} {
		r := h.post("/scan/list_tickets/", map[string]any{"event_uuid": h.event}, "Accept-Language", header)
		if got := r.header.Get("Content-Language"); got != want[0] || !strings.Contains(string(r.body), `"status":"`+want[1]+`"`) {
			t.Errorf("%q: %s %s", header, got, r.body)
		}
	}
}

func TestSearch(t *testing.T) {
	h := newHouse(t, hollow)
	fill(h, 60)
	ticket := h.addTicket(faketibillet.Valid)
	full, err := h.Ticket(ticket)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		text  string
		count int
	}{
		"the beginning of a uuid":         {ticket[:13], 1},
		"the beginning of a reservation":  {full.Reservation[:12], 1},
		"a part of a name, any case":      {"jO", 1},
		"a part of an address":            {"@EXAMPLE", 1},
		"a price":                         {"plein", 1},
		"a product":                       {"bill", 1},
		"never more than fifty":           {"do", 50},
		"the middle of a uuid is nothing": {ticket[3:20], 0},
	} {
		t.Run(name, func(t *testing.T) {
			body := h.post("/scan/search_ticket/", map[string]any{"event_uuid": h.event, "search": row.text}).json(t)
			if results, _ := body["results"].([]any); body["success"] != true || len(results) != row.count || body["count"] != float64(row.count) {
				t.Errorf("%v", body)
			}
		})
	}
	for body, want := range map[string]string{
		`{}`:                              "Event uuid is required",
		`{"event_uuid":"x"}`:              "Search string is required",
		`{"event_uuid":"x","search":"a"}`: "Invalid event uuid",
	} {
		if r := h.send(http.MethodPost, "/scan/search_ticket/", body); r.status != 400 || r.json(t)["error"] != want {
			t.Errorf("%s: %d %s", body, r.status, r.body)
		}
	}
}

func TestDeletedTicketIsGoneEverywhere(t *testing.T) {
	h := newHouse(t, hollow)
	ticket := h.addTicket(faketibillet.Valid)
	code := h.print(ticket)
	h.addTicket(faketibillet.Valid)
	if p := h.list(map[string]any{"order_by": "uuid"}); len(p.Results) != 2 {
		t.Errorf("before: %+v", p)
	}
	if err := h.DeleteTicket(ticket); err != nil {
		t.Fatal(err)
	}
	if p := h.list(map[string]any{"order_by": "uuid"}); p.Total != 1 || len(p.Results) != 1 || p.Results[0]["uuid"] == ticket {
		t.Errorf("listed: %+v", p)
	}
	if r := h.post("/scan/check_ticket/", map[string]any{"qrcode_data": code}); r.status != 404 {
		t.Errorf("checked: %d", r.status)
	}
}

func TestAnswersAreNotEscapedForHTML(t *testing.T) {
	h := newHouse(t, hollow)
	if _, err := h.AddTicket(faketibillet.Ticket{Event: h.event, FirstName: "<b>&é</b>"}); err != nil {
		t.Fatal(err)
	}
	if r := h.post("/scan/list_tickets/", map[string]any{"event_uuid": h.event}); !strings.Contains(string(r.body), `"<b>&é</b>"`) {
		t.Errorf("%s", r.body)
	}
}
