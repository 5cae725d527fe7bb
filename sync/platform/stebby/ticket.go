package stebby

import (
	"bytes"
	"encoding/json"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// Lengths at which a stranger's words are cut, in characters.
const (
	nameMax = 120
	wordMax = 200
	oddMax  = 64 // a code that has not the form of one
)

// answer is what the tickets route gives.
type answer struct {
	Pagination struct {
		Page  count `json:"page"`
		Pages count `json:"pages"`
		Size  count `json:"size"`
		Total count `json:"total"`
	} `json:"pagination"`
	Tickets *[]row `json:"tickets"`
}

// row is one usable ticket. The amount of a purchasable, its price and whether
// it still exists in Stebby's catalogue decide nothing and are not read.
type row struct {
	Client       one[person]     `json:"client"`
	Code         *string         `json:"code"`
	ValidUntil   json.RawMessage `json:"validUntil"`
	Purchasable  one[service]    `json:"purchasable"`
	Purchasables one[service]    `json:"purchasables"` // its name in the table of fields
}

type person struct {
	Name words `json:"name"`
}

type service struct {
	Code words `json:"code"`
	Name words `json:"name"`
}

// ticket reads a row. A row without a code spoils the answer it stands in: a
// page with a row left out would hide a ticket. A code without the form of one
// names its ticket as it stands, so that staff find it; no scan leads to it. A
// validity that cannot be read makes the state of this one ticket unclear, so
// that a person decides about it and about no other.
func (r row) ticket(account string) (t admission.Ticket, spelling string, ok bool) {
	if r.Code == nil {
		return t, "", false
	}
	t.Account = account
	if t.ID, ok = canonical(*r.Code); !ok {
		t.ID = platform.CleanText(*r.Code, oddMax)
		if t.ID == "" || t.ID != *r.Code {
			return t, "", false
		}
	}
	t.Status = admission.StatusValid
	until, clear := readTime(r.ValidUntil)
	if !clear {
		t.Status = admission.StatusUnclear
	}
	t.Window.Until = until
	bought := r.Purchasable.value
	if bought == (service{}) {
		bought = r.Purchasables.value
	}
	t.Product = platform.CleanText(string(bought.Name), wordMax)
	t.Price = platform.CleanText(string(bought.Code), wordMax)
	t.Holder = platform.CleanText(string(r.Client.value.Name), nameMax)
	return t, *r.Code, true
}

// readTime reads ISO 8601 with an offset, with or without a colon in it. A
// ticket whose validity is null, or is not told, does not expire.
func readTime(raw json.RawMessage) (at time.Time, clear bool) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return time.Time{}, true
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if at, err := time.Parse(layout, text); err == nil && !at.IsZero() {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
