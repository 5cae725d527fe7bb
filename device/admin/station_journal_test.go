package admin

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatescand/scanner/admission"
)

// searchable lets the journal of the fake station be searched.
type searchable struct{ *station }

func (s searchable) SearchJournal(ctx context.Context, f JournalFilter, before int64, limit int) ([]admission.CheckIn, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, 0, s.fail
	}
	var out []admission.CheckIn
	for _, c := range slices.Backward(s.rows) {
		if (before > 0 && c.Seq >= before) || !fits(f, c) {
			continue
		}
		if len(out) == limit {
			return out, out[limit-1].Seq, nil
		}
		out = append(out, c)
	}
	return out, 0, ctx.Err()
}

func fits(f JournalFilter, c admission.CheckIn) bool {
	return (f.Lane == "" || c.Lane == f.Lane) && (f.Verdict == "" || c.Verdict == f.Verdict) &&
		(f.Reason == "" || c.Reason == f.Reason) && (f.Account == "" || c.Ticket.Account == f.Account) &&
		(f.Ticket == "" || c.Ticket.ID == f.Ticket) && (!f.ByHand || c.By != "") &&
		(f.Since.IsZero() || !c.At.Wall.Before(f.Since)) && (f.Until.IsZero() || c.At.Wall.Before(f.Until))
}

func (s searchable) Rates(_ context.Context, minutes int) ([]Rate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	first := scanTime().Truncate(time.Minute).Add(-time.Duration(minutes) * time.Minute)
	out := make([]Rate, minutes+1)
	for i := range out {
		out[i].From = first.Add(time.Duration(i) * time.Minute)
	}
	for _, c := range s.rows {
		i := int(c.At.Wall.Sub(first) / time.Minute)
		if i < 0 || i >= len(out) {
			continue
		}
		switch c.Verdict {
		case admission.Admit:
			out[i].Admitted++
		case admission.Refuse:
			out[i].Refused++
		case admission.Hold:
			out[i].Held++
		}
	}
	return out, nil
}

// breaking fails after the first page.
type breaking struct{ searchable }

func (b breaking) SearchJournal(ctx context.Context, f JournalFilter, before int64, limit int) ([]admission.CheckIn, int64, error) {
	if before > 0 {
		return nil, 0, errTorn
	}
	return b.searchable.SearchJournal(ctx, f, before, limit)
}

// bare is searched for an export only, and asks nobody for names.
type bare struct{ searchable }

func (b bare) SearchWithoutNames(ctx context.Context, f JournalFilter, before int64, limit int) ([]admission.CheckIn, int64, error) {
	return b.searchable.SearchJournal(ctx, f, before, limit)
}

func (bare) SearchJournal(context.Context, JournalFilter, int64, int) ([]admission.CheckIn, int64, error) {
	return nil, 0, errTorn
}

var errTorn = errors.New("the disk is gone")
