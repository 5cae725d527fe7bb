package store

import (
	"context"
	"sync"
	"time"
)

// urgency is who may go first at the writer.
type urgency uint8

const (
	background urgency = iota // mirror, outbox, people at the page
	lane                      // somebody stands at a gate
)

// lanesInARow is after how many lanes one waiting background transaction is
// let in, so that a rush at the door does not stop the mirror for good.
const lanesInARow = 8

// gate lets one transaction at a time to the writer, lanes first, and within
// one urgency in the order they came.
type gate struct {
	mu      sync.Mutex
	busy    bool
	resting bool // only lanes are let in
	row     int  // lanes let in since the last background transaction
	waiting [2][]chan struct{}
}

// enter waits for the writer. Its caller must leave when it returned nil.
func (g *gate) enter(ctx context.Context, u urgency) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g.mu.Lock()
	if !g.busy && (u == lane || !g.resting) {
		g.busy = true
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.waiting[u] = append(g.waiting[u], turn)
	g.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		g.giveUp(u, turn)
		return ctx.Err()
	}
}

// giveUp takes turn out of the queue, or passes it on when it has just come.
func (g *gate) giveUp(u urgency, turn chan struct{}) {
	g.mu.Lock()
	for i, t := range g.waiting[u] {
		if t == turn {
			g.waiting[u] = append(g.waiting[u][:i], g.waiting[u][i+1:]...)
			g.mu.Unlock()
			return
		}
	}
	g.mu.Unlock()
	g.leave()
}

// leave lets the next one in.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	next := lane
	if !g.resting && (len(g.waiting[lane]) == 0 || (g.row >= lanesInARow && len(g.waiting[background]) > 0)) {
		next = background
	}
	if len(g.waiting[next]) == 0 {
		g.busy, g.row = false, 0
		return
	}
	if next == lane {
		g.row++
	} else {
		g.row = 0
	}
	turn := g.waiting[next][0]
	g.waiting[next] = g.waiting[next][1:]
	close(turn)
}

// rest keeps the background out for d, whoever is at the writer now.
func (g *gate) rest(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.resting || d <= 0 {
		return
	}
	g.resting = true
	time.AfterFunc(d, g.rested)
}

// rested lets the background in again.
func (g *gate) rested() {
	g.mu.Lock()
	g.resting = false
	free := !g.busy
	g.busy = true
	g.mu.Unlock()
	if free {
		g.leave() // whoever waits longest comes in
	}
}

// pressed tells that a lane waits.
func (g *gate) pressed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting[lane]) > 0
}
