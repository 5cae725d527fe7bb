package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
)

// errNotRunning tells that no daemon answers where the configuration says.
var errNotRunning = errors.New("gatescand does not run here")

// client talks to the running daemon.
type client struct {
	base  string
	token string
	http  *http.Client
}

// newClient finds the daemon of a configuration.
func newClient(cfg *configs.Config) (*client, error) {
	path := filepath.Join(cfg.Station.DataDir, "api-token")
	token, err := os.ReadFile(path) //nolint:gosec // the path is the organiser's own
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no %s yet; start the service first", errNotRunning, path)
	}
	if err != nil {
		return nil, fmt.Errorf("the API token cannot be read; run this as root or as the user gatescand: %w", err)
	}
	scheme := "http"
	transport := &http.Transport{}
	if cfg.Admin.TLS != configs.TLSOff {
		scheme = "https"
		// The connection goes to this very box; its certificate is our own.
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // loopback only, see localAddress
	}
	base := scheme + "://" + localAddress(cfg.Admin.Listen)
	if raw, err := os.ReadFile(filepath.Join(cfg.Station.DataDir, pageURLName)); err == nil {
		base = strings.TrimSpace(string(raw)) // where the daemon really is; the file may say otherwise by now
	}
	return &client{
		base:  base,
		token: strings.TrimSpace(string(token)),
		http:  &http.Client{Transport: transport, Timeout: 90 * time.Second},
	}, nil
}

// pageURLName is the file in the data directory that says where the page is.
const pageURLName = "page-url"

// localAddress gives where on this box a listener can be reached.
func localAddress(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// apiError is the daemon's own word on what went wrong.
type apiError struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
		// Details are further facts, such as the host that is to be confirmed.
		Details map[string]string `json:"details"`
	} `json:"error"`
}

// call makes one call and reads its answer into into, where that is not nil.
func (c *client) call(ctx context.Context, method, path string, body, into any) error {
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, in)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept-Language", "en")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) {
			return fmt.Errorf("%w: nothing listens on %s; start it with systemctl start gatescand", errNotRunning, c.base)
		}
		return fmt.Errorf("the daemon at %s does not answer: %w", c.base, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("the daemon's answer broke off: %w", err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		var e apiError
		if json.Unmarshal(raw, &e) != nil || e.Error.Message == "" {
			return fmt.Errorf("the daemon answered %s", res.Status)
		}
		if len(e.Error.Details) > 0 {
			return &admin.Error{Status: res.StatusCode, Code: e.Error.Code, Message: e.Error.Message, Hint: e.Error.Hint, Details: e.Error.Details}
		}
		if e.Error.Hint != "" {
			return fmt.Errorf("%s %s", e.Error.Message, e.Error.Hint)
		}
		return errors.New(e.Error.Message)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("the daemon's answer cannot be read; is it of another version? %w", err)
	}
	return nil
}
