package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) benchCommand() *cobra.Command {
	var dir string
	var quick bool
	cmd := &cobra.Command{
		Use: "bench", Short: "Measure this box and say whether its storage is fit for a gate", Args: noArgs,
		Long: "Measures what one admission costs here, against the least it could cost on the same\n" +
			"storage in the same minute: one durable append and one signature check. It works where\n" +
			"the data directory of the configuration is, or in --dir, or in the folder for temporary\n" +
			"files, and removes what it made. It takes some minutes, --quick less than one; do not\n" +
			"run it while a gate is open. A missed target is a finding and no failure.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			program, err := os.Executable()
			if err != nil {
				return fmt.Errorf("this program cannot find itself to be measured: %w", err)
			}
			plan := fullBench()
			if quick {
				plan = quickBench()
			}
			return a.bench(cmd.Context(), dir, plan, []string{program})
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder on the storage to measure")
	cmd.Flags().BoolVar(&quick, "quick", false, "measure less, in under a minute")
	return cmd
}

// benchPlan says how much is measured.
type benchPlan struct {
	Quick   bool
	Tickets int           // on the list
	Codes   int           // signed ones, at most one for every two tickets
	Pairs   int           // of floor and admission, and of admissions on a short and a long journal
	Bytes   int           // admissions whose bytes are counted
	Journal int           // check-ins of the long journal
	Many    int           // tickets the ready time is measured with; as many as Tickets: no list of its own
	Scans   int           // shown to the daemon before its memory is read
	Rounds  int           // quiet ones and busy ones, each; a hundred codes for both
	Alone   time.Duration // how long the busy lane is watched without a sweep beside it
}

func fullBench() benchPlan {
	return benchPlan{Tickets: 100_000, Codes: 2000, Pairs: 1500, Bytes: 2000, Journal: 50_000, Many: 1_000_000, Scans: 1000, Rounds: 14, Alone: 3 * time.Second}
}

func quickBench() benchPlan {
	return benchPlan{Quick: true, Tickets: 100_000, Codes: 1000, Pairs: 500, Bytes: 1000, Journal: 5000, Many: 100_000, Scans: 1000, Rounds: 6, Alone: 2 * time.Second}
}

// bench measures in a folder of its own below the storage to be judged and
// prints what it found. program is how this program is started again, for what
// can only be seen from outside.
func (a *app) bench(ctx context.Context, dir string, plan benchPlan, program []string) (err error) {
	place, err := a.benchPlace(dir, plan)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp(place.Dir, "gatescand-bench-")
	if err != nil {
		return fmt.Errorf("nothing can be written in %s; run this as root, or give another folder with --dir: %w", place.Dir, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	b := &bench{
		plan: plan, dir: work, program: program,
		progress: func(format string, args ...any) {
			fmt.Fprintf(a.err, "bench: "+format+"\n", args...) //nolint:errcheck // progress is for whoever watches
		},
	}
	b.progress("measuring %s, %s", place.Dir, place.Why)
	report, err := b.run(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return errors.New("stopped before everything was measured; what was made has been removed")
		}
		return fmt.Errorf("could not measure: %w", err)
	}
	report.Place, report.Quick = place, plan.Quick
	report.judge()
	if a.json {
		return a.printJSON(report)
	}
	return a.say("%s", report.text())
}

// bench is one run of measurements. Its steps share the test tickets and one
// folder, and stand in the order in which they need each other's databases.
type bench struct {
	plan     benchPlan
	dir      string
	program  []string
	progress func(format string, args ...any)

	press *benchPress   // prints the test tickets
	codes [][]byte      // signed, the codes of tickets 0, step, 2·step…
	next  func() string // the next ticket that was not yet used in the database "admissions"
	floor *benchFloor
}

// path names a database of this run.
func (b *bench) path(name string) string { return filepath.Join(b.dir, name, databaseName) }

func (b *bench) run(ctx context.Context) (*benchReport, error) {
	r := &benchReport{}
	var err error
	b.progress("signing %d test tickets", b.plan.Codes)
	if b.press, err = newPress(b.plan.Tickets, b.plan.Codes); err != nil {
		return nil, err
	}
	b.next = b.press.unsignedIDs()
	if b.codes, err = b.press.signed(ctx); err != nil {
		return nil, err
	}
	if b.floor, err = newFloor(filepath.Join(b.dir, "floor"), b.press); err != nil {
		return nil, err
	}
	defer b.floor.Close() //nolint:errcheck // the file is removed with its folder
	for _, step := range []func(context.Context, *benchReport) error{
		b.buildList, b.measureAdmissions, b.measureSonic, b.measureBytes, b.measureSweep, b.measureBeside, b.measureJournal, b.measureDaemon,
	} {
		if err := step(ctx, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}
