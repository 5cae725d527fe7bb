package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
)

// setupRoutes leads a fresh station to its first admitted ticket. Every step is a
// page of its own that says what it found and can be done again, and all that is
// known of how far the set-up is stands in what the steps have left on disk: a
// power cut loses nothing but the form at hand.
func (s *Server) setupRoutes(on registrar) {
	on.page("GET /setup", RoleAdmin, s.setupPage)
	on.page("GET /setup/{step}", RoleAdmin, s.setupStepPage)

	on.api("GET /api/v1/setup", RoleAdmin, s.getSetup)
	on.api("GET /api/v1/setup/readers", RoleAdmin, s.getSetupReaders)
	on.api("POST /api/v1/setup/learn", RoleAdmin, s.postLearn)
	on.api("GET /api/v1/setup/learn", RoleAdmin, s.getLearn)
	on.api("GET /api/v1/setup/layout", RoleAdmin, s.getLayoutCode)
	on.api("GET /api/v1/setup/outputs", RoleAdmin, s.getSetupOutputs)
	on.api("POST /api/v1/setup/station", RoleAdmin, s.postSetupStation)
	on.api("POST /api/v1/setup/lane", RoleAdmin, s.postSetupLane)
	on.api("POST /api/v1/setup/lanes/{lane}/remove", RoleAdmin, s.postSetupLaneRemove)
	on.api("POST /api/v1/setup/signals", RoleAdmin, s.postSetupSignals)
	on.api("POST /api/v1/setup/account", RoleAdmin, s.postSetupAccount)
}

// The steps of the set-up.
const (
	stepPassword = "password"
	stepStation  = "station"
	stepReader   = "reader"
	stepSignals  = "signals"
	stepAccount  = "account"
	stepEvent    = "event"
	stepTest     = "test"
	stepDone     = "done"
)

// setupSteps are the steps in their order.
func setupSteps() []string {
	return []string{stepPassword, stepStation, stepReader, stepSignals, stepAccount, stepEvent, stepTest, stepDone}
}

// optionalStep tells whether a gate can do without a step.
func optionalStep(step string) bool { return step == stepSignals || step == stepEvent }

// setupStep is one step as the pages show it.
type setupStep struct {
	ID, Path, Name string
	Number         int
	Done, Current  bool
	Optional       bool
}

// setupSheet is one page of the set-up.
type setupSheet struct {
	Step           string
	Number         int
	Steps          []setupStep
	Previous, Next string // paths, "" for none
	State          SetupState

	// HasAdmin and HasStaff tell which passwords are set; First says that the
	// set-up code opened this page.
	HasAdmin, HasStaff, First bool

	Readers SetupReaders   // of the step reader
	Lane    SetupLane      // at hand, of reader and signals
	Outputs SetupOutputs   // of the step signals
	Events  []setupEvents  // of the step event
	Pairing *PairingState  // of the step account
	Running []Lane         // of the steps signals, test and done
	Links   []setupDisplay // of the step done
}

// setupEvents are the events of one account.
type setupEvents struct {
	Account string
	Choices []EventChoice
	Fault   bool
}

// setupDisplay is the big screen of one lane.
type setupDisplay struct{ Lane, Path string }

// setupPage leads to the first step that is not done.
func (s *Server) setupPage(w http.ResponseWriter, r *http.Request) {
	if principalOf(r.Context()).first {
		s.showStep(w, r, stepPassword)
		return
	}
	done := s.stepsDone(r.Context(), s.setupState(r.Context()))
	for _, step := range setupSteps() {
		if !done[step] && !optionalStep(step) {
			http.Redirect(w, r, setupPath+"/"+step, http.StatusSeeOther)
			return
		}
	}
	http.Redirect(w, r, setupPath+"/"+stepDone, http.StatusSeeOther)
}

func (s *Server) setupStepPage(w http.ResponseWriter, r *http.Request) {
	step := r.PathValue("step")
	if !slices.Contains(setupSteps(), step) {
		http.Redirect(w, r, setupPath, http.StatusSeeOther)
		return
	}
	s.showStep(w, r, step)
}

// setupState is how far the set-up is, as far as anybody tells.
func (s *Server) setupState(ctx context.Context) SetupState {
	if s.opt.Setup == nil {
		return SetupState{}
	}
	return s.opt.Setup.SetupState(ctx)
}

