package tibillet

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// Lengths at which a stranger's words are cut, in characters.
const (
	nameMax = 120
	wordMax = 200
)

var errRow = errors.New("a ticket of the list is not what the platform documents")

// row is one ticket of a list. E-mail addresses and answers of forms stand in
// it too; they are never read. Whatever is null there is nil here.
type row struct {
	UUID        *string `json:"uuid"`
	FirstName   *string `json:"first_name"`
	LastName    *string `json:"last_name"`
	Price       *string `json:"price"`
	Product     *string `json:"product"`
	Reservation *string `json:"reservation_uuid"`
	Status      *string `json:"status"`
	Saved       *string `json:"reservation_datetime"`
}

// ticket reads a row. saved is when its reservation was last saved.
func (r row) ticket(account, event, language string) (t admission.Ticket, saved time.Time, err error) {
	if r.UUID == nil || r.Status == nil || r.Reservation == nil || r.Saved == nil {
		return t, saved, fmt.Errorf("%w: it lacks a member", errRow)
	}
	t.Account, t.Event = account, event
	var ok bool
	if t.ID, ok = canonicalUUID(*r.UUID); !ok {
		return t, saved, fmt.Errorf("%w: its uuid is none", errRow)
	}
	if t.Order, ok = canonicalUUID(*r.Reservation); !ok {
		return t, saved, fmt.Errorf("%w: its reservation_uuid is none", errRow)
	}
	if saved, err = time.Parse(time.RFC3339, *r.Saved); err != nil {
		return t, saved, fmt.Errorf("%w: its reservation_datetime is no time", errRow)
	}
	s := readWord(*r.Status, language)
	t.Status, t.Used = s.status, s.scanned
	t.Product, t.Price = told(r.Product, wordMax), told(r.Price, wordMax)
	t.Holder = holder(r.FirstName, r.LastName)
	return t, saved.UTC(), nil
}

// holder puts a name together of what there is of it.
func holder(first, last *string) string {
	return strings.TrimSpace(told(first, nameMax) + " " + told(last, nameMax))
}

// told gives a text on one line, "" where there is none.
func told(text *string, limit int) string {
	if text == nil {
		return ""
	}
	return platform.CleanText(*text, limit)
}
