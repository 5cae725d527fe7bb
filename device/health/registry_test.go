package health

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEveryCodeHasWordsAndARemedy(t *testing.T) {
	t.Parallel()
	for _, code := range Codes() {
		severity, text, remedy := describe(code, "the-subject", "This is the detail")
		if severity != Critical && severity != Warning && severity != Info {
			t.Errorf("%s: severity %q", code, severity)
		}
		if len(text) < 20 || len(remedy) < 20 || !strings.HasSuffix(text, ".") || !strings.HasSuffix(remedy, ".") {
			t.Errorf("%s: %q / %q are not sentences", code, text, remedy)
		}
		if strings.ContainsAny(text+remedy, "{}") {
			t.Errorf("%s: something is left unfilled in %q / %q", code, text, remedy)
		}
		if code != AccountUnpaired && !strings.Contains(text, "This is the detail.") {
			t.Errorf("%s: the detail is lost in %q", code, text)
		}
	}
}

func TestAnUnknownCodeIsCritical(t *testing.T) {
	t.Parallel()
	r := NewRegistry(evening)
	r.Raise("flux_capacitor", "north", "It hums")
	got := r.List()
	if len(got) != 1 || got[0].Severity != Critical || got[0].Text != "Unknown condition flux_capacitor at north. It hums." {
		t.Errorf("listed %+v", got)
	}
}

func TestASubjectCannotSmuggleInTheDetail(t *testing.T) {
	t.Parallel()
	_, text, _ := describe(ReaderFault, "{detail}", "secret")
	if !strings.HasPrefix(text, "Lane {detail}:") {
		t.Errorf("got %q", text)
	}
}

func TestRegistryTellsEveryChangeOnceAndInOrder(t *testing.T) {
	t.Parallel()
	now := evening()
	r := NewRegistry(func() time.Time { return now })
	var got []string
	stop := r.Watch(func(c Change) {
		word := "cleared"
		if c.Raised {
			word = "raised"
		}
		got = append(got, word+" "+string(c.Code)+" "+c.Subject)
	})
	r.Raise(ReaderAbsent, "north", "")
	r.Raise(ReaderAbsent, "north", "")
	now = now.Add(time.Hour)
	r.Raise(ReaderAbsent, "north", "ttyUSB0 is gone")
	if l := r.List(); len(l) != 1 || !l[0].Since.Equal(evening()) {
		t.Errorf("a condition raised again forgot since when it stands: %+v", l)
	}
	r.Raise(AccountOffline, "lespass", "")
	r.Clear(AccountOffline, "other")
	r.Clear(ReaderAbsent, "north")
	r.Clear(ReaderAbsent, "north")
	stop()
	r.Clear(AccountOffline, "lespass")
	want := []string{"raised reader_absent north", "raised reader_absent north", "raised account_offline lespass", "cleared reader_absent north"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if l := r.List(); len(l) != 0 {
		t.Errorf("still standing: %+v", l)
	}
}

func TestListPutsTheGravestFirst(t *testing.T) {
	t.Parallel()
	now := evening()
	r := NewRegistry(func() time.Time { return now })
	for _, c := range []Code{EventsAutomatic, DiskLow, JournalUnavailable, ClockUntrusted} {
		r.Raise(c, "", "")
		now = now.Add(time.Second)
	}
	var got []Code
	for _, c := range r.List() {
		got = append(got, c.Code)
	}
	if diff := cmp.Diff([]Code{JournalUnavailable, DiskLow, ClockUntrusted, EventsAutomatic}, got); diff != "" {
		t.Error(diff)
	}
}

func TestClearSubjectLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	r := NewRegistry(evening)
	r.Raise(ReaderAbsent, "north", "")
	r.Raise(SignalFailed, "north", "")
	r.Raise(ReaderAbsent, "south", "")
	r.ClearSubject("north", ReaderAbsent)
	if n := len(r.List()); n != 2 {
		t.Errorf("%d stand, want 2", n)
	}
	r.ClearSubject("north")
	if l := r.List(); len(l) != 1 || l[0].Subject != "south" {
		t.Errorf("left %+v", l)
	}
}

func TestRegistryUnderManyHands(t *testing.T) {
	t.Parallel()
	r := NewRegistry(evening)
	standing := map[string]bool{}
	r.Watch(func(c Change) { standing[string(c.Code)+c.Subject] = c.Raised })
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 200 {
				r.Set(i%2 == 0, ReaderFault, string(rune('a'+i/2)), "")
				r.List()
			}
		})
	}
	wg.Wait()
	for _, c := range r.List() {
		if !standing[string(c.Code)+c.Subject] {
			t.Errorf("%s stands, but the watcher was told otherwise", c.Subject)
		}
		delete(standing, string(c.Code)+c.Subject)
	}
	for k, v := range standing {
		if v {
			t.Errorf("%s does not stand, but the watcher was told so", k)
		}
	}
}

func TestDiskOfThisMachine(t *testing.T) {
	t.Parallel()
	d, err := DiskOf(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if d.Total == 0 || d.Free > d.Total || d.ReadOnly {
		t.Errorf("disk %+v", d)
	}
	if !d.Low(d.Total+1) || (Disk{Free: 10, Total: 100}).Low(5) || !(Disk{Free: 10, Total: 100, ReadOnly: true}).Low(5) {
		t.Error("low is judged wrong")
	}
	if _, err := DiskOf("/no/such/place"); err == nil {
		t.Error("a folder that is not there has no disk")
	}
}
