package platformtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"testing"
)

// answerLimit is the longest answer a replay reads.
const answerLimit = 8 << 20

// ReplayOptions adapts a replay to what a recording cannot know.
type ReplayOptions struct {
	// Client sends the requests; nil means a plain one. Redirects are never followed, whatever it says.
	Client *http.Client
	// Before is called before each exchange, to change the server's state where the recording does not show how it was changed.
	Before func(exchange string)
	// Adjust may change a request before it is sent, to add what was not recorded.
	Adjust func(exchange string, r *http.Request)
	// Same may overrule the comparison of one JSON leaf: strings, numbers, booleans, null. place is like "results[0].uuid". It returns
	// handled=false for leaves that are to be compared as they are.
	Same func(exchange, place string, want, got any) (same, handled bool)
}

// Replay sends every exchange of a transcript to the server at base, in order, and compares the answers: status, media type,
// Content-Language and Location where recorded, JSON by structure, text by characters. It returns one line for every difference; none
// means that the server answered as recorded. The error is about not being able to replay at all.
func Replay(ctx context.Context, base string, t Transcript, o ReplayOptions) ([]string, error) {
	var differences []string
	for _, e := range t.Exchanges {
		found, err := replayOne(ctx, base, e, o)
		if err != nil {
			return differences, fmt.Errorf("replay %s: %w", e.Name, err)
		}
		for _, difference := range found {
			differences = append(differences, e.Name+": "+difference)
		}
	}
	return differences, nil
}

// TestReplay replays a transcript with one subtest per exchange, named as it is.
func TestReplay(t *testing.T, base string, transcript Transcript, o ReplayOptions) {
	t.Helper()
	for _, e := range transcript.Exchanges {
		t.Run(e.Name, func(t *testing.T) {
			found, err := replayOne(t.Context(), base, e, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, difference := range found {
				t.Error(difference)
			}
		})
	}
}

func replayOne(ctx context.Context, base string, e Exchange, o ReplayOptions) ([]string, error) {
	if o.Before != nil {
		o.Before(e.Name)
	}
	request, err := newRequest(ctx, base, e.Request)
	if err != nil {
		return nil, err
	}
	if o.Adjust != nil {
		o.Adjust(e.Name, request)
	}
	client := http.Client{}
	if o.Client != nil {
		client = *o.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("send recorded request: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	differences := compareHead(e.Response, response)
	same := func(place string, want, got any) (bool, bool) {
		if o.Same == nil {
			return false, false
		}
		return o.Same(e.Name, place, want, got)
	}
	return append(differences, compareBody(e.Response, body, same)...), nil
}

func newRequest(ctx context.Context, base string, recorded RecordedRequest) (*http.Request, error) {
	body, err := recorded.bytes()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, recorded.Method, base+recorded.Path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("build recorded request: %w", err)
	}
	for name, value := range recorded.Headers {
		if name == "Host" {
			request.Host = value
			continue
		}
		request.Header.Set(name, value)
	}
	return request, nil
}

func compareHead(want RecordedResponse, got *http.Response) []string {
	var differences []string
	if got.StatusCode != want.Status {
		differences = append(differences, fmt.Sprintf("status %d, recorded %d", got.StatusCode, want.Status))
	}
	if want.ContentType != nil {
		if w, g := mediaType(*want.ContentType), mediaType(got.Header.Get("Content-Type")); w != g {
			differences = append(differences, fmt.Sprintf("media type %q, recorded %q", g, w))
		}
	}
	differences = append(differences, compareHeader("Content-Language", want.ContentLanguage, got)...)
	return append(differences, compareHeader("Location", want.Location, got)...)
}

func mediaType(contentType string) string {
	parsed, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return contentType
	}
	return parsed
}

func compareHeader(name string, want *string, got *http.Response) []string {
	if want == nil || got.Header.Get(name) == *want {
		return nil
	}
	return []string{fmt.Sprintf("%s %q, recorded %q", name, got.Header.Get(name), *want)}
}

var errMore = errors.New("more after the JSON value")

type leafComparison func(place string, want, got any) (same, handled bool)

func compareBody(want RecordedResponse, got []byte, same leafComparison) []string {
	if want.Text != nil && string(got) != *want.Text {
		return []string{fmt.Sprintf("text %q, recorded %q", got, *want.Text)}
	}
	if len(want.JSON) == 0 || string(want.JSON) == "null" {
		return nil
	}
	recorded, err := decode(want.JSON)
	if err != nil {
		return []string{"recorded JSON cannot be read: " + err.Error()}
	}
	answered, err := decode(got)
	if err != nil {
		return []string{fmt.Sprintf("answer is not JSON: %q", got)}
	}
	return compareJSON("", recorded, answered, same)
}

func decode(raw []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errMore
	}
	return value, nil
}

// compareJSON walks two decoded JSON values side by side.
func compareJSON(place string, want, got any, same leafComparison) []string {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: %v, recorded an object", place, got)}
		}
		return compareObjects(place, want, got, same)
	case []any:
		got, ok := got.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s: %v, recorded an array", place, got)}
		}
		if len(got) != len(want) {
			return []string{fmt.Sprintf("%s: %d elements, recorded %d", place, len(got), len(want))}
		}
		var differences []string
		for i := range want {
			differences = append(differences, compareJSON(place+"["+strconv.Itoa(i)+"]", want[i], got[i], same)...)
		}
		return differences
	default:
		return compareLeaves(place, want, got, same)
	}
}

func compareObjects(place string, want, got map[string]any, same leafComparison) []string {
	var differences []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		inner := name
		if place != "" {
			inner = place + "." + name
		}
		value, ok := got[name]
		if !ok {
			differences = append(differences, inner+": missing")
			continue
		}
		differences = append(differences, compareJSON(inner, want[name], value, same)...)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			differences = append(differences, fmt.Sprintf("%s: member %q was not recorded", place, name))
		}
	}
	return differences
}

func compareLeaves(place string, want, got any, same leafComparison) []string {
	if equal, handled := same(place, want, got); handled {
		if equal {
			return nil
		}
		return []string{fmt.Sprintf("%s: %v is not as good as the recorded %v", place, got, want)}
	}
	switch got.(type) {
	case map[string]any, []any:
		return []string{fmt.Sprintf("%s: %v, recorded %v", place, got, want)}
	}
	if got != want {
		return []string{fmt.Sprintf("%s: %v, recorded %v", place, got, want)}
	}
	return nil
}
