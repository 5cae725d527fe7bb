package bittan

import (
	"slices"
	"strings"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// The words of a payment's state that the drawer needs by name. They are never
// translated.
const (
	wordPaid = "PAID"
	failed   = "FAILED_" // FAILED_EXPIRED_RESERVATION, FAILED_ADMIN, FAILED_OUT_OF_IDS
)

// statusOf reads the word for the state of a ticket's payment. What the
// organiser admits is valid; PAID is unpaid where that does not include it, as
// the organiser then waits for more than money.
func (d *Drawer) statusOf(word string) admission.Status {
	switch {
	case slices.Contains(d.admitting, word):
		return admission.StatusValid
	case strings.HasPrefix(word, failed):
		return admission.StatusCanceled
	}
	switch word {
	case wordPaid, "RESERVED", "FORM_SUBMITTED", "CONFIRMED":
		return admission.StatusUnpaid
	}
	return admission.StatusUnclear
}

// titleMax bounds the title of an event, in characters. The server does not.
const titleMax = 500

// cleanTitle makes an event's id of its title. The server tells the event of a
// ticket by title only, so that events of one title are one to a gate. Titles
// are compared as the server spells them, letter by letter; only what cannot be
// printed and blanks at the ends, which nobody can see or type into a
// configuration, make no difference.
func cleanTitle(title string) string { return platform.CleanText(title, titleMax) }
