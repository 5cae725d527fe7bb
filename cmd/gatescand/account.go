package main

import (
	"context"
	"errors"
	"log/slog"
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
	paired bool

	keyring atomic.Pointer[ring]
	policy  atomic.Pointer[admission.Policy]
	served  atomic.Pointer[[]string] // names of the events served, for people

	mirror *mirror.Mirror
	outbox *outbox.Worker // nil where the platform takes no uses or nothing is paired
}

// ring holds a keyring; it exists because a pointer to an interface cannot be
// swapped at once.
type ring struct{ platform.Keyring }

var _ scanner.Account = (*account)(nil)

func newAccount(cfg configs.Account, drawer platform.Drawer, paired bool) *account {
	a := &account{cfg: cfg, drawer: drawer, paired: paired}
	a.policy.Store(new(policyOf(cfg)))
	keyring, _ := drawer.Keyring(nil)
	a.keyring.Store(&ring{keyring})
	a.served.Store(&[]string{})
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

func (a *account) Verify(code []byte) admission.Credential {
	return a.keyring.Load().Verify(code)
}

func (a *account) Asking() (scanner.Ask, time.Duration) {
	_, asks := a.drawer.(platform.Asker)
	if !asks || !a.paired {
		return scanner.AskNever, 0
	}
	return scanner.Ask(a.cfg.Ask), a.cfg.AskTimeout
}

func (a *account) Ask(ctx context.Context, code []byte, cred admission.Credential) (admission.Answer, error) {
	asker, ok := a.drawer.(platform.Asker)
	if !ok {
		return admission.Answer{}, errors.New("this platform cannot be asked")
	}
	return asker.Ask(ctx, code, cred)
}

// policyOf gives the rules of an account before its events are known.
func policyOf(c configs.Account) admission.Policy {
	return admission.Policy{
		Events:           c.Events,
		Unlisted:         admission.Choice(c.Unlisted),
		StaleAfter:       c.StaleAfter,
		StaleRefuseAfter: c.StaleRefuseAfter,
		ClockUntrusted:   admission.Choice(c.ClockUntrusted),
		EventWindow:      c.Window == configs.WindowEvent,
		Early:            c.Early,
		Late:             c.Late,
	}
}

// How far from its start and end an event counts as tonight's where nobody has
// chosen. Doors open hours before; a night ends in the morning.
const (
	tonightEarly = 12 * time.Hour
	tonightLate  = 12 * time.Hour
)

// choose gives the ids of the events this account serves: the organiser's
// choice, or tonight's. While the clock cannot be trusted nobody knows which
// night it is; a clock without a battery is behind, so every event that is not
// over by it is served.
func (a *account) choose(events []admission.Event, now admission.Stamp) []string {
	if len(a.cfg.Events) > 0 {
		return a.cfg.Events
	}
	if now.Trusted {
		return admission.Tonight(events, now.Wall, tonightEarly, tonightLate)
	}
	return admission.NotOver(events, now.Wall, tonightLate)
}

// learn takes over events and keys as the cache has them now. It tells whether
// any key was left out.
func (a *account) learn(events []admission.Event, now admission.Stamp, log *slog.Logger) (served []admission.Event, faulty int) {
	var keys []admission.Key
	for _, e := range events {
		keys = append(keys, e.Keys...)
	}
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
	policy.Events = ids
	if policy.Events == nil {
		policy.Events = []string{}
	}
	names := make([]string, 0, len(ids))
	for _, e := range events {
		for _, id := range ids {
			if e.ID == id {
				served = append(served, e)
				names = append(names, e.Name)
			}
		}
	}
	if len(events) == 0 && len(a.cfg.Events) == 0 {
		// Nothing is known of any event yet: none can be the wrong one.
		policy.Events = nil
	}
	a.policy.Store(&policy)
	a.served.Store(&names)
	return served, len(faults)
}
