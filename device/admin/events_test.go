package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"gatescand/scanner/admission"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// message is one event as a browser reads it.
type message struct{ kind, id, data string }

// listener reads a stream of events.
type listener struct {
	t    *testing.T
	body *bufio.Scanner
	stop func()
}

// listen opens a stream; lastID may be empty.
func listen(t *testing.T, url, lastID string, edit ...func(*http.Request)) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+testToken)
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	for _, e := range edit {
		e(r)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if ct := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || !strings.HasPrefix(ct, "text/event-stream") {
		t.Fatalf("stream: %d %s", resp.StatusCode, ct)
	}
	l := &listener{t: t, body: bufio.NewScanner(resp.Body), stop: sync.OnceFunc(func() { cancel(); resp.Body.Close() })}
	l.body.Buffer(nil, 1<<20)
	t.Cleanup(l.stop)
	if m, ok := l.next(); !ok || m != (message{}) { // the retry hint comes before any event
		t.Fatalf("first %+v, %v", m, ok)
	}
	return l
}

// next reads one event; a comment or a retry hint is an empty message. ok is
// false at the end.
func (l *listener) next() (m message, ok bool) {
	for l.body.Scan() {
		line := l.body.Text()
		switch key, value, _ := strings.Cut(line, ": "); key {
		case "":
			if line == "" {
				return m, true
			}
		case "event":
			m.kind = value
		case "id":
			m.id = value
		case "data":
			m.data = value
		}
	}
	return message{}, false
}

func (l *listener) want(kind string) message {
	l.t.Helper()
	m, ok := l.next()
	if !ok || m.kind != kind {
		l.t.Fatalf("got %+v, %v, want a %s", m, ok, kind)
	}
	return m
}

func (l *listener) wantScan(seq int64) message {
	l.t.Helper()
	m := l.want(KindCheckIn)
	if got := decode[Decision](l.t, m.data); got.Seq != seq {
		l.t.Fatalf("check-in %d, want %d", got.Seq, seq)
	}
	return m
}

