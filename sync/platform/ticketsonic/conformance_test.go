package ticketsonic_test

import (
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/ticketsonic"
)

func TestConformance(t *testing.T) {
	vectors := platformtest.LoadTicketsonicVectors(t)
	var codes []platformtest.CodeCase
	for _, v := range vectors.Vectors {
		codes = append(codes, platformtest.CodeCase{Name: v.Name, Code: v.Payload, Form: formOf(v.Name), Want: wanted(v)})
	}
	good := vectors.Vectors[0]
	platformtest.Conform(t, platformtest.Subject{
		New: func(tb testing.TB, base string) platform.Drawer {
			tb.Helper()
			return newDrawer(tb, base, func(s *ticketsonic.Settings) { s.Account = account })
		},
		Keys:  []admission.Key{{PEM: vectors.Keys[0].Public}},
		Codes: codes,
		Event: "4067610",
		Delivery: admission.Delivery{
			ID: "01J", Ticket: admission.TicketKey{Account: account, ID: good.Expect.Fields.Number}, Event: "4067610",
			At: admission.Stamp{Wall: tonight(), Trusted: true}, Code: []byte(good.Payload), Attempt: 1,
		},
		Secrets: []string{apiKey, userID, good.Payload, good.Payload[:20], good.Expect.Fields.Number},
	})
}
