package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// stageOptions is what the demo's page plays with.
type stageOptions struct {
	// Evening is the pretended TiBillet server. Required.
	Evening *faketibillet.Evening
	// Booths are the other pretended platforms, in the order of the page.
	Booths []booth
	// Hold brings a code before the reader, gives what the gate said of it,
	// and returns when the gate has spoken or ctx ends. It is called for one
	// code at a time. Required.
	Hold func(ctx context.Context, code []byte) (heldAnswer, error)
	// Status asks the station. Required; it must answer within a second or
	// so, because the page asks every second.
	Status func(ctx context.Context) stageStatus
	// StaffURL is the station's own page with its token as fragment. Empty
	// leaves the link out.
	StaffURL string
	// StaffReady tells whether the station decides scans. Nil means it does.
	StaffReady func() bool
	// Sweep has the station fetch the whole list of an account now; accounts
	// have the names of their platforms. Nil takes the buttons off the page.
	Sweep func(ctx context.Context, account string) error
	// HoldOff is how long the lane repeats its first answer to a code that
	// stays before the reader.
	HoldOff time.Duration

	Log *slog.Logger     // nil means none
	Now func() time.Time // nil means the wall clock
}

// heldAnswer is what the gate said of one code.
type heldAnswer struct {
	Platform string `json:"platform"` // whose ticket the gate takes it for; empty where nobody's
	Verdict  string `json:"verdict"`  // admit, refuse or hold
	Reason   string `json:"reason"`
	Grounds  string `json:"grounds"`
	Headline string `json:"headline"` // for staff, two or three words
	Detail   string `json:"detail"`   // for staff, a sentence or two
	Message  string `json:"message"`  // for whoever stands at the door
	Previous string `json:"previous"` // when it was used before, if that is known
	Again    bool   `json:"again"`    // the first answer repeated within the hold-off
	TookUS   int64  `json:"took_us"`  // from the whole code to the decision on disk
	Seq      int64  `json:"seq"`      // in the journal
}

// stageStatus is what the station knows of itself, for the page.
type stageStatus struct {
	Ready      bool     `json:"ready"`
	Tickets    int      `json:"tickets"`    // on the station's list
	ListAge    *int64   `json:"list_age_s"` // seconds, null before the first complete list
	Sweeping   bool     `json:"sweeping"`
	Pending    int      `json:"pending"` // deliveries that wait
	Buried     int      `json:"buried"`
	Conflicts  int      `json:"conflicts"`
	Admitted   int      `json:"admitted"`
	Refused    int      `json:"refused"`
	Held       int      `json:"held"`
	Inside     int      `json:"inside"`
	Conditions []string `json:"conditions"` // in words, without those of accounts

	Accounts map[string]accountView `json:"-"` // shown with the platforms
}

// ErrStage says that a stage lacks one of its parts.
var ErrStage = errors.New("the demo's page needs an evening, a reader and a station")

// holdLimit is how long the page waits for the gate to speak.
const holdLimit = 10 * time.Second

// stage is the demo's page: people with tickets on one side, the gate on the
// other, and the switches behind the scenes.
type stage struct {
	opt    stageOptions
	now    func() time.Time
	log    *slog.Logger
	reader chan struct{} // holds one token: one code at a time

	mu      sync.Mutex
	cast    []card
	sold    []string             // tickets sold on the page, oldest first
	prints  map[string]prints    // by ticket
	held    map[string]heldScene // the last answer by card id
	seen    map[string]bool      // tickets that were before the reader in any form
	history []heldScene          // newest last
	moodBy  map[admission.PlatformName]string

	booths []booth // never changes after newStage
}

// newStage gives the handler of the demo's page. It is meant for a loopback
// listener and turns away every other Host and every request of another site.
func newStage(o stageOptions) (http.Handler, error) {
	if o.Evening == nil || o.Hold == nil || o.Status == nil {
		return nil, ErrStage
	}
	s := &stage{
		opt: o, now: o.Now, log: o.Log, reader: make(chan struct{}, 1),
		prints: map[string]prints{}, held: map[string]heldScene{}, seen: map[string]bool{},
		moodBy: map[admission.PlatformName]string{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	cast, err := chooseCast(o.Evening)
	if err != nil {
		return nil, fmt.Errorf("choose who stands in the queue: %w", err)
	}
	s.cast = cast
	s.booths = append([]booth{tibilletBooth{s}}, o.Booths...)
	return s.routes(), nil
}

func (s *stage) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /assets/{name}", s.asset)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /demo/tickets", s.tickets)
	mux.HandleFunc("GET /demo/qr/{file}", s.qr)
	mux.HandleFunc("GET /demo/qr/{platform}/{file}", s.columnQR)
	mux.HandleFunc("GET /demo/status", s.status)
	mux.HandleFunc("GET /demo/moods", s.moods)
	mux.HandleFunc("POST /demo/hold", s.hold)
	mux.HandleFunc("POST /demo/network", s.network)
	mux.HandleFunc("POST /demo/mood", s.setMood)
	mux.HandleFunc("POST /demo/sweep", s.sweep)
	mux.HandleFunc("POST /demo/sell", s.sell)
	mux.HandleFunc("POST /demo/boxoffice/{uuid}/{action}", s.boxOffice)
	mux.HandleFunc("POST /demo/platforms/{platform}/sell", s.columnSell)
	mux.HandleFunc("POST /demo/platforms/{platform}/codes/{id}/{action}", s.columnAct)
	return guardStage(mux)
}

func (s *stage) healthz(w http.ResponseWriter, _ *http.Request) {
	sayPlain(w, http.StatusOK, "ok\n")
}

func (s *stage) readyz(w http.ResponseWriter, _ *http.Request) {
	if !s.ready() {
		sayPlain(w, http.StatusServiceUnavailable, "not ready: the station is still fetching the evening's list\n")
		return
	}
	sayPlain(w, http.StatusOK, "ready\n")
}

func (s *stage) ready() bool { return s.opt.StaffReady == nil || s.opt.StaffReady() }
