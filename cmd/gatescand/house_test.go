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
	"gatescand/sync/platform/all"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakebittan"
	"gatescand/sync/platform/platformtest/fakeserver"
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

// TestOneGateServesFourPlatformsAtOnce is one evening with the network on.
func TestOneGateServesFourPlatformsAtOnce(t *testing.T) {
	h := newHouse(t)
	tib, match := h.ticketOfTibillet(faketibillet.Valid), h.ticketOfSonic(nil)
	run, ball := h.ticketOfStebby(""), h.ticketOfBittan("", fakebittan.Paid, 0)
	unpaid, used, failed := h.ticketOfBittan("", fakebittan.Reserved, 0), h.ticketOfBittan("", fakebittan.Paid, 2), h.ticketOfBittan("", fakebittan.FailedAdmin, 0)
	other := h.bittan.AddEvent(fakebittan.Event{Title: "Vårbal", At: time.Now().AddDate(0, 5, 0)})
	elsewhere, err := h.bittan.AddTicket(fakebittan.Ticket{Event: other, Status: fakebittan.Paid})
	if err != nil {
		t.Fatal(err)
	}
	past := h.ticketOfSonic(func(c *faketicketsonic.Content) {
		c.Start, c.End = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	})
	forged, err := h.sonic.Forge(promoter, faketicketsonic.Content{
		Number: strings.Repeat("ab", 16), Price: 15000, Product: h.standing, Event: h.match,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.start()
	h.settled()

	h.expect(tib, "admit", "admitted", "listed", lespass)
	first := h.expect(match, "admit", "unlisted", "signature", sonic)
	if first.Product != "Standing" || first.Event != fmt.Sprint(h.match) {
		t.Errorf("product %q, event %q", first.Product, first.Event)
	}
	h.expect(run, "admit", "admitted", "listed", stebby)
	h.expect(ball, "admit", "admitted", "online", bittan)
	for code, account := range map[string]string{tib: lespass, match: sonic, run: stebby, ball: bittan} {
		h.expect(code, "refuse", "already_redeemed", "", account)
	}
	h.expect(strings.ToLower(run[:4])+"-"+run[4:], "refuse", "already_redeemed", "", stebby) // the same ticket, written otherwise
	h.expect(" "+strings.ToLower(ball)+"\r\n", "refuse", "already_redeemed", "", bittan)
	h.expect(match[:20]+flipped(match[20])+match[21:], "refuse", "forged", "", sonic)
	h.expect(past, "refuse", "expired", "", sonic)
	h.expect(unpaid, "refuse", "unpaid", "", bittan)
	h.expect(failed, "refuse", "canceled", "", bittan)
	h.expect(used, "refuse", "already_redeemed", "", bittan)
	h.expect(elsewhere, "refuse", "wrong_event", "", bittan)
	h.expect("QQQQQQ", "refuse", "unknown", "", "")
	h.expect("https://example.org/vip?x=1", "refuse", "unreadable", "", "")
	h.expect("WIFI:T:WPA;S:Salle;P:geheim;;", "refuse", "unreadable", "", "")

	for _, account := range []string{lespass, sonic, stebby, bittan} {
		h.eventually("the deliveries of "+account, func() bool { return h.pending(account) == 0 })
	}
	if b, err := h.bittan.Ticket(ball); err != nil || b.TimesUsed != 1 {
		t.Errorf("BitTan counts %+v, %v", b, err)
	}
	if s, err := h.stebby.Ticket(run); err != nil || s.Uses != 1 {
		t.Errorf("Stebby has %+v, %v", s, err)
	}
	if n := len(h.sonic.Validations()); n != 1 {
		t.Errorf("%d validations, want 1", n)
	}
	for _, id := range []string{unpaid, failed, elsewhere} {
		if b, err := h.bittan.Ticket(id); err != nil || b.TimesUsed != 0 {
			t.Errorf("a refused ticket was used: %+v, %v", b, err)
		}
	}
	h.wantConflicts()

	// A block that the promoter's weak key made and the promoter never sold.
	h.expect(forged, "admit", "unlisted", "signature", sonic)
	v, err := h.d.store.VerifyJournal(t.Context())
	if err != nil || !v.OK() {
		t.Errorf("%s, %v", verificationText(v), err)
	}
}

// flipped gives another letter of base64.
func flipped(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

// TestABareCodeThatTwoAccountsMayOwn is held while nobody can tell whose it is,
// and belongs to whom the platforms say when they can be asked.
func TestABareCodeThatTwoAccountsMayOwn(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic}
	h.stebby.SetManners(fakestebby.Manners{ListRefused: true})
	both := h.ticketOfStebby("ABCD1234")
	h.ticketOfBittan("ABCD1234", fakebittan.Paid, 0)
	mine := h.ticketOfStebby("SBCD12345678")
	h.start()
	h.settled()
	h.expect(both, "hold", "ambiguous", "", "")
	h.expect(mine, "admit", "admitted", "online", stebby)
	h.expect("ZZZZ99999999", "refuse", "unknown", "", "") // neither has it
	h.bittan.CutNetwork()
	h.stebby.CutNetwork()
	h.expect("YYYY99999999", "hold", "ambiguous", "", "")
	h.expect(mine, "refuse", "already_redeemed", "", stebby)
}

// TestBareCodesWithoutANetwork: BitTan refuses by default, and records and
// admits where the organiser says so; what comes out later is a conflict.
func TestBareCodesWithoutANetwork(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic, stebby}
	good, reserved := h.ticketOfBittan("", fakebittan.Paid, 0), h.ticketOfBittan("", fakebittan.Reserved, 0)
	spent := h.ticketOfBittan("", fakebittan.Paid, 1)
	h.start()
	h.settled()
	h.bittan.CutNetwork()
	h.expect(good, "refuse", "unknown", "", bittan)
	h.stop()

	h.more[bittan] = "unlisted = \"admit\""
	h.start()
	h.expect(good, "admit", "unknown", "unproven", bittan)
	h.expect(good, "refuse", "already_redeemed", "", bittan)
	h.expect(reserved, "admit", "unknown", "unproven", bittan)
	h.expect(spent, "admit", "unknown", "unproven", bittan)
	h.expect("QQQQQQ", "admit", "unknown", "unproven", bittan)
	h.bittan.RestoreNetwork()
	h.d.current.Load().account(bittan).outbox.Retry()
	h.eventually("everything is settled", func() bool { return h.pending(bittan) == 0 })
	h.wantConflicts(admission.AdmittedUnpaid, admission.UsedElsewhere, admission.AdmittedUnknown)
	for id, want := range map[string]int{good: 1, reserved: 0, spent: 1} {
		if b, err := h.bittan.Ticket(id); err != nil || b.TimesUsed != want {
			t.Errorf("%+v, %v, want %d uses", b, err, want)
		}
	}
}

// TestAServerThatCannotBeAskedIsNotAsked: on the form of 2024 every question
// uses a ticket up.
func TestAServerThatCannotBeAskedIsNotAsked(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic, stebby}
	h.more[bittan] = "unlisted = \"admit\""
	h.bittan.SetForm(fakebittan.Bare2024)
	good := h.ticketOfBittan("", fakebittan.Paid, 0)
	h.start()
	h.eventually("the gate knows the events", func() bool { return len(*h.d.current.Load().account(bittan).served.Load()) > 0 })
	h.expect(good, "admit", "unknown", "unproven", bittan)
	h.eventually("the use is delivered", func() bool { return h.pending(bittan) == 0 })
	if b, err := h.bittan.Ticket(good); err != nil || b.TimesUsed != 1 {
		t.Errorf("%+v, %v, want one use", b, err)
	}
	if len(h.conditions("account_blind")) == 0 {
		t.Error("nobody says that the server cannot be asked")
	}
	h.wantConflicts()
}

