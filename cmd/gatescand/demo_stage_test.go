package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	zxingqr "github.com/makiuchi-d/gozxing/qrcode"

	"gatescand/sync/platform/platformtest/faketibillet"
)

// simpleGate stands in for the station: it lets in whatever ticket a platform
// holds for valid, once, and holds what two platforms have sold.
type simpleGate struct {
	mu      sync.Mutex
	evening *faketibillet.Evening
	booths  []booth
	used    map[string]bool
	codes   []string
	fail    error
}

func (g *simpleGate) hold(_ context.Context, code []byte) (heldAnswer, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fail != nil {
		return heldAnswer{}, g.fail
	}
	g.codes = append(g.codes, string(code))
	a := heldAnswer{Verdict: "refuse", Reason: "unreadable", Headline: "Not a ticket code", TookUS: 900, Seq: int64(len(g.codes))}
	id := uuidIn(string(code))
	if t, err := g.evening.Ticket(id); err == nil && t.Status == faketibillet.Valid && t.Event == g.evening.Tonight {
		a.Verdict, a.Reason, a.Grounds, a.Headline = "admit", "admitted", "listed", "Admitted"
		if g.used[id] {
			a.Verdict, a.Reason, a.Grounds, a.Headline = "refuse", "already_redeemed", "", "Already used"
		}
		g.used[id] = true
	}
	for _, b := range g.booths {
		g.judge(b, string(code), &a)
	}
	return a, nil
}

// judge lets one of the platforms speak that TiBillet stands beside.
func (g *simpleGate) judge(b booth, code string, a *heldAnswer) {
	codes, err := b.Codes()
	if err != nil {
		return
	}
	i := slices.IndexFunc(codes, func(c boothCode) bool { return c.Code == code })
	switch {
	case i < 0:
	case code == sharedCode:
		a.Verdict, a.Reason, a.Headline = "hold", "ambiguous", "Two platforms know this code"
	case codes[i].State == stateValid && !g.used[code]:
		a.Verdict, a.Reason, a.Grounds, a.Headline, a.Platform = "admit", "admitted", "listed", "Admitted", string(b.Platform())
		g.used[code] = true
	case g.used[code]:
		a.Reason, a.Headline, a.Platform = "already_redeemed", "Already used", string(b.Platform())
	}
}

// uuidIn gives the ticket a code names, whatever its signature, or "".
func uuidIn(code string) string {
	first, _, _ := strings.Cut(code, ":")
	text, err := base64.URLEncoding.DecodeString(first)
	var named struct {
		UUID string `json:"uuid"`
	}
	if err != nil || json.Unmarshal(text, &named) != nil {
		return ""
	}
	return named.UUID
}

// theatre is a stage with what stands behind it.
type theatre struct {
	*httptest.Server

	evening *faketibillet.Evening
	all     pretended
	gate    *simpleGate
	ready   bool
	swept   []string
	sweepEr error
}

