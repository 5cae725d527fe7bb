package main

import (
	"testing"

	"gatescand/device/admin"
)

// The first pairing was made on the page, from a photograph or a pasted text: the
// station is no longer armed by itself, and its big screens ask for tickets again.
func TestAPairingOnThePageEndsTheFirstArming(t *testing.T) {
	t.Parallel()
	r := newPairingRig(t)
	r.start()
	if s := r.d.PairingState(); s.Phase != "armed" || !s.First {
		t.Fatalf("a station that waits for its first pairing: %+v", s)
	}
	if _, err := r.d.Pair(t.Context(), admin.PairRequest{Code: r.code()}); err != nil {
		t.Fatal(err)
	}
	r.listIsHere()
	if s := r.d.PairingState(); s.Phase != "idle" || s.First {
		t.Errorf("still armed, by nobody and without end: %+v", s)
	}
	// A stranger's code is no longer taken.
	r.show("https://evil.example.org/scan/" + tokenOf(r.d.clock.Now().Wall) + "/pair")
	r.eventually("the code was seen", func() bool { return r.d.PairingState().Phase == "confirm" || r.rows() > 0 })
	if s := r.d.PairingState(); s.Phase == "confirm" {
		t.Errorf("a stranger's code waits to be confirmed at a station that is paired: %+v", s)
	}
}

// An account with a key of its own, made on the page, ends the waiting for a
// first pairing: nobody is going to show a pairing code any more.
func TestAnAccountWithAKeyEndsTheFirstArming(t *testing.T) {
	t.Parallel()
	r := newPairingRig(t)
	r.accounts = ""
	r.start()
	if s := r.d.PairingState(); !s.First {
		t.Fatalf("%+v", s)
	}
	saved, err := r.d.SaveAccount(t.Context(), admin.AccountChoice{Name: "pool", Platform: "stebby", URL: "https://stebby.example", Key: "k3y"})
	if err != nil {
		t.Fatal(err)
	}
	// The rig's file is a person's own: write what the page says.
	if err := replaceFile(r.file, []byte(textOf(t, r.file)+"\n"+saved.Lines)); err != nil {
		t.Fatal(err)
	}
	r.d.renew(true)
	r.eventually("nobody waits for a code", func() bool { return !r.d.PairingState().First })
	if s := r.d.PairingState(); r.d.current.Load().account("pool") == nil || s.Phase != "idle" {
		t.Errorf("%+v", s)
	}
	if settled, err := r.d.vault.Settled(); err != nil || !settled {
		t.Errorf("armed again at the next start: %v", err)
	}
}
