package tibillet

import (
	"strings"

	"gatescand/scanner/admission"
)

// standing is what a status word says of a ticket.
type standing struct {
	status  admission.Status
	scanned bool
}

// readWord reads the localized word of a ticket's status. TiBillet has these
// words in English and French only; both are read whichever was asked for. In
// an answer that calls itself anything else, and for any other word, nothing
// is clear.
func readWord(word, contentLanguage string) standing {
	base, _, _ := strings.Cut(contentLanguage, "-")
	if base != "" && base != "en" && base != "fr" {
		return standing{status: admission.StatusUnclear}
	}
	switch word {
	case "Valid and not scanned", "Valide et non scanné": // K
		return standing{status: admission.StatusValid}
	case "Valid and scanned", "Valide et scanné": // S
		return standing{status: admission.StatusValid, scanned: true}
	case "Created", "Créé", // C: a reservation that was begun
		"Inactive": // N, in both languages: not paid, or the e-mail address not confirmed
		return standing{status: admission.StatusUnpaid}
	case "Canceled", "Annulé": // R, as in refunded
		return standing{status: admission.StatusCanceled}
	}
	return standing{status: admission.StatusUnclear}
}
