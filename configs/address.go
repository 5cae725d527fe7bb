package configs

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// checkURL judges an account's url. It never repeats the url: a pairing link or
// a password may have been pasted there.
func checkURL(rootOnly bool) func(string) *complaint {
	return func(s string) *complaint {
		const example = `"https://tickets.example.org"`
		if s == "" {
			return &complaint{"is empty", "write the platform's address, such as " + example}
		}
		u, err := url.Parse(s)
		if err != nil || u.Opaque != "" || u.Host == "" || strings.ContainsAny(s, " \t") {
			return &complaint{"is not a web address", "write scheme and host, such as " + example}
		}
		if u.Scheme != "https" && u.Scheme != "http" {
			return &complaint{"begins with " + quoted(u.Scheme), "write https:// and the host, such as " + example}
		}
		if u.User != nil {
			return &complaint{"holds a user name or password", "leave out all that stands before the @; secrets go into files"}
		}
		if c := checkHostPort(u); c != nil {
			return c
		}
		if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || rootOnly && strings.Trim(u.Path, "/") != "" {
			return &complaint{"says more than the address of the platform", fmt.Sprintf("write %q only", u.Scheme+"://"+u.Host)}
		}
		return nil
	}
}

func checkHostPort(u *url.URL) *complaint {
	if !isHost(strings.ToLower(u.Hostname())) {
		return &complaint{"names no usable host", `write a host name or address, such as "https://tickets.example.org"`}
	}
	port := u.Port()
	if strings.HasSuffix(u.Host, ":") {
		return &complaint{"ends its host with a colon", "write a port behind the colon or remove it"}
	}
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return &complaint{"names a port that is out of range", "write a port from 1 to 65535 or none"}
		}
	}
	return nil
}

// normalURL gives scheme and host in lower case and no trailing slash, for a
// text that checkURL is content with.
func normalURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return s
	}
	u.Host = strings.ToLower(u.Host)
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return u.String()
}

// plainHTTP reports whether a url uses http, and whether its host is this machine.
func plainHTTP(s string) (plain, local bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" {
		return false, false
	}
	return true, isLoopback(u.Hostname())
}

// isLoopback reports whether a host is this machine without asking any name server.
func isLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// checkListen judges HOST:PORT to listen on. Port 0 lets the system choose.
func checkListen(s string) *complaint {
	const remedy = `write HOST:PORT, such as "127.0.0.1:8640"`
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return &complaint{quoted(s) + " is not an address to listen on", remedy}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return &complaint{"port " + quoted(port) + " is not a number from 0 to 65535", remedy}
	}
	if host == "" || isLoopback(host) {
		return nil
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return &complaint{"host " + quoted(host) + " is not an address of this box", `write an IP address, "localhost", or nothing before the colon for all addresses`}
	}
	return nil
}

// listensBeyondLoopback reports whether others than this box can connect.
func listensBeyondLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && !isLoopback(host)
}

// checkHostPattern judges an entry of allow_hosts.
func checkHostPattern(s string) *complaint {
	const remedy = `write a host such as "tickets.example.org", or "*.example.org" for all below it`
	host, port := strings.ToLower(s), ""
	if h, p, err := net.SplitHostPort(host); err == nil {
		host, port = h, p
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return &complaint{"port " + quoted(port) + " is not a number from 1 to 65535", remedy}
		}
	}
	if domain, wild := strings.CutPrefix(host, "*."); wild {
		if !isHost(domain) || !strings.Contains(domain, ".") {
			return &complaint{quoted(s) + " would allow too much", `write at least two parts behind "*.", such as "*.example.org"`}
		}
		return nil
	}
	if !isHost(strings.Trim(host, "[]")) {
		return &complaint{quoted(s) + " is not a host", remedy}
	}
	return nil
}

// isHost reports whether a lower-case text is an IP address or a host name in ASCII.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	const longestName, longestLabel = 253, 63
	if s == "" || len(s) > longestName {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || len(label) > longestLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
		}) {
			return false
		}
	}
	return true
}

// checkPath judges the path of a file or folder. It does not repeat a text that
// is none, because it may be the secret that belongs into the file.
func checkPath(example string, required bool) func(string) *complaint {
	return func(s string) *complaint {
		if s == "" && !required {
			return nil
		}
		if s == "" {
			return &complaint{"is empty", fmt.Sprintf("write a path, such as %q", example)}
		}
		if !filepath.IsAbs(s) || strings.ContainsRune(s, 0) {
			return &complaint{"is not an absolute path", fmt.Sprintf("write a path that begins with /, such as %q", example)}
		}
		return nil
	}
}

// checkSecretPath judges a key that names a secret: a path, or credential:NAME.
func checkSecretPath(example string) func(string) *complaint {
	path := checkPath(example, false)
	return func(s string) *complaint {
		name, isCredential := strings.CutPrefix(s, credentialScheme)
		if !isCredential {
			return path(s)
		}
		if name == "" || name == "." || name == ".." || strings.ContainsFunc(name, func(r rune) bool {
			return !isBareKeyRune(r) && r != '.'
		}) {
			return &complaint{"names no systemd credential", `write "credential:" and the name that LoadCredential= gives it`}
		}
		return nil
	}
}

// parsePin reads the SHA-256 of a public key, as 64 hexadecimal digits or as
// base64, with or without the "sha256//" that curl writes before it.
func parsePin(s string) ([]byte, bool) {
	const size = 32
	s = strings.TrimPrefix(s, "sha256//")
	if sum, err := hex.DecodeString(strings.ReplaceAll(s, ":", "")); err == nil && len(sum) == size {
		return sum, true
	}
	if sum, err := base64.StdEncoding.Strict().DecodeString(s); err == nil && len(sum) == size {
		return sum, true
	}
	return nil, false
}

func checkPin(s string) *complaint {
	if s == "" {
		return nil
	}
	if _, ok := parsePin(s); !ok {
		return &complaint{"is not a SHA-256", "write 64 hexadecimal digits, or the 44 characters of its base64"}
	}
	return nil
}

// checkUUID judges an event id of a platform that numbers events by uuid.
func checkUUID(s string) *complaint {
	if !isUUID(s) {
		return &complaint{quoted(s) + " is not an event id", `write the event's uuid, 36 characters such as "4b3a1d5e-7c52-4f0a-9a54-3d5f0f3c1a2b"`}
	}
	return nil
}

func isUUID(s string) bool {
	const length = 36
	if len(s) != length {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return false
			}
		}
	}
	return true
}
