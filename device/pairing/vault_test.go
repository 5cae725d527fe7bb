package pairing

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gatescand/sync/platform"
)

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestVaultIsForTheServiceAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "credentials")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, ".new-123")
	if err := os.WriteFile(left, []byte("half a k"), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := OpenVault(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a half-written file is left: %v", err)
	}
	if m := mode(t, dir); m != 0o700 {
		t.Errorf("folder %v", m)
	}
	if err := v.Save("lespass", platform.Credentials{BaseURL: "https://x", APIKey: "k"}); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "lespass.json")
	if m := mode(t, name); m != 0o600 {
		t.Errorf("file %v", m)
	}
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Load("lespass"); err != nil {
		t.Fatal(err)
	}
	if m := mode(t, name); m != 0o600 {
		t.Errorf("a file opened to others stays open: %v", m)
	}
}

func TestVaultLoadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	v := vault(t)
	if _, err := v.Load("lespass"); !errors.Is(err, ErrNotPaired) {
		t.Errorf("error %v", err)
	}
	for name, content := range map[string]string{
		"empty":   "",
		"cut":     `{"base_url":"https://x","api_key":"s3cr3t`,
		"no key":  `{"base_url":"https://x"}`,
		"a list":  `["s3cr3t"]`,
		"too big": strings.Repeat("s3cr3t", 20000),
	} {
		if err := os.WriteFile(filepath.Join(v.dir, "lespass.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := v.Load("lespass")
		if err == nil || errors.Is(err, ErrNotPaired) || !strings.Contains(err.Error(), "lespass.json") || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestVaultForgets(t *testing.T) {
	t.Parallel()
	v := vault(t)
	if err := v.Forget("lespass"); err != nil {
		t.Error(err)
	}
	if err := v.Save("lespass", platform.Credentials{BaseURL: "https://x", APIKey: "k"}); err != nil {
		t.Fatal(err)
	}
	if err := v.Forget("lespass"); err != nil {
		t.Error(err)
	}
	if _, err := v.Load("lespass"); !errors.Is(err, ErrNotPaired) {
		t.Errorf("error %v", err)
	}
}

func TestVaultNamesStayInTheFolder(t *testing.T) {
	t.Parallel()
	v := vault(t)
	for _, account := range []string{"../outside", "..", ".", "", "a/b", `a\b`, "é", "a\x00b"} {
		want := platform.Credentials{BaseURL: "https://x", APIKey: account + "!"}
		if err := v.Save(account, want); err != nil {
			t.Errorf("%q: %v", account, err)
			continue
		}
		if got, err := v.Load(account); err != nil || got != want {
			t.Errorf("%q: loaded %+v, %v", account, got, err)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(v.dir))
	if err != nil || len(entries) != 1 {
		t.Errorf("something lies beside the folder: %v, %v", entries, err)
	}
}

func TestADamagedIntentIsStillAnIntent(t *testing.T) {
	t.Parallel()
	v := vault(t)
	if err := os.WriteFile(filepath.Join(v.dir, "lespass.intent"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Interrupted(v, "lespass"); !errors.Is(err, ErrInterrupted) {
		t.Errorf("error %v", err)
	}
}

func TestTokenIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "api-token")
	tokens := make([]string, 8)
	var wg sync.WaitGroup
	for i := range tokens {
		wg.Go(func() {
			token, err := Token(path)
			if err != nil {
				t.Error(err)
			}
			tokens[i] = token
		})
	}
	wg.Wait()
	for _, token := range tokens {
		if len(token) != 43 || token != tokens[0] {
			t.Errorf("tokens %q and %q", token, tokens[0])
		}
	}
	if m := mode(t, path); m != 0o600 {
		t.Errorf("mode %v", m)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func TestTokenRefusesADamagedFile(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"empty": "", "short": "abcd\n", "not base64url": strings.Repeat("!", 43)} {
		path := filepath.Join(t.TempDir(), "api-token")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Token(path); err == nil || !strings.Contains(err.Error(), path) || (content != "" && strings.Contains(err.Error(), strings.TrimSpace(content))) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestAStationThatWasPairedOnceStaysSettled(t *testing.T) {
	t.Parallel()
	settled := func(v *Vault) bool {
		t.Helper()
		yes, err := v.Settled()
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	v := vault(t)
	if settled(v) {
		t.Error("out of the box it is settled")
	}
	if err := v.BeginIntent(Intent{Account: "lespass"}); err != nil || settled(v) {
		t.Errorf("a pairing that was cut off settles it: %v", err)
	}
	if err := v.Save("lespass", platform.Credentials{BaseURL: "https://x", APIKey: "k"}); err != nil || !settled(v) {
		t.Errorf("paired: %v", err)
	}
	if err := v.Forget("lespass"); err != nil || !settled(v) {
		t.Errorf("unpaired: %v", err)
	}
	if _, ok, err := v.Intent("lespass"); ok || err != nil {
		t.Errorf("forgotten, a pairing is still open: %v", err)
	}
	again, err := OpenVault(v.dir)
	if err != nil || !settled(again) {
		t.Errorf("after a restart: %v", err)
	}
	other := vault(t)
	if err := errors.Join(other.Settle(), other.Settle()); err != nil || !settled(other) {
		t.Errorf("told not to wait: %v", err)
	}
	if m := mode(t, filepath.Join(other.dir, settledName)); m != 0o600 {
		t.Errorf("file %v", m)
	}
	if err := os.RemoveAll(other.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if yes, err := other.Settled(); !yes || err == nil {
		t.Errorf("what cannot be read counts as never paired: %v, %v", yes, err)
	}
}
