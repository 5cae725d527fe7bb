package tibillet

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// ErrNotPairing tells that a text is not a pairing code of TiBillet.
var ErrNotPairing = errors.New("not a TiBillet pairing code")

const (
	pairingMax = 1024 // characters of a pairing text
	tokenLen   = 116
	// tokenLife is how long the server takes a token after it was shown:
	// max_age=300000 in its pair view. The 300 s its page speaks of are not it.
	tokenLife = 300000 * time.Second
	secretLen = 43 // HMAC-SHA-256 in base64 without padding
)

// ReadPairing reads the text of a pairing code, which is
//
//	https://<host>/scan/<token>/pair
//
// with or without a slash at the end. Its errors wrap [ErrNotPairing] and never
// repeat the text.
func (p *Pairer) ReadPairing(text string) (platform.Pairing, error) {
	text = strings.TrimSpace(text)
	if len(text) > pairingMax || strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) || r == ' ' }) {
		return platform.Pairing{}, notPairing("it holds characters that no address holds, or is too long")
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return platform.Pairing{}, notPairing("it is no web address; show the QR code of the scan app's page")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.RawPath != "" {
		return platform.Pairing{}, notPairing("its address has parts that a pairing code has not")
	}
	u.Host = strings.ToLower(u.Host)
	plain := u.Scheme == "http" && (p.config.PlainHTTP || isLoopback(u.Hostname()))
	if u.Scheme != "https" && !plain {
		return platform.Pairing{}, notPairing("it does not begin with https://; a token is sent over an encrypted connection only")
	}
	rest, ok := strings.CutPrefix(u.Path, "/scan/")
	token, tail, found := strings.Cut(rest, "/")
	if !ok || !found || (tail != "pair" && tail != "pair/") {
		return platform.Pairing{}, notPairing("its address is not that of a scan app; show the QR code of the scan app's page")
	}
	station, issued, ok := readToken(token)
	if !ok {
		return platform.Pairing{}, notPairing("its token is damaged; show the code again, larger and whole")
	}
	return platform.Pairing{
		Platform:  admission.TiBillet,
		Host:      u.Host,
		BaseURL:   u.Scheme + "://" + u.Host,
		StationID: station,
		IssuedAt:  issued,
		ExpiresAt: issued.Add(tokenLife),
		Token:     token,
	}, nil
}

func notPairing(why string) error { return fmt.Errorf("%w: %s", ErrNotPairing, why) }

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// readToken reads what of a token is no secret: base64url without padding of
// "<uuid of the scan app>:<seconds in base 62>:<signature>", as Django's
// TimestampSigner makes it.
func readToken(token string) (station string, issued time.Time, ok bool) {
	if len(token) != tokenLen || strings.ContainsAny(token, "\r\n") {
		return "", time.Time{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return "", time.Time{}, false
	}
	parts := strings.Split(string(raw), ":")
	if len(parts) != 3 || len(parts[2]) != secretLen || strings.Trim(parts[2], base64urlDigits) != "" {
		return "", time.Time{}, false
	}
	station, ok = canonicalUUID(parts[0])
	seconds, fine := base62(parts[1])
	if !ok || !fine {
		return "", time.Time{}, false
	}
	return station, time.Unix(seconds, 0).UTC(), true
}

const (
	base62Digits    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	base64urlDigits = base62Digits + "-_"
)

// base62 reads a number as Django writes it.
func base62(text string) (int64, bool) {
	var n int64
	for _, c := range text {
		v := strings.IndexRune(base62Digits, c)
		if v < 0 || n > math.MaxUint32*62 {
			return 0, false
		}
		n = n*62 + int64(v)
	}
	return n, text != ""
}

// plausibleKey tells whether a text can be an API key: eight characters, a dot,
// thirty-two, with room for a server that makes them longer.
func plausibleKey(key string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9]{4,32}\.[A-Za-z0-9]{16,128}$`).MatchString(key)
}
