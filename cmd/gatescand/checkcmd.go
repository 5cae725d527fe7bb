package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/health"
	"gatescand/scanner/admission"
	"gatescand/store"
	"gatescand/sync/platform"
	"gatescand/sync/platform/all"
)

// probePatience is how long one test of check may take.
const probePatience = 20 * time.Second

// finding is one line of check.
type finding struct {
	What   string `json:"what"`
	Result string `json:"result"` // ok, warning, failed or note
	Detail string `json:"detail"`
}

const (
	resultOK      = "ok"
	resultWarning = "warning"
	resultFailed  = "failed"
	resultNote    = "note" // says something and tests nothing
)

func (a *app) checkCommand() *cobra.Command {
	var configOnly bool
	cmd := &cobra.Command{
		Use: "check", Short: "Test everything the configuration names", Args: noArgs,
		Long: "Opens and tests everything the configuration names, one line each with what to do\n" +
			"about it. Changes nothing, uses no ticket, and may run beside the daemon.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			if configOnly {
				if a.json {
					return a.printJSON(cfg.Effective())
				}
				return a.say("%s is in order: %d accounts, %d lanes\n", a.config, len(cfg.Accounts), len(cfg.Lanes))
			}
			findings := a.examine(cmd.Context(), cfg)
			return a.report(findings)
		},
	}
	cmd.Flags().BoolVar(&configOnly, "config-only", false, "look at the configuration only, open nothing; with --json every key with its value and where it comes from")
	return cmd
}

func (a *app) report(findings []finding) error {
	failed, tests := 0, 0
	for _, f := range findings {
		if f.Result != resultNote {
			tests++
		}
		if f.Result == resultFailed {
			failed++
		}
		if !a.json {
			if err := a.say("%-8s %-24s %s\n", f.Result, f.What, clean(f.Detail)); err != nil {
				return err
			}
		}
	}
	if a.json {
		if err := a.printJSON(findings); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d tests failed", failed, tests)
	}
	return nil
}

func (a *app) examine(ctx context.Context, cfg *configs.Config) []finding {
	clock, err := newClock()
	if err != nil {
		return []finding{{"clock", resultFailed, err.Error()}}
	}
	findings := append([]finding{{"configuration", resultOK, cfg.File}}, unfinishedFindings(cfg)...)
	findings = append(findings, checkStore(ctx, cfg, clock)...)
	for _, c := range cfg.Accounts {
		findings = append(findings, checkAccount(ctx, cfg, c, clock)...)
	}
	findings = append(findings, checkClock(clock))
	findings = append(findings, signalFindings(cfg)...)
	findings = append(findings, wireFindings(cfg)...)
	if status, ok := a.daemonStatus(ctx, cfg); ok {
		return append(findings, runningFindings(status)...)
	}
	for _, l := range cfg.Lanes {
		findings = append(findings, checkLaneReader(ctx, l, clock))
	}
	for _, address := range signalSwitches(cfg) {
		findings = append(findings, checkOutput(address))
	}
	for _, l := range cfg.Lanes {
		findings = append(findings, checkContact(l)...)
	}
	return findings
}

// unfinishedFindings says what nobody has set up yet.
func unfinishedFindings(cfg *configs.Config) []finding {
	var findings []finding
	if len(cfg.Lanes) == 0 {
		findings = append(findings, finding{"lanes", resultWarning, "none is set up yet, so nobody can be let in; follow the set-up on the page, or write [[lane]]"})
	}
	if len(cfg.Accounts) == 0 {
		findings = append(findings, finding{"accounts", resultWarning, "none is set up yet, so no ticket is known; follow the set-up on the page, or pair: gatescand pair CODE"})
	}
	return findings
}

// runningFindings takes the daemon's word for what only it can open now.
func runningFindings(s admin.Status) []finding {
	var findings []finding
	for _, l := range s.Lanes {
		f := finding{"lane " + l.Name, resultOK, "the daemon has its reader: " + l.Reader.State}
		if !l.Reader.Up() {
			f.Result, f.Detail = resultFailed, l.Reader.State+": "+l.Reader.Detail
		}
		findings = append(findings, f)
	}
	for _, c := range s.Conditions {
		if c.Code == "signal_failed" {
			findings = append(findings, finding{"output " + c.Subject, resultFailed, c.Text + " " + c.Remedy})
		}
	}
	return findings
}

// daemonStatus asks the daemon of this configuration, if it runs.
func (a *app) daemonStatus(ctx context.Context, cfg *configs.Config) (admin.Status, bool) {
	var s admin.Status
	c, err := newClient(cfg)
	if err != nil {
		return s, false
	}
	return s, c.call(ctx, "GET", "/api/v1/status", nil, &s) == nil
}

func checkStore(ctx context.Context, cfg *configs.Config, clock *health.Clock) []finding {
	path := filepath.Join(cfg.Station.DataDir, databaseName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return []finding{{"journal", resultWarning, path + " does not exist yet; the daemon makes it when it first starts"}}
	}
	db, err := store.OpenReadOnly(ctx, path, store.Options{Now: clock.Now})
	if err != nil {
		return []finding{{"journal", resultFailed, err.Error()}}
	}
	v, err := db.VerifyJournal(ctx)
	newest, stampErr := db.NewestStamp(ctx)
	err = errors.Join(err, stampErr, db.Close())
	if err != nil {
		return []finding{{"journal", resultFailed, err.Error()}}
	}
	clock.SetFloor(newest.Wall)
	f := finding{"journal", resultOK, verificationText(v)}
	if !v.OK() {
		f.Result = resultFailed
	}
	return []finding{f}
}

