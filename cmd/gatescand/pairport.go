package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/pairing"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader/camera"
	"gatescand/sync/platform"
	"gatescand/sync/platform/all"
)

// pairingTakes is how long one pairing may take.
const pairingTakes = time.Minute

// ReadImage finds the text of a pairing code in an image.
func (d *daemon) ReadImage(r io.Reader) (string, error) { return pairing.DecodeImage(r, codeIn) }

// codeIn finds the code in a picture, as a camera at a lane does.
func codeIn(luminance []byte, width, height int) ([]byte, error) {
	r, err := camera.Decode(luminance, width, height)
	return r.Code, err
}

// Pair pairs an account and takes the new key into use.
func (d *daemon) Pair(ctx context.Context, r admin.PairRequest) (admin.Paired, error) {
	// One at a time, and to its end: the code is used up by the request, whoever
	// still waits for the answer.
	d.pairing.Lock()
	defer d.pairing.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pairingTakes)
	defer cancel()
	cfg := d.current.Load().cfg
	paired, err := pairAccount(ctx, cfg, d.vault, r.Account, r.Code, d.clock.Now())
	if err != nil {
		return admin.Paired{}, pairingFault(err)
	}
	d.health.Clear("account_unpaired", paired.Account)
	d.renew(true)
	return paired, nil
}

// pairingFault lets whoever pairs read why it did not work. The words carry
// neither the code nor a secret.
func pairingFault(err error) error {
	if _, told := errors.AsType[*admin.Error](err); told || errors.Is(err, admin.ErrNotFound) {
		return err
	}
	if _, ofPlatform := errors.AsType[*platform.Error](err); ofPlatform && !errors.Is(err, pairing.ErrInterrupted) {
		return err
	}
	return &admin.Error{Status: http.StatusUnprocessableEntity, Code: "not_paired", Message: err.Error(), Err: err}
}

// pairAccount sends the token of a code once and keeps what it yields. Without
// a name it is the account whose url has the code's host.
func pairAccount(ctx context.Context, cfg *configs.Config, vault *pairing.Vault, name, code string, now admission.Stamp) (admin.Paired, error) {
	c, pairer, host, err := accountFor(cfg, name, code)
	if err != nil {
		return admin.Paired{}, err
	}
	allow := func(h string) error {
		if h == host {
			return nil
		}
		return fmt.Errorf("the code is for %s and account %s is at %s; correct the account's url, or show the code of that site", h, c.Name, host)
	}
	creds, err := pairing.Pair(ctx, vault, pairer, c.Name, code, allow, now)
	if err != nil {
		return admin.Paired{}, err
	}
	return admin.Paired{
		Account: c.Name, Platform: c.Platform, Host: host, Tenant: creds.Tenant, Name: creds.Name, StationID: creds.StationID,
	}, nil
}

// accountFor finds whom a pairing code is for. It sends nothing.
func accountFor(cfg *configs.Config, name, code string) (configs.Account, platform.Pairer, string, error) {
	var hosts []string
	var read platform.Pairing
	var unreadable error
	for _, c := range cfg.Accounts {
		if name != "" && c.Name != name {
			continue
		}
		u, err := url.Parse(c.URL)
		if err != nil {
			return c, nil, "", fmt.Errorf("account %s: its url cannot be read: %w", c.Name, err)
		}
		if !pairs(c.Platform) {
			if name != "" {
				return c, nil, "", &admin.Error{
					Status: http.StatusConflict, Code: "no_pairing", Message: notPaired(c).Error(),
					Hint: "Put the new key into that file; systemctl reload gatescand takes it into use.", Err: errNoPairing,
				}
			}
			continue
		}
		hosts = append(hosts, u.Host)
		for _, pairer := range all.Pairers(all.PairSettings{
			CAPEM: c.CAPEM, PinSHA256: c.PinSHA256, Version: version, Now: time.Now, PlainHTTP: u.Scheme == "http",
		}) {
			found, err := pairer.ReadPairing(code)
			if err != nil {
				unreadable = err
				continue
			}
			read = found
			if string(read.Platform) == c.Platform && read.Host == u.Host {
				return c, pairer, u.Host, nil
			}
		}
	}
	switch {
	case len(hosts) == 0 && name == "":
		return configs.Account{}, nil, "", &admin.Error{
			Status: http.StatusConflict, Code: "no_pairing", Message: "No account of the configuration is paired by a code.",
			Hint: "Keys of the other platforms stand in the files that api_key_file and password_file name.", Err: errNoPairing,
		}
	case len(hosts) == 0:
		return configs.Account{}, nil, "", fmt.Errorf("account %q: %w", name, admin.ErrNotFound)
	case read.Host != "":
		return configs.Account{}, nil, "", &admin.Error{
			Status: http.StatusConflict, Code: "foreign_code",
			Message: fmt.Sprintf("This code is for %s, and the configured site is %s.", read.Host, strings.Join(hosts, ", ")),
			Hint:    fmt.Sprintf("Correct the account's url to %q, or show the code of the configured site.", read.BaseURL),
		}
	}
	return configs.Account{}, nil, "", unreadable
}
