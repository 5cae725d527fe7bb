package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"gatescand/device/health"
)

// simBox is the machine the daemon runs on: its clock, which can be wrong, and
// its boots. True time is the bubble's.
type simBox struct {
	boots  int
	booted time.Time
	skew   atomic.Int64 // of the wall clock, nanoseconds
	synced atomic.Bool
}

func newSimBox() *simBox {
	b := &simBox{}
	b.boot()
	b.synced.Store(true)
	return b
}

// boot begins a new boot of the machine, which was off for a while.
func (b *simBox) boot() {
	b.boots++
	b.booted = time.Now().Add(-20 * time.Second)
}

func (b *simBox) wall() time.Time { return time.Now().Add(time.Duration(b.skew.Load())) }

func (b *simBox) system() health.System {
	booted := b.booted
	return health.System{
		Wall:         b.wall,
		SinceBoot:    func() time.Duration { return time.Since(booted) },
		Synchronised: b.synced.Load,
		BootID:       fmt.Sprintf("boot-%d", b.boots),
	}
}
