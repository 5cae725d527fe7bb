package stebby

import (
	"context"
	"strconv"
	"strings"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

const (
	// pageMax is the largest page a public client asks for.
	pageMax = 100
	// listMax is more tickets than any Point of Sale has at once.
	listMax = 1 << 20
	// settleTries is how often a page is asked for in the sizes the server
	// turns out to give.
	settleTries = 3

	remedyOneByOne = "tickets are looked up one by one; nothing need be done"
)

// Tickets gives a page of the usable tickets of the Point of Sale. That they can
// be listed without naming a client is not documented; a server that refuses is
// Unsupported. Stebby knows no events, so event is "".
//
// The server knows pages and promises no order. The cursor is a position in
// tickets all the same, so that the size of the pages may change in the middle
// of a sweep: the page that holds the position is asked for, and rows that were
// given before are given again. Where the server keeps to a page size of its
// own, the cursor keeps that.
//
// Of the two counts in an answer the total is believed and handed on; the number
// of pages, which contradicts it in the document's sample, can only add to the
// pages that are read. The list is over at an empty page, at a short one that
// reaches the total, or where both counts say so. A total that is less than what
// came never ends the list, and stays as a contradiction for the caller: such a
// sweep is not complete. A list that does not tell its total is believed only
// where all of it fits into one answer.
//
// An empty list is not believed while the ticket that was looked up last is still
// usable: the server may give nothing to whoever names no client. That is one
// more request.
func (d *Drawer) Tickets(ctx context.Context, event, cursor string, limit int) (admission.SweepPage, error) {
	const op = "list tickets"
	if event != "" {
		return admission.SweepPage{}, d.plain(platform.Rejected, op, "Stebby knows no events",
			"take events out of the account in the configuration")
	}
	at := readCursor(cursor)
	size := min(max(limit, 1), pageMax)
	if at.size > 0 {
		size = at.size
	}
	for try := range settleTries {
		p, err := d.page(ctx, op, paging{Limit: size, Page: at.offset/size + 1})
		if err != nil {
			return admission.SweepPage{}, err
		}
		if n := len(p.tickets); try == 0 && p.isShort() {
			p.size = n // it gives fewer than it says
		}
		if p.size != size {
			at.size = p.size
			if p.asked.Page > 1 { // it holds other rows than were meant
				size = p.size
				continue
			}
		}
		return d.sweepPage(ctx, op, p, at.size)
	}
	return admission.SweepPage{}, d.plain(platform.Server, op, "the server keeps changing the size of its pages", "the list will be read again later")
}

// sweepPage says where to go on after a page.
func (d *Drawer) sweepPage(ctx context.Context, op string, p listPage, ownSize int) (admission.SweepPage, error) {
	out := admission.SweepPage{Tickets: p.tickets, Total: -1, UsableOnly: true}
	n, end := len(p.tickets), p.asked.Page*p.size
	if !p.total.told {
		if p.asked.Page > 1 || (n == p.size && n > 0) {
			return admission.SweepPage{}, d.odd(op, p.reply, "the list does not say how many tickets it holds")
		}
		p.total = count{n: n, told: true}
	}
	out.Total = p.total.n
	if n == 0 {
		if p.asked.Page == 1 {
			return out, d.confirmEmpty(ctx, op, p.reply)
		}
		return out, nil
	}
	reached := end >= p.total.n
	doubted := p.total.n < end-p.size+n || (p.pages.told && p.pages.n > p.asked.Page)
	if reached && (n < p.size || !doubted) {
		return out, nil
	}
	if end >= listMax {
		return admission.SweepPage{}, d.odd(op, p.reply, "the list does not end")
	}
	out.Next = position{offset: end, size: ownSize}.cursor()
	return out, nil
}

// confirmEmpty makes sure that an empty list is one. Where a ticket was found
// usable, it is looked up again.
func (d *Drawer) confirmEmpty(ctx context.Context, op string, r platform.Reply) error {
	w := d.witness.Load()
	if w == nil {
		return nil
	}
	found, err := d.lookUp(ctx, op, w.id, w.spelling)
	switch {
	case err != nil:
		return err
	case found != nil:
		return d.client.Fail(platform.Unsupported, op, r, "the server's list is empty while a ticket is usable", remedyOneByOne)
	}
	d.witness.CompareAndSwap(w, nil)
	return nil
}

// position is how far a sweep has come.
type position struct {
	offset int // tickets before it
	size   int // of the server's own pages, 0 where it gives what is asked for
}

func (p position) cursor() string {
	return strconv.Itoa(p.offset) + "/" + strconv.Itoa(p.size)
}

// readCursor reads a cursor; what it cannot read is the beginning.
func readCursor(text string) position {
	left, right, found := strings.Cut(text, "/")
	offset, err1 := strconv.ParseUint(left, 10, 31)
	size, err2 := strconv.ParseUint(right, 10, 31)
	if !found || err1 != nil || err2 != nil || offset > listMax || size > listMax {
		return position{}
	}
	return position{offset: int(offset), size: int(size)}
}

// listPage is one answer of the list.
type listPage struct {
	asked   paging
	reply   platform.Reply
	tickets []admission.Ticket
	size    int // of the server's pages
	total   count
	pages   count
}

type listQuestion struct {
	Pagination paging `json:"pagination"`
}

// page asks for one page of the list.
func (d *Drawer) page(ctx context.Context, op string, asked paging) (listPage, error) {
	r, no, err := d.ask(ctx, question{
		op: op, path: routeTickets, body: listQuestion{asked}, limit: listLimit, timeout: listPatience,
	})
	switch {
	case platform.ClassOf(err) == platform.Auth && err != nil:
		return listPage{}, d.explainKey(ctx, op, r, err)
	case err != nil:
		return listPage{}, err
	case no != nil:
		return listPage{}, d.client.Fail(platform.Unsupported, op, r, "the server gives no list without a client"+no.named(), remedyOneByOne)
	}
	var a answer
	if err := d.client.Decode(op, r, &a); err != nil {
		return listPage{}, err
	}
	if a.Tickets == nil {
		return listPage{}, d.odd(op, r, "the answer holds no tickets, not even none")
	}
	if told := a.Pagination.Page; told.told && told.n != asked.Page {
		return listPage{}, d.odd(op, r, "the server gives another page than was asked for")
	}
	p := listPage{asked: asked, reply: r, total: a.Pagination.Total, pages: a.Pagination.Pages}
	for _, row := range *a.Tickets {
		t, _, ok := row.ticket(d.account)
		if !ok {
			return listPage{}, d.odd(op, r, "a ticket of the list is not what the platform documents")
		}
		p.tickets = append(p.tickets, t)
	}
	p.size = pageSize(asked, a.Pagination.Size, len(p.tickets))
	return p, nil
}

// isShort tells whether fewer rows came than a page has, and not as many as the
// total leaves for the last one.
func (p listPage) isShort() bool {
	n := len(p.tickets)
	if n == 0 || n >= p.size || !p.total.told {
		return false
	}
	left := p.total.n - (p.asked.Page-1)*p.size
	return n < left || (n > left && p.asked.Page > 1)
}

// pageSize finds how many rows the server gives to a page: what it says, unless
// more came.
func pageSize(asked paging, told count, n int) int {
	size := asked.Limit
	if told.told && told.n > 0 && told.n <= listMax {
		size = told.n
	}
	return max(size, n)
}

// explainKey finds out what it means that the key is refused for the list: that
// it is not good at all, or that it does not open the list.
func (d *Drawer) explainKey(ctx context.Context, op string, r platform.Reply, refused error) error {
	if d.Probe(ctx) != nil {
		return refused
	}
	return d.client.Fail(platform.Unsupported, op, r, "the API key does not open the list", remedyOneByOne)
}
