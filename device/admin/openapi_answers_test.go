package admin

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// example is one call of an operation with the status it has to have.
type example struct {
	op     string // such as "GET /api/v1/status"
	path   string // with the places filled in
	body   string
	status int
	kind   string // Content-Type of the body, "" for JSON
}

// examples are calls that succeed, at least one of every operation, and ones
// that fail in every way that has words of its own.
func examples() []example {
	const v1 = "/api/v1"
	ok := func(op, path, body string) example {
		return example{op: op, path: path, body: body, status: http.StatusOK}
	}
	get := func(path string) example { return ok("GET "+v1+path, v1+path, "") }
	post := func(path, body string) example { return ok("POST "+v1+path, v1+path, body) }
	at := func(e example, path string) example { e.path = v1 + path; return e }
	not := func(e example, status int) example { e.status = status; return e }
	scan := post("/lanes/{lane}/scans", "")
	with := func(e example, body string) example { e.body = body; return e }
	north := func(what string) example { return at(post("/lanes/{lane}/"+what, ""), "/lanes/north/"+what) }
	admit := at(post("/tickets/{account}/{id}/admit", `{"lane":"north","note":"lost at the hotel"}`), "/tickets/lespass/t1/admit")
	resolve := at(post("/conflicts/{id}/resolve", `{"note":"talked to them"}`), "/conflicts/7/resolve")
	story := at(get("/tickets/{account}/{id}"), "/tickets/lespass/t%2F1")
	undo := at(post("/checkins/{seq}/undo", `{"note":"the wrong person"}`), "/checkins/3/undo")
	events := at(get("/accounts/{name}/events"), "/accounts/lespass/events")
	choose := at(post("/accounts/{name}/events", `{"ids":["evening"]}`), "/accounts/lespass/events")
	sweep := at(not(post("/accounts/{name}/sweep", ""), http.StatusAccepted), "/accounts/lespass/sweep")
	unpair := at(post("/accounts/{name}/unpair", `{"insist":true}`), "/accounts/lespass/unpair")
	pair := post("/pair", `{"code":"text"}`)
	image := example{op: "POST " + v1 + "/pair", path: v1 + "/pair?account=lespass", body: "PNG:the code", status: 200, kind: "image/png"}
	password := post("/passwords", `{"role":"staff","password":"something new","current":"`+adminWord+`"}`)
	remove := at(post("/setup/lanes/{lane}/remove", ""), "/setup/lanes/north/remove")
	export := get("/checkins/export")
	long := strings.Repeat("x", maxBody+1)
	return []example{
		at(with(scan, `{"payload":"alpha"}`), "/lanes/north/scans"), at(with(scan, `{"payload":"alpha"}`), "/lanes/north/scans"),
		at(with(scan, `{"payload_base64":"aG9sZA"}`), "/lanes/north/scans"), at(with(scan, `{"payload":"bad"}`), "/lanes/south/scans?explain=1"),
		at(not(with(scan, `{"payload":1}`), 400), "/lanes/north/scans"), at(not(with(scan, `{}`), 400), "/lanes/north/scans"), at(not(with(scan, `{"payload":"x"}`), 400), "/lanes/north/scans?explain=2"),
		at(not(with(scan, `{"payload":"x"}`), 404), "/lanes/west/scans"), at(not(with(scan, `{"payload":"`+long+`"}`), 413), "/lanes/north/scans"),
		get("/status"), get("/rates"), at(get("/rates"), "/rates?minutes=5"), at(not(get("/rates"), 400), "/rates?minutes=0"),
		north("close"), north("open"), north("test"), at(not(north("close"), 404), "/lanes/west/close"), at(not(north("open"), 404), "/lanes/west/open"), at(not(north("test"), 404), "/lanes/west/test"),
		at(get("/tickets"), "/tickets?q=ada&limit=3"), at(not(get("/tickets"), 400), "/tickets"), at(not(get("/tickets"), 400), "/tickets?q=a&limit=x"),
		admit, not(with(admit, `{"note":"no lane"}`), 400), not(with(admit, `["lane"]`), 400), not(with(admit, "\xff"), 400), at(not(admit, 404), "/tickets/nobody/t1/admit"),
		story, at(not(story, 404), "/tickets/lespass/none"), undo, at(not(undo, 404), "/checkins/x/undo"), north("check"), north("uncheck"),
		events, choose, not(with(choose, `{"ids":[""]}`), 400),
		get("/checkins"), at(get("/checkins"), "/checkins?last=2"), at(not(get("/checkins"), 400), "/checkins?after=-1"),
		export, at(export, "/checkins/export?format=json&verdict=admit"), at(not(export, 400), "/checkins/export?format=xml"),
		get("/conflicts"), at(get("/conflicts"), "/conflicts?all=1&limit=1"), at(not(get("/conflicts"), 400), "/conflicts?all=perhaps"),
		resolve, at(not(resolve, 404), "/conflicts/8/resolve"), at(not(resolve, 404), "/conflicts/x/resolve"), not(with(resolve, `{"note":"`+strings.Repeat("x", 600)+`"}`), 400),
		get("/outbox"), at(not(get("/outbox"), 400), "/outbox?limit=0"), post("/outbox/retry", ""), post("/outbox/retry", `{"seq":3}`), not(post("/outbox/retry", `{"seq":-1}`), 400),
		sweep, at(not(sweep, 404), "/accounts/nobody/sweep"), unpair,
		pair, image, not(post("/pair", `{}`), 400), not(with(image, "no picture"), 422), not(with(image, strings.Repeat("x", maxImage+1)), 413),
		get("/pairing"), post("/pairing/arm", ""), post("/pairing/disarm", ""), post("/pairing/confirm", `{"host":"lespass.example.org"}`), not(post("/pairing/confirm", `{}`), 400),
		get("/health"), get("/settings"), get("/settings/file"), get("/cards"), post("/cards/renew", ""),
		get("/setup"), get("/setup/readers"), get("/setup/learn"), at(not(get("/setup/learn"), 400), "/setup/learn?after=x"), post("/setup/learn", `{"address":"serial:/dev/ttyACM0"}`),
		not(post("/setup/learn", `{"address":"serial:/dev/none"}`), 422), get("/setup/layout"), at(get("/setup/outputs"), "/setup/outputs?lane=north"),
		post("/setup/station", `{"name":"Gate","language":"fr","reach":"box"}`), not(post("/setup/station", `{"name":""}`), 422),
		post("/setup/lane", `{"name":"north","direction":"entry","reader":"virtual:"}`), post("/setup/signals", `{"lane":"north","admit":["gpio:gpiochip0/17"],"refuse":[],"hold":[]}`),
		post("/setup/account", `{"name":"lespass","platform":"tibillet","url":"https://lespass.example.org"}`), remove, at(not(remove, 404), "/setup/lanes/west/remove"),
		get("/session"), password, not(with(password, `{"role":"staff","password":"short","current":"`+adminWord+`"}`), 422), not(with(password, `{"role":"staff","password":"long enough","current":"x"}`), 403), not(with(password, `{"role":"x"}`), 400),
		get("/openapi.json"), ok("GET /healthz", "/healthz", ""), ok("GET /readyz", "/readyz", ""), ok("GET /metrics", "/metrics", ""),
	}
}

