package configs

import (
	_ "embed"
	"regexp"
	"strings"
)

//go:embed gatescand.toml
var sample []byte

// Sample returns the annotated sample configuration. It is complete, and valid
// as it stands.
func Sample() []byte { return append([]byte(nil), sample...) }

// note is what the sample says about one key.
type note struct {
	// words are the lines of its comment without "# ".
	words []string
	// block numbers the comment: keys that are explained together share it.
	block int
}

// notes is what the sample says about sections, by their heading's name, and
// about keys, such as lane.signal.admit. What it says of its own lines stands
// in lines in brackets and belongs to nobody.
type notes struct {
	sections, keys map[string]note
}

// readNotes takes the comments out of the sample.
func readNotes() notes {
	heading := regexp.MustCompile(`^\s*\[+([a-z.]+)\]+$`)
	setting := regexp.MustCompile(`^\s*(?:# )?([a-z_0-9]+) += \S`)
	n := notes{sections: make(map[string]note), keys: make(map[string]note)}
	section, current := "", note{}
	for line := range strings.Lines(string(sample)) {
		line = strings.TrimRight(line, "\n")
		text := strings.TrimSpace(line)
		if m := heading.FindStringSubmatch(line); m != nil {
			section = m[1]
			n.sections[section] = current
			current = note{block: current.block + 1}
			continue
		}
		m := setting.FindStringSubmatch(line)
		switch {
		case m != nil && section != "":
			n.keys[section+"."+m[1]] = current
		case text == "":
			current = note{block: current.block + 1}
		case strings.HasPrefix(text, "# (") && strings.HasSuffix(text, ")"), strings.HasPrefix(text, "# ---"):
		default:
			current.words = append(current.words, strings.TrimPrefix(strings.TrimPrefix(text, "#"), " "))
		}
	}
	return n
}
