package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Bounds of what a client takes from a server, and of how long it waits.
const (
	// BodyLimit is the largest answer read where a request names no other, in
	// bytes.
	BodyLimit = 1 << 20
	// Patience is how long a request may take where neither its context nor
	// the request itself sets a limit.
	Patience = 10 * time.Second

	headerLimit   = 64 << 10
	mediaLimit    = 100 // bytes
	dialPatience  = 5 * time.Second
	idleTimeout   = time.Minute
	retryAfterMax = time.Hour
)

// ErrPin tells that a server's key is not the pinned one.
var ErrPin = errors.New("the server's key is not the pinned one")

var (
	errAnswerTooLong = errors.New("the answer is longer than it may be")
	errEncoded       = errors.New("the answer is compressed though that was not asked for")
)

// ClientConfig says whom a client asks and how far it trusts.
type ClientConfig struct {
	// BaseURL is scheme and host, with a path prefix where there is one.
	BaseURL string
	// Agent is sent as User-Agent.
	Agent string
	// CAPEM holds the only authorities believed; empty means the system's.
	CAPEM []byte
	// PinSHA256 is the SHA-256 of the SubjectPublicKeyInfo of the server's own
	// certificate; nil pins nothing. A pin without CAPEM replaces the
	// verification of the chain and of the name; with CAPEM both must hold.
	PinSHA256 []byte
	// Now is the clock: it dates certificates and answers.
	Now func() time.Time
	// OnDate, where given, hears the Date header of every JSON answer, with
	// the time it was received. It runs on the caller's goroutine and must be
	// quick. Dates of answers out of a cache are left out.
	OnDate func(server, received time.Time)
	// OneShot makes a connection for each request and speaks HTTP/1.1 only, so
	// that nothing below this client ever sends a request twice.
	OneShot bool
	// Dial, where given, makes the connections instead of the network: for
	// servers within the process.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client asks one server. It follows no redirect, keeps no cookie, unpacks no
// compression, retries nothing itself and reads no more than it must. A
// request that could not be written at all on a connection which had gone
// stale may be written again by net/http; a client made OneShot rules that out
// too. It is safe for use by many goroutines.
type Client struct {
	base      *url.URL
	agent     string
	now       func() time.Time
	onDate    func(server, received time.Time)
	transport *http.Transport
	kept      keep
}

// NewClient makes a client. Its errors name what is wrong in c.
func NewClient(c ClientConfig) (*Client, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Hostname() == "" ||
		base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("the account's url is not of the form https://host; write scheme and host only")
	}
	if c.Now == nil {
		return nil, errors.New("a client needs a clock")
	}
	trust, err := trustOf(c)
	if err != nil {
		return nil, err
	}
	base.Path, base.RawPath = strings.TrimRight(base.Path, "/"), ""
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: dialPatience}).DialContext,
		TLSClientConfig:        trust,
		TLSHandshakeTimeout:    dialPatience,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: headerLimit,
		DisableCompression:     true,
		DisableKeepAlives:      c.OneShot,
		ForceAttemptHTTP2:      !c.OneShot,
	}
	if c.Dial != nil {
		t.Proxy, t.DialContext = nil, c.Dial
	}
	if c.OneShot {
		t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	return &Client{base: base, agent: c.Agent, now: c.Now, onDate: c.OnDate, transport: t}, nil
}

func trustOf(c ClientConfig) (*tls.Config, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12, Time: c.Now}
	if len(c.CAPEM) > 0 {
		trust.RootCAs = x509.NewCertPool()
		if !trust.RootCAs.AppendCertsFromPEM(c.CAPEM) {
			return nil, errors.New("the file of authorities holds no certificate; give ca_file a PEM file")
		}
	}
	if c.PinSHA256 == nil {
		return trust, nil
	}
	if len(c.PinSHA256) != sha256.Size {
		return nil, errors.New("a pin has 32 bytes; give pin_sha256 the SHA-256 of the server's public key")
	}
	pin := bytes.Clone(c.PinSHA256)
	trust.InsecureSkipVerify = trust.RootCAs == nil
	trust.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return ErrPin
		}
		sum := sha256.Sum256(s.PeerCertificates[0].RawSubjectPublicKeyInfo)
		if subtle.ConstantTimeCompare(sum[:], pin) != 1 {
			return ErrPin
		}
		return nil
	}
	return trust, nil
}

// Agent gives the User-Agent of a version of gatescand.
func Agent(version string) string {
	if version == "" {
		version = "unknown"
	}
	return "gatescand/" + version
}

// Host gives host and port as errors name them.
func (c *Client) Host() string { return c.base.Host }

// Close gives up the connections that are not in use.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Request is one question to a server.
type Request struct {
	Op     string // what is being done, for errors: "list tickets"
	Method string
	// Path is what follows the base URL, escaped, beginning with "/". It may
	// hold a secret: no error repeats it.
	Path          string
	Authorization string // header of that name, "" for none
	// Header holds what else a platform wants to see, its keys for instance.
	Header   map[string]string
	Language string // Accept-Language, "" for none
	JSON     any    // body, nil for none
	Limit    int64  // bytes of the answer's body, 0 means BodyLimit
	// Timeout bounds the request besides its context. Where it is 0 and the
	// context has no deadline, Patience does.
	Timeout time.Duration
	// Revalidate has the answer to a GET kept, where the server marks it with
	// an ETag or a date, and asks it the next time whether it still holds. The
	// path must tell apart what the answer depends on.
	Revalidate bool
}

