package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatescand/configs"
	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/sync/mirror"
	"gatescand/sync/outbox"
	"gatescand/sync/platform"
)

// account joins what an account is made of: the organiser's settings, the
// platform's drawer, the keys at hand. It is what the lanes see.
type account struct {
	cfg    configs.Account
	drawer platform.Drawer
	ready  bool // there is something to talk to the platform with
	tell   func(code, subject, detail string, holds bool)

	products atomic.Pointer[map[string]string] // names by the ids in codes
	told     chan told                         // answers to be kept
	counted  atomic.Int64                      // when what is pending was counted last, since boot
	keyring  atomic.Pointer[ring]
	policy   atomic.Pointer[admission.Policy]
	served   atomic.Pointer[[]string] // names of the events served, for people
	chosen   atomic.Pointer[[]string] // ids of the events that staff chose, empty for none
	learning sync.Mutex               // what is learned last stays
	self     string                   // what the platform calls this station

	mirror *mirror.Mirror
	outbox *outbox.Worker // nil where the platform takes no uses or there is no key
}

// told is what the platform said of a ticket.
type told struct {
	ticket admission.Ticket
	found  bool
}

// manyAnswers is how many answers may wait to be kept. One that finds no room
// is forgotten: the gate has decided on it already.
const manyAnswers = 64

// ring holds a keyring; it exists because a pointer to an interface cannot be
// swapped at once.
type ring struct{ platform.Keyring }

var _ scanner.Account = (*account)(nil)

func newAccount(cfg configs.Account, drawer platform.Drawer, ready bool) *account {
	a := &account{
		cfg: cfg, drawer: drawer, ready: ready, told: make(chan told, manyAnswers),
		tell: func(string, string, string, bool) {},
	}
	a.products.Store(&map[string]string{})
	a.policy.Store(new(policyOf(cfg)))
	keyring, _ := drawer.Keyring(nil)
	a.keyring.Store(&ring{keyring})
	a.served.Store(&[]string{})
	a.chosen.Store(&[]string{})
	return a
}

// Name, Platform, Policy, Recognise, Verify, Asking and Ask make account a
// scanner.Account.
func (a *account) Name() string                     { return a.cfg.Name }
func (a *account) Platform() admission.PlatformName { return a.drawer.Platform() }
func (a *account) Policy() admission.Policy         { return *a.policy.Load() }

func (a *account) Recognise(code []byte) admission.Recognition {
	return a.keyring.Load().Recognise(code)
}

// Verify lets the keyring speak, and adds the name of a product that a code
// names by its number.
func (a *account) Verify(code []byte) admission.Credential {
	cred := a.keyring.Load().Verify(code)
	if cred.Product == "" && cred.Price != "" {
		cred.Product = (*a.products.Load())[cred.Price]
	}
	return cred
}

func (a *account) Asking() (scanner.Ask, time.Duration) {
	_, asks := a.drawer.(platform.Asker)
	if !asks || !a.ready {
		return scanner.AskNever, 0
	}
	return scanner.Ask(a.cfg.Ask), a.cfg.AskTimeout
}

func (a *account) Ask(ctx context.Context, code []byte, cred admission.Credential) (admission.Answer, error) {
	asker, ok := a.drawer.(platform.Asker)
	if !ok {
		return admission.Answer{}, errors.New("this platform cannot be asked")
	}
	answer, err := asker.Ask(ctx, code, cred)
	if blind := errors.Is(err, platform.ErrConsumes); blind || err == nil {
		a.tell("account_blind", a.Name(), blindness(err), blind)
	}
	switch platform.ClassOf(err) {
	case "", platform.Rejected, platform.Unsupported, platform.NotYet:
	default:
		a.mirror.Doubt()
	}
	if err == nil && a.drawer.Capabilities().KeepsAnswers {
		a.keep(cred.TicketKey, answer)
	}
	return answer, err
}

// blindness gives what a drawer says of a server that cannot be asked.
func blindness(err error) string {
	if e, ok := errors.AsType[*platform.Error](err); ok {
		return e.Detail
	}
	return ""
}

// keep hands an answer on to be kept, if there is room.
func (a *account) keep(key admission.TicketKey, answer admission.Answer) {
	t := admission.Ticket{
		TicketKey: key, Event: answer.Event, Product: answer.Product, Price: answer.Price, Status: answer.Status,
		Used: answer.Used, UsedAt: answer.UsedAt, UsedBy: answer.UsedBy, Window: answer.Window, Holder: answer.Holder,
	}
	t.Account = a.Name()
	select {
	case a.told <- told{t, answer.Found}:
	default:
	}
}

// policyOf gives the rules of an account before its events are known.
func policyOf(c configs.Account) admission.Policy {
	return admission.Policy{
		Events:           c.Events,
		Unlisted:         unlistedOf(c),
		StaleAfter:       c.StaleAfter,
		StaleRefuseAfter: c.StaleRefuseAfter,
		ClockUntrusted:   admission.Choice(c.ClockUntrusted),
		EventWindow:      c.Window == configs.WindowEvent,
		Early:            c.Early,
		Late:             c.Late,
	}
}

