package main

import (
	"errors"
	"fmt"
	"slices"

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

// credentialsOf gives what an account talks to its platform with. ready is
// false while it has nothing to talk with.
func credentialsOf(c configs.Account, vault *pairing.Vault) (creds platform.Credentials, ready bool, err error) {
	if !pairs(c.Platform) {
		return platform.Credentials{}, true, nil // the configuration is not valid without
	}
	creds, err = vault.Load(c.Name)
	if errors.Is(err, pairing.ErrNotPaired) {
		return creds, false, nil
	}
	return creds, err == nil, err
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