func scan(t *testing.T, st *station, lane string, codes ...string) {
	t.Helper()
	for _, c := range codes {
		if _, err := st.Scan(t.Context(), lane, []byte(c)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEventsFallAsTheyHappen(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	l := listen(t, srv.URL+"/api/v1/events", "")
	scan(t, st, "north", "alpha")
	if m := l.wantScan(1); !strings.HasPrefix(m.id, "1.1.") {
		t.Errorf("id %q", m.id)
	}
	st.hub.Condition(Condition{Code: "unheard_of", Severity: "warning", Text: "line\nbreak"}, true)
	if got := decode[ConditionEvent](t, l.want(KindCondition).data); !got.Raised || got.Code != "unheard_of" || got.Text != "line\nbreak" {
		t.Errorf("condition %+v", got)
	}
	st.hub.Sync(SyncEvent{Account: "lespass", State: "ok", Sweep: Sweep{Running: true, Done: 5, Total: 10}})
	if got := decode[SyncEvent](t, l.want(KindSync).data); got.Sweep.Done != 5 {
		t.Errorf("sync %+v", got)
	}
	st.hub.Conflict(ConflictEvent{ID: 7, Kind: "used_elsewhere", Account: "lespass", Open: 1})
	if got := decode[ConflictEvent](t, l.want(KindConflict).data); got.ID != 7 {
		t.Errorf("conflict %+v", got)
	}
}

func TestEventsResumeOutOfTheRing(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	l := listen(t, srv.URL+"/api/v1/events", "")
	scan(t, st, "north", "a")
	id := l.wantScan(1).id
	l.stop()
	scan(t, st, "north", "b")
	st.hub.Sync(SyncEvent{Account: "lespass"})
	scan(t, st, "north", "c")
	for _, again := range []*listener{listen(t, srv.URL+"/api/v1/events", id), listen(t, srv.URL+"/api/v1/events?after="+id, "")} {
		again.wantScan(2)
		again.want(KindSync)
		again.wantScan(3)
	}
	scan(t, st, "north", "d")
	l = listen(t, srv.URL+"/api/v1/events", st.hub.cursor().String())
	scan(t, st, "north", "e")
	l.wantScan(5)
}

func TestEventsResumeOutOfTheJournal(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	for range 2*hubRing + journalBatch {
		scan(t, st, "north", "x")
	}
	st.hub.Sync(SyncEvent{Account: "lespass"})
	total := int64(len(st.rows))
	for name, id := range map[string]string{"a place the ring has lost": "3.3." + st.hub.run, "a place of an earlier run": "3.99999.other"} {
		l := listen(t, srv.URL+"/api/v1/events", id)
		l.want(KindReset)
		for seq := int64(4); seq <= total; seq++ {
			l.wantScan(seq)
		}
		l.want(KindSync)
		scan(t, st, "north", "y")
		total++
		if m := l.wantScan(total); !strings.HasSuffix(m.id, st.hub.run) {
			t.Errorf("%s: id %q", name, m.id)
		}
	}
	// A client that only knows the journal asks by number.
	l := listen(t, srv.URL+"/api/v1/events", "700")
	l.wantScan(701)
}

func TestEventsResumeInTheMiddleOfAReplay(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	for range 2 * hubRing {
		scan(t, st, "north", "x")
	}
	l := listen(t, srv.URL+"/api/v1/events", "3.3."+st.hub.run)
	l.want(KindReset)
	id := l.wantScan(4).id
	l.stop()
	l = listen(t, srv.URL+"/api/v1/events", id)
	l.want(KindReset)
	l.wantScan(5)
}

func TestEventsRefuseAPlaceThatIsNone(t *testing.T) {
	t.Parallel()
	srv := open(t, newStation().options())
	for _, id := range []string{"x", "-2", "1.x", "1.2.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "1.-1.a", "99999999999999999999"} {
		resp, raw := ask(t, srv, http.MethodGet, "/api/v1/events", "", func(r *http.Request) { r.Header.Set("Last-Event-ID", id) })
		wantFault(t, resp, raw, http.StatusBadRequest, "bad_query")
	}
}

func TestScansThatCouldNotBeRecordedAreEventsToo(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	at := st.hub.cursor().String()
	c := admission.CheckIn{ID: "x", Lane: "north"}
	c.Verdict, c.Reason = admission.Hold, admission.ReasonJournalUnavailable
	st.hub.CheckIn(Scanned{CheckIn: c})
	l := listen(t, srv.URL+"/api/v1/events", at)
	if got := decode[Decision](t, l.wantScan(0).data); got.Reason != "journal_unavailable" || got.Recorded {
		t.Errorf("got %+v", got)
	}
}

func TestPublishingNeverWaits(t *testing.T) {
	t.Parallel()
	h := NewHub()
	slow, ok := h.watch(nil, seatStaff, netip.Addr{})
	if !ok {
		t.Fatal("nobody may watch")
	}
	quick, _ := h.watch(nil, seatStaff, netip.Addr{})
	seen := make(chan int)
	go func() {
		n := 0
		for range quick.events {
			n++
			if n == 10*hubBuffer {
				break
			}
		}
		seen <- n
	}()
	var published sync.WaitGroup
	published.Go(func() {
		for range 10 * hubBuffer {
			h.Sync(SyncEvent{})
			for len(quick.events) > hubBuffer/2 { // the quick one keeps up
				continue
			}
		}
	})
	published.Wait()
	if n := <-seen; n != 10*hubBuffer {
		t.Errorf("the quick reader got %d events", n)
	}
	n := 0
	for range slow.events { // closed: this ends
		n++
	}
	if n != hubBuffer {
		t.Errorf("the slow reader got %d events, its buffer holds %d", n, hubBuffer)
	}
	h.leave(slow)
	h.leave(quick)
	if len(h.readers) != 0 {
		t.Errorf("%d readers are left", len(h.readers))
	}
}

func TestDisplaysCannotCrowdStaffOut(t *testing.T) {
	t.Parallel()
	h := NewHub()
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}) }
	var last *reader
	for i := range hubPublic {
		r, ok := h.watch(nil, seatPublic, at(i))
		if !ok {
			t.Fatal("too few displays may watch")
		}
		last = r
	}
	if _, ok := h.watch(nil, seatPublic, at(hubPublic)); ok {
		t.Error("displays without end")
	}
	for range hubStaff {
		if _, ok := h.watch(nil, seatStaff, netip.Addr{}); !ok {
			t.Fatal("staff are crowded out")
		}
	}
	if _, ok := h.watch(nil, seatStaff, netip.Addr{}); ok {
		t.Error("pages without end")
	}
	here, ok := h.watch(nil, seatHere, netip.Addr{})
	if !ok {
		t.Error("this box's own screen is crowded out")
	}
	h.leave(here)
	h.leave(last)
	h.leave(last)
	if _, ok := h.watch(nil, seatPublic, at(hubPublic)); !ok || h.displays() != hubPublic {
		t.Errorf("a place that became free stays taken: %d", h.displays())
	}
	h.close()
	if _, ok := h.watch(nil, seatPublic, at(0)); ok || len(h.readers) != 0 || h.displays() != 0 || len(h.public) != 0 || h.staff != 0 {
		t.Error("a closed hub lets readers in")
	}
}

