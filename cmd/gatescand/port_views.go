package main

import (
	"context"
	"fmt"
	"slices"

	"gatescand/device/admin"
	"gatescand/scanner"
	"gatescand/scanner/admission"
)

// The methods in this file tell the page what the configuration and the pairing
// say of lanes and accounts, and what a lane would say to a ticket.

// viewLane adds to the state of a lane what its configuration says, and what is
// wrong with its outputs.
func (d *daemon) viewLane(l *lane, out admin.Lane) admin.Lane {
	out.Checking = l.IsChecking()
	out.Accounts, out.Products = l.cfg.Accounts, l.cfg.Products
	out.HoldOff, out.Reentry, out.Passage = l.cfg.HoldOff, l.cfg.Reentry.String(), l.cfg.Passage
	faults := make(map[string]string)
	for _, c := range d.health.Conditions() {
		if c.Code != "signal_failed" {
			continue
		}
		faults[c.Subject] = c.Detail
		if c.Detail == "" {
			faults[c.Subject] = c.Text
		}
	}
	for _, of := range []struct {
		verdict   admission.Verdict
		addresses []string
	}{{admission.Admit, l.cfg.Signal.Admit}, {admission.Refuse, l.cfg.Signal.Refuse}, {admission.Hold, l.cfg.Signal.Hold}} {
		for _, address := range of.addresses {
			out.Signals = append(out.Signals, admin.Signal{Verdict: string(of.verdict), Address: address, Fault: faults[address]})
		}
	}
	return out
}

// viewAccount adds to the state of an account what its configuration says, and
// as what it is paired.
func (d *daemon) viewAccount(ctx context.Context, a *account, out admin.Account) (admin.Account, error) {
	c := a.cfg
	out.URL, out.Pairs = c.URL, pairs(c.Platform)
	if out.Pairs && a.ready {
		// One that cannot be read is a condition of its own.
		if creds, err := d.vault.Load(c.Name); err == nil {
			out.PairedName, out.Tenant, out.StationID = creds.Name, creds.Tenant, creds.StationID
		}
	}
	ask, _ := a.Asking()
	out.Ask = string(ask)
	if !a.ready {
		out.Ask = string(c.Ask)
	}
	out.Unlisted = string(c.Unlisted)
	out.StaleAfter, out.StaleRefuseAfter, out.SweepEvery = c.StaleAfter, c.StaleRefuseAfter, c.SweepEvery
	out.EventsFrom = "time"
	if len(c.Events) > 0 {
		out.EventsFrom = "configuration"
		return out, nil
	}
	chosen, err := d.store.ChosenEvents(ctx, c.Name)
	if len(chosen) > 0 {
		out.EventsFrom = "staff"
	}
	return out, err
}

// WouldSay decides as a lane would if a ticket came now with a good code.
func (d *daemon) WouldSay(ctx context.Context, name string, key admission.TicketKey) (admin.Scanned, error) {
	s := d.current.Load()
	l, err := d.lane(name)
	if err != nil {
		return admin.Scanned{}, err
	}
	a := s.account(key.Account)
	if a == nil || (len(l.cfg.Accounts) > 0 && !slices.Contains(l.cfg.Accounts, key.Account)) {
		return admin.Scanned{}, fmt.Errorf("account %q at lane %q: %w", key.Account, name, admin.ErrNotFound)
	}
	rules := laneConfigOf(s.cfg, l.cfg)
	scan := admission.Scan{
		Station: rules.Station, Lane: rules.Name, Direction: rules.Direction, At: d.clock.Now(), Products: rules.Products, Reentry: rules.Reentry,
	}
	facts, err := d.store.Facts(ctx, admission.Presentation{
		Scan: scan, Closed: !l.IsOpen(), House: admission.House{Capacity: rules.Capacity},
		Claims: []admission.Claim{{Credential: admission.Credential{TicketKey: key, Platform: a.Platform()}, Policy: a.Policy()}},
	})
	if err != nil {
		return admin.Scanned{}, err
	}
	facts.Closed = !l.IsOpen()
	out := scanned(scanner.Result{CheckIn: admission.CheckIn{
		Decision: admission.Decide(facts, scan), Station: scan.Station, Lane: scan.Lane, Direction: scan.Direction, At: scan.At,
		Delivery: admission.DeliveryNone,
	}})
	out.Undone = slices.ContainsFunc(facts.Claims, func(c admission.Claim) bool { return c.Standing.Uses > 0 })
	return out, nil
}
