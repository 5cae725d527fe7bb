package scanner

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatescand/scanner/admission"
	"gatescand/scanner/reader"
)

// present takes one frame the whole way: hold-off, recognise, verify, ask,
// decide and record, signal, tell. It sets res as soon as the decision stands,
// whatever becomes of the rest.
func (l *Lane) present(ctx context.Context, r request, at admission.Stamp, res *Result) {
	if l.repeat(r, at, res) {
		return
	}
	p := l.presentation(r, at)
	if r.manual != nil && p.Scan.Direction == admission.Check {
		res.undecided = ErrChecks
		return
	}
	if r.explain {
		l.askPlatforms(ctx, &p, AskAlways, 0)
		if l.lists(ctx, &p) == silent {
			l.askPlatforms(ctx, &p, AskUnlisted, l.since(at))
		}
		*res = l.explain(ctx, p, at)
		return
	}
	noise := isNoise(&p)
	if noise && l.storm.drowns(at.SinceBoot) {
		*res = l.drowned(p, at)
		return
	}

	asking := l.deps.Clock.Now()
	l.askPlatforms(ctx, &p, AskAlways, 0)
	p.AskFirst = len(l.questions(&p, AskUnlisted, l.since(asking))) > 0
	before := l.deps.Clock.Now()
	c, err := l.deps.Journal.Record(ctx, p)
	if errors.Is(err, admission.ErrAskFirst) {
		// Nothing is written yet: only the silence of the lists would decide.
		l.askPlatforms(ctx, &p, AskUnlisted, l.since(asking))
		p.AskFirst = false
		before = l.deps.Clock.Now()
		c, err = l.deps.Journal.Record(ctx, p)
	}
	commit := l.since(before)
	if err != nil {
		c = l.unrecorded(p, err)
	} else {
		l.deps.Conditions.Clear(ConditionJournal, "")
	}
	if c.Recorded && remembered(r) {
		l.holdOff.answered(r.frame.Code, l.deps.Clock.Now().SinceBoot, c)
	}
	res.CheckIn = c
	// Nothing moves before this line.
	l.deps.Signals.Show(c.Verdict, opensNothing(c))
	res.Took = l.since(at)
	l.tell(c, res.Took)
	l.deps.Observer.Scanned(c, res.Took, commit)
	if !noise {
		l.calm()
	}
	if c.Recorded {
		l.fault.well(l.deps.Clock.Now().SinceBoot, l.deps.Conditions, l.cfg.Name)
	}
}

// opensNothing tells that a check-in lets nobody through, whatever it shows: the
// ticket is good, and was only checked.
func opensNothing(c admission.CheckIn) bool {
	return c.Verdict == admission.Admit && c.Direction == admission.Check
}

// repeat gives a code that is still held before the reader its earlier answer.
// What was refused because the lane was closed is looked at anew once it is
// open, and what was only checked once the lane uses tickets again, or the other
// way round.
func (l *Lane) repeat(r request, at admission.Stamp, res *Result) bool {
	if r.explain || !remembered(r) {
		return false
	}
	came := r.frame.At
	if came == 0 {
		came = at.SinceBoot
	}
	last, held := l.holdOff.again(r.frame.Code, came)
	if !held || (last.Reason == admission.ReasonClosed && l.IsOpen()) || last.Direction != l.means() {
		return false
	}
	*res = Result{CheckIn: last, Again: true}
	l.deps.Signals.Show(last.Verdict, true)
	res.Took = l.since(at)
	l.deps.Observer.Repeated(last)
	return true
}

// remembered tells whether a request is one the hold-off is for: a whole code.
// An overlong frame is only the beginning of one, and another code may begin
// alike.
func remembered(r request) bool { return r.manual == nil && readable(r.frame) }

func (l *Lane) since(from admission.Stamp) time.Duration {
	return l.deps.Clock.Now().SinceBoot - from.SinceBoot
}

