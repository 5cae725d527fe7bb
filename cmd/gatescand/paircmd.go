package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/pairing"
	"gatescand/store"
)

func (a *app) pairCommand() *cobra.Command {
	var r admin.PairRequest
	cmd := &cobra.Command{
		Use: "pair CODE", Short: "Pair with a platform", Args: exactArgs(1, "the text of a pairing code, or an image file that shows it"),
		Long: "Pairs an account from the text of its pairing QR, its URL, or an image file of it. The\n" +
			"account is the one whose url has the code's host, or the one named with --account. Where\n" +
			"no account has it, one is added to the configuration, if allow_hosts in [pairing] names\n" +
			"the host, or you do with --confirm-host; at a terminal you are asked.\n" +
			"The code works once. Ends when the key is on disk.",
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := pairingText(args[0])
			if err != nil {
				return err
			}
			r.Code = code
			cfg, err := a.load()
			if err != nil {
				return err
			}
			if _, ok := cfg.Account(r.Account); r.Account != "" && !ok {
				return usagef("--account %q: the configuration has no such account", r.Account)
			}
			paired, err := a.pair(cmd.Context(), cfg, r)
			if host := hostToConfirm(err); host != "" {
				if err := a.askForHost(err); err != nil {
					return err
				}
				r.Confirmed = host
				paired, err = a.pair(cmd.Context(), cfg, r)
			}
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(paired)
			}
			return a.say("paired: account %s is %q at %s%s\n", paired.Account, clean(paired.Name), paired.Host, tenant(paired))
		},
	}
	cmd.Flags().StringVar(&r.Account, "account", "", "the account to pair, by default the one whose url has the code's host")
	cmd.Flags().StringVar(&r.Confirmed, "confirm-host", "", "pair with this host though the configuration does not name it: the host as the refusal shows it")
	return cmd
}

// hostToConfirm gives the host that a person has to agree to, "" where an error
// asks for nothing of the kind.
func hostToConfirm(err error) string {
	if e, ok := errors.AsType[*admin.Error](err); ok && e.Code == "confirm_host" {
		return e.Details["host"]
	}
	return ""
}

// askForHost asks at a terminal whether a host is the organiser's. Elsewhere
// nobody can be asked, and the error says which flag agrees.
func (a *app) askForHost(asked error) error {
	in, ok := a.in.(*os.File)
	if !ok || !isTerminal(in) {
		return fmt.Errorf("%s Look whether that is the organiser's site, letter by letter; if it is, add --confirm-host %s", asked.Error(), hostToConfirm(asked))
	}
	if _, err := fmt.Fprintf(a.err, "%s\nIs that the organiser's site, letter by letter? Type yes to pair with it: ", asked); err != nil {
		return err
	}
	answer, err := bufio.NewReader(io.LimitReader(in, 100)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("not paired; nothing was sent")
	}
	return nil
}

// isTerminal tells whether a person can answer at a file.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
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
func (a *app) pair(ctx context.Context, cfg *configs.Config, r admin.PairRequest) (admin.Paired, error) {
	var paired admin.Paired
	c, err := newClient(cfg)
	if err == nil {
		body := map[string]string{"code": r.Code, "account": r.Account, "confirm_host": r.Confirmed}
		err = c.call(ctx, "POST", "/api/v1/pair", body, &paired)
	}
	if !errors.Is(err, errNotRunning) {
		return paired, err
	}
	file := configFile{path: a.config, parse: func(text []byte) (*configs.Config, error) { return configs.Parse(a.config, text, a.configEnv()) }}
	return pairHere(ctx, cfg, file, r)
}

// pairOffline pairs an account of the configuration where no daemon runs.
func pairOffline(ctx context.Context, cfg *configs.Config, name, code string) (admin.Paired, error) {
	return pairHere(ctx, cfg, configFile{path: cfg.File}, admin.PairRequest{Account: name, Code: code})
}

// pairHere pairs where no daemon runs.
func pairHere(ctx context.Context, cfg *configs.Config, file configFile, r admin.PairRequest) (admin.Paired, error) {
	vault, err := openVault(cfg)
	if err != nil {
		return admin.Paired{}, err
	}
	clock, err := newClock()
	if err != nil {
		return admin.Paired{}, err
	}
	counter := pairCounter{
		cfg: cfg, vault: vault, now: clock.Now(), file: file, setup: new(sync.Mutex),
		past: func(account string) bool {
			path := filepath.Join(cfg.Station.DataDir, databaseName)
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				return false
			}
			db, err := store.OpenReadOnly(ctx, path, store.Options{Now: clock.Now})
			if err != nil {
				return true
			}
			known := remembers(ctx, db, account)
			return db.Close() != nil || known
		},
	}
	paired, err := counter.pair(ctx, r)
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
