//go:build crash

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"gatescand/device/admin"
)

// live is one life of the daemon, from its start to its violent end. What it
// left is judged while the next life has begun.
func (h *crashHouse) live(n int, life crashLife) {
	h.t.Helper()
	life.network.apply(h.fake)
	h.crowd.sold(life.sell)
	h.crowd.allow(crashFresh)

	before := h.ledger.admitted()
	p := h.start()
	dead, died := context.WithCancel(context.WithoutCancel(h.t.Context()))
	defer died()
	struck := make(chan struct{})
	var feeding sync.WaitGroup
	if life.mode == crashStarting {
		for _, l := range h.lanes {
			show := h.crowd.own()
			feeding.Go(func() { l.shout(dead, show) })
		}
	} else {
		h.await("the lanes to be up", time.Minute, crashLanesUp)
		admitted := func() {}
		if life.mode == crashSignalled {
			var seen atomic.Int64
			admitted = func() {
				if seen.Add(1) == int64(life.admits) {
					h.strike(p)
					close(struck)
				}
			}
		}
		for _, l := range h.lanes {
			feeding.Go(func() { l.feed(dead, h.crowd.next, admitted) })
		}
		if life.mode == crashSweeping {
			if err := h.client.call(h.t.Context(), "POST", "/api/v1/accounts/lespass/sweep", struct{}{}, nil); err != nil {
				h.t.Error(err)
			}
		}
	}
	until := time.NewTimer(life.after)
	defer until.Stop()
	select {
	case <-until.C:
	case <-struck:
	}
	select {
	case <-struck:
	default:
		h.strike(p)
	}
	err := p.kill()
	died()
	feeding.Wait()
	h.revive()
	h.judging.Wait()
	if err != nil {
		h.t.Fatalf("kill %d (%s): %v", n+1, life.mode, err)
	}
	h.kills[life.mode]++
	h.acks[life.mode] += h.ledger.admitted() - before
	if err := crashCopy(h.data, h.aside); err != nil {
		h.t.Fatal(err)
	}
	seen, fault := h.ledger.snapshot()
	h.judging.Go(func() {
		if err := h.judgeFiles(h.aside, h.look, seen, fault, n%20 == 0); err != nil {
			h.wrong(fmt.Errorf("end %d (%s, network %s):\n%w", n+1, life.mode, life.network, err))
		}
	})
}

// judgeFiles judges a database nobody writes: the chain by the program itself,
// the rows by the ledger, and, where asked for, the file by SQLite.
func (h *crashHouse) judgeFiles(data, config string, seen map[string]crashEntry, fault string, deep bool) error {
	var errs []error
	if fault != "" {
		errs = append(errs, errors.New(fault))
	}
	_, err := h.command(config, "journal", "verify")
	errs = append(errs, err, h.judge.judge(h.t.Context(), data, seen))
	if deep {
		errs = append(errs, crashIntegrity(h.t.Context(), filepath.Join(data, databaseName)))
	}
	return errors.Join(errs...)
}

// crashIntegrity lets SQLite look through the whole file.
func crashIntegrity(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("integrity_check: %s", verdict)
	}
	return nil
}

// settle gives the station a last life with a good network, in which everybody
// whose answer a kill swallowed asks once more, and everything is delivered.
// Then it stops the station properly and compares both sides.
func (h *crashHouse) settle() {
	h.t.Helper()
	h.judging.Wait()
	networkGood.apply(h.fake)
	p := h.start()
	h.await("the lanes to be up", time.Minute, crashLanesUp)
	h.await("the list to be complete once more", time.Minute, func(s admin.Status) bool {
		return len(s.Accounts) == 1 && s.Accounts[0].State == "ok" && s.Accounts[0].Tickets == len(h.fake.Tickets(h.crowd.event))
	})
	seen, _ := h.ledger.snapshot()
	for id, e := range seen {
		if e.answered() {
			continue
		}
		if _, err := h.lanes[0].present(h.t.Context(), crashShow{id, h.crowd.codeOf(id)}, func() {}); err != nil {
			h.t.Fatal(err)
		}
	}
	if _, err := h.command(h.config, "outbox", "retry"); err != nil {
		h.t.Error(err)
	}
	h.await("everything to be delivered", 3*time.Minute, func(s admin.Status) bool { return s.Outbox.Pending == 0 })
	if err := p.stop(); err != nil {
		h.t.Errorf("the station did not stop well: %v", err)
	}
	seen, fault := h.ledger.snapshot()
	if err := h.judgeFiles(h.data, h.config, seen, fault, true); err != nil {
		h.t.Error(err)
	}
	h.compare()
}
