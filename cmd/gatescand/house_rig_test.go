package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"

	"gatescand/scanner/admission"
	"gatescand/sync/mirror"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakestebby"
	"gatescand/sync/platform/platformtest/faketibillet"
	"gatescand/sync/platform/platformtest/faketicketsonic"
)

// The accounts of a house, each named after its platform.
const (
	lespass = "lespass"
	sonic   = "sonic"
	stebby  = "stebby"
	bittan  = "bittan"
)

const (
	promoter  = "promoter@example.org"
	ballTitle = "Höstbal 2026"
)

// house is a gate that serves all four platforms at once, each a whole fake
// server over real HTTP.
type house struct {
	t       *testing.T
	dir     string
	more    map[string]string // further lines of an account
	lanes   string
	without []string // accounts left out of the configuration

	tib    *faketibillet.Server
	sonic  *faketicketsonic.Server
	stebby *fakestebby.Server
	bittan *fakebittan.Server
	urls   map[string]string

	concert  string // event of TiBillet
	match    uint64 // event of TicketSonic
	standing uint64 // product of TicketSonic
	apiKey   string
	desk     string // key of the Point of Sale
	password string
	ball     int // event of BitTan

	d    *daemon
	stop func()
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), more: map[string]string{}, urls: map[string]string{}, password: "hemligt"}
	h.lanes = "[[lane]]\nname = \"north\"\nreader = \"virtual:\"\nhold_off = \"0s\"\n"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	start, end := time.Now().Add(-time.Hour), time.Now().Add(4*time.Hour)
	var err error
	h.tib, err = faketibillet.New(faketibillet.Options{Clock: time.Now, Source: rand.NewPCG(1, 1), RowSigning: faketibillet.SignHollow})
	must(err)
	h.concert, err = h.tib.AddEvent(faketibillet.Event{
		Name: "Concert", Start: start, End: end, KeyPEM: platformtest.LoadTibilletVectors(t).Keys[0].PrivatePEM,
	})
	must(err)
	h.sonic, err = faketicketsonic.New(faketicketsonic.Options{Clock: time.Now, Source: rand.NewPCG(2, 2)})
	must(err)
	keys := platformtest.LoadTicketsonicVectors(t).Keys
	p, err := h.sonic.AddPromoter(faketicketsonic.Promoter{UserID: promoter, KeyPEM: keys[0].PrivatePEM})
	must(err)
	h.apiKey = p.APIKey
	h.match, err = h.sonic.AddEvent(promoter, faketicketsonic.Event{Name: "Match", Start: start, End: end})
	must(err)
	h.standing, err = h.sonic.AddProduct(faketicketsonic.Product{Event: h.match, Name: "Standing", Price: 15000, Currency: "EUR", Stock: 500})
	must(err)
	h.stebby, err = fakestebby.New(fakestebby.Options{Clock: time.Now, Source: rand.NewPCG(3, 3)})
	must(err)
	h.desk = h.stebby.AddDesk("gate")
	h.bittan, err = fakebittan.New(fakebittan.Options{Clock: time.Now, Source: rand.NewPCG(4, 4), Password: h.password})
	must(err)
	h.ball = h.bittan.AddEvent(fakebittan.Event{Title: ballTitle, At: start.Add(2 * time.Hour)})
	for name, fake := range map[string]platformtest.Fake{lespass: h.tib, sonic: h.sonic, stebby: h.stebby, bittan: h.bittan} {
		h.urls[name] = platformtest.Start(t, fake)
	}
	return h
}

// secret writes a key to a file of its own and gives its path.
func (h *house) secret(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}

func (h *house) configText() string {
	h.t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "[station]\nname = \"Door\"\nlanguage = \"en\"\ndata_dir = %q\n[admin]\nlisten = \"127.0.0.1:0\"\n", filepath.Join(h.dir, "data"))
	for _, a := range []struct{ name, platform, keys string }{
		{lespass, "tibillet", ""},
		{sonic, "ticketsonic", fmt.Sprintf("user_id = %q\napi_key_file = %q", promoter, h.secret("sonic", h.apiKey))},
		{stebby, "stebby", fmt.Sprintf("api_key_file = %q", h.secret("stebby", h.desk))},
		{bittan, "bittan", fmt.Sprintf("password_file = %q", h.secret("bittan", h.password))},
	} {
		if slices.Contains(h.without, a.name) {
			continue
		}
		fmt.Fprintf(&text, "[[account]]\nname = %q\nplatform = %q\nurl = %q\nsweep_every = \"200ms\"\nincrement_every = \"0s\"\nask_timeout = \"5s\"\n%s\n%s\n",
			a.name, a.platform, h.urls[a.name], a.keys, h.more[a.name])
	}
	text.WriteString(h.lanes)
	return text.String()
}

func (h *house) config() *configs.Config {
	h.t.Helper()
	a := &app{getenv: func(string) string { return "" }, now: time.Now}
	cfg, err := configs.Parse("test.toml", []byte(h.configText()), a.configEnv())
	if err != nil {
		h.t.Fatal(err)
	}
	return cfg
}

