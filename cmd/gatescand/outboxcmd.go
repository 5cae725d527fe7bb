package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"gatescand/configs"
	"gatescand/scanner/admission"
	"gatescand/store"
)

func (a *app) outboxCommand() *cobra.Command {
	return group("outbox", "What the platforms have not been told yet", a.outboxList(), a.outboxRetry(), a.outboxRescue())
}

// waiting is one delivery as listed.
type waiting struct {
	Seq     int64     `json:"seq"`
	ID      string    `json:"id"`
	Account string    `json:"account"`
	Ticket  string    `json:"ticket"`
	At      time.Time `json:"at"`
	Lane    string    `json:"lane"`
	State   string    `json:"state"`
	Attempt int       `json:"attempts"`
	Memo    string    `json:"memo,omitempty"` // of the platform's drawer, between two attempts
	Cause   string    `json:"cause"`
	Remedy  string    `json:"remedy"`
}

func (a *app) outboxList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List deliveries that wait or were rejected", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			db, _, err := a.openJournal(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			deliveries, err := db.Deliveries(cmd.Context(), store.DeliveryFilter{Unsettled: true, Limit: 10000})
			if err != nil {
				return err
			}
			rows := make([]waiting, 0, len(deliveries))
			for _, d := range deliveries {
				rows = append(rows, waiting{
					Seq: d.Seq, ID: d.ID, Account: d.Ticket.Account, Ticket: d.Ticket.ID, At: d.At.Wall.UTC(), Lane: d.Lane,
					State: string(d.State), Attempt: d.Attempt, Memo: d.Memo, Cause: d.Cause, Remedy: d.Remedy,
				})
			}
			if a.json {
				return a.printJSON(rows)
			}
			if len(rows) == 0 {
				return a.say("nothing waits\n")
			}
			for _, r := range rows {
				if err := a.say("%6d  %s  %-8s %-12s %s  %s\n        %s; %s\n", r.Seq, r.At.Local().Format(time.DateTime), r.State,
					r.Account, clean(r.Ticket), clean(r.Lane), clean(r.Cause), clean(r.Remedy)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (a *app) outboxRetry() *cobra.Command {
	return &cobra.Command{
		Use: "retry [SEQ]", Short: "Try deliveries again, rejected ones too", Args: atMostArgs(1, "the number of a check-in, or nothing for all"),
		RunE: func(cmd *cobra.Command, args []string) error {
			seq := int64(0)
			if len(args) > 0 {
				var err error
				if seq, err = strconv.ParseInt(args[0], 10, 64); err != nil || seq <= 0 {
					return usagef("%q is no number of a check-in", args[0])
				}
			}
			n, err := a.retry(cmd.Context(), seq)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]int{"retried": n})
			}
			return a.say("%d deliveries will be tried again\n", n)
		},
	}
}

// retry asks the running daemon, or does it itself where none runs.
func (a *app) retry(ctx context.Context, seq int64) (n int, err error) {
	cfg, err := a.load()
	if err != nil {
		return 0, err
	}
	c, err := newClient(cfg)
	if err == nil {
		var answer struct {
			Retried int `json:"retried"`
		}
		err = c.call(ctx, "POST", "/api/v1/outbox/retry", map[string]int64{"seq": seq}, &answer)
		if !errors.Is(err, errNotRunning) {
			return answer.Retried, err
		}
	} else if !errors.Is(err, errNotRunning) {
		return 0, err
	}
	if err := databaseExists(cfg); err != nil {
		return 0, err
	}
	err = a.withStore(ctx, filepath.Join(cfg.Station.DataDir, databaseName), func(db *store.DB, _ admission.Stamp) error {
		n, err = db.Retry(ctx, "", seq)
		return err
	})
	return n, err
}

// databaseExists refuses to make a database where there is none: the data
// directory may be the wrong one.
func databaseExists(cfg *configs.Config) error {
	path := filepath.Join(cfg.Station.DataDir, databaseName)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there is no journal at %s; the daemon has not run here yet, or data_dir is another one: %w", path, err)
	}
	return nil
}

// withStore opens the database for writing, which only works while no daemon
// runs on it.
func (a *app) withStore(ctx context.Context, path string, do func(*store.DB, admission.Stamp) error) (err error) {
	clock, err := newClock()
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, path, store.Options{Now: clock.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(db, clock.Now())
}

// atMostArgs wants no more than so many arguments.
func atMostArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("%q wants %s; try --help", cmd.CommandPath(), what)
		}
		return nil
	}
}
