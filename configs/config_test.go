package configs_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatescand/configs"
)

func TestTheShortestConfigurationGetsEveryDefault(t *testing.T) {
	t.Parallel()
	got := mustParse(t, goodAccount+goodLane, testEnv())
	want := &configs.Config{
		File: "c.toml",
		Station: configs.Station{
			Name: "Main entrance", Language: "fr", DataDir: "/var/lib/gatescand", Location: time.Local,
		},
		Admin:   configs.Admin{Listen: "127.0.0.1:8640", TLS: "off", ShowNames: true},
		Pairing: configs.Pairing{AllowHosts: []string{"*.tibillet.org"}},
		Accounts: []configs.Account{{
			Name: "lespass", Platform: "tibillet", URL: "https://lespass.example.org",
			Ask: "unlisted", AskTimeout: 800 * time.Millisecond, Unlisted: "hold",
			StaleAfter: 30 * time.Minute, SweepEvery: 15 * time.Minute, IncrementEvery: 45 * time.Second,
			ClockUntrusted: "pass", Window: "off", Early: 4 * time.Hour, Late: 4 * time.Hour,
		}},
		Lanes: []configs.Lane{{
			Name: "north", Direction: "entry", Reader: "serial:/dev/ttyACM0", HoldOff: 3 * time.Second,
		}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(configs.Config{}), cmp.Comparer(configs.Secret.Equal), cmp.Comparer(sameZone)); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func sameZone(a, b *time.Location) bool { return a.String() == b.String() }

func TestEveryKeyIsTaken(t *testing.T) {
	t.Parallel()
	got := mustParse(t, `
station = { name = "Tor 3", language = "en", data_dir = "/data", capacity = 1_200, timezone = "UTC" }
admin.listen = "[::1]:0"
admin.metrics_public = true
admin.show_names = false
pairing.allow_hosts = ["Tickets.Example.org", "*.example.org:8443", "127.0.0.1:9000"]

[[account]]
name = "a.1"
platform = "tibillet"
url = "HTTP://Gate.Example.org:8000/"
insecure_http = true
events = ["4B3A1D5E-7C52-4F0A-9A54-3D5F0F3C1A2B"]
ask = "always"
ask_timeout = "1.5s"
unlisted = "admit"
stale_after = "1h"
stale_refuse_after = "2h"
sweep_every = "10m"
increment_every = "0s"
clock_untrusted = "hold"
window = "event"
early = "0s"
late = "30m"

[[lane]]
name = "exit_2"
direction = "exit"
reader = "virtual:"
accounts = ["a.1"]
products = ["Full price"]
hold_off = "0s"
reentry = "after 10m"
signal.admit = ["gpio:chip/1"]
`[1:], testEnv())
	if got.Station.Name != "Tor 3" || got.Station.Capacity != 1200 || got.Station.Location.String() != "UTC" || got.Station.DataDir != "/data" {
		t.Errorf("station: %+v", got.Station)
	}
	if got.Admin.Listen != "[::1]:0" || !got.Admin.MetricsPublic || got.Admin.ShowNames {
		t.Errorf("admin: %+v", got.Admin)
	}
	if diff := cmp.Diff([]string{"tickets.example.org", "*.example.org:8443", "127.0.0.1:9000"}, got.Pairing.AllowHosts); diff != "" {
		t.Errorf("allow_hosts (-want +got):\n%s", diff)
	}
	wantAccount := configs.Account{
		Name: "a.1", Platform: "tibillet", URL: "http://gate.example.org:8000", InsecureHTTP: true,
		Events: []string{"4b3a1d5e-7c52-4f0a-9a54-3d5f0f3c1a2b"},
		Ask:    "always", AskTimeout: 1500 * time.Millisecond, Unlisted: "admit",
		StaleAfter: time.Hour, StaleRefuseAfter: 2 * time.Hour, SweepEvery: 10 * time.Minute,
		ClockUntrusted: "hold", Window: "event", Late: 30 * time.Minute,
	}
	if diff := cmp.Diff(wantAccount, got.Accounts[0], cmp.Comparer(configs.Secret.Equal)); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	wantLane := configs.Lane{
		Name: "exit_2", Direction: "exit", Reader: "virtual:", Accounts: []string{"a.1"}, Products: []string{"Full price"},
		Reentry: configs.Reentry{Kind: configs.ReentryAfterTime, After: 10 * time.Minute},
		Signal:  configs.Signal{Admit: []string{"gpio:chip/1"}},
	}
	if diff := cmp.Diff(wantLane, got.Lanes[0]); diff != "" {
		t.Errorf("lane (-want +got):\n%s", diff)
	}
}

func TestALaneServesTheAccountsItNamesOrAll(t *testing.T) {
	t.Parallel()
	cfg := mustParse(t, goodAccount+`
[[account]]
name = "bar"
platform = "tibillet"
url = "http://127.0.0.1:8000"
`+goodLane+`
[[lane]]
name = "south"
reader = "virtual:"
accounts = ["bar"]
`, testEnv())
	names := func(lane string) []string {
		l, ok := cfg.Lane(lane)
		if !ok {
			t.Fatalf("no lane %q", lane)
		}
		var out []string
		for _, a := range cfg.AccountsOf(l) {
			out = append(out, a.Name)
		}
		return out
	}
	if diff := cmp.Diff([]string{"lespass", "bar"}, names("north")); diff != "" {
		t.Errorf("north (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"bar"}, names("south")); diff != "" {
		t.Errorf("south (-want +got):\n%s", diff)
	}
	if _, ok := cfg.Account("lespass"); !ok {
		t.Error("no account lespass")
	}
	if _, ok := cfg.Account("lespas"); ok {
		t.Error("an account that is not there was found")
	}
	if _, ok := cfg.Lane("west"); ok {
		t.Error("a lane that is not there was found")
	}
}

func TestPlainHTTPStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		url  string
		fine bool
	}{
		{"http://127.0.0.1:8000", true},
		{"http://127.9.9.9", true},
		{"http://[::1]:8000", true},
		{"http://[::ffff:127.0.0.1]", true},
		{"http://localhost", true},
		{"http://LocalHost:80", true},
		{"http://a.localhost", true},
		{"http://localhost.example.org", false},
		{"http://127.0.0.1.example.org", false},
		{"http://0.0.0.0", false},
		{"http://10.0.0.1", false},
		{"http://[fe80::1]", false},
		{"https://10.0.0.1", true},
	} {
		_, faults := parse(t, "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \""+tt.url+"\"\n"+goodLane, testEnv())
		if (len(faults) == 0) != tt.fine {
			t.Errorf("%s: fine = %v, want %v", tt.url, len(faults) == 0, tt.fine)
		}
	}
}

func TestOnlyLoopbackListensWithoutTLS(t *testing.T) {
	t.Parallel()
	for listen, fine := range map[string]bool{
		"127.0.0.1:8640": true, "[::1]:8640": true, "localhost:8640": true,
		":8640": false, "0.0.0.0:8640": false, "[::]:8640": false, "192.168.1.5:8640": false,
	} {
		_, faults := parse(t, both("[admin]\nlisten = \""+listen+"\""), testEnv())
		if (len(faults) == 0) != fine {
			t.Errorf("%s without tls: fine = %v, want %v", listen, len(faults) == 0, fine)
		}
		if _, faults := parse(t, both("[admin]\ntls = \"self-signed\"\nlisten = \""+listen+"\""), testEnv()); faults != nil {
			t.Errorf("%s with tls: %v", listen, faults)
		}
	}
}

func TestAPinIsReadAsHexAndAsBase64(t *testing.T) {
	t.Parallel()
	var sums [][]byte
	for _, pin := range []string{
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	} {
		sums = append(sums, mustParse(t, account(`pin_sha256 = "`+pin+`"`), testEnv()).Accounts[0].PinSHA256)
	}
	for i, sum := range sums {
		if len(sum) != 32 || sum[31] != 31 || sum[0] != 0 {
			t.Errorf("pin %d is %x", i, sum)
		}
	}
}

func TestAFileWithAByteOrderMarkAndCRLFIsRead(t *testing.T) {
	t.Parallel()
	cfg := mustParse(t, "\xef\xbb\xbf[station]\r\ncapacity = 3\r\n"+goodAccount+goodLane, testEnv())
	if cfg.Station.Capacity != 3 {
		t.Errorf("capacity %d, want 3", cfg.Station.Capacity)
	}
}
