package main

import (
	"time"

	"github.com/spf13/cobra"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// rescued is one undelivered check-in taken out of a damaged database. Its
// code goes with it, because without it the platform cannot be told.
type rescued struct {
	Seq     int64     `json:"seq"`
	ID      string    `json:"id"`
	Account string    `json:"account"`
	Ticket  string    `json:"ticket"`
	Event   string    `json:"event"`
	At      time.Time `json:"at"`
	Lane    string    `json:"lane"`
	State   string    `json:"state"`
	Code    string    `json:"code"`
}

func rescuedOf(d admission.Delivery) rescued {
	return rescued{
		Seq: d.Seq, ID: d.ID, Account: d.Ticket.Account, Ticket: d.Ticket.ID, Event: d.Event, At: d.At.Wall.UTC(),
		Lane: d.Lane, State: string(d.State), Code: string(d.Code),
	}
}

func (a *app) outboxRescue() *cobra.Command {
	return &cobra.Command{
		Use: "rescue FILE", Short: "Take undelivered check-ins out of a damaged database", Args: exactArgs(1, "a database file"),
		Long: "Reads what has not been delivered out of a database that the daemon refuses, and prints\n" +
			"it, with --json complete and with the codes. The file is not changed. Keep it, and use\n" +
			"the list to mark the tickets as used on the platform by hand.",
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := store.Rescue(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if a.json {
				rows := make([]rescued, 0, len(r.Deliveries))
				for _, d := range r.Deliveries {
					rows = append(rows, rescuedOf(d))
				}
				return a.printJSON(map[string]any{"whole": r.Whole, "deliveries": rows})
			}
			for _, d := range r.Deliveries {
				x := rescuedOf(d)
				if err := a.say("%6d  %s  %-8s %-12s %s  %s\n", x.Seq, x.At.Local().Format(time.DateTime), x.State, x.Account, clean(x.Ticket), clean(x.Lane)); err != nil {
					return err
				}
			}
			whole := "the outbox could be read from end to end"
			if !r.Whole {
				whole = "some of the outbox is damaged; there may have been more"
			}
			return a.say("%d undelivered check-ins; %s\n", len(r.Deliveries), whole)
		},
	}
}
