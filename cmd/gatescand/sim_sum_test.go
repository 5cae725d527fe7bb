package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// simSum counts over all seeds what was met, so that a simulation which has
// gone soft, and no longer meets what it is there for, is found out.
type simSum struct{ counts map[string]int }

func newSimSum() *simSum { return &simSum{counts: make(map[string]int)} }

func (s *simSum) add(t *simTrace) {
	for what, n := range t.counts {
		s.counts[what] += n
	}
}

func (s *simSum) String() string {
	var b strings.Builder
	for i, what := range slices.Sorted(maps.Keys(s.counts)) {
		if i > 0 && i%6 == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s %d  ", what, s.counts[what])
	}
	return b.String()
}

// demand insists on what some hundred seeds must have met.
func (s *simSum) demand(t *testing.T) {
	t.Helper()
	for _, what := range []string{
		"admit", "refuse", "hold", "kill", "restart", "reload", "outage", "reset honoured", "delivered", "lost answer", "late effect",
		"conflict used_elsewhere", "conflict admitted_canceled", "conflict admitted_unpaid", "conflict admitted_unknown",
	} {
		if s.counts[what] == 0 {
			t.Errorf("no seed has met: %s", what)
		}
	}
}
