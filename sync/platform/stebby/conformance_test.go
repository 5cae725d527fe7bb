package stebby_test

import (
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakestebby"
	"gatescand/sync/platform/stebby"
)

const (
	someKey  = "k8d3ndkq0s8fj3n2kd9vmx71hs6qpwo4c5ty2ubz"
	someCode = "VVKAHDKLASKJA898"
)

func TestConformance(t *testing.T) {
	var codes []platformtest.CodeCase
	for _, c := range codeTable() {
		codes = append(codes, platformtest.CodeCase{Name: c.name, Code: c.code, Form: form(c.id), Want: credential(c.id)})
	}
	platformtest.Conform(t, platformtest.Subject{
		New: func(tb testing.TB, base string) platform.Drawer {
			tb.Helper()
			return newDrawer(tb, base)
		},
		Codes: codes,
		Delivery: admission.Delivery{
			ID: "01J", Ticket: admission.TicketKey{Account: account, ID: someCode},
			At: admission.Stamp{Wall: tonight(), Trusted: true}, Code: []byte(someCode), Attempt: 1,
		},
		Secrets: []string{someKey, someCode},
	})
}

// The samples of the public document are read for what they say.
func TestTheDocumentsSamples(t *testing.T) {
	fake, _ := platformtest.DocumentedStebby(t)
	d := newDrawer(t, platformtest.StartStebby(t, fake), func(s *stebby.Settings) {
		s.APIKey, s.Now = "Your-API-key", fake.Now
	})
	fake.AdmitKey("Your-API-key", "gate") // the document's own has blanks
	must(t, d.Probe(t.Context()))
	p, err := d.Tickets(t.Context(), "", "", 100)
	must(t, err)
	if len(p.Tickets) != 2 || p.Total != 2 || p.Next != "" || !p.UsableOnly || p.Tickets[1].ID != "VVKAHDKLASKJA899" {
		t.Errorf("the list: %+v", p)
	}
	a, err := d.Ask(t.Context(), []byte(someCode), verify(d, someCode))
	must(t, err)
	if !a.Found || a.Status != admission.StatusValid || a.Used || a.Product != "Running" || a.Price != "biz_54344" || a.Holder != "John Doe" {
		t.Errorf("the ticket: %+v", a)
	}
	if got := a.Window.Until.Format("2006-01-02T15:04:05-07:00"); got != "2022-01-26T22:00:00+00:00" {
		t.Errorf("valid until %s", got)
	}
	del := admission.Delivery{Ticket: admission.TicketKey{Account: account, ID: someCode}, Code: []byte(someCode), Attempt: 1}
	out, err := d.Deliver(t.Context(), del, new(pad).jot)
	must(t, err)
	if out.Kind != admission.OutcomeDelivered {
		t.Errorf("the use: %+v", out)
	}
	if n := fake.Count(fakestebby.RouteUse); n != 1 {
		t.Errorf("%d uses", n)
	}
}
