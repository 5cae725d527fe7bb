package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/all"
	"gatescand/sync/platform/platformtest/faketicketsonic"
)

const (
	sonicBits   = 512 // of the keys TicketSonic has
	sonicRounds = 500
)

// measureSonic measures the other signature there is: crypto/rsa refuses keys
// as short as TicketSonic's, so this one is calculated by hand.
func (b *bench) measureSonic(ctx context.Context, r *benchReport) error {
	keyring, code, err := sonicTicket()
	if err != nil {
		return err
	}
	var took spread
	for range sonicRounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		start := time.Now()
		cred := keyring.Verify(code)
		took = append(took, time.Since(start))
		if cred.Proof != admission.ProofGood {
			return fmt.Errorf("a test ticket of TicketSonic was not accepted: %s", cred.Proof)
		}
	}
	r.add(benchFigure{
		Name: "signature check of TicketSonic, p50", Value: millis(took.p50()), Unit: unitMillis,
		Detail: fmt.Sprintf("RSA-%d, without crypto/rsa", sonicBits),
	})
	return nil
}

// sonicTicket makes a key, the same in every run, and the code of a ticket.
func sonicTicket() (platform.Keyring, []byte, error) {
	key, err := faketicketsonic.NewKey(rand.NewPCG(1, 1), sonicBits)
	if err != nil {
		return nil, nil, err
	}
	text, err := faketicketsonic.Content{Number: strings.Repeat("5a", 16), Price: 2500, Product: 7, Event: 11}.Write()
	if err != nil {
		return nil, nil, err
	}
	block, err := key.Seal(text)
	if err != nil {
		return nil, nil, err
	}
	drawer, err := all.New(admission.TicketSonic, all.Settings{
		Account: benchAccount, BaseURL: benchURL, UserID: benchAccount, APIKey: strings.Repeat("0", 32), Version: version, Now: time.Now,
	})
	if err != nil {
		return nil, nil, err
	}
	keyring, faults := drawer.Keyring([]admission.Key{{PEM: key.Public()}})
	return keyring, []byte(base64.StdEncoding.EncodeToString(block)), errors.Join(faults...)
}
