package gpio

import (
	"context"
	"errors"
	"fmt"

	"gatescand/device/signal"
)

// Release requests every wire as an output that is off, and lets go again. The
// wires are tried side by side and each alone: one that fails or hangs keeps no
// other from being switched off. It gives how many are off and the errors of the
// rest, those that have not answered when ctx ends among them.
func Release(ctx context.Context, dir string, wires []signal.Wire) (int, error) {
	return release(ctx, wires, func(w signal.Wire) error {
		l, err := OpenOutput(dir, w)
		if err != nil {
			return err
		}
		return l.Close()
	})
}

func release(ctx context.Context, wires []signal.Wire, off func(signal.Wire) error) (int, error) {
	type result struct {
		index int
		err   error
	}
	results := make(chan result, len(wires)) // room for those nobody waits for any more
	for i, w := range wires {
		go func() { results <- result{i, off(w)} }()
	}
	released := 0
	answered := make([]bool, len(wires))
	errs := make([]error, len(wires))
	for range wires {
		select {
		case r := <-results:
			answered[r.index] = true
			if r.err == nil {
				released++
			} else {
				errs[r.index] = fmt.Errorf("%s is not switched off: %w", wires[r.index].Key(), r.err)
			}
			continue
		case <-ctx.Done():
		}
		break
	}
	for i, w := range wires {
		if !answered[i] {
			errs[i] = fmt.Errorf("%w: %s; pull the plug of what it switches: %w", ErrHangs, w.Key(), ctx.Err())
		}
	}
	return released, errors.Join(errs...)
}
