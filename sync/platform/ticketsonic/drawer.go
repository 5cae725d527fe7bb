package ticketsonic

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// credentialMax is more characters than a user id, which is an e-mail address,
// or an API key, which has 32, ever have.
const credentialMax = 320

// Settings are what a drawer needs to know of its account.
type Settings struct {
	Account string // its name on this station
	BaseURL string // scheme, host and port; https://www.ticketsonic.com:9507 as published
	// UserID and APIKey are those of the promoter's account page. Without them
	// codes can still be verified with keys at hand, and nobody is asked.
	UserID string
	APIKey string

	CAPEM     []byte // the only authorities believed, empty means the system's
	PinSHA256 []byte // of the server's public key, nil pins nothing
	Version   string // of gatescand, for the User-Agent
	Now       func() time.Time
	// OnDate, where given, hears the Date of the server's answers.
	OnDate func(server, received time.Time)
	// Dial, where given, makes the connections instead of the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Drawer is one promoter's account. It keeps no state but idle connections and
// lists that the server lets be revalidated.
type Drawer struct {
	account string
	user    string
	key     string
	now     func() time.Time
	client  *platform.Client
}

// New makes the drawer of an account, with credentials or without. It asks
// nobody. Blanks and line ends around the credentials are taken off.
func New(s Settings) (*Drawer, error) {
	if s.Account == "" {
		return nil, errors.New("a TicketSonic account needs a name")
	}
	user, key := strings.TrimSpace(s.UserID), strings.TrimSpace(s.APIKey)
	if !isPlain(user) {
		return nil, errors.New("user_id holds characters that no user id has; write the one of the promoter's account page, an e-mail address")
	}
	if !isPlain(key) {
		return nil, errors.New("the file of api_key_file holds more than an API key; put the key of the promoter's account page into it and nothing else")
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
	return &Drawer{account: s.Account, user: user, key: key, now: s.Now, client: client}, nil
}

// isPlain tells whether text can stand in a header: printable ASCII without
// blanks, and not too long.
func isPlain(text string) bool {
	return len(text) <= credentialMax && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Close gives up idle connections. The drawer can be used after it.
func (d *Drawer) Close() error {
	d.client.Close()
	return nil
}

// Platform gives admission.TicketSonic.
func (d *Drawer) Platform() admission.PlatformName { return admission.TicketSonic }

// Capabilities says what TicketSonic lets a gate know: the codes prove
// themselves, and the server judges a code when asked. It lists no tickets and
// takes no uses. It is not asked before the door opens, because nobody outside
// knows that the question leaves the ticket as it was.
func (d *Drawer) Capabilities() platform.Capabilities {
	return platform.Capabilities{SignsCodes: true, Validates: true}
}

// Keyring prepares verification. Keys are the promoter's, one for all events;
// several are tried each. While a key could not be read, blocks that no other
// key opens are unchecked and not bad.
func (d *Drawer) Keyring(keys []admission.Key) (platform.Keyring, []error) {
	return newKeyring(d.account, keys)
}

// Parallel gives 2: the server is shared by everybody who buys tickets, and
// nothing waits for it.
func (d *Drawer) Parallel() int { return 2 }