// TestAnAnswerServesWhenTheNetworkIsGone: Stebby without a list.
func TestAnAnswerServesWhenTheNetworkIsGone(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic, bittan}
	h.stebby.SetManners(fakestebby.Manners{ListRefused: true})
	h.lanes += "[[lane]]\nname = \"desk\"\ndirection = \"check\"\nreader = \"virtual:\"\nhold_off = \"0s\"\n"
	seen, unseen := h.ticketOfStebby(""), h.ticketOfStebby("")
	h.start()
	h.settled()
	if r := h.scanAt("desk", seen); r.Verdict != admission.Admit {
		t.Fatalf("at the desk: %+v", r)
	}
	h.eventually("the answer is kept", func() bool {
		_, err := h.d.store.Ticket(t.Context(), admission.TicketKey{Account: stebby, ID: seen})
		return err == nil
	})
	h.stebby.CutNetwork()
	h.expect(seen, "admit", "admitted", "stale", stebby)
	h.expect(seen, "refuse", "already_redeemed", "", stebby)
	h.expect(unseen, "hold", "unknown", "", stebby)
	// A person may let it in all the same.
	if _, err := h.d.Admit(t.Context(), "north", admission.TicketKey{Account: stebby, ID: unseen}, admission.Override{By: "ana", Note: "showed the mail"}); err != nil {
		t.Errorf("by hand: %v", err)
	}
	if _, err := h.d.Admit(t.Context(), "north", admission.TicketKey{Account: stebby, ID: "no code"}, admission.Override{By: "ana", Note: "x"}); err == nil {
		t.Error("what cannot be a ticket was let in")
	}
	h.stebby.RestoreNetwork()
	h.d.current.Load().account(stebby).outbox.Retry()
	h.eventually("both uses are delivered", func() bool { return h.pending(stebby) == 0 })
	h.wantConflicts()
	for _, code := range []string{seen, unseen} {
		if s, err := h.stebby.Ticket(code); err != nil || s.Uses != 1 {
			t.Errorf("%+v, %v", s, err)
		}
	}
}

