package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxingqr "github.com/makiuchi-d/gozxing/qrcode"
)

// board asks for the four platforms as the page shows them.
func (th *theatre) board(t *testing.T) map[string]columnView {
	t.Helper()
	var v stageView
	th.want(t, http.StatusOK, http.MethodGet, "/demo/status", "", &v)
	out := map[string]columnView{}
	for _, c := range v.Platforms {
		out[string(c.Name)] = c
	}
	return out
}

// code gives one code of a column.
func (th *theatre) code(t *testing.T, platform, id string) codeView {
	t.Helper()
	codes := th.board(t)[platform].Codes
	i := slices.IndexFunc(codes, func(c codeView) bool { return c.ID == id })
	if i < 0 {
		t.Fatalf("%s has no code %s", platform, id)
	}
	return codes[i]
}

// asks makes one request of a pretended server and tells how it went: the
// status, 0 for none.
func asks(t *testing.T, b booth, path string) (status int) {
	t.Helper()
	defer func() {
		if thrown := recover(); thrown != nil { // how a handler hangs up
			status = 0
		}
	}()
	w := httptest.NewRecorder()
	b.Front().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
	return w.Code
}

func (th *theatre) booths() []booth {
	return append([]booth{tibilletBooth{&stage{opt: stageOptions{Evening: th.evening}}}}, th.all.booths()...)
}

func TestFourPlatformsStandSideBySide(t *testing.T) {
	th := openTheatre(t)
	var v stageView
	th.want(t, http.StatusOK, http.MethodGet, "/demo/status", "", &v)
	var names []string
	for _, c := range v.Platforms {
		names = append(names, string(c.Name))
		if c.Title == "" || c.Event == "" || c.Proved == "" || c.Cached == "" || c.Asked == "" || c.Delivered == "" || c.Repeated == "" {
			t.Errorf("%s explains nothing: %+v", c.Name, c)
		}
		if c.Mood != moodHealthy || !c.NetworkUp || len(c.Recorded) == 0 || c.Address == "" {
			t.Errorf("%s begins as %+v", c.Name, c)
		}
		if len(c.Codes) != 6 {
			t.Errorf("%s has %d codes, want 6", c.Name, len(c.Codes))
		}
		for _, k := range c.Codes {
			if k.Title == "" || k.Story == "" || k.Expect == "" || k.Status == "" || k.State == "" || k.Actions == nil || k.Sold {
				t.Errorf("%s: the code %s explains nothing: %+v", c.Name, k.ID, k)
			}
		}
	}
	if want := []string{"tibillet", "ticketsonic", "stebby", "bittan"}; !slices.Equal(names, want) {
		t.Errorf("the platforms are %v, want %v", names, want)
	}
}

func TestEveryColumnHasTicketsInTellingStates(t *testing.T) {
	th := openTheatre(t)
	board := th.board(t)
	for platform, want := range map[string]map[string]string{
		"tibillet":    {"paid": stateValid, "used-gate": stateUsed, "canceled": stateCanceled, "unpaid": stateUnpaid, "other-event": stateValid, "forged": stateValid},
		"ticketsonic": {"good": stateValid, "expired": stateExpired, "other-event": stateValid, "tampered": stateValid, "canceled": stateCanceled, "broken-key": stateNone},
		"stebby":      {"good": stateValid, "good-2": stateValid, "used": stateUsed, "expired": stateExpired, "made-up": stateNone, sharedID: stateValid},
		"bittan":      {"good": stateValid, "used": stateUsed, "unpaid": stateUnpaid, "other-event": stateValid, "made-up": stateNone, sharedID: stateValid},
	} {
		got := map[string]string{}
		for _, c := range board[platform].Codes {
			got[c.ID] = c.State
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s has %v, want %v", platform, got, want)
		}
	}
	if a, b := th.code(t, "stebby", sharedID), th.code(t, "bittan", sharedID); a.Text != sharedCode || a.Text != b.Text {
		t.Errorf("the code that both have sold is %q and %q", a.Text, b.Text)
	}
}

func TestEveryPictureOfAColumnReadsAsTheCodeThatIsHeld(t *testing.T) {
	th := openTheatre(t)
	for platform, column := range th.board(t) {
		for _, c := range column.Codes {
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
				t.Fatalf("%s %s cannot be read: %v", platform, c.ID, err)
			}
			wish, err := json.Marshal(c.Hold)
			if err != nil {
				t.Fatal(err)
			}
			th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", string(wish), nil)
			if held := th.gate.codes[len(th.gate.codes)-1]; held != read.GetText() || (c.Text != "" && c.Text != held) {
				t.Errorf("%s %s shows %q, says %q and holds %q", platform, c.ID, read.GetText(), c.Text, held)
			}
			if last := th.code(t, platform, c.ID).Last; last == nil {
				t.Errorf("%s %s does not say what the gate said", platform, c.ID)
			}
		}
	}
}

