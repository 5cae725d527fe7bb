package configs

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
)

// EventKey is an event's public key that was brought by hand, for a platform
// whose public list of events is gone.
type EventKey struct {
	// Event is the event's uuid in lower case.
	Event string
	// Name is the event's name for people; it may be empty.
	Name string
	// PEM is one PUBLIC KEY block (SubjectPublicKeyInfo), as the platform gave it.
	PEM []byte
}

// keyFault is what is wrong in a file of event keys, and in which line.
type keyFault struct {
	line int
	complaint
}

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
)

// parseEventKeys reads a file of event keys. For each event it holds a line
// with the uuid, optionally followed by a name, and below it the key as a PEM
// block. Empty lines and lines that begin with # do not count. All faults are
// returned.
func parseEventKeys(data []byte) ([]EventKey, []keyFault) {
	r := keyReader{seen: make(map[string]int)}
	for raw := range bytes.Lines(data) {
		r.line++
		r.read(strings.TrimSpace(string(raw)))
	}
	if r.block != nil {
		r.fault(r.begun, "this key has no end", `copy it again, up to the line "-----END PUBLIC KEY-----"`)
		r.event = ""
	}
	r.expectKey()
	if len(r.keys) == 0 && len(r.faults) == 0 {
		r.fault(1, "holds no key", "write a line with the event's uuid and the key below it")
	}
	return r.keys, r.faults
}

// keyReader holds what has been read of a file of event keys.
type keyReader struct {
	keys   []EventKey
	faults []keyFault
	seen   map[string]int

	line int
	// event is the uuid that waits for its key since line named.
	event, name string
	named       int
	// unnamed is set behind a line that should have named an event and did
	// not: the key below it is not a fault of its own.
	unnamed bool
	// block collects the lines of a PEM block since line begun.
	block []string
	begun int
}

func (r *keyReader) fault(line int, problem, remedy string) {
	r.faults = append(r.faults, keyFault{line, complaint{problem, remedy}})
}

func (r *keyReader) read(line string) {
	switch {
	case r.block != nil:
		r.block = append(r.block, line)
		if strings.HasPrefix(line, pemEnd) {
			r.finish()
		}
	case line == "" || strings.HasPrefix(line, "#"):
	case strings.HasPrefix(line, pemBegin):
		r.block, r.begun = []string{line}, r.line
	default:
		r.startEvent(line)
	}
}

func (r *keyReader) startEvent(line string) {
	r.expectKey()
	id, name, _ := strings.Cut(line, " ")
	r.unnamed = !isUUID(id)
	if r.unnamed {
		r.fault(r.line, "is neither an event's uuid nor a key", "write the uuid, a blank and the event's name, or begin the line with #")
		return
	}
	id = strings.ToLower(id)
	if first, twice := r.seen[id]; twice {
		r.fault(r.line, fmt.Sprintf("names the event of line %d again", first), "keep one of the two")
	}
	r.seen[id] = r.line
	r.event, r.name, r.named = id, shownText(name), r.line
}

// expectKey reports an event that got no key before the next began.
func (r *keyReader) expectKey() {
	if r.event != "" {
		r.fault(r.named, "this event has no key", "put its key below it, as PEM")
		r.event = ""
	}
}

func (r *keyReader) finish() {
	text := strings.Join(r.block, "\n") + "\n"
	event, name, unnamed := r.event, r.name, r.unnamed
	r.block, r.event, r.unnamed = nil, "", false
	if event == "" {
		if !unnamed {
			r.fault(r.begun, "this key belongs to no event", "put a line with the event's uuid above it")
		}
		return
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" {
		r.fault(r.begun, "is not a public key", `copy the block that begins with "-----BEGIN PUBLIC KEY-----"`)
		return
	}
	if _, err := x509.ParsePKIXPublicKey(block.Bytes); err != nil {
		r.fault(r.begun, "this public key is damaged", "copy it again from the platform")
		return
	}
	r.keys = append(r.keys, EventKey{Event: event, Name: name, PEM: []byte(text)})
}

// readEventKeys reads the file of event keys of an account.
func (d *decoder) readEventKeys(path, key string, at position) []EventKey {
	data, _, err := readBounded(path, maxPEMSize)
	if err != nil {
		c := readComplaint(path, maxPEMSize, err)
		d.rep.add(at, key, c.problem, c.remedy)
		return nil
	}
	keys, faults := parseEventKeys(data)
	for _, f := range faults {
		d.rep.addIn(shownPath(path), position{line: f.line, column: 1}, key, f.problem, f.remedy)
	}
	return keys
}
