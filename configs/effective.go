package configs

import (
	"fmt"
	"strconv"
	"strings"
)

// FromDefault is the From of a setting that stands in no file.
const FromDefault = "default"

// Setting is one key as it is in effect.
type Setting struct {
	// Key is the key as faults name it, such as account[lespass].url.
	Key string `json:"key"`
	// Value is a string, bool, int or []string. Keys that name a secret show
	// the name of the file, never the secret.
	Value any `json:"value"`
	// From is FILE:LINE, or FromDefault.
	From string `json:"from"`
}

// String is KEY = VALUE in the way of the file.
func (s Setting) String() string { return s.Key + " = " + valueText(s.Value) }

func valueText(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case []string:
		shown := make([]string, len(v))
		for i, s := range v {
			shown[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(shown, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}

// Effective lists every key in the order of the sample, with its value and
// where it comes from. Keys of other platforms than an account's are left out.
func (c *Config) Effective() []Setting {
	var settings []Setting
	c.visit(func(path string, value any, _ bool) {
		from := FromDefault
		if at, given := c.sources[path]; given {
			from = fmt.Sprintf("%s:%d", shownPath(c.File), at.line)
		}
		settings = append(settings, Setting{Key: path, Value: value, From: from})
	})
	return settings
}

// visit calls see for every key of the configuration in order.
func (c *Config) visit(see func(path string, value any, restart bool)) {
	// Only addresses are bound here and read back; the checks never run.
	env := &Env{}
	visitSection(sectionStation, c.Station, stationFields(), scope{env: env}, see)
	visitSection(sectionAdmin, c.Admin, adminFields(), scope{env: env}, see)
	visitSection(sectionPairing, c.Pairing, pairingFields(), scope{env: env}, see)
	for _, a := range c.Accounts {
		visitSection(accountLabel(a.Name), a, accountFields(), scope{env: env, platform: a.Platform}, see)
	}
	for _, l := range c.Lanes {
		visitSection(laneLabel(l.Name), l, laneFields(), scope{env: env}, see)
	}
}

func visitSection[T any](label string, section T, fields []field[T], in scope, see func(string, any, bool)) {
	for _, f := range fields {
		if f.serves(in.platform) {
			see(label+"."+f.key, f.bind(&section, in).show(), f.restart)
		}
	}
}

func accountLabel(name string) string { return sectionAccount + "[" + name + "]" }

func laneLabel(name string) string { return sectionLane + "[" + name + "]" }
