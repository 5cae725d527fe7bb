package ticketsonic

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"gatescand/sync/platform"
)

var errNumber = errors.New("not a number of the platform")

// numeral is a whole number that the server writes as a number in one place and
// as text in another. Its decimal form is the same for both, and the same as
// that of the number in a block.
type numeral uint64

// UnmarshalJSON reads digits, bare or as text.
func (n *numeral) UnmarshalJSON(raw []byte) error {
	text := string(raw)
	if len(raw) > 0 && raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return errNumber
		}
	}
	v, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return errNumber
	}
	*n = numeral(v)
	return nil
}

func (n numeral) String() string { return strconv.FormatUint(uint64(n), 10) }

// moment is a time in unix seconds, as a number or as text; null, an empty text
// and 0 are none.
type moment struct{ time.Time }

// UnmarshalJSON reads what the server writes as a time.
func (m *moment) UnmarshalJSON(raw []byte) error {
	switch string(raw) {
	case "null", `""`:
		m.Time = time.Time{}
		return nil
	}
	var n numeral
	if err := n.UnmarshalJSON(raw); err != nil || n > lastSecond {
		return errNumber
	}
	m.Time = second(uint64(n))
	return nil
}

// stockUnit is the sku of a kind of ticket, "815-46527". What stands behind the
// last dash is the number by which codes name the product.
type stockUnit string

// UnmarshalJSON reads a text or a bare number.
func (s *stockUnit) UnmarshalJSON(raw []byte) error {
	var n numeral
	if n.UnmarshalJSON(raw) == nil {
		*s = stockUnit(n.String())
		return nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return errNumber
	}
	*s = stockUnit(text)
	return nil
}

// product gives the number of the product; ok is false where the sku has none.
func (s stockUnit) product() (number string, ok bool) {
	text := string(s)
	n, err := strconv.ParseUint(text[strings.LastIndexByte(text, '-')+1:], 10, 64)
	return strconv.FormatUint(n, 10), err == nil
}

// nameMax bounds names, in characters.
const nameMax = 200

// name gives the text in the promoter's first language, else in the second,
// else instead.
func name(primary, secondary, instead string) string {
	for _, text := range []string{primary, secondary} {
		if clean := platform.CleanText(text, nameMax); clean != "" {
			return clean
		}
	}
	return platform.CleanText(instead, nameMax)
}