func openTheatre(t *testing.T) *theatre {
	t.Helper()
	now := time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	all, err := newPretended(7, clock)
	if err != nil {
		t.Fatal(err)
	}
	evening := all.tibillet
	th := &theatre{evening: evening, all: all, gate: &simpleGate{evening: evening, booths: all.booths(), used: map[string]bool{}}}
	handler, err := newStage(stageOptions{
		Evening: evening, Booths: all.booths(), Hold: th.gate.hold, StaffURL: "http://127.0.0.1:1/#token", StaffReady: func() bool { return th.ready },
		Status: func(context.Context) stageStatus {
			return stageStatus{Ready: true, Tickets: 500, Pending: 3, Accounts: map[string]accountView{"stebby": {Pending: 3, Told: map[string]string{}}}}
		},
		Sweep:   func(_ context.Context, account string) error { th.swept = append(th.swept, account); return th.sweepEr },
		HoldOff: 3 * time.Second, Now: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	th.Server = httptest.NewServer(handler)
	t.Cleanup(th.Close)
	return th
}

// do makes a request and gives status and body.
func (th *theatre) do(t *testing.T, method, path, body string, change ...func(*http.Request)) (status int, header http.Header, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, th.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(raw)
}

// want makes a request, insists on a status and reads the answer into v.
func (th *theatre) want(t *testing.T, status int, method, path, body string, v any) string {
	t.Helper()
	got, _, answer := th.do(t, method, path, body)
	if got != status {
		t.Fatalf("%s %s %s: status %d, want %d: %s", method, path, body, got, status, answer)
	}
	if v != nil {
		if err := json.Unmarshal([]byte(answer), v); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
	return answer
}

func (th *theatre) list(t *testing.T, query url.Values) ticketsAnswer {
	t.Helper()
	var a ticketsAnswer
	th.want(t, http.StatusOK, http.MethodGet, "/demo/tickets?"+query.Encode(), "", &a)
	return a
}

func (th *theatre) card(t *testing.T, id string) cardView {
	t.Helper()
	cards := th.list(t, nil).Cards
	i := slices.IndexFunc(cards, func(c cardView) bool { return c.ID == id })
	if i < 0 {
		t.Fatalf("no card %s", id)
	}
	return cards[i]
}

func TestStageNeedsItsParts(t *testing.T) {
	if _, err := newStage(stageOptions{}); !errors.Is(err, ErrStage) {
		t.Errorf("a stage without parts gave %v, want ErrStage", err)
	}
}

func TestEveryEveningHasAQueue(t *testing.T) {
	for seed := range uint64(60) {
		evening, err := faketibillet.NewEvening(seed, faketibillet.Options{Clock: func() time.Time { return time.Unix(1_790_000_000, 0) }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := chooseCast(evening); err != nil {
			t.Errorf("evening %d: %v", seed, err)
		}
	}
}

func TestQueueHasOneOfEverything(t *testing.T) {
	th := openTheatre(t)
	states := map[string]string{
		"paid": "valid", "paid-2": "valid", "used-gate": "used", "used-office": "used", "canceled": "canceled",
		"unpaid": "unpaid", "inactive": "inactive", "other-event": "valid", "reprint": "valid", "recoded": "valid",
		"forged": "valid", "padding": "valid", "unsigned": "valid", "boarding-pass": "", "wifi": "", "script": "",
	}
	cards := th.list(t, nil).Cards
	if len(cards) != len(states) {
		t.Errorf("%d cards, want %d", len(cards), len(states))
	}
	holders := map[string]bool{}
	for _, c := range cards {
		state, ok := states[c.ID]
		switch {
		case !ok:
			t.Errorf("card %s was not expected", c.ID)
		case state == "" && c.Ticket != nil:
			t.Errorf("card %s has a ticket", c.ID)
		case state != "" && (c.Ticket == nil || c.Ticket.State != state):
			t.Errorf("card %s has the ticket %+v, want one in state %s", c.ID, c.Ticket, state)
		}
		if c.Title == "" || c.Story == "" || c.Expect == "" || c.Group == "" {
			t.Errorf("card %s explains nothing", c.ID)
		}
		if c.Ticket != nil {
			if c.Ticket.Holder == "" || c.Ticket.Tonight == (c.ID == "other-event") {
				t.Errorf("card %s: holder %q, tonight %v", c.ID, c.Ticket.Holder, c.Ticket.Tonight)
			}
			holders[c.Ticket.UUID] = true
		}
	}
	if len(holders) != 9 {
		t.Errorf("%d different tickets in the queue, want 9", len(holders))
	}
}

func TestEveryPictureReadsAsTheCodeThatIsHeld(t *testing.T) {
	th := openTheatre(t)
	for _, c := range th.list(t, nil).Cards {
		status, header, body := th.do(t, http.MethodGet, c.QR, "")
		if status != http.StatusOK || header.Get("Content-Type") != "image/png" {
			t.Fatalf("%s: status %d, type %s", c.QR, status, header.Get("Content-Type"))
		}
		picture, err := png.Decode(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
		if err != nil {
			t.Fatal(err)
		}
		read, err := zxingqr.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
		if err != nil {
			t.Fatalf("card %s cannot be read: %v", c.ID, err)
		}
		wish := fmt.Sprintf(`{"text":%q}`, c.Text)
		if c.Ticket != nil {
			wish = fmt.Sprintf(`{"ticket":%q,"variant":%q}`, c.Ticket.UUID, c.Variant)
			if side := picture.Bounds().Dx(); c.Variant == asPrinted && side%(69+8) != 0 {
				t.Errorf("card %s: %d pixels are no whole number for each of 77 modules of a code 13-L", c.ID, side)
			}
		}
		th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", wish, nil)
		if held := th.gate.codes[len(th.gate.codes)-1]; held != read.GetText() {
			t.Errorf("card %s shows %q and holds %q", c.ID, read.GetText(), held)
		}
	}
}

func TestPicturesThatAreNotThere(t *testing.T) {
	th := openTheatre(t)
	ticket := th.card(t, "paid").Ticket.UUID
	for name, row := range map[string]struct {
		path   string
		status int
	}{
		"a whole number of pixels a module":   {"/demo/qr/" + ticket + ".png?scale=3", http.StatusOK},
		"no pixels":                           {"/demo/qr/" + ticket + ".png?scale=0", http.StatusBadRequest},
		"a wall of pixels":                    {"/demo/qr/" + ticket + ".png?scale=1000", http.StatusBadRequest},
		"pixels that are no number":           {"/demo/qr/" + ticket + ".png?scale=x", http.StatusBadRequest},
		"another kind of picture":             {"/demo/qr/" + ticket + ".svg", http.StatusNotFound},
		"a variant that does not exist":       {"/demo/qr/" + ticket + "~evil.png", http.StatusNotFound},
		"a ticket that does not exist":        {"/demo/qr/00000000-0000-4000-8000-000000000000.png", http.StatusNotFound},
		"a card that has a ticket, by its id": {"/demo/qr/paid.png", http.StatusNotFound},
		"nothing":                             {"/demo/qr/.png", http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			if status, _, body := th.do(t, http.MethodGet, row.path, ""); status != row.status {
				t.Errorf("status %d, want %d: %s", status, row.status, body)
			}
		})
	}
}

func TestHoldingNothingHoldsTheNextPaidTicket(t *testing.T) {
	th := openTheatre(t)
	answer := th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", "", nil)
	if !strings.Contains(answer, `"verdict":"admit"`) {
		t.Errorf(`no "verdict":"admit" in %s`, answer)
	}
	if first := uuidIn(th.gate.codes[0]); first != th.card(t, "paid").Ticket.UUID {
		t.Errorf("the first ticket held was not the first of the queue")
	}
	tricked := th.card(t, "forged").Ticket.UUID
	for range 368 {
		var scene heldScene
		th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", "{}", &scene)
		if scene.Verdict != "admit" || scene.Ticket == tricked {
			t.Fatalf("hold %d: %s of %s", scene.Number, scene.Verdict, scene.Ticket)
		}
	}
	th.want(t, http.StatusConflict, http.MethodPost, "/demo/hold", "{}", nil) // 370 are valid, one is for the tricks
}

func TestTheSamePrintIsHeldEveryTime(t *testing.T) {
	th := openTheatre(t)
	wish := fmt.Sprintf(`{"ticket":%q}`, th.card(t, "paid").Ticket.UUID)
	var scene heldScene
	th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", wish, nil)
	th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", wish, &scene)
	if th.gate.codes[0] != th.gate.codes[1] {
		t.Error("a ticket was printed anew between two holds")
	}
	if scene.Reason != "already_redeemed" || scene.Number != 2 || scene.Title != "A paid ticket" || !scene.NetworkUp {
		t.Errorf("the second answer is %+v", scene)
	}
	if last := th.card(t, "paid").Last; last == nil || last.Reason != "already_redeemed" {
		t.Errorf("the card says %+v of its last hold", last)
	}
	if last := th.card(t, "reprint").Last; last != nil {
		t.Error("the other print of the ticket was never held and says otherwise")
	}
}

func TestWishesThatMakeNoSense(t *testing.T) {
	th := openTheatre(t)
	ticket := th.card(t, "paid").Ticket.UUID
	for name, row := range map[string]struct {
		body   string
		status int
	}{
		"not JSON":                   {"hold it", http.StatusBadRequest},
		"half of it":                 {`{"ticket":`, http.StatusBadRequest},
		"two of it":                  {`{"ticket":"` + ticket + `"}{}`, http.StatusBadRequest},
		"a list":                     {`[]`, http.StatusBadRequest},
		"a member nobody knows":      {`{"tickets":"` + ticket + `"}`, http.StatusBadRequest},
		"a number for a ticket":      {`{"ticket":7}`, http.StatusBadRequest},
		"a variant nobody knows":     {`{"ticket":"` + ticket + `","variant":"evil"}`, http.StatusBadRequest},
		"a variant of nothing":       {`{"variant":"forged"}`, http.StatusBadRequest},
		"a ticket and a text":        {`{"ticket":"` + ticket + `","text":"x"}`, http.StatusBadRequest},
		"a text of two lines":        {`{"text":"a\rb"}`, http.StatusBadRequest},
		"a text with a zero":         {`{"text":"a\u0000b"}`, http.StatusBadRequest},
		"a text with an escape":      {`{"text":"\u001b[31m"}`, http.StatusBadRequest},
		"a ticket nobody knows":      {`{"ticket":"00000000-0000-4000-8000-000000000000"}`, http.StatusNotFound},
		"more than anybody can read": {`{"text":"` + strings.Repeat("a", bodyMax) + `"}`, http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			th.want(t, row.status, http.MethodPost, "/demo/hold", row.body, nil)
		})
	}
	if len(th.gate.codes) != 0 {
		t.Errorf("%d of them reached the gate", len(th.gate.codes))
	}
}

func TestAGateThatDoesNotAnswerIsTold(t *testing.T) {
	th := openTheatre(t)
	th.gate.fail = context.DeadlineExceeded
	th.want(t, http.StatusGatewayTimeout, http.MethodPost, "/demo/hold", `{"text":"x"}`, nil)
	th.gate.fail = errors.New("the cable is out")
	answer := th.want(t, http.StatusBadGateway, http.MethodPost, "/demo/hold", `{"text":"x"}`, nil)
	if strings.Contains(answer, "cable") {
		t.Error("the error's text reached the page")
	}
	th.gate.fail = nil
	var scene heldScene
	th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", `{"text":"x"}`, &scene)
	if scene.Number != 1 {
		t.Errorf("the first answer has number %d", scene.Number)
	}
}

func TestCodesComeBeforeTheReaderOneAtATime(t *testing.T) {
	th := openTheatre(t)
	var wg sync.WaitGroup
	verdicts := make([]string, 8)
	for i := range verdicts {
		wg.Go(func() {
			var scene heldScene
			_, _, body := th.do(t, http.MethodPost, "/demo/hold", "")
			if err := json.Unmarshal([]byte(body), &scene); err != nil {
				t.Error(err)
			}
			verdicts[i] = scene.Ticket
		})
	}
	wg.Wait()
	slices.Sort(verdicts)
	if len(slices.Compact(verdicts)) != 8 {
		t.Error("two visitors held the same next ticket")
	}
}

func TestSearchFindsPeople(t *testing.T) {
	th := openTheatre(t)
	all := th.list(t, nil)
	if all.Total != 500 || len(all.Tickets) != pageSize || all.Page != 1 || all.Pages != 42 {
		t.Errorf("the first page: total %d, %d tickets, page %d of %d", all.Total, len(all.Tickets), all.Page, all.Pages)
	}
	seen := map[string]bool{}
	for page := range 5 {
		for _, ticket := range th.list(t, url.Values{"per": {"100"}, "page": {fmt.Sprint(page + 1)}}).Tickets {
			seen[ticket.UUID] = true
		}
	}
	if len(seen) != 500 {
		t.Errorf("five pages of a hundred hold %d tickets", len(seen))
	}
	if a := th.list(t, url.Values{"page": {"9999"}}); a.Page != 42 || len(a.Tickets) == 0 {
		t.Errorf("a page after the last gives page %d with %d tickets", a.Page, len(a.Tickets))
	}
	for _, row := range []struct {
		q, state string
		total    func(int) bool
	}{
		{"elodie", "", func(n int) bool { return n > 0 && n < 60 }},
		{"ÉLODIE", "", func(n int) bool { return n > 0 && n < 60 }},
		{"", "canceled", func(n int) bool { return n == 30 }},
		{"", "used", func(n int) bool { return n == 60 }},
		{"invitation", "unpaid", func(n int) bool { return n < 20 }},
		{all.Tickets[3].UUID[:18], "", func(n int) bool { return n == 1 }},
		{"nobody is called so", "", func(n int) bool { return n == 0 }},
		{"%_*[(", "", func(n int) bool { return n == 0 }},
	} {
		if a := th.list(t, url.Values{"q": {row.q}, "state": {row.state}}); !row.total(a.Total) || a.Tickets == nil || a.Pages < 1 {
			t.Errorf("search %q in state %q finds %d", row.q, row.state, a.Total)
		}
	}
	for _, query := range []string{"page=0", "page=x", "per=0", "per=101", "state=Z"} {
		th.want(t, http.StatusBadRequest, http.MethodGet, "/demo/tickets?"+query, "", nil)
	}
}

func TestNamesOfStrangersAreDataAndNothingElse(t *testing.T) {
	th := openTheatre(t)
	a := th.list(t, url.Values{"q": {"script>alert"}})
	if a.Total == 0 {
		t.Fatal("the evening has nobody with markup for a name")
	}
	if !strings.Contains(a.Tickets[0].Holder, "<script>alert(1)</script>") {
		t.Errorf("the name came as %q: showing it as text is the page's part", a.Tickets[0].Holder)
	}
	_, header, body := th.do(t, http.MethodGet, "/demo/tickets?q=script%3Ealert", "")
	if header.Get("Content-Type") != "application/json" || header.Get("X-Content-Type-Options") != "nosniff" || strings.Contains(body, "<script") {
		t.Error("the names could be taken for a page")
	}
	for page := 1; page <= 5; page++ {
		for _, ticket := range th.list(t, url.Values{"per": {"100"}, "page": {fmt.Sprint(page)}}).Tickets {
			if strings.ContainsFunc(ticket.Holder, func(r rune) bool { return r < ' ' || r == 0x7f || (r >= 0x202a && r <= 0x2069) }) {
				t.Errorf("the name %q has control characters", ticket.Holder)
			}
		}
	}
}

func TestPageRunsNothingInline(t *testing.T) {
	th := openTheatre(t)
	status, header, page := th.do(t, http.MethodGet, "/", "")
	if status != http.StatusOK || header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("the page: status %d, type %s", status, header.Get("Content-Type"))
	}
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'"} {
		if !strings.Contains(header.Get("Content-Security-Policy"), part) {
			t.Errorf("the policy lacks %s", part)
		}
	}
	for _, inline := range []string{"<style", " style=", " onclick=", "javascript:", "http://", "https://"} {
		if strings.Contains(page, inline) {
			t.Errorf("the page has %s", inline)
		}
	}
	for _, part := range strings.Split(page, "<script")[1:] {
		if !strings.HasPrefix(part, ` type="module" src="/assets/`) {
			t.Errorf("a script that is no file: %.60s", part)
		}
	}
	entries, err := demoFiles.ReadDir("demo")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		status, header, body := th.do(t, http.MethodGet, "/assets/"+e.Name(), "")
		if status != http.StatusOK || header.Get("Content-Type") == "" {
			t.Errorf("%s: status %d", e.Name(), status)
		}
		for _, sink := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", ".style."} {
			if strings.HasSuffix(e.Name(), ".js") && strings.Contains(body, sink) {
				t.Errorf("%s uses %s", e.Name(), sink)
			}
		}
	}
	for _, path := range []string{"/assets/none.js", "/assets/..%2fdemo_stage.go", "/assets/demo.go", "/nowhere"} {
		if status, _, _ := th.do(t, http.MethodGet, path, ""); status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, status)
		}
	}
}

