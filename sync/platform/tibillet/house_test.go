package tibillet_test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/faketibillet"
	"gatescand/sync/platform/tibillet"
)

// house is a fake server with one event, this gate and another one.
type house struct {
	*faketibillet.Server
	tb     testing.TB
	base   string
	event  string
	gate   faketibillet.ScanApp
	key    string
	drawer *tibillet.Drawer
	clock  atomic.Int64 // seconds after tonight
}

func (h *house) now() time.Time { return tonight().Add(time.Duration(h.clock.Load()) * time.Second) }

func newHouse(tb testing.TB, signing ...faketibillet.RowSigning) *house {
	tb.Helper()
	h := &house{tb: tb}
	o := faketibillet.Options{Clock: h.now, Source: rand.NewPCG(3, 4)}
	for _, s := range signing {
		o.RowSigning = s
	}
	fake, err := faketibillet.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	h.Server = fake
	h.base = platformtest.StartTibillet(tb, fake)
	h.event = h.addEvent(faketibillet.Event{Name: "Bal", Start: tonight()}, 0)
	if h.gate, h.key, err = fake.PairedApp("north"); err != nil {
		tb.Fatal(err)
	}
	h.drawer = h.gateDrawer(h.gate, h.key)
	return h
}

func (h *house) gateDrawer(app faketibillet.ScanApp, key string) *tibillet.Drawer {
	h.tb.Helper()
	return newDrawer(h.tb, h.base, func(s *tibillet.Settings) {
		s.APIKey, s.StationID, s.Now = key, app.UUID, h.now
	})
}

// otherGate is another paired device of the same house.
func (h *house) otherGate() (*tibillet.Drawer, faketibillet.ScanApp) {
	h.tb.Helper()
	app, key, err := h.PairedApp("south")
	if err != nil {
		h.tb.Fatal(err)
	}
	return h.gateDrawer(app, key), app
}

func (h *house) addEvent(e faketibillet.Event, n int) string {
	h.tb.Helper()
	e.KeyPEM = platformtest.LoadTibilletVectors(h.tb).Keys[n].PrivatePEM
	uuid, err := h.AddEvent(e)
	if err != nil {
		h.tb.Fatal(err)
	}
	return uuid
}

func (h *house) addTickets(n int, t faketibillet.Ticket) []string {
	h.tb.Helper()
	if t.Event == "" {
		t.Event = h.event
	}
	var out []string
	for range n {
		uuid, err := h.AddTicket(t)
		if err != nil {
			h.tb.Fatal(err)
		}
		out = append(out, uuid)
	}
	return out
}

func (h *house) ticket(s faketibillet.Status) string {
	h.tb.Helper()
	return h.addTickets(1, faketibillet.Ticket{Status: s, FirstName: "Jo", LastName: "Do", Product: "Billet", Price: "Plein tarif"})[0]
}

func (h *house) delivery(ticket string) admission.Delivery {
	h.tb.Helper()
	text, err := h.PrintQR(ticket)
	if err != nil {
		h.tb.Fatal(err)
	}
	del := delivery(ticket, h.event)
	del.At.Wall, del.Code = h.now(), []byte(text)
	return del
}

func (h *house) status(ticket string) faketibillet.Status {
	h.tb.Helper()
	t, err := h.Ticket(ticket)
	if err != nil {
		h.tb.Fatal(err)
	}
	return t.Status
}
