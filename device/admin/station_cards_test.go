package admin

import (
	"context"
	"sync"
)

// deck is the control cards of a station: codes that only say which they are.
type deck struct {
	mu         sync.Mutex
	generation string
	fail       error
}

func (d *deck) Cards(context.Context) ([]Card, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Card
	for _, lane := range []string{"north", "süd / 2"} {
		for _, action := range []string{"close", "open", "check"} {
			out = append(out, Card{Lane: lane, Action: action, Code: "CODE-" + lane + "-" + action + d.generation})
		}
	}
	return out, d.fail
}

func (d *deck) RenewCards(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail == nil {
		d.generation += "-new"
	}
	return d.fail
}