func TestOneAddressDoesNotTakeThePlacesOfAllDisplays(t *testing.T) {
	t.Parallel()
	h := NewHub()
	greedy, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	var last *reader
	for i := range hubPublic {
		r, ok := h.watch(nil, seatPublic, greedy)
		if ok != (i < hubAddress) {
			t.Fatalf("display %d of one address: %v", i, ok)
		}
		if ok {
			last = r
		}
	}
	if _, ok := h.watch(nil, seatPublic, other); !ok {
		t.Error("another address pays for it")
	}
	h.leave(last)
	if _, ok := h.watch(nil, seatPublic, greedy); !ok {
		t.Error("a place that became free at an address stays taken")
	}
	for range hubAddress + 1 { // behind a proxy, where nobody knows whose they are
		if _, ok := h.watch(nil, seatPublic, netip.Addr{}); !ok {
			t.Error("displays behind a proxy are taken for one stranger")
		}
	}
}

// Whatever the order in which lanes publish, a reader that comes back with any
// id has seen every check-in up to the id's seq.
func TestCursorsNeverRunAhead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.Int64Range(0, 1<<40).Draw(t, "start")
		n := rapid.IntRange(1, 150).Draw(t, "n")
		h := NewHub()
		if rapid.Bool().Draw(t, "begun") {
			h.Begin(start)
		} else {
			h.CheckIn(Scanned{CheckIn: admission.CheckIn{Seq: start + 1}})
			start++
		}
		seqs := make([]int64, n)
		for i := range seqs {
			seqs[i] = start + 1 + int64(i)
		}
		// Neighbours change places, as two lanes do that commit close together.
		for i := 1; i < n; i++ {
			if rapid.Bool().Draw(t, "swap") {
				seqs[i-1], seqs[i] = seqs[i], seqs[i-1]
			}
		}
		lost := rapid.SampledFrom(append([]int64{0}, seqs...)).Draw(t, "lost")
		published := map[int64]bool{}
		for _, seq := range seqs {
			if seq == lost {
				continue
			}
			h.CheckIn(Scanned{CheckIn: admission.CheckIn{Seq: seq}})
			published[seq] = true
			low := h.cursor().seq
			for s := start + 1; s <= low; s++ {
				if !published[s] && (s != lost || len(published) <= hubWindow) {
					t.Fatalf("the cursor is at %d, but %d has not been published", low, s)
				}
			}
		}
		if low := h.cursor().seq; lost == 0 && low != start+int64(n) {
			t.Fatalf("the cursor stays at %d of %d", low, start+int64(n))
		}
		if len(h.order.ahead) > hubWindow {
			t.Fatalf("%d numbers are kept", len(h.order.ahead))
		}
	})
}

func TestACursorIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []cursor{{}, {seq: -1, run: "abc"}, {seq: 4711, n: 38, run: "k3f9ab"}} {
		got, ok := parseCursor(c.String())
		if !ok || got != c {
			t.Errorf("%v came back as %v, %v", c, got, ok)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	for _, seed := range []string{"1", "1.2.abc", "-1.0.x", "", "..", "1.", "9223372036854775808"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := parseCursor(s)
		if !ok {
			return
		}
		if again, ok := parseCursor(c.String()); !ok || again != c {
			t.Errorf("%q reads as %v, written and read again as %v", s, c, again)
		}
	})
}

func TestAQuietStreamShowsThatItIsAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := newStation()
		s, err := New(st.options())
		if err != nil {
			t.Fatal(err)
		}
		mine, its := net.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- s.Run(ctx, &oneConn{conn: its, done: make(chan struct{})}) }()
		if _, err := mine.Write([]byte("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + testToken + "\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		// Well beyond every time-out of the server.
		in := bufio.NewScanner(mine)
		beats, begin := 0, time.Now()
		for time.Since(begin) < 10*time.Minute && in.Scan() {
			if in.Text() == ": still here" {
				beats++
			}
		}
		if beats < 39 {
			t.Errorf("%d heartbeats in %v: %v", beats, time.Since(begin), in.Err())
		}
		cancel()
		for in.Scan() { // to the end of the answer
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

func TestAClientThatStopsReadingIsCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := newStation()
		s, err := New(st.options())
		if err != nil {
			t.Fatal(err)
		}
		mine, its := net.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- s.Run(ctx, &oneConn{conn: its, done: make(chan struct{})}) }()
		if _, err := mine.Write([]byte("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + testToken + "\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := watching(st.hub); n != 1 {
			t.Fatalf("%d readers", n)
		}
		time.Sleep(2 * streamWrite)
		synctest.Wait()
		if n := watching(st.hub); n != 0 {
			t.Errorf("%d readers are still held by a client that does not read", n)
		}
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		if err := mine.Close(); err != nil {
			t.Error(err)
		}
	})
}

func watching(h *Hub) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.readers)
}

