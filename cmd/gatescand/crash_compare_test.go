//go:build crash

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// compare holds the platform's state against the journal once everything is
// delivered: each admitted ticket is scanned, by this station, and was scanned
// once; no other ticket is; no use was sent twice; and nothing is in dispute.
func (h *crashHouse) compare() {
	h.t.Helper()
	used, told := make(map[string]int), make(map[string]int)
	for _, u := range h.fake.Uses() {
		told[u.Ticket]++
		if u.Success {
			used[u.Ticket]++
		}
	}
	var faults []string
	for _, ticket := range h.fake.Tickets(h.crowd.event) {
		rows := h.judge.admits[ticket.UUID]
		scanned := ticket.Status == faketibillet.Scanned
		switch {
		case (len(rows) > 0) != scanned:
			faults = append(faults, fmt.Sprintf("ticket %s is %s there and admitted by rows %v here", ticket.UUID, ticket.Status, rows))
		case scanned && ticket.ScannedBy != h.gate:
			faults = append(faults, fmt.Sprintf("ticket %s was scanned by %q, not by this station", ticket.UUID, ticket.ScannedBy))
		case used[ticket.UUID] != len(rows):
			faults = append(faults, fmt.Sprintf("ticket %s was used %d times there", ticket.UUID, used[ticket.UUID]))
		case told[ticket.UUID] > 1:
			// A use whose answer is not known is asked after, not sent again.
			faults = append(faults, fmt.Sprintf("the use of ticket %s was sent %d times", ticket.UUID, told[ticket.UUID]))
		}
	}
	if len(faults) > 0 {
		h.t.Errorf("%d tickets differ:\n%s", len(faults), strings.Join(faults[:min(len(faults), 20)], "\n"))
	}
	conflicts, err := h.command(h.config, "conflicts", "list", "--json")
	if err != nil || strings.TrimSpace(string(conflicts)) != "[]" {
		h.t.Errorf("conflicts: %s, %v", conflicts, err)
	}
	out, err := h.command(h.config, "outbox", "list", "--json")
	if err != nil {
		h.t.Error(err)
	}
	var deliveries []waiting
	if err := json.Unmarshal(out, &deliveries); err != nil {
		h.t.Error(err)
	}
	for _, d := range deliveries {
		if d.State != string(admission.DeliveryDone) {
			h.t.Errorf("check-in %d of ticket %s is %s: %s", d.Seq, d.Ticket, d.State, d.Cause)
		}
	}
}

// report says what the run was worth, and fails a run that was worth nothing.
func (h *crashHouse) report() {
	h.t.Helper()
	kills := 0
	for _, n := range h.kills {
		kills += n
	}
	uses := h.fake.Uses()
	tickets := len(h.judge.admits)
	l := h.ledger
	h.t.Logf("%d kills %v, admissions signalled %v", kills, h.kills, h.acks)
	h.t.Logf("signals: %d admissions, %d refusals, %d holds; %d showings died with the daemon", l.acks, l.naks, l.holds, l.silent)
	h.t.Logf("journal: %d rows, %d admissions, %d of them never signalled", h.judge.head, tickets, tickets-l.acks)
	lost := slices.DeleteFunc(slices.Clone(uses), func(u fakeserver.Use) bool { return !u.Lost })
	h.t.Logf("platform: %d uses worked on, %d of their answers lost, %d tickets scanned", len(uses), len(lost), tickets)
	if l.acks < kills || l.naks < kills {
		h.t.Error("hardly anybody was at the door: this run proves nothing")
	}
	for mode, n := range h.acks {
		if n == 0 && kills >= crashKills {
			h.t.Errorf("nobody was admitted in any life of the kind %q", mode)
		}
	}
	if l.silent == 0 && kills >= crashKills {
		h.t.Error("no kill met a lane with a code in hand")
	}
}
