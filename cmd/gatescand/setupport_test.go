package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/health"
	"gatescand/scanner/reader"
	"gatescand/scanner/reader/inventory"
)

// unpacked opens the daemon of a box on which nothing was set up. text, where it
// is given, is its configuration.
func unpacked(t *testing.T, text string) *daemon {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "gatescand.toml")
	a := &app{config: path, fallback: path, getenv: func(string) string { return "" }}
	if text != "" {
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "$DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if _, err := a.makeFirstConfig(); err != nil {
		t.Fatal(err)
	}
	cfg, err := a.load()
	if err != nil {
		t.Fatal(err)
	}
	d, err := openDaemon(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	d.reload = a.load
	d.parse = func(text []byte) (*configs.Config, error) { return configs.Parse(path, text, a.configEnv()) }
	t.Cleanup(func() {
		if err := d.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestTheSetUpWritesAConfigurationThatIsValid(t *testing.T) {
	t.Parallel()
	d := unpacked(t, "")
	ctx := t.Context()
	if st := d.SetupState(ctx); !st.Needed || st.Named || !st.Kept || st.Reach != admin.ReachNetwork || st.Scanned {
		t.Errorf("unpacked: %+v", st)
	}
	if reasons := d.unfinished(); len(reasons) != 1 {
		t.Errorf("a station without lanes is ready: %v", reasons)
	}
	steps := []func() (admin.SetupSaved, error){
		func() (admin.SetupSaved, error) {
			return d.SaveStation(ctx, admin.StationChoice{Name: `Main entrance`, Language: "de", Reach: admin.ReachNetwork})
		},
		func() (admin.SetupSaved, error) {
			return d.SaveLane(ctx, admin.LaneChoice{Name: "north", Direction: "entry", Reader: "virtual:"})
		},
		func() (admin.SetupSaved, error) {
			return d.SaveLane(ctx, admin.LaneChoice{Name: "south", Direction: "exit", Reader: "tcp:127.0.0.1:7000"})
		},
		func() (admin.SetupSaved, error) {
			return d.SaveSignals(ctx, admin.SignalChoice{Lane: "north", Admit: []string{"gpio:gpiochip0/17?pulse=300ms"}})
		},
		func() (admin.SetupSaved, error) {
			return d.SaveAccount(ctx, admin.AccountChoice{Name: "pool", Platform: "stebby", URL: "https://stebby.example", Key: " s3cr3t-key \n"})
		},
		func() (admin.SetupSaved, error) {
			return d.SaveLane(ctx, admin.LaneChoice{Name: "south", Direction: "check", Reader: "tcp:127.0.0.1:7001"})
		},
	}
	for i, step := range steps {
		if saved, err := step(); err != nil || !saved.Written || saved.Lines != "" || len(saved.Restart) != 0 {
			t.Fatalf("step %d: %+v, %v", i, saved, err)
		}
	}
	cfg, text, err := d.onDisk()
	if err != nil {
		t.Fatal(err)
	}
	north, _ := cfg.Lane("north")
	south, _ := cfg.Lane("south")
	pool, _ := cfg.Account("pool")
	if len(cfg.Lanes) != 2 || len(north.Signal.Admit) != 1 || south.Direction != configs.Check || south.Reader != "tcp:127.0.0.1:7001" || pool.APIKey.Reveal() != "s3cr3t-key" || cfg.Station.Language != "de" {
		t.Errorf("on disk:\n%s", text)
	}
	if strings.Contains(string(text), "s3cr3t") {
		t.Error("the key stands in the configuration")
	}
	if info, err := os.Stat(pool.APIKeyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
	if st := d.SetupState(ctx); st.Needed || !st.Named || len(st.Lanes) != 2 || !st.Accounts[0].Ready {
		t.Errorf("set up: %+v", st)
	}
	before, err := os.ReadFile(d.first.File + ".bak")
	if err != nil || !strings.Contains(string(before), "7000") {
		t.Errorf("the file before the last change is not kept: %v\n%s", err, before)
	}
	if saved, err := d.RemoveLane(ctx, "south"); err != nil || !saved.Written || len(d.SetupState(ctx).Lanes) != 1 {
		t.Errorf("removing: %+v, %v", saved, err)
	}
	if saved, err := d.SaveStation(ctx, admin.StationChoice{Name: "x", Language: "fr", Reach: admin.ReachBox}); err != nil || !slices.Equal(saved.Restart, []string{"admin.listen"}) {
		t.Errorf("closing the page to the network: %+v, %v", saved, err)
	}
	report := d.Settings(ctx)
	if !report.Kept || !slices.Equal(report.Restart, []string{"admin.listen"}) || len(report.Faults) != 0 {
		t.Errorf("settings: %+v", report)
	}
}

func TestWhatTheConfigurationCannotTakeChangesNothing(t *testing.T) {
	t.Parallel()
	d := unpacked(t, "")
	ctx := t.Context()
	if _, err := d.SaveAccount(ctx, admin.AccountChoice{Name: "pool", Platform: "stebby", URL: "https://stebby.example", Key: "first"}); err != nil {
		t.Fatal(err)
	}
	cfg, before, err := d.onDisk()
	if err != nil {
		t.Fatal(err)
	}
	for name, step := range map[string]func() (admin.SetupSaved, error){
		"a lane without a reader": func() (admin.SetupSaved, error) { return d.SaveLane(ctx, admin.LaneChoice{Name: "a"}) },
		"a name that is none": func() (admin.SetupSaved, error) {
			return d.SaveLane(ctx, admin.LaneChoice{Name: "A\"\n[x]", Reader: "virtual:"})
		},
		"a language nobody speaks": func() (admin.SetupSaved, error) {
			return d.SaveStation(ctx, admin.StationChoice{Name: "x", Language: "tlh"})
		},
		"a reach that is none": func() (admin.SetupSaved, error) {
			return d.SaveStation(ctx, admin.StationChoice{Name: "x", Language: "en", Reach: "moon"})
		},
		"signals of no lane": func() (admin.SetupSaved, error) { return d.SaveSignals(ctx, admin.SignalChoice{Lane: "none"}) },
		"a path for a name": func() (admin.SetupSaved, error) {
			return d.SaveAccount(ctx, admin.AccountChoice{Name: "../x", Platform: "stebby", URL: "https://s.example", Key: "k"})
		},
		"a key of two lines": func() (admin.SetupSaved, error) {
			return d.SaveAccount(ctx, admin.AccountChoice{Name: "p", Platform: "stebby", URL: "https://s.example", Key: "k\nl"})
		},
		"an address that is none": func() (admin.SetupSaved, error) {
			return d.SaveAccount(ctx, admin.AccountChoice{Name: "new", Platform: "stebby", URL: "ftp:x", Key: "k"})
		},
		"another platform's account": func() (admin.SetupSaved, error) {
			return d.SaveAccount(ctx, admin.AccountChoice{Name: "pool", Platform: "bittan", URL: "https://s.example", Key: "k"})
		},
		"a bad address and a key": func() (admin.SetupSaved, error) {
			return d.SaveAccount(ctx, admin.AccountChoice{Name: "pool", Platform: "stebby", URL: "nonsense", Key: "second"})
		},
	} {
		saved, err := step()
		fault, ok := errors.AsType[*admin.Error](err)
		if err == nil || saved.Written || (!ok || fault.Status != http.StatusUnprocessableEntity) && !errors.Is(err, admin.ErrNotFound) {
			t.Errorf("%s: %+v, %v", name, saved, err)
		}
	}
	if _, after, err := d.onDisk(); err != nil || string(after) != string(before) {
		t.Errorf("the file has changed: %v\n%s", err, after)
	}
	pool, _ := cfg.Account("pool")
	keys, err := os.ReadDir(filepath.Dir(pool.APIKeyFile))
	key, keyErr := os.ReadFile(pool.APIKeyFile)
	if err != nil || keyErr != nil || len(keys) != 1 || string(key) != "first\n" {
		t.Errorf("keys: %v %q, %v %v", keys, key, err, keyErr)
	}
}

func TestAFileOfSomebodysIsOnlyRead(t *testing.T) {
	t.Parallel()
	const mine = "# mine\n[station]\ndata_dir = \"$DIR\"\n"
	d := unpacked(t, mine)
	saved, err := d.SaveLane(t.Context(), admin.LaneChoice{Name: "north", Direction: "exit", Reader: "virtual:"})
	if err != nil || saved.Written || saved.Why != "foreign" {
		t.Fatalf("saved %+v, %v", saved, err)
	}
	text, err := os.ReadFile(d.first.File)
	if err != nil || !strings.HasPrefix(string(text), "# mine\n") || strings.Contains(string(text), "lane") {
		t.Errorf("it was written: %s", text)
	}
	if err := os.WriteFile(d.first.File, append(text, saved.Lines...), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, _, err := d.onDisk()
	if err != nil || len(cfg.Lanes) != 1 || cfg.Lanes[0].Direction != configs.Exit {
		t.Errorf("the lines to write are not enough: %v\n%s", err, saved.Lines)
	}
	if saved, err := d.RemoveLane(t.Context(), "north"); err != nil || !strings.Contains(saved.Lines, `# Remove the section [[lane]] with name = "north".`) {
		t.Errorf("removing by hand: %+v, %v", saved, err)
	}
	if err := os.WriteFile(d.first.File, append(text, "[station]\ncapacity = \"x\"\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = d.SaveLane(t.Context(), admin.LaneChoice{Name: "south", Reader: "virtual:"})
	if fault, ok := errors.AsType[*admin.Error](err); !ok || fault.Status != http.StatusConflict {
		t.Errorf("over a faulty file: %v", err)
	}
	if st := d.SetupState(t.Context()); len(st.Faults) == 0 || len(d.Settings(t.Context()).Faults) == 0 {
		t.Error("the faults are not told")
	}
}

func TestSettingsSayWhereEachValueComesFromAndNoSecret(t *testing.T) {
	t.Parallel()
	d := unpacked(t, "")
	if _, err := d.SaveAccount(t.Context(), admin.AccountChoice{Name: "a.b", Platform: "bittan", URL: "https://b.example", EventTitle: "Ball", Key: "s3cr3t"}); err != nil {
		t.Fatal(err)
	}
	cfg, _, err := d.onDisk()
	if err != nil {
		t.Fatal(err)
	}
	next, err := newStation(d, cfg)
	if err != nil {
		t.Fatal(err)
	}
	d.current.Store(next)
	found := map[string]admin.Setting{}
	for _, s := range d.Settings(t.Context()).Settings {
		found[s.Section+"|"+s.Key] = s
		if strings.Contains(s.Value, "s3cr3t") {
			t.Errorf("%+v", s)
		}
	}
	if s := found["account a.b|password_file"]; !s.Secret || !strings.HasPrefix(s.From, d.first.File+":") {
		t.Errorf("password_file: %+v", s)
	}
	if s := found["station|capacity"]; s.Value != "0" || s.From != "default" || s.Secret {
		t.Errorf("capacity: %+v", s)
	}
	if text := string(d.SettingsFile()); strings.Contains(text, "s3cr3t") || !strings.Contains(text, `event_title = "Ball"`) || configs.KeptByPage([]byte(text)) {
		t.Errorf("the file to carry away:\n%s", text)
	}
}

func TestHealthLooksAtEverythingAndInventsNothing(t *testing.T) {
	t.Parallel()
	d := unpacked(t, "")
	found := map[string]admin.HealthReading{}
	for _, r := range d.Health(t.Context()) {
		found[r.Code] = r
	}
	for _, code := range []string{"clock", "disk", "database", "accounts", "outputs", "power", "temperature", "memory", "uptime", "addresses", "model", "system", "kernel", "version", "watchdog", "built", "sqlite"} {
		if found[code].State == "" {
			t.Errorf("nothing of %s", code)
		}
	}
	empty := boxRoots{t.TempDir(), t.TempDir(), t.TempDir()}
	for _, r := range boxReadings(empty) {
		if r.Code != "addresses" && (r.State != admin.HealthUnknown || len(r.Figures) != 0 || r.Value != "") {
			t.Errorf("of a box that tells nothing: %+v", r)
		}
	}
	if err := os.MkdirAll(filepath.Join(empty.sys, "class/thermal/thermal_zone0"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(empty.sys, "class/thermal/thermal_zone0/temp"), []byte("83000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.checkBox(empty)
	if list := d.health.registry.List(); !slices.ContainsFunc(list, func(c health.Condition) bool { return c.Code == "temperature_high" }) {
		t.Errorf("a hot box is not told: %+v", list)
	}
	d.checkBox(boxRoots{t.TempDir(), t.TempDir(), t.TempDir()})
	if list := d.health.registry.List(); slices.ContainsFunc(list, func(c health.Condition) bool { return c.Code == "temperature_high" }) {
		t.Error("a box that has cooled is still told to be hot")
	}
}

// oneReader yields one code and then waits.
type oneReader struct{ code string }

func (r oneReader) Run(ctx context.Context, up func(), emit func(reader.Frame)) error {
	up()
	emit(reader.Frame{Code: []byte(r.code), End: reader.EndSilence})
	<-ctx.Done()
	return ctx.Err()
}

func TestTheLearningOfAPageEndsWithALesson(t *testing.T) {
	t.Parallel()
	began := time.Now()
	l := newLessons(func() time.Duration { return time.Since(began) }, func(d inventory.Device) string {
		if strings.HasSuffix(d.Node, "/held") {
			return "north"
		}
		return ""
	})
	l.open = func(address string, _ reader.Monotonic) (reader.Source, error) {
		if strings.Contains(address, "/silent") {
			return nil, reader.ErrAbsent
		}
		return oneReader{"the-secret-code\r"}, nil
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = l.Run(ctx) // ends with ctx
	}()
	if s := l.news(ctx, 0); s.Running {
		t.Errorf("before anybody asked: %+v", s)
	}
	state := l.begin([]string{"serial:/dev/gatescand-none/x"})
	for state.Running {
		state = l.news(ctx, state.Seq)
	}
	if state.Lesson == nil || state.Lesson.Terminator != "CR" || !state.Lesson.Complete || strings.Contains(strings.Join(state.Notes, " "), "secret") {
		t.Errorf("learned %+v", state)
	}
	// Another begins before the one before has ended, and that is over.
	l.begin([]string{"serial:/dev/gatescand-none/silent"})
	l.begin([]string{"serial:/dev/gatescand-none/held"})
	state = l.news(ctx, 0)
	for state.Running && !strings.Contains(strings.Join(state.Notes, " "), "lane north") {
		state = l.news(ctx, state.Seq)
	}
	if !strings.Contains(strings.Join(state.Notes, " "), "is used by lane north") {
		t.Errorf("a reader that a lane holds: %+v", state)
	}
	stop()
	<-done
}
