package main

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/pairing"
	"gatescand/store"
)

func (a *app) unpairCommand() *cobra.Command {
	var insist bool
	cmd := &cobra.Command{
		Use: "unpair ACCOUNT", Short: "Forget the key of an account and the people on its lists", Args: exactArgs(1, "the name of an account"),
		Long: "Removes the key that pairing brought, and the account's events, tickets and names from\n" +
			"the cache. The journal stays. While check-ins wait to be delivered it refuses, unless\n" +
			"you --insist: they then wait until the account is paired again.\n" +
			"Memory cards may keep old blocks for a while. What makes the key worthless for certain\n" +
			"is to remove the scan app on the platform.",
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			account, ok := cfg.Account(args[0])
			if !ok {
				return usagef("%q: the configuration has no such account", args[0])
			}
			gone, err := unpair(cmd.Context(), cfg, account, insist)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(gone)
			}
			return a.say("unpaired: account %s has no key any more. %s\n", gone.Account, gone.Note)
		},
	}
	cmd.Flags().BoolVar(&insist, "insist", false, "unpair although the platform has not been told of everything")
	return cmd
}

// unpair lets the running daemon unpair; where none runs, it does it itself.
func unpair(ctx context.Context, cfg *configs.Config, account configs.Account, insist bool) (admin.Unpaired, error) {
	var gone admin.Unpaired
	c, err := newClient(cfg)
	if err == nil {
		err = c.call(ctx, "POST", "/api/v1/accounts/"+url.PathEscape(account.Name)+"/unpair", map[string]bool{"insist": insist}, &gone)
	}
	if !errors.Is(err, errNotRunning) {
		return gone, err
	}
	vault, err := openVault(cfg)
	if err != nil {
		return gone, err
	}
	gone = admin.Unpaired{Account: account.Name, Note: admin.UnpairedNote}
	err = unpairOffline(ctx, cfg, vault, account, insist)
	return gone, errors.Join(err, giveToOwner(cfg.Station.DataDir))
}

// unpairOffline unpairs where no daemon runs. It holds the journal meanwhile, so
// that none begins.
func unpairOffline(ctx context.Context, cfg *configs.Config, vault *pairing.Vault, account configs.Account, insist bool) error {
	path := filepath.Join(cfg.Station.DataDir, databaseName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := mayUnpair(ctx, nothingYet{}, account, insist); err != nil {
			return err
		}
		return vault.Forget(account.Name)
	}
	clock, err := newClock()
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, path, store.Options{Now: clock.Now})
	if err != nil {
		return err
	}
	err = mayUnpair(ctx, db, account, insist)
	if err == nil {
		err = vault.Forget(account.Name)
	}
	if err == nil {
		err = db.ForgetPeople(ctx, account.Name)
	}
	return errors.Join(err, db.Close())
}

// interruptedFindings tells of a pairing that was cut off.
func interruptedFindings(what string, cfg *configs.Config, c configs.Account) []finding {
	if !pairs(c.Platform) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(cfg.Station.DataDir, credentialsName)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	vault, err := openVault(cfg)
	if err == nil {
		err = pairing.Interrupted(vault, c.Name)
	}
	if err == nil {
		return nil
	}
	return []finding{{what + " pairing", resultWarning, err.Error()}}
}
