package configs

import (
	"slices"
	"strings"
	"time"
)

// names of the sections.
const (
	sectionStation = "station"
	sectionAdmin   = "admin"
	sectionPairing = "pairing"
	sectionAccount = "account"
	sectionLane    = "lane"
)

// scope is what the checks of one section may depend on.
type scope struct {
	env *Env
	// platform is the account's platform as written, "" when it is none we know.
	platform string
}

// field is one key of a section: the single place that knows its name, its
// type, its range and to whom it belongs.
type field[T any] struct {
	key string
	// only names the platforms that have this key; nil is every one.
	only []string
	// must names the platforms that need it; required is for every one.
	must     []string
	required bool
	// restart is set when a change takes effect at the next start only.
	restart bool
	bind    func(*T, scope) target
}

// serves reports whether an account of that platform has this key; "" is no
// account, or one whose platform is at fault.
func (f field[T]) serves(platform string) bool {
	return len(f.only) == 0 || platform == "" || slices.Contains(f.only, platform)
}

// platform is what the configuration knows of a platform, built in or not.
type platform struct {
	name string
	// rootURL: the platform lives at the root of its host.
	rootURL bool
	// uuidEvents: its events are numbered by uuid.
	uuidEvents bool
	// signs: its codes carry a signature, so that a ticket can prove itself.
	signs bool
	// records: its codes carry none, and yet the organiser may choose to record
	// and admit what nobody could be asked about.
	records bool
	// asks: it can be asked about one ticket.
	asks bool
	// events: its tickets belong to events that it tells of.
	events bool
	// unlisted is the policy where the organiser has chosen none.
	unlisted UnlistedPolicy
}

const (
	tibillet    = "tibillet"
	ticketsonic = "ticketsonic"
	stebby      = "stebby"
	bittan      = "bittan"
)

func platforms() []platform {
	return []platform{
		{name: tibillet, rootURL: true, uuidEvents: true, signs: true, asks: true, events: true, unlisted: UnlistedHold},
		// There is no list a ticket could stand on: its signature is all there is.
		{name: ticketsonic, signs: true, events: true, unlisted: UnlistedAdmit},
		{name: stebby, asks: true, unlisted: UnlistedHold},
		{name: bittan, records: true, asks: true, events: true, unlisted: UnlistedRefuse},
	}
}

func platformByName(name string) (platform, bool) {
	for _, p := range platforms() {
		if p.name == name {
			return p, true
		}
	}
	return platform{}, false
}

// shapeOf says how a section is headed.
func shapeOf(path string) shape {
	switch path {
	case sectionStation, sectionAdmin, sectionPairing, "lane.signal":
		return shapeSingle
	case sectionAccount, sectionLane:
		return shapeList
	default:
		return shapeUnknown
	}
}

func sectionNames() []string {
	return []string{sectionStation, sectionAdmin, sectionPairing, sectionAccount, sectionLane}
}

// sectionKeys gives the keys of each section.
func sectionKeys() map[string][]string {
	return map[string][]string{
		sectionStation: keysOf(stationFields()),
		sectionAdmin:   keysOf(adminFields()),
		sectionPairing: keysOf(pairingFields()),
		sectionAccount: keysOf(accountFields()),
		sectionLane:    keysOf(laneFields()),
	}
}

// allKeys gives the keys of all sections, sorted.
func allKeys() []string {
	var keys []string
	for _, section := range sectionKeys() {
		keys = append(keys, section...)
	}
	slices.Sort(keys)
	return keys
}

func stationFields() []field[Station] {
	return []field[Station]{
		{key: "name", bind: func(s *Station, _ scope) target {
			return textTarget{&s.Name, s.Name, freeText(80, true)}
		}},
		{key: "language", bind: func(s *Station, c scope) target {
			return textTarget{&s.Language, s.Language, oneOf(c.env.Languages)}
		}},
		{key: "data_dir", restart: true, bind: func(s *Station, _ scope) target {
			return textTarget{&s.DataDir, s.DataDir, checkPath(s.DataDir, true)}
		}},
		{key: "capacity", bind: func(s *Station, _ scope) target {
			return intTarget{&s.Capacity, 0, 1_000_000}
		}},
		{key: "timezone", bind: func(s *Station, _ scope) target {
			return derived{
				textTarget{&s.Timezone, "Europe/Paris", checkZone},
				func(name string) { s.Location = zone(name) },
			}
		}},
	}
}

