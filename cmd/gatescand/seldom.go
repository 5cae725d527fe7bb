package main

import (
	"sync"
	"time"
)

// seldom lets alike events be logged once in a while, and counts those between.
type seldom struct {
	mu   sync.Mutex
	last time.Time // when one was last to be logged
	more int       // since then
}

// another counts an event. It gives how many there are to be logged now: none
// while every has not gone by since the last time.
func (s *seldom) another(every time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.more++
	if !s.last.IsZero() && time.Since(s.last) < every {
		return 0
	}
	s.last = time.Now()
	return s.take()
}

// rest gives how many were not logged, once.
func (s *seldom) rest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.take()
}

func (s *seldom) take() int {
	n := s.more
	s.more = 0
	return n
}
