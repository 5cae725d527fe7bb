package reader_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatescand/scanner/reader"
)

// swapped is a source in which one device after the other is plugged in, each for a second; the last stays.
type swapped struct {
	devices []string
	runs    int
}

func (s *swapped) Describe() string { return s.devices[min(s.runs, len(s.devices))-1] }

func (s *swapped) Run(ctx context.Context, up func(), emit func(reader.Frame)) error {
	s.runs++
	if s.runs >= len(s.devices) {
		return upForEver(ctx, up, emit)
	}
	return upFor(time.Second)(ctx, up, emit)
}

func TestAnotherDeviceIsToldUntilTheFirstIsBack(t *testing.T) {
	for _, row := range []struct {
		name    string
		devices []string
		want    []string
	}{
		{"the same device again and again", []string{"A", "A", "A"}, nil},
		{"another one, which stays", []string{"A", "B", "B", "B"}, []string{"changed A B"}},
		{"another one, and the first again", []string{"A", "B", "A", "A"}, []string{"changed A B", "restored A"}},
		{"a third: the first is still the measure", []string{"A", "B", "C", "B"}, []string{"changed A B", "changed A C", "changed A B"}},
		{"a third, and the first again", []string{"A", "B", "C", "A"}, []string{"changed A B", "changed A C", "restored A"}},
		{"twice exchanged", []string{"A", "B", "A", "B"}, []string{"changed A B", "restored A", "changed A B"}},
		{"nobody says which it is meanwhile", []string{"A", "", "A", "", "B"}, []string{"changed A B"}},
		{"the first to say anything is the measure", []string{"", "B", "", "B"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := supervise()
				w.Source = &swapped{devices: row.devices}
				var got []string
				w.Notice = func(n reader.Notice) {
					text := string(n.Kind)
					for _, device := range []string{"A", "B", "C"} {
						if strings.Contains(n.Detail, " "+device+" ") || strings.Contains(n.Detail, " "+device+":") {
							text += " " + device
						}
					}
					got = append(got, text)
				}
				w.runFor(t, time.Minute)
				if diff := cmp.Diff(row.want, got); diff != "" {
					t.Errorf("notices (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestThatTheFirstDeviceIsBackIsNoWarning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := supervise()
		w.Source = &swapped{devices: []string{"A", "B", "A"}}
		w.runFor(t, time.Minute)
		for line := range strings.SplitSeq(w.log.String(), "\n") {
			if strings.Contains(line, "kind=restored") != strings.Contains(line, "level="+slog.LevelInfo.String()+" msg=\"reader notice\"") {
				t.Errorf("log line %s", line)
			}
		}
		if !strings.Contains(w.log.String(), "kind=restored") {
			t.Errorf("nothing of it in the log:\n%s", &w.log)
		}
	})
}
