package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// decode reads an answer strictly into T.
func decode[T any](t *testing.T, raw string) T {
	t.Helper()
	var v T
	d := json.NewDecoder(strings.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

func wantFault(t *testing.T, resp reply, raw string, status int, code string) {
	t.Helper()
	if resp.StatusCode != status || resp.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("status %d %s, want %d: %s", resp.StatusCode, resp.Header.Get("Content-Type"), status, raw)
		return
	}
	f := decode[faultBody](t, raw).Error
	if f.Code != code || f.Message == "" || f.Hint == "" {
		t.Errorf("error %+v, want code %s with a message and a hint", f, code)
	}
}

func TestEveryCallNeedsTheToken(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	calls := []string{
		"GET /api/v1/status", "GET /api/v1/checkins", "GET /api/v1/events", "GET /api/v1/tickets?q=a", "GET /api/v1/conflicts", "GET /api/v1/outbox",
		"POST /api/v1/lanes/north/scans", "POST /api/v1/lanes/north/open", "POST /api/v1/lanes/north/close", "POST /api/v1/lanes/north/test",
		"POST /api/v1/tickets/lespass/t1/admit", "POST /api/v1/conflicts/7/resolve", "POST /api/v1/accounts/lespass/sweep",
		"POST /api/v1/outbox/retry", "POST /api/v1/pair", "GET /api/v1/nothing", "DELETE /api/v1/status",
	}
	for _, call := range calls {
		method, path, _ := strings.Cut(call, " ")
		for name, edit := range map[string]func(*http.Request){
			"no token":             stranger,
			"a wrong token":        func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+testToken+"x") },
			"an empty token":       func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") },
			"another scheme":       func(r *http.Request) { r.Header.Set("Authorization", "Basic "+testToken) },
			"a made-up session":    func(r *http.Request) { stranger(r); r.Header.Set("Cookie", cookieName+"=abcdef") },
			"the token as session": func(r *http.Request) { stranger(r); r.Header.Set("Cookie", cookieName+"="+testToken) },
			"the token in the URL": func(r *http.Request) { stranger(r); r.URL.RawQuery += "&token=" + testToken },
		} {
			resp, raw := ask(t, srv, method, path, `{"payload":"alpha"}`, edit)
			wantFault(t, resp, raw, http.StatusUnauthorized, "unauthorized")
			if resp.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %s: no challenge", call, name)
			}
		}
	}
	if len(st.scanned)+len(st.swept)+len(st.tested)+len(st.paired)+len(st.retried) != 0 || !st.open["north"] {
		t.Error("a stranger did something")
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	st := shortEvening(t)
	st.conditions = []Condition{{Code: "unheard_of", Severity: "warning", Text: "Little room.", Remedy: "Remove something.", Since: scanTime()}}
	srv := open(t, st.options())
	_, raw := ask(t, srv, http.MethodGet, "/api/v1/status", "")
	got := decode[Status](t, raw)
	want := Status{
		Version: "1.2.3", Station: "Main entrance", Ready: true,
		Clock: ClockStatus{Now: scanTime(), Trusted: true, Zone: "CET", Local: "19:02:11", Offset: 3600},
		Lanes: []LaneStatus{
			{Name: "north", Direction: "entry", Open: true, Reader: Reader{Address: "serial:/dev/ttyUSB0", State: "up"}},
			{Name: "south", Direction: "exit", Open: true, Reader: Reader{Address: "virtual:", State: "virtual"}},
		},
		Accounts: []AccountStatus{{
			Name: "lespass", Platform: "tibillet", State: "ok", Paired: true, Tickets: 512, AsOf: new(scanTime().Add(-42 * time.Second)),
			ListAge: new(int64(42)), Events: []string{"Nuit du jazz"},
		}},
		Counts: Counts{Admitted: 1, Refused: 1, Held: 1, Inside: 1, Capacity: 400}, Conditions: st.conditions,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// shortEvening has one scan of each verdict.
func shortEvening(t *testing.T) *station {
	t.Helper()
	st := newStation()
	for _, code := range []string{"alpha", "alpha", "hold"} {
		if _, err := st.Scan(t.Context(), "north", []byte(code)); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

func TestStatusHasGapsRatherThanNoAnswer(t *testing.T) {
	t.Parallel()
	st := newStation()
	st.fail = errors.New("the disk is gone")
	st.notReady = []string{"The journal cannot be written."}
	srv := open(t, st.options())
	resp, raw := ask(t, srv, http.MethodGet, "/api/v1/status", "")
	got := decode[Status](t, raw)
	if resp.StatusCode != http.StatusOK || got.Ready || len(got.NotReady) != 1 || len(got.Lanes) != 2 {
		t.Errorf("status %d %+v", resp.StatusCode, got)
	}
	if strings.Contains(raw, "null,") && strings.Contains(raw, `"lanes":null`) {
		t.Error("a list is null")
	}
}

func TestStatusOfAnEmptyStation(t *testing.T) {
	t.Parallel()
	srv := open(t, Options{Token: testToken, Now: time.Now, Hub: NewHub()})
	resp, raw := ask(t, srv, http.MethodGet, "/api/v1/status", "")
	if resp.StatusCode != http.StatusOK || !strings.Contains(raw, `"lanes":[]`) || !strings.Contains(raw, `"conditions":[]`) {
		t.Errorf("status %d %s", resp.StatusCode, raw)
	}
	if got := strings.Join(decode[Status](t, raw).Gaps, " "); got != "accounts outbox conflicts journal" {
		t.Errorf("its zeros are no figures, and the gaps are %q", got)
	}
	for _, call := range []string{
		"GET /api/v1/checkins", "GET /api/v1/tickets?q=a", "GET /api/v1/conflicts", "GET /api/v1/outbox",
		"POST /api/v1/lanes/north/scans", "POST /api/v1/lanes/north/open", "POST /api/v1/lanes/north/test",
		"POST /api/v1/tickets/lespass/t1/admit", "POST /api/v1/conflicts/7/resolve", "POST /api/v1/accounts/lespass/sweep",
		"POST /api/v1/outbox/retry", "POST /api/v1/pair",
	} {
		method, path, _ := strings.Cut(call, " ")
		resp, raw := ask(t, srv, method, path, "{}")
		wantFault(t, resp, raw, http.StatusNotImplemented, "not_available")
	}
}

func TestScanAnswersADecision(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	_, raw := ask(t, srv, http.MethodPost, "/api/v1/lanes/north/scans", `{"payload":"alpha"}`)
	got := decode[Decision](t, raw)
	want := Decision{
		ID: "01J0", Seq: 1, At: scanTime(), Station: "Main entrance", Lane: "north", Direction: "entry",
		Verdict: "admit", Reason: "admitted", Grounds: "listed", Message: "Bienvenue", Account: "lespass", Platform: "tibillet",
		Ticket:  &Ticket{ID: "alpha", Event: "evening", EventName: "Nuit du jazz", Product: "Plein tarif", Holder: "Ada Lovelace"},
		ListAge: new(int64(42)), Took: new(int64(913)), Recorded: true, Delivery: "pending", Rung: 18,
		Headline: "Billet valable", Detail: "Sur la liste.", Time: "19:02:11",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, field := range []string{`"previous":null`, `"took_us":913`, `"list_age_s":42`} {
		if !strings.Contains(raw, field) {
			t.Errorf("%s is missing in %s", field, raw)
		}
	}
	_, raw = ask(t, srv, http.MethodPost, "/api/v1/lanes/south/scans", `{"payload":"alpha"}`, func(r *http.Request) { r.Header.Set("Accept-Language", "de-AT,en;q=0.5") })
	got = decode[Decision](t, raw)
	if got.Reason != "already_redeemed" || got.Message != "Ce billet a déjà été utilisé" || got.Detail != "Benutzt um 19:02:11, Spur north." {
		t.Errorf("second scan %+v", got)
	}
	if diff := cmp.Diff(&Previous{At: new(scanTime()), Station: "Main entrance", Lane: "north", By: "here"}, got.Previous); diff != "" {
		t.Error(diff)
	}
}

func TestScanTakesAnyBytes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ body, want string }{
		"text":                      {`{"payload":"é \u0000 \u001b[31m"}`, "é \x00 \x1b[31m"},
		"text with blanks before":   {`{"payload":"  x"}`, "  x"},
		"bytes in base64":           {`{"payload_base64":"/wD+"}`, "\xff\x00\xfe"},
		"base64 with padding":       {`{"payload_base64":"/w=="}`, "\xff"},
		"base64 without padding":    {`{"payload_base64":"/w"}`, "\xff"},
		"an empty code":             {`{"payload":""}`, ""},
		"a long code":               {`{"payload":"` + strings.Repeat("x", 60000) + `"}`, strings.Repeat("x", 60000)},
		"a pair of surrogates":      {`{"payload":"\ud83c\udfab"}`, "🎫"},
		"blanks around the message": {"\r\n\t {\"payload\":\"x\"}\n", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStation()
			srv := open(t, st.options())
			resp, raw := ask(t, srv, http.MethodPost, "/api/v1/lanes/north/scans", tc.body)
			if resp.StatusCode != http.StatusOK || len(st.scanned) != 1 || string(st.scanned[0]) != tc.want {
				t.Errorf("status %d %s, scanned %q", resp.StatusCode, raw, st.scanned)
			}
		})
	}
}

func TestScanRefusesWhatItWouldHaveToChange(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	for name, tc := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"nothing":                       {"", 400, "bad_payload"},
		"an empty object":               {"{}", 400, "bad_payload"},
		"null":                          {"null", 400, "bad_payload"},
		"a payload that is null":        {`{"payload":null}`, 400, "bad_payload"},
		"both payloads":                 {`{"payload":"a","payload_base64":"YQ=="}`, 400, "bad_payload"},
		"a number":                      {`{"payload":7}`, 400, "bad_body"},
		"a list":                        {`["a"]`, 400, "bad_body"},
		"a bare string":                 {`"a"`, 400, "bad_body"},
		"half an object":                {`{"payload":"a`, 400, "bad_body"},
		"no JSON at all":                {`payload=a`, 400, "bad_body"},
		"two objects":                   {`{"payload":"a"}{"payload":"b"}`, 400, "bad_body"},
		"a field nobody knows":          {`{"payload":"a","lane":"south"}`, 400, "bad_body"},
		"invalid UTF-8":                 {"{\"payload\":\"\xff\"}", 400, "bad_body"},
		"half a surrogate pair":         {`{"payload":"\ud83c"}`, 400, "bad_payload"},
		"base64 of another alphabet":    {`{"payload_base64":"_w"}`, 400, "bad_payload"},
		"base64 that is none":           {`{"payload_base64":"%"}`, 400, "bad_payload"},
		"ten megabytes":                 {`{"payload":"` + strings.Repeat("x", 10<<20) + `"}`, 413, "too_large"},
		"objects nested a million deep": {strings.Repeat(`{"payload":`, 5000), 400, "bad_body"},
	} {
		resp, raw := ask(t, srv, http.MethodPost, "/api/v1/lanes/north/scans", tc.body)
		t.Log(name)
		wantFault(t, resp, raw, tc.status, tc.code)
	}
	if len(st.scanned) != 0 {
		t.Errorf("scanned %q", st.scanned)
	}
}

func TestScanAtALaneThatIsNotThere(t *testing.T) {
	t.Parallel()
	srv := open(t, newStation().options())
	for _, path := range []string{"/api/v1/lanes/west/scans", "/api/v1/lanes/west/scans?explain=1", "/api/v1/lanes/%2e%2e/scans", "/api/v1/lanes/north%00/scans"} {
		resp, raw := ask(t, srv, http.MethodPost, path, `{"payload":"a"}`)
		wantFault(t, resp, raw, http.StatusNotFound, "not_found")
	}
}

func TestExplainRecordsNothing(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	_, raw := ask(t, srv, http.MethodPost, "/api/v1/lanes/north/scans?explain=1", `{"payload":"alpha"}`)
	got := decode[Decision](t, raw)
	if got.Recorded || got.Seq != 0 || len(got.Steps) != 1 || got.Steps[0].Result != "passed" || len(st.rows) != 0 {
		t.Errorf("got %+v, journal %d", got, len(st.rows))
	}
	resp, raw := ask(t, srv, http.MethodPost, "/api/v1/lanes/north/scans?explain=maybe", `{"payload":"alpha"}`)
	wantFault(t, resp, raw, http.StatusBadRequest, "bad_query")
	if len(st.rows) != 0 {
		t.Error("an unclear wish was recorded")
	}
}

func TestNamesAreHiddenWhereStaffMayNotSeeThem(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	opt.ShowNames = false
	srv := open(t, opt)
	for _, call := range []string{"POST /api/v1/lanes/north/scans", "GET /api/v1/checkins", "GET /api/v1/tickets?q=a"} {
		method, path, _ := strings.Cut(call, " ")
		if resp, raw := ask(t, srv, method, path, `{"payload":"alpha"}`); resp.StatusCode != 200 || strings.Contains(raw, "Lovelace") {
			t.Errorf("%s: %s", call, raw)
		}
	}
}

func TestCheckIns(t *testing.T) {
	t.Parallel()
	srv := open(t, shortEvening(t).options())
	for path, want := range map[string][]int64{
		"":                  {1, 2, 3},
		"?after=1":          {2, 3},
		"?after=1&limit=1":  {2},
		"?last=2":           {2, 3},
		"?after=3":          {},
		"?after=9999999999": {},
	} {
		_, raw := ask(t, srv, http.MethodGet, "/api/v1/checkins"+path, "")
		got := []int64{}
		for _, d := range decode[checkInList](t, raw).CheckIns {
			got = append(got, d.Seq)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	for _, path := range []string{"?after=-1", "?after=x", "?limit=0", "?limit=1001", "?limit=99999999999999999999", "?last=0", "?after=1.5"} {
		resp, raw := ask(t, srv, http.MethodGet, "/api/v1/checkins"+path, "")
		wantFault(t, resp, raw, http.StatusBadRequest, "bad_query")
	}
}

func TestStaffControls(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	ok := func(method, path, body, want string) {
		t.Helper()
		resp, raw := ask(t, srv, method, path, body)
		if resp.StatusCode/100 != 2 || strings.TrimSpace(raw) != want {
			t.Errorf("%s %s: %d %s, want %s", method, path, resp.StatusCode, raw, want)
		}
	}
	ok("POST", "/api/v1/lanes/north/close", "", `{"lane":"north","open":false}`)
	ok("POST", "/api/v1/lanes/north/open", "", `{"lane":"north","open":true}`)
	ok("POST", "/api/v1/lanes/north/test", "", `{"lane":"north","tested":true}`)
	ok("POST", "/api/v1/accounts/lespass/sweep", "", `{"account":"lespass","started":true}`)
	ok("POST", "/api/v1/conflicts/7/resolve", `{"note":"seen"}`, `{"id":7,"resolved":true}`)
	ok("POST", "/api/v1/outbox/retry", "", `{"retried":0}`)
	ok("POST", "/api/v1/outbox/retry", `{"seq":12}`, `{"retried":0}`)
	if diff := cmp.Diff([]any{[]string{"north"}, []string{"lespass"}, "api: seen", []int64{0, 12}}, []any{st.tested, st.swept, st.resolved[7], st.retried}); diff != "" {
		t.Error(diff)
	}
	for call, code := range map[string]string{
		"POST /api/v1/lanes/west/close": "not_found", "POST /api/v1/lanes/west/test": "not_found", "POST /api/v1/accounts/none/sweep": "not_found",
		"POST /api/v1/conflicts/8/resolve": "not_found", "POST /api/v1/conflicts/x/resolve": "not_found", "GET /api/v1/nothing": "no_such_call",
		"GET /api/v1/lanes/north/close": "no_such_call", "DELETE /api/v1/status": "no_such_call",
	} {
		method, path, _ := strings.Cut(call, " ")
		resp, raw := ask(t, srv, method, path, "")
		t.Log(call)
		wantFault(t, resp, raw, http.StatusNotFound, code)
	}
	for path, body := range map[string]string{
		"/api/v1/conflicts/7/resolve": `{"note":"` + strings.Repeat("x", 501) + `"}`,
		"/api/v1/outbox/retry":        `{"seq":-1}`,
	} {
		resp, raw := ask(t, srv, http.MethodPost, path, body)
		wantFault(t, resp, raw, http.StatusBadRequest, "bad_body")
	}
}

func TestAdmitByHand(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	_, raw := ask(t, srv, http.MethodPost, "/api/v1/tickets/lespass/a%2Fb/admit", `{"lane":"north","note":"knows the band"}`)
	got := decode[Decision](t, raw)
	if got.Grounds != "override" || got.By != "api" || got.Note != "knows the band" || got.Ticket.ID != "a/b" {
		t.Errorf("got %+v", got)
	}
	resp, raw := ask(t, srv, http.MethodPost, "/api/v1/tickets/none/t1/admit", `{"lane":"north"}`)
	wantFault(t, resp, raw, http.StatusNotFound, "not_found")
	for _, body := range []string{"", `{"note":"x"}`, `{"lane":"north","note":7}`, `{"lane":"north","note":"` + strings.Repeat("x", 501) + `"}`} {
		resp, raw := ask(t, srv, http.MethodPost, "/api/v1/tickets/lespass/t1/admit", body)
		wantFault(t, resp, raw, http.StatusBadRequest, "bad_body")
	}
}

func TestTicketsConflictsAndOutbox(t *testing.T) {
	t.Parallel()
	st := newStation()
	key := admission.TicketKey{Account: "lespass", ID: "t1"}
	st.conflicts = []admission.Conflict{
		{ID: 7, Kind: admission.UsedElsewhere, Ticket: key, Seq: 3, OurAt: st.Now(), OurLane: "north", Theirs: "used at Gate 2", Remedy: "Ask them."},
		{ID: 6, Kind: admission.AdmittedUnpaid, Ticket: key, Resolved: true},
	}
	st.waiting = []admission.Delivery{{Seq: 3, ID: "01J", Ticket: key, At: st.Now(), Lane: "north", Code: []byte("the-secret-code"), State: admission.DeliveryBuried, Attempt: 2, Cause: "Refused.", Remedy: "Look."}}
	srv := open(t, st.options())

	_, raw := ask(t, srv, http.MethodGet, "/api/v1/tickets?q=ada%20l", "")
	if got := decode[ticketList](t, raw).Tickets; len(got) != 1 || got[0].Product != "ada l" || got[0].Entries != 1 || !got[0].Inside || got[0].Last.Lane != "north" {
		t.Errorf("tickets %+v", got)
	}
	for _, path := range []string{"/api/v1/tickets", "/api/v1/tickets?q=%20", "/api/v1/tickets?q=%ff", "/api/v1/tickets?q=" + strings.Repeat("x", 4097), "/api/v1/tickets?q=a&limit=x"} {
		resp, raw := ask(t, srv, http.MethodGet, path, "")
		wantFault(t, resp, raw, http.StatusBadRequest, "bad_query")
	}
	_, raw = ask(t, srv, http.MethodGet, "/api/v1/conflicts", "")
	if got := decode[conflictList](t, raw).Conflicts; len(got) != 1 || got[0].Kind != "used_elsewhere" || got[0].Ours.Lane != "north" || got[0].Theirs.Text != "used at Gate 2" || got[0].Theirs.At != nil {
		t.Errorf("conflicts %+v", got)
	}
	if _, raw = ask(t, srv, http.MethodGet, "/api/v1/conflicts?all=1", ""); len(decode[conflictList](t, raw).Conflicts) != 2 {
		t.Errorf("all conflicts %s", raw)
	}
	_, raw = ask(t, srv, http.MethodGet, "/api/v1/outbox", "")
	if got := decode[deliveryList](t, raw).Deliveries; len(got) != 1 || got[0].State != "buried" || got[0].Cause != "Refused." || strings.Contains(raw, "secret") {
		t.Errorf("outbox %s", raw)
	}
}

func TestPair(t *testing.T) {
	t.Parallel()
	form := func(fields ...string) (string, string) { // name, value, name, value
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for pair := range slices.Chunk(fields, 2) {
			part, err := w.CreateFormField(pair[0])
			if err == nil {
				_, err = part.Write([]byte(pair[1]))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return w.FormDataContentType(), b.String()
	}
	imageForm, imageBody := form("account", "lespass", "image", "PNG:the-code")
	codeForm, codeBody := form("code", " the-code\n")
	emptyForm, emptyBody := form()
	for name, tc := range map[string]struct {
		kind, path, body string
		want             string // account|code, or the code of the error
		status           int
	}{
		"a code as JSON":               {"application/json", "", `{"code":"the-code"}`, "|the-code", 200},
		"a code for an account":        {"", "", `{"code":"the-code","account":"lespass"}`, "lespass|the-code", 200},
		"an image as the body":         {"image/png", "?account=lespass", "PNG:the-code", "lespass|the-code", 200},
		"an image in a form":           {imageForm, "", imageBody, "lespass|the-code", 200},
		"a code in a form":             {codeForm, "", codeBody, "|the-code", 200},
		"an image without a code":      {"image/jpeg", "", "JPEG", "no_code_in_image", 422},
		"an image that never ends":     {"image/jpeg", "", strings.Repeat("x", maxImage+1), "too_large", 413},
		"nothing":                      {"application/json", "", "", "bad_body", 400},
		"an empty form":                {emptyForm, "", emptyBody, "bad_body", 400},
		"a form that is cut short":     {imageForm, "", imageBody[:len(imageBody)/3], "bad_body", 400},
		"a form without its boundary":  {"multipart/form-data", "", imageBody, "bad_body", 400},
		"a code that is no text":       {"application/json", "", `{"code":[1]}`, "bad_body", 400},
		"a code of a hundred kilobyte": {"application/json", "", `{"code":"` + strings.Repeat("x", 100<<10) + `"}`, "too_large", 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStation()
			srv := open(t, st.options())
			resp, raw := ask(t, srv, http.MethodPost, "/api/v1/pair"+tc.path, tc.body, func(r *http.Request) { r.Header.Set("Content-Type", tc.kind) })
			if tc.status != 200 {
				wantFault(t, resp, raw, tc.status, tc.want)
				return
			}
			if resp.StatusCode != 200 || len(st.paired) != 1 || st.paired[0] != tc.want {
				t.Errorf("status %d %s, paired %q", resp.StatusCode, raw, st.paired)
			}
		})
	}
}

func TestErrorsKeepTheirSecrets(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"an error nobody foresaw":    {errors.New("key s3cr3t of Ada"), 500, "internal"},
		"a fault of our own":         {&Error{Status: 409, Code: "busy", Message: "Busy.", Hint: "Wait."}, 409, "busy"},
		"a fault with an odd status": {&Error{Status: 0, Code: "odd", Message: "Odd.", Hint: "None."}, 500, "odd"},
		"a platform that says no":    {&platform.Error{Class: platform.Rejected, Op: "pair", Host: "x", Detail: "claimed", Remedy: "Make another."}, 422, "platform_rejected"},
		"a platform out of reach":    {&platform.Error{Class: platform.Offline, Op: "pair", Host: "x", Detail: "no route", Remedy: "Check the cable."}, 503, "platform_offline"},
		"a platform that is broken":  {&platform.Error{Class: platform.Server, Op: "pair", Host: "x", Detail: "500", Remedy: "Wait."}, 502, "platform_server"},
	} {
		st := newStation()
		st.fail = tc.err
		srv := open(t, st.options())
		resp, raw := ask(t, srv, http.MethodPost, "/api/v1/pair", `{"code":"c"}`)
		t.Log(name)
		wantFault(t, resp, raw, tc.status, tc.code)
		if strings.Contains(raw, "s3cr3t") {
			t.Errorf("the answer tells a secret: %s", raw)
		}
	}
}

func TestWhatStandsInATicketIsShownAsText(t *testing.T) {
	t.Parallel()
	srv := open(t, newStation().options())
	evil := `</script><script>alert(1)</script>`
	raw, err := json.Marshal(map[string]string{"payload": evil})
	if err != nil {
		t.Fatal(err)
	}
	_, body := ask(t, srv, http.MethodPost, "/api/v1/lanes/north/scans", string(raw))
	if strings.Contains(body, "<") {
		t.Errorf("markup in JSON: %s", body)
	}
	if got := decode[Decision](t, body).Ticket.ID; got != evil {
		t.Errorf("the text changed: %q", got)
	}
}

func FuzzDecodeScan(f *testing.F) {
	for _, seed := range []string{`{"payload":"a"}`, `{"payload_base64":"/w=="}`, `{"payload":"\ud83c"}`, `{}`, `[`, "{\"payload\":\"\xff\"}", `{"Payload":"x","payload":"y"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		code, err := decodeScan(raw)
		if err != nil {
			if fault, known := faultOf(err); !known || fault.Status != http.StatusBadRequest || fault.Hint == "" {
				t.Errorf("%q: error %v is none a client can use", raw, err)
			}
			if code != nil {
				t.Errorf("%q: code %q beside an error", raw, code)
			}
			return
		}
		// What was understood can be said again and is understood alike.
		again, err := json.Marshal(map[string][]byte{"payload_base64": code})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decodeScan(again); err != nil || !bytes.Equal(got, code) {
			t.Errorf("%q: %q came back as %q, %v", raw, code, got, err)
		}
	})
}
