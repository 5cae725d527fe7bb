package faketibillet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// languages are those the server's framework can be asked for. Only en and fr have TiBillet's own words.
func languages() []string {
	return []string{"en", "fr", "de", "es", "it", "nl", "pt"}
}

// chooseLanguage picks the answer's language from an Accept-Language header: the supported language with the highest weight, else
// fallback. A region is ignored (fr-CH is fr) and "*" means fallback.
func chooseLanguage(header, fallback string) string {
	type wish struct {
		tag    string
		weight float64
	}
	var wishes []wish
	for part := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			parsed, err := strconv.ParseFloat(q, 64)
			if err != nil {
				continue
			}
			weight = parsed
		}
		if tag = strings.ToLower(strings.TrimSpace(tag)); tag != "" && weight > 0 {
			wishes = append(wishes, wish{tag, weight})
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		default:
			return 0
		}
	})
	for _, w := range wishes {
		if w.tag == "*" {
			break
		}
		base, _, _ := strings.Cut(w.tag, "-")
		if slices.Contains(languages(), base) {
			return base
		}
	}
	return fallback
}

// The framework's own messages. Unlike TiBillet's constant English error texts these are translated.

func textMethodNotAllowed(language, method string) string {
	if language == "fr" {
		return fmt.Sprintf("Méthode \"%s\" non autorisée.", method)
	}
	return fmt.Sprintf("Method \"%s\" not allowed.", method)
}

func textNoCredentials(language string) string {
	if language == "fr" {
		return "Informations d'authentification non fournies."
	}
	return "Authentication credentials were not provided."
}

func textNotFound(language string) string {
	if language == "fr" {
		return "Pas trouvé."
	}
	return "Not found."
}

func textInvalidUUIDList(language, value string) string {
	if language == "fr" {
		return "['«\u00a0" + value + "\u00a0» n’est pas un UUID valide.']"
	}
	return "['“" + value + "” is not a valid UUID.']"
}

func textRequired(language string) string {
	if language == "fr" {
		return "Ce champ est obligatoire."
	}
	return "This field is required."
}

func textNull(language string) string {
	if language == "fr" {
		return "Ce champ ne peut être nul."
	}
	return "This field may not be null."
}

func textInvalidUUID(language string) string {
	if language == "fr" {
		return "Doit être un UUID valide."
	}
	return "Must be a valid UUID."
}

func textInvalidInteger(language string) string {
	if language == "fr" {
		return "Un nombre entier valide est requis."
	}
	return "A valid integer is required."
}

func textAtLeast(language string, n int) string {
	if language == "fr" {
		return fmt.Sprintf("Assurez-vous que cette valeur est supérieure ou égale à %d.", n)
	}
	return fmt.Sprintf("Ensure this value is greater than or equal to %d.", n)
}

func textAtMost(language string, n int) string {
	if language == "fr" {
		return fmt.Sprintf("Assurez-vous que cette valeur est inférieure ou égale à %d.", n)
	}
	return fmt.Sprintf("Ensure this value is less than or equal to %d.", n)
}

func textNoChoice(language, value string) string {
	if language == "fr" {
		return fmt.Sprintf("«\u00a0%s\u00a0» n'est pas un choix valide.", value)
	}
	return fmt.Sprintf("\"%s\" is not a valid choice.", value)
}
