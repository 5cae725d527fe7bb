package platform

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
)

const (
	keptAnswers = 8       // paths
	keptBody    = 1 << 20 // bytes of one answer
)

// keep holds answers that a server lets be revalidated, RFC 9110 section 13: a
// list of events that has not changed need not be sent again.
type keep struct {
	mu      sync.Mutex
	answers map[string]*kept
}

// kept is one answer with the words by which the server knows it again.
type kept struct {
	tag, modified   string
	media, language string
	body            []byte
}

// ask makes req conditional where an answer to it is kept, and gives that.
func (k *keep) ask(q Request, req *http.Request) *kept {
	if !q.Revalidate || q.Method != http.MethodGet {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	had := k.answers[q.Path]
	switch {
	case had == nil:
		return nil
	case had.tag != "":
		req.Header.Set("If-None-Match", had.tag)
	default:
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
	delete(k.answers, q.Path)
	tag, modified := h.Get("ETag"), h.Get("Last-Modified")
	known := tag != "" || modified != ""
	// What broke off on the way must not be vouched for by its tag later.
	whole := r.Status == http.StatusOK && r.IsJSON() && len(r.Body) <= keptBody && json.Valid(r.Body)
	if !known || !whole || len(k.answers) >= keptAnswers {
		return
	}
	if k.answers == nil {
		k.answers = make(map[string]*kept)
	}
	k.answers[q.Path] = &kept{tag: tag, modified: modified, media: r.Media, language: r.Language, body: bytes.Clone(r.Body)}
}
