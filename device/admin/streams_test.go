package admin

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// The sessions of a role end with its password, and so does what they hear.
func TestAStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	st := newStation()
	a := access(t, adminWord, staffWord)
	opt := st.options()
	opt.Access = a
	srv := open(t, opt)
	with, _ := logIn(t, srv, staffWord)
	l := listen(t, srv.URL+"/api/v1/events", "", with)
	scan(t, st, "north", "alpha")
	l.wantScan(1)
	if err := a.Set(t.Context(), RoleStaff, "another staff word"); err != nil {
		t.Fatal(err)
	}
	scan(t, st, "north", "beta")
	if m, ok := l.next(); ok {
		t.Errorf("whoever was thrown out goes on hearing: %+v", m)
	}
}

// Whoever was thrown out while the journal was read out to them hears no more of
// it either.
func TestARereadingOfTheJournalEndsWithItsSession(t *testing.T) {
	t.Parallel()
	st := newStation()
	s, err := New(st.options())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 * journalBatch {
		scan(t, st, "north", "x")
	}
	w := httptest.NewRecorder()
	looks := 0
	f := &feed{server: s, stream: s.openStream(w), lang: speaker(t, "en"), who: func() principal {
		if looks++; looks > 1 {
			return principal{}
		}
		return principal{role: RoleStaff}
	}}
	if err := f.catchUp(t.Context(), cursor{run: "earlier"}); err == nil {
		t.Error("read to the end")
	}
	if f.journal != journalBatch {
		t.Errorf("heard up to %d", f.journal)
	}
}

