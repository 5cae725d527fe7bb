package main

import (
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"gatescand/device/admin"
)

func (a *app) ticketsCommand() *cobra.Command {
	return group("tickets", "Find a ticket, and admit by hand", a.ticketsFind(), a.ticketsAdmit())
}

// foundRow is one ticket as the daemon tells it.
type foundRow struct {
	Account   string `json:"account"`
	ID        string `json:"id"`
	EventName string `json:"event_name"`
	Product   string `json:"product"`
	Price     string `json:"price"`
	Status    string `json:"status"`
	Used      bool   `json:"used"`
	Holder    string `json:"holder"`
}

func (a *app) ticketsFind() *cobra.Command {
	return &cobra.Command{
		Use: "find TEXT", Short: "Find tickets by holder, ticket, order or product", Args: exactArgs(1, "a text to look for"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.daemonClient()
			if err != nil {
				return err
			}
			var answer struct {
				Tickets []foundRow `json:"tickets"`
			}
			if err := c.call(cmd.Context(), "GET", "/api/v1/tickets?"+url.Values{"q": {args[0]}}.Encode(), nil, &answer); err != nil {
				return err
			}
			if a.json {
				return a.printJSON(answer.Tickets)
			}
			if len(answer.Tickets) == 0 {
				return a.say("no ticket found\n")
			}
			for _, t := range answer.Tickets {
				used := ""
				if t.Used {
					used = ", used by the platform's word"
				}
				if err := a.say("%s %s  %s  %s %s, %s, %s%s\n", t.Account, clean(t.ID), clean(t.Holder), clean(t.Product), clean(t.Price),
					clean(t.EventName), t.Status, used); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (a *app) ticketsAdmit() *cobra.Command {
	var laneName, note string
	cmd := &cobra.Command{
		Use: "admit ACCOUNT TICKET", Short: "Admit a ticket by hand", Args: exactArgs(2, "an account and the id of a ticket"),
		Long: "Records that a person let this ticket in, opens the lane's gate, and tells the platform\n" +
			"like any other admission. The note says why.",
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			if laneName, err = laneOr(cfg, laneName); err != nil {
				return err
			}
			if note == "" {
				return usagef("say with --note why this ticket is admitted by hand")
			}
			c, err := newClient(cfg)
			if err != nil {
				return err
			}
			var d admin.Decision
			path := "/api/v1/tickets/" + url.PathEscape(args[0]) + "/" + url.PathEscape(args[1]) + "/admit"
			if err := c.call(cmd.Context(), "POST", path, map[string]string{"lane": laneName, "note": note}, &d); err != nil {
				return err
			}
			if a.json {
				return a.printJSON(d)
			}
			return a.say("%s at lane %s, %s, check-in %d\n", d.Verdict, laneName, d.At.Local().Format(time.TimeOnly), d.Seq)
		},
	}
	cmd.Flags().StringVar(&laneName, "lane", "", "lane to admit at, the first of the configuration by default")
	cmd.Flags().StringVar(&note, "note", "", "why")
	return cmd
}
