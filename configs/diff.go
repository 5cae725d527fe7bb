package configs

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Changes says what is different between two configurations.
type Changes struct {
	// Station, Admin and Pairing report a change in that section.
	Station bool `json:"station"`
	Admin   bool `json:"admin"`
	Pairing bool `json:"pairing"`
	// Accounts and Lanes hold names.
	Accounts Members `json:"accounts"`
	Lanes    Members `json:"lanes"`
	// Keys are the keys whose values differ, sorted; an account or lane that
	// came or went is named as a whole. A file that is named as before but
	// holds something else counts as a change of the key that names it.
	Keys []string `json:"keys"`
	// Restart are those of Keys that take effect at the next start only.
	Restart []string `json:"restart"`
}

// Members are the names of accounts or lanes that came, went or stayed with
// other settings, each sorted.
type Members struct {
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
	Changed []string `json:"changed"`
}

// Empty reports that nothing came, went or changed.
func (m Members) Empty() bool { return len(m.Added)+len(m.Removed)+len(m.Changed) == 0 }

// Empty reports that both configurations mean the same.
func (c Changes) Empty() bool { return len(c.Keys) == 0 }

// NeedsRestart reports that a change takes effect at the next start only.
func (c Changes) NeedsRestart() bool { return len(c.Restart) > 0 }

// Diff compares two valid configurations. Where in a file a key stands, and in
// which order accounts and lanes follow each other, makes no difference.
func Diff(before, after *Config) Changes {
	was, is := flatten(before), flatten(after)
	changes := Changes{
		Accounts: members(accountNames(before), accountNames(after)),
		Lanes:    members(laneNames(before), laneNames(after)),
	}
	whole := make(map[string]bool)
	for _, name := range slices.Concat(changes.Accounts.Added, changes.Accounts.Removed) {
		whole[accountLabel(name)] = true
	}
	for _, name := range slices.Concat(changes.Lanes.Added, changes.Lanes.Removed) {
		whole[laneLabel(name)] = true
	}
	changes.Keys = slices.AppendSeq(changes.Keys, maps.Keys(whole))

	paths := maps.Clone(was)
	maps.Copy(paths, is)
	for path := range paths {
		label := labelOf(path)
		if whole[label] || reflect.DeepEqual(was[path].value, is[path].value) && was[path].content.equal(is[path].content) {
			continue
		}
		changes.Keys = append(changes.Keys, path)
		if was[path].restart || is[path].restart {
			changes.Restart = append(changes.Restart, path)
		}
		changes.note(label)
	}
	slices.Sort(changes.Keys)
	slices.Sort(changes.Restart)
	changes.Accounts.Changed = sortedSet(changes.Accounts.Changed)
	changes.Lanes.Changed = sortedSet(changes.Lanes.Changed)
	return changes
}

// note marks the section of a changed key.
func (c *Changes) note(label string) {
	section, name, _ := strings.Cut(strings.TrimSuffix(label, "]"), "[")
	switch section {
	case sectionStation:
		c.Station = true
	case sectionAdmin:
		c.Admin = true
	case sectionPairing:
		c.Pairing = true
	case sectionAccount:
		c.Accounts.Changed = append(c.Accounts.Changed, name)
	case sectionLane:
		c.Lanes.Changed = append(c.Lanes.Changed, name)
	}
}

// labelOf returns the section a path begins with. Names may hold dots.
func labelOf(path string) string {
	if i := strings.IndexByte(path, ']'); i >= 0 {
		return path[:i+1]
	}
	label, _, _ := strings.Cut(path, ".")
	return label
}

// content is what a named file held.
type content struct {
	public []byte
	secret Secret
}

func (c content) equal(other content) bool {
	return bytes.Equal(c.public, other.public) && c.secret.Equal(other.secret)
}

// flat is the value of one key and the content of the file it names.
type flat struct {
	value   any
	content content
	restart bool
}

func flatten(c *Config) map[string]flat {
	all := make(map[string]flat)
	c.visit(func(path string, value any, restart bool) {
		all[path] = flat{value: value, restart: restart}
	})
	put := func(path string, held content) {
		if f, found := all[path]; found {
			f.content = held
			all[path] = f
		}
	}
	put("admin.cert_file", content{public: c.Admin.CertPEM})
	put("admin.key_file", content{secret: c.Admin.KeyPEM})
	for _, a := range c.Accounts {
		label := accountLabel(a.Name)
		put(label+".ca_file", content{public: a.CAPEM})
		put(label+".api_key_file", content{secret: a.APIKey})
		put(label+".password_file", content{secret: a.Password})
		put(label+".keys_file", content{public: joinKeys(a.EventKeys)})
	}
	return all
}

func joinKeys(keys []EventKey) []byte {
	var b bytes.Buffer
	for _, k := range keys {
		b.WriteString(k.Event + " " + k.Name + "\n")
		b.Write(k.PEM)
	}
	return b.Bytes()
}

func accountNames(c *Config) []string {
	names := make([]string, len(c.Accounts))
	for i, a := range c.Accounts {
		names[i] = a.Name
	}
	return names
}

func laneNames(c *Config) []string {
	names := make([]string, len(c.Lanes))
	for i, l := range c.Lanes {
		names[i] = l.Name
	}
	return names
}

// members tells who came and who went.
func members(before, after []string) Members {
	var m Members
	for _, name := range after {
		if !slices.Contains(before, name) {
			m.Added = append(m.Added, name)
		}
	}
	for _, name := range before {
		if !slices.Contains(after, name) {
			m.Removed = append(m.Removed, name)
		}
	}
	slices.Sort(m.Added)
	slices.Sort(m.Removed)
	return m
}

func sortedSet(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
