package signal

import (
	"context"
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
	// are told something.
	Switch  Switch
	Message Message
	// Failed is told of a showing that failed, of the first of a row of
	// failures to switch off, and of nil when it works.
	Failed func(address string, err error)

	fire chan struct{}
}

// NewOutput makes an output. It shows nothing before Run.
func NewOutput(a Address, s Switch, m Message, failed func(string, error)) *Output {
	return &Output{Address: a, Switch: s, Message: m, Failed: failed, fire: make(chan struct{}, 1)}
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
// keeps trying.
func (o *Output) Run(ctx context.Context) error {
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
	if o.Message != nil {
		o.report(o.Message.Send())
		return true
	}
	if o.Switch == nil {
		return true
	}
	// The limit counts from before the line can be on, the pulse from when it
	// surely is: a line that is slow to obey gets its pulse and no more.
	limit := time.NewTimer(MaxPulse)
	defer limit.Stop()
	err := o.Switch.Set(true)
	if err == nil {
		pause(ctx, min(o.Address.Pulse, MaxPulse), limit.C)
	}
	if !o.off(ctx) {
		return false
	}
	o.report(err)
	pause(ctx, Rest, nil)
	return true
}

// pause waits for d, and less when ctx ends or sooner comes.
func pause(ctx context.Context, d time.Duration, sooner <-chan time.Time) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-sooner:
	case <-ctx.Done():
	}
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

func (o *Output) report(err error) {
	if o.Failed != nil {
		o.Failed(o.Address.String(), err)
	}
}
