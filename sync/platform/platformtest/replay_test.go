package platformtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatescand/sync/platform/platformtest"
)

func TestReplayFindsEveryKindOfDifference(t *testing.T) {
	const recorded = `{"exchanges":[{"name":"e","request":{"method":"POST","path":"/p?q=1","headers":{"Host":"h.example","X":"y"},"body":"{bad"},
		"response":{"status":200,"content_type":"application/json","content_language":"en","location":null,
		"json":{"a":[1,{"b":null}],"c":"x","d":{}},"text":null}}]}`
	const good = `{"d":{},"c":"x","a":[1,{"b":null}]}`
	for name, row := range map[string]struct {
		status                  int
		mediaType, language     string
		body, want, overrulable string
	}{
		"nothing":              {200, "application/json; charset=utf-8", "en", good, "", ""},
		"status":               {201, "application/json", "en", good, "status 201", ""},
		"media type":           {200, "text/html", "en", good, "media type", ""},
		"language":             {200, "application/json", "fr", good, "Content-Language", ""},
		"a leaf":               {200, "application/json", "en", strings.Replace(good, `"x"`, `"y"`, 1), "c: y", ""},
		"a leaf made light of": {200, "application/json", "en", strings.Replace(good, `"x"`, `"y"`, 1), "", "c"},
		"a number's spelling":  {200, "application/json", "en", strings.Replace(good, "1", "1.0", 1), "a[0]", ""},
		"null for something":   {200, "application/json", "en", strings.Replace(good, "null", "0", 1), "a[1].b", ""},
		"a missing member":     {200, "application/json", "en", strings.Replace(good, `"c":"x",`, "", 1), "c: missing", ""},
		"one member too many":  {200, "application/json", "en", strings.Replace(good, `"c"`, `"z":1,"c"`, 1), `"z" was not recorded`, ""},
		"an array's length":    {200, "application/json", "en", strings.Replace(good, "1,", "", 1), "1 elements, recorded 2", ""},
		"object for a leaf":    {200, "application/json", "en", strings.Replace(good, `"x"`, `{}`, 1), "c: map", ""},
		"leaf for an object":   {200, "application/json", "en", strings.Replace(good, `"d":{}`, `"d":1`, 1), "recorded an object", ""},
		"no JSON":              {200, "application/json", "en", "<html>", "not JSON", ""},
		"more after the JSON":  {200, "application/json", "en", good + "{}", "not JSON", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || string(body) != "{bad" || r.Host != "h.example" || r.Header.Get("X") != "y" || r.URL.RawQuery != "q=1" {
					t.Errorf("sent %q to %s %s", body, r.Host, r.URL)
				}
				w.Header().Set("Content-Type", row.mediaType)
				w.Header().Set("Content-Language", row.language)
				w.WriteHeader(row.status)
				_, _ = io.WriteString(w, row.body) // the test fails anyway if this does
			}))
			defer server.Close()
			transcript, err := platformtest.ParseTranscript([]byte(recorded))
			if err != nil {
				t.Fatal(err)
			}
			found, err := platformtest.Replay(t.Context(), server.URL, transcript, platformtest.ReplayOptions{
				Same: func(_, place string, _, _ any) (bool, bool) { return true, place == row.overrulable },
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(found, "\n"); (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
				t.Errorf("found %q, want %q", got, row.want)
			}
		})
	}
}

func TestReplayNeverFollowsARedirect(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusFound))
	defer server.Close()
	transcript, err := platformtest.ParseTranscript([]byte(
		`{"exchanges":[{"name":"e","request":{"method":"GET","path":"/"},"response":{"status":302,"location":"/other"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	found, err := platformtest.Replay(t.Context(), server.URL, transcript, platformtest.ReplayOptions{})
	if err != nil || len(found) != 1 || !strings.Contains(found[0], "Location") {
		t.Errorf("%q %v", found, err)
	}
}
