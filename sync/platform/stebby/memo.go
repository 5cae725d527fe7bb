package stebby

import (
	"strconv"
	"strings"
	"time"
)

// settle is how long a use may be on its way to the ticket after it was sent:
// as long as a proxy commonly keeps a request for a busy server.
const settle = 30 * time.Second

const memoWord = "usable "

// memo is what must not be forgotten between two attempts: that the ticket was
// usable at a moment, and that a use was about to be sent.
type memo struct {
	sent bool      // a use may have been sent
	at   time.Time // when, zero where the memo does not tell
}

func (m memo) String() string {
	if !m.sent {
		return ""
	}
	return memoWord + strconv.FormatInt(m.at.Unix(), 10)
}

// readMemo reads a memo. One that cannot be read was written before a use all
// the same.
func readMemo(text string) memo {
	if text == "" {
		return memo{}
	}
	m := memo{sent: true}
	if seconds, found := strings.CutPrefix(text, memoWord); found {
		if s, err := strconv.ParseInt(seconds, 10, 64); err == nil && s > 0 {
			m.at = time.Unix(s, 0)
		}
	}
	return m
}

// unsettled is how long an earlier use may still be on its way. A clock that
// has been set back since says nothing about that: the wait is then over.
func (m memo) unsettled(now time.Time) time.Duration {
	if !m.sent || m.at.IsZero() || now.Before(m.at) {
		return 0
	}
	return max(settle-now.Sub(m.at), 0)
}