// unlistedOf gives the choice for what no list knows. To admit what carries no
// proof is another choice than to admit a good signature.
func unlistedOf(c configs.Account) admission.Choice {
	if c.Platform == string(admission.BitTan) && c.Unlisted == configs.UnlistedAdmit {
		return admission.ChooseRecord
	}
	return admission.Choice(c.Unlisted)
}

// How far from its start and end an event counts as tonight's where nobody has
// chosen. Doors open hours before; a night ends in the morning.
const (
	tonightEarly = 12 * time.Hour
	tonightLate  = 12 * time.Hour
)

// chosenIDs gives the events that staff chose, none where nobody did.
func (a *account) chosenIDs() []string {
	if ids := a.chosen.Load(); ids != nil {
		return *ids
	}
	return nil
}

// choose gives the ids of the events this account serves: those of the
// configuration, else those that staff chose on the page, whether the platform
// still has them or not, else tonight's. While the clock cannot be trusted nobody knows which
// night it is; a clock without a battery is behind, so every event that is not
// over by it is served.
func (a *account) choose(events []admission.Event, now admission.Stamp) []string {
	if len(a.cfg.Events) > 0 {
		return a.cfg.Events
	}
	if a.listsWithoutEvents() {
		return []string{""}
	}
	if ids := a.chosenIDs(); len(ids) > 0 {
		return ids
	}
	if now.Trusted {
		return admission.Tonight(events, now.Wall, tonightEarly, tonightLate)
	}
	return admission.NotOver(events, now.Wall, tonightLate)
}

// isBareCode tells whether the identity of a ticket is itself a code that
// carries no proof. A person may let such a ticket in though no list has it.
func (a *account) isBareCode(id string) bool {
	code := []byte(id)
	if a.Recognise(code) != admission.Mine {
		return false
	}
	cred := a.Verify(code)
	return cred.Proof == admission.ProofNone && cred.ID == id
}

// listsWithoutEvents tells whether the platform has one list of tickets and
// knows no events.
func (a *account) listsWithoutEvents() bool {
	_, events := a.drawer.(platform.EventLister)
	_, tickets := a.drawer.(platform.TicketLister)
	return tickets && !events
}

// learn takes over events and keys as the cache has them now. It tells whether
// any key was left out.
func (a *account) learn(events []admission.Event, now admission.Stamp, log *slog.Logger) (served []admission.Event, faulty int) {
	keys := keysOf(events)
	for _, k := range a.cfg.EventKeys {
		keys = append(keys, admission.Key{Event: k.Event, PEM: string(k.PEM)})
	}
	keyring, faults := a.drawer.Keyring(keys)
	for _, err := range faults {
		log.Warn("a key was left out", slog.Any("account", a.cfg.Name), slog.Any("error", err))
	}
	a.keyring.Store(&ring{keyring})

	ids := a.choose(events, now)
	policy := policyOf(a.cfg)
	policy.Events, policy.Self = ids, a.self
	if policy.Events == nil {
		policy.Events = []string{}
	}
	names := make([]string, 0, len(ids))
	products := make(map[string]string)
	for _, e := range events {
		for _, p := range e.Products {
			products[p.ID] = p.Name
		}
		for _, id := range ids {
			if e.ID == id {
				served = append(served, e)
				names = append(names, e.Name)
			}
		}
	}
	if len(events) == 0 && len(a.cfg.Events) == 0 && len(a.chosenIDs()) == 0 && !a.drawer.Capabilities().EventsVanish {
		// Nothing is known of any event yet: none can be the wrong one.
		policy.Events = nil
	}
	a.products.Store(&products)
	a.policy.Store(&policy)
	a.served.Store(&names)
	return served, len(faults)
}

// keysOf gives the keys to verify with. A key of an event stays as long as the
// event is remembered. A key for all of the account counts as replaced when the
// events that are published now come with another.
func keysOf(events []admission.Event) []admission.Key {
	current := slices.ContainsFunc(events, func(e admission.Event) bool {
		return !e.Withdrawn && slices.ContainsFunc(e.Keys, func(k admission.Key) bool { return k.Event == "" })
	})
	var keys []admission.Key
	for _, e := range events {
		for _, k := range e.Keys {
			if k.Event != "" || !e.Withdrawn || !current {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// telling adds to a delivery what the station knows of the account's events now.
type telling struct {
	platform.Deliverer
	account *account
}

// Deliver makes telling a platform.Deliverer.
func (t telling) Deliver(ctx context.Context, d admission.Delivery, jot platform.Jot) (admission.Outcome, error) {
	if d.Event == "" {
		d.Served = t.account.Policy().Events
	}
	return t.Deliverer.Deliver(ctx, d, jot)
}
