package scanner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
)

func TestNothingIsSignalledBeforeTheJournalHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		disk := make(chan struct{})
		g.journal.on(func() error { <-disk; return nil })
		g.frame(t, "good:1")
		time.Sleep(time.Minute)
		wantDiary(t, g.diary)
		close(disk)
		synctest.Wait()
		wantDiary(t, g.diary, "recorded admit admitted", "show admit", "scanned admit admitted")
	})
}

func TestFramesAreAnsweredInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		disk := make(chan struct{})
		g.journal.on(func() error { <-disk; return nil })
		// More than the queue holds: the reader has to wait, and the API with it.
		const frames = 100
		read := make(chan struct{})
		go func() {
			for n := range frames {
				g.frame(t, fmt.Sprintf("bad:%d", n))
				if n == frames/2 {
					close(read)
				}
			}
		}()
		synctest.Wait()
		select {
		case <-read:
			t.Error("a lane that stands still swallowed more than its queue holds")
		default:
		}
		// Slowly, so that it is no flood.
		for range frames {
			disk <- struct{}{}
			time.Sleep(time.Second)
		}
		rows := g.rows(t)
		if len(rows) != frames {
			t.Fatalf("%d rows for %d frames", len(rows), frames)
		}
		for n, row := range rows {
			if want := admission.Digest(fmt.Appendf(nil, "bad:%d", n)); row.Digest != want {
				t.Fatalf("row %d is not frame %d", row.Seq, n)
			}
		}
	})
}

func TestAScanOfTheAPITakesItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		disk := make(chan struct{})
		g.journal.on(func() error { <-disk; return nil })
		g.frame(t, "good:1")
		synctest.Wait()
		g.frame(t, "good:2")
		answered := make(chan scanner.Result, 1)
		go func() { answered <- g.scan(t, "good:2") }()
		synctest.Wait()
		close(disk)
		r := <-answered
		if want(t, r, admission.Admit, admission.ReasonAdmitted); !r.Again {
			t.Error("the scan of the API came before the frame that was there first")
		}
	})
}

func TestAScanWhoseCallerHasLeftIsNotDecided(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		disk := make(chan struct{})
		g.journal.on(func() error { <-disk; return nil })
		g.frame(t, "good:1")
		synctest.Wait()
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		code := []byte("good:2")
		_, err := g.Scan(ctx, code, false)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		code[5] = '3' // it is the caller's again
		_, err = g.AdmitByHand(ctx, admission.TicketKey{Account: "lespass", ID: "4"}, admission.TiBillet, admission.Override{By: "staff"})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		close(disk)
		synctest.Wait()
		if rows := g.rows(t); len(rows) != 1 {
			t.Errorf("%d rows, want the frame's alone", len(rows))
		}
	})
}

func TestACallerMayReuseItsCodeOnceItHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		began, disk := make(chan struct{}), make(chan struct{})
		g.journal.on(func() error { close(began); <-disk; return nil })
		ctx, leave := context.WithCancel(t.Context())
		code := []byte("good:2")
		go func() { <-began; leave() }()
		if _, err := g.Scan(ctx, code, false); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		copy(code, "good:3")
		close(disk)
		synctest.Wait()
		g.journal.on(nil)
		if r := g.scan(t, "good:2"); !r.Again {
			t.Error("the code in hand changed under the lane")
		}
	})
}

