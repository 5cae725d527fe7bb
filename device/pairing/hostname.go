package pairing

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gatescand/sync/platform"
)

// ShowHost gives a host as a person should read it before agreeing to it: as it
// is sent over the network, in letters that cannot be mistaken, and where it
// stands for other letters those as well, in brackets. Letters of more than one
// script in one part of the name, which make look-alikes of well-known names,
// are said to be mixed. What are no letters or digits is not shown as such.
func ShowHost(host string) string {
	name, port := host, ""
	if h, p, err := net.SplitHostPort(host); err == nil {
		name, port = h, ":"+p
	}
	plain := platform.CleanText(host, 300)
	labels := strings.Split(name, ".")
	decoded, mixed := false, false
	for i, label := range labels {
		if len(label) < len(acePrefix) || !strings.EqualFold(label[:len(acePrefix)], acePrefix) {
			continue
		}
		text, ok := unpuny(label[len(acePrefix):])
		if !ok || text == "" || strings.ContainsFunc(text, isNoLetter) {
			return plain
		}
		labels[i], decoded, mixed = text, true, mixed || len(scriptsOf(text)) > 1
	}
	meant := platform.CleanText(strings.Join(labels, ".")+port, 300) // the parts that stand for themselves are a stranger's, too
	switch {
	case !decoded:
		return plain
	case mixed:
		return plain + " (" + meant + "; mixed alphabets)"
	}
	return plain + " (" + meant + ")"
}

// isNoLetter tells what no part of a name is made of.
func isNoLetter(r rune) bool {
	return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Mc, r)
}

// scriptsOf names the scripts of the letters of a text.
func scriptsOf(text string) []string {
	var found []string
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		script := "other"
		for name, table := range unicode.Scripts {
			if unicode.Is(table, r) {
				script = name
				break
			}
		}
		// Japanese and Korean are written in several scripts at once.
		if slices.Contains([]string{"Hiragana", "Katakana", "Hangul"}, script) {
			script = "Han"
		}
		if script != "Common" && !slices.Contains(found, script) {
			found = append(found, script)
		}
	}
	return found
}

// nameMost is how long the name of an account is made.
const nameMost = 32

// NameFor makes the name of an account from the host of its platform: the first
// part of the host, and a number behind it while taken says that somebody has
// that name.
func NameFor(host string, taken func(name string) bool) string {
	name, _ := split(host)
	first, _, _ := strings.Cut(name, ".")
	if net.ParseIP(name) != nil {
		first = ""
	}
	base := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, first)
	base = strings.Trim(base[:min(len(base), nameMost)], "-")
	if base == "" {
		base = "account"
	}
	made := base
	for n := 2; taken(made); n++ {
		made = base + "-" + strconv.Itoa(n)
	}
	return made
}
