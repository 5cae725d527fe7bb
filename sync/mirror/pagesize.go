package mirror

import "time"

// pageSize finds how many tickets to ask for at once: as many as the server
// hands over within the target. It moves by halving and doubling, so that a
// drawer that counts in pages can keep its place.
type pageSize struct {
	size, smallest, largest int
	target                  time.Duration
}

// newPageSize starts in the middle. Limits that contradict each other are bent
// until they do not.
func newPageSize(smallest, first, largest int, target time.Duration) pageSize {
	smallest = max(smallest, 1)
	largest = max(largest, smallest)
	return pageSize{
		size:     min(max(first, smallest), largest),
		smallest: smallest,
		largest:  largest,
		target:   target,
	}
}

// took learns from a page of rows tickets that came after d. A page that was
// not full says nothing in favour of larger ones.
func (p *pageSize) took(d time.Duration, rows int) {
	switch {
	case d > p.target:
		for ; d > p.target && p.size > p.smallest; d /= 2 {
			p.shrink()
		}
	case 2*d <= p.target && rows >= p.size:
		p.size = min(2*p.size, p.largest)
	}
}

// shrink is for a page that did not come at all.
func (p *pageSize) shrink() {
	p.size = max(p.size/2, p.smallest)
}