// Reply is what came back: an answer read to its end, of any status but a
// redirect.
type Reply struct {
	Status     int
	Media      string // media type in lower case, "" where none is named
	Language   string // Content-Language in lower case
	Body       []byte
	RetryAfter time.Duration
	// Sent tells whether the request had left. It is also set beside an error:
	// whoever asked for something that happens once must then take it to have
	// happened.
	Sent bool
}

// IsJSON tells whether the reply calls itself JSON.
func (r Reply) IsJSON() bool { return r.Media == "application/json" }

// Do asks once. Its errors are of type *Error: no network, no trust, a
// redirect, a portal in between, too many requests, an answer that broke off
// or is too long. Every other status is the caller's to understand.
func (c *Client) Do(ctx context.Context, q Request) (Reply, error) {
	ctx, cancel := bounded(ctx, q.Timeout)
	defer cancel()
	var sent, heard atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders:         func() { sent.Store(true) },
		GotFirstResponseByte: func() { heard.Store(true) },
	})
	req, err := c.build(ctx, q)
	if err != nil {
		return Reply{}, err
	}
	// The transport itself, and not an http.Client: it knows no redirects.
	had := c.kept.ask(q, req)
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return Reply{Sent: sent.Load()}, c.broken(q.Op, err, heard.Load())
	}
	defer func() { _ = resp.Body.Close() }() // nothing is lost: the body has been read or given up
	received := c.now()
	r := Reply{
		Status:     resp.StatusCode,
		Language:   strings.ToLower(CleanText(resp.Header.Get("Content-Language"), 20)),
		RetryAfter: retryAfter(resp.Header, received),
		Sent:       true,
	}
	if media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil && len(media) <= mediaLimit {
		r.Media = media
	}
	if had != nil && r.Status == http.StatusNotModified {
		// The server's word that the kept answer holds.
		r.Status, r.Media, r.Language, r.Body = http.StatusOK, had.media, had.language, bytes.Clone(had.body)
		c.hearDate(r, resp.Header, received)
		return r, nil
	}
	if err := c.turnedAway(q.Op, r, resp); err != nil {
		return r, err
	}
	r.Body, err = readAtMost(resp, q.limit())
	if err != nil {
		return r, c.broken(q.Op, err, true)
	}
	c.kept.answer(q, r, resp.Header)
	c.hearDate(r, resp.Header, received)
	return r, nil
}

func (q Request) limit() int64 {
	if q.Limit > 0 {
		return q.Limit
	}
	return BodyLimit
}

func bounded(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	_, has := ctx.Deadline()
	switch {
	case timeout > 0:
		return context.WithTimeout(ctx, timeout)
	case !has:
		return context.WithTimeout(ctx, Patience)
	}
	return context.WithCancel(ctx)
}

func (c *Client) build(ctx context.Context, q Request) (*http.Request, error) {
	var body io.Reader
	if q.JSON != nil {
		raw, err := json.Marshal(q.JSON)
		if err != nil {
			return nil, &Error{Class: Protocol, Op: q.Op, Host: c.Host(), Detail: "the request cannot be written as JSON", Err: err}
		}
		body = bytes.NewReader(raw)
	}
	// A parse error of the path would repeat the path, which may be a secret.
	path, err := url.PathUnescape(q.Path)
	if err != nil {
		return nil, &Error{Class: Protocol, Op: q.Op, Host: c.Host(), Detail: "the request has no proper path"}
	}
	target := *c.base
	target.Path, target.RawPath = c.base.Path+path, c.base.EscapedPath()+q.Path
	req, err := http.NewRequestWithContext(ctx, q.Method, c.base.String(), body)
	if err != nil {
		return nil, &Error{Class: Protocol, Op: q.Op, Host: c.Host(), Detail: "the request cannot be made", Err: err}
	}
	req.URL = &target
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.Authorization != "" {
		req.Header.Set("Authorization", q.Authorization)
	}
	for name, value := range q.Header {
		req.Header.Set(name, value)
	}
	if q.Language != "" {
		req.Header.Set("Accept-Language", q.Language)
	}
	for name, values := range req.Header {
		if slices.ContainsFunc(values, isUnfit) {
			return nil, &Error{
				Class: Protocol, Op: q.Op, Host: c.Host(), Detail: "the request cannot be made: its header " + name + " holds a control character",
				Remedy: "if a key or a password comes from a file, it must be the only line of that file",
			}
		}
	}
	return req, nil
}

// isUnfit tells whether a value cannot stand in a header, RFC 9110 section 5.5.
func isUnfit(value string) bool {
	return strings.ContainsFunc(value, func(r rune) bool { return (r < ' ' && r != '\t') || r == 0x7f })
}

// readAtMost reads a body to its end. A body longer than limit is not read
// further than one byte beyond it, and not at all where it says so itself.
func readAtMost(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, errAnswerTooLong
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, errAnswerTooLong
	}
	return raw, nil
}
