package bittan

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// memo is what must not be forgotten of a use that has been asked for and not
// answered: how often the ticket had been used before, where the server could
// be asked, and when the request left.
type memo struct {
	counted bool  // uses is known
	uses    int64 // before ours
	sent    time.Time
}

// String writes a memo as it is kept: "n0=0 sent=1795291200", or the second
// part alone.
func (m memo) String() string {
	sent := "sent=" + strconv.FormatInt(m.sent.Unix(), 10)
	if !m.counted {
		return sent
	}
	return fmt.Sprintf("n0=%d %s", m.uses, sent)
}

// readMemo reads what String wrote. Any other text is a memo of which nothing
// is known but that a request may have left.
func readMemo(text string) (m memo, jotted bool) {
	if text == "" {
		return memo{}, false
	}
	rest, counted := strings.CutPrefix(text, "n0=")
	var uses int64
	if counted {
		number, after, ok := strings.Cut(rest, " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil || n < 0 {
			return memo{}, true
		}
		uses, rest = n, after
	}
	seconds, ok := strings.CutPrefix(rest, "sent=")
	at, err := strconv.ParseInt(seconds, 10, 64)
	if !ok || err != nil {
		return memo{}, true
	}
	return memo{counted: counted, uses: uses, sent: time.Unix(at, 0)}, true
}