// start runs the station, paired with TiBillet on the first time.
func (h *house) start() {
	h.t.Helper()
	cfg := h.config()
	if _, err := os.Stat(filepath.Join(h.dir, "data")); errors.Is(err, os.ErrNotExist) && !slices.Contains(h.without, lespass) {
		_, code, err := h.tib.NewScanApp("north")
		if err != nil {
			h.t.Fatal(err)
		}
		if _, err := pairOffline(h.t.Context(), cfg, lespass, code); err != nil {
			h.t.Fatal(err)
		}
	}
	d, err := openDaemon(h.t.Context(), cfg, newDiscard())
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.t.Context()))
	var done sync.WaitGroup
	var runErr error
	done.Go(func() { runErr = d.run(ctx) })
	h.d = d
	h.stop = sync.OnceFunc(func() {
		cancel()
		done.Wait()
		if runErr != nil {
			h.t.Errorf("the daemon ended with %v", runErr)
		}
	})
	h.t.Cleanup(h.stop)
	<-d.ready
}

// settled waits until every account has told all it can be told of.
func (h *house) settled() {
	h.t.Helper()
	for _, a := range h.d.current.Load().accounts {
		h.eventually("account "+a.Name()+" is in step", func() bool { return inStep(a) })
	}
	h.eventually("the station knows the events", func() bool {
		for _, a := range h.d.current.Load().accounts {
			if a.Name() != stebby && len(*a.served.Load()) == 0 {
				return false
			}
		}
		return true
	})
}

// inStep tells whether an account has pulled all that there is to pull.
func inStep(a *account) bool {
	m := a.mirror.Status()
	return m.State == mirror.StateIdle && (m.NoList || !m.AsOf.IsZero())
}

func (h *house) eventually(what string, cond func() bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-ctx.Done():
			h.t.Fatalf("waited %v for: %s", patience, what)
		case <-tick.C:
		}
	}
}

func (h *house) scan(code string) admission.CheckIn { return h.scanAt("north", code) }

func (h *house) scanAt(lane, code string) admission.CheckIn {
	h.t.Helper()
	r, err := h.d.current.Load().lane(lane).Scan(h.t.Context(), []byte(code), false)
	if err != nil {
		h.t.Fatal(err)
	}
	return r.CheckIn
}

// expect presents a code and demands an answer.
func (h *house) expect(code, verdict, reason, grounds, account string) admission.CheckIn {
	h.t.Helper()
	r := h.scan(code)
	if string(r.Verdict) != verdict || string(r.Reason) != reason || string(r.Grounds) != grounds || (account != "" && r.Ticket.Account != account) {
		h.t.Errorf("%.24q: %s (%s) on %q by %s, want %s (%s) on %q by %s",
			code, r.Verdict, r.Reason, r.Grounds, r.Ticket.Account, verdict, reason, grounds, account)
	}
	return r
}

func (h *house) pending(account string) int {
	h.t.Helper()
	pending, _, _, err := h.d.store.OutboxCounts(h.t.Context(), account)
	if err != nil {
		h.t.Fatal(err)
	}
	return pending
}

func (h *house) conflicts() []admission.Conflict {
	h.t.Helper()
	list, err := h.d.store.Conflicts(h.t.Context(), true)
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// wantConflicts demands exactly these kinds, in any order.
func (h *house) wantConflicts(want ...admission.ConflictKind) {
	h.t.Helper()
	var got []admission.ConflictKind
	for _, c := range h.conflicts() {
		got = append(got, c.Kind)
		if c.Theirs == "" || c.Remedy == "" || c.OurLane != "north" {
			h.t.Errorf("a conflict without both sides: %+v", c)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		h.t.Errorf("conflicts %v, want %v", got, want)
	}
}

func (h *house) conditions(code string) []admin.Condition {
	var out []admin.Condition
	for _, c := range h.d.health.Conditions() {
		if c.Code == code {
			out = append(out, c)
		}
	}
	return out
}

func (h *house) ticketOfTibillet(status faketibillet.Status) string {
	h.t.Helper()
	id, err := h.tib.AddTicket(faketibillet.Ticket{Event: h.concert, Status: status, FirstName: "Jo", LastName: "Do", Product: "Billet"})
	if err != nil {
		h.t.Fatal(err)
	}
	code, err := h.tib.PrintQR(id)
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

func (h *house) ticketOfSonic(change func(*faketicketsonic.Content)) string {
	h.t.Helper()
	c := faketicketsonic.Content{Price: 15000, Product: h.standing, Event: h.match}
	if change != nil {
		change(&c)
	}
	ticket, err := h.sonic.Sell(promoter, c, "Jo Do")
	if err != nil {
		h.t.Fatal(err)
	}
	return ticket.Code
}

func (h *house) ticketOfStebby(code string) string {
	h.t.Helper()
	code, err := h.stebby.AddTicket(fakestebby.Ticket{
		Code: code, Client: fakestebby.Client{Name: "Jo Do"}, ValidUntil: time.Now().Add(24 * time.Hour),
		Purchasable: fakestebby.Purchasable{Code: "biz_54344", Name: "Running", Category: "SPORTS", Price: 4.5},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

func (h *house) ticketOfBittan(id string, status fakebittan.Status, used int) string {
	h.t.Helper()
	id, err := h.bittan.AddTicket(fakebittan.Ticket{ID: id, Event: h.ball, Status: status, TimesUsed: used})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}
