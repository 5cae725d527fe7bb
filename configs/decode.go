package configs

import (
	"fmt"
	"slices"
	"strings"
)

// decoder fills a Config from a document and remembers what it could not fill,
// so that nothing is said about values that are at fault already.
type decoder struct {
	env     *Env
	rep     *report
	doc     document
	cfg     *Config
	sources map[string]position
	// faulty holds the paths of keys that stand in the file but were not taken.
	faulty map[string]bool
	// given holds the paths of keys that stand in the file with a value other
	// than the empty text, taken or not.
	given map[string]bool

	accounts []element
	lanes    []element
	driven   map[string]int // which lane drives an output line, by the line's name
}

// element is one [[account]] or [[lane]]: the label its keys are named by and
// where it begins.
type element struct {
	label string
	table *table
	// platform is what a [[account]] gives as platform, if that is one we know.
	platform string
}

func newDecoder(env *Env, rep *report, doc document, file string) *decoder {
	d := &decoder{
		env: env, rep: rep, doc: doc,
		sources: make(map[string]position),
		faulty:  make(map[string]bool),
		given:   make(map[string]bool),
	}
	d.cfg = &Config{
		File: file, Station: defaultStation(), Admin: defaultAdmin(), Pairing: defaultPairing(),
		sources: d.sources,
	}
	return d
}

// ok reports that the key at a path was taken or left to its default.
func (d *decoder) ok(path string) bool { return !d.faulty[path] }

// at returns where the value of a key stands, or else where its section begins.
func (d *decoder) at(path string, section *table) position {
	if at, found := d.sources[path]; found {
		return at
	}
	return section.at
}

// decode walks the whole document.
func (d *decoder) decode() {
	for _, name := range d.doc.root.order {
		n := d.doc.root.entries[name]
		switch name {
		case sectionStation, sectionAdmin, sectionPairing:
			d.single(name, n)
		case sectionAccount:
			d.accounts = d.elements(name, n)
		case sectionLane:
			d.lanes = d.elements(name, n)
		default:
			d.unknownSection(name, n)
		}
	}
	for _, e := range d.accounts {
		account := defaultAccount(e.platform)
		walk(d, e.label, e.table, "", &account, accountFields(), scope{d.env, e.platform})
		d.cfg.Accounts = append(d.cfg.Accounts, account)
	}
	for _, e := range d.lanes {
		lane := defaultLane()
		walk(d, e.label, e.table, "", &lane, laneFields(), scope{env: d.env})
		d.cfg.Lanes = append(d.cfg.Lanes, lane)
	}
}

func (d *decoder) single(name string, n *node) {
	if n.kind == kindBroken {
		return
	}
	if n.kind != kindTable {
		d.rep.add(n.key, name, "is "+n.kind.noun()+" where a section belongs", fmt.Sprintf("write [%s] and its keys below", name))
		return
	}
	in := scope{env: d.env}
	switch name {
	case sectionStation:
		walk(d, name, n.table, "", &d.cfg.Station, stationFields(), in)
	case sectionAdmin:
		walk(d, name, n.table, "", &d.cfg.Admin, adminFields(), in)
	case sectionPairing:
		walk(d, name, n.table, "", &d.cfg.Pairing, pairingFields(), in)
	}
}

// elements returns the tables of a [[section]].
func (d *decoder) elements(section string, n *node) []element {
	remedy := fmt.Sprintf("write [[%s]] and its keys below, once for each", section)
	switch n.kind {
	case kindBroken:
		d.doc.complete = false
		return nil
	case kindTables, kindList:
	default:
		d.doc.complete = false
		d.rep.add(n.key, section, "is "+n.kind.noun()+" where a list of sections belongs", remedy)
		return nil
	}
	var found []element
	taken := make(map[string]int)
	for i, item := range n.items {
		label := fmt.Sprintf("%s[%d]", section, i+1)
		if item.kind != kindTable {
			d.doc.complete = false
			d.rep.add(item.at, label, "is "+item.kind.noun()+" where a section belongs", remedy)
			continue
		}
		e := element{label: label, table: item.table}
		if name, ok := readable(item.table, "name"); ok && handle(name) == nil {
			if first, twice := taken[name]; twice {
				d.rep.add(item.table.entries["name"].at, label+".name",
					fmt.Sprintf("%q is the name of the %s in line %d already", name, section, first), "give each its own name")
			} else {
				taken[name] = item.table.at.line
				e.label = fmt.Sprintf("%s[%s]", section, name)
				d.rep.rename(label, e.label)
			}
		}
		if name, ok := readable(item.table, "platform"); ok {
			if _, known := platformByName(name); known {
				e.platform = name
			}
		}
		found = append(found, e)
	}
	return found
}

// readable returns the text of a key, if it stands there as a text.
func readable(t *table, key string) (string, bool) {
	n, found := t.entries[key]
	if !found || n.kind != kindText {
		return "", false
	}
	return n.text, true
}

