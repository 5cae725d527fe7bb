package admin

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"gatescand/device/admin/words"
	"gatescand/scanner/admission"
)

// outboxShown is how many deliveries of a kind the page has.
const outboxShown = 100

// BuriedDeliveries is what an [Outbox] may also be: one that finds what was
// rejected for good among any number of others.
type BuriedDeliveries interface {
	// BuriedDeliveries gives at most limit buried deliveries, oldest first.
	BuriedDeliveries(ctx context.Context, limit int) ([]admission.Delivery, error)
}

// outboxSheet is what the platforms have not been told.
type outboxSheet struct {
	Backlog     Backlog
	Accounts    []outboxAccount
	Waiting     []outboxLine
	Buried      []outboxLine
	MoreWaiting bool
	MoreBuried  bool
	Fault       string // why nothing can be shown, in words; "" for nothing wrong
}

// outboxAccount is one account's share. The times are those of what is shown;
// zero where nothing of it waits.
type outboxAccount struct {
	Name, State, StateText string
	Pending, Buried        int
	Oldest, NextTry        time.Time
	Cause, Remedy          string
}

// outboxLine is one delivery.
type outboxLine struct {
	admission.Delivery

	Story string // address of the ticket's story
	Row   string // address of the check-in in the journal
	Event string // its name where it is known
}

// outboxTable is one table of deliveries. Apart says that nothing in it is tried
// again by itself.
type outboxTable struct {
	Lines   []outboxLine
	Caption string
	Apart   bool
}

// Deliveries prepares a table of deliveries.
func (f frame) Deliveries(lines []outboxLine, caption string, apart bool) outboxTable {
	return outboxTable{Lines: lines, Caption: f.L.T(caption), Apart: apart}
}

// outboxPage shows what is still to be delivered, and apart from it what the
// platforms have rejected for good.
func (s *Server) outboxPage(w http.ResponseWriter, r *http.Request) {
	lang := s.language(r)
	var sh outboxSheet
	status := http.StatusOK
	if s.opt.Outbox == nil {
		sh.Fault, status = lang.T("outbox_missing"), http.StatusNotImplemented
	} else if err := s.fillOutbox(r.Context(), &sh, lang); s.gap("outbox", err) != "" {
		sh = outboxSheet{Fault: lang.T("outbox_unread")}
		status = http.StatusServiceUnavailable
	}
	s.show(w, r, status, sheet{name: "outbox", script: "fresh", labels: []string{"fresh_sync"}, body: sh})
}

func (s *Server) fillOutbox(ctx context.Context, sh *outboxSheet, lang words.Speaker) error {
	var err error
	if sh.Backlog, err = s.opt.Outbox.Backlog(ctx); err != nil {
		return err
	}
	waiting, err := s.opt.Outbox.Waiting(ctx, checkInsMost)
	if err != nil {
		return err
	}
	isBuried := func(d admission.Delivery) bool { return d.State == admission.DeliveryBuried }
	buried := slices.DeleteFunc(slices.Clone(waiting), func(d admission.Delivery) bool { return !isBuried(d) })
	if o, ok := s.opt.Outbox.(BuriedDeliveries); ok {
		if buried, err = o.BuriedDeliveries(ctx, outboxShown+1); err != nil {
			return err
		}
	}
	full := len(waiting) == checkInsMost
	waiting = slices.DeleteFunc(slices.Clone(waiting), isBuried)
	sh.Accounts = s.outboxAccounts(ctx, waiting, lang)
	sh.MoreWaiting, sh.MoreBuried = full || len(waiting) > outboxShown, len(buried) > outboxShown
	sh.Waiting = s.outboxLines(waiting)
	sh.Buried = s.outboxLines(buried)
	return nil
}

func (s *Server) outboxLines(list []admission.Delivery) []outboxLine {
	out := make([]outboxLine, 0, outboxShown)
	for _, d := range list[:min(len(list), outboxShown)] {
		out = append(out, outboxLine{
			Delivery: d, Story: storyPath(d.Ticket), Row: rowPath(d.Seq),
			Event: cmp.Or(s.present.event(d.Ticket.Account, d.Event), d.Event),
		})
	}
	return out
}

// outboxAccounts sums up the accounts, with the time and the trouble of what
// waits longest.
func (s *Server) outboxAccounts(ctx context.Context, waiting []admission.Delivery, lang words.Speaker) []outboxAccount {
	if s.opt.Accounts == nil {
		return nil
	}
	accounts, err := s.opt.Accounts.Accounts(ctx)
	if s.gap("accounts", err) != "" {
		return nil
	}
	out := make([]outboxAccount, 0, len(accounts))
	for _, a := range accounts {
		state := a.State
		if !a.Paired {
			state = "unpaired"
		}
		line := outboxAccount{Name: a.Name, State: state, StateText: lang.T("state_other"), Pending: a.Pending, Buried: a.Buried}
		if id := "state_" + state; lang.Has(id) {
			line.StateText = lang.T(id)
		}
		for _, d := range waiting {
			if d.Ticket.Account != a.Name || d.State != admission.DeliveryPending {
				continue
			}
			if line.Oldest.IsZero() {
				line.Oldest = d.At.Wall
			}
			if line.Cause == "" {
				line.Cause, line.Remedy = d.Cause, d.Remedy
			}
			if line.NextTry.IsZero() || (!d.NextAt.IsZero() && d.NextAt.Before(line.NextTry)) {
				line.NextTry = d.NextAt
			}
		}
		out = append(out, line)
	}
	return out
}
