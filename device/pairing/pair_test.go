package pairing

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// office is a platform that pairs: it takes each token once, as the real ones
// do, and can lose its answers.
type office struct {
	claimed  map[string]bool
	requests int
	loseNext bool
	unplug   bool
	before   func() // called when a request arrives
}

func newOffice() *office { return &office{claimed: map[string]bool{}} }

func (o *office) ReadPairing(text string) (platform.Pairing, error) {
	token, ok := strings.CutPrefix(text, "https://lespass.example.org/scan/")
	if !ok {
		return platform.Pairing{}, &platform.Error{Class: platform.Rejected, Op: "read the code", Host: "?", Detail: "not a pairing code"}
	}
	return platform.Pairing{
		Platform: admission.TiBillet, Host: "lespass.example.org", BaseURL: "https://lespass.example.org",
		StationID: "app-1", Token: token, ExpiresAt: noon().Add(time.Hour),
	}, nil
}

func (o *office) Pair(_ context.Context, p platform.Pairing) (platform.Credentials, error) {
	if o.before != nil {
		o.before()
	}
	if o.unplug {
		return platform.Credentials{}, &platform.Error{Class: platform.Offline, Op: "pair", Host: p.Host, Detail: "no network"}
	}
	o.requests++
	if o.claimed[p.StationID] {
		return platform.Credentials{}, &platform.Error{Class: platform.Rejected, Op: "pair", Host: p.Host, Status: 400, Detail: "claimed already"}
	}
	o.claimed[p.StationID] = true
	if o.loseNext {
		o.loseNext = false
		return platform.Credentials{}, &platform.Error{Class: platform.Offline, Op: "pair", Host: p.Host, Detail: "connection lost"}
	}
	return platform.Credentials{BaseURL: p.BaseURL, StationID: p.StationID, Name: "Gate", Tenant: "Lespass", APIKey: "key-of-" + p.Token}, nil
}

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func now() admission.Stamp { return admission.Stamp{Wall: noon(), Trusted: true} }

const code = "https://lespass.example.org/scan/tok3n"

func anyHost(string) error { return nil }

func vault(t *testing.T) *Vault {
	t.Helper()
	v, err := OpenVault(filepath.Join(t.TempDir(), "credentials"))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPairKeepsTheCredentialsAndEndsTheIntent(t *testing.T) {
	t.Parallel()
	v, o := vault(t), newOffice()
	o.before = func() {
		i, ok, err := v.Intent("lespass")
		if err != nil || !ok || i.Host != "lespass.example.org" || i.StationID != "app-1" || !i.At.Equal(noon()) {
			t.Errorf("no intent on disk while the request is under way: %+v, %v, %v", i, ok, err)
		}
		raw, err := os.ReadFile(filepath.Join(v.dir, "lespass.intent"))
		if err != nil || strings.Contains(string(raw), "tok3n") {
			t.Errorf("the intent holds the token: %s, %v", raw, err)
		}
	}
	c, err := Pair(t.Context(), v, o, "lespass", "  "+code+"\r\n", anyHost, now())
	if err != nil {
		t.Fatal(err)
	}
	kept, err := v.Load("lespass")
	if err != nil || kept != c || kept.APIKey != "key-of-tok3n" {
		t.Errorf("kept %+v, %v", kept, err)
	}
	if err := Interrupted(v, "lespass"); err != nil {
		t.Errorf("an intent is left over: %v", err)
	}
}

func TestPairTurnsAwayBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	late := now()
	late.Wall = noon().Add(2 * time.Hour)
	for name, tc := range map[string]struct {
		text  string
		allow func(string) error
		now   admission.Stamp
		want  error
	}{
		"a code of a host that is not allowed": {code, AllowHosts([]string{"*.tibillet.org"}), now(), ErrHost},
		"a code that has expired":              {code, anyHost, late, ErrExpired},
		"something that is no pairing code":    {"hello", anyHost, now(), nil},
		"nothing":                              {" ", anyHost, now(), nil},
		"a text far too long":                  {strings.Repeat("x", 10<<20), anyHost, now(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, o := vault(t), newOffice()
			_, err := Pair(t.Context(), v, o, "lespass", tc.text, tc.allow, tc.now)
			if err == nil || (tc.want != nil && !errors.Is(err, tc.want)) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
			if strings.Contains(err.Error(), "tok3n") {
				t.Errorf("the error tells the token: %v", err)
			}
			if o.requests != 0 {
				t.Error("something was sent")
			}
			if _, ok, err := v.Intent("lespass"); ok || err != nil {
				t.Errorf("an intent was made: %v, %v", ok, err)
			}
		})
	}
}

func TestPairDoesNotJudgeExpiryByAClockThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	late := admission.Stamp{Wall: noon().AddDate(10, 0, 0)}
	if _, err := Pair(t.Context(), vault(t), newOffice(), "lespass", code, anyHost, late); err != nil {
		t.Error(err)
	}
}

