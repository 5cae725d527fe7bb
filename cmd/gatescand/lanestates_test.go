package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"gatescand/device/admin"
	"gatescand/scanner/admission"
)

func TestWhatStaffDidToLanesOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	s := openLaneStates(dir, []string{"north", "south"})
	for _, err := range []error{s.setClosed("north", true), s.setChecking("south", true), s.setClosed("south", true), s.setClosed("south", false)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s = openLaneStates(dir, []string{"north", "south"})
	if !s.isClosed("north") || s.isClosed("south") || s.isChecking("north") || !s.isChecking("south") || s.unknown() != nil {
		t.Errorf("north closed %v checking %v, south closed %v checking %v, %v",
			s.isClosed("north"), s.isChecking("north"), s.isClosed("south"), s.isChecking("south"), s.unknown())
	}
	if err := s.setChecking("south", false); err != nil {
		t.Fatal(err)
	}
	if openLaneStates(dir, nil).isChecking("south") {
		t.Error("still checking")
	}
}

func TestWithADamagedFileEveryLaneIsClosedUntilSomebodyOpensIt(t *testing.T) {
	for name, damage := range map[string]func(*testing.T, string){
		"half a file of closed lanes": func(t *testing.T, dir string) {
			t.Helper()
			damageFile(t, filepath.Join(dir, closedLanesName), `["nor`)
		},
		"half a file of checking lanes": func(t *testing.T, dir string) {
			t.Helper()
			damageFile(t, filepath.Join(dir, checkingLanesName), `["nor`)
		},
		"an empty file": func(t *testing.T, dir string) {
			t.Helper()
			damageFile(t, filepath.Join(dir, closedLanesName), "")
		},
		"a folder in its place": func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Mkdir(filepath.Join(dir, closedLanesName), 0o700); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			damage(t, dir)
			lanes := []string{"north", "south"}
			for range 2 { // a restart alone changes nothing
				s := openLaneStates(dir, lanes)
				if !s.isClosed("north") || !s.isClosed("south") || s.isChecking("north") || s.unknown() == nil {
					t.Fatalf("north closed %v, south closed %v, checking %v, %v", s.isClosed("north"), s.isClosed("south"), s.isChecking("north"), s.unknown())
				}
			}
			s := openLaneStates(dir, lanes)
			err := s.setClosed("south", false)
			if name == "a folder in its place" {
				if err == nil {
					t.Error("a lane was opened, and nobody could keep that")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.isClosed("south") || !s.isClosed("north") || s.unknown() == nil {
				t.Errorf("after one was opened: north closed %v, south closed %v, %v", s.isClosed("north"), s.isClosed("south"), s.unknown())
			}
			again := openLaneStates(dir, lanes)
			if again.isClosed("south") || !again.isClosed("north") {
				t.Errorf("after a restart: north closed %v, south closed %v", again.isClosed("north"), again.isClosed("south"))
			}
			if err := s.setClosed("north", true); err != nil || s.unknown() != nil {
				t.Errorf("after the other was closed by hand: %v, %v", err, s.unknown())
			}
		})
	}
}

// What staff had closed, was taken out of the configuration and comes back by a
// reload is closed too: nobody knows better.
func TestALaneThatComesWhileTheStatesAreUnknownIsClosed(t *testing.T) {
	dir := t.TempDir()
	damageFile(t, filepath.Join(dir, closedLanesName), "{")
	s := openLaneStates(dir, []string{"north"})
	if !s.isClosed("north") || !s.isClosed("south") {
		t.Fatalf("north closed %v, south closed %v", s.isClosed("north"), s.isClosed("south"))
	}
	if err := errors.Join(s.setClosed("north", false), s.follow([]string{"north", "south"})); err != nil {
		t.Fatal(err)
	}
	if s.isClosed("north") || !s.isClosed("south") || s.unknown() == nil {
		t.Errorf("north closed %v, south closed %v, %v", s.isClosed("north"), s.isClosed("south"), s.unknown())
	}
	if again := openLaneStates(dir, []string{"north", "south"}); again.isClosed("north") || !again.isClosed("south") {
		t.Errorf("after a restart: north closed %v, south closed %v", again.isClosed("north"), again.isClosed("south"))
	}
}

