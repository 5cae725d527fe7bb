package camera

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// view writes symbols as letters, from the middle outwards.
func view(letters string) []symbol {
	var symbols []symbol
	for i, l := range letters {
		symbols = append(symbols, symbol{code: []byte(string(l)), off: float64(i)})
	}
	return symbols
}

func TestWhichOfTheCodesInViewIsHandedOver(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		holdOff time.Duration
		frames  string // one letter or more a frame, 100 ms each; "." is a frame without a code
		want    string // letter@tenth of a second
	}{
		{"a code that stays comes again every half second", 2 * time.Second, "a a a a a a a a a a a", "a@0 a@5 a@10"},
		{"a code missed in some frames is the same presentation", 2 * time.Second, "a . a . . . a a", "a@0 a@6"},
		{"a code that comes back soon is not handed over at once", 2 * time.Second, "a . . . a a", "a@0 a@5"},
		{"the next person's code is taken as soon as the first has left", 2 * time.Second, "a . . . b b", "a@0 b@4"},
		{"a code that appears in the very next frames waits until the first has left", 2 * time.Second, "a b b b b", "a@0 b@3"},
		{"how long a code has been gone counts from when it was last seen", 2 * time.Second, "a a a a a a b b b b", "a@0 a@5 b@8"},
		{"of two in view the one in the middle is taken, however they change places", 2 * time.Second, "ab ba ab ba ab ba ab", "a@0 a@5"},
		{"chance finding one or the other makes no difference", 2 * time.Second, "ab b a b ab b b a b b a", "a@0 a@7"},
		{"a code seen beside waits for the hold-off after the other has left", time.Second, "ab b b b b b b b b b b b", "a@0 b@10"},
		{"a code seen beside does not hold up a stranger", time.Second, "ab b b bc b b b b", "a@0 c@3"},
		{"without a hold-off a code seen beside is taken when the other has left", 0, "ab b b b b", "a@0 b@3"},
		{"codes of a sheet come one by one as they are shown alone", time.Second, "ab . . . . . . . . . . b b", "a@0 b@11"},
		{"a code forgotten long ago is new", time.Second, "a . . . . . . . . . . . . . a", "a@0 a@14"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f := follower{holdOff: row.holdOff}
			var got []string
			for i, frame := range strings.Fields(row.frames) {
				if frame == "." {
					continue
				}
				if s, ok := f.see(view(frame), time.Hour+time.Duration(i)*100*time.Millisecond); ok {
					got = append(got, fmt.Sprintf("%s@%d", s.code, i))
				}
			}
			if strings.Join(got, " ") != row.want {
				t.Errorf("handed over %v, want %s", got, row.want)
			}
		})
	}
}
