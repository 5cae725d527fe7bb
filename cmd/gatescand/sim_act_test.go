package main

import (
	"errors"
	"testing/synctest"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/store"
)

// act does one thing, chosen by the seed.
func (w *simWorld) act() {
	deeds := []struct {
		weight int
		do     func()
	}{
		{40, w.visit},
		{8, w.linger},
		{6, w.twoLanes},
		{5, w.forge},
		{5, w.byHand},
		{6, w.sellSomewhere},
		{22, w.staff},
		{6, w.network},
		{5, w.weather},
		{3, w.kill},
		{2, w.killInHand},
		{2, w.restart},
		{2, w.reload},
		{3, w.closeLane},
		{3, w.retry},
		{2, w.lock},
		{2, w.setClock},
	}
	sum := 0
	for _, d := range deeds {
		sum += d.weight
	}
	n := w.rng.IntN(sum)
	for _, d := range deeds {
		if n -= d.weight; n < 0 {
			d.do()
			return
		}
	}
}

func (w *simWorld) someTicket() *simTicket { return simPick(w.rng, w.tickets...) }

func (w *simWorld) someLane() configs.Lane { return simPick(w.rng, w.config().Lanes...) }

func (w *simWorld) someCode(t *simTicket) []byte { return simPick(w.rng, t.site.codes(t)...) }

// visit is somebody with a ticket.
func (w *simWorld) visit() {
	t := w.someTicket()
	w.present(w.someLane(), w.someCode(t), t)
}

// linger is somebody who holds the ticket a second too long.
func (w *simWorld) linger() {
	t, lane := w.someTicket(), w.someLane()
	code := w.someCode(t)
	for range 2 + w.rng.IntN(3) {
		w.present(lane, code, t)
		w.pass(time.Duration(w.rng.Int64N(int64(4 * time.Second))))
	}
}

// twoLanes is one ticket at two lanes at nearly the same moment.
func (w *simWorld) twoLanes() {
	t := w.someTicket()
	for _, lane := range w.config().Lanes {
		w.present(lane, w.someCode(t), t)
		w.pass(time.Duration(1 + w.rng.IntN(1000)))
	}
}

// forge is somebody with a code that is not genuine.
func (w *simWorld) forge() {
	t := w.someTicket()
	forged := t.site.forgeries(t)
	if len(forged) == 0 {
		return
	}
	w.present(w.someLane(), simPick(w.rng, forged...), nil)
}

// sell sells a ticket of an account.
func (w *simWorld) sell(i int) {
	how := simSale{}
	switch w.rng.IntN(14) {
	case 0, 1:
		how.unpaid = true
	case 2:
		how.canceled = true
	case 3:
		how.used = true
	case 4:
		how.otherEvent = true
	case 5:
		how.forged = true
	}
	t, ok := w.sites[i].sell(how)
	if !ok {
		return
	}
	w.twin(t, how)
	w.tickets = append(w.tickets, t)
	w.say("sold %s %+v", t.label, how)
}

// twin lets BitTan sell a code, at times, that Stebby has sold: nobody keeps two
// platforms from it.
func (w *simWorld) twin(t *simTicket, how simSale) {
	if t.site.platform() != admission.Stebby || w.rng.IntN(3) > 0 {
		return
	}
	for _, s := range w.sites {
		if b, ok := s.(*simBittan); ok {
			b.sold++
			if other, ok := b.sellCode(simSale{forged: how.forged}, t.key.ID); ok {
				w.tickets = append(w.tickets, other)
				w.say("sold %s with the code of %s", other.label, t.label)
			}
		}
	}
}

func (w *simWorld) sellSomewhere() {
	before := len(w.tickets)
	w.sell(w.rng.IntN(len(w.sites)))
	if len(w.tickets) == before {
		return
	}
	if w.rng.IntN(2) == 0 { // straight to the door
		t := w.tickets[before]
		w.present(w.someLane(), w.someCode(t), t)
	}
}