// stepsDone tells which steps have left what they are for.
func (s *Server) stepsDone(ctx context.Context, st SetupState) map[string]bool {
	lamps := slices.ContainsFunc(st.Lanes, func(l SetupLane) bool { return len(l.Admit)+len(l.Refuse)+len(l.Hold) > 0 })
	ready := slices.ContainsFunc(st.Accounts, func(a SetupAccount) bool { return a.Ready })
	done := map[string]bool{
		stepPassword: s.opt.Access == nil || s.opt.Access.Has(RoleAdmin),
		stepStation:  st.Named, stepReader: len(st.Lanes) > 0, stepSignals: lamps, stepAccount: ready, stepTest: st.Scanned,
	}
	if s.opt.Accounts != nil && ready {
		if list, err := s.opt.Accounts.Accounts(ctx); err == nil { // what cannot be told is not done
			done[stepEvent] = slices.ContainsFunc(list, func(a Account) bool { return len(a.Events) > 0 })
		}
	}
	done[stepDone] = done[stepReader] && done[stepAccount] && done[stepTest]
	return done
}

func (s *Server) showStep(w http.ResponseWriter, r *http.Request, step string) {
	ctx, sp := r.Context(), s.language(r)
	body := setupSheet{Step: step, State: s.setupState(ctx), First: principalOf(ctx).first}
	if a := s.opt.Access; a != nil {
		body.HasAdmin, body.HasStaff = a.Has(RoleAdmin), a.Has(RoleStaff)
	}
	done := s.stepsDone(ctx, body.State)
	all := setupSteps()
	for i, id := range all {
		body.Steps = append(body.Steps, setupStep{
			ID: id, Path: setupPath + "/" + id, Name: sp.T("setup_step_" + id), Number: i + 1,
			Done: done[id], Current: id == step, Optional: optionalStep(id),
		})
	}
	at := slices.Index(all, step)
	body.Number = at + 1
	if at > 0 {
		body.Previous = body.Steps[at-1].Path
	}
	if at+1 < len(all) {
		body.Next = body.Steps[at+1].Path
	}
	s.fillStep(r, &body)
	s.show(w, r, http.StatusOK, sheet{
		name: "setup_" + step, title: sp.T("setup_step_" + step), script: "setup", labels: setupLabels(), body: body,
	})
}

// fillStep looks up what one step shows.
func (s *Server) fillStep(r *http.Request, body *setupSheet) {
	ctx := r.Context()
	if s.opt.Lanes != nil {
		body.Running = s.opt.Lanes.Lanes()
	}
	wanted := r.URL.Query().Get("lane")
	i := slices.IndexFunc(body.State.Lanes, func(l SetupLane) bool { return l.Name == wanted })
	switch {
	case i >= 0:
		body.Lane = body.State.Lanes[i]
	case body.Step == stepSignals && len(body.State.Lanes) > 0:
		body.Lane = body.State.Lanes[0]
	}
	switch {
	case body.Step == stepReader && s.opt.Setup != nil:
		if readers, err := s.opt.Setup.SetupReaders(ctx); err == nil { // the script asks again and tells why not
			body.Readers = readers
		}
	case body.Step == stepSignals && s.opt.Setup != nil && body.Lane.Name != "":
		body.Outputs = s.opt.Setup.SetupOutputs(ctx, body.Lane.Name)
	case body.Step == stepAccount && s.opt.PairingDesk != nil:
		body.Pairing = new(s.opt.PairingDesk.PairingState())
	case body.Step == stepEvent && s.opt.EventChoices != nil:
		for _, a := range body.State.Accounts {
			choices, err := s.opt.EventChoices.EventChoices(ctx, a.Name)
			body.Events = append(body.Events, setupEvents{Account: a.Name, Choices: choices, Fault: err != nil})
		}
	case body.Step == stepDone:
		for _, l := range body.Running {
			body.Links = append(body.Links, setupDisplay{l.Name, "/display/" + url.PathEscape(l.Name)})
		}
	}
}

// Padded gives the outputs of a verdict with an empty place for one more.
func (setupSheet) Padded(outputs []string) []string { return append(slices.Clone(outputs), "") }

// setupLabels are the words of the set-up's script.
func setupLabels() []string {
	return []string{
		"setup_listening", "setup_nothing_heard", "setup_learned", "setup_readers_none", "setup_use", "setup_listen_to", "setup_taken",
		"setup_looks_reader", "setup_looks_maybe", "setup_byhand_foreign", "setup_byhand_readonly",
		"setup_scan_admit", "setup_scan_refuse", "setup_scan_hold", "setup_pair_idle", "setup_pair_armed", "setup_pair_confirm",
		"setup_pair_pairing", "setup_pair_paired", "setup_pair_failed", "setup_confirm_host", "setup_try_other", "setup_layouts",
	}
}
