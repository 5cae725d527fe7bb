package admin

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// description is what the tests read of openapi.json.
type description struct {
	OpenAPI string                          `json:"openapi"`
	Paths   map[string]map[string]operation `json:"paths"`
}

type operation struct {
	ID          string              `json:"operationId"`
	Summary     string              `json:"summary"`
	Role        string              `json:"x-role"`
	Parameters  []parameter         `json:"parameters"`
	RequestBody *media              `json:"requestBody"`
	Responses   map[string]response `json:"responses"`
}

type parameter struct {
	Name string `json:"name"`
	In   string `json:"in"`
}

type media struct {
	Content map[string]json.RawMessage `json:"content"`
}

type response struct {
	media

	Ref string `json:"$ref"`
}

// described gives every documented operation by its pattern, such as
// "GET /api/v1/status".
func described(t *testing.T) map[string]operation {
	t.Helper()
	var d description
	if err := json.Unmarshal(openAPI, &d); err != nil {
		t.Fatal(err)
	}
	if d.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %q", d.OpenAPI)
	}
	out := make(map[string]operation)
	for path, item := range d.Paths {
		for method, op := range item {
			out[strings.ToUpper(method)+" "+path] = op
		}
	}
	return out
}

// forPrograms tells whether a route is one that the description has to name:
// every call, and the probes.
func forPrograms(r route) bool {
	return r.kind == routeAPI || r.kind == routeStream || slices.Contains([]string{"GET /healthz", "GET /readyz", "GET /metrics"}, r.pattern)
}

func TestTheDescriptionNamesEveryCallAndNoOther(t *testing.T) {
	t.Parallel()
	s, err := New(newStation().options())
	if err != nil {
		t.Fatal(err)
	}
	ops := described(t)
	ids := make(map[string]string)
	for _, r := range s.table {
		if !forPrograms(r) {
			if strings.Contains(r.pattern, "/api/") {
				t.Errorf("%s is a call and was not registered as one", r.pattern)
			}
			continue
		}
		op, ok := ops[r.pattern]
		if !ok {
			t.Errorf("%s is not described", r.pattern)
			continue
		}
		role := op.Role
		if role == "none" {
			role = ""
		}
		if role != string(r.role) {
			t.Errorf("%s is described for %q and open to %q", r.pattern, op.Role, r.role)
		}
		if op.ID == "" || op.Summary == "" || ids[op.ID] != "" {
			t.Errorf("%s has no summary, or the id of %s", r.pattern, ids[op.ID])
		}
		ids[op.ID] = r.pattern
		for place := range strings.SplitSeq(r.pattern, "/") {
			name, isPlace := strings.CutPrefix(place, "{")
			if isPlace && !slices.ContainsFunc(op.Parameters, func(p parameter) bool { return p.In == "path" && p.Name == strings.TrimSuffix(name, "}") }) {
				t.Errorf("%s does not describe %s", r.pattern, place)
			}
		}
		delete(ops, r.pattern)
	}
	for _, pattern := range slices.Sorted(maps.Keys(ops)) {
		t.Errorf("%s is described and does not exist", pattern)
	}
}

func TestTheDescriptionIsServedToWhoeverHasLoggedIn(t *testing.T) {
	t.Parallel()
	srv := open(t, newStation().options())
	resp, raw := ask(t, srv, http.MethodGet, "/api/v1/openapi.json", "")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/json; charset=utf-8" || raw != string(openAPI) {
		t.Errorf("%d %s, %d bytes", resp.StatusCode, resp.Header.Get("Content-Type"), len(raw))
	}
	resp, raw = ask(t, srv, http.MethodGet, "/api/v1/openapi.json", "", stranger)
	wantFault(t, resp, raw, http.StatusUnauthorized, "unauthorized")
}
