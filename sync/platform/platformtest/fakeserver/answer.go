package fakeserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
)

// Answer is what a site has decided to say, before any mood spoils it.
type Answer struct {
	Status int    // HTTP status; 0 means 200
	Type   string // Content-Type; empty leaves the header out
	Header http.Header
	Body   []byte
	// Stream, where set, writes the body in place of Body. It may be called more than once and must write the same bytes every time:
	// lengths and ETags are found by letting it write to nowhere. An error of the writer ends it and is returned.
	Stream func(w io.Writer) error
	// Revalidate says that this GET may be answered 304 to a client that has the very same body already; see [Front.SetConditional].
	Revalidate bool
}

// With returns the answer with one more header.
func (a Answer) With(key, value string) Answer {
	if a.Header = a.Header.Clone(); a.Header == nil {
		a.Header = http.Header{}
	}
	a.Header.Set(key, value)
	return a
}

// Revalidated returns the answer with leave to answer 304 in its place.
func (a Answer) Revalidated() Answer {
	a.Revalidate = true
	return a
}

// JSON is a value in JSON, with nothing escaped for HTML and no line break at the end. A value that cannot be encoded is a plain 500.
func JSON(status int, value any) Answer {
	raw, err := encode(value)
	if err != nil {
		return Text(http.StatusInternalServerError, "this fake made an answer that is no JSON: "+err.Error())
	}
	return Answer{Status: status, Type: "application/json", Body: raw}
}

// JSONRows is a JSON text with rows between before (as {"results":[) and after (as ]}), encoded and written one by one and never held
// together. rows may be run through more than once.
func JSONRows(status int, before string, rows iter.Seq[any], after string) Answer {
	return Answer{Status: status, Type: "application/json", Stream: func(w io.Writer) error {
		if _, err := io.WriteString(w, before); err != nil {
			return err
		}
		comma := ""
		for row := range rows {
			raw, err := encode(row)
			if err != nil {
				return err
			}
			if _, err := w.Write(append([]byte(comma), raw...)); err != nil {
				return err
			}
			comma = ","
		}
		_, err := io.WriteString(w, after)
		return err
	}}
}

// HTML is a page.
func HTML(status int, body string) Answer {
	return Answer{Status: status, Type: "text/html; charset=utf-8", Body: []byte(body)}
}

// Text is plain text.
func Text(status int, body string) Answer {
	return Answer{Status: status, Type: "text/plain; charset=utf-8", Body: []byte(body)}
}

// Redirect leads elsewhere, without a body.
func Redirect(status int, location string) Answer {
	return Answer{Status: status, Type: "text/html; charset=utf-8", Header: http.Header{"Location": {location}}}
}

func encode(value any) ([]byte, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(body.Bytes(), "\n"), nil
}

// writeBody writes the body whole.
func (a Answer) writeBody(w io.Writer) error {
	if a.Stream != nil {
		return a.Stream(w)
	}
	_, err := w.Write(a.Body)
	return err
}

// length counts the body's bytes.
func (a Answer) length() int64 {
	if a.Stream == nil {
		return int64(len(a.Body))
	}
	var n counter
	_ = a.Stream(&n) // a stream that breaks off is as long as it got
	return int64(n)
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// errFull ends a stream that has written as much as is wanted.
var errFull = errors.New("fakeserver: enough has been written")

// prefix lets only so many bytes pass.
type prefix struct {
	to   io.Writer
	left int64
}

func (p *prefix) Write(b []byte) (int, error) {
	if int64(len(b)) < p.left {
		p.left -= int64(len(b))
		return p.to.Write(b)
	}
	n, err := p.to.Write(b[:p.left])
	p.left = 0
	if err != nil {
		return n, err
	}
	return n, errFull
}
