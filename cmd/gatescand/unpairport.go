package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/scanner/admission"
)

// takeOverTakes is how long is waited for the station that had the key to end.
const takeOverTakes = 10 * time.Second

// errStillReading says that a station with a key that was wiped has not ended.
var errStillReading = errors.New("the account may still be read with the key that was wiped")

// Unpair wipes an account's key, and what its lists hold. The journal stays, and
// so do check-ins that the platform has not been told of: they are delivered
// when the account is paired again.
func (d *daemon) Unpair(ctx context.Context, name string, insist bool) error {
	d.pairing.Lock()
	defer d.pairing.Unlock()
	before := d.current.Load()
	c, ok := before.cfg.Account(name)
	if !ok {
		return fmt.Errorf("account %q: %w", name, admin.ErrNotFound)
	}
	ctx = context.WithoutCancel(ctx) // half a wiping is worse than a late answer
	if err := mayUnpair(ctx, d.store, c, insist); err != nil {
		return err
	}
	if err := d.vault.Forget(name); err != nil {
		return err
	}
	d.desk.Settle()
	d.renew(true)
	ended := d.awaitEnd(ctx, before)
	err := errors.Join(ended, d.store.ForgetPeople(ctx, name))
	if s := d.current.Load(); s.account(name) != nil {
		s.load(ctx, s.account(name)) // events and keys, which the lanes had in memory
	}
	d.log.Info("unpaired", slog.String("account", name), slog.Bool("insist", insist), slog.Bool("wiped", err == nil))
	if ended != nil {
		return &admin.Error{
			Status: http.StatusInternalServerError, Code: "not_wiped",
			Message: "The key is removed, but what used it has not ended yet, so the lists of the account may come back.",
			Hint:    "Wait a minute, then unpair once more.", Err: err,
		}
	}
	if err != nil {
		return &admin.Error{
			Status: http.StatusInternalServerError, Code: "not_wiped", Message: "The key is gone, but the lists of the account could not be wiped.",
			Hint: "Mend the disk, then unpair once more.", Err: err,
		}
	}
	return nil
}

// awaitEnd waits, but not for ever, until a station no longer writes what its
// platforms say. It gives errStillReading where that takes too long.
func (d *daemon) awaitEnd(ctx context.Context, s *station) error {
	ctx, cancel := context.WithTimeout(ctx, takeOverTakes)
	defer cancel()
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
		return errStillReading
	}
}

// counts is what of the journal tells whether an account may be unpaired.
type counts interface {
	OutboxCounts(ctx context.Context, account string) (pending, buried int, oldest admission.Stamp, err error)
}

// mayUnpair says why an account is not unpaired now, if it is not.
func mayUnpair(ctx context.Context, journal counts, c configs.Account, insist bool) error {
	if !pairs(c.Platform) {
		return &admin.Error{
			Status: http.StatusConflict, Code: "no_pairing", Message: notPaired(c).Error(),
			Hint: "Take the account out of the configuration, and remove that file.", Err: errNoPairing,
		}
	}
	pending, _, _, err := journal.OutboxCounts(ctx, c.Name)
	if err != nil {
		return err
	}
	if pending > 0 && !insist {
		return &admin.Error{
			Status: http.StatusConflict, Code: "outbox_not_empty",
			Message: fmt.Sprintf("The platform has not been told of %d check-ins of account %s yet.", pending, c.Name),
			Hint:    "Wait until they are delivered. Or insist: they then stay here until the account is paired again.",
			Details: map[string]string{"pending": fmt.Sprint(pending)},
		}
	}
	return nil
}

// nothingYet is the journal of a station that has never run.
type nothingYet struct{}

// OutboxCounts makes nothingYet a counts.
func (nothingYet) OutboxCounts(context.Context, string) (pending, buried int, oldest admission.Stamp, err error) {
	return 0, 0, admission.Stamp{}, nil
}
