package main

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/admin/words"
	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/store"
	"gatescand/sync/platform"
	"gatescand/sync/platform/all"
)

func (a *app) scanCommand() *cobra.Command {
	var laneName string
	var explain bool
	cmd := &cobra.Command{
		Use: "scan PAYLOAD", Short: "Decide one code as the lane would", Args: exactArgs(1, "the text of one code"),
		Long: "Presents a code to a lane of the running daemon as its reader would: it is decided,\n" +
			"recorded and signalled. With --explain every rung of the ladder is shown and nothing\n" +
			"is recorded. Exits with 4 when the answer is not admit.",
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			code := []byte(strings.TrimSpace(args[0])) // as a reader gives it: without what a paste brings along
			if laneName, err = laneOr(cfg, laneName); err != nil {
				return err
			}
			if _, ok := cfg.Lane(laneName); !ok {
				return usagef("--lane %q: the configuration has no such lane", laneName)
			}
			d, err := scanOnline(cmd.Context(), cfg, laneName, code, explain)
			if explain && errors.Is(err, errNotRunning) {
				d, err = explainOffline(cmd.Context(), cfg, laneName, code)
			}
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(d)
			} else {
				err = a.say("%s", decisionText(d))
			}
			if err == nil && d.Verdict != "admit" {
				err = errNo
			}
			return err
		},
	}
	cmd.Flags().StringVar(&laneName, "lane", "", "lane to decide for, the first of the configuration by default")
	cmd.Flags().BoolVar(&explain, "explain", false, "show every rung and record nothing")
	return cmd
}

// scanOnline presents a code to a lane of the running daemon.
func scanOnline(ctx context.Context, cfg *configs.Config, laneName string, code []byte, explain bool) (d admin.Decision, err error) {
	c, err := newClient(cfg)
	if err != nil {
		return d, err
	}
	path := "/api/v1/lanes/" + url.PathEscape(laneName) + "/scans"
	if explain {
		path += "?explain=1"
	}
	err = c.call(ctx, "POST", path, map[string][]byte{"payload_base64": code}, &d)
	return d, err
}

// explainOffline decides on what the journal and the cache hold while no
// daemon runs. It asks no platform, as nobody answers for a lane then.
func explainOffline(ctx context.Context, cfg *configs.Config, laneName string, code []byte) (d admin.Decision, err error) {
	clock, err := newClock()
	if err != nil {
		return d, err
	}
	db, err := store.OpenReadOnly(ctx, filepath.Join(cfg.Station.DataDir, databaseName), store.Options{Now: clock.Now})
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var served []scanner.Account
	names := make(map[string]string)
	laneCfg, _ := cfg.Lane(laneName)
	for _, c := range cfg.AccountsOf(laneCfg) {
		drawer, err := all.New(admission.PlatformName(c.Platform), settingsOf(c, platform.Credentials{}, clock))
		if err != nil {
			return d, err
		}
		events, err := db.Events(ctx, c.Name)
		if err != nil {
			return d, err
		}
		for _, e := range events {
			names[e.ID] = e.Name
		}
		acc := newAccount(c, drawer, false)
		acc.learn(events, clock.Now(), slog.New(slog.DiscardHandler))
		served = append(served, acc)
	}
	l := scanner.NewLane(laneConfigOf(cfg, laneCfg), scanner.LaneDeps{
		Journal: db, Accounts: func() []scanner.Account { return served }, Clock: clock,
		Log: slog.New(slog.DiscardHandler), NewID: func() string { return "" },
	})
	run, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- l.Run(run) }()
	r, err := l.Scan(ctx, code, true)
	stop()
	err = errors.Join(err, <-done)
	book, wordless := words.Open()
	if err := errors.Join(err, wordless); err != nil {
		return admin.Decision{}, err
	}
	return offlineDecision(r, names[r.CheckIn.Event], cfg, book), nil
}

// offlineDecision gives an explanation the form the daemon would have given it.
func offlineDecision(r scanner.Result, event string, cfg *configs.Config, book *words.Book) admin.Decision {
	c := r.CheckIn
	d := admin.Decision{
		At: c.At.Wall, Station: c.Station, Lane: c.Lane, Direction: string(c.Direction), Verdict: string(c.Verdict),
		Reason: string(c.Reason), Grounds: string(c.Grounds), Message: admin.Message(book.In(cfg.Station.Language), c),
		Account: c.Ticket.Account, Platform: string(c.Platform), Rung: c.Rung, Delivery: string(c.Delivery),
		Headline: admin.Headline(book.In("en"), c), Detail: admin.Detail(book.In("en"), c, event, cfg.Station.Location),
	}
	if c.Ticket.ID != "" {
		d.Ticket = &admin.Ticket{ID: c.Ticket.ID, Event: c.Event, EventName: event, Product: c.Product}
	}
	if c.ListAgeKnown {
		d.ListAge = new(int64(c.ListAge / time.Second))
	}
	for _, s := range r.Steps {
		d.Steps = append(d.Steps, admin.Step{Rung: s.Rung, Name: s.Name, Result: string(s.Result)})
	}
	return d
}

func decisionText(d admin.Decision) string {
	var b lines
	b.add("%s: %s", d.Verdict, d.Reason)
	b.add("  %s. %s", clean(d.Headline), clean(d.Detail))
	if d.Grounds != "" {
		b.add("  grounds  %s", d.Grounds)
	}
	if d.Ticket != nil {
		text := clean(d.Ticket.ID) + " of " + d.Account
		if d.Ticket.EventName != "" {
			text += ", event " + clean(d.Ticket.EventName)
		}
		if d.Ticket.Product != "" {
			text += ", product " + clean(d.Ticket.Product)
		}
		b.add("  ticket   %s", text)
	}
	if !d.Recorded {
		b.add("  not recorded")
	}
	for _, s := range d.Steps {
		result := s.Result
		if result == string(admission.Passed) {
			result = "no objection"
		}
		b.add("  %2d %-12s %s", s.Rung, result, s.Name)
	}
	return b.String()
}

// laneOr gives the lane that somebody named, or the first there is.
func laneOr(cfg *configs.Config, name string) (string, error) {
	switch {
	case name != "":
		return name, nil
	case len(cfg.Lanes) == 0:
		return "", errors.New("no lane is set up yet; open the page and follow the set-up, or write a [[lane]] into the configuration")
	}
	return cfg.Lanes[0].Name, nil
}
