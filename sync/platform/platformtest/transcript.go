package platformtest

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"testing"
)

//go:embed testdata/transcripts/*.json testdata/vectors/*.json
var files embed.FS

// Transcript is a recording of requests to a real server and its answers, in order: later answers depend on earlier requests.
type Transcript struct {
	Note      string     `json:"note"`
	Exchanges []Exchange `json:"exchanges"`
}

// Exchange is one request and its answer. Names are unique within a transcript.
type Exchange struct {
	Name     string           `json:"name"`
	Request  RecordedRequest  `json:"request"`
	Response RecordedResponse `json:"response"`
}

// RecordedRequest is a request as it was sent.
type RecordedRequest struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"` // with query
	Headers map[string]string `json:"headers"`
	// Body is null or absent for none, a JSON string for those very characters, any other JSON value for itself.
	Body json.RawMessage `json:"body"`
}

// RecordedResponse is what was answered. A field that is null or absent was not recorded and is not compared.
type RecordedResponse struct {
	Status          int             `json:"status"`
	ContentType     *string         `json:"content_type"`
	ContentLanguage *string         `json:"content_language"`
	Location        *string         `json:"location"`
	JSON            json.RawMessage `json:"json"`
	Text            *string         `json:"text"`
}

// ParseTranscript reads a transcript from JSON.
func ParseTranscript(raw []byte) (Transcript, error) {
	var t Transcript
	if err := json.Unmarshal(raw, &t); err != nil {
		return Transcript{}, fmt.Errorf("read transcript: %w", err)
	}
	return t, nil
}

// LoadTranscript returns the kept recording of a platform ("tibillet").
func LoadTranscript(tb testing.TB, platform string) Transcript {
	tb.Helper()
	t, err := ParseTranscript(readFile(tb, path.Join("testdata/transcripts", platform+".json")))
	if err != nil {
		tb.Fatalf("transcript of %s: %v", platform, err)
	}
	return t
}

func readFile(tb testing.TB, name string) []byte {
	tb.Helper()
	raw, err := files.ReadFile(name)
	if err != nil {
		tb.Fatalf("%s is not among the kept files: %v", name, err)
	}
	return raw
}

// bytes returns the characters to send, nil for none.
func (r RecordedRequest) bytes() ([]byte, error) {
	switch {
	case len(r.Body) == 0 || string(r.Body) == "null":
		return nil, nil
	case r.Body[0] == '"':
		var text string
		if err := json.Unmarshal(r.Body, &text); err != nil {
			return nil, fmt.Errorf("body of recorded request: %w", err)
		}
		return []byte(text), nil
	default:
		return r.Body, nil
	}
}
