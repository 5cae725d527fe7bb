package stebby

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// keyMax is more than any API key has, in characters.
const keyMax = 4096

// Settings are what a drawer needs to know of its account.
type Settings struct {
	Account string // its name on this station
	BaseURL string // https://api.stebby.eu, or that of the testing environment
	APIKey  string // of the Point of Sale

	CAPEM     []byte // the only authorities believed, empty means the system's
	PinSHA256 []byte // of the server's public key, nil pins nothing
	Version   string // of gatescand, for the User-Agent
	Now       func() time.Time
	// OnDate, where given, hears the Date of the server's answers.
	OnDate func(server, received time.Time)
	// Dial, where given, makes the connections: for servers within the process.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Drawer is one Stebby account: one Point of Sale. Besides idle connections it
// keeps in mind the code of one ticket that was usable when it was looked up last.
type Drawer struct {
	account string
	key     string
	now     func() time.Time
	client  *platform.Client
	once    *platform.Client // for uses: a connection for each
	witness atomic.Pointer[witness]
}

// New makes the drawer of an account. It asks nobody.
func New(s Settings) (*Drawer, error) {
	if s.Account == "" {
		return nil, errors.New("a Stebby account needs a name")
	}
	if s.APIKey == "" {
		return nil, errors.New("a Stebby account needs the API key of its Point of Sale; write it into the file that api_key_file names")
	}
	if !plausibleKey(s.APIKey) {
		return nil, errors.New("the API key has characters that no such key has; look for blanks, quotes or a second line in the file that api_key_file names")
	}
	config := platform.ClientConfig{
		BaseURL:   s.BaseURL,
		Agent:     platform.Agent(s.Version),
		CAPEM:     s.CAPEM,
		PinSHA256: s.PinSHA256,
		Now:       s.Now,
		OnDate:    s.OnDate,
		Dial:      s.Dial,
	}
	client, err := platform.NewClient(config)
	if err != nil {
		return nil, err
	}
	config.OneShot = true
	once, err := platform.NewClient(config)
	if err != nil {
		return nil, err
	}
	return &Drawer{account: s.Account, key: s.APIKey, now: s.Now, client: client, once: once}, nil
}

// plausibleKey takes what a header can carry without being misread.
func plausibleKey(key string) bool {
	if len(key) > keyMax {
		return false
	}
	for i := range len(key) {
		if c := key[i]; c <= ' ' || c > '~' || c == '"' || c == '\'' {
			return false
		}
	}
	return true
}

// Close gives up idle connections. The drawer can be used after it.
func (d *Drawer) Close() error {
	d.client.Close()
	d.once.Close()
	return nil
}

// Platform gives admission.Stebby.
func (d *Drawer) Platform() admission.PlatformName { return admission.Stebby }

// Capabilities says what Stebby lets a gate know. A delivery carries neither a
// time nor who used the ticket, and a second use of a ticket is refused.
func (d *Drawer) Capabilities() platform.Capabilities {
	return platform.Capabilities{
		ListsTickets: true,
		ListsUsable:  true,
		AsksOnline:   true,
		KeepsAnswers: true,
		TakesUses:    true,
	}
}

// PageLimits gives 25, 100 and 100: a public client of Stebby lists by 100.
func (d *Drawer) PageLimits() (smallest, first, largest int) { return 25, pageMax, pageMax }

// Parallel gives 2: how often the server may be asked is not known.
func (d *Drawer) Parallel() int { return 2 }
