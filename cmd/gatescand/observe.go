package main

import (
	"time"

	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
)

// Scanned makes daemon the scanner.Observer of its lanes: the page, the
// counters and the outbox learn of a decision after it has been made.
func (d *daemon) Scanned(c admission.CheckIn, took, commit time.Duration) {
	d.metrics.Scan(c.Lane, c.Verdict, c.Reason, took)
	if c.Recorded {
		d.metrics.Commit(commit)
		d.written.Store(int64(d.sinceBoot()))
	} else if c.Reason == admission.ReasonJournalUnavailable {
		d.written.Store(0)
	}
	d.publish(admin.Scanned{CheckIn: c, Took: took})
	if c.Delivery == admission.DeliveryPending {
		if s := d.current.Load(); s != nil {
			s.wakeOutbox(c.Ticket.Account)
		}
	}
}

// laneObserver is the observer of one lane: its contact waits for whoever was let
// in, and the station learns the rest.
type laneObserver struct {
	*daemon

	contact *contact
}

// Scanned arms the contact and tells the station.
func (o laneObserver) Scanned(c admission.CheckIn, took, commit time.Duration) {
	o.contact.authorised(c)
	o.daemon.Scanned(c, took, commit)
}

// Repeated tells the page that a code was answered once more.
func (d *daemon) Repeated(c admission.CheckIn) {
	d.publish(admin.Scanned{CheckIn: c, Repeat: true})
}

func (d *daemon) publish(s admin.Scanned) {
	d.hub.CheckIn(s)
	d.taps.tell(s)
}

// readerStatus follows the reader of a lane.
func (s *station) readerStatus(l *lane, status reader.Status) {
	codes := map[reader.State]string{
		reader.StateAbsent: "reader_absent", reader.StateNoPermission: "reader_no_permission",
		reader.StateBusy: "reader_busy", reader.StateFault: "reader_fault",
	}
	for state, code := range codes {
		s.d.health.Set(code, l.Name(), status.Detail, status.State == state)
	}
	s.d.hub.Lane(admin.LaneEvent{Lane: l.Name(), Open: l.IsOpen(), Checking: l.IsChecking(), Reader: l.readerState()})
}

// readerNoticed follows what is neither a code nor a failure.
func (s *station) readerNoticed(l *lane, n reader.Notice) {
	switch n.Kind {
	case reader.NoticeDropped:
		s.d.health.Raise("reader_dropped", l.Name(), n.Detail)
	case reader.NoticeUnread:
		s.d.health.Raise("reader_unread", l.Name(), n.Detail)
	case reader.NoticeChanged:
		s.d.health.Raise("reader_changed", l.Name(), n.Detail)
	case reader.NoticeRestored:
		s.d.health.Clear("reader_changed", l.Name())
	}
}

// readerWell ends what readerNoticed said of lost codes.
func (s *station) readerWell(l *lane) {
	s.d.health.Clear("reader_dropped", l.Name())
	s.d.health.Clear("reader_unread", l.Name())
}

// readerState gives the reader of a lane in the words of the page.
func (l *lane) readerState() admin.Reader {
	r := admin.Reader{Address: l.cfg.Reader, State: admin.ReaderWaiting}
	s := l.status.Load()
	if s == nil {
		return r
	}
	r.Detail = s.Detail
	switch s.State {
	case reader.StateUp:
		r.State = admin.ReaderUp
		if a, err := reader.ParseAddress(l.cfg.Reader); err == nil && a.Kind == reader.KindVirtual {
			r.State = admin.ReaderVirtual
		}
	case reader.StateNoPermission, reader.StateBusy, reader.StateFault:
		r.State = admin.ReaderFault
	case reader.StateOpening, reader.StateAbsent, reader.StateStopped:
	}
	return r
}
