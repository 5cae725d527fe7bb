package scanner_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/scanner"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
)

// provenAfter is how many different tickets must have proved a layout.
const provenAfter = 3

// typed presents keys as a reader that types does: first by the configured layout, then by others. A reading is LAYOUT=TEXT, with "+caps" behind
// the layout for exchanged capitals.
func (g *gate) typed(tb testing.TB, code string, readings ...string) admission.CheckIn {
	tb.Helper()
	f := reader.Frame{Code: []byte(code), At: g.clock.Now().SinceBoot, Layout: "us"}
	for _, r := range readings {
		name, text, _ := strings.Cut(r, "=")
		name, caps := strings.CutSuffix(name, "+caps")
		f.Readings = append(f.Readings, reader.Reading{Layout: name, CapsLock: caps, Code: []byte(text)})
	}
	before := len(g.rows(tb))
	g.Frame(tb.Context(), f)
	synctest.Wait()
	rows := g.rows(tb)
	if len(rows) != before+1 {
		tb.Fatalf("%d rows were added", len(rows)-before)
	}
	return rows[len(rows)-1]
}

func TestACodeTypedInAnotherLayoutIsReadByTheOneThatProvesItself(t *testing.T) {
	for _, c := range []struct {
		name      string
		code      string
		readings  []string
		verdict   admission.Verdict
		reason    admission.Reason
		condition string // what stands afterwards, "" for nothing
		digest    string // of the code that was taken
	}{
		{
			name: "the reader types as the lane says", code: "good:1", readings: []string{"de=gööd:1", "fr=good:&"},
			verdict: admission.Admit, reason: admission.ReasonAdmitted, digest: "good:1",
		},
		{
			name: "the reader is set to French", code: "good.!", readings: []string{"de=good.!", "fr=good:1"},
			verdict: admission.Admit, reason: admission.ReasonAdmitted, digest: "good:1",
			condition: "The reader is set to FR, the lane says US: write layout=fr into the reader's address, or set the reader to US",
		},
		{
			name: "what looks forged by one layout is good by another", code: "bad:1", readings: []string{"de=good:1"},
			verdict: admission.Admit, reason: admission.ReasonAdmitted, digest: "good:1",
			condition: "The reader is set to DE, the lane says US: write layout=de into the reader's address, or set the reader to US",
		},
		{
			name: "caps lock exchanges the letters", code: "GOOD:1", readings: []string{"us+caps=good:1"},
			verdict: admission.Admit, reason: admission.ReasonAdmitted, digest: "good:1",
			condition: "It exchanges capitals and small letters: switch off its caps lock setting",
		},
		{
			name: "a bare code proves no layout", code: "torn", readings: []string{"de=bare:1"},
			verdict: admission.Refuse, reason: admission.ReasonUnreadable, digest: "torn",
		},
		{
			name: "nothing proves itself", code: "bad:1", readings: []string{"de=bad:2", "fr=bare:1"},
			verdict: admission.Refuse, reason: admission.ReasonForged, digest: "bad:1",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t)
				got := g.typed(t, c.code, c.readings...)
				if got.Verdict != c.verdict || got.Reason != c.reason {
					t.Errorf("got %s %s, want %s %s", got.Verdict, got.Reason, c.verdict, c.reason)
				}
				if got.Digest != admission.Digest([]byte(c.digest)) {
					t.Errorf("another code than %q was taken", c.digest)
				}
				detail, stands := g.conditions.detail(scanner.ConditionLayout, "north")
				if stands != (c.condition != "") || detail != c.condition {
					t.Errorf("condition %q, stands: %v, want %q", detail, stands, c.condition)
				}
			})
		})
	}
}

func TestALearnedLayoutReadsTheCodesThatProveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		if c := g.typed(t, "bqre:9", "fr=bare:9"); c.Verdict == admission.Admit {
			t.Error("a bare code was read by a layout that nothing had proved")
		}
		// One ticket is not enough, however often it is shown: whoever holds it may have printed it so.
		for range provenAfter {
			g.typed(t, "good.!", "fr=good:1")
			time.Sleep(10 * time.Second) // past the hold-off
		}
		if c := g.typed(t, "bqre:2", "fr=bare:2"); c.Verdict == admission.Admit {
			t.Error("a bare code was read by a layout that one ticket had proved")
		}
		for _, id := range []string{"6", "7"} {
			g.typed(t, "good.'"+id, "fr=good:"+id)
		}
		if c := g.typed(t, "bqre:3", "de=bqre:3", "fr=bare:3"); c.Verdict != admission.Admit || c.Ticket.ID != "3" {
			t.Errorf("%s %s, ticket %q", c.Verdict, c.Reason, c.Ticket.ID)
		}
		// Somebody sets the reader right: the first code that proves it ends the learned layout.
		g.typed(t, "good:4", "fr=good.'")
		if g.conditions.has(scanner.ConditionLayout, "north") {
			t.Error("the condition still stands")
		}
		if c := g.typed(t, "bare:5", "fr=bqre:5"); c.Verdict != admission.Admit || c.Ticket.ID != "5" {
			t.Errorf("%s %s, ticket %q", c.Verdict, c.Reason, c.Ticket.ID)
		}
	})
}

func TestOneTicketTypedInTwoLayoutsIsOneTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		if c := g.typed(t, "good.!", "fr=good:1"); c.Verdict != admission.Admit {
			t.Fatal(c.Reason)
		}
		if c := g.typed(t, "good:1", "fr=good.'"); c.Reason != admission.ReasonAlreadyRedeemed {
			t.Errorf("let in twice: %s %s", c.Verdict, c.Reason)
		}
	})
}
