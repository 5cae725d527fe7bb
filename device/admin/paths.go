package admin

import "strconv"

// rowPath is where a check-in stands in the journal.
func rowPath(seq int64) string {
	return "/journal?before=" + strconv.FormatInt(seq+1, 10) + "#seq-" + strconv.FormatInt(seq, 10)
}
