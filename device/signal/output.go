package signal

import (
	"context"
	"sync"
	"time"
)

// offRetry is how soon a failed switching off is tried again.
const offRetry = 50 * time.Millisecond

// Rest is how long an output stays off between two showings. Without it two
// pulses in a row would be one long one: a relay's contacts need some
// milliseconds to part, and turnstiles count an opening only when their input
// has been still for about 100 ms.
const Rest = 100 * time.Millisecond

// Output is one address that shows a verdict. Run owns its hardware.
type Output struct {
	Address Address
	// Switch is set for outputs that go on and off, Message for those that
	// are told something. A Message that is a [Player] is played.
	Switch  Switch
	Message Message
	// Failed is told of a showing that failed, of the first of a row of
	// failures to switch off, and of nil when it works. It is called from a
	// goroutine of its own, in order, and keeps nothing waiting; of what
	// happens while it does not return, it is told the last.
	Failed func(address string, err error)

	fire    chan struct{}
	reports chan report
}

// NewOutput makes an output. It shows nothing before Run.
func NewOutput(a Address, s Switch, m Message, failed func(string, error)) *Output {
	return &Output{Address: a, Switch: s, Message: m, Failed: failed, fire: make(chan struct{}, 1), reports: make(chan report, maxReports)}
}

// Fire asks for one showing and returns at once. While one is running, at most
// one more waits.
func (o *Output) Fire() {
	select {
	case o.fire <- struct{}{}:
	default:
	}
}

// Run shows what is asked for until ctx ends. The output is off when Run
// begins to wait, and off when it returns; where it cannot be switched off it
// keeps trying. It returns when Failed has heard of everything.
func (o *Output) Run(ctx context.Context) error {
	done := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() { o.tell(done) })
	defer telling.Wait()
	defer close(done)
	if !o.off(ctx) {
		return ctx.Err()
	}
	for {
		select {
		case <-ctx.Done():
			o.off(ctx)
			return ctx.Err()
		case <-o.fire:
			if !o.show(ctx) {
				return ctx.Err()
			}
		}
	}
}

// show shows once. It gives false only when the output could not be switched
// off again before there was no more time for it.
func (o *Output) show(ctx context.Context) bool {
	if p, ok := o.Message.(Player); ok {
		o.play(ctx, p)
		return true
	}
	if o.Message != nil {
		o.report(o.Message.Send())
		return true
	}
	if o.Switch == nil {
		return true
	}
	off, err := o.swing(ctx)
	if !off {
		return false
	}
	o.report(err)
	pause(ctx, Rest, nil)
	return true
}

// swing goes through the rhythm once. It tells whether the output is off, and
// what failed on the way.
func (o *Output) swing(ctx context.Context) (off bool, failed error) {
	// The limit counts from before the line can be on, the pulse from when it
	// surely is: a line that is slow to obey gets its pulse and no more.
	limit := time.NewTimer(MaxPulse)
	defer limit.Stop()
	rhythm := o.Address.Rhythm()
	for i, step := range rhythm {
		if i%2 == 1 {
			pause(ctx, step, nil)
			if ctx.Err() != nil {
				return true, nil
			}
			if step >= Rest {
				limit.Reset(MaxPulse)
			}
			continue
		}
		err := o.Switch.Set(true)
		spent := false
		if err == nil {
			spent = pause(ctx, min(step, MaxPulse), limit.C)
		}
		if !o.off(ctx) {
			return false, err
		}
		short := i+1 < len(rhythm) && rhythm[i+1] < Rest
		if err != nil || spent && short || ctx.Err() != nil {
			return true, err
		}
	}
	return true, nil
}

// play plays until it ends, until the same is to be played again, which begins
// anew, or until ctx ends. However often it is asked, a play lasts for [Rest]
// before it makes place for the next.
func (o *Output) play(ctx context.Context, p Player) {
	for again := true; again && ctx.Err() == nil; {
		again = false
		playing, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- p.Play(playing) }()
		heard := time.NewTimer(Rest)
		var err error
		select {
		case err = <-ended:
		case <-o.fire:
			again = true
			select {
			case <-heard.C:
			case <-ctx.Done():
			}
			stop()
			err = <-ended
		case <-ctx.Done():
			err = <-ended
		}
		heard.Stop()
		stop()
		o.report(err)
	}
}

// pause waits for d, and less when ctx ends or sooner comes. It tells whether
// sooner came.
func pause(ctx context.Context, d time.Duration, sooner <-chan time.Time) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-sooner:
		return true
	case <-ctx.Done():
	}
	return false
}

// off switches off and does not give up while the process lives, for up to a
// hundred tries once it is told to stop. It tells whether it is off.
func (o *Output) off(ctx context.Context) bool {
	if o.Switch == nil {
		return true
	}
	failed := false
	left := 100
	for {
		err := o.Switch.Set(false)
		if err == nil {
			if failed {
				o.report(nil)
			}
			return true
		}
		if !failed {
			failed = true
			o.report(err)
		}
		if ctx.Err() != nil {
			if left--; left == 0 {
				return false
			}
		}
		retry := time.NewTimer(offRetry)
		<-retry.C
	}
}
