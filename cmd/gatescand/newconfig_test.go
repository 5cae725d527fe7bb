package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"gatescand/device/admin"
)

// onDisk replaces the configuration, and gives what stood there.
func (r *pairingRig) onDisk(change func(before []byte) []byte) (before []byte) {
	r.t.Helper()
	before, err := os.ReadFile(r.file)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(r.file, change(bytes.Clone(before)), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return before
}

// faulty gives a configuration that nothing can be made of.
func faulty(before []byte) []byte { return append(before, "\nnonsense = ["...) }

func (r *pairingRig) ready() bool { return r.d.current.Load().account("lespass").ready }

func TestUnpairingTakesEffectThoughTheFileOnDiskHasAFault(t *testing.T) {
	r := newPairingRig(t)
	r.start()
	if _, err := r.d.Pair(t.Context(), admin.PairRequest{Code: r.code()}); err != nil {
		t.Fatal(err)
	}
	r.listIsHere()
	good := r.onDisk(faulty)
	r.d.renew(false)
	r.eventually("the fault is said", func() bool { return r.stands("config_invalid", "") })
	if err := r.d.Unpair(t.Context(), "lespass", true); err != nil {
		t.Fatal(err)
	}
	if r.ready() {
		t.Error("the station still has the key")
	}
	if holds, err := r.d.store.HoldsPeople(t.Context(), "lespass"); holds || err != nil {
		t.Errorf("the people of the lists are still here: %v, %v", holds, err)
	}
	if !r.stands("config_invalid", "") {
		t.Error("the fault of the file is not said any more")
	}
	r.onDisk(func([]byte) []byte { return good })
	r.d.renew(false)
	r.eventually("the fault is over", func() bool { return !r.stands("config_invalid", "") })
	if r.ready() {
		t.Error("the station has the key again")
	}
}

func TestAPairingIsTakenIntoUseThoughTheFileOnDiskHasAFault(t *testing.T) {
	r := newPairingRig(t)
	r.start()
	r.onDisk(faulty)
	r.d.renew(false)
	r.eventually("the fault is said", func() bool { return r.stands("config_invalid", "") })
	if _, err := r.d.Pair(t.Context(), admin.PairRequest{Code: r.code()}); err != nil {
		t.Fatal(err)
	}
	r.eventually("the key is in use", r.ready)
}

func TestUnpairingIsNotDoneWhileTheAccountMayStillBeRead(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	d := &daemon{}
	if err := d.awaitEnd(over, &station{ended: make(chan struct{})}); !errors.Is(err, errStillReading) {
		t.Errorf("a station that has not ended: %v", err)
	}
	ended := make(chan struct{})
	close(ended)
	if err := d.awaitEnd(t.Context(), &station{ended: ended}); err != nil {
		t.Errorf("one that has: %v", err)
	}
}

func TestAChangeThatWaitsForARestartLeavesTheStationAloneAndCanBeTakenBack(t *testing.T) {
	r := newPairingRig(t)
	r.start()
	r.readersAreUp()
	station := r.d.current.Load()
	good := r.onDisk(func(before []byte) []byte {
		return bytes.Replace(before, []byte("127.0.0.1:0"), []byte("127.0.0.1:7999"), 1)
	})
	r.d.renew(false)
	r.eventually("a restart is asked for", func() bool { return r.stands("config_restart", "") })
	r.onDisk(func([]byte) []byte { return good })
	r.d.renew(false)
	r.eventually("that is over", func() bool { return !r.stands("config_restart", "") })
	if r.d.current.Load() != station {
		t.Error("the lanes were interrupted for what takes effect at the next start only")
	}
}