func TestPicturesOfColumnsThatAreNotThere(t *testing.T) {
	th := openTheatre(t)
	for path, want := range map[string]int{
		"/demo/qr/stebby/good.png":            http.StatusOK,
		"/demo/qr/stebby/good.png?scale=4":    http.StatusOK,
		"/demo/qr/stebby/good.png?scale=99":   http.StatusBadRequest,
		"/demo/qr/stebby/good.svg":            http.StatusNotFound,
		"/demo/qr/stebby/nobody.png":          http.StatusNotFound,
		"/demo/qr/pretix/good.png":            http.StatusNotFound,
		"/demo/qr/stebby/..%2fgood.png":       http.StatusNotFound,
		"/demo/qr/ticketsonic/broken-key.png": http.StatusOK,
	} {
		if status, _, body := th.do(t, http.MethodGet, path, ""); status != want {
			t.Errorf("%s: status %d, want %d: %s", path, status, want, body)
		}
	}
}

func TestACodeOfAColumnIsHeldAndItsAnswerKept(t *testing.T) {
	th := openTheatre(t)
	var first, second heldScene
	th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", `{"platform":"bittan","id":"good"}`, &first)
	th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", `{"platform":"bittan","id":"good"}`, &second)
	if first.Verdict != "admit" || second.Reason != "already_redeemed" || first.From != "bittan" || first.Ticket == "" || first.Hold.ID != "good" {
		t.Errorf("the answers are %+v and %+v", first, second)
	}
	th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", `{"platform":"tibillet","id":"paid"}`, &first)
	if card := th.card(t, "paid"); card.Last == nil || card.Last.Number != first.Number || !card.Column {
		t.Errorf("held from the column, the card of the queue says %+v", card.Last)
	}
	for body, want := range map[string]int{
		`{"platform":"stebby"}`:                           http.StatusBadRequest,
		`{"id":"good"}`:                                   http.StatusBadRequest,
		`{"platform":"stebby","id":"good","text":"x"}`:    http.StatusBadRequest,
		`{"platform":"stebby","id":"good","variant":"x"}`: http.StatusBadRequest,
		`{"platform":"pretix","id":"good"}`:               http.StatusNotFound,
		`{"platform":"stebby","id":"nobody"}`:             http.StatusNotFound,
	} {
		th.want(t, want, http.MethodPost, "/demo/hold", body, nil)
	}
}

func TestNetworksAreCutOneByOneOrAllAtOnce(t *testing.T) {
	th := openTheatre(t)
	th.want(t, http.StatusOK, http.MethodPost, "/demo/network", `{"platform":"stebby","up":false}`, nil)
	for _, b := range th.booths() {
		if cut := b.Front().NetworkCut(); cut != (b.Platform() == "stebby") {
			t.Errorf("with Stebby cut, %s is cut: %v", b.Platform(), cut)
		}
	}
	var v stageView
	th.want(t, http.StatusOK, http.MethodGet, "/demo/status", "", &v)
	if !v.NetworkUp || th.board(t)["stebby"].NetworkUp {
		t.Error("the page is told otherwise")
	}
	var scene heldScene
	th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", `{"platform":"stebby","id":"good"}`, &scene)
	if scene.NetworkUp {
		t.Error("the hold does not say that its platform was cut off")
	}
	th.want(t, http.StatusOK, http.MethodPost, "/demo/network", `{"up":false}`, nil)
	th.want(t, http.StatusOK, http.MethodGet, "/demo/status", "", &v)
	if v.NetworkUp || !th.evening.NetworkCut() {
		t.Error("the networks are not all cut")
	}
	th.want(t, http.StatusOK, http.MethodPost, "/demo/network", `{"up":true}`, nil)
	for _, b := range th.booths() {
		if b.Front().NetworkCut() {
			t.Errorf("%s is not back", b.Platform())
		}
	}
	for _, body := range []string{"", "{}", `{"up":"yes"}`, `{"down":true}`, `{"platform":"stebby"}`} {
		th.want(t, http.StatusBadRequest, http.MethodPost, "/demo/network", body, nil)
	}
	th.want(t, http.StatusNotFound, http.MethodPost, "/demo/network", `{"platform":"pretix","up":true}`, nil)
}

