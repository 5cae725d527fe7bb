package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// benchProgramVariable makes the test binary the program.
const benchProgramVariable = "GATESCAND_TEST_IS_PROGRAM"

// TestBenchProgram is the program itself, for tests that start it. In an
// ordinary run of the tests it has nothing to do.
func TestBenchProgram(t *testing.T) {
	if os.Getenv(benchProgramVariable) == "" {
		return
	}
	args := os.Args[slices.Index(os.Args, "--")+1:]
	os.Args = append(os.Args[:1:1], args...)
	main()
}

// smallBench measures as little as gives every figure.
func smallBench() benchPlan {
	return benchPlan{
		Quick: true, Tickets: 2000, Codes: 200, Pairs: benchFewest, Bytes: 100, Journal: 150, Many: 3000, Scans: 20, Rounds: 1,
		Alone: 50 * time.Millisecond,
	}
}

func runBench(t *testing.T, dir string, plan benchPlan, program []string) (out, progress *bytes.Buffer, err error) {
	t.Helper()
	t.Setenv(benchProgramVariable, "yes")
	out, progress = &bytes.Buffer{}, &bytes.Buffer{}
	a := &app{
		stdio: stdio{out: out, err: progress}, getenv: func(string) string { return "" }, json: true, now: time.Now,
		config: filepath.Join(t.TempDir(), "none.toml"),
	}
	return out, progress, a.bench(t.Context(), dir, plan, program)
}

func testProgram(t *testing.T) []string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{program, "-test.run=^TestBenchProgram$", "--"}
}

func TestBenchMeasuresEveryFigureAndLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	out, progress, err := runBench(t, dir, smallBench(), testProgram(t))
	if err != nil {
		t.Fatalf("bench: %v\n%s", err, progress)
	}
	var r benchReport
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, out)
	}
	var names []string
	for _, f := range r.Figures {
		names = append(names, f.Name)
		if f.Value < 0 || (f.Value == 0 && f.Name != "longest wait for a sweep" && f.Unit != unitKiB) {
			t.Errorf("%s has the value %g", f.Name, f.Value)
		}
		if f.Floor > 0 && f.Ratio != f.Value/f.Floor {
			t.Errorf("%s: ratio %g of %g to %g", f.Name, f.Ratio, f.Value, f.Floor)
		}
	}
	want := []string{
		"durable append, p50", "durable append, p99", "signature check, p50", "admission, p50", "admission, p99",
		"signature check of TicketSonic, p50",
		"written per admission", "sweep beside a busy lane", "record beside a sweep, p99", "longest wait for a sweep",
		"admission beside a sweep and four outboxes, p50", "admission beside a sweep and four outboxes, p99",
		"admission on a long journal, p50", "resident memory", "start to first decision",
	}
	if !slices.Equal(names, want) {
		t.Errorf("figures %q, want %q", names, want)
	}
	if r.Place.Dir != dir || r.Storage.Text == "" || r.Storage.Fit == "" {
		t.Errorf("place %+v, storage %+v", r.Place, r.Storage)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if !strings.Contains(progress.String(), "as --dir says") {
		t.Errorf("the place is not told:\n%s", progress)
	}
}