func TestStoppingAnswersWhatIsInTheQueueAndTakesNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		disk := make(chan struct{})
		g.journal.on(func() error { <-disk; return nil })
		g.frame(t, "good:1")
		synctest.Wait()
		for n := 2; n <= 9; n++ {
			g.frame(t, fmt.Sprintf("good:%d", n))
		}
		asked := make(chan scanner.Result, 1)
		go func() { asked <- g.scan(t, "good:9") }()
		synctest.Wait()
		g.end()
		close(disk)
		g.stop()
		if r := <-asked; !r.Again || r.CheckIn.Verdict != admission.Admit {
			t.Errorf("the scan that waited got %+v", r.CheckIn.Decision)
		}
		if rows := g.rows(t); len(rows) != 9 {
			t.Errorf("%d rows, want 9", len(rows))
		}
		for range 100 { // the queue is empty again: it must not take what nobody will answer
			if _, err := g.Scan(t.Context(), []byte("good:1"), false); !errors.Is(err, scanner.ErrStopped) {
				t.Fatalf("after the stop: %v", err)
			}
			g.frame(t, "good:1")
		}
		if n := strings.Count(g.log.String(), "a code came too late"); n != 100 {
			t.Errorf("the log tells of %d of 100 codes that came too late", n)
		}
	})
}

// Everything that a lane has taken is answered, however the stop falls between
// those who hand in; and callers that never cease cannot keep it from stopping.
func TestStoppingEndsUnderLoad(t *testing.T) {
	for round := range 10 {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(t)
			callers := make(chan int, 4)
			for c := range cap(callers) {
				go func() {
					answered, refused := 0, 0
					for n := 0; refused < 50; n++ {
						_, err := g.Scan(t.Context(), fmt.Appendf(nil, "noise %d %d", c, n), false)
						switch {
						case err == nil && refused == 0:
							answered++
						case errors.Is(err, scanner.ErrStopped):
							refused++
						default:
							t.Errorf("got %v", err)
							refused++
						}
						if n > 100_000 {
							t.Error("the lane goes on for ever")
							break
						}
					}
					callers <- answered
				}()
			}
			const mine = 10
			for n := range mine * round {
				g.scan(t, fmt.Sprintf("noise of mine %d", n))
			}
			g.stop()
			answered := mine * round
			for range cap(callers) {
				answered += <-callers
			}
			if shown := g.diary.count("show", "again"); answered != shown {
				t.Errorf("%d answered, %d shown", answered, shown)
			}
		})
	}
}

func TestEmptyAndOverlongFramesAreRefusedAndJournaled(t *testing.T) {
	for _, c := range []struct {
		name  string
		frame reader.Frame
	}{
		{"an empty code", reader.Frame{}},
		{"a code that never ended, though it begins like a ticket", reader.Frame{Code: []byte("good:1"), Overlong: true}},
		{"binary noise", reader.Frame{Code: []byte{0, 0xff, 0x1b, '[', '2', 'J'}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t)
				g.Frame(t.Context(), c.frame)
				synctest.Wait()
				wantDiary(t, g.diary, "recorded refuse unreadable", "show refuse", "scanned refuse unreadable")
				if rows := g.rows(t); len(rows) != 1 || rows[0].Digest != admission.Digest(c.frame.Code) {
					t.Errorf("rows %+v", rows)
				}
			})
		})
	}
}

func TestATooLongCodeOfTheAPIIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		long := "good:" + string(slices.Repeat([]byte("1"), reader.MaxCode))
		want(t, g.scan(t, long), admission.Refuse, admission.ReasonUnreadable)
		// A whole code is not answered by what was said to one that begins alike.
		r := g.scan(t, long[:reader.MaxCode])
		want(t, r, admission.Hold, admission.ReasonUnlisted)
		r = g.scan(t, long)
		if want(t, r, admission.Refuse, admission.ReasonUnreadable); r.Again {
			t.Error("an overlong code got the answer of a code that begins alike")
		}
	})
}

func TestRepliesOfTheDeviceAreNoCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		for _, aim := range []string{"]X0", "]Z6"} {
			g.Frame(t.Context(), reader.Frame{Code: []byte("good:1"), AIM: aim})
		}
		synctest.Wait()
		wantDiary(t, g.diary)
		g.Frame(t.Context(), reader.Frame{Code: []byte("good:1"), AIM: "]Q1"})
		synctest.Wait()
		wantDiary(t, g.diary, "recorded admit admitted", "show admit", "scanned admit admitted")
	})
}
