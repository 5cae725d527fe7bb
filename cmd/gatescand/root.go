package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"gatescand/device/admin"
)

// stdio is where a command reads and writes.
type stdio struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// app is what every command shares.
type app struct {
	stdio
	getenv    func(string) string
	config    string // path of the configuration
	fallback  string // the path that is taken where nobody named one
	json      bool   // machine-readable output
	logFormat string // text or json
	now       func() time.Time
}

// run does one command line and gives its exit code.
func run(ctx context.Context, args []string, io stdio, getenv func(string) string) int {
	a := &app{stdio: io, getenv: getenv, now: time.Now}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	err := root.ExecuteContext(ctx)
	if e, ok := errors.AsType[*admin.Error](err); ok && e.Hint != "" {
		err = fmt.Errorf("%w %s", err, e.Hint)
	}
	if err != nil && (!errors.Is(err, errNo) || err.Error() != errNo.Error()) {
		fmt.Fprintf(io.err, "gatescand: %v\n", err) //nolint:errcheck // there is nowhere left to say it
	}
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "gatescand",
		Short: "The gate scanner daemon",
		Long: "gatescand reads ticket codes at a gate, decides from a local list whether the\n" +
			"bearer may pass, records it on disk, opens the gate, and tells the ticketing\n" +
			"platforms whenever there is a network.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%w; try --help", err) })
	flags := root.PersistentFlags()
	config := a.getenv("GATESCAND_CONFIG")
	if config == "" {
		config = defaultConfig(a.getenv, systemConfig)
		a.fallback = config
	}
	flags.StringVar(&a.config, "config", config, "configuration file, also $GATESCAND_CONFIG")
	flags.BoolVar(&a.json, "json", false, "machine-readable output")
	flags.StringVar(&a.logFormat, "log-format", "text", "how the log is written: text or json")
	root.AddCommand(
		a.runCommand(), a.demoCommand(), a.checkCommand(), a.pairCommand(), a.unpairCommand(), a.scanCommand(), a.statusCommand(), a.ticketsCommand(),
		a.journalCommand(), a.conflictsCommand(), a.outboxCommand(), a.adminCommand(), a.qrCommand(), a.kioskCommand(),
		a.benchCommand(), a.releaseCommand(), a.readersCommand(), a.versionCommand(),
	)
	return root
}

// noArgs refuses arguments where none belong.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%q is not known to %q; try --help", args[0], cmd.CommandPath())
	}
	return nil
}

// exactArgs wants so many arguments.
func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%q wants %s; try --help", cmd.CommandPath(), what)
		}
		return nil
	}
}

// group makes a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: noArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return usagef("%q wants one of its commands; try --help", cmd.CommandPath())
	}}
	c.AddCommand(commands...)
	return c
}

// logger writes the log to stderr, where systemd picks it up.
func (a *app) logger() (*slog.Logger, error) {
	switch a.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(a.err, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.err, nil)), nil
	}
	return nil, usagef("--log-format %q: write text or json", a.logFormat)
}

// say prints to the command's output.
func (a *app) say(format string, args ...any) error {
	_, err := fmt.Fprintf(a.out, format, args...)
	if err != nil {
		return fmt.Errorf("cannot write the output: %w", err)
	}
	return nil
}