func TestMoodsReachTheServerTheyAreMeantFor(t *testing.T) {
	th := openTheatre(t)
	paths := map[string]string{
		"tibillet": "/scan/check_allow_any/", "ticketsonic": "/v1/health", "stebby": "/nowhere", "bittan": "/get_chapterevents/",
	}
	for _, b := range th.booths() {
		name := string(b.Platform())
		before := asks(t, b, paths[name])
		th.want(t, http.StatusOK, http.MethodPost, "/demo/mood", fmt.Sprintf(`{"platform":%q,"mood":"bad_gateway"}`, name), nil)
		for _, other := range th.booths() {
			if got, bad := asks(t, other, paths[string(other.Platform())]), other.Platform() == b.Platform(); (got == http.StatusBadGateway) != bad {
				t.Errorf("with %s in a bad mood, %s answers %d", name, other.Platform(), got)
			}
		}
		if mood := th.board(t)[name].Mood; mood != "bad_gateway" {
			t.Errorf("the page is told mood %s of %s", mood, name)
		}
		th.want(t, http.StatusOK, http.MethodPost, "/demo/mood", fmt.Sprintf(`{"platform":%q,"mood":"healthy"}`, name), nil)
		if got := asks(t, b, paths[name]); got != before {
			t.Errorf("healthy again, %s answers %d, want %d", name, got, before)
		}
	}
	th.want(t, http.StatusOK, http.MethodPost, "/demo/mood", `{"mood":"captive"}`, nil)
	for name, c := range th.board(t) {
		if c.Mood != "captive" {
			t.Errorf("with all of them captive, %s is %s", name, c.Mood)
		}
	}
	for _, body := range []string{"", `{"mood":"angry"}`, `{"mood":5}`, `{"platform":"stebby"}`} {
		th.want(t, http.StatusBadRequest, http.MethodPost, "/demo/mood", body, nil)
	}
	th.want(t, http.StatusNotFound, http.MethodPost, "/demo/mood", `{"platform":"pretix","mood":"slow"}`, nil)
}

func TestMoodsAreOfferedInWords(t *testing.T) {
	th := openTheatre(t)
	var a struct {
		Moods []moodView `json:"moods"`
	}
	th.want(t, http.StatusOK, http.MethodGet, "/demo/moods", "", &a)
	if len(a.Moods) < 20 || a.Moods[0].ID != moodHealthy {
		t.Fatalf("the moods are %v", a.Moods)
	}
	for _, m := range a.Moods {
		if m.Label == "" || m.Line == "" || strings.ContainsAny(m.Label, "_") {
			t.Errorf("the mood %s is offered as %q: %q", m.ID, m.Label, m.Line)
		}
		th.want(t, http.StatusOK, http.MethodPost, "/demo/mood", fmt.Sprintf(`{"platform":"bittan","mood":%q}`, m.ID), nil)
	}
}

func TestTheBoxOfficeOfEachPlatformDoesWhatItDoesThere(t *testing.T) {
	th := openTheatre(t)
	for _, row := range []struct {
		platform, id, action string
		status               int
		state                string
	}{
		{"tibillet", "paid", "scan", http.StatusOK, stateUsed},
		{"tibillet", "paid", "unscan", http.StatusOK, stateValid},
		{"tibillet", "forged", "cancel", http.StatusConflict, stateValid},
		{"ticketsonic", "good", "scan", http.StatusConflict, stateValid},
		{"ticketsonic", "good", "cancel", http.StatusOK, stateCanceled},
		{"ticketsonic", "good", "cancel", http.StatusConflict, stateCanceled},
		{"stebby", "good", "scan", http.StatusOK, stateUsed},
		{"stebby", "good", "cancel", http.StatusConflict, stateUsed},
		{"stebby", "good", "unscan", http.StatusOK, stateValid},
		{"stebby", "good", "cancel", http.StatusOK, stateCanceled},
		{"stebby", "good", "unscan", http.StatusOK, stateValid},
		{"stebby", "made-up", "scan", http.StatusConflict, stateNone},
		{"bittan", "good", "scan", http.StatusOK, stateUsed},
		{"bittan", "good", "scan", http.StatusOK, stateUsed}, // it counts on
		{"bittan", "good", "unscan", http.StatusOK, stateValid},
		{"bittan", "good", "cancel", http.StatusOK, stateCanceled},
		{"bittan", "unpaid", "pay", http.StatusOK, stateValid},
		{"bittan", "good", "refund", http.StatusNotFound, stateCanceled},
	} {
		th.want(t, row.status, http.MethodPost, "/demo/platforms/"+row.platform+"/codes/"+row.id+"/"+row.action, "", nil)
		if c := th.code(t, row.platform, row.id); c.State != row.state {
			t.Errorf("%s %s %s: the ticket is %s, want %s", row.platform, row.action, row.id, c.State, row.state)
		}
	}
	th.want(t, http.StatusNotFound, http.MethodPost, "/demo/platforms/stebby/codes/nobody/scan", "", nil)
	th.want(t, http.StatusNotFound, http.MethodPost, "/demo/platforms/pretix/codes/good/scan", "", nil)
}

