package gpio

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/device/signal"
)

var errBroken = errors.New("broken")

func TestReleaseSwitchesOffWhatItCan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wires := []signal.Wire{{Chip: "broken", Line: 1}, {Chip: "hangs", Line: 2}, {Chip: "good", Line: 3}, {Chip: "slow", Line: 4}}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		hangs := make(chan struct{})
		var mu sync.Mutex
		off := make(map[string]bool)
		began := time.Now()
		released, err := release(ctx, wires, func(w signal.Wire) error {
			switch w.Chip {
			case "broken":
				return errBroken
			case "hangs":
				<-hangs
			case "slow":
				time.Sleep(2 * time.Second)
			}
			mu.Lock()
			defer mu.Unlock()
			off[w.Chip] = true
			return nil
		})
		mu.Lock()
		if released != 2 || !off["good"] || !off["slow"] || time.Since(began) != 3*time.Second {
			t.Errorf("%d released, %v, after %v", released, off, time.Since(began))
		}
		mu.Unlock()
		if !errors.Is(err, errBroken) || !errors.Is(err, ErrHangs) || !strings.Contains(err.Error(), "hangs/2") {
			t.Errorf("got %v", err)
		}
		close(hangs)
	})
}

func TestReleaseOfNothingIsDone(t *testing.T) {
	if n, err := Release(t.Context(), t.TempDir(), nil); n != 0 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestReleaseNamesEveryChipThatIsNotThere(t *testing.T) {
	n, err := Release(t.Context(), t.TempDir(), []signal.Wire{{Chip: "gpiochip7", Line: 1}, {Chip: "pinctrl-rp1", Line: 2}})
	if n != 0 || !errors.Is(err, ErrNoChip) || !strings.Contains(err.Error(), "gpiochip7") || !strings.Contains(err.Error(), "pinctrl-rp1") {
		t.Errorf("got %d, %v", n, err)
	}
}