func TestPairCanBeTriedAgainWhenTheNetworkWasAway(t *testing.T) {
	t.Parallel()
	v, o := vault(t), newOffice()
	o.unplug = true
	if _, err := Pair(t.Context(), v, o, "lespass", code, anyHost, now()); platform.ClassOf(err) != platform.Offline {
		t.Fatalf("error %v", err)
	}
	o.unplug = false
	if _, err := Pair(t.Context(), v, o, "lespass", code, anyHost, now()); err != nil {
		t.Error(err)
	}
}

func TestPairExplainsALostAnswer(t *testing.T) {
	t.Parallel()
	v, o := vault(t), newOffice()
	o.loseNext = true
	if _, err := Pair(t.Context(), v, o, "lespass", code, anyHost, now()); err == nil {
		t.Fatal("a lost answer passed for a pairing")
	}
	if err := Interrupted(v, "lespass"); !errors.Is(err, ErrInterrupted) {
		t.Errorf("a restart would not learn of it: %v", err)
	}
	// Another token of the same scan app: its page shows a new one each time.
	_, err := Pair(t.Context(), v, o, "lespass", code+"2", anyHost, now())
	if !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), "make a new scan app") {
		t.Errorf("error %v", err)
	}
	if err := Interrupted(v, "lespass"); err != nil {
		t.Errorf("the intent outlived its explanation: %v", err)
	}
}

func TestPairARefusedCodeLeavesNoIntentAndTheOldKey(t *testing.T) {
	t.Parallel()
	v, o := vault(t), newOffice()
	old := platform.Credentials{BaseURL: "https://x", APIKey: "old"}
	if err := v.Save("lespass", old); err != nil {
		t.Fatal(err)
	}
	o.claimed["app-1"] = true
	_, err := Pair(t.Context(), v, o, "lespass", code, anyHost, now())
	if platform.ClassOf(err) != platform.Rejected || errors.Is(err, ErrInterrupted) {
		t.Errorf("error %v", err)
	}
	if err := Interrupted(v, "lespass"); err != nil {
		t.Error(err)
	}
	if c, err := v.Load("lespass"); err != nil || c != old {
		t.Errorf("the old credentials are gone: %+v, %v", c, err)
	}
}

func TestPairSendsNothingWhenTheIntentCannotBeKept(t *testing.T) {
	t.Parallel()
	v, o := vault(t), newOffice()
	if err := os.RemoveAll(v.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := Pair(t.Context(), v, o, "lespass", code, anyHost, now()); err == nil || o.requests != 0 {
		t.Errorf("error %v, %d requests", err, o.requests)
	}
}

func TestPairSaysSoWhenTheKeyCannotBeKept(t *testing.T) {
	t.Parallel()
	v, o := vault(t), newOffice()
	o.before = func() { // the disk goes while the request is under way
		if err := os.RemoveAll(v.dir); err != nil {
			t.Error(err)
		}
	}
	_, err := Pair(t.Context(), v, o, "lespass", code, anyHost, now())
	if err == nil || !strings.Contains(err.Error(), "could not be kept") || strings.Contains(err.Error(), "key-of") {
		t.Errorf("error %v", err)
	}
}

func TestHostMatches(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		pattern, host string
		want          bool
	}{
		"the host itself":                                 {"lespass.example.org", "lespass.example.org", true},
		"letters in another case":                         {"Lespass.example.org", "LESPASS.example.ORG", true},
		"a trailing dot":                                  {"lespass.example.org", "lespass.example.org.", true},
		"the usual port":                                  {"lespass.example.org", "lespass.example.org:443", true},
		"another port":                                    {"lespass.example.org", "lespass.example.org:8443", false},
		"another port that is named":                      {"lespass.example.org:8443", "lespass.example.org:8443", true},
		"another host":                                    {"lespass.example.org", "evil.example.org", false},
		"a host below the domain":                         {"*.tibillet.org", "raffinerie.tibillet.org", true},
		"a host two below the domain":                     {"*.tibillet.org", "a.b.tibillet.org", true},
		"the domain itself is not below it":               {"*.tibillet.org", "tibillet.org", false},
		"a domain that only ends alike":                   {"*.tibillet.org", "eviltibillet.org", false},
		"a domain that begins alike":                      {"*.tibillet.org", "a.tibillet.org.evil.com", false},
		"no host before the domain":                       {"*.tibillet.org", ".tibillet.org", false},
		"an empty label":                                  {"*.tibillet.org", "..tibillet.org", false},
		"a star for everything is no pattern":             {"*.", "evil.com", false},
		"an empty pattern":                                {"", "", false},
		"an address with its port":                        {"127.0.0.1:8000", "127.0.0.1:8000", true},
		"an address of IPv6":                              {"[::1]:8000", "[::1]:8000", true},
		"a name and a password before the host are a lie": {"*.tibillet.org", "a.tibillet.org@evil.com", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := HostMatches(tc.pattern, tc.host); got != tc.want {
				t.Errorf("HostMatches(%q, %q) = %v", tc.pattern, tc.host, got)
			}
		})
	}
}
