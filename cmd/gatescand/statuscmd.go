package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatescand/device/admin"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show how the station is, from the running daemon", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.daemonClient()
			if err != nil {
				return err
			}
			var s admin.Status
			if err := c.call(cmd.Context(), "GET", "/api/v1/status", nil, &s); err != nil {
				return err
			}
			if a.json {
				return a.printJSON(s)
			}
			return a.say("%s", statusText(s, a.now()))
		},
	}
}

// daemonClient finds the running daemon of the configuration.
func (a *app) daemonClient() (*client, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, err
	}
	return newClient(cfg)
}

// statusText is the first screen of the page in words.
func statusText(s admin.Status, now time.Time) string {
	var b lines
	ready := "ready"
	if !s.Ready {
		ready = "NOT READY: " + strings.Join(s.NotReady, "; ")
	}
	b.add("%s: %s (gatescand %s)", clean(s.Station), clean(ready), s.Version)
	clock := "trusted"
	if !s.Clock.Trusted {
		clock = "NOT TRUSTED"
	}
	b.add("clock     %s, %s", s.Clock.Local, clock)
	b.add("counts    %d admitted, %d refused, %d held, %d inside", s.Counts.Admitted, s.Counts.Refused, s.Counts.Held, s.Counts.Inside)
	for _, l := range s.Lanes {
		state := "open"
		if !l.Open {
			state = "CLOSED"
		}
		b.add("lane      %-12s %-6s %s, reader %s %s", l.Name, l.Direction, state, l.Reader.State, clean(l.Reader.Detail))
	}
	for _, x := range s.Accounts {
		age := "no list yet"
		if x.NoList {
			age = "no list on this platform"
		}
		if x.AsOf != nil {
			age = "list of " + now.Sub(*x.AsOf).Round(time.Second).String() + " ago"
		}
		b.add("account   %-12s %s, %s, %d tickets, %s, %d waiting, %d buried",
			x.Name, x.Platform, x.State, x.Tickets, age, x.Outbox.Pending, x.Outbox.Buried)
	}
	if s.ConflictsOpen > 0 {
		b.add("conflicts %d open; see gatescand conflicts list", s.ConflictsOpen)
	}
	for _, c := range s.Conditions {
		b.add("%-9s %s\n          %s", c.Severity, clean(c.Text), clean(c.Remedy))
	}
	return b.String()
}