// TestWhatASilentListTakesAwayIsAskedFor: a server that gives its list to nobody
// may give an empty one, and a ticket missing from a list may have come back.
func TestWhatASilentListTakesAwayIsAskedFor(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic, bittan}
	h.stebby.SetManners(fakestebby.Manners{ListSilent: true})
	h.lanes += "[[lane]]\nname = \"desk\"\ndirection = \"check\"\nreader = \"virtual:\"\nhold_off = \"0s\"\n"
	seen := h.ticketOfStebby("")
	h.start()
	h.settled()
	if r := h.scanAt("desk", seen); r.Verdict != admission.Admit {
		t.Fatalf("at the desk: %+v", r)
	}
	a := h.d.current.Load().account(stebby)
	h.eventually("the answer is kept", func() bool {
		_, err := h.d.store.Ticket(t.Context(), admission.TicketKey{Account: stebby, ID: seen})
		return err == nil
	})
	a.mirror.SweepNow()
	h.settled()
	if k, err := h.d.store.Ticket(t.Context(), admission.TicketKey{Account: stebby, ID: seen}); err != nil || k.Used {
		t.Errorf("an empty list took what was heard of the ticket: %+v, %v", k, err)
	}

	h.stebby.SetManners(fakestebby.Manners{})
	other, late := h.ticketOfStebby(""), h.ticketOfStebby("")
	a.mirror.SweepNow()
	h.eventually("the list is there", func() bool { return !a.mirror.Status().AsOf.IsZero() })
	if err := h.stebby.UseAtDesk(late, "shop"); err != nil {
		t.Fatal(err)
	}
	h.eventually("the list has lost a ticket", func() bool {
		k, err := h.d.store.Ticket(t.Context(), admission.TicketKey{Account: stebby, ID: late})
		return err == nil && k.Used && k.Gone
	})
	if err := h.stebby.Reset(late); err != nil {
		t.Fatal(err)
	}
	h.expect(late, "admit", "admitted", "online", stebby) // asked, because only its absence spoke
	h.expect(other, "admit", "admitted", "listed", stebby)
	h.expect(seen, "admit", "admitted", "listed", stebby)
}

