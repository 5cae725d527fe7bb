package pairing

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const tokenBytes = 32

// ErrTokenDamaged tells that a file holds no token that was made here.
var ErrTokenDamaged = errors.New("the API token is damaged")

// Token gives the token of the page and the API that the file at path holds,
// and makes one where there is none: 32 random bytes in base64url, on one
// line, readable by the owner alone. Two processes that make it at the same
// moment get the same.
func Token(path string) (string, error) {
	token, err := readToken(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	secret := make([]byte, tokenBytes)
	_, _ = rand.Read(secret) // never fails
	dir := filepath.Dir(path)
	temp, err := writeTemp(dir, []byte(base64.RawURLEncoding.EncodeToString(secret)+"\n"))
	if err != nil {
		return "", fmt.Errorf("make the API token: %w; the service's user must be able to write to %s", err, dir)
	}
	err = os.Link(temp, path)
	if errors.Is(err, fs.ErrExist) {
		err = nil // somebody else was first: theirs counts
	}
	if err := errors.Join(err, os.Remove(temp), syncDir(dir)); err != nil {
		return "", fmt.Errorf("make the API token: %w", err)
	}
	return readToken(path)
}

// RenewToken puts a new token in the place of whatever the file holds. Whoever
// had the old one has to be given the new one.
func RenewToken(path string) (string, error) {
	secret := make([]byte, tokenBytes)
	_, _ = rand.Read(secret) // never fails
	dir, name := filepath.Split(path)
	if err := writeFile(filepath.Clean(dir), name, []byte(base64.RawURLEncoding.EncodeToString(secret)+"\n")); err != nil {
		return "", fmt.Errorf("make a new API token: %w; the service's user must be able to write to %s", err, dir)
	}
	return readToken(path)
}

func readToken(path string) (string, error) {
	raw, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err != nil {
		return "", fmt.Errorf("read the API token: %w", err)
	}
	token := strings.TrimSpace(string(raw))
	secret, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(secret) < tokenBytes {
		return "", fmt.Errorf("%w: remove %s and start again to get a new one", ErrTokenDamaged, path)
	}
	return token, nil
}
