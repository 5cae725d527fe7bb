package faketibillet

import (
	"bytes"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// deliver sends an answer, or what the mood makes of it, and returns the status sent, 0 for none.
func (s *Server) deliver(w http.ResponseWriter, q *query, a answer) int {
	s.setDate(w, q.mood)
	switch q.mood.Fault {
	case Offline, LostAnswer:
		hangUp(w)
		return 0
	case CutBody:
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		a.body = a.body[:len(a.body)/2] // writing less than announced makes net/http close the connection
		return write(w, a)
	case HalfJSON:
		a.body = a.body[:len(a.body)/2]
		return write(w, a)
	case HugeJSON:
		return writeHuge(w, q.mood.Size)
	case EndlessBody:
		return writeEndless(w, q.request)
	case Healthy:
		return write(w, a)
	default:
		return write(w, spoil(q))
	}
}

// spoil is the answer of those faults that say something of a definite length.
func spoil(q *query) answer {
	switch q.mood.Fault {
	case Throttled:
		a := sayDetail(http.StatusTooManyRequests, q.language, "Request was throttled. Expected available in 30 seconds.")
		a.header.Set("Retry-After", orElse(q.mood.RetryAfter, "30"))
		return a
	case Unavailable:
		a := sayProxyPage(http.StatusServiceUnavailable, "503 Service Temporarily Unavailable")
		a.header.Set("Retry-After", orElse(q.mood.RetryAfter, "30"))
		return a
	case ServerError:
		return sayServerError(q.language)
	case BadGateway:
		return sayProxyPage(http.StatusBadGateway, "502 Bad Gateway")
	case NotFound:
		return sayNotFound(q.language)
	case ForeignJSON:
		body := orElse(q.mood.Body, `{"status":"ok","success":"yes","ticket":["admit"],"results":{"page":"one"},"count":-1}`)
		return answer{status: http.StatusOK, contentType: "application/json", body: []byte(body)}
	case DeepJSON:
		body := append(bytes.Repeat([]byte("["), 100_000), bytes.Repeat([]byte("]"), 100_000)...)
		return answer{status: http.StatusOK, contentType: "application/json", body: body}
	case CaptiveRedirect:
		return sayRedirect(http.StatusFound, "", "http://"+redirectHost(q)+"/login?from=gate")
	case ForeignRedirect:
		return sayRedirect(http.StatusFound, q.language, "https://"+redirectHost(q)+q.request.URL.RequestURI())
	default:
		return sayCaptivePage()
	}
}

func redirectHost(q *query) string { return orElse(q.mood.RedirectHost, "portal.example") }

func sayProxyPage(status int, title string) answer {
	body := "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
	return answer{status: status, contentType: "text/html", header: http.Header{}, body: []byte(body)}
}

func sayCaptivePage() answer {
	body := "<!DOCTYPE html><html><head><title>Wi-Fi</title></head><body><form method=\"post\" action=\"/login\">" +
		"<p>Bienvenue ! Connectez-vous.</p><input name=\"code\"><button>OK</button></form></body></html>"
	return answer{status: http.StatusOK, contentType: "text/html; charset=utf-8", body: []byte(body)}
}

// setDate puts the server's own time into the Date header.
func (s *Server) setDate(w http.ResponseWriter, mood Mood) {
	if mood.NoDate {
		w.Header()["Date"] = nil // keeps net/http from adding its own
		return
	}
	w.Header().Set("Date", s.now().Add(mood.ClockOffset).Format(http.TimeFormat))
}

func write(w http.ResponseWriter, a answer) int {
	header := w.Header()
	maps.Copy(header, a.header)
	header.Set("Content-Type", a.contentType)
	if a.language != "" {
		header.Set("Content-Language", a.language)
		header.Set("Vary", "Accept, Accept-Language")
	}
	if header.Get("Content-Length") == "" {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // nobody to tell: the client has gone
	return a.status
}

// writeHuge sends a JSON object of about size bytes.
func writeHuge(w http.ResponseWriter, size int64) int {
	if size <= 0 {
		size = 64 << 20
	}
	w.Header().Set("Content-Type", "application/json")
	item := `"` + strings.Repeat("a", 4000) + `",`
	if _, err := w.Write([]byte(`{"success":true,"results":[`)); err != nil {
		return http.StatusOK
	}
	for sent := int64(0); sent < size; sent += int64(len(item)) {
		if _, err := w.Write([]byte(item)); err != nil {
			return http.StatusOK
		}
	}
	_, _ = w.Write([]byte(`""]}`)) // nobody to tell: the client has gone
	return http.StatusOK
}

// writeEndless sends the inside of a JSON string until the client has gone.
func writeEndless(w http.ResponseWriter, r *http.Request) int {
	w.Header().Set("Content-Type", "application/json")
	chunk := bytes.Repeat([]byte("a"), 16<<10)
	_, err := w.Write([]byte(`{"success":true,"message":"`))
	for err == nil && r.Context().Err() == nil {
		_, err = w.Write(chunk)
	}
	return http.StatusOK
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
