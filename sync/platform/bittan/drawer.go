package bittan

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// Settings are what a drawer needs to know of its account.
type Settings struct {
	Account string // its name on this station
	BaseURL string // scheme and host of the backend, with its path prefix where it has one
	// Password is what the organiser shares with all gates, as the file holds
	// it. The server ignores blanks and line ends around it. It may be empty
	// for servers of 2024, which want none.
	Password string
	// Admitting are the words of a payment's state that let its tickets in;
	// none means PAID alone.
	Admitting []string
	// Titles are events the organiser named in the configuration. The server
	// lists an event only while it is on sale; Events gives these always.
	Titles []string

	CAPEM     []byte // the only authorities believed, empty means the system's
	PinSHA256 []byte // of the server's public key, nil pins nothing
	Version   string // of gatescand, for the User-Agent
	Now       func() time.Time
	// OnDate, where given, hears the Date of the server's answers.
	OnDate func(server, received time.Time)
	// Dial, where given, makes the connections instead of the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Drawer is one BitTan account. It keeps nothing but the form of its server and
// idle connections.
type Drawer struct {
	account   string
	password  string
	admitting []string
	titles    []string
	now       func() time.Time
	asking    *platform.Client // for what may be asked any number of times
	using     *platform.Client // for what the server counts: nothing below it repeats a request

	left        departures    // of uses, by a clock that nobody sets
	known       atomic.Uint32 // the form of the server
	determining chan struct{} // holds one token: one goroutine finds the form out, the others wait
}

// New makes the drawer of an account. It asks nobody.
func New(s Settings) (*Drawer, error) {
	if s.Account == "" {
		return nil, errors.New("a BitTan account needs a name")
	}
	if !utf8.ValidString(s.Password) || strings.ContainsRune(s.Password, 0) {
		return nil, errors.New("the password is not text in UTF-8, which the server takes alone; write password_file anew")
	}
	admitting, err := admittingOf(s.Admitting)
	if err != nil {
		return nil, err
	}
	d := &Drawer{
		account: s.Account, password: s.Password, admitting: admitting, now: s.Now,
		determining: make(chan struct{}, 1),
	}
	for _, title := range s.Titles {
		if title = cleanTitle(title); title == "" {
			return nil, errors.New("a title in event_title is empty; write it as the server spells it")
		}
		d.titles = append(d.titles, title)
	}
	c := platform.ClientConfig{
		BaseURL: s.BaseURL, Agent: platform.Agent(s.Version), CAPEM: s.CAPEM, PinSHA256: s.PinSHA256,
		Now: s.Now, OnDate: s.OnDate, Dial: s.Dial,
	}
	if d.asking, err = platform.NewClient(c); err != nil {
		return nil, err
	}
	c.OneShot = true
	if d.using, err = platform.NewClient(c); err != nil {
		return nil, err
	}
	return d, nil
}

// admittingOf checks the words that let a ticket in.
func admittingOf(words []string) ([]string, error) {
	if len(words) == 0 {
		return []string{wordPaid}, nil
	}
	for _, w := range words {
		if w == "" || strings.Trim(w, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
			return nil, errors.New("a word in admit_status is none of BitTan; its words are written in capitals, as PAID")
		}
		if strings.HasPrefix(w, failed) {
			return nil, errors.New("admit_status holds a word for payments that have failed; take out those that begin with FAILED_")
		}
	}
	return slices.Clone(words), nil
}

// Close gives up idle connections. The drawer can be used after it.
func (d *Drawer) Close() error {
	d.asking.Close()
	d.using.Close()
	return nil
}

// Platform gives admission.BitTan.
func (d *Drawer) Platform() admission.PlatformName { return admission.BitTan }

// Capabilities says what BitTan lets a gate know. A code proves nothing, there
// is no list of tickets, and a use is a number without time or name.
func (d *Drawer) Capabilities() platform.Capabilities {
	return platform.Capabilities{AsksOnline: true, TakesUses: true, CountsUses: true, EventsVanish: true}
}

// Keyring prepares recognition. BitTan signs nothing: keys are ignored.
func (d *Drawer) Keyring([]admission.Key) (platform.Keyring, []error) {
	return keyring{account: d.account}, nil
}

// Parallel gives 2. The server reads, adds and writes without a lock: uses of
// different tickets do not disturb each other, those of one ticket would.
func (d *Drawer) Parallel() int { return 2 }