// TestARefusedKeyStopsOneAccountAndNoOther, and a new key in its file is taken
// into use by a reload.
func TestARefusedKeyStopsOneAccountAndNoOther(t *testing.T) {
	h := newHouse(t)
	run, ball := h.ticketOfStebby(""), h.ticketOfBittan("", fakebittan.Paid, 0)
	h.start()
	h.settled()
	if err := h.stebby.RevokeKey(h.desk); err != nil {
		t.Fatal(err)
	}
	h.expect(run, "admit", "admitted", "listed", stebby)
	h.expect(ball, "admit", "admitted", "online", bittan)
	h.eventually("BitTan has been told", func() bool { return h.pending(bittan) == 0 })
	h.eventually("the refused key is said", func() bool {
		c := h.conditions("account_auth")
		return len(c) == 1 && c[0].Subject == stebby
	})
	if h.pending(stebby) != 1 {
		t.Errorf("%d deliveries of Stebby wait, want 1", h.pending(stebby))
	}
	h.desk = h.stebby.AddDesk("gate, again")
	h.stop()
	h.start()
	h.eventually("Stebby has been told", func() bool { return h.pending(stebby) == 0 })
	h.wantConflicts()
	if s, err := h.stebby.Ticket(run); err != nil || s.Uses != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestASlowAccountDelaysNoOther: one server hangs, the others are in step and
// the lane answers.
func TestASlowAccountDelaysNoOther(t *testing.T) {
	h := newHouse(t)
	tib, run := h.ticketOfTibillet(faketibillet.Valid), h.ticketOfStebby("")
	for _, route := range []string{faketibillet.RouteProbe, faketibillet.RouteCheckTicket, faketibillet.RouteList} {
		h.tib.SetMood(route, fakeserver.Mood{Delay: time.Hour})
	}
	h.more[lespass] = "ask = \"never\""
	h.start()
	for _, name := range []string{sonic, stebby, bittan} {
		a := h.d.current.Load().account(name)
		h.eventually(name+" is in step", func() bool { return inStep(a) })
	}
	h.expect(run, "admit", "admitted", "listed", stebby)
	h.eventually("Stebby has been told", func() bool { return h.pending(stebby) == 0 })
	r := h.scan(tib)
	if r.Verdict == admission.Admit {
		t.Errorf("admitted on nothing: %+v", r)
	}
}

// TestDeliveriesOfAnAccountThatWasRemovedAreSaidToWait, and go out when it is
// back.
func TestDeliveriesOfAnAccountThatWasRemovedAreSaidToWait(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic}
	run := h.ticketOfStebby("")
	h.start()
	h.settled()
	h.stebby.CutNetwork()
	h.expect(run, "admit", "admitted", "listed", stebby)
	h.stop()
	h.without = append(h.without, stebby)
	h.start()
	h.eventually("the condition names the account", func() bool {
		c := h.conditions("account_removed")
		return len(c) == 1 && c[0].Subject == stebby
	})
	h.stop()
	h.without = h.without[:2]
	h.stebby.RestoreNetwork()
	h.start()
	h.eventually("Stebby has been told", func() bool { return h.pending(stebby) == 0 })
	h.eventually("the condition has gone", func() bool { return len(h.conditions("account_removed")) == 0 })
}

// TestCheckSaysWhatAGateGetsFromEachPlatform, asks each server and uses up
// nothing.
func TestCheckSaysWhatAGateGetsFromEachPlatform(t *testing.T) {
	h := newHouse(t)
	h.password = platformtest.BittanPassword(t) // it stands in BitTan's public source
	h.bittan.SetPassword(h.password)
	ball := h.ticketOfBittan("", fakebittan.Paid, 0)
	cfg := h.config()
	if _, code, err := h.tib.NewScanApp("north"); err != nil {
		t.Fatal(err)
	} else if _, err := pairOffline(t.Context(), cfg, lespass, code); err != nil {
		t.Fatal(err)
	}
	a := &app{getenv: func(string) string { return "" }, now: time.Now}
	found := map[string]finding{}
	for _, f := range a.examine(t.Context(), cfg) {
		found[f.What] = f
	}
	for _, row := range all.Sheet() {
		name := map[admission.PlatformName]string{
			admission.TiBillet: lespass, admission.TicketSonic: sonic, admission.Stebby: stebby, admission.BitTan: bittan,
		}[row.Platform]
		if f := found["account "+name]; f.Result != resultOK {
			t.Errorf("%s: %+v", name, f)
		}
		for what, words := range map[string]string{"proves": row.Proved, "caches": row.Cached, "is asked": row.Asked, "is told": row.Delivered} {
			if f := found["account "+name+" "+what]; !strings.Contains(f.Detail, words) {
				t.Errorf("%s %s: %+v", name, what, f)
			}
		}
	}
	if f := found["account "+bittan+" password"]; f.Result != resultWarning || strings.Contains(f.Detail, h.password) {
		t.Errorf("the default password: %+v", f)
	}
	if f := found["account "+sonic+" product"]; !strings.Contains(f.Detail, "Standing") {
		t.Errorf("products: %+v", f)
	}
	if b, err := h.bittan.Ticket(ball); err != nil || b.TimesUsed != 0 {
		t.Errorf("check used a ticket up: %+v, %v", b, err)
	}

	h.apiKey = strings.Repeat("0", 32)
	for _, f := range a.examine(t.Context(), h.config()) {
		if f.What == "account "+sonic && (f.Result != resultFailed || strings.Contains(f.Detail, h.apiKey)) {
			t.Errorf("with a wrong key: %+v", f)
		}
	}
}

