package admin

import (
	"net/http"
	"strings"
	"testing"

	"gatescand/scanner/admission"
)

func TestTheLanesSayWhatTheyAreMadeOf(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	o.reader["south"] = Reader{Address: "serial:/dev/ttyUSB1", State: ReaderWaiting}
	srv := open(t, opt)
	_, page := ask(t, srv, http.MethodGet, "/lanes", "", inEnglish)
	says(t, page, []string{
		"north", "Entry", "serial:/dev/ttyUSB0", "reader connected", "reader not plugged in", `data-state="warning"`,
		"within 3 s repeats the last signal", "never: a ticket enters once", "gpio:gpiochip0/5", "gpio:gpiochip0/17?pulse=300ms",
		"The line is held by another program: " + evilShown, "No signal is configured.",
		`href="/display/north"`, `aria-label="Close: north"`, `aria-label="Test signals: north"`, "The gate opens once.",
		`data-api="/api/v1/lanes/north/check"`, `data-api="/api/v1/lanes/north/scans?explain=1"`,
	}, []string{"<img", `/lanes/south/test`})
}

func TestALaneThatIsClosedOrCheckingSaysSo(t *testing.T) {
	t.Parallel()
	o, opt := newOffice(t)
	o.open["north"] = false
	o.checking["south"] = true
	srv := open(t, opt)
	_, page := ask(t, srv, http.MethodGet, "/lanes", "", inEnglish)
	north, south, ok := strings.Cut(page, `data-lane="south"`)
	if !ok {
		t.Fatal(page)
	}
	says(t, north, []string{">Closed<", `data-api="/api/v1/lanes/north/open"`}, []string{"/lanes/north/close"})
	says(t, south, []string{">Checking only<", `data-api="/api/v1/lanes/south/uncheck"`, "/lanes/south/close"}, []string{"/lanes/south/open"})
}

func TestACheckLaneCannotBeTurnedToChecking(t *testing.T) {
	t.Parallel()
	s, err := New(newStation().options())
	if err != nil {
		t.Fatal(err)
	}
	tell := teller{frame{L: speaker(t, "en"), zone: paris()}, s}
	s.opt.LaneChecks = &office{}
	for direction, want := range map[admission.Direction]bool{admission.Entry: true, admission.Exit: true, admission.Check: false} {
		if got := tell.lane(0, Lane{Name: "a", Direction: direction}).CanCheck; got != want {
			t.Errorf("%s: %v", direction, got)
		}
	}
}

func TestStaffCloseLanesAndDoNothingElseToThem(t *testing.T) {
	t.Parallel()
	_, opt := newOffice(t)
	opt.Access = access(t, adminWord, staffWord)
	srv := open(t, opt)
	asStaff, _ := logIn(t, srv, staffWord)
	_, page := ask(t, srv, http.MethodGet, "/lanes", "", asStaff, inEnglish)
	says(t, page, []string{`data-api="/api/v1/lanes/north/close"`, "Scan by hand"}, []string{"/north/check", "/north/test"})
}

func TestTheRulesOfReentryAreSaid(t *testing.T) {
	t.Parallel()
	tell := teller{frame: frame{L: speaker(t, "en")}}
	for rule, want := range map[string]string{
		"never": "never: a ticket enters once", "after-exit": "after the exit lane has seen it go", "after 10m": "10m after the last entry",
		"unlimited": "as often as it comes", "another": "another",
	} {
		if got := tell.reentry(rule); got != want {
			t.Errorf("%s: %q, want %q", rule, got, want)
		}
	}
}

func TestAStationWithoutLanesSaysSo(t *testing.T) {
	t.Parallel()
	_, opt := newOffice(t)
	opt.Lanes = nil
	_, page := ask(t, open(t, opt), http.MethodGet, "/lanes", "", inEnglish)
	says(t, page, []string{"No lane is configured."}, nil)
}
