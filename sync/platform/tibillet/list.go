package tibillet

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// pageMax is the most rows the server gives at once.
const pageMax = 200

// settleTries is how often a page is looked for again in a list that shrinks
// while it is read.
const settleTries = 4

type listQuestion struct {
	Event    string `json:"event_uuid"`
	Page     int    `json:"page"`
	PageSize int    `json:"page_size"`
	OrderBy  string `json:"order_by"`
	OrderDir string `json:"order_dir"`
}

// Tickets gives a page of the list in the order of the uuids, the only order
// of the server that is total.
//
// The server knows pages and no positions. The cursor is a position all the
// same, with the last uuid seen and the total, so that the size of the pages
// may change in the middle of a sweep: the page that holds the position is
// asked for, and what has been seen is left out. Where the total has shrunk
// meanwhile, the rows behind have moved up by as much, and the position goes
// back before it is believed. A cursor that cannot be read begins anew.
//
// An event the server does not know and an event without tickets look the same
// in the list. Before a list is called empty, the event itself is asked for, so
// that an event gone missing never empties a list: one more request.
func (d *Drawer) Tickets(ctx context.Context, event, cursor string, limit int) (admission.SweepPage, error) {
	const op = "list tickets"
	at := readCursor(cursor)
	size := min(max(limit, 1), pageMax)
	for range settleTries {
		p, err := d.page(ctx, op, listQuestion{
			Event: event, Page: at.offset/size + 1, PageSize: size, OrderBy: "uuid", OrderDir: "asc",
		})
		if err != nil {
			return admission.SweepPage{}, err
		}
		if at.offset > 0 && p.total < at.total {
			at.offset, at.total = max(0, at.offset-(at.total-p.total)), p.total
			continue
		}
		if p.total == 0 {
			return admission.SweepPage{}, d.confirmEmpty(ctx, op, event)
		}
		return d.sweepPage(op, p, at)
	}
	return admission.SweepPage{}, &platform.Error{
		Class: platform.Server, Op: op, Host: d.client.Host(),
		Detail: "the list keeps shrinking while it is read", Remedy: "it will be read again later",
	}
}

// sweepPage leaves out what has been seen and says where to go on.
func (d *Drawer) sweepPage(op string, p listPage, at position) (admission.SweepPage, error) {
	last := at.last
	out := admission.SweepPage{Total: p.total}
	previous := ""
	for _, t := range p.tickets {
		if t.ID <= previous {
			return admission.SweepPage{}, d.odd(op, p.reply, "the list is not in the order that was asked for")
		}
		previous = t.ID
		if t.ID > last {
			out.Tickets = append(out.Tickets, t)
		}
	}
	end := (p.asked.Page-1)*p.asked.PageSize + len(p.tickets)
	if end >= p.total {
		return out, nil
	}
	if len(p.tickets) < p.asked.PageSize {
		return admission.SweepPage{}, d.odd(op, p.reply, "the list ends before the number of tickets it names")
	}
	out.Next = position{offset: end, total: p.total, last: max(last, previous)}.cursor()
	return out, nil
}

// confirmEmpty makes sure that an event exists whose list is empty.
func (d *Drawer) confirmEmpty(ctx context.Context, op, event string) error {
	_, err := d.event(ctx, op, event)
	if platform.ClassOf(err) == platform.Unsupported && err != nil && d.isImported(event) {
		return nil // the route is gone; whoever brought the key vouches for the event
	}
	return err
}

// position is how far a sweep has come.
type position struct {
	offset int    // rows before it
	total  int    // rows in all, when they were counted last
	last   string // uuid of the row before it
}

func (p position) cursor() string {
	return strconv.Itoa(p.offset) + "/" + strconv.Itoa(p.total) + "/" + p.last
}

// readCursor reads a cursor; what it cannot read is the beginning.
func readCursor(text string) position {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return position{}
	}
	offset, err1 := strconv.ParseUint(parts[0], 10, 31)
	total, err2 := strconv.ParseUint(parts[1], 10, 31)
	last, ok := canonicalUUID(parts[2])
	if err1 != nil || err2 != nil || !ok {
		return position{}
	}
	return position{offset: int(offset), total: int(total), last: last}
}

// listPage is one answer of the list.
type listPage struct {
	asked   listQuestion
	reply   platform.Reply
	tickets []admission.Ticket
	saved   []time.Time // when the ticket's reservation was last saved
	total   int
	pages   int
}

type listAnswer struct {
	Success    *bool `json:"success"`
	Count      *int  `json:"count"`
	Total      *int  `json:"total"`
	Page       *int  `json:"page"`
	PageSize   *int  `json:"page_size"`
	TotalPages *int  `json:"total_pages"`
	Ordering   *struct {
		By  string `json:"order_by"`
		Dir string `json:"order_dir"`
	} `json:"ordering"`
	Results *[]row `json:"results"`
}

// answers tells whether a is an answer to q, and whole.
func (a listAnswer) answers(q listQuestion) bool {
	return a.Success != nil && *a.Success && a.Results != nil &&
		a.Count != nil && *a.Count == len(*a.Results) && *a.Count <= q.PageSize &&
		a.Total != nil && *a.Total >= *a.Count &&
		a.Page != nil && *a.Page == q.Page &&
		a.PageSize != nil && *a.PageSize == q.PageSize &&
		a.TotalPages != nil &&
		a.Ordering != nil && a.Ordering.By == q.OrderBy && a.Ordering.Dir == q.OrderDir
}

// page asks for one page of the list. A single row that is not as documented
// spoils it: a page with a row left out would hide a ticket.
func (d *Drawer) page(ctx context.Context, op string, q listQuestion) (listPage, error) {
	event, ok := canonicalUUID(q.Event)
	if !ok {
		return listPage{}, d.notAnEvent(op)
	}
	q.Event = event
	r, err := d.ask(ctx, question{op: op, path: routeList, body: q, limit: listLimit, timeout: listPatience})
	if err != nil {
		return listPage{}, err
	}
	switch r.Status {
	case http.StatusOK:
	case http.StatusBadRequest:
		return listPage{}, d.client.Fail(platform.Rejected, op, r, "the server refuses the question", "choose the account's events again")
	case http.StatusNotFound:
		return listPage{}, d.client.Fail(platform.Unsupported, op, r, "the server has no list of tickets",
			"the organiser's TiBillet is older than October 2025 and must be updated")
	default:
		return listPage{}, d.unexpected(op, r)
	}
	var a listAnswer
	if err := d.client.Decode(op, r, &a); err != nil {
		return listPage{}, err
	}
	if !a.answers(q) {
		return listPage{}, d.odd(op, r, "the list does not answer the question")
	}
	p := listPage{asked: q, reply: r, total: *a.Total, pages: *a.TotalPages}
	for _, row := range *a.Results {
		t, saved, err := row.ticket(d.account, event, r.Language)
		if err != nil {
			e := d.client.Fail(platform.Protocol, op, r, err.Error(), "the platform may have changed; look for a newer gatescand")
			e.Err = err
			return listPage{}, e
		}
		p.tickets, p.saved = append(p.tickets, t), append(p.saved, saved)
	}
	return p, nil
}

func (d *Drawer) notAnEvent(op string) error {
	return &platform.Error{
		Class: platform.Rejected, Op: op, Host: d.client.Host(),
		Detail: "the event's id is not one of TiBillet", Remedy: "choose the account's events again",
	}
}
