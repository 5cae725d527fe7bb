package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	heartbeat    = 15 * time.Second
	streamWrite  = 10 * time.Second // for one event to leave
	retryHint    = 2 * time.Second  // how soon a browser comes back
	journalBatch = 200
)

// stream is one answer of server-sent events.
type stream struct {
	w   http.ResponseWriter
	ctl *http.ResponseController
	now func() time.Time
}

// openStream begins an answer without end.
func (s *Server) openStream(w http.ResponseWriter) *stream {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	return &stream{w: w, ctl: http.NewResponseController(w), now: s.opt.Now}
}

// send writes one event; id may be empty. JSON has no line breaks, so data is
// one line.
func (st *stream) send(kind, id string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", kind, err)
	}
	text := "event: " + kind + "\n"
	if id != "" {
		text += "id: " + id + "\n"
	}
	return st.write(text + "data: " + string(data) + "\n\n")
}

// comment writes a line that readers ignore: it keeps proxies from closing a
// quiet connection and finds clients that are gone.
func (st *stream) comment(text string) error { return st.write(": " + text + "\n\n") }

func (st *stream) begin() error {
	return st.write(fmt.Sprintf("retry: %d\n\n", retryHint.Milliseconds()))
}

func (st *stream) write(text string) error {
	_ = st.ctl.SetWriteDeadline(st.now().Add(streamWrite)) // unsupported by a recorder, needed by a connection
	if _, err := st.w.Write([]byte(text)); err != nil {
		return err
	}
	return st.ctl.Flush()
}
