package configs

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	// maxConfigSize bounds the configuration, maxSecretSize a secret and
	// maxPEMSize a file of certificates or keys.
	maxConfigSize = 1 << 20
	maxSecretSize = 4 << 10
	maxPEMSize    = 1 << 20

	// credentialScheme begins the name of a systemd credential.
	credentialScheme = "credential:"
	// othersMayRead are the mode bits that let group or world at a file.
	othersMayRead fs.FileMode = 0o077
)

// errTooLarge, errNotAFile tell apart what cannot be read though it is there.
var (
	errTooLarge = errors.New("file too large")
	errNotAFile = errors.New("not a regular file")
)

// readBounded reads a regular file of at most limit bytes. It does not wait for
// a writer when the path turns out to be a pipe.
func readBounded(path string, limit int64) (data []byte, mode fs.FileMode, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errNotAFile
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// Asked again of what was opened: the path may have changed hands.
	info, err = f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errNotAFile
	}
	data, err = io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, 0, err
	}
	if int64(len(data)) > limit {
		return nil, 0, errTooLarge
	}
	return data, info.Mode(), nil
}

// readComplaint words why a file cannot be read.
func readComplaint(path string, limit int64, err error) *complaint {
	shown := shownPath(path)
	var perr *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &complaint{"file " + shown + " does not exist", "create it or correct the path"}
	case errors.Is(err, fs.ErrPermission):
		return &complaint{"file " + shown + " may not be read by this user", "give it to the user the daemon runs as, with mode 0600"}
	case errors.Is(err, errNotAFile):
		return &complaint{shown + " is not a file", "name a file"}
	case errors.Is(err, errTooLarge):
		return &complaint{fmt.Sprintf("file %s is larger than %d KiB", shown, limit>>10), "name the right file"}
	case errors.As(err, &perr):
		return &complaint{"file " + shown + " cannot be read: " + shownText(perr.Err.Error()), "correct the path"}
	default:
		return &complaint{"file " + shown + " cannot be read", "correct the path or check the disk"}
	}
}

// readSecret reads the secret a key names: less one line end, never empty,
// and nobody else's to read.
func readSecret(name string, env *Env) (Secret, *complaint) {
	data, c := readPrivate(name, maxSecretSize, env)
	if c != nil {
		return Secret{}, c
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		return Secret{}, &complaint{"file " + shownSecretPath(name) + " is empty", "put the secret into it, on one line"}
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return Secret{}, &complaint{"file " + shownSecretPath(name) + " holds more than one line of text", "put the secret into it alone, on one line"}
	}
	return NewSecret(text), nil
}

// readPrivate reads a file that only its owner may read, or a systemd credential.
func readPrivate(name string, limit int64, env *Env) ([]byte, *complaint) {
	path, c := secretPath(name, env)
	if c != nil {
		return nil, c
	}
	data, mode, err := readBounded(path, limit)
	if err != nil {
		return nil, readComplaint(path, limit, err)
	}
	if mode.Perm()&othersMayRead != 0 && !isBelow(path, env.CredentialsDir) {
		return nil, &complaint{
			fmt.Sprintf("file %s may be read by others (mode %04o)", shownPath(path), mode.Perm()),
			"take that away with: chmod 600 " + shownPath(path),
		}
	}
	return data, nil
}

func secretPath(name string, env *Env) (string, *complaint) {
	credential, is := strings.CutPrefix(name, credentialScheme)
	if !is {
		return name, nil
	}
	if env.CredentialsDir == "" {
		return "", &complaint{
			"systemd gave this process no credentials",
			fmt.Sprintf("add LoadCredential=%s:PATH to the unit, or write the path of a file", credential),
		}
	}
	return filepath.Join(env.CredentialsDir, credential), nil
}

func shownSecretPath(name string) string { return shownPath(name) }

// isBelow reports whether a file lies in a folder once all links are followed.
func isBelow(path, dir string) bool {
	if dir == "" {
		return false
	}
	realPath, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false
	}
	realDir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(realDir, realPath)
	return err == nil && filepath.IsLocal(rel)
}

// readCA reads a file of certificates to believe.
func readCA(path string) ([]byte, *complaint) {
	data, _, err := readBounded(path, maxPEMSize)
	if err != nil {
		return nil, readComplaint(path, maxPEMSize, err)
	}
	bad := &complaint{"file " + shownPath(path) + " holds no certificate", "put the authority's certificate into it, as PEM"}
	count := 0
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return nil, &complaint{fmt.Sprintf("certificate %d of file %s is damaged", count+1, shownPath(path)), "copy the file again, as PEM"}
		}
		count++
	}
	if count == 0 {
		return nil, bad
	}
	return data, nil
}
