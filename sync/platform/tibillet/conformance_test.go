package tibillet_test

import (
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/tibillet"
)

func tonight() time.Time { return time.Date(2026, 11, 21, 19, 30, 0, 0, time.UTC) }

const (
	someKey   = "hriYIUcl.MD4Dp8sj1BbOsOGqQte81OtndhMrXmun"
	someToken = "MTM5ZDVjZDUtZGY3Yi00MzE4LTk3YjUtN2YxYjg0N2MyYTA3OjF4VXRDbDp0T3ZwZTRCVllEbEVtT0J5WlhnMGkxZ0hHMmFxUUx0VXowRUNMNlJWQnNJ"
)

func TestConformance(t *testing.T) {
	vectors := platformtest.LoadTibilletVectors(t)
	var codes []platformtest.CodeCase
	for _, v := range vectors.Vectors {
		c := platformtest.CodeCase{Name: v.Name, Code: v.Payload, Form: formOf(v.Name)}
		c.Want = admission.Credential{Platform: admission.TiBillet, Proof: admission.ProofBad}
		c.Want.Account = account
		if v.Expect.UUID != nil {
			c.Want.ID = *v.Expect.UUID
		}
		if v.Expect.SignatureValid {
			c.Want.Proof, c.Want.Event = admission.ProofGood, v.EventUUID
		}
		if v.Name == "signed_by_other_event_key" {
			c.Want.Proof, c.Want.Event = admission.ProofGood, vectors.Keys[1].EventUUID
		}
		codes = append(codes, c)
	}
	code, id := goodCode(t)
	first, signature, _ := strings.Cut(code, ":")
	platformtest.Conform(t, platformtest.Subject{
		New: func(tb testing.TB, base string) platform.Drawer {
			tb.Helper()
			return newDrawer(tb, base, func(s *tibillet.Settings) { s.APIKey = someKey })
		},
		Keys:  vectorKeys(t),
		Codes: codes,
		Event: vectors.Keys[0].EventUUID,
		Delivery: admission.Delivery{
			ID: "01J", Ticket: admission.TicketKey{Account: account, ID: id}, Event: vectors.Keys[0].EventUUID,
			At: admission.Stamp{Wall: tonight(), Trusted: true}, Code: []byte(code), Attempt: 1,
		},
		Secrets:     []string{someKey, code, first, signature[:20], someToken, id},
		Pairer:      tibillet.NewPairer(tibillet.PairerConfig{Now: tonight}),
		PairingText: func(base string) string { return base + "/scan/" + someToken + "/pair" },
	})
}