// staff is what people at the box office and at other gates do to a ticket.
func (w *simWorld) staff() {
	t := w.someTicket()
	if w.rng.IntN(3) > 0 { // rather one that is inside
		for range 8 {
			if t.entries > 0 {
				break
			}
			t = w.someTicket()
		}
	}
	if len(w.crowd) > 0 && w.rng.IntN(2) == 0 {
		t = simPick(w.rng, w.crowd...)
	}
	now := time.Now()
	did := func(what string, ok bool, story *[]time.Time) {
		if ok {
			*story = append(*story, now)
			w.say("%s: %s", t.label, what)
			w.trace.count("staff " + what)
		}
	}
	switch w.rng.IntN(12) {
	case 0, 1, 2:
		did("used elsewhere", t.site.useElsewhere(t), &t.foreign)
	case 3:
		before := len(t.foreign)
		did("used by hand", t.site.useByHand(t), &t.foreign)
		t.office = append(t.office, t.foreign[before:]...)
	case 4, 5, 6, 7:
		did("reset", t.site.reset(t), &t.resets)
	case 8, 9:
		did("canceled", t.site.cancel(t), &t.canceled)
	case 10:
		did("paid", t.site.pay(t), &t.paid)
	case 11:
		did("removed", t.site.remove(t), &t.removed)
	}
	w.pass(0)
}

// network takes the network of one platform or of all away, or gives it back.
func (w *simWorld) network() {
	dark := w.rng.IntN(3) == 0
	if w.rng.IntN(2) == 0 {
		w.heal()
		return
	}
	one := w.rng.IntN(len(w.sites) + 1)
	w.trace.count("outage")
	for i := range w.sites {
		if one < len(w.sites) && i != one {
			continue
		}
		w.say("%s cannot be reached (dark: %t)", w.names[i], dark)
		w.quiet[i] = time.Time{}
		if dark {
			w.exchange.set(w.names[i], true)
		}
		w.sites[i].front().CutNetwork()
	}
}

func (w *simWorld) heal() {
	for i := range w.sites {
		w.exchange.set(w.names[i], false)
		w.sites[i].front().RestoreNetwork()
		w.settleWeather(i)
	}
	w.say("the network is whole")
}

func (e *simExchange) set(account string, dark bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dark[account] = dark
}

// settleWeather notes since when an account has nothing to fear.
func (w *simWorld) settleWeather(i int) {
	calm := w.oracles[i].rate.Load() == 0 && !w.sites[i].front().NetworkCut() && !w.locked[i]
	switch {
	case !calm:
		w.quiet[i] = time.Time{}
	case w.quiet[i].IsZero():
		w.quiet[i] = time.Now()
	}
}

// weather makes a server better or worse.
func (w *simWorld) weather() {
	i := w.rng.IntN(len(w.sites))
	rate := simPick(w.rng, 0, 0, w.base, 150, 500, 900)
	skew := simPick(w.rng, 0, 0, time.Second, -40*time.Second, 26*time.Hour)
	w.oracles[i].rate.Store(rate)
	w.oracles[i].skew.Store(int64(skew))
	w.say("%s: faults %d of 1000, its clock is off by %v", w.names[i], rate, skew)
	w.settleWeather(i)
}

// kill pulls the plug at an instant of the daemon's life, and starts it again
// on what was on the disk.
func (w *simWorld) kill() {
	power := w.rng.IntN(3) == 0
	w.say("killed (power cut: %t)", power)
	w.trace.count("kill")
	w.fresh()
	w.verify()
	w.must("kill", w.house.kill())
	w.held = make(map[string][]simHeld)
	if power {
		w.pass(time.Duration(w.rng.Int64N(int64(2 * time.Minute))))
		w.house.box.boot()
	}
	w.must("start after a kill", w.house.start())
}

// killInHand pulls the plug while a scan waits for a platform's answer: nobody
// hears of it.
func (w *simWorld) killInHand() {
	t, lane := w.someTicket(), w.someLane()
	w.sync(t)
	before := w.expect(lane, w.claims(lane, w.someCode(t)), t)
	d, code := w.daemon(), before.code
	var r admin.Scanned
	var err error
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		r, err = d.Scan(w.ctx, lane.Name, code)
	}()
	w.say("%s: %s is held before the reader", lane.Name, t.label)
	w.pass(time.Duration(1 + w.rng.IntN(60_000_000)))
	select {
	case <-heard:
		w.must("scan", err)
		w.answered(lane, before, r, t)
	default:
		w.trace.count("kill in hand")
	}
	w.kill()
	<-heard // whatever the dead process still made of it, nobody hears
}