// presentation recognises and verifies: what can be known of the code without
// the store and without the network.
func (l *Lane) presentation(r request, at admission.Stamp) admission.Presentation {
	p := admission.Presentation{
		ID: l.deps.NewID(),
		Scan: admission.Scan{
			Station: l.cfg.Station, Lane: l.cfg.Name, Direction: l.means(), At: at,
			Products: l.cfg.Products, Reentry: l.cfg.Reentry,
		},
		Closed: !l.IsOpen(),
		House:  admission.House{Capacity: l.cfg.Capacity},
	}
	if m := r.manual; m != nil {
		o := m.override
		p.Scan.Override = &o
		p.Claims = l.byHand(m)
		return p
	}
	p.Code = r.frame.Code
	if readable(r.frame) {
		p.Code, p.Claims = l.read(r.frame)
	}
	p.Digest = admission.Digest(p.Code)
	return p
}

// readable tells whether a frame is worth recognising: whole and not empty.
func readable(f reader.Frame) bool {
	return !f.Overlong && len(f.Code) > 0
}

func (l *Lane) claims(code []byte) []admission.Claim {
	var claims []admission.Claim
	for _, a := range l.deps.Accounts() {
		var cred admission.Credential
		switch a.Recognise(code) {
		case admission.NotMine:
			continue
		case admission.Malformed:
			cred.Proof = admission.ProofBad
		case admission.Mine:
			cred = a.Verify(code)
		}
		cred.Account, cred.Platform = a.Name(), a.Platform()
		claims = append(claims, admission.Claim{Credential: cred, Policy: a.Policy()})
	}
	return claims
}

func (l *Lane) byHand(m *manual) []admission.Claim {
	for _, a := range l.deps.Accounts() {
		if a.Name() == m.key.Account {
			cred := admission.Credential{TicketKey: m.key, Platform: m.platform}
			return []admission.Claim{{Credential: cred, Policy: a.Policy()}}
		}
	}
	return nil
}

func (l *Lane) explain(ctx context.Context, p admission.Presentation, at admission.Stamp) Result {
	facts, err := l.deps.Journal.Facts(ctx, p)
	if err != nil {
		facts = admission.Facts{JournalDown: true}
	}
	facts.Closed = p.Closed
	d, steps := admission.Explain(facts, p.Scan)
	return Result{CheckIn: l.checkIn(p, d), Steps: steps, Took: l.since(at)}
}

// unrecorded is the answer when the journal cannot be written: a hold, said
// aloud, and nothing moves.
func (l *Lane) unrecorded(p admission.Presentation, err error) admission.CheckIn {
	l.deps.Conditions.Raise(ConditionJournal, "", err.Error())
	l.deps.Log.Error("the journal cannot be written, the lane holds",
		slog.Any("lane", l.cfg.Name), slog.Any("error", err))
	return l.checkIn(p, admission.Decide(admission.Facts{JournalDown: true}, p.Scan))
}

func (l *Lane) checkIn(p admission.Presentation, d admission.Decision) admission.CheckIn {
	return admission.CheckIn{
		Decision: d, ID: p.ID, Station: p.Scan.Station, Lane: p.Scan.Lane, Direction: p.Scan.Direction,
		At: p.Scan.At, Digest: p.Digest, Delivery: admission.DeliveryNone,
	}
}

// tell writes the one log line of a scan. It names the ticket by the digest of
// its code and nothing else.
func (l *Lane) tell(c admission.CheckIn, took time.Duration) {
	l.deps.Log.Info("scan",
		slog.Any("lane", c.Lane), slog.Any("seq", c.Seq), slog.Any("verdict", string(c.Verdict)), slog.Any("reason", string(c.Reason)),
		slog.Any("grounds", string(c.Grounds)), slog.Any("account", c.Ticket.Account), slog.Any("code", c.Digest), slog.Any("took_us", took.Microseconds()))
}
