package signal

import (
	"context"
	"time"
)

// offRetry is how soon a failed switching off is tried again.
const offRetry = 50 * time.Millisecond

// Output is one address that shows a verdict. Run owns its hardware.
type Output struct {
	Address Address
	// Switch is set for outputs that go on and off, Message for those that
	// are told something.
	Switch  Switch
	Message Message
	// Failed is told of every failure, and of nil once it works again.
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
	o.off(ctx)
	for {
		select {
		case <-ctx.Done():
			o.off(ctx)
			return ctx.Err()
		case <-o.fire:
			o.show(ctx)
		}
	}
}

func (o *Output) show(ctx context.Context) {
	if o.Message != nil {
		o.report(o.Message.Send())
		return
	}
	if o.Switch == nil {
		return
	}
	err := o.Switch.Set(true)
	if err == nil {
		pulse := time.NewTimer(min(o.Address.Pulse, MaxPulse))
		select {
		case <-pulse.C:
		case <-ctx.Done():
			pulse.Stop()
		}
	}
	if !o.off(ctx) {
		return
	}
	o.report(err)
}

// off switches off and does not give up while the process lives, for up to a
// hundred tries once it is told to stop. It tells whether it is off.
func (o *Output) off(ctx context.Context) bool {
	if o.Switch == nil {
		return true
	}
	left := 100
	for {
		err := o.Switch.Set(false)
		if err == nil {
			return true
		}
		o.report(err)
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
