package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"gatescand/configs"
	"gatescand/device/pairing"
	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// simPrint is a ticket of TiBillet that was printed beforehand, several times:
// no two prints have the same signature, and making one takes a millisecond.
type simPrint struct {
	id    string
	codes [][]byte
}

// simTibilletEvent is an event of the vectors with prints of its tickets.
type simTibilletEvent struct {
	id, key string
	prints  []simPrint
}

// simTibilletPrints prints n tickets for every key of the vectors.
func simTibilletPrints(keys []platformtest.TibilletKey, n int) ([]simTibilletEvent, error) {
	var events []simTibilletEvent
	for number, k := range keys {
		press, err := faketibillet.New(faketibillet.Options{Clock: time.Now, Source: rand.NewPCG(1, uint64(number))})
		if err != nil {
			return nil, err
		}
		e := simTibilletEvent{id: k.EventUUID, key: k.PrivatePEM}
		if _, err := press.AddEvent(faketibillet.Event{UUID: e.id, Name: "Evening", KeyPEM: e.key}); err != nil {
			return nil, err
		}
		for range n {
			id, err := press.AddTicket(faketibillet.Ticket{Event: e.id})
			if err != nil {
				return nil, err
			}
			p := simPrint{id: id}
			for range 2 {
				code, err := press.PrintQR(id)
				if err != nil {
					return nil, err
				}
				p.codes = append(p.codes, []byte(code))
			}
			e.prints = append(e.prints, p)
		}
		events = append(events, e)
	}
	return events, nil
}

// simTibillet is a tenant of TiBillet with one event of tonight's and one that
// this station does not serve.
type simTibillet struct {
	name           string
	server         *faketibillet.Server
	tonight, later *simTibilletEvent
	gate, other    faketibillet.ScanApp
	key, otherKey  string
	oracle         *simOracle
	sold           map[*simTibilletEvent]int
	prints         map[string]simPrint
	orders         int
}

func (s *simTibillet) listen(o *simOracle) { s.oracle = o }

func newSimTibillet(name string, seed uint64, tonight, later *simTibilletEvent) (*simTibillet, error) {
	server, err := faketibillet.New(faketibillet.Options{
		Clock: time.Now, Source: rand.NewPCG(seed, 7), RowSigning: faketibillet.SignHollow,
	})
	if err != nil {
		return nil, err
	}
	s := &simTibillet{
		name: name, server: server, tonight: tonight, later: later,
		sold: make(map[*simTibilletEvent]int), prints: make(map[string]simPrint),
	}
	for _, e := range []*simTibilletEvent{tonight, later} {
		if e == nil {
			continue
		}
		begins := time.Now().Add(-time.Hour)
		if e == later {
			begins = begins.Add(72 * time.Hour)
		}
		if _, err := server.AddEvent(faketibillet.Event{UUID: e.id, Name: name, Start: begins, End: begins.Add(6 * time.Hour), KeyPEM: e.key}); err != nil {
			return nil, err
		}
	}
	if s.gate, s.key, err = server.PairedApp("this gate"); err != nil {
		return nil, err
	}
	s.other, s.otherKey, err = server.PairedApp("the other gate")
	return s, err
}

func (s *simTibillet) platform() admission.PlatformName { return admission.TiBillet }
func (s *simTibillet) fake() platformtest.Fake          { return s.server }
func (s *simTibillet) front() *fakeserver.Front         { return s.server.Front }

func (s *simTibillet) traits() simTraits {
	return simTraits{lists: true, asks: true, signs: true, takes: true, resets: true}
}

func (s *simTibillet) account(c *configs.Account, vault *pairing.Vault) error {
	c.Events = []string{s.tonight.id}
	return vault.Save(c.Name, platform.Credentials{BaseURL: c.URL, StationID: s.gate.UUID, Name: "this gate", APIKey: s.key})
}

// canon leaves the signature out: it is another in every process.
func (s *simTibillet) canon(a fakeserver.Arrival) string {
	var body map[string]any
	if json.Unmarshal(a.Body, &body) != nil {
		return a.Path
	}
	if code, ok := body["qrcode_data"].(string); ok {
		body["qrcode_data"], _, _ = strings.Cut(code, ":")
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return a.Path
	}
	return a.Path + string(raw)
}

// late goes beyond the time after which the outbox gives a request up and sends
// the next: TiBillet takes a ticket once, however late.
func (s *simTibillet) late(_ string, h uint64) time.Duration {
	return 50*time.Second + time.Duration(h%uint64(40*time.Second))
}

func (s *simTibillet) sell(how simSale) (*simTicket, bool) {
	event := s.tonight
	if how.otherEvent {
		if s.later == nil {
			return nil, false
		}
		event = s.later
	}
	n := s.sold[event]
	if n >= len(event.prints) {
		return nil, false
	}
	s.sold[event]++
	p := event.prints[n]
	s.prints[p.id] = p
	t := &simTicket{
		key: admission.TicketKey{Account: s.name, ID: p.id}, label: fmt.Sprintf("%s/%d", s.name, n), site: s, sale: how, serve: !how.otherEvent,
	}
	if how.otherEvent {
		t.label += "later"
	}
	if how.forged {
		return t, true
	}
	status := faketibillet.Valid
	switch {
	case how.unpaid:
		status = faketibillet.Created
		t.unpaid = append(t.unpaid, time.Now())
	case how.canceled:
		status = faketibillet.Canceled
		t.canceled = append(t.canceled, time.Now())
	case how.used:
		status = faketibillet.Scanned
		t.foreign = append(t.foreign, time.Now())
	}
	// The rows of the list carry hollow codes, which cost nothing to sign. One is
	// sent for a ticket that was admitted by hand, and has to be as good as a print.
	head, _, _ := strings.Cut(string(p.codes[0]), ":")
	s.server.RecordCode(p.id, head+":"+simSignature(0))
	_, err := s.server.AddTicket(faketibillet.Ticket{
		UUID: p.id, Event: event.id, Reservation: s.order(), Status: status, LastName: "Do", Product: "Billet", Price: "Plein",
	})
	return t, err == nil
}

