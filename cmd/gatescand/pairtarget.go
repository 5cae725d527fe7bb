package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/pairing"
	"gatescand/sync/platform"
	"gatescand/sync/platform/all"
)

// pairTarget is whom a pairing code is for.
type pairTarget struct {
	account string
	added   bool // the account is not in the configuration yet
	pairer  platform.Pairer
	read    platform.Pairing
}

// target finds whom a code is for, and whether it may be paired with: an account
// at the code's host, or else one to be added, when the configuration or a
// person allows the host. It sends nothing.
func (c pairCounter) target(r admin.PairRequest) (pairTarget, error) {
	if r.Account != "" {
		return c.named(r)
	}
	read, pairer, err := readPairing([]byte(r.Code))
	elsewhere := read
	for _, a := range c.cfg.Accounts {
		own, ownPairer, ok := readFor(a, r.Code)
		if !ok {
			continue
		}
		if hostOf(a) == own.Host && string(own.Platform) == a.Platform {
			return pairTarget{account: a.Name, pairer: ownPairer, read: own}, nil
		}
		elsewhere = own
	}
	switch {
	case err != nil && elsewhere.Host != "":
		// What an account is trusted with, such as plain http to its server, holds for
		// its host alone.
		return pairTarget{}, foreign(elsewhere, c.cfg)
	case err != nil:
		return pairTarget{}, err
	}
	if c.allows(read.Host) != nil && r.Confirmed != read.Host {
		return pairTarget{}, unconfirmed(read)
	}
	name := pairing.NameFor(read.Host, func(name string) bool { return c.taken(name, read) })
	return pairTarget{account: name, added: true, pairer: pairer, read: read}, nil
}

// named finds the account that was named. Its host must be the code's.
func (c pairCounter) named(r admin.PairRequest) (pairTarget, error) {
	a, ok := c.cfg.Account(r.Account)
	if !ok {
		return pairTarget{}, fmt.Errorf("account %q: %w", r.Account, admin.ErrNotFound)
	}
	if !pairs(a.Platform) {
		return pairTarget{}, &admin.Error{
			Status: http.StatusConflict, Code: "no_pairing", Message: notPaired(a).Error(),
			Hint: "Put the new key into that file; systemctl reload gatescand takes it into use.", Err: errNoPairing,
		}
	}
	read, pairer, ok := readFor(a, r.Code)
	if !ok {
		_, _, err := readPairing([]byte(r.Code))
		return pairTarget{}, err
	}
	if hostOf(a) != read.Host || string(read.Platform) != a.Platform {
		one := *c.cfg
		one.Accounts = []configs.Account{a}
		return pairTarget{}, foreign(read, &one)
	}
	return pairTarget{account: a.Name, pairer: pairer, read: read}, nil
}

// allows says whether the configuration lets a code pair with a host.
func (c pairCounter) allows(host string) error {
	return pairing.AllowHosts(c.cfg.Pairing.AllowHosts)(host)
}

// taken tells whether an account of that name belongs to somebody else.
func (c pairCounter) taken(name string, read platform.Pairing) bool {
	if _, ok := c.cfg.Account(name); ok {
		return true
	}
	creds, err := c.vault.Load(name)
	if err == nil {
		return creds.BaseURL != read.BaseURL
	}
	return !errors.Is(err, pairing.ErrNotPaired) || c.past(name)
}

// unconfirmed asks for a person's word.
func unconfirmed(read platform.Pairing) error {
	shown := pairing.ShowHost(read.Host)
	return &admin.Error{
		Status: http.StatusConflict, Code: "confirm_host",
		Message: fmt.Sprintf("This code is for %s, which neither an account nor allow_hosts in [pairing] names.", shown),
		Hint:    "Look whether that is the organiser's site, letter by letter. If it is, confirm the host; if not, throw the code away.",
		Details: map[string]string{"host": read.Host, "shown": shown}, Err: pairing.ErrHost,
	}
}

// foreign says that a code is of another site than the accounts are.
func foreign(read platform.Pairing, cfg *configs.Config) error {
	var hosts []string
	for _, a := range cfg.Accounts {
		if pairs(a.Platform) {
			hosts = append(hosts, hostOf(a))
		}
	}
	return &admin.Error{
		Status: http.StatusConflict, Code: "foreign_code",
		Message: fmt.Sprintf("This code is for %s, and the configured site is %s.", read.Host, strings.Join(hosts, ", ")),
		Hint:    fmt.Sprintf("Correct the account's url to %q, or show the code of the configured site.", read.BaseURL),
	}
}

// readPairing reads a code as that of any platform, with the trust that needs no
// configuration.
func readPairing(code []byte) (platform.Pairing, platform.Pairer, error) {
	unread := errors.New("no platform is paired by a code")
	for _, pairer := range all.Pairers(all.PairSettings{Version: version, Now: time.Now}) {
		read, err := pairer.ReadPairing(string(code))
		if err == nil {
			return read, pairer, nil
		}
		unread = err
	}
	return platform.Pairing{}, nil, unread
}

// readFor reads a code with the trust that an account's configuration gives.
func readFor(a configs.Account, code string) (platform.Pairing, platform.Pairer, bool) {
	if !pairs(a.Platform) {
		return platform.Pairing{}, nil, false
	}
	for _, pairer := range all.Pairers(all.PairSettings{
		CAPEM: a.CAPEM, PinSHA256: a.PinSHA256, Version: version, Now: time.Now, PlainHTTP: strings.HasPrefix(a.URL, "http:"),
	}) {
		if read, err := pairer.ReadPairing(code); err == nil {
			return read, pairer, true
		}
	}
	return platform.Pairing{}, nil, false
}

// hostOf gives host and port of an account's url.
func hostOf(a configs.Account) string {
	u, err := url.Parse(a.URL)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}
