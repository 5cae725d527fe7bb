package fakeserver

import (
	"cmp"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// deliver sends an answer, or what the mood makes of it, and returns the status sent, 0 for none.
func (f *Front) deliver(w http.ResponseWriter, q *Query, a Answer) int {
	f.setDate(w, q.Mood)
	a.Status = cmp.Or(a.Status, http.StatusOK)
	if a.Revalidate && f.isConditional() {
		a = revalidate(q.Request, a)
	}
	switch q.Mood.Fault {
	case Healthy:
		return write(w, a)
	case Offline, LostAnswer:
		hangUp(w)
		return 0
	case CutBody:
		return writeCut(w, a)
	case HalfJSON:
		return writePart(w, a, a.length()/2)
	case SlowDrip:
		return f.writeSlowly(w, q, a)
	case HugeJSON:
		return writeHuge(w, q.Mood.Size)
	case EndlessBody:
		return f.writeEndless(w, q.Request)
	case HeaderFlood:
		return writeFlood(w, q.Mood.Size)
	default:
		return write(w, f.spoil(q))
	}
}

// spoil is the answer of those faults that say something of a definite length.
func (f *Front) spoil(q *Query) Answer {
	elsewhere := cmp.Or(q.Mood.RedirectHost, "portal.example")
	switch q.Mood.Fault {
	case Throttled:
		return f.site.Refuse(q, http.StatusTooManyRequests).With("Retry-After", cmp.Or(q.Mood.RetryAfter, "30"))
	case Unavailable:
		return proxyPage(http.StatusServiceUnavailable, "503 Service Temporarily Unavailable").
			With("Retry-After", cmp.Or(q.Mood.RetryAfter, "30"))
	case ServerError:
		return f.site.Refuse(q, http.StatusInternalServerError)
	case ErrorPage:
		return proxyPage(http.StatusInternalServerError, "500 Internal Server Error")
	case BadGateway:
		return proxyPage(http.StatusBadGateway, "502 Bad Gateway")
	case NotFound:
		return f.site.Refuse(q, http.StatusNotFound)
	case ForeignJSON:
		return foreignJSON(q.Mood.Body)
	case DeepJSON:
		return deepJSON()
	case CaptiveRedirect:
		return Redirect(http.StatusFound, "http://"+elsewhere+"/login?from=gate")
	case ForeignRedirect:
		return Redirect(http.StatusFound, "https://"+elsewhere+q.Request.URL.RequestURI())
	default:
		return captivePage()
	}
}

// setDate puts the server's own time into the Date header.
func (f *Front) setDate(w http.ResponseWriter, mood Mood) {
	if mood.NoDate {
		w.Header()["Date"] = nil // keeps net/http from adding its own
		return
	}
	w.Header().Set("Date", f.Now().Add(mood.ClockOffset).Format(http.TimeFormat))
}

// writeHead sends the status and headers. A negative length is not told.
func writeHead(w http.ResponseWriter, a Answer, length int64) {
	header := w.Header()
	maps.Copy(header, a.Header)
	if a.Type != "" {
		header.Set("Content-Type", a.Type)
	} else {
		header["Content-Type"] = nil // keeps net/http from guessing
	}
	if length >= 0 && a.Status != http.StatusNotModified && a.Status != http.StatusNoContent {
		header.Set("Content-Length", strconv.FormatInt(length, 10))
	}
	w.WriteHeader(a.Status)
}

// write sends an answer as it is.
func write(w http.ResponseWriter, a Answer) int {
	length := int64(-1)
	if a.Stream == nil {
		length = int64(len(a.Body))
	}
	writeHead(w, a, length)
	_ = a.writeBody(w) // nobody to tell: the client has gone
	return a.Status
}

// writePart sends the first bytes of an answer as if they were all of it.
func writePart(w http.ResponseWriter, a Answer, n int64) int {
	writeHead(w, a, n)
	if n > 0 {
		_ = a.writeBody(&prefix{to: w, left: n}) // it ends with an error when full
	}
	return a.Status
}

// writeCut announces all of an answer and sends half. Writing less than announced makes net/http close the connection.
func writeCut(w http.ResponseWriter, a Answer) int {
	length := a.length()
	if length == 0 {
		hangUp(w)
		return 0
	}
	writeHead(w, a, length)
	if length > 1 {
		_ = a.writeBody(&prefix{to: w, left: length / 2}) // it ends with an error when full
	}
	return a.Status
}

// hangUp closes the connection under a request, with a reset where the connection is plain TCP. Over HTTP/2 the stream is aborted.
func hangUp(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler) // the documented way to abort a request; net/http recovers it without a word
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset is wanted, a plain close will do
	}
	_ = conn.SetDeadline(time.Unix(1, 0)) // lets nothing of a TLS farewell block
	_ = conn.Close()
}