// A page that nobody looks at any more is no use of the session: the stream it
// left open ends when the session does, though nothing happens at the gate.
func TestAQuietStreamKeepsNoSessionOpen(t *testing.T) {
	t.Parallel()
	dir := access(t, adminWord, staffWord)
	synctest.Test(t, func(t *testing.T) {
		opt := newStation().options()
		opt.Access = OpenAccess(dir.dir)
		opt.Now = time.Now
		s, err := New(opt)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		id := s.sessions.begin(grant{role: RoleStaff, mark: opt.Access.mark(RoleStaff)}, begun)
		mine, its := net.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- s.Run(ctx, &oneConn{conn: its, done: make(chan struct{})}) }()
		if _, err := mine.Write([]byte("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookieName + "=" + id + "\r\nConnection: close\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		beats := 0
		in := bufio.NewScanner(mine)
		for time.Since(begun) < 2*sessionIdle && in.Scan() {
			if in.Text() == ": still here" {
				beats++
			}
		}
		if lasted := time.Since(begun); beats == 0 || lasted < sessionIdle || lasted > sessionIdle+2*heartbeat {
			t.Errorf("the stream of a session that nobody uses lasted %v, with %d heartbeats", lasted, beats)
		}
		cancel()
		for in.Scan() {
			continue
		}
		if err := <-ran; err != nil {
			t.Error(err)
		}
		if err := mine.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A page that was open while the journal was set aside comes back with a place
// beyond the new one: it is told so, and hears what comes.
func TestAPlaceBeyondTheJournalHidesNothing(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]string{"of an earlier run": "5000.12.oldrun", "by its number alone": "5000"} {
		st := newStation()
		srv := open(t, st.options())
		scan(t, st, "north", "alpha") // the newest that the hub knows of
		l := listen(t, srv.URL+"/api/v1/events", place)
		m := l.want(KindReset)
		if at, ok := parseCursor(m.id); !decode[ResetEvent](t, m.data).Anew || !ok || at.seq != 1 {
			t.Errorf("%s: %+v", name, m)
		}
		scan(t, st, "north", "beta")
		l.wantScan(2)
		// Whoever comes back from there is within the journal again.
		l = listen(t, srv.URL+"/api/v1/events", m.id)
		if place != "5000" {
			if got := l.want(KindReset); decode[ResetEvent](t, got.data).Anew {
				t.Errorf("%s: anew once more", name)
			}
		}
		l.wantScan(2)
	}
	// A hub that knows of nothing yet hides nothing either.
	st := newStation()
	srv := open(t, st.options())
	l := listen(t, srv.URL+"/api/v1/events", "5000.12.oldrun")
	l.want(KindReset)
	scan(t, st, "north", "alpha")
	l.wantScan(1)
}

// What GET /api/v1/pairing keeps for the administrator, no stream tells others.
func TestOnlyTheAdministratorHearsOfPairing(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	opt.Access = access(t, adminWord, staffWord)
	srv := open(t, opt)
	staff, _ := logIn(t, srv, staffWord)
	boss, _ := logIn(t, srv, adminWord)
	hears, knows := listen(t, srv.URL+"/api/v1/events", "", staff), listen(t, srv.URL+"/api/v1/events", "", boss)
	at := st.hub.cursor().String()
	st.hub.Pairing(PairingState{Phase: "confirm", Host: "new.example.org", Account: "lespass", Tenant: "Lespass", StationID: "f3a740ad"})
	scan(t, st, "north", "alpha")
	hears.wantScan(1)
	knows.want(KindPairing)
	knows.wantScan(1)
	listen(t, srv.URL+"/api/v1/events", at, staff).wantScan(1)
}

// Whoever has shown the set-up code may ask for no pairing before there is a
// password, and hears of it afterwards.
func TestTheSetUpHearsOfPairingWhenThereIsAPassword(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	a := access(t, "", "")
	opt.Access = a
	srv := open(t, opt)
	code, err := a.SetupCode()
	if err != nil {
		t.Fatal(err)
	}
	with, _ := logIn(t, srv, code)
	l := listen(t, srv.URL+"/api/v1/events", "", with)
	st.hub.Pairing(PairingState{Phase: "armed", First: true})
	scan(t, st, "north", "alpha")
	l.wantScan(1)
	if resp, raw := ask(t, srv, http.MethodPost, "/api/v1/passwords", `{"role":"admin","password":"`+adminWord+`"}`, with); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, raw)
	}
	st.hub.Pairing(PairingState{Phase: "paired"})
	l.want(KindPairing)
}

func TestWhatADisplayIsCountedAmong(t *testing.T) {
	t.Parallel()
	opt := newStation().options()
	opt.Networks = venue
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		remote, forwarded string
		at                seat
		from              string
	}{
		"this box's own screen":                {"127.0.0.1:9", "", seatHere, "127.0.0.1"},
		"the same by IPv6":                     {"[::1]:9", "", seatHere, "::1"},
		"one on the network":                   {"192.0.2.9:9", "", seatPublic, "192.0.2.9"},
		"a neighbour by IPv6":                  {"[fd00:1:2:3::9]:9", "", seatPublic, "fd00:1:2:3::9"},
		"one far away by IPv6":                 {"[2001:db8:9:9::9]:9", "", seatPublic, "2001:db8:9:9::"},
		"one behind a proxy on this box":       {"127.0.0.1:9", "192.0.2.9", seatPublic, ""},
		"one that only says it is behind some": {"192.0.2.9:9", "127.0.0.1", seatPublic, "192.0.2.9"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/display/north/events", nil)
		r.RemoteAddr = tc.remote
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tc.forwarded)
		}
		want := netip.Addr{}
		if tc.from != "" {
			want = netip.MustParseAddr(tc.from)
		}
		if at, from := s.seatOf(r); at != tc.at || from != want {
			t.Errorf("%s: %d %v", name, at, from)
		}
	}
}

// However many screens strangers have open, this box's own shows the lane.
func TestTheBoxsOwnScreenAlwaysFindsAPlace(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	for i := range hubPublic {
		if _, ok := st.hub.watch(nil, seatPublic, netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})); !ok {
			t.Fatal("no place")
		}
	}
	for range hubAddress + 1 {
		listen(t, srv.URL+"/display/north/events", "", stranger).want("state")
	}
	resp, raw := ask(t, srv, http.MethodGet, "/display/north/events", "", stranger, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.9") })
	wantFault(t, resp, raw, http.StatusServiceUnavailable, "too_many_streams")
}
