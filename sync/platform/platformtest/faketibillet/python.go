package faketibillet

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The real server is written in Python, and what its decoders accept is part of what a gate meets. This file holds their leniency.

// pythonError is an exception text that the real server passes on in its answers.
type pythonError string

func (e pythonError) Error() string { return string(e) }

const (
	errPadding  pythonError = "Incorrect padding"
	errNotASCII pythonError = "string argument should contain only ASCII characters"
)

var errNoUUID = errors.New("faketibillet: not a UUID in any form Python knows")

// pythonBase64 decodes like Python's urlsafe_b64decode: both alphabets, any other ASCII character skipped, everything after complete
// padding ignored, lost padding an error.
func pythonBase64(text string) ([]byte, error) {
	out := make([]byte, 0, len(text)*3/4)
	var group uint32
	digits, data, pads := 0, 0, 0
	for i := range len(text) {
		c := text[i]
		if c >= utf8.RuneSelf {
			return nil, errNotASCII
		}
		if c == '=' {
			if pads++; digits >= 2 && digits+pads >= 4 {
				return append(out, partial(group, digits)...), nil
			}
			continue
		}
		value, ok := base64Digit(c)
		if !ok {
			continue
		}
		pads = 0
		data++
		group = group<<6 | uint32(value)
		if digits++; digits == 4 {
			out = append(out, byte(group>>16), byte(group>>8), byte(group))
			group, digits = 0, 0
		}
	}
	switch digits {
	case 0:
		return out, nil
	case 1:
		return nil, pythonError(fmt.Sprintf(
			"Invalid base64-encoded string: number of data characters (%d) cannot be 1 more than a multiple of 4", data))
	default:
		return nil, errPadding
	}
}

// partial gives the whole bytes held by an unfinished group of 2 or 3 digits.
func partial(group uint32, digits int) []byte {
	if digits == 3 {
		return []byte{byte(group >> 10), byte(group >> 2)}
	}
	return []byte{byte(group >> 4)}
}

func base64Digit(c byte) (byte, bool) {
	switch {
	case c >= 'A' && c <= 'Z':
		return c - 'A', true
	case c >= 'a' && c <= 'z':
		return c - 'a' + 26, true
	case c >= '0' && c <= '9':
		return c - '0' + 52, true
	case c == '+' || c == '-':
		return 62, true
	case c == '/' || c == '_':
		return 63, true
	default:
		return 0, false
	}
}

// pythonUUID parses what Python's uuid.UUID(text) parses (braces, "urn:uuid:" and dashes anywhere are ignored) and returns the usual
// lower-case form with dashes.
func pythonUUID(text string) (string, error) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "urn:", ""), "uuid:", "")
	text = strings.ReplaceAll(strings.Trim(text, "{}"), "-", "")
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 16 {
		return "", errNoUUID
	}
	return formatUUID([16]byte(raw)), nil
}

func formatUUID(raw [16]byte) string {
	h := hex.EncodeToString(raw[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// truthy tells whether Python would take a decoded JSON value for true.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case json.Number:
		f, err := v.Float64()
		return err != nil || f != 0
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	default:
		return true
	}
}

// pythonType names the Python type a JSON value is decoded to.
func pythonType(v any) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case string:
		return "str"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "float"
		}
		return "int"
	case []any:
		return "list"
	default:
		return "dict"
	}
}

func textNoAttribute(v any, attribute string) string {
	return fmt.Sprintf("'%s' object has no attribute '%s'", pythonType(v), attribute)
}

// textNotUTF8 describes the first byte that is not UTF-8, or returns empty if there is none.
func textNotUTF8(raw []byte) string {
	for at := 0; at < len(raw); {
		r, size := utf8.DecodeRune(raw[at:])
		if r == utf8.RuneError && size <= 1 {
			return fmt.Sprintf("'utf-8' codec can't decode byte 0x%02x in position %d: invalid start byte", raw[at], at)
		}
		at += size
	}
	return ""
}
