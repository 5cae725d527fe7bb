package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatescand/configs"
	"gatescand/device/signal/gpio"
	"gatescand/device/signal/passage"
	"gatescand/scanner/admission"
	"gatescand/store"
)

const (
	// waitingPassings is how many outcomes wait for the disk. More than pass a lane in an hour.
	waitingPassings = 1024
	// unticketedStands is how long it is shown that somebody went through who was not let in.
	unticketedStands = 2 * time.Minute
	// passingsPatience is how long the last outcomes have to reach the disk at the end.
	passingsPatience = 2 * time.Second
)

// contact joins the contact of a lane's gate with the journal: what became of an
// admission is written behind it.
type contact struct {
	*passage.Contact

	s      *station
	lane   string
	strays seldom // movements of people who were not let in
}

// newContact makes the contact that a lane's configuration names, nil for none.
func (s *station) newContact(c configs.Lane) (*contact, error) {
	if c.Passage == "" {
		return nil, nil //nolint:nilnil // most gates have none
	}
	a, err := passage.ParseAddress(c.Passage)
	if err != nil {
		return nil, err
	}
	out := &contact{s: s, lane: c.Name}
	open := func() (passage.Input, error) {
		if err := s.guard.allow(c.Name, false, a.Wire); err != nil {
			return nil, err
		}
		in, err := s.d.openInput(a)
		if err != nil {
			return nil, err
		}
		s.d.health.Clear("passage_failed", c.Name)
		return in, nil
	}
	out.Contact = passage.NewContact(a.Rules, open, s.d.sinceBoot, out.told)
	return out, nil
}

// openInput takes the line of a contact.
func (d *daemon) openInput(a passage.Address) (passage.Input, error) {
	if d.contacts != nil {
		return d.contacts(a)
	}
	return gpio.OpenInput(devices, a.Wire, a.Debounce)
}

// Run watches the contact, and says on the page why it cannot.
func (c *contact) Run(ctx context.Context) error {
	err := c.Contact.Run(ctx)
	if ctx.Err() == nil && err != nil {
		c.s.d.health.Raise("passage_failed", c.lane, err.Error())
	}
	return err
}

// authorised is told of every check-in of the lane.
func (c *contact) authorised(in admission.CheckIn) {
	if c == nil || !in.Recorded || !in.Passes() {
		return
	}
	if !c.Authorise(in.Seq) {
		c.told(passage.Unknown, in.Seq, c.s.d.sinceBoot())
	}
}

// told hears what the contact says. It never waits for the disk.
func (c *contact) told(o passage.Outcome, seq int64, at time.Duration) {
	c.s.d.metrics.Passage(c.lane, string(o))
	if o == passage.Unauthorised {
		c.unticketed()
		return
	}
	stamp := c.s.d.clock.Now()
	stamp.Wall, stamp.SinceBoot = stamp.Wall.Add(at-stamp.SinceBoot), at
	select {
	case c.s.passings <- admission.Passing{Seq: seq, State: passingOf(o), At: stamp}:
	default:
		c.s.d.log.Error("what became of an admission is lost, the disk is behind", slog.Any("lane", c.lane), slog.Any("seq", seq))
	}
}

func passingOf(o passage.Outcome) admission.PassingState {
	switch o {
	case passage.Passed:
		return admission.PassingDone
	case passage.NotPassed:
		return admission.PassingMissed
	case passage.Unknown, passage.Unauthorised:
	}
	return admission.PassingUnknown
}

// unticketed shows for a while that somebody went through who was not let in. An
// arm that swings freely moves many times a minute: the log has one line for all
// of them together.
func (c *contact) unticketed() {
	d := c.s.d
	d.health.Raise("passage_unticketed", c.lane, "Last at "+d.clock.Now().Wall.In(c.s.cfg.Station.Location).Format(time.TimeOnly))
	c.logStrays(c.strays.another(unticketedStands))
	c.s.calm.after(c.lane, unticketedStands, func() {
		d.health.Clear("passage_unticketed", c.lane)
		c.logStrays(c.strays.rest())
	})
}

func (c *contact) logStrays(times int) {
	if times > 0 {
		c.s.d.log.Warn("somebody went through without having been let in", slog.Any("lane", c.lane), slog.Any("times", times))
	}
}

// keepPassings writes what became of admissions until ctx ends, and then what is
// left, within a moment. A disk that fails is tried again: the lanes hold
// meanwhile, so that little more comes.
func (s *station) keepPassings(ctx context.Context) error {
	rest, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	for {
		select {
		case p := <-s.passings:
			if !s.keepPassing(ctx, p) {
				s.lastPassings(rest, p)
				return nil
			}
		case <-ctx.Done():
			s.lastPassings(rest)
			return nil
		}
	}
}

// lastPassings writes what is left.
func (s *station) lastPassings(ctx context.Context, left ...admission.Passing) {
	ctx, stop := context.WithTimeout(ctx, passingsPatience)
	defer stop()
	for _, p := range left {
		s.keepPassing(ctx, p)
	}
	for {
		select {
		case p := <-s.passings:
			s.keepPassing(ctx, p)
		default:
			return
		}
	}
}

// keepPassing tells whether it is done with p; it is not when ctx has ended
// before p was written.
func (s *station) keepPassing(ctx context.Context, p admission.Passing) bool {
	const pause = 2 * time.Second
	for {
		err := s.d.store.RecordPassing(ctx, p)
		switch {
		case err == nil, errors.Is(err, store.ErrNotFound): // pruned meanwhile
			return true
		case ctx.Err() != nil:
			return false
		}
		s.d.log.Warn("what became of an admission could not be written", slog.Any("seq", p.Seq), slog.Any("error", err))
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}
