package main

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// scriptPlatform is the TiBillet of one script, with one event tonight.
type scriptPlatform struct {
	fake  *faketibillet.Server
	event string
}

type scriptPlatformKey struct{}

// onPlatform makes a command of a method of the script's platform.
func onPlatform(
	t *testing.T, do func(*scriptPlatform, *testing.T, *testscript.TestScript, []string) error,
) func(*testscript.TestScript, bool, []string) {
	t.Helper()
	return func(ts *testscript.TestScript, neg bool, args []string) {
		wants(ts, neg, args, 0, "see TestScripts")
		p, ok := ts.Value(scriptPlatformKey{}).(*scriptPlatform)
		if !ok {
			ts.Fatalf("this script has no platform")
		}
		ts.Check(do(p, t, ts, args))
	}
}

func (p *scriptPlatform) start(t *testing.T, ts *testscript.TestScript, _ []string) error {
	t.Helper()
	fake, err := faketibillet.New(faketibillet.Options{Clock: time.Now, Source: rand.NewPCG(1, 2), RowSigning: faketibillet.SignHollow})
	if err != nil {
		return err
	}
	p.fake = fake
	p.event, err = fake.AddEvent(faketibillet.Event{
		Name: "Tonight", Start: time.Now().Add(-time.Hour), End: time.Now().Add(3 * time.Hour),
		KeyPEM: platformtest.LoadTibilletVectors(t).Keys[0].PrivatePEM,
	})
	if err != nil {
		return err
	}
	server := httptest.NewServer(fake.Handler())
	ts.Defer(func() {
		server.CloseClientConnections()
		server.Close()
	})
	fake.SetBaseURL(server.URL)
	ts.Setenv("PLATFORM", server.URL)
	return nil
}

func (p *scriptPlatform) pairing(_ *testing.T, ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: pairing VAR")
	}
	_, code, err := p.fake.NewScanApp("north")
	ts.Setenv(args[0], code)
	return err
}

func scriptElsewhere(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "elsewhere VAR CODE")
	u, err := url.Parse(args[1])
	ts.Check(err)
	u.Scheme, u.Host = "https", "elsewhere.example.org"
	ts.Setenv(args[0], u.String())
}

func scriptHostOf(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "hostof VAR CODE")
	u, err := url.Parse(args[1])
	ts.Check(err)
	ts.Setenv(args[0], u.Host)
}

func (p *scriptPlatform) ticket(_ *testing.T, ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: ticket VAR STATE")
	}
	status, ok := map[string]faketibillet.Status{
		"paid": faketibillet.Valid, "unpaid": faketibillet.Created, "canceled": faketibillet.Canceled,
	}[args[1]]
	if !ok {
		return fmt.Errorf("%q is no state of a ticket", args[1])
	}
	id, err := p.fake.AddTicket(faketibillet.Ticket{
		Event: p.event, Status: status, FirstName: "Zacharias", LastName: "Quintessenz", Product: "Billet", Price: "Plein",
	})
	if err != nil {
		return err
	}
	code, err := p.fake.PrintQR(id)
	ts.Setenv(args[0], code)
	return err
}

func (p *scriptPlatform) network(_ *testing.T, _ *testscript.TestScript, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "cut":
		p.fake.CutNetwork()
	case len(args) == 1 && args[0] == "restored":
		p.fake.RestoreNetwork()
	default:
		return fmt.Errorf("usage: network cut|restored")
	}
	return nil
}

func (p *scriptPlatform) uses(_ *testing.T, ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: uses N")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	until := time.NewTimer(patience)
	defer until.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		got := p.fake.Count(faketibillet.RouteUse)
		if got == want {
			return nil
		}
		select {
		case <-until.C:
			return fmt.Errorf("the platform took %d uses in %v, want %d", got, patience, want)
		case <-tick.C:
		}
	}
}
