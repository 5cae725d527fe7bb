package pairing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// What may stand between a code and a pairing, besides the platform's errors.
var (
	ErrHost        = errors.New("host not allowed")
	ErrExpired     = errors.New("code expired")
	ErrInterrupted = errors.New("pairing interrupted")
)

// maxText is more than any pairing code holds.
const maxText = 4096

// Pair turns the text of a pairing code into credentials that are on disk.
//
// It reads the code, asks allow about the host it names, judges its expiry
// where the clock can be trusted, puts the intent on disk, sends the token
// once and keeps what came back; then the intent goes. Errors are those of the
// platform, or wrap [ErrHost], [ErrExpired] or [ErrInterrupted]: the last when
// an earlier attempt with the same code may have been answered without the
// answer arriving, so that the platform now takes the code for used. A code
// that never reached the platform may be tried again. Earlier credentials of
// the account stay until there are new ones.
func Pair(ctx context.Context, v *Vault, pairer platform.Pairer, account, text string, allow func(host string) error, now admission.Stamp) (platform.Credentials, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxText {
		return platform.Credentials{}, fmt.Errorf("a pairing code has between 1 and %d characters, this has %d; copy it once more", maxText, len(text))
	}
	p, err := pairer.ReadPairing(text)
	if err != nil {
		return platform.Credentials{}, err
	}
	if err := allow(p.Host); err != nil {
		return platform.Credentials{}, err
	}
	if now.Trusted && hasExpired(p, now) {
		return platform.Credentials{}, expired(p)
	}
	return send(ctx, v, pairer, p, intentOf(account, p, now))
}

// hasExpired tells whether a code is too old by a clock that can be trusted.
func hasExpired(p platform.Pairing, now admission.Stamp) bool {
	return !p.ExpiresAt.IsZero() && now.Wall.After(p.ExpiresAt)
}

func expired(p platform.Pairing) error {
	return fmt.Errorf("%w on %s; open the scan app's page on %s again for a fresh one", ErrExpired, p.ExpiresAt.UTC().Format(time.RFC1123), p.Host)
}

func intentOf(account string, p platform.Pairing, now admission.Stamp) Intent {
	sum := sha256.Sum256([]byte(p.Token))
	return Intent{Account: account, Host: p.Host, StationID: p.StationID, Digest: hex.EncodeToString(sum[:8]), At: now.Wall.UTC()}
}

// send is the part after which the token is no longer secret to the platform.
func send(ctx context.Context, v *Vault, pairer platform.Pairer, p platform.Pairing, intent Intent) (platform.Credentials, error) {
	earlier, retried, err := v.Intent(intent.Account)
	if err != nil {
		return platform.Credentials{}, err
	}
	if err := v.BeginIntent(intent); err != nil {
		return platform.Credentials{}, err
	}
	c, err := pairer.Pair(ctx, p)
	if err != nil {
		return platform.Credentials{}, unanswered(v, intent, retried && earlier.sameCode(intent), err)
	}
	if err := v.Save(intent.Account, c); err != nil {
		return platform.Credentials{}, fmt.Errorf("the platform has paired this station, but its key could not be kept: %w; mend the disk, then make a new scan app on %s and pair again", err, p.Host)
	}
	return c, v.EndIntent(intent.Account)
}

// unanswered sorts out what a failed attempt means. A definite no ends the
// intent, unless an earlier attempt explains it; anything else keeps it, for
// the token may have arrived.
func unanswered(v *Vault, intent Intent, retried bool, err error) error {
	if class := platform.ClassOf(err); class != platform.Rejected && class != platform.Auth {
		return err
	}
	if retried {
		err = fmt.Errorf("%w: an earlier attempt may have reached %s, and its answer was lost; make a new scan app there and pair with its code: %w", ErrInterrupted, intent.Host, err)
	}
	return errors.Join(err, v.EndIntent(intent.Account))
}

// Interrupted tells of a pairing that was cut off before its answer was kept;
// nil when there is none. The account may be paired all the same: by an
// earlier or a later code.
func Interrupted(v *Vault, account string) error {
	i, ok, err := v.Intent(account)
	if err != nil || !ok {
		return err
	}
	host := i.Host
	if host == "" {
		host = "the platform"
	}
	return fmt.Errorf("%w: a code for account %s was sent to %s and no answer has been kept; try the same code again, and if it is refused make a new scan app there and pair with its code", ErrInterrupted, account, host)
}
