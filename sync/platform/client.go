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
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"
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
	depthLimit    = 32
	dialPatience  = 5 * time.Second
	idleTimeout   = time.Minute
	retryAfterMax = time.Hour
)

// ErrPin tells that a server's key is not the pinned one.
var ErrPin = errors.New("the server's key is not the pinned one")

var (
	errAnswerTooLong = errors.New("the answer is longer than it may be")
	errJSON          = errors.New("not one well-formed JSON value")
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
	Language      string // Accept-Language, "" for none
	JSON          any    // body, nil for none
	Limit         int64  // bytes of the answer's body, 0 means BodyLimit
	// Timeout bounds the request besides its context. Where it is 0 and the
	// context has no deadline, Patience does.
	Timeout time.Duration
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
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	req, err := c.build(ctx, q)
	if err != nil {
		return Reply{}, err
	}
	// The transport itself, and not an http.Client: it knows no redirects.
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return Reply{Sent: sent.Load()}, c.broken(q.Op, err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing is lost: the body has been read or given up
	received := c.now()
	r := Reply{
		Status:     resp.StatusCode,
		Language:   strings.ToLower(CleanText(resp.Header.Get("Content-Language"), 20)),
		RetryAfter: retryAfter(resp.Header, received),
		Sent:       true,
	}
	if media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil {
		r.Media = media
	}
	if err := c.turnedAway(q.Op, r, resp); err != nil {
		return r, err
	}
	r.Body, err = readAtMost(resp.Body, q.limit())
	if err != nil {
		return r, c.broken(q.Op, err)
	}
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
	if q.Language != "" {
		req.Header.Set("Accept-Language", q.Language)
	}
	return req, nil
}

// readAtMost reads a body to its end. A body longer than limit is not read
// further than one byte beyond it.
func readAtMost(body io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, errAnswerTooLong
	}
	return raw, nil
}

// turnedAway gives the error of the statuses that mean the same everywhere.
func (c *Client) turnedAway(op string, r Reply, resp *http.Response) error {
	switch {
	case r.Status >= 300 && r.Status < 400:
		e := c.Fail(Redirected, op, r, "the server points to another address; nothing was followed", "")
		if to, err := resp.Request.URL.Parse(resp.Header.Get("Location")); err == nil && to.Host != "" {
			e.Location = CleanText(to.Scheme+"://"+to.Host, 200)
			e.Detail = "the server points to " + e.Location + "; nothing was followed"
		}
		e.Remedy = "if that is the organiser's own address, write it as the account's url; if it is a log-in page, give the station a network without one"
		return e
	case r.Status == http.StatusTooManyRequests:
		return c.Fail(Throttled, op, r, "the server has been asked too often", "it will be asked again later")
	case r.Status == http.StatusNetworkAuthenticationRequired, r.Status == http.StatusProxyAuthRequired:
		return c.Fail(Captive, op, r, "the network wants a log-in before it lets anything through", "give the station a network without a log-in page")
	}
	return nil
}

// Fail makes an error about a reply.
func (c *Client) Fail(class Class, op string, r Reply, detail, remedy string) *Error {
	return &Error{Class: class, Op: op, Host: c.Host(), Status: r.Status, RetryAfter: r.RetryAfter, Detail: detail, Remedy: remedy}
}

// broken classes what went wrong below HTTP or while a body was read.
func (c *Client) broken(op string, err error) *Error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // its text would name the path
	}
	e := &Error{Class: Server, Op: op, Host: c.Host(), Err: err}
	var wrapped interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		e.Class, e.Detail = Offline, "stopped before an answer came"
	case errors.Is(err, errAnswerTooLong):
		e.Class, e.Detail = Protocol, "the answer is longer than such an answer can be"
	case c.untrusted(e, err):
	case isForeignTalk(err):
		e.Class, e.Detail = Captive, "what answers there does not speak TLS"
		e.Remedy = "if the network has a log-in page, give the station one without; else check the account's url"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &wrapped) && wrapped.Timeout():
		e.Class, e.Detail = Offline, "no answer in time"
	case isDial(err):
		e.Class, e.Detail, e.Remedy = Offline, "the server cannot be reached", "check the network cable, the router and the account's url"
	default:
		e.Detail = "the connection broke before the answer was complete"
	}
	return e
}

