package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/pairing"
	"gatescand/scanner/reader"
	"gatescand/sync/platform"
)

// newDesk makes the desk at which readers may show pairing codes. It is armed by
// itself on a station that waits for its first pairing.
func (d *daemon) newDesk() *pairing.Desk {
	settled, err := d.vault.Settled()
	if err != nil {
		d.log.Warn("it cannot be read whether this station was ever paired, so it is not armed by itself", slog.Any("error", err))
	}
	return pairing.NewDesk(pairing.DeskConfig{
		Read: func(code []byte) (platform.Pairing, bool) { return d.readPairing(code) },
		Judge: func(p platform.Pairing, first bool) (string, bool) {
			return d.counter().judge(p, first)
		},
		Pair: func(ctx context.Context, text, confirmed string) (pairing.Done, error) {
			p, err := d.Pair(ctx, admin.PairRequest{Code: text, Confirmed: confirmed})
			return pairing.Done{Account: p.Account, Name: p.Name, Tenant: p.Tenant, StationID: p.StationID}, err
		},
		Explain: explainPairing,
		Changed: func(s pairing.State) { d.hub.Pairing(d.pairingState(s)) },
		Unarmed: func(lane string, stands bool) { d.health.Set("pairing_unarmed", lane, "", stands) },
		FirstOver: func() {
			if err := d.vault.Settle(); err != nil {
				d.log.Error("the next start may wait for a pairing once more", slog.Any("error", err))
			}
		},
		Clock: d.clock.Now, Now: time.Now, Log: d.log, First: !settled && waitsForPairing(d.first),
	})
}

// waitsForPairing tells whether a configuration needs a pairing at all.
func waitsForPairing(cfg *configs.Config) bool {
	return len(cfg.Accounts) == 0 || slices.ContainsFunc(cfg.Accounts, func(a configs.Account) bool { return pairs(a.Platform) })
}

// offered gives the desk what a lane's own reader has read, and tells whether it
// was a pairing code that the desk has taken. A reader that types may be set to
// another country: then another reading of its keys can be the code.
func (d *daemon) offered(lane string, f reader.Frame) bool {
	if d.desk == nil || f.Overlong {
		return false
	}
	if d.desk.Offer(lane, f.Code) {
		return true
	}
	return slices.ContainsFunc(f.Readings, func(r reader.Reading) bool { return d.desk.Offer(lane, r.Code) })
}

// readPairing reads a code with whatever trust the configuration gives its host.
func (d *daemon) readPairing(code []byte) (platform.Pairing, bool) {
	if read, _, err := readPairing(code); err == nil {
		return read, true
	}
	for _, a := range d.current.Load().cfg.Accounts {
		if read, _, ok := readFor(a, string(code)); ok && read.Host == hostOf(a) {
			return read, true
		}
	}
	return platform.Pairing{}, false
}

// judge tells whether a code that a reader was shown may be taken without a
// person's word for its host. Where no person armed the desk, it may only be for
// an account that waits for it; allow_hosts is enough where there is no account
// at all. A new account's host has to stand there in full: below a domain of a
// platform anybody can have a site, and hold up its code first.
func (c pairCounter) judge(p platform.Pairing, first bool) (account string, known bool) {
	for _, a := range c.cfg.Accounts {
		if !pairs(a.Platform) || hostOf(a) != p.Host || string(p.Platform) != a.Platform {
			continue
		}
		_, err := c.vault.Load(a.Name)
		return a.Name, !first || errors.Is(err, pairing.ErrNotPaired)
	}
	if first && len(c.cfg.Accounts) > 0 {
		return "", false
	}
	return "", pairing.NamesHost(c.cfg.Pairing.AllowHosts, p.Host)
}

// explainPairing says in plain words why a pairing failed and what to try.
func explainPairing(err error) (message, hint string) {
	err = pairingFault(err)
	if e, ok := errors.AsType[*admin.Error](err); ok {
		return e.Message, e.Hint
	}
	if e, ok := errors.AsType[*platform.Error](err); ok {
		return fmt.Sprintf("%s: %s", e.Host, e.Detail), e.Remedy
	}
	return err.Error(), ""
}

// PairingState tells how far pairing is.
func (d *daemon) PairingState() admin.PairingState { return d.pairingState(d.desk.State()) }

// Arm lets the readers take a pairing code.
func (d *daemon) Arm(by string) admin.PairingState { return d.pairingState(d.desk.Arm(by)) }

// Disarm ends that.
func (d *daemon) Disarm() admin.PairingState { return d.pairingState(d.desk.Disarm()) }

// Confirm pairs with the code that waits.
func (d *daemon) Confirm(ctx context.Context, host string) (admin.PairingState, error) {
	s, err := d.desk.Confirm(ctx, host)
	switch {
	case errors.Is(err, pairing.ErrNothingWaits):
		err = &admin.Error{
			Status: http.StatusConflict, Code: "nothing_to_confirm", Message: "No pairing code waits to be confirmed.",
			Hint: "It waits for two minutes at most. Arm pairing and show the code again.", Err: err,
		}
	case errors.Is(err, pairing.ErrOtherHost):
		err = &admin.Error{
			Status: http.StatusConflict, Code: "other_host", Message: fmt.Sprintf("The code that waits is for %s.", pairing.ShowHost(s.Host)),
			Hint: "Look at the host once more, letter by letter.", Details: map[string]string{"host": s.Host, "shown": pairing.ShowHost(s.Host)}, Err: err,
		}
	}
	return d.pairingState(s), err
}

// pairingState gives a desk's state in the terms of the page. While nothing goes
// on, it tells of a pairing that was cut off before.
func (d *daemon) pairingState(s pairing.State) admin.PairingState {
	out := admin.PairingState{
		Phase: string(s.Phase), First: s.First, ArmedBy: s.By, Until: timeOrNone(s.Until), Lane: s.Lane, Host: s.Host, Platform: string(s.Platform),
		Account: s.Account, Name: s.Name, Tenant: s.Tenant, StationID: s.StationID, ExpiresAt: timeOrNone(s.ExpiresAt),
		Message: s.Message, Hint: s.Hint,
	}
	if s.Host != "" {
		out.Shown = pairing.ShowHost(s.Host)
	}
	if s.Phase == pairing.PhaseIdle || s.Phase == pairing.PhaseArmed {
		for _, a := range d.current.Load().cfg.Accounts {
			if err := pairing.Interrupted(d.vault, a.Name); err != nil {
				out.Account, out.Message = a.Name, err.Error()
				break
			}
		}
	}
	return out
}

func timeOrNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}
