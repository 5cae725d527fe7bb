package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"gatescand/configs"
)

// kioskEvery is how often it is asked whether the daemon answers by now.
const kioskEvery = 500 * time.Millisecond

// kioskTries is how long one such question may take.
const kioskTries = 3 * time.Second

// kioskPage is where the big screen of this box is.
type kioskPage struct {
	base string // scheme, host and port
	lane string // "" for the first
}

// kioskPages are the places where it may be, those first that are likelier.
type kioskPages []kioskPage

// display gives the address that the browser shows.
func (k kioskPage) display() string { return k.base + "/display/" + url.PathEscape(k.lane) }

// kioskBases reads from the configuration where the page is on this box. Nothing
// else of it is read: the screen's user may not open the files that it names, and
// a fault elsewhere in it must not keep the screen dark. Without a file, or where
// it lies among the service's own, which the screen's user may not see, the page is
// where a station's is by default, with TLS as on a box out of its wrapping or
// without.
func kioskBases(read func(name string) ([]byte, error), file string) ([]string, error) {
	var cfg struct {
		Admin struct {
			Listen string `toml:"listen"`
			TLS    string `toml:"tls"`
		} `toml:"admin"`
	}
	raw, err := read(file)
	if err == nil {
		err = toml.Unmarshal(raw, &cfg)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return []string{"https://" + defaultListen, "http://" + defaultListen}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("it cannot be read from %s where the page is; mend it, or name another file with --config: %w", file, err)
	}
	scheme := "http"
	if cfg.Admin.TLS != "" && cfg.Admin.TLS != string(configs.TLSOff) {
		scheme = "https"
	}
	if cfg.Admin.Listen == "" {
		cfg.Admin.Listen = defaultListen
	}
	return []string{scheme + "://" + localAddress(cfg.Admin.Listen)}, nil
}

// defaultListen is where the page is unless the configuration says otherwise.
const defaultListen = "127.0.0.1:8640"

// await waits until the daemon answers at one of the places, and gives the pin of
// its certificate, "" where the page has none.
func (k kioskPages) await(ctx context.Context) (page kioskPage, pin string, err error) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return kioskPage{}, "", ctx.Err()
		case <-pause.C:
		}
		if page, pin, err = k.ask(ctx); err == nil {
			return page, pin, nil
		}
		pause.Reset(kioskEvery)
	}
}

// ask asks once at each place whether the daemon is there.
func (k kioskPages) ask(ctx context.Context) (page kioskPage, pin string, err error) {
	var why error
	for _, page := range k {
		pin, err := page.ask(ctx)
		if err == nil {
			return page, pin, nil
		}
		why = errors.Join(why, err)
	}
	return kioskPage{}, "", why
}

// ask asks the daemon once whether it is there.
func (k kioskPage) ask(ctx context.Context) (pin string, err error) {
	ctx, cancel := context.WithTimeout(ctx, kioskTries)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.base+"/healthz", nil)
	if err != nil {
		return "", err
	}
	// Nothing is believed of the certificate but that whoever listens on this very
	// box has shown it: it is what the browser is told to expect.
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // this box only, see localAddress
		DisableKeepAlives: true,
	}
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(io.LimitReader(res.Body, 64))
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK || strings.TrimSpace(string(said)) != "ok" {
		return "", fmt.Errorf("%w: something else listens on %s", errNotRunning, k.base)
	}
	if res.TLS == nil || len(res.TLS.PeerCertificates) == 0 {
		return "", nil
	}
	sum := sha256.Sum256(res.TLS.PeerCertificates[0].RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}

// kioskArguments gives what the browser is called with. It shows one page, full
// screen, and speaks to no host but this box; profile is its folder.
func kioskArguments(page kioskPage, pin, profile string, wayland bool) []string {
	args := []string{
		"--kiosk",
		"--user-data-dir=" + profile,
		"--autoplay-policy=no-user-gesture-required", // the tones of the verdicts
		// Nothing may stand in front of the page.
		"--no-first-run", "--no-default-browser-check", "--noerrdialogs", "--hide-crash-restore-bubble",
		"--disable-session-crashed-bubble", "--disable-infobars", "--disable-extensions", "--disable-pinch",
		"--overscroll-history-navigation=0", "--password-store=basic",
		"--disable-features=Translate,MediaRouter,OptimizationHints,GlobalMediaControls",
		// Nothing is asked of the Internet, now or later.
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-domain-reliability",
		"--disable-breakpad", "--disable-crash-reporter", "--no-pings",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE " + bareHost(page.base),
		// A page that was loaded while the daemon was away loads itself again.
		"--enable-auto-reload",
	}
	if wayland {
		args = append(args, "--ozone-platform=wayland")
	}
	if pin != "" {
		args = append(args, "--ignore-certificate-errors-spki-list="+pin)
	}
	return append(args, page.display())
}

// bareHost gives the host of an address, without port or brackets.
func bareHost(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.Hostname()
}