// simSignature has the form of a signature.
func simSignature(b byte) string {
	return base64.URLEncoding.EncodeToString(bytes.Repeat([]byte{b}, 256))
}

func (s *simTibillet) crowd(n int) []*simTicket {
	var out []*simTicket
	for i := range n {
		id := fmt.Sprintf("%08x-cccc-4ccc-8ccc-%012d", uint32(simMix(uint64(i))), i) //nolint:gosec // the upper half is not wanted
		_, err := s.server.AddTicket(faketibillet.Ticket{UUID: id, Event: s.tonight.id, Reservation: s.order(), LastName: "Do", Product: "Billet"})
		if err != nil {
			return out
		}
		out = append(out, &simTicket{key: admission.TicketKey{Account: s.name, ID: id}, label: fmt.Sprintf("%s/crowd %d", s.name, i), site: s, serve: true})
	}
	return out
}

func (s *simTibillet) order() string {
	s.orders++
	return fmt.Sprintf("aaaaaaaa-aaaa-4aaa-8aaa-%012d", s.orders)
}

// codes gives both prints, the first of them also in the other alphabet and
// with what a reader may append.
func (s *simTibillet) codes(t *simTicket) [][]byte {
	prints := s.prints[t.key.ID].codes
	other := bytes.ReplaceAll(bytes.ReplaceAll(prints[0], []byte("-"), []byte("+")), []byte("_"), []byte("/"))
	return append(append([][]byte{}, prints...), other, append(bytes.Clone(prints[1]), '\r'))
}

func (s *simTibillet) forgeries(t *simTicket) [][]byte {
	head, _, _ := bytes.Cut(s.prints[t.key.ID].codes[0], []byte(":"))
	return [][]byte{append(append(bytes.Clone(head), ':'), simSignature(1)...), head}
}

func (s *simTibillet) truth(t *simTicket) simTruth {
	k, err := s.server.Ticket(t.key.ID)
	if err != nil {
		return simTruth{}
	}
	truth := simTruth{known: true, status: admission.StatusValid}
	switch k.Status {
	case faketibillet.Scanned:
		truth.used = true
	case faketibillet.Canceled:
		truth.status = admission.StatusCanceled
	case faketibillet.Created, faketibillet.Inactive:
		truth.status = admission.StatusUnpaid
	case faketibillet.Valid:
	}
	return truth
}

func (s *simTibillet) uses(t *simTicket) []time.Time {
	var out []time.Time
	for _, u := range s.server.Uses() {
		if u.Ticket == t.key.ID && u.Caller == s.gate.UUID && u.Success {
			out = append(out, u.At)
		}
	}
	return out
}

// useElsewhere has the other gate scan the ticket. Like this one it looks first:
// the server would take a canceled ticket too.
func (s *simTibillet) useElsewhere(t *simTicket) bool {
	if truth := s.truth(t); !truth.known || truth.status != admission.StatusValid || truth.used {
		return false
	}
	if _, printed := s.prints[t.key.ID]; !printed {
		return s.useByHand(t)
	}
	event := s.tonight
	if t.sale.otherEvent {
		event = s.later
	}
	body, err := json.Marshal(map[string]string{"qrcode_data": string(s.prints[t.key.ID].codes[0]), "event_uuid": event.id})
	if err != nil {
		return false
	}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/scan/ticket/", bytes.NewReader(body))
	r.Header.Set("Authorization", "Api-Key "+s.otherKey)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	// This network is not ours and does not fail with it.
	cut := s.server.NetworkCut()
	s.server.RestoreNetwork()
	s.oracle.direct.Store(true)
	s.server.ServeHTTP(w, r)
	s.oracle.direct.Store(false)
	if cut {
		s.server.CutNetwork()
	}
	k, err := s.server.Ticket(t.key.ID)
	return err == nil && k.Status == faketibillet.Scanned && k.ScannedBy == s.other.UUID
}

func (s *simTibillet) useByHand(t *simTicket) bool { return s.server.AdminScan(t.key.ID) == nil }
func (s *simTibillet) reset(t *simTicket) bool     { return s.server.Unscan(t.key.ID) == nil }

func (s *simTibillet) cancel(t *simTicket) bool {
	k, err := s.server.Ticket(t.key.ID)
	if err != nil || k.Status == faketibillet.Canceled {
		return false
	}
	if s.server.Cancel(t.key.ID) == nil {
		return true
	}
	return s.server.CancelReservation(k.Reservation) == nil
}

func (s *simTibillet) pay(t *simTicket) bool {
	k, err := s.server.Ticket(t.key.ID)
	return err == nil && (k.Status == faketibillet.Created || k.Status == faketibillet.Inactive) && s.server.Pay(k.Reservation) == nil
}

func (s *simTibillet) remove(t *simTicket) bool { return s.server.DeleteTicket(t.key.ID) == nil }

func (s *simTibillet) lockOut(out bool) bool {
	if out {
		return s.server.ArchiveApp(s.gate.UUID) == nil
	}
	return s.server.RestoreApp(s.gate.UUID) == nil
}
