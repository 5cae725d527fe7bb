package admin

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatescand/device/admin/words"
)

func TestTheSetUpLeadsToTheFirstStepThatIsNotDone(t *testing.T) {
	t.Parallel()
	_, f, opt := unboxed()
	srv := open(t, opt)
	for _, row := range []struct {
		what string
		do   func(*SetupState)
		to   string
	}{
		{"a box that was just unpacked", func(*SetupState) {}, "/setup/station"},
		{"one that has its name", func(s *SetupState) { s.Named = true }, "/setup/reader"},
		{"one with a lane needs no lamp", func(s *SetupState) { s.Lanes = []SetupLane{{Name: "north"}} }, "/setup/account"},
		{"an account without a key is not done", func(s *SetupState) { s.Accounts = []SetupAccount{{Name: "a"}} }, "/setup/account"},
		{"one that has its account", func(s *SetupState) { s.Accounts[0].Ready = true }, "/setup/test"},
		{"one that has admitted a ticket", func(s *SetupState) { s.Scanned = true }, "/setup/done"},
	} {
		f.mu.Lock()
		row.do(&f.state)
		f.mu.Unlock()
		if resp, _ := ask(t, srv, http.MethodGet, "/setup", ""); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != row.to {
			t.Errorf("%s: %d %s, want %s", row.what, resp.StatusCode, resp.Header.Get("Location"), row.to)
		}
	}
	if resp, _ := ask(t, srv, http.MethodGet, "/setup/nonsense", ""); resp.Header.Get("Location") != "/setup" {
		t.Error("a step that is none leads nowhere")
	}
}

func TestEveryStepIsAPageInEveryState(t *testing.T) {
	t.Parallel()
	_, f, opt := unboxed()
	bare := newStation().options()
	// What a field is filled with and what a link leads to is as it is.
	exact := regexp.MustCompile(`(?:value|href|data-api|data-remove|data-lane)="[^"]*"`)
	hostile := `"><script>alert(1)</script>` + "\u202e"
	for _, done := range []bool{false, true} {
		if done {
			f.mu.Lock()
			f.state.Lanes = []SetupLane{{Name: hostile, Direction: "entry", Reader: hostile, Admit: []string{hostile}}, {Name: "b", Direction: "exit"}}
			f.state.Accounts = []SetupAccount{{Name: hostile, Platform: "tibillet", URL: hostile, Ready: true}, {Name: "b"}}
			f.state.Station, f.state.File = hostile, hostile
			f.state.Faults = []SettingFault{{Line: 3, Key: hostile, Problem: hostile, Remedy: hostile}}
			f.state.Restart = []string{"admin.listen"}
			f.mu.Unlock()
		}
		for _, options := range []Options{opt, bare} {
			srv := open(t, options)
			for _, path := range append([]string{"/health", "/settings", "/setup/reader?lane=b", "/setup/signals?lane=b"}, stepPaths()...) {
				resp, raw := ask(t, srv, http.MethodGet, path, "", english)
				if resp.StatusCode != http.StatusOK || !strings.Contains(raw, "</html>") || strings.Count(raw, "<h1") != 1 {
					t.Errorf("%s: %d with %d headings\n%s", path, resp.StatusCode, strings.Count(raw, "<h1"), raw[max(0, len(raw)-300):])
				}
				_, shown, _ := strings.Cut(raw, "</head>") // before that stand the words for the scripts
				shown = exact.ReplaceAllString(shown, "")
				for _, no := range []string{"<script>alert", "<img src=x", "<b>Voyager", "<i>Pi", "\u202e", "ZgotmplZ", "<no value>", " style=", ">setup_", ">health_", ">settings_"} {
					if strings.Contains(shown, no) {
						t.Errorf("%s holds %q", path, no)
					}
				}
			}
		}
	}
}

func stepPaths() []string {
	var paths []string
	for _, step := range setupSteps() {
		paths = append(paths, "/setup/"+step)
	}
	return paths
}

