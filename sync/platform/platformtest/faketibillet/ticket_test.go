package faketibillet_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"

	"gatescand/sync/platform/platformtest/faketibillet"
)

func encode(text string) string { return base64.URLEncoding.EncodeToString([]byte(text)) }

func TestFaultyCodes(t *testing.T) {
	h := newHouse(t)
	good := h.print(h.addTicket(faketibillet.Valid))
	other := h.addEvent(faketibillet.Event{Name: "Autre", Start: doors()}, 1)
	head, signature, _ := strings.Cut(good, ":")
	const missing = "\x00" // leave the field out
	for name, row := range map[string]struct {
		code         any
		check        int // status of check_ticket
		use          int // of ticket
		text, french string
	}{
		"good":                              {good, 200, 200, "", ""},
		"standard alphabet, line end":       {strings.NewReplacer("-", "+", "_", "/").Replace(good) + "\r\n", 200, 200, "", ""},
		"missing":                           {missing, 406, 400, "QR code data is required", ""},
		"empty":                             {"", 406, 400, "QR code data is required", ""},
		"null":                              {nil, 406, 400, "QR code data is required", ""},
		"false":                             {false, 406, 400, "QR code data is required", ""},
		"a number":                          {7, 500, 500, "'int' object has no attribute 'split'", ""},
		"a list":                            {[]string{good}, 500, 500, "'list' object has no attribute 'split'", ""},
		"no colon":                          {head, 400, 400, "Invalid QR code format", ""},
		"two colons":                        {good + ":", 400, 400, "Invalid QR code format", ""},
		"head is not base64":                {"abc:" + signature, 400, 400, "Error decoding QR code data: Incorrect padding", ""},
		"head is not ASCII":                 {"é:" + signature, 400, 400, "Error decoding QR code data: string argument should contain only ASCII characters", ""},
		"head is not UTF-8":                 {"t7e3:" + signature, 400, 400, "Error decoding QR code data: 'utf-8' codec can't decode byte 0xb7 in position 0: invalid start byte", ""},
		"head is not JSON":                  {encode("{uuid}") + ":" + signature, 400, 400, "Error decoding QR code data: Expecting value: line 1 column 1 (char 0)", ""},
		"head is an array":                  {encode("[1]") + ":" + signature, 400, 400, "Error decoding QR code data: 'list' object has no attribute 'get'", ""},
		"head has no uuid":                  {encode(`{"UUID":"x"}`) + ":" + signature, 400, 400, "Ticket UUID not found in QR code data", ""},
		"uuid is a number":                  {encode(`{"uuid":7}`) + ":" + signature, 500, 500, "'int' object has no attribute 'replace'", ""},
		"uuid does not parse":               {encode(`{"uuid":"zz"}`) + ":" + signature, 500, 500, "['“zz” is not a valid UUID.']", "['«\u00a0zz\u00a0» n’est pas un UUID valide.']"},
		"no such ticket":                    {encode(`{"uuid":"00000000-0000-0000-0000-000000000000"}`) + ":b", 404, 404, "Ticket not found", ""},
		"signature of something else":       {head + ":" + encode(strings.Repeat("x", 256)), 400, 400, "Invalid ticket signature", ""},
		"signature too short":               {head + ":" + encode("x"), 400, 400, "Invalid ticket signature", ""},
		"signature lost its padding":        {strings.TrimRight(good, "="), 500, 500, "Incorrect padding", ""},
		"same ticket, head spelt otherwise": {encode(strings.Replace(string(decoded(t, head)), ": ", ":", 1)) + ":" + signature, 400, 400, "Invalid ticket signature", ""},
	} {
		t.Run(name, func(t *testing.T) {
			fields := map[string]any{"qrcode_data": row.code}
			if row.code == missing {
				delete(fields, "qrcode_data")
			}
			check := func(path string, status int, language, want string) {
				r := h.post(path, fields, "Accept-Language", language)
				if r.status != status || r.header.Get("Content-Type") != "application/json" {
					t.Errorf("%s: %d %s, want %d", path, r.status, r.body, status)
				}
				if text, _ := r.json(t)["error"].(string); text != want {
					t.Errorf("%s: error %q, want %q", path, text, want)
				}
			}
			check("/scan/check_ticket/", row.check, "en", row.text)
			if row.french != "" {
				check("/scan/check_ticket/", row.check, "fr", row.french)
			}
			fields["event_uuid"] = h.event
			check("/scan/ticket/", row.use, "en", row.text)
			if row.use != 404 && row.use != 200 && (row.text == "Invalid ticket signature" || row.text == "Incorrect padding") {
				fields["event_uuid"] = other
				check("/scan/ticket/", 406, "en", "Event error") // before the signature is looked at
			}
			for _, nothing := range []any{nil, "", 0} {
				fields["event_uuid"] = nothing
				check("/scan/ticket/", 400, "en", "Event uuid is required") // before anything
			}
		})
	}
	for name, asked := range map[string]any{"another event": other, "not a uuid": "x", "a number": 1} {
		t.Run("use for "+name, func(t *testing.T) {
			r := h.post("/scan/ticket/", map[string]any{"event_uuid": asked, "qrcode_data": good})
			if r.status != 406 || r.json(t)["error"] != "Event error" {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
}

func decoded(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := base64.URLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestFaultyBodiesAreJSONErrorsWithStatus500(t *testing.T) {
	h := newHouse(t)
	for name, row := range map[string]struct{ body, contentType, want string }{
		"not JSON":           {"{bad", "application/json", "JSON parse error - "},
		"two values":         {"{} {}", "application/json", "JSON parse error - "},
		"not UTF-8":          {"{\"a\":\"\xff\"}", "application/json", "JSON parse error - 'utf-8'"},
		"an array":           {"[1]", "application/json", "'list' object has no attribute 'get'"},
		"a null":             {"null", "application/json", "'NoneType' object has no attribute 'get'"},
		"another media type": {"{}", "text/plain", `Unsupported media type "text/plain" in request.`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/scan/check_ticket/", "/scan/ticket/"} {
				r := h.send(http.MethodPost, path, row.body, "Content-Type", row.contentType)
				text, _ := r.json(t)["error"].(string)
				if r.status != 500 || r.header.Get("Content-Type") != "application/json" || !strings.HasPrefix(text, row.want) {
					t.Errorf("%s: %d %s", path, r.status, r.body)
				}
			}
		})
	}
}

func TestEveryStateButScannedIsScannedWithSuccess(t *testing.T) {
	h := newHouse(t)
	for _, status := range faketibillet.Statuses() {
		t.Run(status.Word("en", "en"), func(t *testing.T) {
			ticket := h.addTicket(status)
			if r := h.post("/scan/check_ticket/", map[string]any{"qrcode_data": h.print(ticket)}); r.status != 200 {
				t.Fatalf("check: %d %s", r.status, r.body)
			} else if got := r.json(t)["ticket"].(map[string]any); got["status"] != status.Word("en", "en") || //nolint:errcheck // the test panics
				got["is_scanned"] != (status == faketibillet.Scanned) || got["scanned_by"] != nil || got["custom_form"] != nil {
				t.Errorf("check: %s", r.body)
			}
			if h.status(ticket) != status {
				t.Error("a check changed the ticket")
			}
			r := h.use(ticket)
			body := r.json(t)
			if body["success"] != (status != faketibillet.Scanned) || r.status != 200 {
				t.Fatalf("use: %d %s", r.status, r.body)
			}
			if h.status(ticket) != faketibillet.Scanned {
				t.Error("not scanned afterwards")
			}
			if got, _ := body["ticket"].(map[string]any); got["is_scanned"] != nil {
				t.Errorf("a use tells is_scanned: %s", r.body)
			}
		})
	}
}

func TestSecondUseNamesTheFirstDevice(t *testing.T) {
	h := newHouse(t)
	_, otherKey, err := h.PairedApp("Porte sud")
	if err != nil {
		t.Fatal(err)
	}
	ticket := h.addTicket(faketibillet.Valid)
	first := h.use(ticket).json(t)
	code := h.print(ticket)
	for name, key := range map[string]string{"the same gate": h.key, "another gate": otherKey} {
		r := h.post("/scan/ticket/", map[string]any{"event_uuid": h.event, "qrcode_data": code}, "Authorization", "Api-Key "+key)
		body := r.json(t)
		got, _ := body["ticket"].(map[string]any)
		if r.status != 200 || body["success"] != false || body["message"] != "Ticket already scanned" || got["scanned_by"] != h.app.UUID {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if first["message"] != "Ticket successfully scanned" {
		t.Errorf("first: %v", first)
	}
	uses := h.Uses()
	if len(uses) != 3 || !uses[0].Success || uses[1].Success || uses[0].Ticket != ticket || uses[0].Caller != h.app.UUID ||
		uses[0].Event != h.event || !uses[0].At.Equal(doors()) {
		t.Errorf("uses %+v", uses)
	}
}

func TestAdministratorsLeaveScannedByAlone(t *testing.T) {
	h := newHouse(t)
	ticket := h.addTicket(faketibillet.Valid)
	h.use(ticket)
	if err := h.Unscan(ticket); err != nil {
		t.Fatal(err)
	}
	got, err := h.Ticket(ticket)
	if err != nil || got.Status != faketibillet.Valid || got.ScannedBy != h.app.UUID {
		t.Errorf("after un-scan: %+v %v", got, err)
	}
	byHand := h.addTicket(faketibillet.Valid)
	if err := h.AdminScan(byHand); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Ticket(byHand); err != nil || got.Status != faketibillet.Scanned || got.ScannedBy != "" {
		t.Errorf("after a scan by hand: %+v %v", got, err)
	}
}

func TestASingleTicketIsCanceled(t *testing.T) {
	h := newHouse(t)
	ticket := h.addTicket(faketibillet.Valid)
	if err := h.Cancel(ticket); err != nil || h.status(ticket) != faketibillet.Canceled {
		t.Errorf("%s %v", h.status(ticket), err)
	}
}

func TestBoxOfficeRefusesWhatTheAdminPagesRefuse(t *testing.T) {
	h := newHouse(t)
	scanned, canceled := h.addTicket(faketibillet.Scanned), h.addTicket(faketibillet.Canceled)
	for name, row := range map[string]struct {
		err  error
		want error
	}{
		"a scanned ticket is not canceled alone": {h.Cancel(scanned), faketibillet.ErrRefused},
		"a canceled ticket is not scanned":       {h.AdminScan(canceled), faketibillet.ErrRefused},
		"nor un-scanned":                         {h.Unscan(canceled), faketibillet.ErrRefused},
		"a state must be one of five":            {h.SetStatus(scanned, 'X'), faketibillet.ErrRefused},
		"an unknown ticket":                      {h.Cancel("x"), faketibillet.ErrUnknown},
		"an unknown reservation":                 {h.Pay("x"), faketibillet.ErrUnknown},
		"an unknown device":                      {h.ArchiveApp("x"), faketibillet.ErrUnknown},
	} {
		if !errors.Is(row.err, row.want) {
			t.Errorf("%s: %v", name, row.err)
		}
	}
	for name, bad := range map[string]faketibillet.Ticket{
		"no event":            {},
		"taken":               {UUID: scanned, Event: h.event},
		"custom form no JSON": {Event: h.event, CustomForm: []byte("{")},
		"impossible uuid":     {UUID: "x", Event: h.event},
	} {
		if _, err := h.AddTicket(bad); err == nil {
			t.Errorf("a ticket was added: %s", name)
		}
	}
	if _, err := h.AddEvent(faketibillet.Event{KeyPEM: "x"}); !errors.Is(err, faketibillet.ErrBadKey) {
		t.Errorf("a bad key: %v", err)
	}
}

func TestTwoDevicesReleasedTogetherBothSucceed(t *testing.T) {
	h := newHouse(t)
	ticket := h.addTicket(faketibillet.Valid)
	h.RaceUses(2)
	answers := make(chan reply, 2)
	codes := []string{h.print(ticket), h.print(ticket)}
	for _, code := range codes {
		go func() {
			answers <- h.post("/scan/ticket/", map[string]any{"event_uuid": h.event, "qrcode_data": code})
		}()
	}
	for range 2 {
		if r := <-answers; r.json(t)["success"] != true {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	if body := h.use(ticket).json(t); body["success"] != false {
		t.Errorf("after the race: %v", body)
	}
}
