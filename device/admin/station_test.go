package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/scanner/admission"
)

const testToken = "test-token-test-token-test-token-test-token"

// scanTime is when the evening of the tests begins.
func scanTime() time.Time { return time.Date(2026, 11, 21, 18, 2, 11, 0, time.UTC) }

// station is a whole small station behind the page: it keeps a journal and
// admits every code once.
type station struct {
	hub *Hub

	mu         sync.Mutex
	rows       []admission.CheckIn
	used       map[string]admission.Use
	open       map[string]bool
	reader     map[string]Reader
	notReady   []string
	accounts   []Account
	conditions []Condition
	conflicts  []admission.Conflict
	waiting    []admission.Delivery
	tested     []string
	swept      []string
	resolved   map[int64]string
	retried    []int64
	paired     []string
	fail       error // what every part answers with, when set
	scanned    [][]byte
}

func newStation() *station {
	return &station{
		hub: NewHub(), used: map[string]admission.Use{},
		open:     map[string]bool{"north": true, "south": true},
		reader:   map[string]Reader{"north": {Address: "serial:/dev/ttyUSB0", State: ReaderUp}, "south": {Address: "virtual:", State: ReaderVirtual}},
		resolved: map[int64]string{},
		accounts: []Account{{
			Name: "lespass", Platform: admission.TiBillet, State: "ok", Paired: true, Tickets: 512, Events: []string{"Nuit du jazz"},
			AsOf: admission.Stamp{Wall: scanTime().Add(-42 * time.Second), Trusted: true, Boot: "b", SinceBoot: 18 * time.Second},
		}},
	}
}

func (s *station) Now() admission.Stamp {
	return admission.Stamp{Wall: scanTime(), Trusted: true, Boot: "b", SinceBoot: time.Minute}
}

func (s *station) CheckIns(_ context.Context, after int64, limit int) ([]admission.CheckIn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []admission.CheckIn
	for _, c := range s.rows {
		if c.Seq > after && len(out) < limit {
			out = append(out, c)
		}
	}
	return out, s.fail
}

func (s *station) Latest(_ context.Context, limit int) ([]admission.CheckIn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rows[max(0, len(s.rows)-limit):]), s.fail
}

func (s *station) Counts(context.Context) (Counts, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var c Counts
	for _, r := range s.rows {
		switch r.Verdict {
		case admission.Admit:
			c.Admitted++
			c.Inside++
		case admission.Refuse:
			c.Refused++
		case admission.Hold:
			c.Held++
		}
	}
	c.Capacity = 400
	return c, s.fail
}

func (s *station) Lanes() []Lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []Lane{
		{Name: "north", Direction: admission.Entry, Open: s.open["north"], Reader: s.reader["north"]},
		{Name: "south", Direction: admission.Exit, Open: s.open["south"], Reader: s.reader["south"]},
	}
}

// decide answers a code by its first word: "hold…" and "bad…" are what they
// say, others are tickets that pass once.
func (s *station) decide(lane, code string) admission.CheckIn {
	c := admission.CheckIn{
		ID: "01J" + strconv.Itoa(len(s.rows)), Station: "Main entrance", Lane: lane, Direction: admission.Entry,
		At: admission.Stamp{Wall: scanTime().Add(time.Duration(len(s.rows)) * time.Second), Trusted: true, Boot: "b"},
	}
	c.ListAge, c.ListAgeKnown, c.Rung = 42*time.Second, true, 18
	switch {
	case strings.HasPrefix(code, "hold"):
		c.Verdict, c.Reason = admission.Hold, admission.ReasonUnlisted
	case strings.HasPrefix(code, "bad"), code == "":
		c.Verdict, c.Reason = admission.Refuse, admission.ReasonUnreadable
	default:
		c.Platform, c.Ticket = admission.TiBillet, admission.TicketKey{Account: "lespass", ID: code}
		c.Event, c.Product, c.Holder = "evening", "Plein tarif", "Ada Lovelace"
		if u, ok := s.used[code]; ok {
			c.Verdict, c.Reason, c.Previous = admission.Refuse, admission.ReasonAlreadyRedeemed, &u
		} else {
			c.Verdict, c.Reason, c.Grounds, c.Delivery = admission.Admit, admission.ReasonAdmitted, admission.GroundsListed, admission.DeliveryPending
		}
	}
	return c
}

func (s *station) Scan(_ context.Context, lane string, code []byte) (Scanned, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.open[lane]; !ok {
		return Scanned{}, ErrNotFound
	}
	if s.fail != nil {
		return Scanned{}, s.fail
	}
	s.scanned = append(s.scanned, code)
	c := s.decide(lane, string(code))
	c.Seq, c.Recorded = int64(len(s.rows)+1), true
	if c.Verdict == admission.Admit {
		s.used[c.Ticket.ID] = admission.Use{At: c.At.Wall, Station: c.Station, Lane: lane, By: admission.Here}
	}
	s.rows = append(s.rows, c)
	scan := Scanned{CheckIn: c, Took: 913 * time.Microsecond}
	s.hub.CheckIn(scan)
	return scan, nil
}

func (s *station) Explain(_ context.Context, lane string, code []byte) (Scanned, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.open[lane]; !ok {
		return Scanned{}, ErrNotFound
	}
	return Scanned{CheckIn: s.decide(lane, string(code)), Took: time.Millisecond, Steps: []admission.Step{{Rung: 1, Name: "the journal can be written", Result: admission.Passed}}}, nil
}