func (c *Client) untrusted(e *Error, err error) bool {
	if errors.Is(err, ErrPin) {
		e.Class, e.Detail = Untrusted, "the server's key is not the pinned one"
		e.Remedy = "if the organiser has changed the server's key, correct pin_sha256; else something stands between"
		return true
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		e.Class, e.Detail = Untrusted, "the server's certificate is not valid today"
		e.Remedy = "the station's clock says " + c.now().UTC().Format(time.DateOnly) + ": set it if that is wrong; else the organiser must renew the certificate"
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		e.Class, e.Detail = Untrusted, "the server's certificate is for another name"
		e.Remedy = "check the account's url; a log-in page of the network looks like this too"
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		e.Class, e.Detail = Untrusted, "nobody the station trusts vouches for the server's certificate"
		e.Remedy = "if the organiser has an authority of its own, give ca_file or pin_sha256; a log-in page of the network looks like this too"
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		e.Class, e.Detail, e.Remedy = Untrusted, "the server broke off the TLS handshake", "check the account's url"
		return true
	}
	return false
}

func isForeignTalk(err error) bool {
	if errors.Is(err, http.ErrSchemeMismatch) {
		return true
	}
	_, ok := errors.AsType[tls.RecordHeaderError](err)
	return ok
}

func isDial(err error) bool {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

func (c *Client) hearDate(r Reply, h http.Header, received time.Time) {
	if c.onDate == nil || !r.IsJSON() || h.Get("Age") != "" {
		return
	}
	if server, err := http.ParseTime(h.Get("Date")); err == nil {
		c.onDate(server, received)
	}
}

// retryAfter reads the header of that name, RFC 9110 section 10.2.3. A date is
// counted from the server's own clock where it tells it.
func retryAfter(h http.Header, received time.Time) time.Duration {
	text := h.Get("Retry-After")
	if text == "" {
		return 0
	}
	if s, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(s)*time.Second, retryAfterMax)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	from := received
	if server, err := http.ParseTime(h.Get("Date")); err == nil {
		from = server
	}
	return min(max(at.Sub(from), 0), retryAfterMax)
}

// Decode reads a reply's JSON into to. A reply that is not JSON comes from
// something else than the platform and gives Captive; JSON that breaks off
// gives Server; JSON with two members of one name, nested too deep, not UTF-8,
// or of another type than to gives Protocol.
func (c *Client) Decode(op string, r Reply, to any) error {
	if !r.IsJSON() {
		return c.Fail(Captive, op, r, "something answers that is not the platform",
			"if the network has a log-in page, give the station one without; else check the account's url")
	}
	err := DecodeJSON(r.Body, to)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		e := c.Fail(Server, op, r, "the answer breaks off", "")
		e.Err = err
		return e
	}
	e := c.Fail(Protocol, op, r, "the answer is not what the platform documents", "the platform may have changed; look for a newer gatescand")
	e.Err = err
	return e
}

// DecodeJSON reads exactly one JSON value of a stranger into to: UTF-8, at most
// 32 levels deep, no member twice in one object, nothing behind it. Members
// that to does not know are skipped. The error is io.ErrUnexpectedEOF where
// the value breaks off; no error repeats any of the text.
func DecodeJSON(raw []byte, to any) error {
	if !utf8.Valid(raw) {
		return fmt.Errorf("%w: not UTF-8", errJSON)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := walk(d, depthLimit); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something stands behind it", errJSON)
	}
	if err := json.Unmarshal(raw, to); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fmt.Errorf("%w: member %q has the wrong type", errJSON, wrong.Field)
		}
		return fmt.Errorf("%w: wrong type", errJSON)
	}
	return nil
}

// walk goes over one value, looking at its form only.
func walk(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return formError(err)
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth == 0 {
		return fmt.Errorf("%w: nested too deep", errJSON)
	}
	var names map[string]struct{}
	if open == '{' {
		names = make(map[string]struct{})
	}
	for d.More() {
		if names != nil {
			if err := memberName(d, names); err != nil {
				return err
			}
		}
		if err := walk(d, depth-1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return formError(err)
	}
	return nil
}

func memberName(d *json.Decoder, seen map[string]struct{}) error {
	t, err := d.Token()
	if err != nil {
		return formError(err)
	}
	name, ok := t.(string)
	if !ok {
		return errJSON
	}
	// encoding/json takes a member for a field whatever its case is.
	name = strings.ToLower(name)
	if _, twice := seen[name]; twice {
		return fmt.Errorf("%w: a member stands there twice", errJSON)
	}
	seen[name] = struct{}{}
	return nil
}

func formError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return errJSON
}

// CleanText makes one printable line of a stranger's text: control, format and
// private characters become blanks, blanks are trimmed, and at most limit
// characters are kept.
func CleanText(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > limit {
		s = strings.TrimSpace(string([]rune(s)[:limit]))
	}
	return s
}
