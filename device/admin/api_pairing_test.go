package admin

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"
)

// counterDesk is a pairing desk and an unpairer that remember what they were
// asked.
type counterDesk struct {
	mu    sync.Mutex
	did   []string
	state PairingState
	err   error
}

func (c *counterDesk) note(what string) PairingState {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.did = append(c.did, what)
	return c.state
}

func (c *counterDesk) PairingState() PairingState { return c.note("look") }

func (c *counterDesk) Arm(by string) PairingState { return c.note("arm " + by) }

func (c *counterDesk) Disarm() PairingState { return c.note("disarm") }

func (c *counterDesk) Confirm(_ context.Context, host string) (PairingState, error) {
	return c.note("confirm " + host), c.err
}

func (c *counterDesk) Unpair(_ context.Context, account string, insist bool) error {
	if insist {
		account += " insisting"
	}
	c.note("unpair " + account)
	return c.err
}

func TestThePairingDeskIsAskedByTheAPI(t *testing.T) {
	t.Parallel()
	busy := &Error{Status: http.StatusConflict, Code: "other_host", Message: "No.", Hint: "Look.", Details: map[string]string{"host": "a.example.org"}}
	for name, tc := range map[string]struct {
		method, path, body string
		err                error
		want               string // what the desk did
		status             int
		code               string
	}{
		"how far pairing is":                  {"GET", "/api/v1/pairing", "", nil, "look", 200, ""},
		"arming says who arms":                {"POST", "/api/v1/pairing/arm", "", nil, "arm api", 200, ""},
		"arming with fields nobody knows":     {"POST", "/api/v1/pairing/arm", `{"for":"a year"}`, nil, "", 400, "bad_body"},
		"disarming":                           {"POST", "/api/v1/pairing/disarm", "{}", nil, "disarm", 200, ""},
		"agreeing to a host":                  {"POST", "/api/v1/pairing/confirm", `{"host":"a.example.org"}`, nil, "confirm a.example.org", 200, ""},
		"agreeing to nothing":                 {"POST", "/api/v1/pairing/confirm", `{}`, nil, "", 400, "bad_body"},
		"agreeing to another host":            {"POST", "/api/v1/pairing/confirm", `{"host":"b.example.org"}`, busy, "confirm b.example.org", 409, "other_host"},
		"unpairing":                           {"POST", "/api/v1/accounts/lespass/unpair", "", nil, "unpair lespass", 200, ""},
		"unpairing at all costs":              {"POST", "/api/v1/accounts/lespass/unpair", `{"insist":true}`, nil, "unpair lespass insisting", 200, ""},
		"unpairing with much to be delivered": {"POST", "/api/v1/accounts/lespass/unpair", "", &Error{Status: 409, Code: "outbox_not_empty", Message: "No.", Hint: "Wait."}, "unpair lespass", 409, "outbox_not_empty"},
		"unpairing nobody":                    {"POST", "/api/v1/accounts/nobody/unpair", "", ErrNotFound, "unpair nobody", 404, "not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStation()
			desk := &counterDesk{state: PairingState{Phase: "armed", ArmedBy: "Ada", Until: new(scanTime())}, err: tc.err}
			opt := st.options()
			opt.PairingDesk, opt.Unpairer = desk, desk
			resp, raw := ask(t, open(t, opt), tc.method, tc.path, tc.body)
			did := slices.DeleteFunc(desk.did, func(d string) bool { return d == "" })
			switch {
			case tc.want == "" && len(did) > 0, tc.want != "" && (len(did) != 1 || did[0] != tc.want):
				t.Errorf("the desk did %q, want %q", did, tc.want)
			case tc.status != 200:
				wantFault(t, resp, raw, tc.status, tc.code)
			case resp.StatusCode != 200:
				t.Errorf("status %d %s", resp.StatusCode, raw)
			}
		})
	}
}

func TestAStationWithoutADeskSaysSo(t *testing.T) {
	t.Parallel()
	opt := newStation().options()
	opt.PairingDesk, opt.Unpairer = nil, nil
	srv := open(t, opt)
	for _, path := range []string{"/api/v1/pairing/arm", "/api/v1/pairing/confirm", "/api/v1/accounts/lespass/unpair"} {
		resp, raw := ask(t, srv, http.MethodPost, path, "")
		wantFault(t, resp, raw, http.StatusNotImplemented, "not_available")
	}
}

// askedPairing is a pairing that wants a host to be confirmed.
type askedPairing struct {
	Pairing

	asked PairRequest
}

func (a *askedPairing) Pair(_ context.Context, r PairRequest) (Paired, error) {
	a.asked = r
	return Paired{}, &Error{Status: http.StatusConflict, Code: "confirm_host", Message: "Whose?", Hint: "Look.", Details: map[string]string{"host": "a.example.org", "shown": "a.example.org"}}
}

func TestAHostToConfirmIsNamedToPrograms(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	p := &askedPairing{Pairing: st}
	opt.Pairing = p
	resp, raw := ask(t, open(t, opt), http.MethodPost, "/api/v1/pair", `{"code":"c","confirm_host":"b.example.org"}`)
	wantFault(t, resp, raw, http.StatusConflict, "confirm_host")
	if got := decode[faultBody](t, raw).Error.Details; got["host"] != "a.example.org" || got["shown"] != "a.example.org" || p.asked.Confirmed != "b.example.org" {
		t.Errorf("details %v, asked %+v", got, p.asked)
	}
}

func TestPairingIsToldToWhoeverWatches(t *testing.T) {
	t.Parallel()
	h := NewHub()
	rd, ok := h.watch(nil, seatStaff, netip.Addr{})
	if !ok {
		t.Fatal("nobody may watch")
	}
	h.Pairing(PairingState{Phase: "paired", Account: "lespass"})
	timeout := time.NewTimer(10 * time.Second)
	defer timeout.Stop()
	select {
	case e := <-rd.events:
		if s, isState := e.data.(PairingState); e.kind != KindPairing || !isState || s.Account != "lespass" {
			t.Errorf("event %+v", e)
		}
	case <-timeout.C:
		t.Fatal("nothing came")
	}
}