func TestWhatTheStepsSave(t *testing.T) {
	t.Parallel()
	_, f, opt := unboxed()
	srv := open(t, opt)
	for _, row := range []struct{ path, body string }{
		{"/api/v1/setup/station", `{"name":"Nord","language":"de","reach":"network"}`},
		{"/api/v1/setup/lane", `{"name":"north","direction":"entry","reader":"virtual:"}`},
		{"/api/v1/setup/signals", `{"lane":"north","admit":["gpio:gpiochip0/17",""," "],"refuse":[],"hold":[]}`},
		{"/api/v1/setup/account", `{"name":"pool","platform":"stebby","url":"https://s.example","key":"s3cr3t-key"}`},
	} {
		resp, raw := ask(t, srv, http.MethodPost, row.path, row.body)
		var saved SetupSaved
		if err := json.Unmarshal([]byte(raw), &saved); err != nil || resp.StatusCode != http.StatusOK || !saved.Written || strings.Contains(raw, "s3cr3t") {
			t.Errorf("%s: %d %s", row.path, resp.StatusCode, raw)
		}
	}
	st := f.SetupState(t.Context())
	if len(st.Lanes) != 1 || len(st.Lanes[0].Admit) != 1 || st.Station != "Nord" || f.keys["pool"] != "s3cr3t-key" {
		t.Errorf("saved %+v", st)
	}
	if _, raw := ask(t, srv, http.MethodGet, "/api/v1/setup", ""); strings.Contains(raw, "s3cr3t") || !strings.Contains(raw, `"station":"Nord"`) {
		t.Errorf("state %s", raw)
	}
	if resp, raw := ask(t, srv, http.MethodPost, "/api/v1/setup/lane", `{"name":"x","reader":"parallel:"}`); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a reader that is none: %d %s", resp.StatusCode, raw)
	}
	if resp, _ := ask(t, srv, http.MethodPost, "/api/v1/setup/lanes/north/remove", `{}`); resp.StatusCode != http.StatusOK || len(f.SetupState(t.Context()).Lanes) != 0 {
		t.Error("the lane is still there")
	}
	resp, raw := ask(t, srv, http.MethodGet, "/api/v1/setup/layout", "")
	if resp.Header.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(raw, "<svg") {
		t.Errorf("layout code: %s", raw)
	}
	for _, bad := range []string{"x", "-1"} {
		if resp, _ := ask(t, srv, http.MethodGet, "/api/v1/setup/learn?after="+bad, ""); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("after %s: %d", bad, resp.StatusCode)
		}
	}
	bare := open(t, newStation().options())
	for _, path := range []string{"/api/v1/setup", "/api/v1/setup/readers", "/api/v1/setup/layout", "/api/v1/settings", "/api/v1/settings/file", "/api/v1/health"} {
		if resp, _ := ask(t, bare, http.MethodGet, path, ""); resp.StatusCode != http.StatusNotImplemented {
			t.Errorf("%s at a station that has no such thing: %d", path, resp.StatusCode)
		}
	}
}