func TestNobodyIsAskedAboutALaneThatIsGone(t *testing.T) {
	dir := t.TempDir()
	damageFile(t, filepath.Join(dir, closedLanesName), "{")
	s := openLaneStates(dir, []string{"north", "south"})
	if err := s.setClosed("north", false); err != nil || s.unknown() == nil {
		t.Fatalf("%v, %v", err, s.unknown())
	}
	if err := s.follow([]string{"north"}); err != nil || s.unknown() != nil {
		t.Errorf("south is gone: %v, %v", err, s.unknown())
	}
}

func TestNobodyIsAdmittedByHandAtALaneThatOnlyChecks(t *testing.T) {
	r := newRig(t)
	r.reader("inside", "hold_off = \"0s\"\ndirection = \"check\"")
	key := admission.TicketKey{Account: "lespass", ID: r.valid(1)[0]}
	r.start()
	if err := r.d.SetChecking(t.Context(), "north", true); err != nil {
		t.Fatal(err)
	}
	for _, lane := range []string{"north", "inside"} {
		_, err := r.d.Admit(t.Context(), lane, key, admission.Override{By: "page staff", Note: "forgot the phone"})
		if f, ok := errors.AsType[*admin.Error](err); !ok || f.Status != http.StatusConflict || f.Code != "lane_checks" {
			t.Errorf("lane %s: %v", lane, err)
		}
	}
	if p, err := r.d.store.Presence(t.Context(), key); err != nil || p.Entries != 0 {
		t.Errorf("entries %d, %v", p.Entries, err)
	}
}

// Turning a lane to checking writes the damaged file anew; the doubt must not go
// with it.
func TestTurningALaneToCheckingKeepsTheDoubtOnDisk(t *testing.T) {
	dir := t.TempDir()
	damageFile(t, filepath.Join(dir, checkingLanesName), "no list")
	s := openLaneStates(dir, []string{"north", "south"})
	if err := s.setChecking("north", true); err != nil {
		t.Fatal(err)
	}
	again := openLaneStates(dir, []string{"north", "south"})
	if !again.isClosed("north") || !again.isClosed("south") || !again.isChecking("north") {
		t.Errorf("north closed %v, south closed %v, north checking %v", again.isClosed("north"), again.isClosed("south"), again.isChecking("north"))
	}
}

func damageFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestALaneChecksOnlyUntilStaffEndThat(t *testing.T) {
	r := newRig(t)
	r.reader("inside", "hold_off = \"0s\"\ndirection = \"check\"")
	ticket := r.valid(1)[0]
	r.start()
	if err := r.d.SetChecking(t.Context(), "north", true); err != nil {
		t.Fatal(err)
	}
	if !r.stands("lane_checking", "north") || !r.d.Lanes()[0].Checking {
		t.Error("nobody is told")
	}
	if c := r.recorded(r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)); c.Direction != admission.Check || c.Delivery != admission.DeliveryNone {
		t.Errorf("recorded as %s, delivery %s", c.Direction, c.Delivery)
	}
	r.stop()
	r.start()
	if !r.stands("lane_checking", "north") {
		t.Error("after a restart nobody is told")
	}
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)
	r.d.renew(true)
	before := r.d.current.Load()
	r.eventually("the configuration is taken over", func() bool { return r.d.current.Load() != before })
	r.eventually("the new station tells of it", func() bool { return r.stands("lane_checking", "north") && r.d.Lanes()[0].Checking })
	if err := r.d.SetChecking(t.Context(), "north", false); err != nil {
		t.Fatal(err)
	}
	if r.stands("lane_checking", "north") {
		t.Error("it is over, and still told")
	}
	r.eventually("the reader is up", func() bool { return r.d.Lanes()[0].Reader.Up() })
	if c := r.recorded(r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)); c.Direction != admission.Entry {
		t.Errorf("recorded as %s", c.Direction)
	}
	err := r.d.SetChecking(t.Context(), "inside", true)
	if f, ok := errors.AsType[*admin.Error](err); !ok || f.Status != http.StatusConflict {
		t.Errorf("a lane that checks already: %v", err)
	}
	if err := r.d.SetChecking(t.Context(), "nowhere", true); !errors.Is(err, admin.ErrNotFound) {
		t.Errorf("no such lane: %v", err)
	}
}

// recorded gives what the journal has of an answer.
func (r *rig) recorded(a heldAnswer) admission.CheckIn {
	r.t.Helper()
	c, err := r.d.store.CheckIn(r.t.Context(), a.Seq)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}
