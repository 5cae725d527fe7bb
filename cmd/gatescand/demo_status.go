package main

import (
	"net/http"
	"slices"
	"time"

	"gatescand/sync/platform/platformtest/faketibillet"
)

// stageView is what the page asks for every second.
type stageView struct {
	NetworkUp bool           `json:"network_up"` // to any platform
	Ready     bool           `json:"ready"`
	Event     string         `json:"event"`
	StaffURL  string         `json:"staff_url"`
	CanSweep  bool           `json:"can_sweep"`
	HoldOffMS int64          `json:"hold_off_ms"`
	Now       time.Time      `json:"now"`
	Platform  platformView   `json:"platform"`  // TiBillet
	Platforms []columnView   `json:"platforms"` // all of them, side by side
	Station   stageStatus    `json:"station"`
	History   []heldScene    `json:"history"` // newest first
	States    map[string]int `json:"states"`  // how many of tonight's TiBillet tickets are in each state
}

// platformView is what the pretended TiBillet server knows.
type platformView struct {
	Tickets int `json:"tickets"`
	Used    int `json:"used"` // tickets it holds for used
	// Delivered counts the entries that this station brought home.
	Delivered int `json:"delivered"`
}

func (s *stage) status(w http.ResponseWriter, r *http.Request) {
	e := s.opt.Evening
	v := stageView{
		NetworkUp: s.anyNetworkUp(), Ready: s.ready(), Event: s.eventName(e.Tonight), StaffURL: s.opt.StaffURL,
		CanSweep: s.opt.Sweep != nil, HoldOffMS: s.opt.HoldOff.Milliseconds(), Now: s.now().UTC(),
		Station: s.opt.Status(r.Context()), States: map[string]int{},
	}
	if v.Station.Conditions == nil {
		v.Station.Conditions = []string{}
	}
	for _, t := range e.Tickets(e.Tonight) {
		v.Platform.Tickets++
		v.States[stateOf(t.Status)]++
	}
	v.Platform.Used = v.States[stateOf(faketibillet.Scanned)]
	v.Platform.Delivered = s.delivered()
	v.Platforms = s.columns(v.Station.Accounts)
	s.mu.Lock()
	v.History = slices.Clone(s.history)
	s.mu.Unlock()
	slices.Reverse(v.History)
	if v.History == nil {
		v.History = []heldScene{}
	}
	sayValue(w, http.StatusOK, v)
}

// delivered counts the tickets that a device other than the evening's south
// gate has marked as used.
func (s *stage) delivered() int {
	tickets := map[string]bool{}
	for _, u := range s.opt.Evening.Uses() {
		if u.Success && u.Caller != s.opt.Evening.OtherGate.UUID {
			tickets[u.Ticket] = true
		}
	}
	return len(tickets)
}
