package stebby

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// The documents of Stebby contradict their own samples about what is an object
// and what an array, a number and a text. These types take either and never
// fail: what cannot be understood is as if it were not there. They are only for
// members that no decision rests on.

// words is a text, or a number as it was written; anything else is "".
type words string

// UnmarshalJSON reads a text or a number.
func (w *words) UnmarshalJSON(raw []byte) error {
	*w = ""
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*w = words(text)
		return nil
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		*w = words(number)
	}
	return nil
}

// count is a whole number, also one written as a text.
type count struct {
	n    int
	told bool
}

// UnmarshalJSON reads a number that can count something.
func (c *count) UnmarshalJSON(raw []byte) error {
	*c = count{}
	text := string(bytes.Trim(raw, `"`))
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		*c = count{n: int(n), told: true}
	}
	return nil
}

// one is an object, or the first of an array of them; anything else is zero.
type one[T any] struct{ value T }

// UnmarshalJSON reads an object.
func (o *one[T]) UnmarshalJSON(raw []byte) error {
	*o = one[T]{}
	var several []json.RawMessage
	if json.Unmarshal(raw, &several) == nil && len(several) > 0 {
		raw = several[0]
	}
	var value T
	if json.Unmarshal(raw, &value) == nil {
		o.value = value
	}
	return nil
}
