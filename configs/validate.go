package configs

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
)

// validate judges what no single key can be judged by, and reads the files the
// configuration names. It says nothing about keys that are at fault already. A
// station without accounts or lanes is no fault: it is how every station begins.
func (d *decoder) validate() {
	d.validateAdmin()
	for i := range d.accounts {
		d.validateAccount(d.accounts[i], &d.cfg.Accounts[i])
	}
	for i := range d.lanes {
		d.validateLane(i)
	}
}

func (d *decoder) validateAdmin() {
	const listen, mode, cert, key = "admin.listen", "admin.tls", "admin.cert_file", "admin.key_file"
	a := &d.cfg.Admin
	section := d.doc.root
	if n, given := d.doc.root.entries[sectionAdmin]; given && n.table != nil {
		section = n.table
	}
	if !d.ok(mode) {
		return
	}
	if a.TLS == TLSOff && d.ok(listen) && listensBeyondLoopback(a.Listen) {
		d.rep.add(d.at(listen, section), listen, fmt.Sprintf("%q is open to the network without tls", a.Listen),
			`write listen = "127.0.0.1:8640", or tls = "self-signed"`)
	}
	for _, path := range []string{cert, key} {
		switch {
		case a.TLS == TLSFiles && !d.given[path] && !d.faulty[path]:
			d.rep.add(d.at(mode, section), path, `is missing though tls = "files"`, "add the path of the PEM file")
			d.faulty[path] = true
		case a.TLS != TLSFiles && d.given[path] && d.ok(path):
			d.rep.add(d.at(path, section), path, fmt.Sprintf("has no effect with tls = %q", a.TLS), `write tls = "files", or remove it`)
		}
	}
	if a.TLS == TLSFiles {
		d.readCertificate(a, section)
	}
}

// readCertificate reads the page's certificate and key and sees that they fit.
func (d *decoder) readCertificate(a *Admin, section *table) {
	const cert, key = "admin.cert_file", "admin.key_file"
	var keyPEM []byte
	if d.ok(cert) {
		data, _, err := readBounded(a.CertFile, maxPEMSize)
		if err != nil {
			d.complain(cert, section, readComplaint(a.CertFile, maxPEMSize, err))
		}
		a.CertPEM = data
	}
	if d.ok(key) {
		data, c := readPrivate(a.KeyFile, maxPEMSize, d.env)
		d.complain(key, section, c)
		keyPEM = data
	}
	if !d.ok(cert) || !d.ok(key) {
		return
	}
	if _, err := tls.X509KeyPair(a.CertPEM, keyPEM); err != nil {
		d.complain(cert, section, &complaint{
			"certificate and key are not PEM or do not belong together",
			"name a certificate and the private key it was made for",
		})
		return
	}
	a.KeyPEM = NewSecret(string(keyPEM))
}

// complain reports what a check said of a key, if it said anything.
func (d *decoder) complain(path string, section *table, c *complaint) {
	if c == nil {
		return
	}
	d.faulty[path] = true
	d.rep.add(d.at(path, section), path, c.problem, c.remedy)
}

func (d *decoder) validateAccount(e element, a *Account) {
	url := e.label + ".url"
	plain, local := plainHTTP(a.URL)
	if d.ok(url) && plain {
		if !local && !a.InsecureHTTP && d.ok(e.label+".insecure_http") {
			d.complain(url, e.table, &complaint{
				"plain http to another machine shows tickets and keys to everyone on the way",
				"write https://, or insecure_http = true if that network is yours alone",
			})
		}
		for _, key := range []string{"ca_file", "pin_sha256"} {
			if path := e.label + "." + key; d.given[path] && d.ok(path) {
				d.complain(path, e.table, &complaint{"has no effect with an http:// url", "write https:// in url, or remove it"})
			}
		}
	}
	d.validateTrust(e, a)
	d.validatePolicy(e, a)
	d.readAccountFiles(e, a)
	if d.env.CheckAccount == nil || e.platform == "" || slices.ContainsFunc(accountFields(), func(f field[Account]) bool { return !d.ok(e.label + "." + f.key) }) {
		return
	}
	if err := d.env.CheckAccount(*a); err != nil {
		d.rep.add(e.table.at, e.label, err.Error(), "correct what it names")
	}
}

func (d *decoder) validateTrust(e element, a *Account) {
	ca, pin := e.label+".ca_file", e.label+".pin_sha256"
	if d.ok(ca) && d.ok(pin) && a.CAFile != "" && a.PinSHA256 != nil {
		d.complain(pin, e.table, &complaint{"contradicts ca_file: a pinned key needs no authority", "keep one of the two"})
	}
}

func (d *decoder) validatePolicy(e element, a *Account) {
	stale, refuse := e.label+".stale_after", e.label+".stale_refuse_after"
	if d.ok(stale) && d.ok(refuse) && a.StaleRefuseAfter != 0 && a.StaleRefuseAfter < a.StaleAfter {
		d.complain(refuse, e.table, &complaint{
			fmt.Sprintf("%s is before stale_after = %q", durationText(a.StaleRefuseAfter), durationText(a.StaleAfter)),
			`make it longer than stale_after, or "0s" for never`,
		})
	}
	sweep, increment := e.label+".sweep_every", e.label+".increment_every"
	if d.ok(sweep) && d.ok(increment) && d.given[increment] && a.IncrementEvery != 0 && a.IncrementEvery >= a.SweepEvery {
		d.complain(increment, e.table, &complaint{
			fmt.Sprintf("%s is not shorter than sweep_every = %q", durationText(a.IncrementEvery), durationText(a.SweepEvery)),
			`make it shorter than sweep_every, or "0s" for no increments`,
		})
	}
	d.validatePlatform(e, a)
}

