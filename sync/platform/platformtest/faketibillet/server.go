package faketibillet

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// RowSigning says how the rows of ticket lists get their code.
type RowSigning int

const (
	// SignOnce signs a ticket's row the first time it is listed and gives the same code from then on. About a millisecond a ticket.
	SignOnce RowSigning = iota
	// SignAnew signs every row of every answer, as the real server does: no two lists show the same code.
	SignAnew
	// SignHollow gives codes of the right form and length whose signature is not one. For lists of very many tickets.
	SignHollow
)

// Options says what kind of server to make.
type Options struct {
	// Clock gives the server's time. Required.
	Clock func() time.Time
	// Source makes identifiers, pairing tokens and API keys. Required; the server guards it, the caller must not use it again.
	Source rand.Source
	// Organisation is the tenant's name, told at pairing. Empty means "Salle des Fêtes".
	Organisation string
	// BaseURL is the tenant's address without trailing slash, printed into pairing codes and event pages. It can be set later, when
	// the port is known: see [fakeserver.Front.SetBaseURL]. Empty means "https://salle.example".
	BaseURL string
	// Language is what callers get who ask for none that the server has: "fr" (when empty) or "en".
	Language string
	// Zone is the tenant's time zone, seen in the dates of events. Nil means UTC.
	Zone *time.Location
	// SecretKey signs pairing tokens. Empty means a fixed text.
	SecretKey string
	// RowSigning says how list rows are signed.
	RowSigning RowSigning
	// RowCost is waited for every row of a list or search, to imitate the real server's price of about 60 ms a row.
	RowCost time.Duration
}

// ErrOptions says that a required option is missing.
var ErrOptions = errors.New("faketibillet: options need a clock and a random source")

// Server is the fake: an [http.Handler] with a box office behind the counter. All methods may be called from any goroutine at any time.
type Server struct {
	*fakeserver.Front
	clock        func() time.Time
	organisation string
	language     string
	zone         *time.Location
	secret       string
	rowSigning   RowSigning
	rowCost      time.Duration

	mu           sync.Mutex
	random       *rand.Rand
	events       map[string]*event
	eventOrder   []*event
	tickets      map[string]*ticket
	reservations map[string]*reservation
	apps         map[string]*scanApp
	appOrder     []*scanApp
	recorded     recordings
}

// New makes a server with an organisation and nothing else in it.
func New(o Options) (*Server, error) {
	if o.Clock == nil || o.Source == nil {
		return nil, ErrOptions
	}
	s := &Server{
		clock:        o.Clock,
		organisation: orElse(o.Organisation, "Salle des Fêtes"),
		language:     orElse(o.Language, "fr"),
		zone:         zoneOrUTC(o.Zone),
		secret:       orElse(o.SecretKey, "a secret everybody knows"),
		rowSigning:   o.RowSigning,
		rowCost:      o.RowCost,
		random:       rand.New(o.Source), //nolint:gosec // deterministic on purpose: nothing real is protected by it
		events:       map[string]*event{},
		tickets:      map[string]*ticket{},
		reservations: map[string]*reservation{},
		apps:         map[string]*scanApp{},
		recorded:     newRecordings(),
	}
	front, err := fakeserver.New(fakeserver.Options{Name: "tibillet", Clock: o.Clock, Site: site{s}, UseRoute: RouteUse})
	if err != nil {
		return nil, err
	}
	front.SetBaseURL(orElse(o.BaseURL, "https://salle.example"))
	s.Front = front
	return s, nil
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func zoneOrUTC(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

// newUUID makes a version 4 UUID. The caller holds the lock.
func (s *Server) newUUID() string {
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(s.random.Uint32())
	}
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	return formatUUID(raw)
}

// newWord makes n letters and digits. The caller holds the lock.
func (s *Server) newWord(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	word := make([]byte, n)
	for i := range word {
		word[i] = alphabet[s.random.IntN(len(alphabet))]
	}
	return string(word)
}
