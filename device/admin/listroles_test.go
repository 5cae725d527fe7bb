package admin

import (
	"net/http"
	"strings"
	"testing"
)

func TestListsShowStaffOnlyWhatStaffMayDo(t *testing.T) {
	t.Parallel()
	opt := disputed().options()
	opt.Access = access(t, adminWord, staffWord)
	srv := open(t, opt)
	staff, _ := logIn(t, srv, staffWord)
	boss, _ := logIn(t, srv, adminWord)
	for path, parts := range map[string][]string{
		"/":          {`id="retry"`, `data-f="button"`},
		"/journal":   {"/api/v1/checkins/export"},
		"/conflicts": {"/resolve", "<textarea"},
		"/outbox":    {"/api/v1/outbox/retry"},
	} {
		resp, raw := ask(t, srv, http.MethodGet, path, "", staff)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
		wantNone(t, raw, parts...)
		_, raw = ask(t, srv, http.MethodGet, path, "", boss)
		wantAll(t, raw, parts...)
	}
	for _, call := range []string{"GET /api/v1/checkins/export", "POST /api/v1/outbox/retry", "POST /api/v1/conflicts/7/resolve"} {
		method, path, _ := strings.Cut(call, " ")
		resp, raw := ask(t, srv, method, path, "{}", staff)
		wantFault(t, resp, raw, http.StatusForbidden, "admin_only")
	}
	if resp, _ := ask(t, srv, http.MethodGet, "/api/v1/rates", "", staff); resp.StatusCode != http.StatusOK {
		t.Errorf("staff and the rates: %d", resp.StatusCode)
	}
}
