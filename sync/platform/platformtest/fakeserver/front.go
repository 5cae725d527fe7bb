package fakeserver

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"
)

// Site is what makes one fake differ from another: the application behind the front. Its methods are called from many goroutines at
// once, never with a lock of the front held.
type Site interface {
	// Find tells where a request leads. It must not have an effect.
	Find(r *http.Request, body []byte) Place
	// Work does what a request asks for and says what there is to answer. ctx ends when the client hangs up, which is no reason to
	// leave work undone, only to wait no longer.
	Work(ctx context.Context, q *Query) Answer
	// Refuse is how the site's framework says 404, 405, 429 or 500 by itself. Retry-After is added by the front.
	Refuse(q *Query, status int) Answer
}

// Place is where a request leads.
type Place struct {
	// Route names the kind of request, for moods and counts.
	Route string
	// Logged is the path for the ledger, without secrets. Empty means the path as it came, without query.
	Logged string
}

// Options says what stands behind a front.
type Options struct {
	// Name is the platform's, in lower case: "tibillet". It stands in errors and made-up addresses. Required.
	Name string
	// Clock gives the server's time. Required.
	Clock func() time.Time
	// Site answers. Required.
	Site Site
	// UseRoute is the route on which tickets are used, for those of [Front.Moods] that concern uses. Empty means [RouteAny].
	UseRoute string
}

// ErrOptions says that a required option is missing.
var ErrOptions = errors.New("fakeserver: options need a name, a clock and a site")

// Front is an [http.Handler] with moods, a network and a ledger. All methods may be called from any goroutine at any time, also by a
// site that holds a lock of its own.
type Front struct {
	name     string
	clock    func() time.Time
	site     Site
	useRoute string

	mu          sync.Mutex
	baseURL     string
	weather     weather
	oracle      func(Arrival) Mood
	arrivals    map[[sha256.Size]byte]int // counted while there is an oracle
	ledger      ledger
	race        *rendezvous
	conditional bool
	certificate Certificate
	changed     chan struct{} // closed and replaced at every change and at both ends of every request
}

// New makes a front in good health.
func New(o Options) (*Front, error) {
	if o.Name == "" || o.Clock == nil || o.Site == nil {
		return nil, ErrOptions
	}
	f := &Front{
		name: o.Name, clock: o.Clock, site: o.Site, useRoute: o.UseRoute,
		baseURL: "https://" + o.Name + ".example",
		weather: newWeather(), ledger: newLedger(), changed: make(chan struct{}),
	}
	if f.useRoute == "" {
		f.useRoute = RouteAny
	}
	return f, nil
}

// Name returns the platform's name in lower case.
func (f *Front) Name() string { return f.name }

// Handler returns the front as an [http.Handler].
func (f *Front) Handler() http.Handler { return f }

// Now returns the server's time in UTC.
func (f *Front) Now() time.Time { return f.clock().UTC() }

// SetBaseURL tells the server under which address it is reached, without trailing slash.
func (f *Front) SetBaseURL(url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.baseURL = url
	f.bump()
}

// BaseURL returns the address under which the server says it is reached; at first "https://<name>.example".
func (f *Front) BaseURL() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.baseURL
}

// Await returns when cond holds. It looks at once, again whenever a request has been received or served, and after every
// [Front.Changed]. It returns the context's error if that ends first. cond may call any method of the server.
func (f *Front) Await(ctx context.Context, cond func() bool) error {
	for {
		f.mu.Lock()
		changed := f.changed
		f.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Changed wakes everyone in [Front.Await]. The site calls it after each change that did not come by a request.
func (f *Front) Changed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bump()
}

// bump is Changed for callers that hold the lock.
func (f *Front) bump() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// Rest waits for d or until ctx ends, whichever comes first.
func Rest(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
