package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// benchLatency is how long the test server thinks about a request: about what
// a server in the same country takes, so that as much is under way at once.
const benchLatency = 30 * time.Millisecond

// benchPlatform is a ticketing system on this machine and a drawer's side of
// it: a delivery is a look, a memo and a use, as most platforms want it.
type benchPlatform struct {
	server *http.Server
	served chan error
	client *platform.Client
}

func startBenchPlatform(ctx context.Context) (*benchPlatform, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &benchPlatform{
		server: &http.Server{Handler: http.HandlerFunc(answerUse), ReadHeaderTimeout: time.Second},
		served: make(chan error, 1),
	}
	go func() { p.served <- p.server.Serve(l) }()
	p.client, err = platform.NewClient(platform.ClientConfig{
		BaseURL: "http://" + l.Addr().String(), Agent: "gatescand/" + version, Now: time.Now,
	})
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *benchPlatform) close() error {
	if p.client != nil {
		p.client.Close()
	}
	err := p.server.Close()
	if end := <-p.served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}

// useAnswer is what the test server says of a ticket.
type useAnswer struct {
	Ticket string `json:"ticket"`
	Event  string `json:"event"`
	Holder string `json:"holder"`
	State  string `json:"state"`
}

func answerUse(w http.ResponseWriter, r *http.Request) {
	var q useAnswer
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&q); err != nil {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	if rest(r.Context(), benchLatency) != nil {
		return // nobody waits for the answer
	}
	q.Holder, q.State = "Camille Visitor", "used"
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(q) // whoever has left needs no answer
}

// Deliver implements platform.Deliverer.
func (p *benchPlatform) Deliver(ctx context.Context, d admission.Delivery, jot platform.Jot) (admission.Outcome, error) {
	if err := p.ask(ctx, "look", d); err != nil {
		return admission.Outcome{}, err
	}
	if err := jot(ctx, `{"before":0,"state":"valid"}`); err != nil {
		return admission.Outcome{}, err
	}
	if err := p.ask(ctx, "use", d); err != nil {
		return admission.Outcome{}, err
	}
	return admission.Outcome{Kind: admission.OutcomeDelivered}, nil
}

// Parallel implements platform.Deliverer: as much as all built-in drawers bear.
func (p *benchPlatform) Parallel() int { return 2 }

func (p *benchPlatform) ask(ctx context.Context, op string, d admission.Delivery) error {
	r, err := p.client.Do(ctx, platform.Request{
		Op: op, Method: http.MethodPost, Path: "/" + op, JSON: useAnswer{Ticket: d.Ticket.ID, Event: d.Event},
	})
	if err != nil {
		return err
	}
	var a useAnswer
	if err := p.client.Decode(op, r, &a); err != nil {
		return err
	}
	if a.Ticket != d.Ticket.ID {
		return fmt.Errorf("the test server answered for ticket %q", a.Ticket)
	}
	return nil
}
