package pairing

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// Why a code that was shown is not confirmed.
var (
	ErrNothingWaits = errors.New("no code waits to be confirmed")
	ErrOtherHost    = errors.New("the code that waits names another host")
)

// How long things stand at a desk.
const (
	ArmedFor     = 2 * time.Minute  // from arming by a person until readers take no more pairing codes
	echoFor      = 3 * time.Second  // a code that is read again within this is still the same showing
	firstPause   = 3 * time.Second  // after a failure, before another code is taken; doubles each time
	longestPause = time.Minute      // of those
	failedStands = 30 * time.Second // a failure, while further codes are taken
	resultStands = 5 * time.Minute  // how it ended, when none are
	unarmedFor   = 2 * time.Minute  // that a code was shown which nobody waited for
)

// Phase is how far a pairing at a desk is.
type Phase string

// The phases.
const (
	PhaseIdle    Phase = "idle"
	PhaseArmed   Phase = "armed"   // the next code is taken
	PhaseConfirm Phase = "confirm" // a code waits for a person to agree to its host
	PhasePairing Phase = "pairing"
	PhasePaired  Phase = "paired"
	PhaseFailed  Phase = "failed" // while First or Until is set, another code is taken
)

// State is what everybody may know of a desk. It never holds a code.
type State struct {
	Phase     Phase
	First     bool      // armed because this station was never paired
	By        string    // who armed it, "" for nobody
	Until     time.Time // when arming, or the waiting of a code, ends; zero for neither
	Lane      string
	Host      string
	Platform  admission.PlatformName
	Account   string
	Name      string // of this station, as the platform calls it
	Tenant    string // of the organiser
	StationID string
	ExpiresAt time.Time // of the code
	Message   string    // why it failed
	Hint      string    // what to try
}

// Done is what a pairing at a desk brought about.
type Done struct {
	Account, Name, Tenant, StationID string
}

// DeskConfig is what a desk works with. All of it is needed.
type DeskConfig struct {
	// Read reads a code; ok is false for what is no pairing code of any
	// platform. It sends nothing.
	Read func(code []byte) (p platform.Pairing, ok bool)
	// Judge tells whether a code may be taken without a person's word for its
	// host, and whom it is for, "" for nobody yet. first says that no person armed
	// the desk.
	Judge func(p platform.Pairing, first bool) (account string, known bool)
	// Pair redeems a code: see [Pair]. confirmed is the host a person has agreed
	// to, "" for none.
	Pair func(ctx context.Context, text, confirmed string) (Done, error)
	// Explain puts into words why Pair failed, and what to try.
	Explain func(err error) (message, hint string)
	// Changed hears every state, in order. It must not call the desk.
	Changed func(State)
	// Unarmed hears that a code was shown at a lane while nobody waited for one,
	// and when that is over. It must not call the desk.
	Unarmed func(lane string, stands bool)
	// FirstOver hears that the station is no longer armed by itself, now or at a
	// later start. It must not call the desk.
	FirstOver func()
	Clock     func() admission.Stamp
	Now       func() time.Time // for measuring: time.Now
	Log       *slog.Logger
	First     bool // armed until the first pairing
}

// Desk takes pairing codes from the readers of lanes.
//
// It takes one only while it is armed: by a person for [ArmedFor], or because
// the station was never paired. A code whose host is not known waits, in memory
// alone, for a person to agree to that host. One pairing is made at a time;
// codes that come meanwhile, and re-reads of one that is still held before the
// reader, are dropped. All its methods may be called from anywhere and none but
// [Desk.Confirm] waits.
type Desk struct {
	cfg  DeskConfig
	jobs chan job      // holds one: busy guards it
	wake chan struct{} // holds one: deadlines are new

	mu       sync.Mutex
	state    State // of what was done last; how it is armed stands below
	first    bool
	by       string
	until    time.Time // of arming by a person, zero for not armed
	waiting  *waiting
	busy     bool
	failures int
	quiet    time.Time            // no other code is taken before
	ends     time.Time            // when a result is no longer shown
	seen     [sha256.Size]byte    // the code taken last
	seenAt   time.Time            // when it was read last
	unarmed  map[string]time.Time // by lane, until when that is said
}

// waiting is a code that waits to be confirmed.
type waiting struct {
	text string
	read platform.Pairing
	ends time.Time
}

// job is a code to be redeemed.
type job struct {
	text, confirmed string
	done            chan struct{}
}

// NewDesk gives a desk. Codes are redeemed by Run.
func NewDesk(cfg DeskConfig) *Desk {
	d := &Desk{
		cfg: cfg, jobs: make(chan job, 1), wake: make(chan struct{}, 1), first: cfg.First,
		unarmed: make(map[string]time.Time),
	}
	d.state.Phase = d.rest()
	return d
}

// State tells how far pairing is.
func (d *Desk) State() State {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lapse()
	return d.shown()
}

// Arm lets readers take a pairing code for [ArmedFor]. A code that waited to be
// confirmed is forgotten; one that is being redeemed goes on.
func (d *Desk) Arm(by string) State {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lapse()
	d.by, d.until = by, d.cfg.Now().Add(ArmedFor)
	d.waiting, d.failures, d.quiet, d.seenAt = nil, 0, time.Time{}, time.Time{}
	d.forgetUnarmed()
	d.cfg.Log.Info("pairing armed", slog.String("by", by), slog.Duration("for", ArmedFor))
	if !d.busy {
		d.state = State{Phase: PhaseArmed}
	}
	return d.tell()
}

