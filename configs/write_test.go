package configs_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatescand/configs"
)

func TestAWrittenFileSaysWhatDiffersAndWhy(t *testing.T) {
	t.Parallel()
	cfg := mustParse(t, `[station]
name = "Nordtür"
language = "fr"
[admin]
listen = ":8640"
tls = "self-signed"
`+goodAccount+`sweep_every = "5m"
increment_every = "10s"
`+goodLane+`[lane.signal]
admit = ["gpio:gpiochip0/17?pulse=300ms"]
[[lane]]
name = "south"
reader = "virtual:"
direction = "exit"
`, testEnv())
	text := string(configs.Write(cfg))
	want := `# A short name of your own: a-z, 0-9, dot, - and _.
name = "lespass"
`
	if !strings.Contains(text, want) {
		t.Errorf("the name of the account is not explained in\n%s", text)
	}
	for _, line := range []string{
		"[station]\n", `name = "Nordtür"`, `language = "fr"`, "[admin]\n", "[[account]]\n", "sweep_every = \"5m0s\"\nincrement_every = \"10s\"\n",
		"[[lane]]\n", "\n  [lane.signal]\n", `  admit = ["gpio:gpiochip0/17?pulse=300ms"]`, `direction = "exit"`,
	} {
		line = strings.ReplaceAll(line, "5m0s", "5m")
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
	for _, line := range []string{"capacity", "[pairing]", "is an example", "----", "refuse =", "hold_off"} {
		if strings.Contains(text, line) {
			t.Errorf("%q stands in\n%s", line, text)
		}
	}
	if strings.Count(text, "# A lane is one reader and what it moves.") != 1 || strings.Count(text, "# A short name of your own") > 2 {
		t.Errorf("an explanation stands twice in\n%s", text)
	}
}

func TestOnlyAFileWithItsFirstLineIsThePagesToWrite(t *testing.T) {
	t.Parallel()
	written := configs.Write(mustParse(t, goodAccount+goodLane, testEnv()))
	_, mine, _ := bytes.Cut(written, []byte("\n"))
	for name, row := range map[string]struct {
		text []byte
		kept bool
	}{
		"as it was written":                     {written, true},
		"saved by an editor of another system":  {bytes.ReplaceAll(written, []byte("\n"), []byte("\r\n")), true},
		"saved with a mark of its byte order":   {append([]byte("\xef\xbb\xbf"), written...), true},
		"taken over by hand":                    {mine, false},
		"with something before the first line":  {append([]byte("# mine\n"), written...), false},
		"nothing at all":                        {nil, false},
		"the sample, which is for people":       {configs.Sample(), false},
		"what is in force, to be carried away":  {configs.Render(mustParse(t, goodAccount, testEnv())), false},
		"a line that only begins like the mark": {append([]byte("# This file is kept by the set-up page of the station.x"), mine...), false},
	} {
		if got := configs.KeptByPage(row.text); got != row.kept {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestLinesToAddByHand(t *testing.T) {
	t.Parallel()
	before := mustParse(t, "[station]\nname = \"Gate\"\n"+goodAccount, testEnv())
	after := mustParse(t, "[station]\nlanguage = \"en\"\n"+goodAccount+"ask = \"never\"\n"+goodLane, testEnv())
	text := string(configs.Lines(before, after))
	for _, want := range []string{
		"[station]\n", "name = \"Main entrance\"\n", "language = \"en\"\n", "[[account]]\n", "name = \"lespass\"\n", "ask = \"never\"\n",
		"[[lane]]\n", "name = \"north\"\n", "reader = \"serial:/dev/ttyACM0\"\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, no := range []string{"url =", "[admin]", "data_dir"} {
		if strings.Contains(text, no) {
			t.Errorf("%q, which is the same, stands in\n%s", no, text)
		}
	}
	if same := configs.Lines(after, after); len(same) != 0 {
		t.Errorf("nothing differs, and yet\n%s", same)
	}
}

// anyText draws texts that people and attackers type: quotes, backslashes, other
// alphabets, signs that turn text round.
func anyText(longest int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		runes := rapid.SliceOfN(rapid.SampledFrom([]rune("aZ09 \"'\\#=[]{}\u00e9\u00df\u4e2d\U0001f3ab\u05d0,.")), 1, longest).Draw(t, "text")
		return "x" + string(runes)
	})
}

func names(t *rapid.T, label string) []string {
	return rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9][a-z0-9._-]{0,20}`), 0, 4, rapid.ID[string]).Draw(t, label)
}

// anyConfig draws a configuration that is valid.
func anyConfig(t *rapid.T, dir string) *configs.Config {
	cfg, err := configs.Parse("c.toml", []byte("[station]\ndata_dir = \""+dir+"\"\n"), allPlatforms())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Station.Name = anyText(70).Draw(t, "station")
	cfg.Station.Language = rapid.SampledFrom([]string{"en", "fr"}).Draw(t, "language")
	cfg.Station.Capacity = rapid.IntRange(0, 1_000_000).Draw(t, "capacity")
	cfg.Station.Timezone = rapid.SampledFrom([]string{"", "UTC"}).Draw(t, "zone")
	cfg.Admin.Listen = rapid.SampledFrom([]string{":8640", "127.0.0.1:1", "[::1]:99"}).Draw(t, "listen")
	cfg.Admin.TLS = configs.TLSSelfSigned
	cfg.Admin.ShowNames = rapid.Bool().Draw(t, "names")
	cfg.Admin.MetricsPublic = rapid.Bool().Draw(t, "metrics")
	cfg.Pairing.AllowHosts = rapid.SampledFrom([][]string{{}, {"*.tibillet.org"}, {"a.example", "*.b.example:8443"}}).Draw(t, "hosts")
	accounts := names(t, "accounts")
	for _, name := range accounts {
		a := configs.Account{
			Name: name, Platform: "tibillet", URL: "https://" + rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "host") + ".example.org",
			Ask: rapid.SampledFrom([]configs.AskPolicy{configs.AskNever, configs.AskUnlisted, configs.AskAlways}).Draw(t, "ask"), Unlisted: configs.UnlistedAdmit,
			AskTimeout: time.Duration(rapid.IntRange(50, 10_000).Draw(t, "timeout")) * time.Millisecond,
			StaleAfter: time.Hour, StaleRefuseAfter: rapid.SampledFrom([]time.Duration{0, 90*time.Minute + time.Second}).Draw(t, "refuse"),
			SweepEvery: 20 * time.Minute, IncrementEvery: rapid.SampledFrom([]time.Duration{0, 90 * time.Second}).Draw(t, "increment"),
			ClockUntrusted: configs.ClockHold, Window: configs.WindowEvent, Early: time.Second, Late: 48 * time.Hour,
			InsecureHTTP: rapid.Bool().Draw(t, "insecure"),
		}
		if rapid.Bool().Draw(t, "pinned") {
			a.PinSHA256 = rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "pin")
		}
		cfg.Accounts = append(cfg.Accounts, a)
	}
	for i, name := range names(t, "lanes") {
		l := configs.Lane{
			Name: name, Reader: "serial:/dev/" + strings.Repeat("x", i+1) + anyText(30).Draw(t, "reader"), HoldOff: time.Duration(rapid.IntRange(0, 60).Draw(t, "hold")) * time.Second,
			Direction: rapid.SampledFrom([]configs.Direction{configs.Entry, configs.Exit, configs.Check}).Draw(t, "direction"),
			Products:  rapid.SliceOfNDistinct(anyText(50), 0, 3, rapid.ID[string]).Draw(t, "products"),
			Reentry:   rapid.SampledFrom([]configs.Reentry{{}, {Kind: configs.ReentryAfterExit}, {Kind: configs.ReentryUnlimited}, {Kind: configs.ReentryAfterTime, After: 10 * time.Minute}}).Draw(t, "reentry"),
		}
		if len(accounts) > 0 && rapid.Bool().Draw(t, "some") {
			l.Accounts = accounts[:1]
		}
		if rapid.Bool().Draw(t, "lamp") {
			l.Signal = configs.Signal{Admit: []string{"gpio:gpiochip0/" + strings.Repeat("1", i+1)}, Hold: []string{"gpio:x\"\\/" + strings.Repeat("2", i+1)}}
		}
		cfg.Lanes = append(cfg.Lanes, l)
	}
	return cfg
}

func TestWhatIsWrittenMeansTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		cfg := anyConfig(t, dir)
		text := configs.Write(cfg)
		again, err := configs.Parse("c.toml", text, allPlatforms())
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if changes := configs.Diff(cfg, again); !changes.Empty() {
			t.Fatalf("%v differ after\n%s", changes.Keys, text)
		}
		if !bytes.Equal(configs.Write(again), text) {
			t.Fatalf("written twice it is another:\n%s\nand\n%s", text, configs.Write(again))
		}
		if rendered, err := configs.Parse("c.toml", configs.Render(cfg), allPlatforms()); err != nil || !configs.Diff(cfg, rendered).Empty() {
			t.Fatalf("what is carried away means something else: %v", err)
		}
	})
}

func TestSecretsAreNotWritten(t *testing.T) {
	t.Parallel()
	key := writeFile(t, "key", "s3cr3t-of-the-house", 0o600)
	cfg := mustParse(t, "[[account]]\nname = \"pool\"\nplatform = \"stebby\"\nurl = \"https://stebby.example\"\napi_key_file = \""+key+"\"\n", allPlatforms())
	for _, text := range [][]byte{configs.Write(cfg), configs.Render(cfg), configs.Lines(mustParse(t, "", allPlatforms()), cfg)} {
		if !bytes.Contains(text, []byte(key)) || bytes.Contains(text, []byte("s3cr3t")) {
			t.Errorf("the key's file is not named, or the key is:\n%s", text)
		}
	}
}

func TestTheOneEventOfAnAccountIsWrittenOnce(t *testing.T) {
	t.Parallel()
	key := writeFile(t, "password", "house", 0o600)
	cfg := mustParse(t, "[[account]]\nname = \"ball\"\nplatform = \"bittan\"\nurl = \"https://ball.example\"\nevent_title = \"Autumn ball\"\npassword_file = \""+key+"\"\n", allPlatforms())
	if text := string(configs.Write(cfg)); strings.Contains(text, "\nevents =") || !strings.Contains(text, "\nevent_title = \"Autumn ball\"\n") {
		t.Errorf("written:\n%s", text)
	}
}
