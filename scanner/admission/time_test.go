package admission_test

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"gatescand/scanner/admission"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestWindowsAreJudgedInTheirOwnZone(t *testing.T) {
	paris, tallinn := zone(t, "Europe/Paris"), zone(t, "Europe/Tallinn")
	day := func(z *time.Location, y int, m time.Month, d int) admission.Window {
		noon := time.Date(y, m, d, 12, 0, 0, 0, z)
		return admission.Window{From: noon, Until: noon, WholeDays: true, Zone: z}
	}
	autumn := day(paris, 2026, time.October, 25) // 25 hours
	spring := day(paris, 2026, time.March, 29)   // 23 hours
	for _, c := range []struct {
		name   string
		window admission.Window
		at     time.Time
		before bool
		after  bool
	}{
		{"the first moment of the day", autumn, time.Date(2026, 10, 25, 0, 0, 0, 0, paris), false, false},
		{"the moment before", autumn, time.Date(2026, 10, 24, 23, 59, 59, 999, paris), true, false},
		{"the repeated hour of a DST night, second time", autumn, time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), false, false},
		{"the last moment of a day of 25 hours", autumn, time.Date(2026, 10, 25, 22, 59, 59, 0, time.UTC), false, false},
		{"the first moment after it", autumn, time.Date(2026, 10, 25, 23, 0, 0, 0, time.UTC), false, true},
		{"the last moment of a day of 23 hours", spring, time.Date(2026, 3, 29, 21, 59, 59, 0, time.UTC), false, false},
		{"the first moment after it, though 23 hours have passed", spring, time.Date(2026, 3, 29, 22, 0, 0, 0, time.UTC), false, true},
		{
			"midnight in Tallinn is still yesterday in Paris", day(tallinn, 2026, time.November, 21),
			time.Date(2026, 11, 20, 23, 0, 0, 0, paris), false, false,
		},
		{"a leap day", day(paris, 2028, time.February, 29), time.Date(2028, 2, 29, 23, 59, 0, 0, paris), false, false},
		{"an open window", admission.Window{}, time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), false, false},
		{"exactly at the end of an instant window", admission.Window{Until: noon().Wall}, noon().Wall, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.window.Before(c.at); got != c.before {
				t.Errorf("before: %v", got)
			}
			if got := c.window.After(c.at); got != c.after {
				t.Errorf("after: %v", got)
			}
		})
	}
}

func TestStampSince(t *testing.T) {
	now := noon()
	for _, c := range []struct {
		name    string
		earlier func(*admission.Stamp)
		want    time.Duration
		known   bool
	}{
		{"in one boot the wall clock does not matter", func(s *admission.Stamp) {
			s.Wall, s.Trusted, s.SinceBoot = time.Unix(0, 0), false, 50*time.Minute
		}, 10 * time.Minute, true},
		{"across boots two trusted clocks tell", func(s *admission.Stamp) {
			s.Boot, s.Wall = "boot-0", noon().Wall.Add(-time.Hour)
		}, time.Hour, true},
		{"across boots an untrusted clock does not", func(s *admission.Stamp) {
			s.Boot, s.Trusted, s.Wall = "boot-0", false, noon().Wall.Add(-time.Hour)
		}, 0, false},
		{"a moment that lies ahead is not an age", func(s *admission.Stamp) {
			s.Boot, s.Wall = "boot-0", noon().Wall.Add(time.Hour)
		}, -time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := noon()
			c.earlier(&s)
			if d, known := now.Since(s); d != c.want || known != c.known {
				t.Errorf("%v, %v; want %v, %v", d, known, c.want, c.known)
			}
		})
	}
}

func TestTonight(t *testing.T) {
	now := noon().Wall
	event := func(id string, start, end time.Duration) admission.Event {
		e := admission.Event{ID: id, Start: now.Add(start)}
		if end != 0 {
			e.End = now.Add(end)
		}
		return e
	}
	for _, c := range []struct {
		name   string
		events []admission.Event
		want   []string
	}{
		{"the event that is running", []admission.Event{event("last", -50*time.Hour, 0), event("now", -time.Hour, time.Hour), event("next", 50*time.Hour, 0)}, []string{"now"}},
		{"one whose doors open soon", []admission.Event{event("soon", 2*time.Hour, 5*time.Hour), event("next", 50*time.Hour, 0)}, []string{"soon"}},
		{"two in one night", []admission.Event{event("a", time.Hour, 0), event("b", 2*time.Hour, 0)}, []string{"a", "b"}},
		{"none now, so the next, with its twin", []admission.Event{event("next", 50*time.Hour, 0), event("twin", 50*time.Hour, 0), event("far", 90*time.Hour, 0)}, []string{"next", "twin"}},
		{"everything is over, so the last, which may not have ended when it should", []admission.Event{event("first", -90*time.Hour, -88*time.Hour), event("last", -50*time.Hour, -48*time.Hour)}, []string{"last"}},
		{"no events at all", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := admission.Tonight(c.events, now, 4*time.Hour, 4*time.Hour); !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestNotOver(t *testing.T) {
	now := noon().Wall
	events := []admission.Event{
		{ID: "over", Start: now.Add(-50 * time.Hour)},
		{ID: "now", Start: now.Add(-time.Hour)},
		{ID: "far", Start: now.Add(900 * time.Hour)},
		{ID: "undated"},
	}
	if got := admission.NotOver(events, now, 4*time.Hour); !slices.Equal(got, []string{"now", "far", "undated"}) {
		t.Errorf("%v", got)
	}
	if got := admission.NotOver(events[:1], now, 4*time.Hour); !slices.Equal(got, []string{"over"}) {
		t.Errorf("everything is over by a clock that must be wrong: %v", got)
	}
}

func BenchmarkDecide(b *testing.B) {
	f, s := facts(listedClaim()), entryScan()
	b.ReportAllocs()
	for b.Loop() {
		if admission.Decide(f, s).Verdict != admission.Admit {
			b.Fatal("refused")
		}
	}
}
