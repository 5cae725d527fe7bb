package serial

import (
	"testing"
	"time"
)

// heardSession is a session of which only the hearing is used.
func heardSession(t *testing.T, options string) *session {
	t.Helper()
	s := newSource(t, "/dev/x", options)
	return newSession("/dev/x", s)
}

func (s *session) heardCodes() []string {
	var codes []string
	for len(s.events) > 0 {
		codes = append(codes, string((<-s.events).frame.Code))
	}
	return codes
}

const ms = time.Millisecond

func TestBytesThatWaitedWhileTheProcessStoodStillAreOneCode(t *testing.T) {
	s := heardSession(t, "")
	s.hear(0, 0, []byte("first half, "), true)
	s.hear(900*ms, 0, []byte("second half, "), true)      // waited in the kernel: the read took no time
	s.hear(1900*ms, 900*ms, []byte("third half\r"), true) // a read that cannot have waited so long
	if got := s.heardCodes(); len(got) != 1 || got[0] != "first half, second half, third half" {
		t.Errorf("codes %q, want one", got)
	}
}

func TestSilenceThatReadsHaveSeenPartsTwoCodes(t *testing.T) {
	for _, row := range []struct {
		name string
		idle int           // reads that timed out
		last time.Duration // how long the read waited that brought the second code
		want int
	}{
		{"two reads timed out", 2, 0, 2},
		{"one read timed out and the next waited half as long", 1, 50 * ms, 2},
		{"one read timed out and the next waited too short", 1, 49 * ms, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := heardSession(t, "")
			s.hear(0, 0, []byte("first"), true)
			for range row.idle {
				s.idle()
			}
			s.hear(time.Second, row.last, []byte("second\r"), true)
			if got := s.heardCodes(); len(got) != row.want {
				t.Errorf("codes %q, want %d", got, row.want)
			}
		})
	}
}

func TestShortPausesDoNotAddUpToSilence(t *testing.T) {
	s := heardSession(t, "")
	for at := time.Duration(0); at < 900*ms; at += 90 * ms {
		s.hear(at, 90*ms, []byte("x"), true)
	}
	s.hear(900*ms, 90*ms, []byte("\r"), true)
	if got := s.heardCodes(); len(got) != 1 || got[0] != "xxxxxxxxxx" {
		t.Errorf("codes %q, want one", got)
	}
}
