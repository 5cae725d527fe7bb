package store

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheGateLetsLanesInBeforeTheMirrorButNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		var order []urgency
		ctx := t.Context()
		if err := g.enter(ctx, background); err != nil {
			t.Fatal(err)
		}
		queue := func(u urgency) {
			go func() {
				if err := g.enter(ctx, u); err != nil {
					t.Error(err)
					return
				}
				order = append(order, u)
				g.leave()
			}()
			synctest.Wait()
		}
		queue(background)
		queue(background)
		for range lanesInARow + 2 {
			queue(lane)
		}
		g.leave()
		synctest.Wait()

		want := []urgency{}
		for range lanesInARow {
			want = append(want, lane)
		}
		want = append(want, background, lane, lane, background)
		if len(order) != len(want) {
			t.Fatalf("%d went through, want %d", len(order), len(want))
		}
		for i := range want {
			if order[i] != want[i] {
				t.Fatalf("order %v, want %v", order, want)
			}
		}
		if g.busy {
			t.Error("the gate is still taken")
		}
	})
}

func TestWhoeverGivesUpAtTheGateHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		if err := g.enter(t.Context(), lane); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var gaveUp error
		go func() { gaveUp = g.enter(ctx, lane) }()
		synctest.Wait()
		in := false
		go func() {
			if err := g.enter(t.Context(), lane); err != nil {
				t.Error(err)
			}
			in = true
		}()
		synctest.Wait()
		cancel()
		synctest.Wait()
		if !errors.Is(gaveUp, context.Canceled) {
			t.Fatalf("gave up with %v", gaveUp)
		}
		g.leave()
		synctest.Wait()
		if !in {
			t.Fatal("the one behind never got in")
		}
		g.leave()
		if err := g.enter(ctx, lane); !errors.Is(err, context.Canceled) {
			t.Fatalf("a cancelled context got in: %v", err)
		}
	})
}

func TestATurnThatComesWhileGivingUpIsPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		if err := g.enter(t.Context(), lane); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var err error
		go func() { err = g.enter(ctx, lane) }()
		synctest.Wait()
		cancel()
		g.leave() // gives the turn to the one who is just giving up
		synctest.Wait()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("gave up with %v", err)
		}
		if g.busy {
			t.Fatal("a turn nobody took keeps the gate shut")
		}
	})
}

func TestTheBackgroundRestsWhileLanesPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		ctx := t.Context()
		if err := g.enter(ctx, background); err != nil {
			t.Fatal(err)
		}
		g.rest(time.Second)
		g.leave()
		began := time.Now()
		came := make(chan time.Duration, 1)
		go func() {
			if err := g.enter(ctx, background); err != nil {
				t.Error(err)
			}
			came <- time.Since(began)
			g.leave()
		}()
		synctest.Wait()
		for range lanesInARow + 1 {
			if err := g.enter(ctx, lane); err != nil {
				t.Fatal(err)
			}
			g.leave()
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("lanes waited %v for the background to rest", waited)
		}
		if waited := <-came; waited != time.Second {
			t.Errorf("the background rested %v", waited)
		}
		synctest.Wait()
		if g.busy || g.resting {
			t.Error("the gate is still taken")
		}
	})
}

func TestTheRestEndsWhileALaneIsAtTheWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		g.rest(time.Second)
		if err := g.enter(t.Context(), lane); err != nil {
			t.Fatal(err)
		}
		in := false
		go func() {
			if err := g.enter(t.Context(), background); err != nil {
				t.Error(err)
			}
			in = true
		}()
		<-time.NewTimer(2 * time.Second).C
		synctest.Wait()
		if in {
			t.Error("let in beside a lane")
		}
		g.leave()
		synctest.Wait()
		if !in {
			t.Error("not let in when the lane had left")
		}
	})
}