func TestAnAccountWhoseKeyStandsInAFileIsNotPaired(t *testing.T) {
	h := newHouse(t)
	_, code, err := h.tib.NewScanApp("north")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pairOffline(t.Context(), h.config(), stebby, code); !errors.Is(err, errNoPairing) || !strings.Contains(err.Error(), "api_key_file") {
		t.Errorf("got %v", err)
	}
	h.without = []string{lespass}
	if _, err := pairOffline(t.Context(), h.config(), "", code); !errors.Is(err, errNoPairing) {
		t.Errorf("where nobody pairs: %v", err)
	}
}

// TestAServerWhoseClockIsLostIsSaid, and the station's own clock stays trusted
// by the word of the others.
func TestAServerWhoseClockIsLostIsSaid(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass}
	h.stebby.SetMood(fakeserver.RouteAny, fakeserver.Mood{ClockOffset: -3 * time.Hour})
	h.start()
	h.settled()
	h.eventually("all servers have told the time", func() bool {
		_, far := h.d.clock.Skew(stebby)
		return far
	})
	for _, a := range h.d.current.Load().accounts {
		h.d.checkSkew(a)
	}
	c := h.conditions("account_clock")
	if len(c) != 1 || c[0].Subject != stebby || !strings.Contains(c[0].Text, "3h0m0s behind") {
		t.Errorf("conditions %+v", c)
	}
	if now := h.d.clock.Now(); !now.Trusted {
		t.Error("one lost clock outvotes two")
	}
}

// TestASealedCodeWithoutAKeyIsHeld: a TicketSonic code names its ticket only to
// whoever has the promoter's key, and at the very first start nobody has it.
func TestASealedCodeWithoutAKeyIsHeld(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, stebby, bittan}
	match := h.ticketOfSonic(nil)
	h.sonic.CutNetwork()
	h.start()
	h.expect(match, "hold", "unknown", "", sonic)
	h.expect(match[:40], "refuse", "unreadable", "", "")
	h.sonic.RestoreNetwork()
	h.d.current.Load().account(sonic).mirror.SweepNow()
	h.settled()
	h.expect(match, "admit", "unlisted", "signature", sonic)
}

// TestAnAccountThatCannotBeUsedIsAFaultOfTheConfiguration, and is named with
// file and line before anything starts.
func TestAnAccountThatCannotBeUsedIsAFaultOfTheConfiguration(t *testing.T) {
	for name, spoil := range map[string]func(*house){
		"a state that must never let in":   func(h *house) { h.more[bittan] = "admit_status = [\"FAILED_ADMIN\"]" },
		"a state in small letters":         func(h *house) { h.more[bittan] = "admit_status = [\"paid\"]" },
		"a key with quotes around it":      func(h *house) { h.desk = "\"abc\"" },
		"a password that is no text":       func(h *house) { h.password = "\xff\xfe" },
		"a key file that holds two things": func(h *house) { h.apiKey = "a b" },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			spoil(h)
			a := &app{getenv: func(string) string { return "" }, now: time.Now}
			_, err := configs.Parse("test.toml", []byte(h.configText()), a.configEnv())
			var faults *configs.FaultsError
			if !errors.As(err, &faults) || len(faults.Faults) != 1 || faults.Faults[0].Line == 0 {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// TestATitleWithABlankBehindItIsTheTitle: it is compared with what the server
// writes.
func TestATitleWithABlankBehindItIsTheTitle(t *testing.T) {
	h := newHouse(t)
	h.without = []string{lespass, sonic, stebby}
	h.more[bittan] = fmt.Sprintf("event_title = %q\nunlisted = \"admit\"", ballTitle+" ")
	ball := h.ticketOfBittan("", fakebittan.Paid, 0)
	other, err := h.bittan.AddTicket(fakebittan.Ticket{
		Event: h.bittan.AddEvent(fakebittan.Event{Title: "Vårbal", At: time.Now().AddDate(0, 5, 0)}), Status: fakebittan.Paid,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.start()
	h.settled()
	h.expect(ball, "admit", "admitted", "online", bittan)
	// One of another event, admitted on its form alone, is not used up.
	h.bittan.CutNetwork()
	h.expect(other, "admit", "unknown", "unproven", bittan)
	h.bittan.RestoreNetwork()
	h.d.current.Load().account(bittan).outbox.Retry()
	h.eventually("nothing is pending", func() bool { return h.pending(bittan) == 0 })
	if b, err := h.bittan.Ticket(other); err != nil || b.TimesUsed != 0 {
		t.Errorf("%+v, %v", b, err)
	}
	h.wantConflicts(admission.DeliveryRejected)
}
