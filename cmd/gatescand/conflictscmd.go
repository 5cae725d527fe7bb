package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"gatescand/scanner/admission"
	"gatescand/store"
)

func (a *app) conflictsCommand() *cobra.Command {
	return group("conflicts", "Where a platform and the journal disagree", a.conflictsList(), a.conflictsResolve())
}

// dispute is one conflict as listed, with both sides.
type dispute struct {
	ID       int64      `json:"id"`
	Kind     string     `json:"kind"`
	Account  string     `json:"account"`
	Ticket   string     `json:"ticket"`
	OpenedAt time.Time  `json:"opened_at"`
	Seq      int64      `json:"seq"`
	OurAt    time.Time  `json:"our_at"`
	OurLane  string     `json:"our_lane"`
	Theirs   string     `json:"theirs"`
	TheirAt  *time.Time `json:"their_at"`
	Remedy   string     `json:"remedy"`
	Resolved bool       `json:"resolved"`
	Note     string     `json:"note"`
}

func disputeOf(c admission.Conflict) dispute {
	d := dispute{
		ID: c.ID, Kind: string(c.Kind), Account: c.Ticket.Account, Ticket: c.Ticket.ID, OpenedAt: c.OpenedAt.Wall.UTC(),
		Seq: c.Seq, OurAt: c.OurAt.Wall.UTC(), OurLane: c.OurLane, Theirs: c.Theirs, Remedy: c.Remedy,
		Resolved: c.Resolved, Note: c.Note,
	}
	if !c.TheirAt.IsZero() {
		d.TheirAt = new(c.TheirAt.UTC())
	}
	return d
}

func (a *app) conflictsList() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "list", Short: "List conflicts with both sides", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			db, _, err := a.openJournal(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			conflicts, err := db.Conflicts(cmd.Context(), all)
			if err != nil {
				return err
			}
			rows := make([]dispute, 0, len(conflicts))
			for _, c := range conflicts {
				rows = append(rows, disputeOf(c))
			}
			if a.json {
				return a.printJSON(rows)
			}
			if len(rows) == 0 {
				return a.say("no conflicts\n")
			}
			for _, d := range rows {
				if err := a.say("%s", d.text()); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "resolved ones too")
	return cmd
}

func (d dispute) text() string {
	theirs := clean(d.Theirs)
	if d.TheirAt != nil {
		theirs += " at " + d.TheirAt.Local().Format(time.DateTime)
	}
	var b lines
	b.add("%4d  %s  ticket %s of %s", d.ID, d.Kind, clean(d.Ticket), d.Account)
	b.add("      here:   check-in %d at lane %s, %s", d.Seq, clean(d.OurLane), d.OurAt.Local().Format(time.DateTime))
	b.add("      there:  %s", theirs)
	if d.Resolved {
		b.add("      resolved: %s", clean(d.Note))
	} else {
		b.add("      to do:  %s", clean(d.Remedy))
	}
	return b.String()
}

func (a *app) conflictsResolve() *cobra.Command {
	var note string
	cmd := &cobra.Command{
		Use: "resolve ID", Short: "Close a conflict with a note", Args: exactArgs(1, "the number of a conflict"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || id <= 0 {
				return usagef("%q is no number of a conflict", args[0])
			}
			if note == "" {
				return usagef("say with --note what was found out")
			}
			return a.resolve(cmd.Context(), id, note)
		},
	}
	cmd.Flags().StringVar(&note, "note", "", "what was found out")
	return cmd
}

// resolve asks the running daemon, or does it itself where none runs.
func (a *app) resolve(ctx context.Context, id int64, note string) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	c, err := newClient(cfg)
	if err == nil {
		err = c.call(ctx, "POST", fmt.Sprintf("/api/v1/conflicts/%d/resolve", id), map[string]string{"note": note}, nil)
	}
	if !errors.Is(err, errNotRunning) {
		return err
	}
	if err := databaseExists(cfg); err != nil {
		return err
	}
	return a.withStore(ctx, filepath.Join(cfg.Station.DataDir, databaseName), func(db *store.DB, now admission.Stamp) error {
		return db.ResolveConflict(ctx, id, note, now)
	})
}
