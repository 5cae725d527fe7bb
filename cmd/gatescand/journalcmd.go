package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatescand/configs"
	"gatescand/scanner/admission"
	"gatescand/store"
)

// journalPage is how many rows are read at a time.
const journalPage = 500

// journalRow is one check-in as listed and exported. It carries no name.
type journalRow struct {
	Seq       int64      `json:"seq"`
	ID        string     `json:"id"`
	At        time.Time  `json:"at"`
	Trusted   bool       `json:"clock_trusted"`
	Station   string     `json:"station"`
	Lane      string     `json:"lane"`
	Direction string     `json:"direction"`
	Verdict   string     `json:"verdict"`
	Reason    string     `json:"reason"`
	Grounds   string     `json:"grounds"`
	Account   string     `json:"account"`
	Ticket    string     `json:"ticket"`
	Event     string     `json:"event"`
	Product   string     `json:"product"`
	Code      string     `json:"code_digest"`
	Delivery  string     `json:"delivery"`
	By        string     `json:"by"`
	Note      string     `json:"note"`
	Previous  *time.Time `json:"previous_at"`
}

func rowOf(c admission.CheckIn) journalRow {
	r := journalRow{
		Seq: c.Seq, ID: c.ID, At: c.At.Wall.UTC(), Trusted: c.At.Trusted, Station: c.Station, Lane: c.Lane,
		Direction: string(c.Direction), Verdict: string(c.Verdict), Reason: string(c.Reason), Grounds: string(c.Grounds),
		Account: c.Ticket.Account, Ticket: c.Ticket.ID, Event: c.Event, Product: c.Product, Code: c.Digest,
		Delivery: string(c.Delivery), By: c.By, Note: c.Note,
	}
	if c.Previous != nil && !c.Previous.At.IsZero() {
		r.Previous = new(c.Previous.At.UTC())
	}
	return r
}

func journalColumns() []string {
	return []string{
		"seq", "id", "at", "clock_trusted", "station", "lane", "direction", "verdict", "reason", "grounds",
		"account", "ticket", "event", "product", "code_digest", "delivery", "by", "note", "previous_at",
	}
}

func (r journalRow) cells() []string {
	previous := ""
	if r.Previous != nil {
		previous = r.Previous.Format(time.RFC3339)
	}
	cells := []string{
		strconv.FormatInt(r.Seq, 10), r.ID, r.At.Format(time.RFC3339Nano), strconv.FormatBool(r.Trusted), r.Station, r.Lane,
		r.Direction, r.Verdict, r.Reason, r.Grounds, r.Account, r.Ticket, r.Event, r.Product, r.Code, r.Delivery, r.By, r.Note, previous,
	}
	for i, c := range cells {
		cells[i] = tame(c)
	}
	return cells
}

// tame keeps a spreadsheet from taking a cell for a formula: what a platform
// or a person wrote is text.
func tame(cell string) string {
	if start := strings.TrimLeft(cell, " "); start != "" && strings.ContainsRune("=+-@\t\r\n", rune(start[0])) {
		return "'" + cell
	}
	return cell
}

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

// eachRow calls one for every row that passes, in the order of the journal.
func (a *app) eachRow(ctx context.Context, f journalFilter, one func(journalRow) error) (err error) {
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
			if err := one(rowOf(c)); err != nil {
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
				return a.exportJSON(cmd.Context(), f)
			}
			listed := 0
			defer func() {
				if err == nil && listed == 0 {
					err = a.say("no check-ins\n")
				}
			}()
			return a.eachRow(cmd.Context(), f, func(r journalRow) error {
				listed++
				return a.say("%6d  %s  %-10s %-6s %-18s %-9s %s %s\n", r.Seq, r.At.Local().Format(time.DateTime),
					clean(r.Lane), r.Verdict, r.Reason, r.Grounds, r.Code, r.Delivery)
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
				format = "json"
			}
			switch format {
			case "json":
				return a.exportJSON(cmd.Context(), f)
			case "csv":
				return a.exportCSV(cmd.Context(), f)
			}
			return usagef("--format %q: write csv or json", format)
		},
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&format, "format", "csv", "csv or json")
	return cmd
}

func (a *app) exportCSV(ctx context.Context, f journalFilter) error {
	w := csv.NewWriter(a.out)
	if err := w.Write(journalColumns()); err != nil {
		return err
	}
	if err := a.eachRow(ctx, f, func(r journalRow) error { return w.Write(r.cells()) }); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// exportJSON writes one object per line, so that a night of any length can be
// written and read as it comes.
func (a *app) exportJSON(ctx context.Context, f journalFilter) error {
	enc := json.NewEncoder(a.out)
	return a.eachRow(ctx, f, func(r journalRow) error { return enc.Encode(r) })
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
