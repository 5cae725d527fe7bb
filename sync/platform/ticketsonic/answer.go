package ticketsonic

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"gatescand/sync/platform"
)

// word is what a text of the server says. The texts are those of the published
// error tables and of the server of 2020; they are the only codes it has.
type word uint8

const (
	noWord     word = iota // a text nobody has documented, or none
	refusesKey             // the user id or the key is not known
	refusesIt              // the code asked about is not valid
	hasFailed              // the server could not do its work
	success
)

// wordMax is more than the longest documented text.
const wordMax = 80

// readWord reads a text in any case, with blanks or a full stop around it.
func readWord(text string) word {
	if len(text) > wordMax {
		return noWord
	}
	switch strings.ToLower(strings.Trim(text, " \t\r\n.!")) {
	case "unknown user", "unknown key", "unknown promoter":
		return refusesKey
	case "failure", "invalid sensitive", "invalid ticket_sensitive":
		return refusesIt
	case "error fetching data":
		return hasFailed
	case "success":
		return success
	}
	return noWord
}

// answer is what the server said, in whichever of its manners.
type answer struct {
	reply platform.Reply
	// says is the word of the status where the answer is JSON, else that of its
	// text. A message that is a text goes before a status that is no success.
	says word
	// message is what came with a success, as it stands.
	message json.RawMessage
}

// well tells whether the server says that all went well. Its status code alone
// says nothing: it has sent errors with 200.
func (a answer) well() bool { return a.says == success && a.reply.Status == http.StatusOK }

// envelope is the JSON of every answer. Message is a text with errors and an
// object with the outcome of a validation.
type envelope struct {
	Status  *string         `json:"status"`
	Message json.RawMessage `json:"message"`
}

// understand reads an answer. JSON is recognised by its first character and not
// by the header, because PHP sends it as HTML where nobody tells it otherwise.
// What is neither JSON nor one of the documented texts comes from something
// else than the platform.
func (d *Drawer) understand(op string, r platform.Reply) (answer, error) {
	a := answer{reply: r}
	if r.Status >= 500 {
		return a, d.failed(op, r)
	}
	body := bytes.TrimSpace(r.Body)
	switch {
	case len(body) > 0 && body[0] == '{':
		a.reply.Media = "application/json"
		var e envelope
		if err := d.client.Decode(op, a.reply, &e); err != nil {
			return a, err
		}
		a.read(e)
	case len(body) > 0 && body[0] == '"':
		var text string
		if platform.DecodeJSON(body, &text) == nil {
			a.says = readWord(text)
		}
	default:
		a.says = readWord(string(body))
	}
	switch {
	case a.says == refusesKey, a.says == noWord && a.reply.IsJSON() && isForbidden(r.Status):
		return a, d.keyRefused(op, r)
	case a.says == hasFailed:
		return a, d.failed(op, r)
	case a.says == noWord && isAbsent(r.Status):
		return a, d.client.Fail(platform.Unsupported, op, r, "the server has no such route",
			"check the account's url, its port and path included; if they are right, the server is too old or too new for this")
	case a.says == noWord && !a.reply.IsJSON():
		return a, d.client.Decode(op, r, nil) // says what it is instead
	}
	return a, nil
}

func (a *answer) read(e envelope) {
	if e.Status != nil {
		a.says = readWord(*e.Status)
	}
	if a.says == success {
		a.message = e.Message
		return
	}
	var text string
	if len(e.Message) > 0 && platform.DecodeJSON(e.Message, &text) == nil {
		if w := readWord(text); w != noWord && w != success {
			a.says = w
		}
	}
}

func isForbidden(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

func isAbsent(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone
}

func (d *Drawer) failed(op string, r platform.Reply) error {
	return d.client.Fail(platform.Server, op, r, "the server failed", "it will be asked again later")
}

func (d *Drawer) keyRefused(op string, r platform.Reply) error {
	return d.client.Fail(platform.Auth, op, r, "the server does not take this account's user id and key",
		"compare user_id and the file of api_key_file with the promoter's account page")
}

// unexpected is the error for an answer in the server's manner that no one has
// documented for the question.
func (d *Drawer) unexpected(op string, r platform.Reply) error {
	return d.client.Fail(platform.Protocol, op, r, "the server answers something it does not document",
		"the platform may have changed; look for a newer gatescand")
}

// odd is the error for an answer of the right form that says something
// impossible.
func (d *Drawer) odd(op string, r platform.Reply, detail string) error {
	return d.client.Fail(platform.Protocol, op, r, detail, "the platform may have changed; look for a newer gatescand")
}
