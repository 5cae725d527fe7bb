package card

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// secretLen is the length of a key in bytes.
const secretLen = 32

// Key is what the cards of a station are sealed with.
type Key struct {
	// Generation counts the keys this station has had, from 1.
	Generation uint32 `json:"generation"`
	Secret     []byte `json:"secret"`
}

// String keeps the secret out of logs.
func (k *Key) String() string { return fmt.Sprintf("generation %d, [redacted]", k.Generation) }

// Load reads the key of a file, and makes one where there is no file. The file
// is for the station's user alone, mode 0600.
func Load(file string) (*Key, error) {
	raw, err := os.ReadFile(file) //nolint:gosec // a fixed name in the station's data directory
	if errors.Is(err, fs.ErrNotExist) {
		return renewed(file, 1)
	}
	if err != nil {
		return nil, fmt.Errorf("the key of the control cards cannot be read; give it to the user gatescand: %w", err)
	}
	var k Key
	if err := json.Unmarshal(raw, &k); err != nil || len(k.Secret) != secretLen || k.Generation == 0 {
		return nil, fmt.Errorf("%s: %w", file, ErrDamaged)
	}
	return &k, nil
}

// ErrDamaged says that the key of the control cards cannot be understood.
var ErrDamaged = errors.New("the key of the control cards is damaged; remove the file, start again and print new cards")

// Renew puts a new key in the place of one: all its cards are worthless from now
// on, and stay so when the power fails in the midst of it.
func (k *Key) Renew(file string) (*Key, error) { return renewed(file, k.Generation+1) }

func renewed(file string, generation uint32) (*Key, error) {
	k := &Key{Generation: max(generation, 1), Secret: make([]byte, secretLen)}
	if _, err := rand.Read(k.Secret); err != nil {
		return nil, fmt.Errorf("no chance is to be had for a new key: %w", err)
	}
	raw, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	if err := replace(file, raw); err != nil {
		return nil, fmt.Errorf("the key of the control cards cannot be kept; is there room on the disk? %w", err)
	}
	return k, nil
}

// replace puts new content in a file's place, durably and all at once.
func replace(file string, content []byte) (err error) {
	dir := filepath.Dir(file)
	f, err := os.CreateTemp(dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return err
	}
	d, err := os.Open(dir) //nolint:gosec // as above
	if err != nil {
		return nil // the new file is in place; only its durability is less certain
	}
	_ = d.Sync() // as above
	return d.Close()
}
