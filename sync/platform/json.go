package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Decode reads a reply's JSON into to. A reply that is not JSON comes from
// something else than the platform and gives Captive; JSON that breaks off
// gives Server; JSON with two members of one name, nested too deep, not UTF-8,
// or of another type than to gives Protocol.
func (c *Client) Decode(op string, r Reply, to any) error {
	if !r.IsJSON() {
		return c.Fail(Captive, op, r, "something answers that is not the platform",
			"if the network has a log-in page, give the station one without; else check the account's url")
	}
	err := DecodeJSON(r.Body, to)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		e := c.Fail(Server, op, r, "the answer breaks off", "")
		e.Err = err
		return e
	}
	e := c.Fail(Protocol, op, r, "the answer is not what the platform documents", "the platform may have changed; look for a newer gatescand")
	e.Err = err
	return e
}

// Bounds of what a stranger's JSON may hold. They keep what a text is turned
// into within a small multiple of the text: "{}," is three bytes to send, and a
// row of a list to keep.
const (
	depthLimit   = 32
	memberLimit  = 4096   // of one object
	elementLimit = 20_000 // of all arrays together
	numberLimit  = 100    // bytes
)

var errJSON = errors.New("not one well-formed JSON value")

// DecodeJSON reads exactly one JSON value of a stranger into to: UTF-8, at most
// 32 levels deep, at most 4096 members in one object and 20000 elements in all
// arrays together, no number of more than 100 characters, no member twice in
// one object, nothing behind it. Members that to does not know are skipped. The
// error is io.ErrUnexpectedEOF where the value breaks off; no error repeats any
// of the text.
func DecodeJSON(raw []byte, to any) error {
	if !utf8.Valid(raw) {
		return fmt.Errorf("%w: not UTF-8", errJSON)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	w := walker{d: d, elements: elementLimit}
	if err := w.walk(depthLimit); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something stands behind it", errJSON)
	}
	if err := json.Unmarshal(raw, to); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fmt.Errorf("%w: member %q has the wrong type", errJSON, wrong.Field)
		}
		return fmt.Errorf("%w: wrong type", errJSON)
	}
	return nil
}

// walker goes over a text, looking at its form only.
type walker struct {
	d        *json.Decoder
	elements int // of arrays, that may still come
}

// walk goes over one value.
func (w *walker) walk(depth int) error {
	t, err := w.d.Token()
	if err != nil {
		return formError(err)
	}
	switch t := t.(type) {
	case json.Number:
		if len(t) > numberLimit {
			return fmt.Errorf("%w: a number is too long", errJSON)
		}
		return nil
	case json.Delim:
		if depth == 0 {
			return fmt.Errorf("%w: nested too deep", errJSON)
		}
		if t == '{' {
			err = w.object(depth - 1)
		} else {
			err = w.array(depth - 1)
		}
		if err != nil {
			return err
		}
		if _, err := w.d.Token(); err != nil {
			return formError(err)
		}
	}
	return nil
}

func (w *walker) array(depth int) error {
	for w.d.More() {
		if w.elements--; w.elements < 0 {
			return fmt.Errorf("%w: too many elements in its arrays", errJSON)
		}
		if err := w.walk(depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) object(depth int) error {
	seen := make(map[string]struct{})
	for w.d.More() {
		if len(seen) == memberLimit {
			return fmt.Errorf("%w: too many members in an object", errJSON)
		}
		if err := w.name(seen); err != nil {
			return err
		}
		if err := w.walk(depth); err != nil {
			return err
		}
	}
	return nil
}

// name reads the name of a member, which must be a new one.
func (w *walker) name(seen map[string]struct{}) error {
	t, err := w.d.Token()
	if err != nil {
		return formError(err)
	}
	name, ok := t.(string)
	if !ok {
		return errJSON
	}
	// encoding/json takes a member for a field whatever its case is, and knows
	// a long s and a Kelvin sign for an s and a k.
	name = strings.ToLower(strings.ToUpper(name))
	if _, twice := seen[name]; twice {
		return fmt.Errorf("%w: a member stands there twice", errJSON)
	}
	seen[name] = struct{}{}
	return nil
}

func formError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return errJSON
}

// CleanText makes one printable line of a stranger's text: control, format and
// private characters become blanks, blanks are trimmed, and at most limit
// characters are kept.
func CleanText(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > limit {
		s = strings.TrimSpace(string([]rune(s)[:limit]))
	}
	return s
}
