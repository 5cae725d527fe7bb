package faketibillet

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// tokenLifetime is how long a pairing token can be claimed after it was shown.
const tokenLifetime = 300_000 * time.Second

// appNameLimit is the longest name of a scan app, in characters.
const appNameLimit = 30

type scanApp struct {
	ScanApp
	keyPrefix string // the 8 characters before the point, empty before pairing
	keyHash   string // SHA-512 of the whole key in hex; the key itself is not kept
	deleted   bool   // the row is gone but the key is still known
	revoked   bool   // the key is gone
}

// NewScanApp adds a device under a name and returns it with the text of its pairing QR code.
func (s *Server) NewScanApp(name string) (ScanApp, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	app, err := s.addScanApp(s.newUUID(), name)
	if err != nil {
		return ScanApp{}, "", err
	}
	s.Changed()
	return app.ScanApp, s.pairingText(app), nil
}

func (s *Server) addScanApp(uuid, name string) (*scanApp, error) {
	if len([]rune(name)) > appNameLimit {
		return nil, fmt.Errorf("scan app name of more than %d characters: %w", appNameLimit, ErrRefused)
	}
	if _, taken := s.apps[uuid]; taken {
		return nil, fmt.Errorf("add scan app %s: %w", uuid, ErrTaken)
	}
	app := &scanApp{ScanApp: ScanApp{UUID: uuid, Name: name}}
	s.apps[uuid] = app
	s.appOrder = append(s.appOrder, app)
	return app, nil
}

// PairingText returns a pairing QR text for a device, with a token issued now. Every call gives another, all good until one is
// claimed. The text has no trailing slash: the server redirects from there.
func (s *Server) PairingText(app string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.liveApp(app)
	if err != nil {
		return "", err
	}
	return s.pairingText(a), nil
}

// PairedApp adds a device that is already paired and returns it with its API key.
func (s *Server) PairedApp(name string) (ScanApp, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	app, err := s.addScanApp(s.newUUID(), name)
	if err != nil {
		return ScanApp{}, "", err
	}
	key := s.claim(app)
	s.Changed()
	return app.ScanApp, key, nil
}

// Apps returns all devices that have not been deleted, in the order they were added.
func (s *Server) Apps() []ScanApp {
	s.mu.Lock()
	defer s.mu.Unlock()
	var apps []ScanApp
	for _, a := range s.appOrder {
		if !a.deleted {
			apps = append(apps, a.ScanApp)
		}
	}
	return apps
}

// ArchiveApp sets a device aside: its key is answered with 403 from now on.
func (s *Server) ArchiveApp(app string) error {
	return s.changeApp(app, func(a *scanApp) { a.Archived = true })
}

// RestoreApp takes a device back from the archive.
func (s *Server) RestoreApp(app string) error {
	return s.changeApp(app, func(a *scanApp) { a.Archived = false })
}

// DeleteApp removes a device but not its key, which is answered with 403 from now on.
func (s *Server) DeleteApp(app string) error {
	return s.changeApp(app, func(a *scanApp) { a.deleted = true })
}

// RevokeKey removes a device's key, which is answered like any unknown key from now on: with an HTML page and status 500.
func (s *Server) RevokeKey(app string) error {
	return s.changeApp(app, func(a *scanApp) { a.revoked = true })
}

func (s *Server) changeApp(uuid string, change func(*scanApp)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.liveApp(uuid)
	if err != nil {
		return err
	}
	change(a)
	s.Changed()
	return nil
}

func (s *Server) liveApp(uuid string) (*scanApp, error) {
	a, ok := s.apps[uuid]
	if !ok || a.deleted {
		return nil, fmt.Errorf("scan app %s: %w", uuid, ErrUnknown)
	}
	return a, nil
}

// claim pairs a device and returns its API key, which nobody will see again. The caller holds the lock.
func (s *Server) claim(a *scanApp) string {
	key, ok := s.recorded.keys[a.UUID]
	if !ok {
		key = s.newWord(8) + "." + s.newWord(32)
	}
	a.Claimed = true
	a.keyPrefix, _, _ = strings.Cut(key, ".")
	a.keyHash = hashKey(key)
	return key
}

func hashKey(key string) string {
	sum := sha512.Sum512([]byte(key))
	return hex.EncodeToString(sum[:])
}

// appByKey finds the device that holds a key, also a deleted one, or nil. The caller holds the lock.
func (s *Server) appByKey(key string) *scanApp {
	prefix, _, _ := strings.Cut(key, ".")
	for _, a := range s.appOrder {
		if a.Claimed && !a.revoked && a.keyPrefix == prefix {
			if hmac.Equal([]byte(a.keyHash), []byte(hashKey(key))) {
				return a
			}
		}
	}
	return nil
}

func (s *Server) pairingText(a *scanApp) string {
	return s.BaseURL() + "/scan/" + s.mintToken(a.UUID, s.clock()) + "/pair"
}

// mintToken makes a pairing token: base64url without padding of "<uuid>:<base62 seconds>:<signature>", 116 characters.
func (s *Server) mintToken(app string, at time.Time) string {
	value := app + ":" + base62(at.Unix())
	return base64.RawURLEncoding.EncodeToString([]byte(value + ":" + s.tokenSignature(value)))
}

// tokenSignature is the signature of Django's TimestampSigner: HMAC-SHA-256 under a key derived from its salt and the secret.
func (s *Server) tokenSignature(value string) string {
	key := sha256.Sum256([]byte("django.core.signing.TimestampSigner" + "signer" + s.secret))
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// readToken checks a pairing token and returns the UUID of the device it is for. The errors are the server's exception texts.
func (s *Server) readToken(token string) (string, error) {
	raw, err := pythonBase64(token + strings.Repeat("=", (4-len(token)%4)%4))
	if err != nil {
		return "", err
	}
	if text := textNotUTF8(raw); text != "" {
		return "", pythonError(text)
	}
	signed := string(raw)
	at := strings.LastIndexByte(signed, ':')
	if at < 0 {
		return "", pythonError(`No ":" found in value`)
	}
	value, signature := signed[:at], signed[at+1:]
	if !hmac.Equal([]byte(signature), []byte(s.tokenSignature(value))) {
		return "", pythonError(fmt.Sprintf("Signature \"%s\" does not match", signature))
	}
	app, stamp, ok := strings.Cut(value, ":")
	if !ok {
		return "", pythonError(`No ":" found in value`)
	}
	issued, ok := parseBase62(stamp)
	if !ok {
		return "", pythonError("substring not found")
	}
	age := s.clock().Sub(time.Unix(issued, 0))
	if age > tokenLifetime {
		seconds := strconv.FormatFloat(age.Round(time.Microsecond).Seconds(), 'f', -1, 64)
		return "", pythonError(fmt.Sprintf("Signature age %s > %d seconds", seconds, int64(tokenLifetime.Seconds())))
	}
	return app, nil
}

// base62Digits are Django's, in the order of their values.
const base62Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func base62(n int64) string {
	if n <= 0 {
		return "0"
	}
	var digits []byte
	for ; n > 0; n /= 62 {
		digits = append([]byte{base62Digits[n%62]}, digits...)
	}
	return string(digits)
}

func parseBase62(text string) (int64, bool) {
	if text == "" || len(text) > 8 {
		return 0, false
	}
	var n int64
	for _, c := range []byte(text) {
		value := strings.IndexByte(base62Digits, c)
		if value < 0 {
			return 0, false
		}
		n = n*62 + int64(value)
	}
	return n, true
}
