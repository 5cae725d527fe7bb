package pos

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"gatescand/scanner/reader"
)

func TestGarbageAtLineSpeedIsBoundedAndTheNextHonestCodeIsRead(t *testing.T) {
	p := newPlug(t, &facts{raw: conforming()})
	r := startUp(t, newSource(t, p.open, ""))
	seed := rand.New(rand.NewPCG(1, 2))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	sent := 0
	for range 20_000 {
		report := make([]byte, 1+seed.IntN(200))
		for i := range report {
			report[i] = byte(seed.Uint32())
		}
		report[0] = 0x02
		p.send(t, report)
		sent += len(report)
	}
	time.AfterFunc(silence+time.Second/2, func() { p.scan(t, "honest") })
	for got := 0; ; {
		f := r.next(t)
		got += len(f.Code)
		if string(f.Code) == "honest" {
			break
		}
		if len(f.Code) > reader.MaxCode || got > sent {
			t.Fatalf("%d bytes of codes from %d", got, sent)
		}
		for len(r.frames) > 0 && string(f.Code) != "honest" {
			f = <-r.frames
		}
		if string(f.Code) == "honest" {
			break
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("%d bytes more are held", grown)
	}
	if n := len(r.notices); n == 0 || n > 10 {
		t.Errorf("%d notices of one flood", n)
	}
}

func TestOpeningAndClosingLeavesNothingBehind(t *testing.T) {
	cycle := func(i int) {
		p := newPlug(t, &facts{raw: conforming()})
		r := startUp(t, newSource(t, p.open, ""))
		p.scan(t, "ABC")
		r.wants(t, "ABC")
		if i%2 == 0 {
			p.unplug(t)
		} else {
			r.cancel()
		}
		if err := r.end(t); !errors.Is(err, reader.ErrGone) && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if i%2 == 1 {
			p.unplug(t)
		}
	}
	cycle(0)
	files, routines := descriptors(t), runtime.NumGoroutine()
	for i := range 100 {
		cycle(i)
	}
	if now := descriptors(t); now > files {
		t.Errorf("%d file descriptors, before %d", now, files)
	}
	if now := runtime.NumGoroutine(); now > routines+2 {
		t.Errorf("%d goroutines, before %d", now, routines)
	}
}