func checkClock(clock *health.Clock) finding {
	now := clock.Now()
	if now.Trusted {
		return finding{"clock", resultOK, now.Wall.Local().Format(time.DateTime)}
	}
	return finding{"clock", resultWarning, now.Wall.Local().Format(time.DateTime) +
		" cannot be trusted yet; windows of time are judged by policy until a network or a platform vouches for it"}
}

// checkAccount tests pairing, network, key and events of an account. It uses
// no ticket.
func checkAccount(ctx context.Context, cfg *configs.Config, c configs.Account, clock *health.Clock) []finding {
	ctx, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	what := "account " + c.Name
	findings := append(sheetFindings(what, c), interruptedFindings(what, cfg, c)...)
	creds, ready, err := storedCredentials(cfg, c)
	if err == nil && !ready {
		err = errors.New("not paired; give it a pairing code: gatescand pair CODE")
	}
	if err != nil {
		return append(findings, finding{what, resultFailed, err.Error()})
	}
	drawer, err := all.New(admission.PlatformName(c.Platform), settingsOf(c, creds, clock))
	if err != nil {
		return append(findings, finding{what, resultFailed, err.Error()})
	}
	if p, ok := drawer.(platform.Prober); ok {
		if err := p.Probe(ctx); err != nil {
			return append(findings, finding{what, resultFailed, err.Error()})
		}
	}
	words := "reachable, the key is accepted"
	if pairs(c.Platform) {
		words += fmt.Sprintf(", paired as %q", creds.Name)
	}
	findings = append(findings, finding{what, resultOK, words})
	findings = append(findings, checkSkewOf(what, c, clock)...)
	lister, ok := drawer.(platform.EventLister)
	if !ok {
		return findings
	}
	events, err := lister.Events(ctx)
	if err != nil {
		return append(findings, finding{what + " events", resultFailed, err.Error()})
	}
	return append(findings, eventFindings(what, c, drawer, events, clock.Now())...)
}

// storedCredentials reads what an account talks to its platform with, and makes
// nothing that is not there.
func storedCredentials(cfg *configs.Config, c configs.Account) (platform.Credentials, bool, error) {
	if !pairs(c.Platform) {
		return credentialsOf(c, nil)
	}
	if _, err := os.Stat(filepath.Join(cfg.Station.DataDir, credentialsName)); errors.Is(err, os.ErrNotExist) {
		return platform.Credentials{}, false, nil
	}
	vault, err := openVault(cfg)
	if err != nil {
		return platform.Credentials{}, false, err
	}
	return credentialsOf(c, vault)
}

// sheetFindings says what the gate gets from the account's platform, and what
// in the configuration is not as it should be.
func sheetFindings(what string, c configs.Account) []finding {
	var findings []finding
	if row, ok := all.RowOf(admission.PlatformName(c.Platform)); ok {
		findings = append(
			findings,
			finding{what + " proves", resultNote, "offline: " + row.Proved},
			finding{what + " caches", resultNote, row.Cached},
			finding{what + " is asked", resultNote, row.Asked},
			finding{what + " is told", resultNote, row.Delivered + "; sent twice: " + row.Repeated},
		)
	}
	if all.IsDefaultPassword(admission.PlatformName(c.Platform), c.Password.Reveal()) {
		findings = append(findings, finding{
			what + " password", resultWarning,
			"it is the one that stands in the platform's public source, so anybody can use up tickets; have the organiser set another, and put it into " + c.PasswordFile,
		})
	}
	return findings
}

// checkSkewOf compares the clock of the account's server with ours.
func checkSkewOf(what string, c configs.Account, clock *health.Clock) []finding {
	ahead, far := clock.Skew(c.Name)
	if !far {
		return nil
	}
	return []finding{{what + " clock", resultWarning, fmt.Sprintf("the server's clock differs from this box's by %s", ahead.Abs().Round(time.Second))}}
}

// eventFindings shows the events with their ids, as the configuration wants
// them, and which of them are served.
func eventFindings(what string, c configs.Account, drawer platform.Drawer, events []admission.Event, now admission.Stamp) []finding {
	acc := newAccount(c, drawer, true)
	chosen := make(map[string]bool)
	for _, id := range acc.choose(events, now) {
		chosen[id] = true
	}
	var findings []finding
	for _, e := range events {
		served := "not served"
		if chosen[e.ID] {
			served = "served"
			delete(chosen, e.ID)
		} else if !e.Start.IsZero() && e.Start.Before(now.Wall.Add(-48*time.Hour)) {
			continue
		}
		findings = append(findings, finding{
			what + " event", resultOK,
			fmt.Sprintf("%s  %s  %s (%s)", e.ID, startOf(e), e.Name, served),
		})
		for _, p := range e.Products {
			findings = append(findings, finding{what + " product", resultNote, fmt.Sprintf("%s  %s, of %s", p.ID, p.Name, e.Name)})
		}
	}
	for id := range chosen {
		findings = append(findings, finding{what + " event", resultFailed, id + " stands in the configuration and is not known to the platform"})
	}
	if len(events) == 0 {
		findings = append(findings, finding{what + " events", resultWarning, "the platform publishes no event"})
	}
	return findings
}

// startOf tells when an event begins.
func startOf(e admission.Event) string {
	if e.Start.IsZero() {
		return "time not known"
	}
	return e.Start.Local().Format("2006-01-02 15:04")
}
