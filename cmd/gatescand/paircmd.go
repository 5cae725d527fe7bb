package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/pairing"
)

func (a *app) pairCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "pair CODE", Short: "Pair with a platform", Args: exactArgs(1, "the text of a pairing code, or an image file that shows it"),
		Long: "Pairs an account from the text of its pairing QR, its URL, or an image file of it. The\n" +
			"account is the one whose url has the code's host, or the one named with --account.\n" +
			"The code works once. Ends when the key is on disk.",
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := pairingText(args[0])
			if err != nil {
				return err
			}
			cfg, err := a.load()
			if err != nil {
				return err
			}
			if _, ok := cfg.Account(name); name != "" && !ok {
				return usagef("--account %q: the configuration has no such account", name)
			}
			paired, err := a.pair(cmd.Context(), cfg, name, code)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(paired)
			}
			return a.say("paired: account %s is %q at %s%s\n", paired.Account, clean(paired.Name), paired.Host, tenant(paired))
		},
	}
	cmd.Flags().StringVar(&name, "account", "", "the account to pair, by default the one whose url has the code's host")
	return cmd
}

func tenant(p admin.Paired) string {
	if p.Tenant == "" {
		return ""
	}
	return ", " + clean(p.Tenant)
}

// pairingText gives the text of a code that was given as text or as a picture.
func pairingText(arg string) (string, error) {
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return "", usagef("%q is a folder; name the image of a pairing code", arg)
	case err != nil && !strings.Contains(arg, "://") && strings.ContainsAny(filepath.Ext(arg), "pPjJ"):
		return "", usagef("there is no file %q", arg)
	case err != nil:
		return strings.TrimSpace(arg), nil
	}
	f, err := os.Open(arg)
	if err != nil {
		return "", fmt.Errorf("the image cannot be read: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read from
	return pairing.DecodeImage(f, codeIn)
}

// pair lets the running daemon pair, so that it takes the key into use at
// once; where none runs, it pairs itself.
func (a *app) pair(ctx context.Context, cfg *configs.Config, name, code string) (admin.Paired, error) {
	var paired admin.Paired
	c, err := newClient(cfg)
	if err == nil {
		body := map[string]string{"code": code, "account": name}
		err = c.call(ctx, "POST", "/api/v1/pair", body, &paired)
	}
	if !errors.Is(err, errNotRunning) {
		return paired, err
	}
	return pairOffline(ctx, cfg, name, code)
}

// pairOffline pairs where no daemon runs.
func pairOffline(ctx context.Context, cfg *configs.Config, name, code string) (admin.Paired, error) {
	vault, err := openVault(cfg)
	if err != nil {
		return admin.Paired{}, err
	}
	clock, err := newClock()
	if err != nil {
		return admin.Paired{}, err
	}
	paired, err := pairAccount(ctx, cfg, vault, name, code, clock.Now())
	return paired, errors.Join(err, giveToOwner(cfg.Station.DataDir))
}

// giveToOwner gives what root has written below the data directory to whom the
// directory belongs, so that the daemon can read it.
func giveToOwner(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	var owner syscall.Stat_t
	if err := syscall.Stat(dir, &owner); err != nil {
		return fmt.Errorf("the owner of %s cannot be found: %w", dir, err)
	}
	return filepath.WalkDir(filepath.Join(dir, credentialsName), func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(owner.Uid), int(owner.Gid))
	})
}
