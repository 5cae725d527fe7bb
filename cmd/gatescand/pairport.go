package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/pairing"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader/camera"
	"gatescand/store"
	"gatescand/sync/platform"
)

// pairingTakes is how long one pairing may take.
const pairingTakes = time.Minute

// ReadImage finds the text of a pairing code in an image. One image is looked at
// at a time: a photograph takes as much memory as the rest of the daemon.
func (d *daemon) ReadImage(r io.Reader) (string, error) {
	d.images.Lock()
	defer d.images.Unlock()
	text, err := pairing.DecodeImage(r, codeIn)
	if errors.Is(err, pairing.ErrHEIC) {
		return "", &admin.Error{
			Status: http.StatusUnsupportedMediaType, Code: "heic", Message: "This picture is HEIC, which this station does not read.",
			Hint: "Send a screenshot of it, or set the phone's camera to the most compatible format; or paste the code's text.", Err: err,
		}
	}
	return text, err
}

// codeIn finds the code in a picture, as a camera at a lane does.
func codeIn(luminance []byte, width, height int) ([]byte, error) {
	r, err := camera.Decode(luminance, width, height)
	return r.Code, err
}

// Pair pairs an account and takes the new key into use. Where the code is of a
// site that no account names, an account is added to the configuration.
func (d *daemon) Pair(ctx context.Context, r admin.PairRequest) (admin.Paired, error) {
	// One at a time, and to its end: the code is used up by the request, whoever
	// still waits for the answer.
	d.pairing.Lock()
	defer d.pairing.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pairingTakes)
	defer cancel()
	paired, err := d.counter().pair(ctx, r) //nolint:contextcheck // as for the desk
	if err != nil {
		return admin.Paired{}, pairingFault(err)
	}
	d.health.Clear("account_unpaired", paired.Account)
	d.desk.Settle() // however the code came here, the first pairing is made
	d.renew(true)
	return paired, nil
}

// counter gives what the daemon pairs with.
func (d *daemon) counter() pairCounter {
	return pairCounter{
		cfg: d.current.Load().cfg, vault: d.vault, now: d.clock.Now(), file: configFile{path: d.first.File, parse: d.parse}, setup: &d.setup,
		past: func(account string) bool { return remembers(context.Background(), d.store, account) },
	}
}

// remembers tells whether the journal or the cache has anything of an account of
// that name: a new account must not come into what belongs to another.
func remembers(ctx context.Context, db *store.DB, account string) bool {
	pending, buried, _, err := db.OutboxCounts(ctx, account)
	if err != nil || pending+buried > 0 {
		return true
	}
	events, err := db.Events(ctx, account)
	if err != nil || len(events) > 0 {
		return true
	}
	lists, err := db.Lists(ctx, account)
	return err != nil || len(lists) > 0
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

// pairCounter is what a pairing is made with, in the daemon and without it.
type pairCounter struct {
	cfg   *configs.Config
	vault *pairing.Vault
	now   admission.Stamp
	file  configFile
	setup sync.Locker // held while the configuration is changed
	// past tells whether there is anything of an account of that name already.
	past func(account string) bool
}

// pair sends the token of a code once and keeps what it yields. Without a name
// it is the account whose url has the code's host. Whether the host may be
// paired with, and whether a new account can be written down, is known before
// anything is sent.
func (c pairCounter) pair(ctx context.Context, r admin.PairRequest) (admin.Paired, error) {
	t, err := c.target(r)
	if err != nil {
		return admin.Paired{}, err
	}
	if !t.added {
		return c.redeem(ctx, t, r.Code)
	}
	account := configs.NewAccount{Name: t.account, Platform: string(t.read.Platform), URL: t.read.BaseURL}
	trial, err := c.file.addAccount(account)
	if err == nil {
		err = trial.discard()
	}
	if err != nil {
		return admin.Paired{}, err
	}
	paired, err := c.redeem(ctx, t, r.Code)
	if err != nil {
		return admin.Paired{}, err
	}
	return paired, c.enter(account)
}

// enter adds the account of a key that is here already. The configuration is read
// anew: somebody may have saved another while the platform was asked.
func (c pairCounter) enter(account configs.NewAccount) error {
	c.setup.Lock()
	defer c.setup.Unlock()
	edit, err := c.file.addAccount(account)
	if err == nil {
		return edit.commit()
	}
	byHand, textErr := configs.AccountText(account)
	if textErr != nil {
		return errors.Join(err, textErr)
	}
	return &admin.Error{
		Status: http.StatusConflict, Code: "config_readonly",
		Message: fmt.Sprintf("This station is paired, but account %s cannot be added to %s.", account.Name, c.file.path),
		Hint:    "Mend the file and pair once more with the same code, which is not sent again; or add what stands below.\n\n" + byHand,
		Details: map[string]string{"file": c.file.path, "text": strings.TrimSpace(byHand) + "\n"}, Err: err,
	}
}

// redeem pairs the account of a target.
func (c pairCounter) redeem(ctx context.Context, t pairTarget, code string) (admin.Paired, error) {
	paired := admin.Paired{Account: t.account, Platform: string(t.read.Platform), Host: t.read.Host}
	creds, err := c.vault.Load(t.account)
	// A new account whose key is here already: only writing it into the
	// configuration was cut off. The code is spent, and not needed.
	if !t.added || err != nil || t.read.StationID == "" || creds.StationID != t.read.StationID || creds.BaseURL != t.read.BaseURL {
		allow := func(host string) error {
			if host == t.read.Host {
				return nil
			}
			return fmt.Errorf("%w: %s", pairing.ErrHost, host)
		}
		if creds, err = pairing.Pair(ctx, c.vault, t.pairer, t.account, code, allow, c.now); err != nil {
			return admin.Paired{}, err
		}
	}
	paired.Tenant, paired.Name, paired.StationID = creds.Tenant, creds.Name, creds.StationID
	return paired, nil
}
