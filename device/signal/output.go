package signal

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// offRetry is how soon a failed switching off is tried again.
	offRetry = 50 * time.Millisecond
	// offPatience is for how long after the stop switching off is tried.
	offPatience = 5 * time.Second
	// offTries is how often it is tried after the stop at least, by an output
	// that has still shown something.
	offTries = 20
)

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
	// happens while it does not return, it is told the last. A panic of Switch
	// or Message is a [PanicError] here, and the output goes on.
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
//
// Whoever was let in before the end is still let through: a [Switch] finishes
// what it shows when ctx ends, and shows once more where that was asked for.
// Each takes as long as its rhythm, [MaxPattern] at most. What is only heard is
// cut short.
func (o *Output) Run(ctx context.Context) error {
	patience, lost := context.WithCancel(context.WithoutCancel(ctx))
	defer lost()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(offPatience, lost) })()
	done := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() { o.tell(done) })
	defer telling.Wait()
	defer close(done)
	if !o.off(ctx, patience) {
		return ctx.Err()
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-o.fire:
			if !o.show(ctx, patience) {
				return ctx.Err()
			}
		}
	}
	if o.Switch == nil {
		return ctx.Err()
	}
	select {
	case <-o.fire: // of the last who was let in
		if !o.show(ctx, patience) {
			return ctx.Err()
		}
	default:
	}
	o.off(ctx, patience)
	return ctx.Err()
}

// show shows once. It gives false only when the output could not be switched
// off again before there was no more time for it.
func (o *Output) show(ctx, patience context.Context) bool {
	if p, ok := o.Message.(Player); ok {
		o.play(ctx, p)
		return true
	}
	if o.Message != nil {
		if err := caught(o.Message.Send); !errors.Is(err, ErrLeftOut) {
			o.report(err)
		}
		return true
	}
	if o.Switch == nil {
		return true
	}
	off, err := o.swing(ctx, patience)
	if !off {
		return false
	}
	o.report(err)
	o.rest(ctx)
	return true
}

// swing goes through the rhythm once, to its end also when ctx ends. It tells
// whether the output is off, and what failed on the way.
func (o *Output) swing(ctx, patience context.Context) (off bool, failed error) {
	// The limit counts from before the line can be on, the pulse from when it
	// surely is: a line that is slow to obey gets its pulse and no more.
	limit := time.NewTimer(MaxPulse)
	defer limit.Stop()
	rhythm := o.Address.Rhythm()
	for i, step := range rhythm {
		if i%2 == 1 {
			pause(step, nil)
			if step >= Rest {
				limit.Reset(MaxPulse)
			}
			continue
		}
		err := o.set(true)
		spent := false
		if err == nil {
			spent = pause(min(step, MaxPulse), limit.C)
		}
		if !o.off(ctx, patience) {
			return false, err
		}
		short := i+1 < len(rhythm) && rhythm[i+1] < Rest
		if err != nil || spent && short {
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
		go func() { ended <- caught(func() error { return p.Play(playing) }) }()
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

// rest lets the contacts part before the next showing. At the stop only those
// who wait are a reason to.
func (o *Output) rest(ctx context.Context) {
	timer := time.NewTimer(Rest)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		if len(o.fire) > 0 {
			<-timer.C
		}
	}
}

// pause waits for d, and less when sooner comes. It tells whether that came.
func pause(d time.Duration, sooner <-chan time.Time) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-sooner:
		return true
	}
}

// set switches.
func (o *Output) set(on bool) error { return caught(func() error { return o.Switch.Set(on) }) }

// off switches off and does not give up while the process lives. Once it is told
// to stop it does when patience has ended, and when it has tried for a while
// itself. It tells whether it is off.
func (o *Output) off(ctx, patience context.Context) bool {
	if o.Switch == nil {
		return true
	}
	failed := false
	for tries := 1; ; tries++ {
		err := o.set(false)
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
		if ctx.Err() != nil && patience.Err() != nil && tries >= offTries {
			return false
		}
		retry := time.NewTimer(offRetry)
		<-retry.C
	}
}