func TestBenchThatCannotMeasureSaysWhyAndLeavesNothingBehind(t *testing.T) {
	program := filepath.Join(t.TempDir(), "mute")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho 'no such lane' >&2\nexit 3\n"), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	dir := t.TempDir()
	plan := smallBench()
	out, _, err := runBench(t, dir, plan, []string{program})
	if exitCode(err) != exitFailed || !strings.Contains(err.Error(), "could not measure") || !strings.Contains(err.Error(), "no such lane") {
		t.Errorf("exit code %d, error %v", exitCode(err), err)
	}
	if out.Len() > 0 {
		t.Errorf("printed all the same: %s", out)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBenchSaysWhatToDoWhereItCannotWrite(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	_, _, err := runBench(t, missing, smallBench(), nil)
	if exitCode(err) != exitFailed || !strings.Contains(err.Error(), "--dir") {
		t.Errorf("error %v", err)
	}
}

func TestBenchStopsWhenToldTo(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	a := &app{stdio: stdio{out: &bytes.Buffer{}, err: &bytes.Buffer{}}, getenv: func(string) string { return "" }, now: time.Now}
	if err := a.bench(ctx, dir, smallBench(), testProgram(t)); exitCode(err) != exitFailed {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBenchPlaceIsWhereTheJournalLies(t *testing.T) {
	home, temporary := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	good := filepath.Join(home, "good.toml")
	text := "[station]\nname = \"x\"\ndata_dir = \"" + home + "/not/there/yet\"\n" +
		"[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"https://a.example\"\n" +
		"[[lane]]\nname = \"n\"\nreader = \"virtual:\"\n"
	bad := filepath.Join(home, "bad.toml")
	for path, content := range map[string]string{good: text, bad: "nonsense"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		name, config, dir, want, why string
	}{
		{"--dir wins", good, "/", "/", "--dir"},
		{"a configuration names the place, even before the folder is made", good, "", home, "data directory"},
		{"a faulty configuration is told and not used", bad, "", temporary, "cannot be used"},
		{"without a configuration, where temporary files go", filepath.Join(home, "none"), "", temporary, "no configuration"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &app{config: row.config, getenv: func(string) string { return "" }}
			p, err := a.benchPlace(row.dir, benchPlan{})
			if err != nil || p.Dir != row.want || !strings.Contains(p.Why, row.why) {
				t.Errorf("place %+v, error %v, want %s", p, err, row.want)
			}
			if p.FileSystem == "" || p.Device == "" {
				t.Errorf("no file system told: %+v", p)
			}
		})
	}
}

func TestBenchRefusesAFullDisk(t *testing.T) {
	a := &app{getenv: func(string) string { return "" }}
	_, err := a.benchPlace(t.TempDir(), benchPlan{Many: math.MaxInt / 4096})
	if err == nil || !strings.Contains(err.Error(), "too full") {
		t.Errorf("error %v", err)
	}
}

func TestStorageIsJudgedByItsSlowWrites(t *testing.T) {
	for _, row := range []struct {
		name string
		kind string
		p99  time.Duration
		fit  string
	}{
		{"a good card is fit", "ext4", 12 * time.Millisecond, "yes"},
		{"exactly the limit is still fit", "ext4", appendSlow, "yes"},
		{"a tired card is slow", "ext4", 51 * time.Millisecond, "slow"},
		{"half a second is not fit", "ext4", 501 * time.Millisecond, "no"},
		{"memory is not fit, however quick", "tmpfs", time.Microsecond, "no"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := benchReport{Place: benchPlace{FileSystem: row.kind}, append99: row.p99}
			r.judge()
			if r.Storage.Fit != row.fit || (row.fit != "yes") != (r.Storage.Remedy != "") {
				t.Errorf("%+v, want %s", r.Storage, row.fit)
			}
		})
	}
}

func TestFiguresAreJudgedByTheirTargets(t *testing.T) {
	for _, row := range []struct {
		name    string
		figure  benchFigure
		ratio   float64
		verdict string
		row     string
	}{
		{
			"a ratio within its target",
			benchFigure{Name: "a", Value: 3, Unit: unitMillis, Floor: 2, Target: 1.5, OfRatio: true},
			1.5, verdictMet,
			"a\t3.00 ms\t2.00 ms\t1.50\t≤ 1.5 ×\tmet",
		},
		{
			"a ratio beyond it, though the value is small",
			benchFigure{Name: "a", Value: 0.4, Unit: unitMillis, Floor: 0.2, Target: 1.5, OfRatio: true},
			2, verdictNotMet,
			"a\t0.40 ms\t0.20 ms\t2.00\t≤ 1.5 ×\tnot met",
		},
		{
			"a value beyond its target, though the ratio is small",
			benchFigure{Name: "a", Value: 25, Unit: unitKiB, Floor: 24, Target: 24},
			25. / 24, verdictNotMet,
			"a\t25.0 KiB\t24.0 KiB\t1.04\t≤ 24 KiB\tnot met",
		},
		{"something small keeps digits that matter", benchFigure{Name: "a", Value: 0.0083, Unit: unitMillis}, 0, "", "a\t0.0083 ms\t-\t-\t-\t-"},
		{"nothing promised", benchFigure{Name: "a", Value: 2500, Unit: unitMillis}, 0, "", "a\t2500 ms\t-\t-\t-\t-"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var r benchReport
			r.add(row.figure)
			if f := r.Figures[0]; f.Ratio != row.ratio || f.Verdict != row.verdict || f.row() != row.row {
				t.Errorf("ratio %g, verdict %q, row %q", f.Ratio, f.Verdict, f.row())
			}
		})
	}
}

func TestReportNamesPlaceFiguresAndRemedy(t *testing.T) {
	r := benchReport{Place: benchPlace{Dir: "/var/lib", FileSystem: "ext4", Device: "/dev/mmcblk0p2"}, append99: time.Second}
	r.add(benchFigure{Name: "resident memory", Value: 30, Unit: unitMiB, Target: 40, Detail: "so many tickets"})
	r.judge()
	text := r.text()
	for _, want := range []string{"/var/lib (ext4 on /dev/mmcblk0p2)", "resident memory", "met", "so many tickets", "not fit", "class A2"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestBusyRoundsAreBusyAndQuietOnesQuiet(t *testing.T) {
	const scans = 5
	r := &bench{plan: benchPlan{Tickets: 1000}, dir: t.TempDir(), progress: t.Logf}
	var err error
	if r.press, err = newPress(r.plan.Tickets, 4*scans); err != nil {
		t.Fatal(err)
	}
	if r.codes, err = r.press.signed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.buildList(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	g, err := openBenchGate(t.Context(), r.path("list"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.close(); err != nil {
			t.Error(err)
		}
	})
	work, err := newBurden(t.Context(), g, r.plan.Tickets)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := work.close(); err != nil {
			t.Error(err)
		}
	})
	turns, err := takeTurns(t.Context(), g, work, r.codes, 2, scans)
	if err != nil {
		t.Fatal(err)
	}
	if len(turns.quiet) != 2*scans || len(turns.busy) != 2*scans || len(turns.quiet50) != 2 || len(turns.busy50) != 2 {
		t.Errorf("%+v", turns)
	}
	swept, delivered := work.swept.Load(), work.delivered.Load()
	if swept < 2*benchPage {
		t.Errorf("%d tickets were swept", swept)
	}
	settled := map[string]int64{}
	for _, name := range work.accounts {
		done, err := g.store.Deliveries(t.Context(), store.DeliveryFilter{Account: name, State: admission.DeliveryDone})
		if err != nil || len(done) < 2 {
			t.Errorf("account %s delivered %d, %v", name, len(done), err)
		}
		settled[name] = int64(len(done))
	}
	sum := int64(0)
	for _, n := range settled {
		sum += n
	}
	if len(settled) != benchOutboxes || sum != delivered {
		t.Errorf("%v delivered, and %d counted", settled, delivered)
	}
	if _, err := g.round(t.Context(), [][]byte{unsigned(ticketID(1, 1000))}, func() {}); err == nil {
		t.Error("a round takes a ticket that is not admitted")
	}
	if swept != work.swept.Load() || delivered != work.delivered.Load() {
		t.Error("work went on after the busy round")
	}
}

func TestSpreadGivesTheDurationThatAShareDidNotExceed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := spread(rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, 1000), func(n int64) time.Duration { return time.Duration(n) }), 1, 300).Draw(t, "spread"))
		share := rapid.Float64Range(0.01, 1).Draw(t, "share")
		at := s.at(share)
		within, below := 0, 0
		for _, d := range s {
			if d <= at {
				within++
			}
			if d < at {
				below++
			}
		}
		if float64(within) < share*float64(len(s))-1e-9 || float64(below) >= share*float64(len(s)) || !slices.Contains(s, at) {
			t.Fatalf("at %g: %v of %v", share, at, s)
		}
	})
	if (spread{}).p50() != 0 {
		t.Error("an empty spread has a median")
	}
}

func TestTestTicketsAreDistinctAndRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 1_000_000).Draw(t, "n")
		i := rapid.IntRange(0, n-2).Draw(t, "i")
		if a, b := ticketID(i, n), ticketID(i+1, n); a >= b || len(a) != 36 {
			t.Fatalf("%s, %s", a, b)
		}
	})
}

func TestTestTicketsAreSignedAsThePlatformDoes(t *testing.T) {
	p, err := newPress(10, 5)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := p.signed(t.Context())
	if err != nil || len(codes) != 5 {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	f, err := newFloor(filepath.Join(t.TempDir(), "floor"), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	for i, code := range codes {
		cred := f.keyring.Verify(code)
		if cred.Proof != admission.ProofGood || cred.ID != ticketID(i*p.step, p.tickets) || cred.Event != benchEvent {
			t.Errorf("code %d: %+v", i, cred)
		}
		if len(unsigned(cred.ID)) != len(code) {
			t.Errorf("an unsigned code has %d characters, a signed one %d", len(unsigned(cred.ID)), len(code))
		}
	}
	if _, _, err := f.once(unsigned(ticketID(0, 10))); err == nil {
		t.Error("the floor takes an unsigned code for good")
	}
	next, seen := p.unsignedIDs(), map[string]bool{}
	for range 4 {
		seen[next()] = true
	}
	if len(seen) != 4 || seen[ticketID(0, 10)] || seen[ticketID(2, 10)] {
		t.Errorf("tickets to be used without a code: %v", seen)
	}
}
