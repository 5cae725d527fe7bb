package main

import (
	"sync"
	"time"
)

// calm ends what is shown for a while: each name has one time, which starts anew
// whenever the thing happens again.
type calm struct {
	mu     sync.Mutex
	timers map[string]*time.Timer
	over   bool
}

// after calls f when d has gone by without another call for name.
func (c *calm) after(name string, d time.Duration, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	if c.timers == nil {
		c.timers = make(map[string]*time.Timer)
	}
	if t := c.timers[name]; t != nil {
		t.Stop()
	}
	c.timers[name] = time.AfterFunc(d, f)
}

// stop ends all times without a call.
func (c *calm) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	for _, t := range c.timers {
		t.Stop()
	}
}
