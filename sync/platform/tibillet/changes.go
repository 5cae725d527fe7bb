package tibillet

import (
	"context"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

const (
	// glance is the size of the first page of an increment. Mostly nothing is
	// new, and each row costs the server about 60 ms.
	glance = 10
	// changePage is the size of the pages where there is more.
	changePage = 50
	// changePages bounds an increment. What is more than 2000 tickets behind
	// is a matter for a sweep.
	changePages = 40
)

// Changes gives the tickets of the reservations saved since watermark, newest
// first, a time as RFC 3339 writes it. A reservation is saved when it is made,
// paid, mailed or canceled whole; it is not when a ticket is scanned, reset or
// canceled alone, and then only a sweep sees it. Tickets of the very moment of
// the watermark are given again as far as the last page read holds them.
//
// Where more is new than an increment may read, the error says so: a sweep
// brings the rest, and after it watermark should begin anew with "".
func (d *Drawer) Changes(ctx context.Context, event, watermark string) ([]admission.Ticket, string, error) {
	const op = "list changes"
	since, err := time.Parse(time.RFC3339, watermark)
	if err != nil {
		since = time.Time{} // never read one, or not one of ours: what is recent
	}
	var found []admission.Ticket
	seen := make(map[string]struct{})
	newest := since
	size := glance
	if since.IsZero() {
		size = changePage
	}
	for n := 1; n <= changePages; n++ {
		p, err := d.page(ctx, op, listQuestion{
			Event: event, Page: n, PageSize: size, OrderBy: "reservation__datetime", OrderDir: "desc",
		})
		if err != nil {
			return nil, watermark, err
		}
		for i, t := range p.tickets {
			if _, again := seen[t.ID]; p.saved[i].Before(since) || again {
				continue
			}
			seen[t.ID] = struct{}{}
			found = append(found, t)
			if p.saved[i].After(newest) {
				newest = p.saved[i]
			}
		}
		if since.IsZero() || p.reaches(since) {
			return found, mark(newest, watermark), nil
		}
		if size == glance {
			n, size = 0, changePage // from the top, in larger steps
		}
	}
	return nil, watermark, &platform.Error{
		Class: platform.Protocol, Op: op, Host: d.client.Host(),
		Detail: "more is new than an increment reads", Remedy: "a sweep brings it; start one if none is due",
	}
}

// mark writes a watermark.
func mark(newest time.Time, before string) string {
	if newest.IsZero() {
		return before
	}
	return newest.UTC().Format(time.RFC3339Nano)
}

// reaches tells whether nothing newer than since lies behind the page.
func (p listPage) reaches(since time.Time) bool {
	if len(p.tickets) < p.asked.PageSize || p.asked.Page >= p.pages {
		return true
	}
	return !p.saved[len(p.saved)-1].After(since)
}