func (s *station) SetOpen(_ context.Context, lane string, open bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.open[lane]; !ok {
		return ErrNotFound
	}
	s.open[lane] = open
	s.hub.Lane(LaneEvent{Lane: lane, Open: open, Reader: s.reader[lane]})
	return nil
}

func (s *station) TestSignals(_ context.Context, lane string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.open[lane]; !ok {
		return ErrNotFound
	}
	s.tested = append(s.tested, lane)
	return s.fail
}

func (s *station) Admit(_ context.Context, lane string, ticket admission.TicketKey, why admission.Override) (Scanned, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ticket.Account != "lespass" {
		return Scanned{}, ErrNotFound
	}
	c := s.decide(lane, ticket.ID)
	c.Verdict, c.Reason, c.Grounds, c.Previous = admission.Admit, admission.ReasonAdmitted, admission.GroundsOverride, nil
	c.By, c.Note, c.Seq, c.Recorded = why.By, why.Note, int64(len(s.rows)+1), true
	s.rows = append(s.rows, c)
	scan := Scanned{CheckIn: c}
	s.hub.CheckIn(scan)
	return scan, nil
}

func (s *station) Accounts(context.Context) ([]Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.accounts), s.fail
}

func (s *station) Sweep(_ context.Context, account string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if account != "lespass" {
		return ErrNotFound
	}
	s.swept = append(s.swept, account)
	return nil
}

func (s *station) Conditions() []Condition {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.conditions)
}

func (s *station) SearchTickets(_ context.Context, query string, limit int) ([]FoundTicket, error) {
	t := FoundTicket{EventName: "Nuit du jazz"}
	t.TicketKey = admission.TicketKey{Account: "lespass", ID: "t1"}
	t.Status, t.Holder, t.Product = admission.StatusValid, "Ada Lovelace", query
	t.Presence = t.Presence.Fold(admission.Passage{Seq: 1, At: s.Now(), Direction: admission.Entry, Station: "Main entrance", Lane: "north", By: admission.Here})
	return []FoundTicket{t}[:min(limit, 1)], s.fail
}

// theirs gives the station the methods whose names two interfaces share.
type theirs struct{ *station }

func (s theirs) Conflicts(_ context.Context, all bool, limit int) ([]admission.Conflict, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []admission.Conflict
	for _, c := range s.conflicts {
		if (all || !c.Resolved) && len(out) < limit {
			out = append(out, c)
		}
	}
	return out, s.fail
}

func (s theirs) OpenConflicts(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conflicts), s.fail
}

func (s theirs) Resolve(_ context.Context, id int64, by, note string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id != 7 {
		return ErrNotFound
	}
	s.resolved[id] = by + ": " + note
	return nil
}

func (s *station) Backlog(context.Context) (Backlog, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := Backlog{Pending: len(s.waiting)}
	if b.Pending > 0 {
		b.OldestAt = s.waiting[0].At.Wall
	}
	return b, s.fail
}

func (s *station) Waiting(_ context.Context, limit int) ([]admission.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting[:min(limit, len(s.waiting))], s.fail
}

func (s *station) Retry(_ context.Context, seq int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retried = append(s.retried, seq)
	return len(s.waiting), nil
}

var errNoCode = errors.New("no code on it")

func (s *station) ReadImage(r io.Reader) (string, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	text, ok := strings.CutPrefix(string(raw), "PNG:")
	if !ok {
		return "", errNoCode
	}
	return text, nil
}

func (s *station) Pair(_ context.Context, r PairRequest) (Paired, error) {
	account, code := r.Account, r.Code
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return Paired{}, s.fail
	}
	s.paired = append(s.paired, account+"|"+code)
	return Paired{Account: "lespass", Platform: "tibillet", Host: "lespass.example.org", Name: "Gate"}, nil
}

func (s *station) options() Options {
	return Options{
		Version: "1.2.3", Station: "Main entrance", Language: "fr", Zone: paris(), Token: testToken, ShowNames: true,
		Hosts: []string{"gate.local"}, Now: time.Now,
		Ready: func(context.Context) []string {
			s.mu.Lock()
			defer s.mu.Unlock()
			return slices.Clone(s.notReady)
		},
		EventName: func(_, event string) string {
			if event == "evening" {
				return "Nuit du jazz"
			}
			return ""
		},
		Hub: s.hub, Clock: s, Journal: s, Lanes: s, LaneControl: s, Overrides: s, Accounts: s,
		Conditions: s, Tickets: s, Conflicts: theirs{s}, Outbox: s, Pairing: s, JournalSearch: searchable{s},
	}
}

// paris is a zone one hour east of Greenwich, whatever the machine has on disk.
func paris() *time.Location { return time.FixedZone("CET", 3600) }

// open serves the station on loopback.
func open(t *testing.T, opt Options) *httptest.Server {
	t.Helper()
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		opt.Hub.close()
		srv.Close()
	})
	return srv
}

// reply is an answer that has been read.
type reply struct {
	StatusCode int
	Header     http.Header
	cookies    []*http.Cookie
}

// Cookies gives the cookies that the answer sets.
func (r reply) Cookies() []*http.Cookie { return r.cookies }

// ask makes one request with the token.
func ask(t *testing.T, srv *httptest.Server, method, path, body string, edit ...func(*http.Request)) (reply, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+testToken)
	for _, e := range edit {
		e(r)
	}
	client := *srv.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{StatusCode: resp.StatusCode, Header: resp.Header, cookies: resp.Cookies()}, string(raw)
}

func stranger(r *http.Request) { r.Header.Del("Authorization") }
