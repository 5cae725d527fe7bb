package inventory

import (
	"fmt"
	"strings"
)

// maxHints is how many devices a hint names.
const maxHints = 3

// Hint gives a function for [gatescand/scanner/reader.Supervisor]: it says which readers are plugged in and used by none of the configured
// addresses, since a reader that is missing is often one that was plugged in and is called something else. It gives "" when there is none.
func Hint(configured []string) func() string { return Roots{}.Hint(configured) }

// Hint is [Hint] for other roots.
func (r Roots) Hint(configured []string) func() string {
	lanes := make([]Lane, 0, len(configured))
	for _, address := range configured {
		lanes = append(lanes, Lane{Address: address})
	}
	return func() string {
		devices, err := Scan(r)
		if err != nil {
			return "" // it adds to a message that says what is wrong
		}
		r.Assign(devices, lanes)
		var free []string
		more := 0
		for _, d := range devices {
			// A keyboard of unknown make is not proposed here: it may be the technician's.
			candidate := d.Looks == LooksReader || d.Looks == LooksMaybe && d.Kind == KindSerial && d.USB()
			switch {
			case !candidate || len(d.Lanes) > 0:
			case len(free) == maxHints:
				more++
			default:
				free = append(free, fmt.Sprintf("%s (%s)", d.Address, d.What()))
			}
		}
		if len(free) == 0 {
			return ""
		}
		text := "Plugged in and used by no lane: " + strings.Join(free, ", ")
		if more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		return text
	}
}
