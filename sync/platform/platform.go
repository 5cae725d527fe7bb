// Package platform is the contract between the station and the ticketing
// systems.
//
// It promises that whatever a server answers, however wrong, reaches the rest
// of the station as one of the error classes below or as a word of package
// admission, and never as a guess. A drawer, one folder per platform,
// implements the parts of the contract its platform can serve; the others are
// found missing by type assertion. Nothing here retries: one place retries,
// the mirror for pulling and the outbox for pushing.
package platform

import (
	"context"
	"time"

	"gatescand/scanner/admission"
)

// Drawer is one account's side of a platform. Its methods may be called from
// any goroutine.
type Drawer interface {
	// Platform names the ticketing system.
	Platform() admission.PlatformName
	// Capabilities says what the platform lets a gate know and prove.
	Capabilities() Capabilities
	// Keyring prepares recognition and verification with the keys at hand.
	// Keys that cannot be read are left out and reported, the rest work.
	Keyring(keys []admission.Key) (Keyring, []error)
}

// Capabilities says what can be known ahead, proved offline and told later.
type Capabilities struct {
	ListsTickets  bool // the list can be cached
	ListsUsable   bool // that list holds usable tickets only, see [admission.SweepPage]
	SignsCodes    bool // a code proves something offline
	AsksOnline    bool // one ticket can be looked up without using it
	KeepsAnswers  bool // an answer about a ticket is worth keeping for when there is no network
	TakesUses     bool // a use can be delivered
	Validates     bool // a delivery has the code judged after the fact; no use is recorded by it
	CountsUses    bool // a use delivered twice counts twice
	NamesUser     bool // the platform says which device used a ticket
	TakesDoorTime bool // a delivery can carry the true time of the admission
	EventsVanish  bool // events leave the platform's list before they take place
}

// Keyring recognises and verifies codes. It is immutable, pure and safe for
// use by many lanes at once; it never touches the network.
type Keyring interface {
	// Recognise looks at the form of a code only.
	Recognise(code []byte) admission.Recognition
	// Verify makes a credential of a code whose form is Mine. Account and
	// Platform are filled in.
	Verify(code []byte) admission.Credential
}

// Prober tells whether the server can be reached and takes our key.
type Prober interface {
	// Probe makes the cheapest requests that tell network, captive portal,
	// server and key apart. A nil error means all is well.
	Probe(ctx context.Context) error
}

// EventLister pulls events with their keys.
type EventLister interface {
	Events(ctx context.Context) ([]admission.Event, error)
}

// TicketLister pulls a complete list in pages of a stable, total order.
type TicketLister interface {
	// Tickets gives the page of at most limit tickets of event that begins at
	// cursor; "" is the first.
	Tickets(ctx context.Context, event, cursor string, limit int) (admission.SweepPage, error)
	// PageLimits gives the smallest, the first and the largest useful page.
	PageLimits() (smallest, first, largest int)
}

// ChangeLister pulls what is new since a watermark, where the platform can
// tell cheaply. It may miss changes that only a sweep sees.
type ChangeLister interface {
	// Changes gives tickets changed since watermark ("" for the platform's own
	// idea of recent) and the watermark for the next call. A failed call
	// leaves the caller's watermark as it was.
	Changes(ctx context.Context, event, watermark string) (tickets []admission.Ticket, next string, err error)
}

// Asker looks one ticket up without using it.
type Asker interface {
	// Ask gives the platform's word of this moment. code is as scanned. The
	// deadline of ctx is hard.
	Ask(ctx context.Context, code []byte, cred admission.Credential) (admission.Answer, error)
}

// Deliverer tells the platform of a use.
type Deliverer interface {
	// Deliver makes one attempt, whose intent the caller has made durable
	// before, and recognises an earlier attempt whose answer was lost. An
	// error means that the attempt may be repeated; its class says when.
	//
	// What a drawer must not forget between two attempts it jots down before
	// the request leaves that makes it necessary; d.Memo is what it jotted down
	// last. When jot fails, nothing more is sent and its error is returned.
	Deliver(ctx context.Context, d admission.Delivery, jot Jot) (admission.Outcome, error)
	// Parallel is how many deliveries of different tickets the server bears
	// at once.
	Parallel() int
}

// Jot makes a memo of a delivery durable, in place of an earlier one. It holds
// no secret and no name.
type Jot func(ctx context.Context, memo string) error

// Pairing is what a token QR asks for, read before any request is made.
type Pairing struct {
	Platform  admission.PlatformName
	Host      string    // host and port the token would be sent to
	BaseURL   string    // scheme and host of the account
	StationID string    // what the platform will know this station as, "" where the token does not say
	IssuedAt  time.Time // zero where the token does not say
	ExpiresAt time.Time // zero where the token does not say
	// Token is the secret part. It is sent once.
	Token string
}

// Credentials are what a pairing yields. They stay on this box.
type Credentials struct {
	BaseURL   string `json:"base_url"`
	StationID string `json:"station_id"`
	Name      string `json:"name"`   // what the platform calls this station
	Tenant    string `json:"tenant"` // what the platform calls the organiser
	APIKey    string `json:"api_key"`
}

// Pairer turns a token QR into credentials.
type Pairer interface {
	// ReadPairing reads the text of a pairing QR. It sends nothing.
	ReadPairing(text string) (Pairing, error)
	// Pair sends the token, once, without following a redirect.
	Pair(ctx context.Context, p Pairing) (Credentials, error)
}
