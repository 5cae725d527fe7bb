package configs

import (
	"slices"
	"time"
)

// Config is a valid configuration: every default is filled in, every file it
// names has been read. It is a value to look at; nothing watches it.
type Config struct {
	// File is the name the configuration was read under.
	File string

	Station  Station
	Admin    Admin
	Pairing  Pairing
	Accounts []Account
	Lanes    []Lane

	// sources says where each key was set; keys left to their default are absent.
	sources map[string]position
}

// Station describes this box.
type Station struct {
	// Name is what staff call this place; it goes into the journal.
	Name string
	// Language is the tag of the language people at the door read.
	Language string
	// DataDir is the absolute path of the folder that holds the database and credentials.
	DataDir string
	// Capacity is how many people may be inside; 0 is without limit.
	Capacity int
	// Timezone is the IANA name as configured, empty for the zone of the system.
	Timezone string
	// Location is the zone Timezone names; never nil.
	Location *time.Location
}

// Admin describes the local page and the HTTP API.
type Admin struct {
	// Listen is HOST:PORT; an empty host means every address of the box.
	Listen string
	// TLS says how connections are protected.
	TLS TLSMode
	// CertFile and KeyFile are the PEM files for TLSFiles, else empty.
	CertFile string
	KeyFile  string
	// CertPEM and KeyPEM are what those files held; they are known to belong together.
	CertPEM []byte
	KeyPEM  Secret
	// MetricsPublic serves /metrics to more than loopback.
	MetricsPublic bool
	// ShowNames lets staff who are logged in see holders' names. It never applies to /display.
	ShowNames bool
}

// Pairing limits what a code held in front of a reader may pair with.
type Pairing struct {
	// AllowHosts are host names, or "*." and a domain for every host below it,
	// each with an optional port. Lower case. Empty allows none.
	AllowHosts []string
}

// Account is one relation with a platform.
type Account struct {
	Name     string
	Platform string
	// URL is scheme, host and path prefix without a trailing slash.
	URL string
	// InsecureHTTP allows plain http to another machine.
	InsecureHTTP bool
	// Events are the platform's ids; empty means what is on tonight.
	Events []string

	Ask        AskPolicy
	AskTimeout time.Duration
	Unlisted   UnlistedPolicy

	// StaleAfter is the age from which a list gives the grounds "stale".
	StaleAfter time.Duration
	// StaleRefuseAfter is the age from which a list is no longer believed; 0 is never.
	StaleRefuseAfter time.Duration
	SweepEvery       time.Duration
	// IncrementEvery is the time between increments; 0 turns them off.
	IncrementEvery time.Duration

	// ClockUntrusted says what a window means while the clock cannot be believed.
	ClockUntrusted ClockPolicy
	Window         WindowPolicy
	// Early and Late are how far the window of WindowEvent reaches beyond the
	// event's start and end.
	Early time.Duration
	Late  time.Duration

	// CAFile names the only authorities believed for this account; CAPEM is its content.
	CAFile string
	CAPEM  []byte
	// PinSHA256 is the SHA-256 of the server key's SubjectPublicKeyInfo, or nil.
	PinSHA256 []byte

	// UserID belongs to TicketSonic.
	UserID string
	// APIKeyFile (TicketSonic, Stebby) and PasswordFile (BitTan) name secrets;
	// APIKey and Password are their content.
	APIKeyFile   string
	APIKey       Secret
	PasswordFile string
	Password     Secret
	// EventTitle belongs to BitTan: the one event served, which is then in
	// Events, too.
	EventTitle string
	// AdmitStatus belongs to BitTan: the words of the server that let in.
	AdmitStatus []string
	// KeysFile (TiBillet) names a file of event keys; EventKeys is its content.
	KeysFile  string
	EventKeys []EventKey
}

// Lane is one reader, one direction and its signals.
type Lane struct {
	Name      string
	Direction Direction
	// Reader is the address of the reader, judged well formed by Env.CheckReader.
	Reader string
	// Accounts this lane serves; empty is all.
	Accounts []string
	// Products this lane serves; empty is all.
	Products []string
	// HoldOff is how long a re-read of the same code only repeats the last signal.
	HoldOff time.Duration
	Reentry Reentry
	// Passage is the address of the contact that tells when somebody has gone
	// through, judged well formed by Env.CheckPassage; "" for none.
	Passage string
	Signal  Signal
}

// Signal holds the addresses that are driven for each verdict.
type Signal struct {
	Admit  []string
	Refuse []string
	Hold   []string
}

// Account returns the account of that name.
func (c *Config) Account(name string) (Account, bool) {
	for _, a := range c.Accounts {
		if a.Name == name {
			return a, true
		}
	}
	return Account{}, false
}

// Lane returns the lane of that name.
func (c *Config) Lane(name string) (Lane, bool) {
	for _, l := range c.Lanes {
		if l.Name == name {
			return l, true
		}
	}
	return Lane{}, false
}

// AccountsOf returns the accounts a lane serves, in the order of the file.
func (c *Config) AccountsOf(l Lane) []Account {
	if len(l.Accounts) == 0 {
		return c.Accounts
	}
	var served []Account
	for _, a := range c.Accounts {
		if slices.Contains(l.Accounts, a.Name) {
			served = append(served, a)
		}
	}
	return served
}

func defaultStation() Station {
	return Station{
		Name:     "Main entrance",
		Language: "fr",
		DataDir:  "/var/lib/gatescand",
		Location: time.Local,
	}
}

func defaultAdmin() Admin {
	return Admin{Listen: "127.0.0.1:8640", TLS: TLSOff, ShowNames: true}
}

func defaultPairing() Pairing {
	return Pairing{AllowHosts: []string{"*.tibillet.org"}}
}

// defaultAccount gives what an account of a platform is where nothing is
// written; "" is a platform nobody knows.
func defaultAccount(platform string) Account {
	a := Account{
		Ask:            AskUnlisted,
		AskTimeout:     800 * time.Millisecond,
		Unlisted:       UnlistedHold,
		StaleAfter:     30 * time.Minute,
		SweepEvery:     15 * time.Minute,
		IncrementEvery: 45 * time.Second,
		ClockUntrusted: ClockPass,
		Window:         WindowOff,
		Early:          4 * time.Hour,
		Late:           4 * time.Hour,
	}
	if p, known := platformByName(platform); known {
		a.Unlisted = p.unlisted
	}
	if platform == bittan {
		a.AdmitStatus = []string{"PAID"}
	}
	return a
}

func defaultLane() Lane {
	return Lane{
		Direction: Entry,
		HoldOff:   3 * time.Second,
		Reentry:   Reentry{Kind: ReentryNever},
	}
}