// validatePlatform sees that an account asks nothing of its platform that this
// cannot do.
func (d *decoder) validatePlatform(e element, a *Account) {
	p, known := platformByName(e.platform)
	if !known {
		return
	}
	trimTitles(a)
	window := e.label + ".window"
	if !p.events && d.ok(window) && a.Window == WindowEvent {
		d.complain(window, e.table, &complaint{
			fmt.Sprintf("%s knows services and no events", p.name), `write "off"`,
		})
	}
	unlisted, ask, events, title := e.label+".unlisted", e.label+".ask", e.label+".events", e.label+".event_title"
	if !p.signs && !p.records && d.ok(unlisted) && a.Unlisted == UnlistedAdmit {
		d.complain(unlisted, e.table, &complaint{
			fmt.Sprintf("a code of %s carries no signature that could prove a ticket", p.name),
			`write "hold" or "refuse"`,
		})
	}
	if !p.asks && d.given[ask] && d.ok(ask) && a.Ask != AskNever {
		d.complain(ask, e.table, &complaint{
			fmt.Sprintf("%s cannot be asked about a ticket", p.name), `write "never", or remove it`,
		})
	}
	if !p.events && d.ok(events) && len(a.Events) > 0 {
		d.complain(events, e.table, &complaint{
			fmt.Sprintf("%s knows services and no events", p.name), "remove it, and name the services in the products of a lane",
		})
	}
	if !d.ok(title) || !d.ok(events) || a.EventTitle == "" {
		return
	}
	if len(a.Events) > 0 && !slices.Equal(a.Events, []string{a.EventTitle}) {
		d.complain(title, e.table, &complaint{"contradicts events, which names titles as well", "keep one of the two"})
		return
	}
	a.Events = []string{a.EventTitle}
}

// trimTitles takes blanks off around the titles of events: they are compared
// with what the platform writes.
func trimTitles(a *Account) {
	a.EventTitle = strings.TrimSpace(a.EventTitle)
	for i := range a.Events {
		a.Events[i] = strings.TrimSpace(a.Events[i])
	}
}

// readAccountFiles reads what an account names, where the key itself is good.
func (d *decoder) readAccountFiles(e element, a *Account) {
	for _, s := range []struct {
		key, path string
		to        *Secret
	}{
		{"api_key_file", a.APIKeyFile, &a.APIKey},
		{"password_file", a.PasswordFile, &a.Password},
	} {
		path := e.label + "." + s.key
		if s.path == "" || !d.ok(path) {
			continue
		}
		secret, c := readSecret(s.path, d.env)
		d.complain(path, e.table, c)
		*s.to = secret
	}
	if path := e.label + ".ca_file"; a.CAFile != "" && d.ok(path) {
		data, c := readCA(a.CAFile)
		d.complain(path, e.table, c)
		a.CAPEM = data
	}
	if path := e.label + ".keys_file"; a.KeysFile != "" && d.ok(path) {
		a.EventKeys = d.readEventKeys(a.KeysFile, path, d.at(path, e.table))
	}
}

func (d *decoder) validateLane(i int) {
	e, lane := d.lanes[i], d.cfg.Lanes[i]
	d.validateSignals(i)
	if path := e.label + ".accounts"; d.ok(path) && d.doc.complete {
		for j, name := range lane.Accounts {
			d.validateReference(path, j, name, e)
		}
	}
	d.validateHoldOff(i)
	reader := e.label + ".reader"
	if !d.ok(reader) || lane.Reader == "" || strings.HasPrefix(lane.Reader, "virtual:") {
		return
	}
	device, _, _ := strings.Cut(lane.Reader, "?")
	for j := range i {
		other := d.lanes[j]
		if theirs, _, _ := strings.Cut(d.cfg.Lanes[j].Reader, "?"); theirs == device && d.ok(other.label+".reader") {
			d.complain(reader, e.table, &complaint{
				fmt.Sprintf("is the reader of the lane in line %d already", other.table.at.line),
				"give each lane its own reader",
			})
			return
		}
	}
}

// validateHoldOff sees that a code that stays before the reader is taken for one
// scan.
func (d *decoder) validateHoldOff(i int) {
	e, lane := d.lanes[i], d.cfg.Lanes[i]
	reader, key := e.label+".reader", e.label+".hold_off"
	if d.env.Repeats == nil || !d.ok(reader) || !d.ok(key) || lane.Reader == "" {
		return
	}
	if every := d.env.Repeats(lane.Reader); lane.HoldOff < 2*every {
		d.complain(key, e.table, &complaint{
			fmt.Sprintf("is %s, and this reader shows a code that is held before it every %s: a ticket would be used at once", lane.HoldOff, every),
			fmt.Sprintf("write %s or more", 2*every),
		})
	}
}

// validateReference sees that a lane names an account there is. An account
// whose name could not be read may be the one that is meant.
func (d *decoder) validateReference(path string, index int, name string, e element) {
	var names []string
	for _, account := range d.accounts {
		written, ok := readable(account.table, "name")
		if !ok || written == name {
			return
		}
		if handle(written) == nil {
			names = append(names, written)
		}
	}
	at := d.at(path, e.table)
	if n := e.table.entries["accounts"]; n != nil && index < len(n.items) {
		at = n.items[index].at
	}
	c := complaint{"there is no account " + quoted(name), "add it with [[account]], or write [] for all accounts"}
	if near := closest(name, names); near != "" {
		c.remedy = fmt.Sprintf("did you mean %q?", near)
	} else if len(names) > 0 {
		slices.Sort(names)
		c.remedy = "write " + orList(names[:min(len(names), 8)]) + ", or [] for all"
	}
	d.rep.add(at, fmt.Sprintf("%s[%d]", path, index+1), c.problem, c.remedy)
}
