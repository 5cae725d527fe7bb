//go:build crash

package main

import (
	"maps"
	"sync"
)

// crashLedger is what stood at the door: who showed what, and what the gate
// signalled. It is what the journal is judged by.
type crashLedger struct {
	mu      sync.Mutex
	tickets map[string]*crashEntry
	acks    int // admissions signalled
	naks    int
	holds   int
	silent  int    // showings the kill left without a signal
	fault   string // the first signal nobody should have seen
}

// crashEntry is one ticket's story as seen at the door.
type crashEntry struct {
	shown, admitted, refused, held int
}

// answered tells whether a lane gave any decision on the ticket that stands.
func (e crashEntry) answered() bool { return e.admitted+e.refused > 0 }

func newCrashLedger() *crashLedger { return &crashLedger{tickets: make(map[string]*crashEntry)} }

func (l *crashLedger) entry(ticket string) *crashEntry {
	e := l.tickets[ticket]
	if e == nil {
		e = &crashEntry{}
		l.tickets[ticket] = e
	}
	return e
}

func (l *crashLedger) shown(s crashShow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.ticket != "" {
		l.entry(s.ticket).shown++
	}
}

func (l *crashLedger) answered(s crashShow, answer byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &crashEntry{}
	if s.ticket != "" {
		e = l.entry(s.ticket)
	}
	switch answer {
	case crashACK:
		l.acks++
		e.admitted++
		if s.ticket == "" && l.fault == "" {
			l.fault = "a forged code was let in"
		}
	case crashNAK:
		l.naks++
		e.refused++
	case crashENQ:
		l.holds++
		e.held++
	default:
		l.silent++
	}
}

// admitted counts the admissions signalled so far.
func (l *crashLedger) admitted() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acks
}

// snapshot gives what is known now.
func (l *crashLedger) snapshot() (tickets map[string]crashEntry, fault string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	tickets = make(map[string]crashEntry, len(l.tickets))
	for id, e := range maps.All(l.tickets) {
		tickets[id] = *e
	}
	return tickets, l.fault
}
