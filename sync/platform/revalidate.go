package platform

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
)

const (
	keptAnswers = 8       // paths
	keptBody    = 1 << 20 // bytes of one answer
	tagLimit    = 200     // bytes
)

// keep holds answers that a server lets be revalidated, RFC 9110 section 13: a
// list of events that has not changed need not be sent again. It holds no more
// than eight of at most 1 MiB; a new one takes the place of the oldest.
type keep struct {
	mu      sync.Mutex
	answers []*kept // the oldest first
}

// kept is one answer with the words by which the server knows it again.
type kept struct {
	path            string
	tag, modified   string
	media, language string
	body            []byte
}

func (k *keep) find(path string) int {
	return slices.IndexFunc(k.answers, func(a *kept) bool { return a.path == path })
}

// ask makes req conditional where an answer to it is kept, and gives that.
func (k *keep) ask(q Request, req *http.Request) *kept {
	if !q.Revalidate || q.Method != http.MethodGet {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	i := k.find(q.Path)
	if i < 0 {
		return nil
	}
	had := k.answers[i]
	if had.tag != "" {
		req.Header.Set("If-None-Match", had.tag)
	} else {
		req.Header.Set("If-Modified-Since", had.modified)
	}
	return had
}

// answer keeps a whole answer that can be revalidated, and forgets the one it
// replaces.
func (k *keep) answer(q Request, r Reply, h http.Header) {
	if !q.Revalidate || q.Method != http.MethodGet {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if i := k.find(q.Path); i >= 0 {
		k.answers = slices.Delete(k.answers, i, i+1)
	}
	a := &kept{path: q.Path, tag: entityTag(h), modified: lastModified(h), media: r.Media, language: r.Language}
	// What broke off on the way must not be vouched for by its tag later.
	whole := r.Status == http.StatusOK && r.IsJSON() && len(r.Body) <= keptBody && json.Valid(r.Body)
	if !whole || (a.tag == "" && a.modified == "") {
		return
	}
	a.body = bytes.Clone(r.Body)
	if len(k.answers) == keptAnswers {
		k.answers = slices.Delete(k.answers, 0, 1)
	}
	k.answers = append(k.answers, a)
}

// entityTag gives the tag of an answer, RFC 9110 section 8.8.3, "" where it
// has none that is sure to come through unharmed when it is sent back.
func entityTag(h http.Header) string {
	tag := h.Get("ETag")
	opaque, ok := strings.CutPrefix(strings.TrimPrefix(tag, "W/"), `"`)
	opaque, closed := strings.CutSuffix(opaque, `"`)
	odd := func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' }
	if !ok || !closed || len(tag) > tagLimit || strings.ContainsFunc(opaque, odd) {
		return ""
	}
	return tag
}

// lastModified gives the date of an answer, "" where it has none that is one.
func lastModified(h http.Header) string {
	date := h.Get("Last-Modified")
	if _, err := http.ParseTime(date); err != nil {
		return ""
	}
	return date
}
