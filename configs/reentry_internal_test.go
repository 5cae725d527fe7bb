package configs

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestARuleForReentryIsWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rule := Reentry{Kind: ReentryKind(rapid.IntRange(0, 3).Draw(t, "kind"))}
		if rule.Kind == ReentryAfterTime {
			rule.After = time.Duration(rapid.Int64Range(int64(minReentryWait), int64(maxReentryWait)).Draw(t, "after"))
		}
		got, ok := parseReentry(rule.String())
		if !ok || got != rule {
			t.Fatalf("%q reads as %+v, %v; want %+v", rule.String(), got, ok, rule)
		}
	})
}

func TestADurationIsWrittenShortAndReadsTheSame(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", time.Minute: "1m", 90 * time.Second: "1m30s", time.Hour: "1h",
		time.Hour + time.Second: "1h0m1s", 100 * time.Minute: "1h40m", 10 * time.Second: "10s", 20 * time.Hour: "20h", 10 * time.Minute: "10m", -time.Minute: "-1m",
	} {
		if got := durationText(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64().Draw(t, "d"))
		if got, err := time.ParseDuration(durationText(d)); err != nil || got != d {
			t.Fatalf("%v is written %q, which reads as %v, %v", d, durationText(d), got, err)
		}
	})
}

func TestTheDistanceOfWordsIsADistance(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"langage", "language", 1}, {"entyr", "entry", 1}, {"data-dir", "data_dir", 0}, {"Listen", "listen", 0}, {"kitten", "sitting", 3},
	} {
		if got := editDistance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance of %q and %q is %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
	word := rapid.StringMatching(`[a-e_]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := editDistance(a, b)
		if d != editDistance(b, a) || (d == 0) != (a == b) || d > max(len(a), len(b)) {
			t.Fatalf("distance of %q and %q is %d, back it is %d", a, b, d, editDistance(b, a))
		}
	})
}
