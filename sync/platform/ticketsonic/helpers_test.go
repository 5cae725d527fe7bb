package ticketsonic_test

import (
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/faketicketsonic"
	"gatescand/sync/platform/ticketsonic"
)

const (
	account = "expo"
	userID  = "a@example.org"
	apiKey  = "e059d2930e8be29314e323040c0cd2f6"
)

func tonight() time.Time { return time.Date(2026, 11, 21, 19, 30, 0, 0, time.UTC) }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func newDrawer(tb testing.TB, base string, change ...func(*ticketsonic.Settings)) *ticketsonic.Drawer {
	tb.Helper()
	s := ticketsonic.Settings{Account: account, BaseURL: base, UserID: userID, APIKey: apiKey, Version: "test", Now: tonight}
	for _, c := range change {
		c(&s)
	}
	d, err := ticketsonic.New(s)
	must(tb, err)
	tb.Cleanup(func() { must(tb, d.Close()) })
	return d
}

func newRing(tb testing.TB, keys ...string) platform.Keyring {
	tb.Helper()
	var list []admission.Key
	for _, k := range keys {
		list = append(list, admission.Key{PEM: k})
	}
	ring, faults := newDrawer(tb, "https://sonic.example").Keyring(list)
	for _, err := range faults {
		tb.Error(err)
	}
	return ring
}

// sealed gives the code text of a block that says text.
func sealed(tb testing.TB, key *faketicketsonic.Key, text []byte) string {
	tb.Helper()
	block, err := key.Seal(text)
	must(tb, err)
	return base64.StdEncoding.EncodeToString(block)
}

func newKey(tb testing.TB, seed uint64, bits int) *faketicketsonic.Key {
	tb.Helper()
	key, err := faketicketsonic.NewKey(rand.NewPCG(seed, 7), bits)
	must(tb, err)
	return key
}

func classOf(tb testing.TB, err error) platform.Class {
	tb.Helper()
	if e, ok := errors.AsType[*platform.Error](err); ok {
		return e.Class
	}
	if err != nil {
		tb.Errorf("error %v of type %T, want a classed one", err, err)
	}
	return ""
}

// hall is a fake server with one event of one promoter, and this station's account.
type hall struct {
	*faketicketsonic.Server
	tb      testing.TB
	base    string
	user    string
	key     string
	event   uint64
	product uint64
	drawer  *ticketsonic.Drawer
	clock   atomic.Int64 // seconds after tonight
}

func (h *hall) now() time.Time { return tonight().Add(time.Duration(h.clock.Load()) * time.Second) }

func (h *hall) pass(d time.Duration) { h.clock.Add(int64(d / time.Second)) }

func newHall(tb testing.TB, change ...func(*faketicketsonic.Options)) *hall {
	tb.Helper()
	h := &hall{tb: tb, user: userID}
	o := faketicketsonic.Options{Clock: h.now, Source: rand.NewPCG(3, 4)}
	for _, c := range change {
		c(&o)
	}
	var err error
	h.Server, err = faketicketsonic.New(o)
	must(tb, err)
	h.base = platformtest.Start(tb, h.Server)
	p, err := h.AddPromoter(faketicketsonic.Promoter{UserID: h.user, KeyPEM: platformtest.LoadTicketsonicVectors(tb).Keys[0].PrivatePEM})
	must(tb, err)
	h.key = p.APIKey
	h.event, err = h.AddEvent(h.user, faketicketsonic.Event{Name: "Dinosaurs", Start: tonight()})
	must(tb, err)
	h.product, err = h.AddProduct(faketicketsonic.Product{Event: h.event, Name: "Regular Pass", Price: 25050})
	must(tb, err)
	h.drawer = h.newDrawer()
	return h
}

// newDrawer is the account after a restart.
func (h *hall) newDrawer(change ...func(*ticketsonic.Settings)) *ticketsonic.Drawer {
	h.tb.Helper()
	return newDrawer(h.tb, h.base, append([]func(*ticketsonic.Settings){func(s *ticketsonic.Settings) {
		s.UserID, s.APIKey, s.Now = h.user, h.key, h.now
	}}, change...)...)
}

func (h *hall) sell() faketicketsonic.Ticket {
	h.tb.Helper()
	t, err := h.Sell(h.user, faketicketsonic.Content{Product: h.product}, "Jo Do")
	must(h.tb, err)
	return t
}

func (h *hall) forge() string {
	h.tb.Helper()
	code, err := h.Forge(h.user, faketicketsonic.Content{Event: h.event, Product: h.product})
	must(h.tb, err)
	return code
}

// delivery is an admission made now, on its first attempt.
func (h *hall) delivery(code string) admission.Delivery {
	h.tb.Helper()
	return admission.Delivery{
		ID: "01J", Ticket: admission.TicketKey{Account: account, ID: strings.Repeat("ab", 16)}, Event: strconv.FormatUint(h.event, 10),
		At: admission.Stamp{Wall: h.now(), Trusted: true}, Code: []byte(code), Attempt: 1,
	}
}
