// Package all is the list of the platforms that are built in.
//
// It promises to be the only place that knows all drawers: a new platform is
// one new folder and one line here. It registers nothing behind anybody's back
// and asks no server.
package all

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/bittan"
	"gatescand/sync/platform/stebby"
	"gatescand/sync/platform/tibillet"
	"gatescand/sync/platform/ticketsonic"
)

// ErrUnknown tells that no drawer is built in for a platform.
var ErrUnknown = errors.New("no such platform")

// Settings are what drawers need to know of an account. Each platform takes
// what it has a use for.
type Settings struct {
	Account     string               // its name on this station
	BaseURL     string               // scheme and host of the platform's server
	Credentials platform.Credentials // from pairing or from files; zero while there are none
	// Imported are events with their keys that were brought by hand, for
	// platforms that no longer publish them.
	Imported  []admission.Event
	CAPEM     []byte // the only authorities believed, empty means the system's
	PinSHA256 []byte // SHA-256 of the server's SubjectPublicKeyInfo, nil pins nothing
	Version   string // of gatescand
	Now       func() time.Time
	// OnDate, where given, hears the Date of servers' answers.
	OnDate func(server, received time.Time)
	// Dial, where given, connects to a server within the process.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	UserID    string   // TicketSonic: the promoter's
	APIKey    string   // TicketSonic, Stebby: from a file
	Password  string   // BitTan: from a file
	Admitting []string // BitTan: words of a ticket's state that let in
	Titles    []string // BitTan: events the organiser named
}

// New makes the drawer of an account. Its error wraps [ErrUnknown] for a
// platform that is not built in.
func New(name admission.PlatformName, s Settings) (platform.Drawer, error) {
	switch name {
	case admission.TiBillet:
		return made(tibillet.New(tibillet.Settings{
			Account: s.Account, BaseURL: s.BaseURL, APIKey: s.Credentials.APIKey, StationID: s.Credentials.StationID,
			Imported: s.Imported, CAPEM: s.CAPEM, PinSHA256: s.PinSHA256, Version: s.Version, Now: s.Now, OnDate: s.OnDate,
			Dial: s.Dial,
		}))
	case admission.TicketSonic:
		return made(ticketsonic.New(ticketsonic.Settings{
			Account: s.Account, BaseURL: s.BaseURL, UserID: s.UserID, APIKey: s.APIKey,
			CAPEM: s.CAPEM, PinSHA256: s.PinSHA256, Version: s.Version, Now: s.Now, OnDate: s.OnDate, Dial: s.Dial,
		}))
	case admission.Stebby:
		return made(stebby.New(stebby.Settings{
			Account: s.Account, BaseURL: s.BaseURL, APIKey: s.APIKey,
			CAPEM: s.CAPEM, PinSHA256: s.PinSHA256, Version: s.Version, Now: s.Now, OnDate: s.OnDate, Dial: s.Dial,
		}))
	case admission.BitTan:
		return made(bittan.New(bittan.Settings{
			Account: s.Account, BaseURL: s.BaseURL, Password: s.Password, Admitting: s.Admitting, Titles: s.Titles,
			CAPEM: s.CAPEM, PinSHA256: s.PinSHA256, Version: s.Version, Now: s.Now, OnDate: s.OnDate, Dial: s.Dial,
		}))
	}
	var built []string
	for _, p := range Platforms() {
		built = append(built, string(p))
	}
	return nil, fmt.Errorf("platform %q: %w; write one of %s", platform.CleanText(string(name), 40), ErrUnknown, strings.Join(built, ", "))
}

// made keeps a drawer that could not be made from passing for one.
func made[D platform.Drawer](d D, err error) (platform.Drawer, error) {
	if err != nil {
		return nil, err
	}
	return d, nil
}

// IsDefaultPassword tells whether a password is one that stands in the public
// source of its platform.
func IsDefaultPassword(name admission.PlatformName, password string) bool {
	return name == admission.BitTan && bittan.IsDefaultPassword(password)
}

// Platforms lists the platforms that are built in. That is also the order in
// which codes are recognised: those of which the form says most come first.
func Platforms() []admission.PlatformName {
	return []admission.PlatformName{admission.TiBillet, admission.TicketSonic, admission.Stebby, admission.BitTan}
}

// Paired lists the platforms whose accounts get their key by pairing. Those of
// the others come from files.
func Paired() []admission.PlatformName {
	return []admission.PlatformName{admission.TiBillet}
}

// PairSettings say how far pairing trusts.
type PairSettings struct {
	CAPEM     []byte // the only authorities believed, empty means the system's
	PinSHA256 []byte // of the server's public key, nil pins nothing
	Version   string // of gatescand
	Now       func() time.Time
	PlainHTTP bool // take codes whose address is not encrypted
}

// Pairers gives the pairers of all platforms that pair by a token QR.
func Pairers(s PairSettings) []platform.Pairer {
	return []platform.Pairer{
		tibillet.NewPairer(tibillet.PairerConfig{
			CAPEM: s.CAPEM, PinSHA256: s.PinSHA256, Version: s.Version, Now: s.Now, PlainHTTP: s.PlainHTTP,
		}),
	}
}
