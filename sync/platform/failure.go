package platform

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// turnedAway gives the error of the statuses that mean the same everywhere.
func (c *Client) turnedAway(op string, r Reply, resp *http.Response) error {
	switch {
	case r.Status < 200:
		return c.Fail(Protocol, op, r, "the server wants to speak another protocol", "check the account's url")
	case r.Status == http.StatusNotModified:
		return c.Fail(Protocol, op, r, "the server says that nothing has changed, and was not asked that",
			"something between may keep answers of its own; the platform may have changed")
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
	case isEncoded(resp.Header):
		return c.encoded(op, r)
	}
	return nil
}

// isEncoded tells whether a body is not as it is meant to be read. It was
// never asked for: this client says that it takes no encoding.
func isEncoded(h http.Header) bool {
	for _, value := range h.Values("Content-Encoding") {
		if value != "" && !strings.EqualFold(value, "identity") {
			return true
		}
	}
	return false
}

// encoded refuses to unpack an answer: what it would become has no bound that
// the server could not choose.
func (c *Client) encoded(op string, r Reply) error {
	class := Protocol
	switch {
	case r.Status >= 500:
		class = Server
	case !r.IsJSON():
		class = Captive
	}
	e := c.Fail(class, op, r, "the answer is compressed though that was not asked for, and is not unpacked",
		"if a proxy stands before the platform, its operator must let it heed Accept-Encoding")
	e.Err = errEncoded
	return e
}

// Fail makes an error about a reply.
func (c *Client) Fail(class Class, op string, r Reply, detail, remedy string) *Error {
	return &Error{Class: class, Op: op, Host: c.Host(), Status: r.Status, RetryAfter: r.RetryAfter, Detail: detail, Remedy: remedy}
}

// broken classes what went wrong below HTTP or while a body was read. heard
// tells that the server had begun to answer: where it had not, it is most
// likely the network that broke.
func (c *Client) broken(op string, err error, heard bool) *Error {
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
	case !heard:
		e.Class, e.Detail = Offline, "the connection broke before an answer came"
	default:
		e.Detail = "the answer broke off, or is none that HTTP knows"
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
	// crypto/tls marks what the other side said by this word, RFC 8446 section 6.
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
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
