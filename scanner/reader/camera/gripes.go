package camera

import (
	"fmt"
	"time"

	"gatescand/scanner/reader"
)

// hush is how long a cause that has been told stays untold. What happens in every frame must not fill the log.
const hush = 10 * time.Second

// cause is what a notice is about, for counting.
type cause int

const (
	causeNoCode cause = iota
	causeCrowded
	causePart
	causeSeveral
	causeDamaged
	causeTooLarge
	causeOther
	causes // how many there are
)

// gripes passes on notices, each cause at most once in a while and then with the number of those that were kept back.
type gripes struct {
	notify func(reader.Notice) // nil when nobody listens
	last   [causes]time.Duration
	told   [causes]bool
	kept   [causes]int
}

// say tells at the moment at of something shown that could not be read, or not all of it.
func (g *gripes) say(c cause, at time.Duration, detail string) {
	if g.notify == nil {
		return
	}
	if g.told[c] && at-g.last[c] < hush {
		g.kept[c]++
		return
	}
	if n := g.kept[c]; n > 0 {
		detail = fmt.Sprintf("%s (and %d more times in the last %s)", detail, n, (at - g.last[c]).Round(time.Second))
	}
	g.told[c], g.last[c], g.kept[c] = true, at, 0
	g.notify(reader.Notice{Kind: reader.NoticeUnread, Detail: detail})
}
