package admin

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatescand/scanner/admission"
)

// Status is what the first screen shows.
type Status struct {
	Version       string          `json:"version"`
	Station       string          `json:"station"`
	Ready         bool            `json:"ready"`
	NotReady      []string        `json:"not_ready,omitempty"` // why
	Clock         ClockStatus     `json:"clock"`
	Lanes         []LaneStatus    `json:"lanes"`
	Accounts      []AccountStatus `json:"accounts"`
	Outbox        OutboxStatus    `json:"outbox"`
	ConflictsOpen int             `json:"conflicts_open"`
	Counts        Counts          `json:"counts"`
	Conditions    []Condition     `json:"conditions"`
	// Gaps are the parts that did not answer, or that are not there while the
	// journal cannot be opened: accounts, outbox, conflicts or journal. What is
	// told of them here says nothing.
	Gaps []string `json:"gaps,omitempty"`
}

// ClockStatus is what the station believes of the time.
type ClockStatus struct {
	Now     time.Time `json:"now"`
	Trusted bool      `json:"trusted"`
	Zone    string    `json:"zone"`
	Local   string    `json:"local"`    // time of day in that zone
	Offset  int       `json:"offset_s"` // of that zone now, seconds east of UTC
}

// LaneStatus is one lane on the first screen.
type LaneStatus struct {
	Name      string `json:"name"`
	Direction string `json:"direction"`
	Open      bool   `json:"open"`
	Checking  bool   `json:"checking"` // turned to checking only; tickets are not used up
	Reader    Reader `json:"reader"`
}

// AccountStatus is one account on the first screen.
type AccountStatus struct {
	Name     string        `json:"name"`
	Platform string        `json:"platform"`
	State    string        `json:"state"`
	Paired   bool          `json:"paired"`
	NoList   bool          `json:"no_list"` // the platform gives no list of tickets
	Tickets  int           `json:"tickets"`
	AsOf     *time.Time    `json:"as_of"`      // null before the first complete list
	ListAge  *int64        `json:"list_age_s"` // null where nobody can know
	Events   []string      `json:"events"`
	Sweep    Sweep         `json:"sweep"`
	Outbox   AccountOutbox `json:"outbox"`
}

// AccountOutbox is one account's share of the outbox.
type AccountOutbox struct {
	Pending int `json:"pending"`
	Buried  int `json:"buried"`
}

// OutboxStatus sums up the outbox.
type OutboxStatus struct {
	Pending  int        `json:"pending"`
	Buried   int        `json:"buried"`
	OldestAt *time.Time `json:"oldest_at"`
}

// status asks every part of the station that is wired. Parts that cannot
// answer are left empty: a first screen with a gap is better than none, and
// whatever keeps a part from answering is a condition of its own.
func (s *Server) status(ctx context.Context) Status {
	st := Status{
		Version: s.opt.Version, Station: s.station(),
		Lanes: []LaneStatus{}, Accounts: []AccountStatus{}, Conditions: []Condition{},
	}
	st.NotReady = s.notReady(ctx)
	st.Ready = len(st.NotReady) == 0
	now := s.stamp()
	st.Clock = ClockStatus{
		Now: now.Wall.UTC(), Trusted: now.Trusted,
		Zone: s.present.zone.String(), Local: now.Wall.In(s.present.zone).Format(time.TimeOnly), Offset: offsetOf(now.Wall.In(s.present.zone)),
	}
	if s.opt.Lanes != nil {
		for _, l := range s.opt.Lanes.Lanes() {
			st.Lanes = append(st.Lanes, LaneStatus{Name: l.Name, Direction: string(l.Direction), Open: l.Open, Checking: l.Checking, Reader: l.Reader})
		}
	}
	if s.opt.Accounts == nil {
		st.gap("accounts")
	} else {
		accounts, err := s.opt.Accounts.Accounts(ctx)
		st.gap(s.gap("accounts", err))
		for _, a := range accounts {
			st.Accounts = append(st.Accounts, accountStatus(a, now))
		}
	}
	if s.opt.Outbox == nil {
		st.gap("outbox")
	} else {
		b, err := s.opt.Outbox.Backlog(ctx)
		st.gap(s.gap("outbox", err))
		st.Outbox = OutboxStatus{Pending: b.Pending, Buried: b.Buried, OldestAt: moment(b.OldestAt)}
	}
	if s.opt.Conflicts == nil {
		st.gap("conflicts")
	} else {
		n, err := s.opt.Conflicts.OpenConflicts(ctx)
		st.gap(s.gap("conflicts", err))
		st.ConflictsOpen = n
	}
	if s.opt.Journal == nil {
		st.gap("journal")
	} else {
		c, err := s.opt.Journal.Counts(ctx)
		st.gap(s.gap("journal", err))
		st.Counts = c
	}
	if s.opt.Conditions != nil {
		st.Conditions = append(st.Conditions, s.opt.Conditions.Conditions()...)
	}
	return st
}

func accountStatus(a Account, now admission.Stamp) AccountStatus {
	out := AccountStatus{
		Name: a.Name, Platform: string(a.Platform), State: a.State, Paired: a.Paired, NoList: a.NoList, Tickets: a.Tickets,
		Events: append([]string{}, a.Events...), Sweep: a.Sweep, Outbox: AccountOutbox{Pending: a.Pending, Buried: a.Buried},
	}
	if a.AsOf.IsZero() {
		return out
	}
	out.AsOf = moment(a.AsOf.Wall)
	if age, known := now.Since(a.AsOf); known {
		out.ListAge = new(int64(age / time.Second))
	}
	return out
}

// gap adds a part that did not answer.
func (st *Status) gap(part string) {
	if part != "" {
		st.Gaps = append(st.Gaps, part)
	}
}

// gap notes that a part of the station did not answer for a page, and gives its
// name back; "" when it did.
func (s *Server) gap(part string, err error) string {
	if err == nil {
		return ""
	}
	if errors.Is(err, context.Canceled) {
		return part // whoever asked has gone
	}
	s.log.Warn("page incomplete", slog.String("part", part), slog.Any("error", err))
	return part
}

func (s *Server) notReady(ctx context.Context) []string {
	if s.opt.Ready == nil {
		return nil
	}
	return s.opt.Ready(ctx)
}

func (s *Server) stamp() admission.Stamp {
	if s.opt.Clock == nil {
		return admission.Stamp{Wall: s.opt.Now()}
	}
	return s.opt.Clock.Now()
}

// offsetOf gives how far a moment's zone is east of UTC, in seconds.
func offsetOf(t time.Time) int {
	_, seconds := t.Zone()
	return seconds
}
