package faketibillet

// Status is the state letter of a ticket as TiBillet stores it.
type Status byte

// The five states of a ticket. Canceled is R (as in refunded), and Inactive is N: not paid, or the e-mail address not confirmed.
const (
	Created  Status = 'C'
	Inactive Status = 'N'
	Valid    Status = 'K'
	Scanned  Status = 'S'
	Canceled Status = 'R'
)

// Statuses returns all five states.
func Statuses() []Status {
	return []Status{Created, Inactive, Valid, Scanned, Canceled}
}

// String returns the letter.
func (s Status) String() string { return string(rune(s)) }

func (s Status) known() bool {
	switch s {
	case Created, Inactive, Valid, Scanned, Canceled:
		return true
	default:
		return false
	}
}

// Word returns how the state reads in a language ("en", "fr"). TiBillet has these words in English and French only; for any other
// language the server shows the words of its own default language, which the caller passes as fallback. "Created" is the exception:
// the web framework's own catalogue knows that word and wins.
func (s Status) Word(language, fallback string) string {
	if s == Created {
		if word := frameworkCreated(language); word != "" {
			return word
		}
	}
	if language != "en" && language != "fr" {
		language = fallback
	}
	if language == "en" {
		return s.english()
	}
	return s.french()
}

func (s Status) english() string {
	switch s {
	case Created:
		return "Created"
	case Inactive:
		return "Inactive"
	case Valid:
		return "Valid and not scanned"
	case Scanned:
		return "Valid and scanned"
	case Canceled:
		return "Canceled"
	default:
		return s.String()
	}
}

func (s Status) french() string {
	switch s {
	case Created:
		return "Créé"
	case Inactive:
		return "Inactive"
	case Valid:
		return "Valide et non scanné"
	case Scanned:
		return "Valide et scanné"
	case Canceled:
		return "Annulé"
	default:
		return s.String()
	}
}

// frameworkCreated is the framework's translation of "Created" where one was seen, else empty.
func frameworkCreated(language string) string {
	switch language {
	case "de":
		return "Erzeugt"
	case "es":
		return "Fecha de creación"
	case "pt":
		return "Criado"
	default:
		return ""
	}
}