func TestATicketSoldOnThePageStandsFirstInItsColumn(t *testing.T) {
	th := openTheatre(t)
	for _, platform := range []string{"tibillet", "ticketsonic", "stebby", "bittan"} {
		for range 2 {
			var sold codeView
			th.want(t, http.StatusCreated, http.MethodPost, "/demo/platforms/"+platform+"/sell", "", &sold)
			column := th.board(t)[platform]
			if first := column.Codes[0]; first.ID != sold.ID || !first.Sold || first.State != stateValid {
				t.Errorf("%s: the first of the column is %+v", platform, first)
			}
			var scene heldScene
			th.want(t, http.StatusOK, http.MethodPost, "/demo/hold", fmt.Sprintf(`{"platform":%q,"id":%q}`, platform, sold.ID), &scene)
			if scene.Verdict != "admit" {
				t.Errorf("%s: a ticket sold a moment ago: %s", platform, scene.Reason)
			}
		}
		for range soldMax - 2 {
			th.want(t, http.StatusCreated, http.MethodPost, "/demo/platforms/"+platform+"/sell", "", nil)
		}
		th.want(t, http.StatusConflict, http.MethodPost, "/demo/platforms/"+platform+"/sell", "", nil)
		th.want(t, http.StatusBadRequest, http.MethodPost, "/demo/platforms/"+platform+"/sell", `{"price":0}`, nil)
	}
	th.want(t, http.StatusNotFound, http.MethodPost, "/demo/platforms/pretix/sell", "", nil)
}

func TestSweepIsTheStations(t *testing.T) {
	th := openTheatre(t)
	th.want(t, http.StatusOK, http.MethodPost, "/demo/sweep", `{"platform":"stebby"}`, nil)
	th.want(t, http.StatusOK, http.MethodPost, "/demo/sweep", "", nil)
	if want := []string{"stebby", "tibillet", "ticketsonic", "stebby", "bittan"}; !slices.Equal(th.swept, want) {
		t.Errorf("the station was asked to sweep %v, want %v", th.swept, want)
	}
	th.want(t, http.StatusNotFound, http.MethodPost, "/demo/sweep", `{"platform":"pretix"}`, nil)
	th.want(t, http.StatusBadRequest, http.MethodPost, "/demo/sweep", `{"all":true}`, nil)
	th.sweepEr = errors.New("connection refused")
	if answer := th.want(t, http.StatusBadGateway, http.MethodPost, "/demo/sweep", "", nil); strings.Contains(answer, "refused") {
		t.Error("the error's text reached the page")
	}
	handler, err := newStage(stageOptions{
		Evening: th.evening, Hold: th.gate.hold, Status: func(context.Context) stageStatus { return stageStatus{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/demo/sweep", http.NoBody)
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusNotImplemented || !bytes.Contains(w.Body.Bytes(), []byte("not_wired")) {
		t.Errorf("without a sweep: %d %s", w.Code, w.Body)
	}
}

func TestPortsThatCannotBeHadTogetherAreRefused(t *testing.T) {
	for _, row := range []struct {
		name            string
		open, platforms int
		ok              bool
	}{
		{"any free ones", 0, 0, true},
		{"the usual page", 8600, 0, true},
		{"five in a row", 8600, 8601, true},
		{"the last four", 8600, 65532, true},
		{"no room for four", 8600, 65533, false},
		{"the page among the platforms", 8603, 8600, false},
		{"the page just behind them", 8604, 8600, true},
		{"below nought", -1, 0, false},
		{"platforms below nought", 0, -1, false},
		{"above the highest", 70000, 0, false},
		{"platforms above the highest", 0, 65536, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := checkPorts(row.open, row.platforms); (err == nil) != row.ok || (err != nil && exitCode(err) != exitUsage) {
				t.Errorf("got %v", err)
			}
		})
	}
}
