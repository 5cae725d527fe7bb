package main

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/sync/platform"
)

// A key that was typed in belongs to the site it was typed in for.
func TestAKeyDoesNotFollowTheURLElsewhere(t *testing.T) {
	t.Parallel()
	d := unpacked(t, "")
	save := func(url, key string) error {
		_, err := d.SaveAccount(t.Context(), admin.AccountChoice{Name: "pool", Platform: "stebby", URL: url, Key: key})
		return err
	}
	for _, step := range []struct {
		what, url, key string
		refused        bool
	}{
		{"a new account", "https://stebby.example", "s3cr3t-key", false},
		{"another host", "https://evil.example", "", true},
		{"another port", "https://stebby.example:8443", "", true},
		{"another path of it", "https://stebby.example/api", "", false},
		{"its usual port", "https://stebby.example:443", "", false},
		{"another host with a key of its own", "https://stebby2.example", "s3cr3t-key-2", false},
		{"back, without the key", "https://stebby.example", "", true},
	} {
		before := textOf(t, d.first.File)
		err := save(step.url, step.key)
		if !step.refused {
			if err != nil {
				t.Errorf("%s: %v", step.what, err)
			}
			continue
		}
		if e, ok := errors.AsType[*admin.Error](err); !ok || e.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v", step.what, err)
		}
		if textOf(t, d.first.File) != before {
			t.Errorf("%s: written all the same", step.what)
		}
	}
}

// What pairing yielded is for the site that gave it.
func TestAKeyFromPairingIsForTheSiteThatGaveIt(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		paired, now string
		ready       bool
	}{
		"the same url":          {"https://lespass.example.org", "https://lespass.example.org", true},
		"its usual port":        {"https://lespass.example.org", "https://LesPass.example.org:443/", true},
		"another host":          {"https://lespass.example.org", "https://evil.example.org", false},
		"another port":          {"https://lespass.example.org", "https://lespass.example.org:8443", false},
		"no longer encrypted":   {"https://lespass.example.org", "http://lespass.example.org", false},
		"encrypted by now":      {"http://lespass.example.org", "https://lespass.example.org", true},
		"a name that begins so": {"https://lespass.example.org", "https://lespass.example.org.evil.example", false},
	} {
		counter, account := counterFor(t, "https://lespass.example.org")
		if err := counter.vault.Save(account, platform.Credentials{BaseURL: tc.paired, APIKey: "k"}); err != nil {
			t.Fatal(err)
		}
		creds, ready, err := credentialsOf(configs.Account{Name: account, Platform: "tibillet", URL: tc.now}, counter.vault)
		if ready != tc.ready || errors.Is(err, errMoved) == tc.ready || (creds.APIKey != "") != tc.ready {
			t.Errorf("%s: ready %v, key %q, %v", name, ready, creds.APIKey, err)
		}
	}
}

// An account whose url was changed is told of, and its key goes nowhere.
func TestAnAccountThatMovedCountsAsNotPaired(t *testing.T) {
	t.Parallel()
	r := newPairingRig(t)
	r.start()
	if _, err := r.d.Pair(t.Context(), admin.PairRequest{Code: r.code()}); err != nil {
		t.Fatal(err)
	}
	r.listIsHere()
	elsewhere := newRecordedHost(t, http.NotFound)
	r.stop()
	if err := replaceFile(r.file, []byte(strings.ReplaceAll(textOf(t, r.file), r.url, elsewhere.URL))); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.eventually("the account counts as moved and unpaired", func() bool { return r.hasCondition("account_moved") && r.hasCondition("account_unpaired") })
	if asked := elsewhere.requests(); len(asked) > 0 {
		t.Errorf("the other site was asked: %v", asked)
	}
}