func TestReadingsAreWorded(t *testing.T) {
	t.Parallel()
	now := scanTime()
	for name, row := range map[string]struct {
		lang    string
		reading HealthReading
		want    HealthItem
	}{
		"a figure in English": {"en", HealthReading{Code: "disk", Group: "station", State: HealthOK, Figures: []HealthFigure{{Name: "Free", Unit: UnitBytes, Number: 1.26e9}, {Name: "Total", Unit: UnitBytes, Number: 3.2e10}}}, HealthItem{Value: "1.3 GB free of 32 GB", Text: "A busy night writes some 50 MB."}},
		"the same in French":  {"fr", HealthReading{Code: "disk", Group: "station", State: HealthOK, Figures: []HealthFigure{{Name: "Free", Unit: UnitBytes, Number: 1.26e9}, {Name: "Total", Unit: UnitBytes, Number: 3.2e10}}}, HealthItem{Value: "1,3 Go libres sur 32 Go", Text: "Une soirée chargée écrit environ 50 Mo."}},
		"what cannot be told": {"en", HealthReading{Code: "temperature", Group: "box", State: HealthUnknown}, HealthItem{Value: "This box cannot tell."}},
		"a heat":              {"de", HealthReading{Code: "temperature", Group: "box", State: HealthWarning, Cause: "warm", Figures: []HealthFigure{{Name: "Heat", Unit: UnitCelsius, Number: 81.4}}}, HealthItem{Value: "81,4 °C", Text: "Der Prozessor ist so heiß, dass er sich bremst.", Remedy: "Nehmen Sie das Gerät aus der Sonne und von anderen Geräten weg, und lassen Sie Luft heran."}},
		"a clock":             {"en", HealthReading{Code: "clock", Group: "station", State: HealthWarning, Cause: "contradicted", Figures: []HealthFigure{{Name: "At", Unit: UnitTime, At: now}, {Name: "Skew", Unit: UnitSpan, Span: 3 * time.Hour}}}, HealthItem{Value: "19:02:11", Text: "A platform’s clock differs from it by 3 h 0 min.", Remedy: "Look at a watch: if this box is wrong, set its time with sudo timedatectl set-time."}},
		"weak power":          {"en", HealthReading{Code: "power", Group: "box", State: HealthWarning, Cause: "was_low"}, HealthItem{Value: "enough now, was too low", Text: "The voltage has been too low at some moment since the box was switched on.", Remedy: "Use the maker’s own power supply and a short, thick cable, before it happens on a busy evening."}},
		"a name":              {"en", HealthReading{Code: "kernel", Group: "box", State: HealthOK, Value: "6.12"}, HealthItem{Value: "6.12"}},
		"a short time":        {"fr", HealthReading{Code: "database", Group: "station", State: HealthWarning, Cause: "slow", Figures: []HealthFigure{{Name: "Took", Unit: UnitSpan, Span: 812500 * time.Microsecond}, {Name: "Size", Unit: UnitBytes, Number: 2048}, {Name: "Head", Unit: UnitCount, Number: 7}}}, HealthItem{Value: "2,0 ko, journal jusqu’à l’entrée 7", Text: "Une écriture d’essai a mis 812 ms à atteindre le disque : chacun à l’entrée attend d’autant.", Remedy: "Utilisez une carte plus rapide ou un disque USB. gatescand bench dit ce que vaut celle-ci."}},
	} {
		got := wordReading(speaker(t, row.lang), row.reading, now, paris())
		if got.Value != row.want.Value || got.Text != row.want.Text || got.Remedy != row.want.Remedy || got.Name == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Every state that a reading can have is explained in each language of the pages,
// and every one that is not well says what to do.
func TestEveryReadingHasItsWords(t *testing.T) {
	t.Parallel()
	states := map[string][]string{
		"clock": {"synchronised", "vouched", "unconfirmed!", "contradicted!", "before_build!", "before_journal!"}, "disk": {"ok", "warning!", "critical!"},
		"database": {"ok", "slow!", "critical!"}, "accounts": {"ok", "some!", "offline!", "none!"}, "outputs": {"ok", "warning!"},
		"power": {"ok", "low!", "was_low!", "slowed!"}, "temperature": {"ok", "warm!", "hot!"}, "memory": {"ok", "warning!"}, "addresses": {"ok", "none!"}, "watchdog": {"ok", "none!"},
	}
	book, err := words.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "fr", "de"} {
		for code, causes := range states {
			for _, cause := range causes {
				id, bad := strings.CutSuffix("health_"+code+"_"+cause, "!")
				if !book.Says(lang, id) || bad != book.Says(lang, id+"_remedy") || !book.Says(lang, "health_"+code) {
					t.Errorf("%s: %s", lang, id)
				}
			}
		}
		for _, code := range []string{"uptime", "model", "system", "kernel", "version", "built", "sqlite"} {
			if !book.Says(lang, "health_"+code) {
				t.Errorf("%s: %s", lang, code)
			}
		}
		for _, step := range setupSteps() {
			if !book.Says(lang, "setup_step_"+step) {
				t.Errorf("%s: step %s", lang, step)
			}
		}
		for _, spoken := range words.Languages() {
			if !book.Says(lang, "setup_language_"+spoken) {
				t.Errorf("%s: language %s", lang, spoken)
			}
		}
		for _, id := range setupLabels() {
			if !book.Says(lang, id) {
				t.Errorf("%s: label %s", lang, id)
			}
		}
	}
}

func TestTheFileInForceIsForDownload(t *testing.T) {
	t.Parallel()
	_, _, opt := unboxed()
	resp, raw := ask(t, open(t, opt), http.MethodGet, "/api/v1/settings/file", "")
	if resp.Header.Get("Content-Disposition") != `attachment; filename="gatescand.toml"` || raw != "[station]\n" {
		t.Errorf("%v %q", resp.Header, raw)
	}
}
