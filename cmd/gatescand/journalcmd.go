package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/store"
)

// journalPage is how many rows are read at a time.
const journalPage = 500

// openJournal opens the configuration's database for reading, beside a
// running daemon or without one.
func (a *app) openJournal(ctx context.Context) (*store.DB, *configs.Config, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, nil, err
	}
	clock, err := newClock()
	if err != nil {
		return nil, nil, err
	}
	if err := databaseExists(cfg); errors.Is(err, os.ErrNotExist) {
		return nil, nil, err
	}
	db, err := store.OpenReadOnly(ctx, filepath.Join(cfg.Station.DataDir, databaseName), store.Options{Now: clock.Now})
	if err != nil {
		return nil, nil, err
	}
	return db, cfg, nil
}

// journalFilter is what list and export can be narrowed to.
type journalFilter struct {
	since   string
	lane    string
	verdict string
}

func (f *journalFilter) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.since, "since", "", "only from then on: 2026-11-21, 2026-11-21T19:00, or 3h for three hours ago")
	cmd.Flags().StringVar(&f.lane, "lane", "", "only this lane")
	cmd.Flags().StringVar(&f.verdict, "verdict", "", "only admit, refuse or hold")
}

func (f *journalFilter) filter(now time.Time, zone *time.Location) (store.CheckInFilter, error) {
	out := store.CheckInFilter{Lane: f.lane, Verdict: admission.Verdict(f.verdict)}
	switch out.Verdict {
	case "", admission.Admit, admission.Refuse, admission.Hold:
	default:
		return out, usagef("--verdict %q: write admit, refuse or hold", f.verdict)
	}
	if f.since == "" {
		return out, nil
	}
	if ago, err := time.ParseDuration(f.since); err == nil && ago > 0 {
		out.Since = now.Add(-ago)
		return out, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, f.since, zone); err == nil {
			out.Since = t
			return out, nil
		}
	}
	return out, usagef("--since %q: write 2026-11-21, 2026-11-21T19:00, or 3h", f.since)
}

// eachRow calls one for every check-in that passes, in the order of the
// journal, with the zone in which the station tells the time.
func (a *app) eachRow(ctx context.Context, f journalFilter, one func(admission.CheckIn, *time.Location) error) (err error) {
	db, cfg, err := a.openJournal(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	filter, err := f.filter(a.now(), cfg.Station.Location)
	if err != nil {
		return err
	}
	after := int64(0)
	for {
		page, err := db.CheckIns(ctx, after, journalPage, filter)
		if err != nil {
			return err
		}
		for _, c := range page {
			if err := one(c, cfg.Station.Location); err != nil {
				return err
			}
			after = c.Seq
		}
		if len(page) < journalPage {
			return nil
		}
	}
}

func (a *app) journalCommand() *cobra.Command {
	return group("journal", "List, export and verify the journal", a.journalList(), a.journalExport(), a.journalVerify())
}

func (a *app) journalList() *cobra.Command {
	var f journalFilter
	cmd := &cobra.Command{
		Use: "list", Short: "List check-ins", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if a.json {
				return a.exportJournal(cmd.Context(), f, admin.ExportJSON)
			}
			listed := 0
			defer func() {
				if err == nil && listed == 0 {
					err = a.say("no check-ins\n")
				}
			}()
			return a.eachRow(cmd.Context(), f, func(c admission.CheckIn, _ *time.Location) error {
				listed++
				return a.say("%6d  %s  %-10s %-6s %-18s %-9s %s %s\n", c.Seq, c.At.Wall.Local().Format(time.DateTime),
					clean(c.Lane), c.Verdict, c.Reason, c.Grounds, c.Digest, c.Delivery)
			})
		},
	}
	f.flags(cmd)
	return cmd
}

// clean keeps text of others from acting on a terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || (r >= 0x7f && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return '·'
		}
		return r
	}, strings.ToValidUTF8(s, "·"))
}

func (a *app) journalExport() *cobra.Command {
	var f journalFilter
	var format string
	cmd := &cobra.Command{
		Use: "export", Short: "Export check-ins as CSV or JSON", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.json {
				format = admin.ExportJSON
			}
			switch format {
			case admin.ExportJSON, admin.ExportCSV:
				return a.exportJournal(cmd.Context(), f, format)
			}
			return usagef("--format %q: write csv or json", format)
		},
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&format, "format", admin.ExportCSV, "csv or json")
	return cmd
}

// exportJournal writes the check-ins that pass in the form that the page
// exports them in too.
func (a *app) exportJournal(ctx context.Context, f journalFilter, format string) error {
	var out *admin.JournalWriter
	begin := func(zone *time.Location) (err error) {
		out, err = admin.NewJournalWriter(a.out, format, zone)
		return err
	}
	err := a.eachRow(ctx, f, func(c admission.CheckIn, zone *time.Location) error {
		if out == nil {
			if err := begin(zone); err != nil {
				return err
			}
		}
		return out.Write(c)
	})
	if err == nil && out == nil {
		err = begin(time.UTC) // no row, but the names of the columns
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

func (a *app) journalVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Walk the hash chain of the journal", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			db, _, err := a.openJournal(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			v, err := db.VerifyJournal(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				if err := a.printJSON(verificationJSON(v)); err != nil {
					return err
				}
			} else if err := a.say("%s\n", verificationText(v)); err != nil {
				return err
			}
			if !v.OK() {
				return errNo
			}
			return nil
		},
	}
}

// verificationJSON gives the same as data.
func verificationJSON(v store.Verification) map[string]any {
	return map[string]any{
		"ok": v.OK(), "rows": v.Rows, "first": v.First, "head": v.Head, "hash": v.Hash, "fault": string(v.Fault), "seq": v.Seq,
	}
}

// verificationText says what walking the chain found.
func verificationText(v store.Verification) string {
	if v.OK() {
		return fmt.Sprintf("the journal is whole: %d check-ins, %d to %d, hash %s", v.Rows, v.First, v.Head, v.Hash)
	}
	return fmt.Sprintf("the journal is NOT whole: %s at check-in %d, after %d good ones", v.Fault, v.Seq, v.Rows)
}
