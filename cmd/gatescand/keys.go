package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gatescand/configs"
	"gatescand/device/pairing"
	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/all"
)

// errNoPairing tells that an account's platform knows no pairing codes.
var errNoPairing = errors.New("this platform is not paired by a code")

// pairs tells whether the accounts of a platform get their key by pairing. The
// keys of the others stand in files that the configuration names.
func pairs(name string) bool {
	return slices.Contains(all.Paired(), admission.PlatformName(name))
}

// errMoved tells that an account's url leads elsewhere than its key belongs.
var errMoved = errors.New("its key was given by another site than its url names")

// credentialsOf gives what an account talks to its platform with. ready is
// false while it has nothing to talk with. A key of another site than the account's
// url names is nothing to talk with, and the error wraps [errMoved]: it must not
// be sent there.
func credentialsOf(c configs.Account, vault *pairing.Vault) (creds platform.Credentials, ready bool, err error) {
	if !pairs(c.Platform) {
		return platform.Credentials{}, true, nil // the configuration is not valid without
	}
	creds, err = vault.Load(c.Name)
	if errors.Is(err, pairing.ErrNotPaired) {
		return creds, false, nil
	}
	if err == nil && !sameSite(creds.BaseURL, c.URL) {
		return platform.Credentials{}, false, fmt.Errorf("account %s: %w; it was paired with %s", c.Name, errMoved, pairing.ShowHost(siteOf(creds.BaseURL)))
	}
	return creds, err == nil, err
}

// sameSite tells whether what was entrusted to one url may be sent to another: the
// host and port are the same, and it is not less encrypted.
func sameSite(before, now string) bool {
	return siteOf(before) != "" && siteOf(before) == siteOf(now) && (strings.HasPrefix(now, "https:") || !strings.HasPrefix(before, "https:"))
}

// siteOf gives host and port of a url, "" where it has none.
func siteOf(address string) string {
	u, err := url.Parse(strings.ToLower(address))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(u.Host, ":443"), ".")
}

// keyFile names the file in which the key of an account stands that is not
// paired by a code.
func keyFile(c configs.Account) string {
	if c.PasswordFile != "" {
		return "password_file = " + c.PasswordFile
	}
	return "api_key_file = " + c.APIKeyFile
}

// notPaired says how an account comes by its key instead.
func notPaired(c configs.Account) error {
	return fmt.Errorf("account %s: %w; its key stands in %s", c.Name, errNoPairing, keyFile(c))
}
