package admin

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
)

func TestPagesHaveNothingInlineAndNothingForeign(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	inline := regexp.MustCompile(`(?i)<script(?:[^>]*)>[^<]|\sstyle=|\son[a-z]+=|javascript:|(?:src|href|action)="(?:https?:)?//`)
	for _, path := range []string{"/", "/login", "/display/north", "/display/west"} {
		resp, raw := ask(t, srv, http.MethodGet, path, "")
		if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
		}
		data := regexp.MustCompile(`<script type="application/json"[^>]*>[^<]*</script>`)
		if hit := inline.FindString(data.ReplaceAllString(raw, "")); hit != "" {
			t.Errorf("%s holds %q", path, hit)
		}
		if strings.Contains(raw, "ZgotmplZ") || strings.Contains(raw, "<no value>") || strings.Contains(raw, testToken) {
			t.Errorf("%s: %s", path, raw)
		}
	}
}

func TestStationNamesAreText(t *testing.T) {
	t.Parallel()
	opt := newStation().options()
	opt.Station, opt.Version = `</title><script>alert(1)</script>`, `"><img src=x>`
	srv := open(t, opt)
	for _, path := range []string{"/", "/login", "/display/north", "/display/west"} {
		if _, raw := ask(t, srv, http.MethodGet, path, ""); strings.Contains(raw, "<script>alert") || strings.Contains(raw, "<img src=x") {
			t.Errorf("%s: %s", path, raw)
		}
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	srv := open(t, newStation().options())
	for name, kind := range map[string]string{
		"now.js": "text/javascript; charset=utf-8", "login.js": "text/javascript; charset=utf-8", "display.js": "text/javascript; charset=utf-8",
		"page.css": "text/css; charset=utf-8", "display.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		resp, raw := ask(t, srv, http.MethodGet, "/assets/"+name, "", stranger)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != kind || raw == "" {
			t.Errorf("%s: %d %s", name, resp.StatusCode, resp.Header.Get("Content-Type"))
		}
		tag := resp.Header.Get("ETag")
		if resp, _ := ask(t, srv, http.MethodGet, "/assets/"+name, "", stranger, func(r *http.Request) { r.Header.Set("If-None-Match", tag) }); resp.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %d", name, resp.StatusCode)
		}
	}
	for _, path := range []string{"/assets/", "/assets/none.js", "/assets/..%2ftemplates%2fhome.html", "/assets/%2e%2e%2fpage.go"} {
		if resp, _ := ask(t, srv, http.MethodGet, path, "", stranger); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	st := newStation()
	st.accounts = append(st.accounts, Account{Name: "new", State: "new", Pending: 3, Buried: 1})
	opt := st.options()
	opt.Metrics = NewMetrics()
	opt.Metrics.Scan("north", admission.Admit, admission.ReasonAdmitted, 900*time.Microsecond)
	opt.Metrics.Scan("north", admission.Refuse, admission.ReasonForged, 2*time.Millisecond)
	opt.Metrics.Commit(800 * time.Microsecond)
	srv := open(t, opt)
	_, raw := ask(t, srv, http.MethodGet, "/metrics", "", stranger)
	for _, line := range []string{
		`gatescand_scans_total{lane="north",reason="admitted",verdict="admit"} 1`,
		`gatescand_scans_total{lane="north",reason="forged",verdict="refuse"} 1`,
		`gatescand_decision_seconds_count 2`, `gatescand_decision_seconds_bucket{le="0.001"} 1`, `gatescand_commit_seconds_count 1`,
		`gatescand_outbox_pending{account="lespass"} 0`, `gatescand_outbox_pending{account="new"} 3`, `gatescand_outbox_buried{account="new"} 1`,
		`gatescand_list_age_seconds{account="lespass"} 42`,
		`gatescand_reader_up{lane="north"} 1`, `gatescand_conflicts_open 0`, `gatescand_clock_trusted 1`, `gatescand_inside 0`, `gatescand_ready 1`,
		`process_resident_memory_bytes`, `go_goroutines`,
	} {
		if !strings.Contains(raw, "\n"+line) {
			t.Errorf("no %s", line)
		}
	}
	if strings.Contains(raw, `gatescand_list_age_seconds{account="new"}`) {
		t.Error("an age that nobody knows is told")
	}
	for name, header := range map[string]string{"a proxy": "X-Forwarded-For", "another kind of proxy": "Forwarded"} {
		resp, raw := ask(t, srv, http.MethodGet, "/metrics", "", stranger, func(r *http.Request) { r.Header.Set(header, "192.0.2.1") })
		t.Log(name)
		wantFault(t, resp, raw, http.StatusForbidden, "loopback_only")
	}
	if resp, _ := ask(t, srv, http.MethodGet, "/metrics", "", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }); resp.StatusCode != 200 {
		t.Errorf("with the token: %d", resp.StatusCode)
	}
	opt = newStation().options()
	opt.MetricsPublic = true
	if resp, _ := ask(t, open(t, opt), http.MethodGet, "/metrics", "", stranger, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }); resp.StatusCode != 200 {
		t.Errorf("public: %d", resp.StatusCode)
	}
}

// Every page has a template that can be read; nobody reads it before it is wanted.
func TestEveryPageCanBeParsed(t *testing.T) {
	t.Parallel()
	p, err := newPages()
	if err != nil || len(p) < 15 {
		t.Fatalf("%d pages, %v", len(p), err)
	}
	for name := range p {
		if page, err := p.page(name); err != nil || page == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.page("no such page"); err == nil {
		t.Error("a page that does not exist is found")
	}
}
