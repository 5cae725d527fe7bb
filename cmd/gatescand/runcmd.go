package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"gatescand/configs"
)

func (a *app) runCommand() *cobra.Command {
	return &cobra.Command{
		Use: "run", Short: "Run the daemon", Args: noArgs,
		Long: "Runs readers, decisions, sync and the page. Stops cleanly on SIGTERM and SIGINT;\n" +
			"a second signal cuts short what is still being told to the platforms. Reads its\n" +
			"configuration again on SIGHUP and when the file changes. A box that has no\n" +
			"configuration gets one in its state directory, which the set-up page fills.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := a.logger()
			if err != nil {
				return err
			}
			made, err := a.makeFirstConfig()
			if err != nil {
				return err
			}
			if made {
				log.Info("this box has no configuration yet; one was made, to be filled on the page", slog.String("file", a.config))
			}
			cfg, err := a.load()
			if err != nil {
				return err
			}
			// From here on a request to reload must not end the process.
			hup := make(chan os.Signal, 1)
			signal.Notify(hup, syscall.SIGHUP)
			defer signal.Stop(hup)
			log.Info("starting", slog.Any("version", version), slog.Any("station", cfg.Station.Name),
				slog.Any("lanes", len(cfg.Lanes)), slog.Any("accounts", len(cfg.Accounts)))
			runtime := a.getenv("RUNTIME_DIRECTORY")
			if err := noteOutputs(runtime, cfg); err != nil {
				log.Warn("gatescand release will go by the configuration alone", slog.Any("error", err))
			}
			open := func(ctx context.Context) (*daemon, error) { return openDaemon(ctx, cfg, log) }
			d, err := open(cmd.Context())
			if isStorageTrouble(err) {
				d, err = runUntilJournal(cmd.Context(), cfg, log, err, open)
			}
			if d == nil && cmd.Context().Err() != nil {
				return nil // stopped while the lanes could only hold
			}
			if err != nil {
				return err
			}
			if err := a.tellSetupCode(d); err != nil {
				log.Warn("the set-up code cannot be shown", slog.Any("error", err))
			}
			d.runtime = runtime
			d.reload = func() (*configs.Config, error) { return a.load() }
			d.parse = func(text []byte) (*configs.Config, error) { return configs.Parse(a.config, text, a.configEnv()) }
			stop := handleSignals(cmd.Context(), d)
			defer stop()
			return d.run(cmd.Context())
		},
	}
}

// handleSignals renews the configuration on SIGHUP, and cuts the drain when a
// second request to stop comes.
func handleSignals(ctx context.Context, d *daemon) (stop func()) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	term := make(chan os.Signal, 2)
	signal.Notify(term, syscall.SIGTERM, os.Interrupt)
	done := make(chan struct{})
	go func() {
		stops := 0
		for {
			select {
			case <-done:
				return
			case <-hup:
				d.renew(false)
			case <-term:
				if stops++; stops > 1 {
					d.cut()
				}
			}
		}
	}()
	return func() {
		signal.Stop(hup)
		signal.Stop(term)
		close(done)
	}
}
