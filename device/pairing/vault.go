package pairing

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"gatescand/sync/platform"
)

// ErrNotPaired says that there are no credentials for an account.
var ErrNotPaired = errors.New("not paired")

const (
	credentialsEnd = ".json"
	intentEnd      = ".intent"
	// settledName is the file that says that this station was paired once. No
	// account has a file of that name: those have an ending.
	settledName = "settled"
)

// Vault keeps credentials in a folder that only the service may enter: one
// file for each account, and one beside it while a pairing is under way. Only
// one process at a time should pair.
type Vault struct {
	dir string
}

// OpenVault makes the folder where it is missing and closes it to others. It
// clears away what a write that was cut short has left.
func OpenVault(dir string) (*Vault, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("credentials folder: %w; make it for the service's user with mode 0700", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("credentials folder: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return nil, fmt.Errorf("credentials folder %s is open to others: %w; close it with chmod 700", dir, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, tempPattern))
	if err != nil {
		return nil, fmt.Errorf("credentials folder %s: %w", dir, err)
	}
	for _, name := range left {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("credentials folder: clear away a half-written file: %w", err)
		}
	}
	return &Vault{dir: dir}, nil
}

// fileFor names an account's file. Whatever the account is called, the file
// lies in the folder.
func fileFor(account, end string) string { return url.QueryEscape(account) + end }

// Load gives an account's credentials; [ErrNotPaired] when there are none.
func (v *Vault) Load(account string) (platform.Credentials, error) {
	name := filepath.Join(v.dir, fileFor(account, credentialsEnd))
	raw, err := readFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return platform.Credentials{}, fmt.Errorf("account %s: %w; show it a pairing code: gatescand pair CODE", account, ErrNotPaired)
	}
	if err != nil {
		return platform.Credentials{}, fmt.Errorf("credentials of account %s: %w", account, err)
	}
	var c platform.Credentials
	if json.Unmarshal(raw, &c) != nil || c.APIKey == "" || c.BaseURL == "" {
		// The cause could quote the key.
		return platform.Credentials{}, fmt.Errorf("credentials of account %s: %s is damaged; remove it and pair again", account, name)
	}
	return c, nil
}

// Settled tells whether this station was paired once, or was told not to wait
// for it. It stays so whatever is forgotten later.
func (v *Vault) Settled() (bool, error) {
	held, err := filepath.Glob(filepath.Join(v.dir, "*"+credentialsEnd))
	if err != nil || len(held) > 0 {
		return true, err
	}
	_, err = os.Lstat(filepath.Join(v.dir, settledName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return true, fmt.Errorf("credentials folder: %w", err)
	}
	return true, nil
}

// Settle puts on disk that this station need not wait for its first pairing.
func (v *Vault) Settle() error {
	if _, err := os.Lstat(filepath.Join(v.dir, settledName)); err == nil {
		return nil
	}
	if err := writeFile(v.dir, settledName, nil); err != nil {
		return fmt.Errorf("keep that this station was paired: %w", err)
	}
	return nil
}

// Save keeps an account's credentials in place of earlier ones. They are on
// disk when it returns.
func (v *Vault) Save(account string, c platform.Credentials) error {
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("credentials of account %s: %w", account, err)
	}
	if err := writeFile(v.dir, fileFor(account, credentialsEnd), append(raw, '\n')); err != nil {
		return fmt.Errorf("keep the credentials of account %s: %w", account, err)
	}
	return nil
}

// Forget removes an account's credentials, if there are any, and a pairing that
// was cut off. The station stays settled: whoever has unpaired it decides when
// it is paired again.
//
// The file is removed and not written over: flash and file systems that never
// write in place keep the old block either way until they need it. What makes a
// key worthless for certain is to remove the scan app on the platform.
func (v *Vault) Forget(account string) error {
	err := v.Settle()
	if err == nil {
		err = removeFile(v.dir, fileFor(account, credentialsEnd))
	}
	if err == nil {
		err = removeFile(v.dir, fileFor(account, intentEnd))
	}
	if err != nil {
		return fmt.Errorf("forget the credentials of account %s: %w", account, err)
	}
	return nil
}

// Intent is a pairing whose token has been or is about to be sent, and whose
// answer has not been kept.
type Intent struct {
	Account   string    `json:"account"`
	Host      string    `json:"host"`
	StationID string    `json:"station_id"`
	Digest    string    `json:"digest"` // of the token
	At        time.Time `json:"at"`     // wall clock, perhaps wrong
}

// sameCode tells whether two intents are about the same scan app of the
// platform: one app's page shows a new token each time.
func (i Intent) sameCode(other Intent) bool {
	return i.Host == other.Host && (i.Digest == other.Digest || (i.StationID != "" && i.StationID == other.StationID))
}

// Intent gives an account's open intent. ok is false when there is none.
func (v *Vault) Intent(account string) (i Intent, ok bool, err error) {
	raw, err := readFile(filepath.Join(v.dir, fileFor(account, intentEnd)))
	if errors.Is(err, fs.ErrNotExist) {
		return Intent{}, false, nil
	}
	if err != nil {
		return Intent{}, false, fmt.Errorf("earlier pairing of account %s: %w", account, err)
	}
	if !json.Valid(raw) || json.Unmarshal(raw, &i) != nil {
		i = Intent{Account: account} // it says no more than that there was one
	}
	return i, true, nil
}

// BeginIntent puts an intent on disk, in place of an earlier one.
func (v *Vault) BeginIntent(i Intent) error {
	raw, err := json.Marshal(i)
	if err != nil {
		return fmt.Errorf("pairing of account %s: %w", i.Account, err)
	}
	if err := writeFile(v.dir, fileFor(i.Account, intentEnd), append(raw, '\n')); err != nil {
		return fmt.Errorf("prepare the pairing of account %s: %w; nothing has been sent", i.Account, err)
	}
	return nil
}

// EndIntent removes an account's intent.
func (v *Vault) EndIntent(account string) error {
	if err := removeFile(v.dir, fileFor(account, intentEnd)); err != nil {
		return fmt.Errorf("end the pairing of account %s: %w", account, err)
	}
	return nil
}