func (d *decoder) unknownSection(name string, n *node) {
	if n.kind == kindBroken {
		return
	}
	word, remedy := "section", "remove it"
	if d.rep.full() {
		d.rep.add(n.key, shownKey(name), "no such "+word, remedy)
		return
	}
	if n.kind != kindTable && n.kind != kindTables {
		word = "key"
		remedy = "remove it, or move it below the section it belongs to"
		if home := homeOf(name); home != "" {
			remedy = "move it below " + heading(home)
		} else if near := closest(name, allKeys()); homeOf(near) != "" {
			remedy = fmt.Sprintf("did you mean %q below %s?", near, heading(homeOf(near)))
		}
	} else if near := closest(name, sectionNames()); near != "" {
		remedy = "did you mean " + heading(near) + "?"
		// What it was meant to be is not missing.
		if near == sectionAccount || near == sectionLane {
			d.doc.complete = false
		}
	}
	d.rep.add(n.key, shownKey(name), "no such "+word, remedy)
}

// heading writes the heading of a section.
func heading(section string) string {
	if shapeOf(section) == shapeList {
		return "[[" + section + "]]"
	}
	return "[" + section + "]"
}

// homeOf returns the only section that has a key, or "".
func homeOf(key string) string {
	var home string
	for section, keys := range sectionKeys() {
		if slices.Contains(keys, key) {
			if home != "" {
				return ""
			}
			home = section
		}
	}
	return home
}

// walk assigns the keys of one section and reports those it does not have and
// those it lacks. prefix is the dotted way from the section to t.
func walk[T any](d *decoder, section string, t *table, prefix string, to *T, fields []field[T], in scope) {
	for _, name := range t.order {
		n := t.entries[name]
		key := prefix + name
		path := section + "." + key
		switch i := slices.IndexFunc(fields, func(f field[T]) bool { return f.key == key }); {
		case i >= 0:
			assign(d, path, n, fields[i], to, in)
		case hasPrefix(fields, key+"."):
			if n.kind == kindTable {
				walk(d, section, n.table, key+".", to, fields, in)
			} else if n.kind != kindBroken {
				d.rep.add(n.key, path, "is "+n.kind.noun()+" where a section belongs",
					fmt.Sprintf("write [%s.%s] and its keys below", sectionOf(section), key))
			}
		case n.kind != kindBroken:
			d.unknownKey(section, prefix, name, n, keysOf(fields))
		}
	}
	if prefix != "" {
		return
	}
	for _, f := range fields {
		needed := f.required || slices.Contains(f.must, in.platform) && slices.Contains(d.env.Platforms, in.platform)
		if path := section + "." + f.key; needed && !d.given[path] && !d.faulty[path] && d.doc.complete {
			d.rep.add(t.at, path, "is missing", missingRemedy(f.key, f.bind(to, in)))
			d.faulty[path] = true
		}
	}
}

func missingRemedy(key string, t target) string {
	example := "…"
	switch t := t.(type) {
	case textTarget:
		example = t.example
	case derived:
		example = t.example
	}
	return fmt.Sprintf("add %s = %q", key, example)
}

func assign[T any](d *decoder, path string, n *node, f field[T], to *T, in scope) {
	if n.kind == kindBroken {
		d.faulty[path], d.given[path] = true, true
		return
	}
	empty := n.kind == kindText && n.text == ""
	if !empty {
		d.given[path] = true
	}
	if !f.serves(in.platform) {
		d.faulty[path] = true
		if !empty {
			d.rep.add(n.key, path, fmt.Sprintf("belongs to platform %s, not to %q", orList(f.only), in.platform), "remove it")
		}
		return
	}
	d.sources[path] = n.at
	f.bind(to, in).assign(n, func(at position, part string, c complaint) {
		d.faulty[path] = true
		d.rep.add(at, path+part, c.problem, c.remedy)
	})
}

func hasPrefix[T any](fields []field[T], prefix string) bool {
	return slices.ContainsFunc(fields, func(f field[T]) bool { return strings.HasPrefix(f.key, prefix) })
}

// sectionOf strips the label from account[name].
func sectionOf(label string) string {
	section, _, _ := strings.Cut(label, "[")
	return section
}

// unknownKey reports a key its section does not have, and never its value.
func (d *decoder) unknownKey(section, prefix, name string, n *node, keys []string) {
	if d.rep.full() {
		d.rep.add(n.key, section+"."+prefix+shownKey(name), "no such key", "remove it")
		return
	}
	var siblings []string
	for _, k := range keys {
		if rest, found := strings.CutPrefix(k, prefix); found {
			siblings = append(siblings, strings.SplitN(rest, ".", 2)[0])
		}
	}
	siblings = slices.Compact(siblings)
	remedy := "remove it"
	if near := closest(name, siblings); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
		// What it was meant to be is neither missing nor left to its default.
		meant := section + "." + prefix + near
		d.given[meant], d.faulty[meant] = true, true
	} else if instead := secretInstead(name); instead != "" {
		remedy = "secrets do not stand in this file; " + instead
	} else if home := homeOf(name); home != "" && home != sectionOf(section) {
		remedy = "move it below " + heading(home)
	}
	d.rep.add(n.key, section+"."+prefix+shownKey(name), "no such key", remedy)
}

// secretInstead says where a secret belongs that somebody wrote into the file.
func secretInstead(key string) string {
	switch strings.ReplaceAll(strings.ToLower(key), "-", "_") {
	case "password", "passwd", "pass":
		return "put it into a file and name that with password_file"
	case "api_key", "apikey", "key", "secret", "client_secret":
		return "put it into a file and name that with api_key_file, or pair with: gatescand pair"
	case "token", "api_token", "credential", "credentials":
		return "pair with: gatescand pair"
	default:
		return ""
	}
}
