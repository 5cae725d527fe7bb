package fakebittan

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// readBody reads a body as the framework does; ok is false where it is not an object in JSON. No body is an empty object.
func readBody(r *http.Request, body []byte) (fields map[string]any, ok bool) {
	if len(body) == 0 {
		return map[string]any{}, true
	}
	if !isJSON(r) {
		return nil, false
	}
	value, err := decode(body)
	if err != nil {
		return nil, false
	}
	fields, ok = value.(map[string]any)
	return fields, ok
}

func isJSON(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == "application/json"
}

func decode(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errMore
	}
	return value, nil
}

// errMore is about a body with more than one value.
var errMore = errors.New("more after the JSON value")

// question is a valid request for a ticket.
type question struct {
	id       string
	password string
	use      bool
}

// readQuestion checks the fields that a form of the server wants; what it does not want it does not look at.
func readQuestion(fields map[string]any, f Form) (q question, valid bool) {
	if q.id, valid = charField(fields["external_id"]); !valid {
		return q, false
	}
	q.use = true
	if f == Bare2024 {
		return q, true
	}
	if q.password, valid = charField(fields["password"]); !valid || f == March2025 {
		return q, valid
	}
	q.use, valid = booleanField(fields["use_ticket"])
	return q, valid
}

// charField reads a text as Django REST framework does: numbers are texts too, blanks at the ends do not count, and something must be
// over that is no text.
func charField(value any) (string, bool) {
	var text string
	switch v := value.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	default:
		return "", false
	}
	text = strings.TrimSpace(text)
	return text, text != "" && !strings.ContainsRune(text, 0)
}

// booleanField reads a boolean as Django REST framework does: some words and two numbers will do.
func booleanField(value any) (yes, valid bool) {
	switch v := value.(type) {
	case bool:
		return v, true
	case json.Number:
		return v == "1", v == "1" || v == "0"
	case string:
		switch v {
		case "t", "T", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "1":
			return true, true
		case "f", "F", "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "0":
			return false, true
		}
	}
	return false, false
}