func TestAnEventIsNotSentTwice(t *testing.T) {
	t.Parallel()
	st := newStation()
	s, err := New(st.options())
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	f := &feed{server: s, stream: s.openStream(w), lang: speaker(t, "en"), who: func() principal { return principal{role: RoleStaff} }}
	scan(t, st, "north", "a", "b")
	missed, whole := st.hub.missed(cursor{run: st.hub.run})
	if !whole || len(missed) != 2 {
		t.Fatalf("missed %d, %v", len(missed), whole)
	}
	// Caught up with from the ring, then once more live.
	for _, e := range append(missed, missed...) {
		if err := f.pass(e); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(w.Body.String(), "event: checkin\n"); n != 2 {
		t.Errorf("%d events", n)
	}
}

// oneConn is a listener with a single connection.
type oneConn struct {
	conn net.Conn
	once sync.Once
	end  sync.Once
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	var c net.Conn
	l.once.Do(func() { c = l.conn })
	if c != nil {
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error { l.end.Do(func() { close(l.done) }); return nil }

func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

func TestRunStopsWithStreamsOpen(t *testing.T) {
	t.Parallel()
	st := newStation()
	s, err := New(st.options())
	if err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- s.Run(ctx, l) }()
	base := "http://" + l.Addr().String()
	a := listen(t, base+"/api/v1/events", "")
	b := listen(t, base+"/display/north/events", "", stranger)
	begin := time.Now()
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > drainTimeout {
		t.Errorf("stopping took %v", took)
	}
	for _, l := range []*listener{a, b} {
		for {
			if _, ok := l.next(); !ok {
				break
			}
		}
	}
}

func TestDisplayLearnsNothingOfTheTicket(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	l := listen(t, srv.URL+"/display/north/events", "", stranger)
	state := func() displayState { return decode[displayState](t, l.want("state").data) }
	if got := state(); got.State != "ready" || got.Message != "Présentez votre billet au lecteur" {
		t.Errorf("state %+v", got)
	}
	scan(t, st, "south", "other-lane")
	scan(t, st, "north", "alpha", "alpha", "hold")
	var got []displayVerdict
	for range 3 {
		got = append(got, decode[displayVerdict](t, l.want("verdict").data))
	}
	want := []displayVerdict{{"admit", "Bienvenue"}, {"refuse", "Ce billet a déjà été utilisé"}, {"hold", "Un instant, on vient vous aider"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := st.SetOpen(t.Context(), "north", false); err != nil {
		t.Fatal(err)
	}
	if got := state(); got.State != "closed" {
		t.Errorf("state %+v", got)
	}
	st.mu.Lock()
	st.reader["north"] = Reader{State: ReaderWaiting}
	st.mu.Unlock()
	st.hub.Lane(LaneEvent{Lane: "north"})
	if got := state(); got.State != "down" || got.Message != "Hors service" {
		t.Errorf("state %+v", got)
	}
}

func TestDisplayPage(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	opt.Station = `<script>alert(1)</script>`
	srv := open(t, opt)
	resp, raw := ask(t, srv, http.MethodGet, "/display/north", "", stranger)
	if resp.StatusCode != 200 || !strings.Contains(raw, `data-events="/display/north/events"`) || strings.Contains(raw, "<script>alert") {
		t.Errorf("%d %s", resp.StatusCode, raw)
	}
	for _, path := range []string{"/display/west/other", "/nothing"} {
		if resp, _ := ask(t, srv, http.MethodGet, path, "", stranger); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	st.mu.Lock()
	st.notReady = []string{"secret words about the disk"}
	st.mu.Unlock()
	if _, raw := ask(t, srv, http.MethodGet, "/display/north", "", stranger); !strings.Contains(raw, "Hors service") || strings.Contains(raw, "secret words") {
		t.Errorf("a station that is not ready shows %s", raw)
	}
}

func TestEventsAreJSONInOneLine(t *testing.T) {
	t.Parallel()
	st := newStation()
	srv := open(t, st.options())
	l := listen(t, srv.URL+"/api/v1/events", "")
	evil := "a\r\n\r\nevent: checkin\ndata: {}\n\n\u2028\x1b[2J\xff"
	scan(t, st, "north", evil)
	var d Decision
	if err := json.Unmarshal([]byte(l.wantScan(1).data), &d); err != nil || d.Ticket.ID != strings.ToValidUTF8(evil, "\ufffd") {
		t.Errorf("%q, %v", d.Ticket.ID, err)
	}
	scan(t, st, "north", "after")
	l.wantScan(2)
}
