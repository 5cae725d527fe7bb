package serial

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"gatescand/scanner/reader"
)

func TestAPluggedReaderDeliversItsFirstCodeWithinASecondOfItsLink(t *testing.T) {
	const rounds, bound = 7, time.Second
	link := filepath.Join(t.TempDir(), "by-id", "gate") // udev makes the folder with the first link, too
	v := supervise(t, newSource(t, link, ""))
	v.reaches(t, reader.StateAbsent)
	best := patience
	for round := range rounds {
		p := newPTY(t)
		if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
			t.Fatal(err)
		}
		plugged := time.Now()
		turn(t, link, p.node)
		for st := v.next(t); st.State != reader.StateUp; st = v.next(t) {
			if st.State != reader.StateAbsent { // it may have looked between the folder and the link
				t.Fatalf("round %d: %s: %s", round, st.State, st.Detail)
			}
		}
		p.scan(t, "A1\r")
		v.wants(t, "A1")
		took := time.Since(plugged)
		best = min(best, took)
		t.Logf("round %d: first code %v after its link", round, took.Round(time.Millisecond))
		if err := os.RemoveAll(filepath.Dir(link)); err != nil {
			t.Fatal(err)
		}
		p.unplug(t)
		v.reaches(t, reader.StateAbsent)
		v.quiet()
	}
	// What the machine does besides makes single rounds slow, never all of them.
	if best > bound {
		t.Errorf("the fastest first code came %v after its link", best)
	}
}

// next gives the next status.
func (v *supervised) next(t *testing.T) reader.Status {
	t.Helper()
	select {
	case st := <-v.states:
		return st
	case <-time.After(patience):
		t.Fatal("no change of state")
		return reader.Status{}
	}
}

// quiet waits out the looks that follow an unplug, so that the next round begins with a reader that is absent and looked for rarely.
func (v *supervised) quiet() {
	settled := time.NewTimer(600 * time.Millisecond)
	defer settled.Stop()
	for {
		select {
		case <-v.states: // the same state with another detail
		case <-settled.C:
			return
		}
	}
}
