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

// DecodeJSON reads exactly one JSON value of a stranger into to: UTF-8, at most
// 32 levels deep, no member twice in one object, nothing behind it. Members
// that to does not know are skipped. The error is io.ErrUnexpectedEOF where
// the value breaks off; no error repeats any of the text.
func DecodeJSON(raw []byte, to any) error {
	if !utf8.Valid(raw) {
		return fmt.Errorf("%w: not UTF-8", errJSON)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := walk(d, depthLimit); err != nil {
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

// walk goes over one value, looking at its form only.
func walk(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return formError(err)
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth == 0 {
		return fmt.Errorf("%w: nested too deep", errJSON)
	}
	var names map[string]struct{}
	if open == '{' {
		names = make(map[string]struct{})
	}
	for d.More() {
		if names != nil {
			if err := memberName(d, names); err != nil {
				return err
			}
		}
		if err := walk(d, depth-1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return formError(err)
	}
	return nil
}

func memberName(d *json.Decoder, seen map[string]struct{}) error {
	t, err := d.Token()
	if err != nil {
		return formError(err)
	}
	name, ok := t.(string)
	if !ok {
		return errJSON
	}
	// encoding/json takes a member for a field whatever its case is.
	name = strings.ToLower(name)
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
