package admin

import (
	"strings"

	"gatescand/device/admin/words"
)

// conditionIn puts what stands into the language of whoever reads it. What a
// language does not say stays in English: it is the words of the part that
// raised the condition, and says too much rather than nothing.
func (s *Server) conditionIn(sp words.Speaker, c Condition) Condition {
	id := "condition_" + c.Code
	if s.words.Says(sp.Lang, id) && s.words.Says(sp.Lang, id+"_remedy") {
		c.Text = filled(sp.T(id, "Subject", c.Subject, "Detail", ended(c.Detail)))
		c.Remedy = filled(sp.T(id+"_remedy", "Subject", c.Subject, "Detail", ended(c.Detail)))
	}
	return c
}

// conditionsIn does so for several.
func (s *Server) conditionsIn(sp words.Speaker, list []Condition) []Condition {
	out := make([]Condition, 0, len(list))
	for _, c := range list {
		out = append(out, s.conditionIn(sp, c))
	}
	return out
}

// eventIn gives what an event says to a reader in a language.
func (s *Server) eventIn(sp words.Speaker, data any) any {
	if e, ok := data.(ConditionEvent); ok {
		e.Condition = s.conditionIn(sp, e.Condition)
		return e
	}
	return data
}

// ended makes a sentence of a detail that is none yet.
func ended(detail string) string {
	detail = strings.TrimSpace(detail)
	if detail == "" || strings.HasSuffix(detail, ".") || strings.HasSuffix(detail, "!") || strings.HasSuffix(detail, "?") {
		return detail
	}
	return detail + "."
}

// filled takes off what an empty place at the end of a sentence leaves.
func filled(text string) string { return strings.TrimSpace(text) }
