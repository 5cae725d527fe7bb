package scanner

import (
	"context"
	"log/slog"
	"time"

	"gatescand/scanner/admission"
)

// After so many unanswered questions in a row the lane stops asking an account
// for a while: a queue must not wait for a network that is not there.
const (
	unansweredLimit = 3
	askPause        = 30 * time.Second
)

// breakers holds, per account, how the last questions went.
type breakers struct {
	byAccount map[string]*breaker
}

type breaker struct {
	unanswered int
	until      time.Duration // since boot; no question before
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

// askPlatforms adds the platforms' answers to a presentation where the policy
// wants them. An answer that does not come leaves the facts as they are.
func (l *Lane) askPlatforms(ctx context.Context, p *admission.Presentation) {
	if p.Scan.Override != nil || p.Closed {
		return
	}
	accounts := l.deps.Accounts()
	var loaded *admission.Facts
	for i := range p.Claims {
		claim := &p.Claims[i]
		a := find(accounts, claim.Credential.Account)
		if a == nil || claim.Credential.ID == "" || claim.Credential.Proof == admission.ProofBad {
			continue
		}
		when, timeout := a.Asking()
		br := l.asking.of(a.Name())
		if when == AskNever || br.open(l.deps.Clock.Now().SinceBoot) {
			continue
		}
		if when == AskUnlisted {
			if loaded == nil {
				facts, err := l.deps.Journal.Facts(ctx, *p)
				if err != nil || len(facts.Claims) != len(p.Claims) {
					return // the journal will say what is wrong when it is written
				}
				loaded = &facts
			}
			if known := loaded.Claims[i]; known.Ticket != nil || known.Presence.Entries > 0 {
				continue
			}
		}
		l.question(ctx, a, br, timeout, p.Code, claim)
	}
}

func (l *Lane) question(
	ctx context.Context, a Account, br *breaker, timeout time.Duration, code []byte, claim *admission.Claim,
) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := a.Ask(ctx, code, claim.Credential)
	now := l.deps.Clock.Now()
	if err != nil {
		br.failed(now.SinceBoot)
		l.deps.Log.Warn("the platform did not answer in time",
			slog.Any("lane", l.cfg.Name), slog.Any("account", a.Name()), slog.Any("error", err))
		return
	}
	br.answered()
	claim.Answer = &answer
}

func find(accounts []Account, name string) Account {
	for _, a := range accounts {
		if a.Name() == name {
			return a
		}
	}
	return nil
}