// restart stops the daemon as systemd does, and starts it again.
func (w *simWorld) restart() {
	w.say("restarted")
	w.trace.count("restart")
	w.must("stop", w.house.end())
	w.held = make(map[string][]simHeld)
	w.must("log", simLog(w.house.life.dir+"/"+databaseName+"-wal"))
	w.must("start", w.house.start())
}

// reload takes a new configuration over: other rules, or the same.
func (w *simWorld) reload() {
	cfg := *w.config()
	cfg.Accounts = append([]configs.Account(nil), cfg.Accounts...)
	i := w.rng.IntN(len(cfg.Accounts))
	c := &cfg.Accounts[i]
	c.Ask = simPick(w.rng, configs.AskNever, configs.AskUnlisted, configs.AskAlways)
	if w.rng.IntN(2) == 0 {
		c.Unlisted = simPick(w.rng, configs.UnlistedHold, configs.UnlistedRefuse, configs.UnlistedAdmit)
	}
	w.say("reloaded: %s ask %s unlisted %s", c.Name, c.Ask, c.Unlisted)
	w.trace.count("reload")
	w.cfg.Store(&cfg)
	before := w.daemon().current.Load()
	w.daemon().renew(true)
	synctest.Wait()
	if w.daemon().current.Load() == before {
		w.fail("a reload has not been taken over at once")
	}
}

// closeLane closes a lane or opens it.
func (w *simWorld) closeLane() {
	lane := w.someLane()
	closed := !w.closed[lane.Name]
	w.closed[lane.Name] = closed
	w.say("lane %s closed: %t", lane.Name, closed)
	w.must("close a lane", w.daemon().SetOpen(w.ctx, lane.Name, !closed))
}

// retry is a person's outbox retry.
func (w *simWorld) retry() {
	n, err := w.daemon().Retry(w.ctx, 0)
	w.must("outbox retry", err)
	w.say("outbox retry")
	for seq, state := range w.settled {
		if state == admission.DeliveryBuried {
			delete(w.settled, seq)
		}
	}
	_ = n
}

// lock has a platform refuse this station's key for a while.
func (w *simWorld) lock() {
	i := w.rng.IntN(len(w.sites))
	if !w.sites[i].lockOut(!w.locked[i]) {
		return
	}
	w.locked[i] = !w.locked[i]
	w.say("%s refuses the key: %t", w.names[i], w.locked[i])
	w.settleWeather(i)
}

// setClock takes the time server away from the box, whose wall clock then strays a
// little, or gives it back. Only a platform's Date vouches for it then. The clock
// strays by no more than a Date may differ: the drawers read the true time here,
// as settingsOf has it, and not the box's.
func (w *simWorld) setClock() {
	synced := w.rng.IntN(2) == 0
	skew := simPick(w.rng, 0, 30*time.Second, -20*time.Second)
	if synced {
		skew = 0
	}
	w.house.box.skew.Store(int64(skew))
	w.house.box.synced.Store(synced)
	w.say("the box's clock is synchronised: %t, off by %v", synced, skew)
}

// byHand is a person who lets somebody in against the rules.
func (w *simWorld) byHand() {
	t, lane := w.someTicket(), w.someLane()
	if t.sale.otherEvent || lane.Direction != configs.Entry {
		return
	}
	w.sync(t)
	_, err := w.daemon().store.Ticket(w.ctx, t.key)
	r, err2 := w.daemon().Admit(w.ctx, lane.Name, t.key, admission.Override{By: "staff", Note: "known"})
	if errors.Is(err, store.ErrNotFound) && errors.Is(err2, admin.ErrNotFound) {
		return // nobody can be let in with a ticket that no list has
	}
	if w.must("admit by hand", err2); err2 != nil {
		return
	}
	c := r.CheckIn
	if c.Verdict != admission.Admit {
		w.fail("%s by hand at %s: %s (%s)", t.label, lane.Name, c.Verdict, c.Reason)
		return
	}
	w.say("%s: %s by hand, seq %d", lane.Name, t.label, c.Seq)
	w.trace.count("by hand")
	w.signalled(c)
	w.enter(t, c, true, false)
}
