package main

import (
	"net/url"

	"github.com/spf13/cobra"

	"gatescand/device/admin"
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
			if laneName == "" {
				laneName = cfg.Lanes[0].Name
			}
			if _, ok := cfg.Lane(laneName); !ok {
				return usagef("--lane %q: the configuration has no such lane", laneName)
			}
			c, err := newClient(cfg)
			if err != nil {
				return err
			}
			path := "/api/v1/lanes/" + url.PathEscape(laneName) + "/scans"
			if explain {
				path += "?explain=1"
			}
			var d admin.Decision
			if err := c.call(cmd.Context(), "POST", path, map[string][]byte{"payload_base64": []byte(args[0])}, &d); err != nil {
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

func decisionText(d admin.Decision) string {
	var b lines
	b.add("%s: %s", d.Verdict, d.Reason)
	b.add("  %s. %s", clean(d.Headline), clean(d.Detail))
	if d.Grounds != "" {
		b.add("  grounds  %s", d.Grounds)
	}
	if d.Ticket != nil {
		b.add("  ticket   %s of %s, event %s, product %s", clean(d.Ticket.ID), d.Account, clean(d.Ticket.EventName), clean(d.Ticket.Product))
	}
	if !d.Recorded {
		b.add("  not recorded")
	}
	for _, s := range d.Steps {
		b.add("  %2d %-11s %s", s.Rung, s.Result, s.Name)
	}
	return b.String()
}
