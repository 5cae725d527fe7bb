package fakeserver

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// writeSlowly sends an answer byte by byte, until it is out, the client has gone or the network is cut.
func (f *Front) writeSlowly(w http.ResponseWriter, q *Query, a Answer) int {
	writeHead(w, a, a.length())
	_ = a.writeBody(&dripper{front: f, to: w, query: q, gap: cmp.Or(q.Mood.Drip, time.Second)}) // nobody to tell
	return a.Status
}

// dripper lets bytes pass one at a time.
type dripper struct {
	front *Front
	to    http.ResponseWriter
	query *Query
	gap   time.Duration
}

func (d *dripper) Write(p []byte) (int, error) {
	ctx := d.query.Request.Context()
	flush := http.NewResponseController(d.to)
	for i := range p {
		if d.front.NetworkCut() {
			hangUp(d.to)
			return i, http.ErrAbortHandler
		}
		if _, err := d.to.Write(p[i : i+1]); err != nil {
			return i, err
		}
		if err := flush.Flush(); err != nil {
			return i, err
		}
		if Rest(ctx, d.gap); ctx.Err() != nil {
			return i + 1, ctx.Err()
		}
	}
	return len(p), nil
}

// writeHuge sends a JSON object of about size bytes.
func writeHuge(w http.ResponseWriter, size int64) int {
	if size <= 0 {
		size = 64 << 20
	}
	w.Header().Set("Content-Type", "application/json")
	item := []byte(`"` + strings.Repeat("a", 4000) + `",`)
	_, err := w.Write([]byte(`{"success":true,"results":[`))
	for sent := int64(0); err == nil && sent < size; sent += int64(len(item)) {
		_, err = w.Write(item)
	}
	if err == nil {
		_, _ = w.Write([]byte(`""]}`)) // nobody to tell: the client has gone
	}
	return http.StatusOK
}

// writeEndless sends the inside of a JSON string until the client has gone or the network is cut.
func (f *Front) writeEndless(w http.ResponseWriter, r *http.Request) int {
	w.Header().Set("Content-Type", "application/json")
	chunk := bytes.Repeat([]byte("a"), 16<<10)
	_, err := w.Write([]byte(`{"success":true,"message":"`))
	for err == nil && r.Context().Err() == nil {
		if f.NetworkCut() {
			hangUp(w)
			break
		}
		_, err = w.Write(chunk)
	}
	return http.StatusOK
}

// writeFlood sends about size bytes of headers. They share one value, so that only the client has to hold them.
func writeFlood(w http.ResponseWriter, size int64) int {
	if size <= 0 {
		size = 16 << 20
	}
	value := strings.Repeat("a", 4000)
	w.Header()["X-Flood"] = slices.Repeat([]string{value}, int(min(size, 1<<30)/int64(len(value)))+1)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(`{}`)) // nobody to tell: the client has gone
	return http.StatusOK
}
