package scanner

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"time"

	"gatescand/scanner/admission"
)

// After so many unanswered questions in a row the lane stops asking an account
// for a while: a queue must not wait for a network that is not there.
const (
	unansweredLimit = 3
	askPause        = 30 * time.Second
)

// errNoReply stands for a drawer that went away without a word.
var errNoReply = errors.New("the question was not answered")

// breakers holds, per account, how the last questions went.
type breakers struct {
	byAccount map[string]*breaker
}

type breaker struct {
	unanswered int
	until      time.Duration // since boot; no question before
	// out is a question that was given up and has not come back. There is
	// never a second one beside it: however long a platform's drawer hangs, it
	// costs this lane one goroutine.
	out <-chan reply
}

func newBreakers() *breakers {
	return &breakers{byAccount: make(map[string]*breaker)}
}

func (b *breakers) of(account string) *breaker {
	br, ok := b.byAccount[account]
	if !ok {
		br = &breaker{}
		b.byAccount[account] = br
	}
	return br
}

func (b *breaker) open(now time.Duration) bool { return now < b.until }

func (b *breaker) answered() { *b = breaker{} }

// failed counts an unanswered question. After a pause one question is let
// through, and one more failure is enough to pause again.
func (b *breaker) failed(now time.Duration) {
	b.unanswered++
	if b.unanswered >= unansweredLimit {
		b.until = now + askPause
	}
}

// question is one claim that a platform is asked about.
type question struct {
	account Account
	claim   *admission.Claim
	breaker *breaker
	timeout time.Duration
	reply   <-chan reply
	giveUp  <-chan struct{}
}

// reply is what came back: an answer, an error, or what the drawer threw.
type reply struct {
	answer admission.Answer
	err    error
	thrown any
	stack  []byte
}

// askPlatforms adds the platforms' answers to a presentation: those of the accounts that
// are to be asked always, or those that are to be asked when no list knows the
// ticket. Several platforms are asked at once, and all time limits are counted
// from the first question of the scan, spent ago: so the lane never waits longer
// than the longest of them, whatever the platforms do. An answer that does not
// come leaves the facts as they are.
func (l *Lane) askPlatforms(ctx context.Context, p *admission.Presentation, when Ask, spent time.Duration) {
	questions := l.questions(p, when, spent)
	for i := range questions {
		q := &questions[i]
		timed, cancel := context.WithTimeout(ctx, q.timeout)
		defer cancel()
		q.giveUp, q.reply = timed.Done(), put(timed, q.account, p.Code, q.claim.Credential)
	}
	for i := range questions {
		l.await(&questions[i], p.Code)
	}
}

// questions gives what can be asked of the accounts that are asked then, in the
// time they have left.
func (l *Lane) questions(p *admission.Presentation, then Ask, spent time.Duration) []question {
	if p.Scan.Override != nil || p.Closed || len(p.Claims) == 0 {
		return nil
	}
	accounts := l.deps.Accounts()
	var out []question
	for i := range p.Claims {
		claim := &p.Claims[i]
		a := find(accounts, claim.Credential.Account)
		if a == nil || claim.Credential.ID == "" || claim.Credential.Proof == admission.ProofBad {
			continue
		}
		when, timeout := a.Asking()
		timeout -= spent
		if when != then || timeout <= 0 {
			continue
		}
		br := l.asking.of(a.Name())
		if br.open(l.deps.Clock.Now().SinceBoot) || l.isOut(br) {
			continue
		}
		if then == AskUnlisted && claimedElsewhere(p.Claims, i) {
			continue
		}
		out = append(out, question{account: a, claim: claim, breaker: br, timeout: timeout})
	}
	return out
}

// claimedElsewhere tells that the signature of another account vouches for the
// code and that of this claim's does not: then this platform is not the one to
// ask.
func claimedElsewhere(claims []admission.Claim, i int) bool {
	if claims[i].Credential.Proof == admission.ProofGood {
		return false
	}
	for j := range claims {
		if j != i && claims[j].Credential.Proof == admission.ProofGood {
			return true
		}
	}
	return false
}

// spoken says whether the lists speak of a code.
type spoken bool

const (
	speak  spoken = true
	silent spoken = false
)

// lists tells whether any account's list or journal knows the ticket. When they
// cannot be read it says so too: there is no use in asking a platform then.
func (l *Lane) lists(ctx context.Context, p *admission.Presentation) spoken {
	facts, err := l.deps.Journal.Facts(ctx, *p)
	if err != nil {
		return speak
	}
	for i := range facts.Claims {
		if (facts.Claims[i].Ticket != nil && facts.Claims[i].List.Complete) || facts.Claims[i].Presence.Entries > 0 {
			return speak
		}
	}
	return silent
}

// isOut tells whether an earlier question is still on its way.
func (l *Lane) isOut(br *breaker) bool {
	if br.out == nil {
		return false
	}
	select {
	case r := <-br.out:
		br.out = nil
		if r.thrown != nil {
			l.failed(r.thrown, r.stack, nil)
		}
		return false
	default:
		return true
	}
}

// put asks, and gives where the reply will come. The goroutine ends when the
// drawer returns, which it ought to when ctx ends.
func put(ctx context.Context, a Account, code []byte, cred admission.Credential) <-chan reply {
	replies := make(chan reply, 1)
	go func() {
		r := reply{err: errNoReply}
		defer func() { replies <- r }()
		defer func() {
			if r.thrown = recover(); r.thrown != nil {
				r.stack = debug.Stack()
			}
		}()
		r.answer, r.err = a.Ask(ctx, code, cred)
	}()
	return replies
}

// await waits for one reply as long as its time limit lets it.
func (l *Lane) await(q *question, code []byte) {
	var r reply
	select {
	case r = <-q.reply:
	case <-q.giveUp:
		select {
		case r = <-q.reply: // just in time
		default:
			q.breaker.out = q.reply
			r.err = context.DeadlineExceeded
		}
	}
	switch {
	case r.thrown != nil:
		q.breaker.failed(l.deps.Clock.Now().SinceBoot)
		l.failed(r.thrown, r.stack, code)
	case r.err != nil:
		q.breaker.failed(l.deps.Clock.Now().SinceBoot)
		l.deps.Log.Warn("the platform gave no answer",
			slog.Any("lane", l.cfg.Name), slog.Any("account", q.account.Name()), slog.Any("error", r.err))
	default:
		q.breaker.answered()
		q.claim.Answer = &r.answer
	}
}

func find(accounts []Account, name string) Account {
	for _, a := range accounts {
		if a.Name() == name {
			return a
		}
	}
	return nil
}
