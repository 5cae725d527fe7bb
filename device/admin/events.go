package admin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"gatescand/device/admin/words"
)

// KindReset tells a reader that events were lost beyond recall; it should ask
// for the status again. Check-ins are never lost: they come from the journal.
const KindReset = "reset"

// ResetEvent is what a reset says.
type ResetEvent struct {
	// Anew says that the reader's place lies beyond the journal, which is another
	// one than the reader knows: the seq of a check-in begins again.
	Anew bool `json:"anew,omitempty"`
}

// errLoggedOut ends the stream of a session that is over.
var errLoggedOut = errors.New("the session is over")

// events streams what happens. A reader that comes back with Last-Event-ID, or
// with ?after=ID the first time, gets what it missed; it may see a check-in
// twice, and tells by its seq, but misses none. The stream ends with the session
// it was opened in, and does not keep that open.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	from, resume, err := position(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rd, ok := s.opt.Hub.watch(nil, seatStaff, netip.Addr{})
	if !ok {
		s.fail(w, r, crowded())
		return
	}
	defer s.opt.Hub.leave(rd)
	f := &feed{server: s, stream: s.openStream(w), lang: s.language(r), who: func() principal { return s.identifyAgain(r) }}
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
			if _, err := f.reader(); err != nil || f.stream.comment("still here") != nil {
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
	who     func() principal // who reads, as of now
	n       uint64           // events up to this one have been sent
	journal int64            // check-ins up to this one have been sent from the journal
}

// reader tells who reads, and fails when nobody may any more.
func (f *feed) reader() (principal, error) {
	who := f.who()
	if who.role == RoleNone {
		return who, errLoggedOut
	}
	return who, nil
}

// pass sends a live event, unless catching up has sent it already. How pairing
// goes is for those who may ask for it.
func (f *feed) pass(e event) error {
	if e.n <= f.n || (e.kind == KindCheckIn && e.scan.Seq > 0 && e.scan.Seq <= f.journal) {
		return nil
	}
	f.n = e.n
	who, err := f.reader()
	if err != nil {
		return err
	}
	if e.kind == KindPairing && (who.role != RoleAdmin || who.first) {
		return nil
	}
	id := f.server.opt.Hub.place(e).String()
	if e.kind == KindCheckIn {
		return f.stream.send(e.kind, id, f.server.present.decision(e.scan, f.lang))
	}
	return f.stream.send(e.kind, id, f.server.eventIn(f.lang, e.data))
}

// catchUp sends what happened after from: out of the ring where it reaches
// back that far, else check-ins out of the journal and the rest as far as the
// ring has it. A place beyond the journal is of one that was set aside: what
// came since the beginning of this run is all there is to catch up with.
func (f *feed) catchUp(ctx context.Context, from cursor) error {
	missed, whole := f.server.opt.Hub.missed(from)
	if !whole {
		if floor := f.server.opt.Hub.cursor().seq; floor >= 0 && from.seq > floor {
			from.seq = floor
			if err := f.stream.send(KindReset, from.String(), ResetEvent{Anew: true}); err != nil {
				return err
			}
		} else if from.run != "" {
			if err := f.stream.send(KindReset, "", ResetEvent{}); err != nil {
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
	after := from.seq
	for {
		if _, err := f.reader(); err != nil {
			return err
		}
		rows, err := f.server.opt.Journal.CheckIns(ctx, after, journalBatch)
		if err != nil {
			return err
		}
		for _, c := range rows {
			after, f.journal = c.Seq, c.Seq
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
