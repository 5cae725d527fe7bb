package stebby

import (
	"encoding/json"
	"strings"

	"gatescand/sync/platform"
)

const (
	// codeNoKey is the only error code that Stebby has published: "Api key is
	// missing from the request".
	codeNoKey = "2108"
	// codeTextMax is the longest error code repeated to people, in characters.
	codeTextMax = 12
	// errorsRead is how many errors of one answer are looked at.
	errorsRead = 16
)

// envelope is what an answer says as an error, in any of the forms met:
//
//	{"code": "2108", "message": "…"}                 the document
//	{"errors": [{"code": "2108", "message": "…"}]}   what two public clients read
//	{"errors": {"code": "2108", "message": "…"}}     the document, read literally
//	{"errors": {"ticketCode": ["…"]}, "message": "…"} Laravel's validation
//	{"message": "…"}                                 Laravel, and one of the clients
type envelope struct {
	code    string // letters and digits of the first error that has any, cut
	errors  bool   // it holds errors, whatever they say
	message bool
	key     bool // it is about the API key
}

// readEnvelope reads raw as an error. about is the ticket asked for: an answer
// that describes a ticket has a member "code" too, which is none of an error.
func readEnvelope(raw []byte, about string) envelope {
	var top struct {
		fault

		Errors json.RawMessage `json:"errors"`
	}
	var e envelope
	if platform.DecodeJSON(raw, &top) != nil {
		return e
	}
	e.add(top.fault, about)
	e.message = top.Message != ""
	var list []json.RawMessage
	var fields map[string]json.RawMessage
	var text string
	switch {
	case json.Unmarshal(top.Errors, &list) == nil:
		e.errors = len(list) > 0
		for _, each := range list[:min(len(list), errorsRead)] {
			e.addRaw(each, about)
		}
	case json.Unmarshal(top.Errors, &fields) == nil:
		e.errors = len(fields) > 0
		e.addRaw(top.Errors, about)
		e.key = e.key || fieldsSpeakOfKey(fields)
	case json.Unmarshal(top.Errors, &text) == nil:
		e.errors = text != ""
		e.add(fault{Message: words(text)}, about)
	}
	return e
}

// fault is one error.
type fault struct {
	Code    words `json:"code"`
	Message words `json:"message"`
}

func (e *envelope) addRaw(raw json.RawMessage, about string) {
	var f fault
	if json.Unmarshal(raw, &f) == nil {
		e.add(f, about)
		return
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		e.add(fault{Message: words(text)}, about)
	}
}

func (e *envelope) add(f fault, about string) {
	code := cleanCode(string(f.Code))
	if id, ok := canonical(string(f.Code)); ok && id == about {
		code = ""
	}
	if e.code == "" {
		e.code = code
	}
	e.key = e.key || code == codeNoKey || speaksOfKey(string(f.Message))
}

// cleanCode keeps what an error code can consist of, so that people may be told.
func cleanCode(text string) string {
	text = strings.Map(func(r rune) rune {
		if (r >= '0' && r <= '9') || (r >= 'A' && r <= 'Z') || (r >= 'a' && r <= 'z') {
			return r
		}
		return -1
	}, text)
	return text[:min(len(text), codeTextMax)]
}

// speaksOfKey is the one place that looks into an error's text: the codes for a
// wrong, withdrawn or foreign key are not published, and taking such an error
// for one about the ticket would bury what must only wait.
func speaksOfKey(message string) bool {
	folded := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(message[:min(len(message), 500)]))
	return strings.Contains(folded, "apikey")
}

// fieldsSpeakOfKey looks through what a validation says of each field.
func fieldsSpeakOfKey(fields map[string]json.RawMessage) bool {
	for name, raw := range fields {
		var texts []words
		if speaksOfKey(name) || (json.Unmarshal(raw, &texts) == nil && len(texts) > 0 && speaksOfKey(string(texts[0]))) {
			return true
		}
	}
	return false
}

// refuses tells whether an answer with this status is a no in the server's own
// form. Beside a status of success a mere message is not.
func (e envelope) refuses(status int) bool {
	if status >= 200 && status < 300 {
		return e.errors || (e.code != "" && e.message)
	}
	return e.errors || e.code != "" || e.message
}
