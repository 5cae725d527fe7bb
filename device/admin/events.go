package admin

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"gatescand/device/admin/words"
)

// KindReset tells a reader that events were lost beyond recall; it should ask
// for the status again. Check-ins are never lost: they come from the journal.
const KindReset = "reset"

// events streams what happens. A reader that comes back with Last-Event-ID, or
// with ?after=ID the first time, gets what it missed; it may see a check-in
// twice, and tells by its seq, but misses none.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	from, resume, err := position(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rd, ok := s.opt.Hub.watch(nil, false)
	if !ok {
		s.fail(w, r, crowded())
		return
	}
	defer s.opt.Hub.leave(rd)
	f := &feed{server: s, stream: s.openStream(w), lang: s.language(r)}
	if f.stream.begin() != nil {
		return
	}
	if resume {
		if err := f.catchUp(r.Context(), from); err != nil {
			s.log.Debug("event stream ended while catching up", slog.Any("error", err))
			return
		}
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case e, open := <-rd.events:
			if !open || f.pass(e) != nil {
				return
			}
		case <-beat.C:
			if f.stream.comment("still here") != nil {
				return
			}
		}
	}
}

// position reads where a reader wants to go on.
func position(r *http.Request) (from cursor, resume bool, err error) {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		id = r.URL.Query().Get("after")
	}
	if id == "" {
		return cursor{}, false, nil
	}
	from, ok := parseCursor(id)
	if !ok {
		return cursor{}, false, badQuery("after", "the id of an event, or the seq of a check-in")
	}
	return from, true, nil
}

func crowded() *Error {
	return &Error{Status: http.StatusServiceUnavailable, Code: "too_many_streams", Message: "Too many pages are watching already.", Hint: "Close some of them."}
}

// feed is one reader's stream with its place in it.
type feed struct {
	server  *Server
	stream  *stream
	lang    words.Speaker
	n       uint64 // events up to this one have been sent
	journal int64  // check-ins up to this one have been sent from the journal
}

// pass sends a live event, unless catching up has sent it already.
func (f *feed) pass(e event) error {
	if e.n <= f.n || (e.kind == KindCheckIn && e.scan.Seq > 0 && e.scan.Seq <= f.journal) {
		return nil
	}
	f.n = e.n
	id := f.server.opt.Hub.place(e).String()
	if e.kind == KindCheckIn {
		return f.stream.send(e.kind, id, f.server.present.decision(e.scan, f.lang))
	}
	return f.stream.send(e.kind, id, f.server.eventIn(f.lang, e.data))
}

// catchUp sends what happened after from: out of the ring where it reaches
// back that far, else check-ins out of the journal and the rest as far as the
// ring has it.
func (f *feed) catchUp(ctx context.Context, from cursor) error {
	missed, whole := f.server.opt.Hub.missed(from)
	if !whole {
		if from.run != "" {
			if err := f.stream.send(KindReset, "", struct{}{}); err != nil {
				return err
			}
		}
		if err := f.replay(ctx, from); err != nil {
			return err
		}
	}
	for _, e := range missed {
		if err := f.pass(e); err != nil {
			return err
		}
	}
	return nil
}

// replay sends the check-ins of the journal after from.
func (f *feed) replay(ctx context.Context, from cursor) error {
	if f.server.opt.Journal == nil || from.seq < 0 {
		return nil
	}
	f.journal = from.seq
	for {
		rows, err := f.server.opt.Journal.CheckIns(ctx, f.journal, journalBatch)
		if err != nil {
			return err
		}
		for _, c := range rows {
			f.journal = c.Seq
			id := cursor{seq: c.Seq, n: from.n, run: from.run}.String()
			if err := f.stream.send(KindCheckIn, id, f.server.present.decision(Scanned{CheckIn: c}, f.lang)); err != nil {
				return err
			}
		}
		if len(rows) < journalBatch {
			return nil
		}
	}
}
