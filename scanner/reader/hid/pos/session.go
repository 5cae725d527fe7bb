package pos

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"gatescand/scanner/reader"
)

const (
	// waiting is how many reports wait while Run is busy. The kernel keeps 64 more and then drops the newest without a word, so the owner goes on
	// reading whatever happens, and what is dropped is dropped here, where it is known.
	waiting = 256
	// writeBound is how long one message may take to be written.
	writeBound = 500 * time.Millisecond
)

// arrival is one report.
type arrival struct {
	at     time.Duration
	report []byte
	// missed says that reports were dropped before this one, the last of them at missedAt.
	missed   bool
	missedAt time.Duration
}

// session is one opening of the device, from before the opening to after the closing. The goroutine in own is the device's only owner: it opens,
// reads and closes it.
type session struct {
	node    string
	profile string
	now     reader.Monotonic
	openFn  opener

	reports chan arrival
	talk    chan message
	opened  chan struct{} // closed by the owner: device, descriptor and is are set
	stop    chan struct{} // closed by Run: let go
	dead    chan struct{} // closed when a write took too long
	dying   sync.Once
	done    chan struct{} // closed by the owner: the device is closed, err is set
	err     error
	writers sync.WaitGroup

	descriptor descriptor
	is         recognised

	mu     sync.Mutex
	device device // open now, nil if not
}

func newSession(node string, s *Source) *session {
	return &session{
		node: node, profile: s.profile, now: s.now, openFn: s.open,
		reports: make(chan arrival, waiting),
		talk:    make(chan message, 1),
		opened:  make(chan struct{}),
		stop:    make(chan struct{}),
		dead:    make(chan struct{}),
		done:    make(chan struct{}),
	}
}

// own is the life of the device.
func (s *session) own() {
	defer close(s.done)
	defer func() {
		if p := recover(); p != nil {
			s.err = reader.NewCrashError(s.node, p)
		}
	}()
	s.err = s.live()
}

// live opens the device, serves it and closes it. The device is closed before the writer is waited for: where the driver allows it, that frees
// a write that is blocked.
func (s *session) live() error {
	dev, err := s.openFn(s.node)
	if err != nil {
		return err
	}
	writing := make(chan struct{})
	defer func() {
		s.setDevice(nil)
		close(writing)
		// The device is let go of whatever Close says, and what it may say was known before.
		_ = dev.Close()
		s.writers.Wait()
	}()
	if err := s.learn(dev); err != nil {
		return err
	}
	s.setDevice(dev)
	s.writers.Go(func() { s.write(dev, writing) })
	close(s.opened)
	return s.read(dev)
}

// learn finds out how the reader talks, and tells it to do so where it must be told.
func (s *session) learn(dev device) error {
	raw, err := dev.Descriptor()
	if err != nil {
		return openError(s.node, err)
	}
	vendor, _, err := dev.ID()
	if err != nil {
		return openError(s.node, err)
	}
	d, err := parseDescriptor(raw)
	if err != nil {
		return fmt.Errorf("%w: %s describes itself wrongly: plug the reader in again, or use its serial mode: %w", reader.ErrFault, s.node, err)
	}
	is, ok := recognise(s.profile, vendor, d)
	if !ok {
		return notReader(s.node, s.profile, d)
	}
	for _, m := range modeSwitches() {
		if m.vendor != vendor || d.bits[reportKey{feature, m.feature[0]}] == 0 {
			continue
		}
		if err := dev.SetFeature(m.feature); err != nil {
			return fmt.Errorf("%w: %s does not take the command to send its codes here: plug the reader in again: %w", reader.ErrFault, s.node, err)
		}
	}
	s.descriptor, s.is = d, is
	return nil
}

// read takes reports until told to stop or the device is gone, and never waits for anybody.
func (s *session) read(dev device) error {
	buf := make([]byte, maxReport)
	reach := s.is.form.reach()
	var missed arrival
	for !s.stopped() {
		n, err := dev.Read(buf)
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) && s.stopped() {
				return nil
			}
			return lost(s.node, err)
		}
		a := arrival{at: s.now(), report: bytes.Clone(buf[:min(n, reach)]), missed: missed.missed, missedAt: missed.missedAt}
		select {
		case s.reports <- a:
			missed = arrival{}
		default:
			missed = arrival{missed: true, missedAt: a.at}
		}
	}
	return nil
}

// halt tells the owner to let go, and ends its waiting for a report.
func (s *session) halt() {
	close(s.stop)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.device != nil {
		// Where there is no deadline there is no open device either.
		_ = s.device.SetReadDeadline(time.Unix(1, 0))
	}
}

// setDevice says what halt has to wake.
func (s *session) setDevice(dev device) {
	s.mu.Lock()
	s.device = dev
	s.mu.Unlock()
}

func (s *session) stopped() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}