// Disarm ends every arming, and forgets a code that waits to be confirmed.
func (d *Desk) Disarm() State {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lapse()
	if d.armed() {
		d.cfg.Log.Info("pairing disarmed")
	}
	d.endFirst()
	d.by, d.until, d.waiting = "", time.Time{}, nil
	if !d.busy {
		d.state = State{Phase: PhaseIdle}
	}
	return d.tell()
}

// Settle says that the station was paired, or need not be, without the desk: it
// is no longer armed by itself.
func (d *Desk) Settle() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lapse()
	if !d.first {
		return
	}
	d.endFirst()
	if !d.busy && d.until.IsZero() {
		d.waiting, d.state = nil, State{Phase: PhaseIdle}
	}
	d.tell()
}

// Offer gives the desk a code that a lane's own reader has read. It tells
// whether the code is the desk's, so that the lane must not have it. A pairing
// code that nobody waits for is the lane's, for which it is no ticket.
func (d *Desk) Offer(lane string, code []byte) bool {
	if len(code) == 0 || len(code) > maxText {
		return false
	}
	p, ok := d.cfg.Read(code)
	if !ok {
		return false
	}
	sum := sha256.Sum256([]byte(p.Host + "\x00" + p.Token))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lapse()
	now := d.cfg.Now()
	if sum == d.seen && now.Sub(d.seenAt) < echoFor && !d.seenAt.IsZero() {
		d.seenAt = now // still held before the reader
		return true
	}
	if !d.armed() {
		d.notArmed(lane, now)
		return false
	}
	if d.busy || now.Before(d.quiet) {
		return true
	}
	account, known := d.cfg.Judge(p, d.until.IsZero())
	if d.waiting != nil && !known {
		return true // the first that waits is the one a person looks at
	}
	d.seen, d.seenAt = sum, now
	d.take(lane, string(code), p, account, known)
	return true
}

// take begins with a code. The lock is held.
func (d *Desk) take(lane, text string, p platform.Pairing, account string, known bool) {
	d.waiting = nil
	d.state = State{
		Phase: PhasePairing, Lane: lane, Host: p.Host, Platform: p.Platform, Account: account, StationID: p.StationID, ExpiresAt: p.ExpiresAt,
	}
	d.cfg.Log.Info("pairing code read", slog.String("lane", lane), slog.String("host", p.Host), slog.Bool("known", known))
	if stamp := d.cfg.Clock(); stamp.Trusted && hasExpired(p, stamp) {
		d.fail(expired(p))
		return
	}
	if !known {
		ends := d.until
		if ends.IsZero() {
			ends = d.cfg.Now().Add(ArmedFor)
		}
		d.waiting = &waiting{text: text, read: p, ends: ends}
		d.state.Phase = PhaseConfirm
		d.tell()
		return
	}
	d.start(job{text: text, done: make(chan struct{})})
}

// start hands a code to Run. The lock is held.
func (d *Desk) start(j job) {
	d.busy, d.state.Phase = true, PhasePairing
	d.jobs <- j
	d.tell()
}

// Confirm redeems the code that waits, because the person by agreed to its
// host, and waits for the outcome or the end of ctx. A host that is not that of
// the code is [ErrOtherHost]; [ErrNothingWaits] when there is no code.
func (d *Desk) Confirm(ctx context.Context, host string) (State, error) {
	j, err := d.confirm(host)
	if err != nil {
		return d.State(), err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
	}
	return d.State(), nil
}

func (d *Desk) confirm(host string) (job, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lapse()
	switch w := d.waiting; {
	case w == nil || d.busy:
		return job{}, ErrNothingWaits
	case w.read.Host != host:
		return job{}, fmt.Errorf("%w: %q", ErrOtherHost, w.read.Host)
	default:
		j := job{text: w.text, confirmed: host, done: make(chan struct{})}
		d.waiting = nil
		d.cfg.Log.Info("pairing host confirmed", slog.String("host", host))
		d.start(j)
		return j, nil
	}
}

// armed tells whether a code would be taken. The lock is held.
func (d *Desk) armed() bool { return d.first || !d.until.IsZero() }

// rest is the phase of a desk at which nothing goes on. The lock is held.
func (d *Desk) rest() Phase {
	if d.armed() {
		return PhaseArmed
	}
	return PhaseIdle
}

// shown is the state as it stands. The lock is held.
func (d *Desk) shown() State {
	s := d.state
	s.First, s.By, s.Until = d.first, d.by, d.until
	if d.waiting != nil {
		s.Until = d.waiting.ends
	}
	return s
}

// tell tells of the state, and has Run look at the deadlines. The lock is held.
func (d *Desk) tell() State {
	s := d.shown()
	d.cfg.Changed(s)
	d.alarm()
	return s
}

// alarm has Run look at the deadlines.
func (d *Desk) alarm() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// endFirst ends arming that nobody ordered. The lock is held.
func (d *Desk) endFirst() {
	if d.first {
		d.first = false
		d.cfg.FirstOver()
	}
}

// notArmed says that a code was shown which nobody waited for. The lock is held.
func (d *Desk) notArmed(lane string, now time.Time) {
	if _, said := d.unarmed[lane]; !said {
		d.cfg.Log.Info("pairing code shown while not armed", slog.String("lane", lane))
		d.cfg.Unarmed(lane, true)
	}
	d.unarmed[lane] = now.Add(unarmedFor)
	d.alarm()
}

func (d *Desk) forgetUnarmed() {
	for lane := range d.unarmed {
		d.cfg.Unarmed(lane, false)
		delete(d.unarmed, lane)
	}
}