func adminFields() []field[Admin] {
	return []field[Admin]{
		{key: "listen", restart: true, bind: func(a *Admin, _ scope) target {
			return textTarget{&a.Listen, a.Listen, checkListen}
		}},
		{key: "tls", restart: true, bind: func(a *Admin, _ scope) target {
			return choice(&a.TLS, TLSOff, TLSSelfSigned, TLSFiles)
		}},
		{key: "cert_file", restart: true, bind: func(a *Admin, _ scope) target {
			const example = "/etc/gatescand/cert.pem"
			return textTarget{&a.CertFile, example, checkPath(example, false)}
		}},
		{key: "key_file", restart: true, bind: func(a *Admin, _ scope) target {
			const example = "/etc/gatescand/key.pem"
			return textTarget{&a.KeyFile, example, checkSecretPath(example)}
		}},
		{key: "metrics_public", bind: func(a *Admin, _ scope) target { return boolTarget{&a.MetricsPublic} }},
		{key: "show_names", bind: func(a *Admin, _ scope) target { return boolTarget{&a.ShowNames} }},
	}
}

func pairingFields() []field[Pairing] {
	return []field[Pairing]{
		{key: "allow_hosts", bind: func(p *Pairing, _ scope) target {
			return listTarget{to: &p.AllowHosts, example: "*.tibillet.org", check: checkHostPattern, fold: strings.ToLower}
		}},
	}
}

func accountFields() []field[Account] {
	return slices.Concat(accountIdentity(), accountPolicy(), accountTrust(), accountOfPlatform())
}

func accountIdentity() []field[Account] {
	return []field[Account]{
		{key: "name", required: true, bind: func(a *Account, _ scope) target {
			return textTarget{&a.Name, "tickets", handle}
		}},
		{key: "platform", required: true, bind: func(a *Account, c scope) target {
			return textTarget{&a.Platform, tibillet, checkPlatform(c.env.Platforms)}
		}},
		{key: "url", required: true, bind: func(a *Account, c scope) target {
			p, _ := platformByName(c.platform)
			return derived{
				textTarget{&a.URL, "https://tickets.example.org", checkURL(p.rootURL)},
				func(s string) { a.URL = normalURL(s) },
			}
		}},
		{key: "insecure_http", bind: func(a *Account, _ scope) target { return boolTarget{&a.InsecureHTTP} }},
		{key: "events", bind: func(a *Account, c scope) target {
			if p, _ := platformByName(c.platform); p.uuidEvents {
				return listTarget{to: &a.Events, example: "4b3a1d5e-7c52-4f0a-9a54-3d5f0f3c1a2b", check: checkUUID, fold: strings.ToLower}
			}
			return listTarget{to: &a.Events, example: "1042", check: freeText(200, true)}
		}},
	}
}

func accountPolicy() []field[Account] {
	const day = 24 * time.Hour
	return []field[Account]{
		{key: "ask", bind: func(a *Account, _ scope) target { return choice(&a.Ask, AskNever, AskUnlisted, AskAlways) }},
		{key: "ask_timeout", bind: func(a *Account, _ scope) target {
			return durationTarget{&a.AskTimeout, 50 * time.Millisecond, 10 * time.Second, ""}
		}},
		{key: "unlisted", bind: func(a *Account, _ scope) target {
			return choice(&a.Unlisted, UnlistedHold, UnlistedRefuse, UnlistedAdmit)
		}},
		{key: "stale_after", bind: func(a *Account, _ scope) target {
			return durationTarget{&a.StaleAfter, time.Second, 30 * day, ""}
		}},
		{key: "stale_refuse_after", bind: func(a *Account, _ scope) target {
			return durationTarget{&a.StaleRefuseAfter, time.Second, 30 * day, "never"}
		}},
		{key: "sweep_every", bind: func(a *Account, _ scope) target {
			return durationTarget{&a.SweepEvery, 100 * time.Millisecond, day, ""}
		}},
		{key: "increment_every", bind: func(a *Account, _ scope) target {
			return durationTarget{&a.IncrementEvery, 100 * time.Millisecond, day, "no increments"}
		}},
		{key: "clock_untrusted", bind: func(a *Account, _ scope) target { return choice(&a.ClockUntrusted, ClockPass, ClockHold) }},
		{key: "window", bind: func(a *Account, _ scope) target { return choice(&a.Window, WindowOff, WindowEvent) }},
		{key: "early", bind: func(a *Account, _ scope) target { return durationTarget{&a.Early, 0, 30 * day, ""} }},
		{key: "late", bind: func(a *Account, _ scope) target { return durationTarget{&a.Late, 0, 30 * day, ""} }},
	}
}