// schemas judges answers by the description.
type schemas struct {
	ops      map[string]operation
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

func newSchemas(t *testing.T) *schemas {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(openAPI))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("mem:///openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return &schemas{ops: described(t), compiler: c, compiled: make(map[string]*jsonschema.Schema)}
}

// at compiles the schema that stands at a place of the description.
func (s *schemas) at(t *testing.T, steps ...string) *jsonschema.Schema {
	t.Helper()
	place := "mem:///openapi.json#"
	for _, step := range steps {
		place += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(step))
	}
	if s.compiled[place] == nil {
		compiled, err := s.compiler.Compile(place)
		if err != nil {
			t.Fatalf("%s: %v", place, err)
		}
		s.compiled[place] = compiled
	}
	return s.compiled[place]
}

// judge tells what of an answer the description does not say.
func (s *schemas) judge(t *testing.T, op string, resp reply, raw string) {
	t.Helper()
	method, path, _ := strings.Cut(op, " ")
	status := strconv.Itoa(resp.StatusCode)
	r, ok := s.ops[op].Responses[status]
	if !ok {
		t.Errorf("%s: answers %s, which is not described: %s", op, status, raw)
		return
	}
	place := []string{"paths", path, strings.ToLower(method), "responses", status}
	content := r.Content
	if r.Ref != "" {
		place = strings.Split(strings.TrimPrefix(r.Ref, "#/"), "/")
		content = map[string]json.RawMessage{"application/json": nil} // every error is one
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if _, ok := content[kind]; err != nil || !ok {
		t.Errorf("%s: %s with %q, which is not described", op, status, resp.Header.Get("Content-Type"))
		return
	}
	var value any = raw
	if kind == "application/json" {
		if value, err = jsonschema.UnmarshalJSON(strings.NewReader(raw)); err != nil {
			t.Errorf("%s: %v in %s", op, err, raw)
			return
		}
	}
	if err := s.at(t, append(place, "content", kind, "schema")...).Validate(value); err != nil {
		t.Errorf("%s: %s: %v\n%s", op, status, err, raw)
	}
}

// judgeBody tells whether the description lets a body that is taken pass.
func (s *schemas) judgeBody(t *testing.T, e example) {
	t.Helper()
	if e.body == "" || e.kind != "" || e.status > 299 {
		return
	}
	method, path, _ := strings.Cut(e.op, " ")
	if s.ops[e.op].RequestBody == nil {
		t.Errorf("%s: takes a body, which is not described", e.op)
		return
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(e.body))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.at(t, "paths", path, strings.ToLower(method), "requestBody", "content", "application/json", "schema").Validate(value); err != nil {
		t.Errorf("%s: %v\n%s", e.op, err, e.body)
	}
}

func (e example) make(t *testing.T, srv *httptest.Server, edit ...func(*http.Request)) (reply, string) {
	t.Helper()
	method, _, _ := strings.Cut(e.op, " ")
	if e.kind != "" {
		edit = append(edit, func(r *http.Request) { r.Header.Set("Content-Type", e.kind) })
	}
	return ask(t, srv, method, e.path, e.body, edit...)
}

// Every operation is called on a running server, and every answer, also those
// that say no, is what the description says.
func TestEveryAnswerIsAsDescribed(t *testing.T) {
	t.Parallel()
	_, opt := wholeStation(t)
	srv := open(t, opt)
	s := newSchemas(t)
	succeeded := map[string]bool{"GET /api/v1/events": true} // has a test of its own
	for _, e := range examples() {
		if _, ok := s.ops[e.op]; !ok {
			t.Errorf("%s is not described", e.op)
			continue
		}
		resp, raw := e.make(t, srv)
		if resp.StatusCode != e.status {
			t.Errorf("%s %s with %.80s: %d, want %d: %.300s", e.op, e.path, e.body, resp.StatusCode, e.status, raw)
		}
		s.judge(t, e.op, resp, raw)
		s.judgeBody(t, e)
		succeeded[e.op] = succeeded[e.op] || resp.StatusCode < 300
	}
	for _, op := range slices.Sorted(maps.Keys(s.ops)) {
		if !succeeded[op] {
			t.Errorf("%s is never called with success", op)
		}
	}
}

// What every operation answers to those it is not for.
func TestEveryRefusalIsAsDescribed(t *testing.T) {
	t.Parallel()
	_, opt := wholeStation(t)
	srv := open(t, opt)
	bare := open(t, Options{Version: "1", Station: "Bare", Token: testToken, Now: time.Now, Hub: NewHub(), Access: opt.Access})
	s := newSchemas(t)
	staff, _ := logIn(t, srv, staffWord)
	first := map[string]example{"GET /api/v1/events": {op: "GET /api/v1/events", path: "/api/v1/events"}}
	for _, e := range slices.Backward(examples()) {
		if e.status < 300 {
			first[e.op] = e
		}
	}
	for op, e := range first {
		role := s.ops[op].Role
		refused := func(what string, want int, srv *httptest.Server, edit ...func(*http.Request)) {
			resp, raw := e.make(t, srv, edit...)
			if resp.StatusCode != want {
				t.Errorf("%s %s: %d, want %d: %.200s", op, what, resp.StatusCode, want, raw)
			}
			s.judge(t, op, resp, raw)
		}
		refused("under another name", http.StatusMisdirectedRequest, srv, func(r *http.Request) { r.Host = "evil.example" })
		if role != "none" {
			refused("without login", http.StatusUnauthorized, srv, stranger)
		}
		if role == "admin" {
			refused("by staff", http.StatusForbidden, srv, staff)
		}
		if strings.HasPrefix(op, "POST") {
			refused("from another site", http.StatusForbidden, srv, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
		}
		if _, ok := s.ops[op].Responses["501"]; ok && op != "POST /api/v1/passwords" {
			refused("of a part that is not there", http.StatusNotImplemented, bare)
		}
	}
}

// What happens comes in the forms that the description of the stream names.
func TestEveryEventIsAsDescribed(t *testing.T) {
	t.Parallel()
	st, opt := wholeStation(t)
	srv := open(t, opt)
	s := newSchemas(t)
	forms := map[string]string{
		KindCheckIn: "Decision", KindCondition: "ConditionEvent", KindSync: "SyncEvent", KindConflict: "ConflictEvent",
		KindLane: "LaneEvent", KindPairing: "PairingState",
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+testToken)
	resp, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); resp.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("%d %s", resp.StatusCode, kind)
	}
	st.hub.Condition(Condition{Code: "disk_low", Subject: "/", Severity: "warning", Text: "t", Remedy: "r", Since: scanTime()}, true)
	st.hub.Sync(SyncEvent{Account: "lespass", State: "ok"})
	st.hub.Conflict(ConflictEvent{ID: 7, Kind: "used_elsewhere", Account: "lespass", Open: 1})
	st.hub.Lane(LaneEvent{Lane: "north", Open: true, Reader: Reader{Address: "virtual:", State: ReaderVirtual}})
	st.Arm("page")
	if _, err := st.Scan(t.Context(), "north", []byte("alpha")); err != nil {
		t.Fatal(err)
	}
	kind := ""
	lines := bufio.NewScanner(io.LimitReader(resp.Body, 1<<20))
	for len(forms) > 0 && lines.Scan() {
		if k, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			kind = k
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if forms[kind] == "" {
			t.Errorf("an event %q, which is not described: %s", kind, data)
			continue
		}
		if err := s.at(t, "components", "schemas", forms[kind]).Validate(value); err != nil {
			t.Errorf("%s: %v\n%s", kind, err, data)
		}
		if !strings.Contains(string(openAPI), kind+" ("+forms[kind]+")") {
			t.Errorf("the description of the stream does not name %s", kind)
		}
		delete(forms, kind)
	}
	if len(forms) > 0 {
		t.Errorf("never seen: %v", slices.Sorted(maps.Keys(forms)))
	}
}
