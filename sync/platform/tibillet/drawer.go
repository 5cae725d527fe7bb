package tibillet

import (
	"context"
	"errors"
	"net"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// Settings are what a drawer needs to know of its account.
type Settings struct {
	Account   string // its name on this station
	BaseURL   string // scheme and host of the organisation
	APIKey    string // of the scan app, "" while the account is not paired
	StationID string // uuid of the scan app, as pairing told it
	// Imported are events with their keys that were brought by hand. They
	// stand in for the public list of events where the server has none any
	// more, and are added to it where it has.
	Imported []admission.Event

	CAPEM     []byte // the only authorities believed, empty means the system's
	PinSHA256 []byte // of the server's public key, nil pins nothing
	Version   string // of gatescand, for the User-Agent
	Now       func() time.Time
	// OnDate, where given, hears the Date of the server's answers.
	OnDate func(server, received time.Time)
	// Dial, where given, connects to a server within the process.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Drawer is one TiBillet account. It keeps no state but idle connections.
type Drawer struct {
	account  string
	key      string
	station  string
	imported []admission.Event
	now      func() time.Time
	client   *platform.Client
}

// New makes the drawer of an account, paired or not. It asks nobody.
func New(s Settings) (*Drawer, error) {
	if s.Account == "" {
		return nil, errors.New("a TiBillet account needs a name")
	}
	station := ""
	if s.StationID != "" {
		var ok bool
		if station, ok = canonicalUUID(s.StationID); !ok {
			return nil, errors.New("the stored id of the scan app is not a uuid; pair the account again")
		}
	}
	if s.APIKey != "" && (!plausibleKey(s.APIKey) || station == "") {
		return nil, errors.New("the stored key of the scan app is not one of TiBillet, or its id is missing; pair the account again")
	}
	client, err := platform.NewClient(platform.ClientConfig{
		BaseURL:   s.BaseURL,
		Agent:     platform.Agent(s.Version),
		CAPEM:     s.CAPEM,
		PinSHA256: s.PinSHA256,
		Now:       s.Now,
		OnDate:    s.OnDate,
		Dial:      s.Dial,
	})
	if err != nil {
		return nil, err
	}
	return &Drawer{account: s.Account, key: s.APIKey, station: station, imported: s.Imported, now: s.Now, client: client}, nil
}

// Close gives up idle connections. The drawer can be used after it.
func (d *Drawer) Close() error {
	d.client.Close()
	return nil
}

// Platform gives admission.TiBillet.
func (d *Drawer) Platform() admission.PlatformName { return admission.TiBillet }

// Capabilities says what TiBillet lets a gate know. A delivery carries no time:
// the server keeps none.
func (d *Drawer) Capabilities() platform.Capabilities {
	return platform.Capabilities{
		ListsTickets: true,
		SignsCodes:   true,
		AsksOnline:   true,
		TakesUses:    true,
		NamesUser:    true,
	}
}

// Keyring prepares verification. While a key could not be read, codes that no
// other key signed are unchecked and not bad.
func (d *Drawer) Keyring(keys []admission.Key) (platform.Keyring, []error) {
	return newKeyring(d.account, keys)
}

// PageLimits gives 25, 50 and 200: the server spends about 60 ms on each row,
// gives up at 30 s, and refuses more than 200.
func (d *Drawer) PageLimits() (smallest, first, largest int) { return 25, 50, pageMax }

// Parallel gives 2: a delivery costs the server two private-key operations and
// it is shared by everybody who buys tickets.
func (d *Drawer) Parallel() int { return 2 }