func TestStageTurnsStrangersAway(t *testing.T) {
	th := openTheatre(t)
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	head := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, row := range map[string]struct {
		method string
		change func(*http.Request)
		status int
	}{
		"by the name localhost":           {http.MethodGet, host("localhost:8650"), http.StatusOK},
		"by another loopback address":     {http.MethodGet, host("127.8.8.8"), http.StatusOK},
		"by IPv6":                         {http.MethodGet, host("[::1]:8650"), http.StatusOK},
		"by a rebound name":               {http.MethodGet, host("evil.example"), http.StatusMisdirectedRequest},
		"by an address of the house":      {http.MethodGet, host("192.168.1.20:8650"), http.StatusMisdirectedRequest},
		"by a name that begins well":      {http.MethodGet, host("localhost.evil.example"), http.StatusMisdirectedRequest},
		"from another site's page":        {http.MethodPost, head("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		"from another origin":             {http.MethodPost, head("Origin", "http://evil.example"), http.StatusForbidden},
		"from the page itself":            {http.MethodPost, head("Sec-Fetch-Site", "same-origin"), http.StatusOK},
		"from a client without a browser": {http.MethodPost, head("User-Agent", "curl"), http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			path := "/demo/status"
			if row.method == http.MethodPost {
				path = "/demo/hold"
			}
			if status, _, body := th.do(t, row.method, path, "", row.change); status != row.status {
				t.Errorf("status %d, want %d: %s", status, row.status, body)
			}
		})
	}
}

func TestReadinessIsTheStations(t *testing.T) {
	th := openTheatre(t)
	th.want(t, http.StatusOK, http.MethodGet, "/healthz", "", nil)
	th.want(t, http.StatusServiceUnavailable, http.MethodGet, "/readyz", "", nil)
	th.ready = true
	th.want(t, http.StatusOK, http.MethodGet, "/readyz", "", nil)
}

func TestBoxOfficeDoesWhatATicketAllows(t *testing.T) {
	th := openTheatre(t)
	ids := map[string]string{}
	for _, c := range th.list(t, nil).Cards {
		if c.Ticket != nil {
			ids[c.ID] = c.Ticket.UUID
		}
	}
	for _, row := range []struct {
		card, action string
		status       int
		state        string
	}{
		{"paid", "pay", http.StatusConflict, "valid"},
		{"paid", "unscan", http.StatusConflict, "valid"},
		{"paid", "scan", http.StatusOK, "used"},
		{"paid", "cancel", http.StatusConflict, "used"},
		{"paid", "unscan", http.StatusOK, "valid"},
		{"paid", "cancel", http.StatusOK, "canceled"},
		{"paid", "scan", http.StatusConflict, "canceled"},
		{"unpaid", "scan", http.StatusConflict, "unpaid"},
		{"unpaid", "pay", http.StatusOK, "valid"},
		{"inactive", "pay", http.StatusOK, "valid"},
		{"used-gate", "unscan", http.StatusOK, "valid"},
		{"paid-2", "refund", http.StatusNotFound, "valid"},
	} {
		var view ticketView
		answer := th.want(t, row.status, http.MethodPost, "/demo/boxoffice/"+ids[row.card]+"/"+row.action, "", nil)
		if row.status == http.StatusOK {
			if err := json.Unmarshal([]byte(answer), &view); err != nil || view.State != row.state {
				t.Errorf("%s %s: the answer is %s", row.action, row.card, answer)
			}
		}
		if c := th.card(t, row.card); c.Ticket.State != row.state {
			t.Errorf("%s %s: the ticket is %s, want %s", row.action, row.card, c.Ticket.State, row.state)
		}
	}
	th.want(t, http.StatusNotFound, http.MethodPost, "/demo/boxoffice/00000000-0000-4000-8000-000000000000/scan", "", nil)
	th.want(t, http.StatusNotFound, http.MethodPost, "/demo/boxoffice/x%2fy/scan", "", nil)
}

func TestSoldTicketsJoinTheQueueInFront(t *testing.T) {
	th := openTheatre(t)
	var sold cardView
	th.want(t, http.StatusCreated, http.MethodPost, "/demo/sell", "", &sold)
	if first := th.list(t, nil).Cards[0]; first.ID != sold.ID || first.Ticket == nil || first.Ticket.State != "valid" {
		t.Errorf("the first of the queue is %+v", first)
	}
	if a := th.list(t, nil); a.Total != 501 {
		t.Errorf("%d tickets after a sale", a.Total)
	}
	var scene heldScene
	th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", fmt.Sprintf(`{"ticket":%q}`, sold.Ticket.UUID), &scene)
	if scene.Title != "Sold after the last list" || scene.Holder != sold.Ticket.Holder {
		t.Errorf("the scene is called %q of %q", scene.Title, scene.Holder)
	}
	for range soldMax - 1 {
		th.want(t, http.StatusCreated, http.MethodPost, "/demo/sell", "", nil)
	}
	th.want(t, http.StatusConflict, http.MethodPost, "/demo/sell", "", nil)
	th.want(t, http.StatusBadRequest, http.MethodPost, "/demo/sell", `{"price":0}`, nil)
}

func TestStatusTellsBothSides(t *testing.T) {
	th := openTheatre(t)
	var v stageView
	raw := th.want(t, http.StatusOK, http.MethodGet, "/demo/status", "", &v)
	if v.Platform.Tickets != 500 || v.Platform.Used != 60 || v.Platform.Delivered != 0 || v.States["canceled"] != 30 {
		t.Errorf("the platform knows %+v, states %v", v.Platform, v.States)
	}
	if v.Station.Pending != 3 || v.Event == "" || v.StaffURL == "" || v.HoldOffMS != 3000 || !v.CanSweep || !v.NetworkUp {
		t.Errorf("the status is %s", raw)
	}
	if !strings.Contains(raw, `"history":[]`) || !strings.Contains(raw, `"conditions":[]`) {
		t.Errorf("empty lists are not lists in %s", raw)
	}
	for range historyMax + 5 {
		th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", `{"text":"x"}`, nil)
	}
	th.want(t, http.StatusOK, http.MethodGet, "/demo/status", "", &v)
	if len(v.History) != historyMax || v.History[0].Number != historyMax+5 {
		t.Errorf("the history has %d answers, the newest is number %d", len(v.History), v.History[0].Number)
	}
}
