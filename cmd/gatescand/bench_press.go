package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"gatescand/scanner/admission"
)

// What the test tickets are for.
const (
	benchAccount = "bench"
	benchLane    = "bench"
	benchEvent   = "0f1e2d3c-4b5a-4697-8877-665544332211"
)

// benchPress prints test tickets as TiBillet does: an evening's list of them, and
// for some a code with a real signature, which is slow to make.
type benchPress struct {
	key     *rsa.PrivateKey
	pem     string
	tickets int
	step    int // every step-th ticket has a signed code
}

func newPress(tickets, codes int) (*benchPress, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return &benchPress{key: key, pem: string(block), tickets: tickets, step: tickets / codes}, nil
}

// event is the evening all tickets are for: now, so that a gate serves it.
func (p *benchPress) event(now time.Time) admission.Event {
	return admission.Event{
		Account: benchAccount, ID: benchEvent, Name: "Bench", Start: now.Add(-time.Hour), End: now.Add(6 * time.Hour), Zone: "UTC",
		Keys: []admission.Key{{Event: benchEvent, PEM: p.pem}},
	}
}

// ticketID gives the uuid of ticket i of a list of n. They rise with i, as the
// platform lists them, and are the same in every run.
func ticketID(i, n int) string {
	var b [16]byte
	var seed [8]byte
	binary.BigEndian.PutUint64(seed[:], uint64(i)) //nolint:gosec // an index
	sum := sha256.Sum256(seed[:])
	copy(b[:], sum[:])
	binary.BigEndian.PutUint32(b[:4], uint32(uint64(i)<<32/uint64(n))) //nolint:gosec // i < n
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// testTicket is ticket i of a list of n, with as much in it as real ones have.
func testTicket(i, n int) admission.Ticket {
	return admission.Ticket{
		TicketKey: admission.TicketKey{Account: benchAccount, ID: ticketID(i, n)},
		Event:     benchEvent, Product: "Concert", Price: "Full price", Status: admission.StatusValid,
		Holder: fmt.Sprintf("Camille Visitor %d", i), Order: ticketID(n-1-i, n),
	}
}

// listPage gives the tickets of a list of n from one index to before another.
func listPage(from, to, n int) []admission.Ticket {
	tickets := make([]admission.Ticket, 0, to-from)
	for i := from; i < to; i++ {
		tickets = append(tickets, testTicket(i, n))
	}
	return tickets
}

// sign makes the code of a ticket as the platform's server does.
func (p *benchPress) sign(id string) ([]byte, error) {
	first := firstPart(id)
	digest := sha256.Sum256([]byte(first))
	longest := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: crypto.SHA256}
	signature, err := rsa.SignPSS(rand.Reader, p.key, crypto.SHA256, digest[:], longest)
	if err != nil {
		return nil, err
	}
	return []byte(first + ":" + base64.URLEncoding.EncodeToString(signature)), nil
}

func firstPart(id string) string {
	return base64.URLEncoding.EncodeToString([]byte(`{"uuid": "` + id + `"}`))
}

// unsigned makes a code of the length of a signed one, for what is recorded
// without being verified.
func unsigned(id string) []byte { return []byte(firstPart(id) + ":" + strings.Repeat("A", 344)) }

// signed gives the codes of every step-th ticket.
func (p *benchPress) signed(ctx context.Context) ([][]byte, error) {
	codes := make([][]byte, p.tickets/p.step)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range codes {
		g.Go(func() (err error) {
			if err = ctx.Err(); err == nil {
				codes[i], err = p.sign(ticketID(i*p.step, p.tickets))
			}
			return err
		})
	}
	return codes, g.Wait()
}

// unsignedIDs gives one after the other the tickets without a signed code.
func (p *benchPress) unsignedIDs() func() string {
	i := 0
	return func() string {
		i++
		if i%p.step == 0 {
			i++
		}
		return ticketID(i%p.tickets, p.tickets)
	}
}

// benchEvents is what the platform publishes.
func benchEvents(p *benchPress) []admission.Event { return []admission.Event{p.event(time.Now())} }