func accountTrust() []field[Account] {
	return []field[Account]{
		{key: "ca_file", bind: func(a *Account, _ scope) target {
			const example = "/etc/gatescand/ca.pem"
			return textTarget{&a.CAFile, example, checkPath(example, false)}
		}},
		{key: "pin_sha256", bind: func(a *Account, _ scope) target {
			return pinTarget{&a.PinSHA256}
		}},
	}
}

func accountOfPlatform() []field[Account] {
	return []field[Account]{
		{key: "user_id", only: []string{ticketsonic}, must: []string{ticketsonic}, bind: func(a *Account, _ scope) target {
			return textTarget{&a.UserID, "promoter@example.org", freeText(200, false)}
		}},
		{key: "api_key_file", only: []string{ticketsonic, stebby}, must: []string{ticketsonic, stebby}, bind: func(a *Account, _ scope) target {
			const example = "/etc/gatescand/api-key"
			return textTarget{&a.APIKeyFile, example, checkSecretPath(example)}
		}},
		{key: "password_file", only: []string{bittan}, must: []string{bittan}, bind: func(a *Account, _ scope) target {
			const example = "/etc/gatescand/password"
			return textTarget{&a.PasswordFile, example, checkSecretPath(example)}
		}},
		{key: "event_title", only: []string{bittan}, bind: func(a *Account, _ scope) target {
			return textTarget{&a.EventTitle, "Autumn ball", freeText(200, false)}
		}},
		{key: "admit_status", only: []string{bittan}, bind: func(a *Account, _ scope) target {
			return listTarget{to: &a.AdmitStatus, example: "PAID", check: freeText(40, true)}
		}},
		{key: "keys_file", only: []string{tibillet}, bind: func(a *Account, _ scope) target {
			const example = "/etc/gatescand/event-keys.txt"
			return textTarget{&a.KeysFile, example, checkPath(example, false)}
		}},
	}
}

func laneFields() []field[Lane] {
	return []field[Lane]{
		{key: "name", required: true, bind: func(l *Lane, _ scope) target { return textTarget{&l.Name, "north", handle} }},
		{key: "direction", bind: func(l *Lane, _ scope) target { return choice(&l.Direction, Entry, Exit, Check) }},
		{key: "reader", required: true, bind: func(l *Lane, c scope) target {
			return textTarget{&l.Reader, "serial:/dev/serial/by-id/…?baud=115200", injected(c.env.CheckReader, readerRemedy)}
		}},
		{key: "accounts", bind: func(l *Lane, _ scope) target {
			return listTarget{to: &l.Accounts, example: "lespass"}
		}},
		{key: "products", bind: func(l *Lane, _ scope) target {
			return listTarget{to: &l.Products, example: "Full price", check: freeText(200, true)}
		}},
		{key: "hold_off", bind: func(l *Lane, _ scope) target {
			return durationTarget{&l.HoldOff, 0, 60 * time.Second, ""}
		}},
		{key: "reentry", bind: func(l *Lane, _ scope) target { return reentryTarget{&l.Reentry} }},
		{key: "passage", bind: func(l *Lane, c scope) target {
			return textTarget{&l.Passage, "gpio:gpiochip0/23?active=low", optional(injected(c.env.CheckPassage, passageRemedy))}
		}},
		{key: "signal.admit", bind: signalBind(func(s *Signal) *[]string { return &s.Admit })},
		{key: "signal.refuse", bind: signalBind(func(s *Signal) *[]string { return &s.Refuse })},
		{key: "signal.hold", bind: signalBind(func(s *Signal) *[]string { return &s.Hold })},
	}
}

func signalBind(part func(*Signal) *[]string) func(*Lane, scope) target {
	return func(l *Lane, c scope) target {
		return listTarget{to: part(&l.Signal), example: "gpio:gpiochip0/17?pulse=300ms", check: injected(c.env.CheckSignal, signalRemedy)}
	}
}

func keysOf[T any](fields []field[T]) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

// Keys lists every key there is, such as account.url and lane.signal.admit, in
// the order of the sample.
func Keys() []string {
	var all []string
	sections := sectionKeys()
	for _, section := range sectionNames() {
		for _, key := range sections[section] {
			all = append(all, section+"."+key)
		}
	}
	return all
}
