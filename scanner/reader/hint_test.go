package reader_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatescand/scanner/reader"
)

func TestAMissingReaderSaysWhatElseIsPluggedIn(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"absent", reader.ErrAbsent, "reader not plugged in: try this. Plugged in: X"},
		{"not to be opened", reader.ErrPermission, "no permission to open the reader: try this. Plugged in: X"},
		{"in use by another", reader.ErrBusy, "reader in use: try this"},
		{"broken", reader.ErrFault, "reader fault: try this"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := supervise(fails(row.err))
				var last string
				w.Status = func(s reader.Status) {
					if s.State != reader.StateStopped {
						last = s.Detail
					}
				}
				w.Hint = func() string { return "Plugged in: X" }
				w.runFor(t, 3*time.Second)
				if last != row.want {
					t.Errorf("detail %q, want %q", last, row.want)
				}
			})
		})
	}
}

func TestAHintIsRenewedAndNotAskedForWithEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(fails(reader.ErrAbsent))
		look := make(chan struct{})
		close(look) // an attempt every 20 ms
		w.Look = look
		asked := 0
		w.Hint = func() string { asked++; return fmt.Sprintf("hint %d", asked) }
		var details []string
		w.Status = func(s reader.Status) { details = append(details, s.Detail[strings.LastIndexByte(s.Detail, '.')+1:]) }
		w.runFor(t, 5*time.Second)
		if diff := cmp.Diff([]string{"", " hint 1", " hint 2", " hint 3", ""}, details); diff != "" {
			t.Errorf("details (-want +got):\n%s", diff)
		}
		if n := strings.Count(w.log.String(), "\n"); n != 3 {
			t.Errorf("%d log lines, want one per change of the state only:\n%s", n, &w.log)
		}
	})
}

func TestNoHintLeavesTheSentenceAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise(fails(reader.ErrAbsent))
		w.Hint = func() string { return "" }
		var last string
		w.Status = func(s reader.Status) {
			if s.State == reader.StateAbsent {
				last = s.Detail
			}
		}
		w.runFor(t, time.Second)
		if last != "reader not plugged in: try this" {
			t.Errorf("detail %q", last)
		}
	})
}
