package tibillet

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// ErrKey tells that an event's public key cannot be used.
var ErrKey = errors.New("not an RSA public key of 2048 to 4096 bits")

// keyring holds the keys of one account. What it answers depends on the keys
// and the code alone.
type keyring struct {
	account string
	keys    []eventKey
	// partial is set where a key could not be read. No signature is called
	// wrong then: the key that made it may be the missing one.
	partial bool
	// hint is the key that fitted last. It only decides where to begin.
	hint atomic.Int32
}

type eventKey struct {
	event  string // "" where one key signs for several events
	public *rsa.PublicKey
}

// newKeyring reads the keys; those that cannot be read are left out and
// reported.
func newKeyring(account string, keys []admission.Key) (platform.Keyring, []error) {
	k := &keyring{account: account}
	var faults []error
	for _, key := range keys {
		public, err := readKey(key.PEM)
		if err != nil {
			k.partial = true
			faults = append(faults, fmt.Errorf("public key of event %s: %w; sweep the account again, or give the event's key in keys_file",
				platform.CleanText(key.Event, uuidLen), err))
			continue
		}
		k.add(key.Event, public)
	}
	return k, faults
}

// add keeps each key once, so that the order of the keys never decides which
// event a signature speaks for.
func (k *keyring) add(event string, public *rsa.PublicKey) {
	for i := range k.keys {
		if k.keys[i].public.Equal(public) {
			if k.keys[i].event != event {
				k.keys[i].event = ""
			}
			return
		}
	}
	k.keys = append(k.keys, eventKey{event: event, public: public})
}

// readKey reads a SubjectPublicKeyInfo, PEM or bare base64.
func readKey(text string) (*rsa.PublicKey, error) {
	text = strings.TrimSpace(text)
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if block, rest := pem.Decode([]byte(text)); block != nil {
		if block.Type != "PUBLIC KEY" || len(rest) > 0 {
			return nil, ErrKey
		}
		der = block.Bytes
	} else if err != nil {
		return nil, ErrKey
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok || public.N.BitLen() < signatureMin*8 || public.N.BitLen() > signatureMax*8 || public.N.BitLen()%8 != 0 {
		return nil, ErrKey
	}
	return public, nil
}

// Recognise looks at the form of a code only.
func (k *keyring) Recognise(code []byte) admission.Recognition { return recognise(code) }

// Verify makes a credential of a code. A code without the platform's form has
// no good signature, whatever keys there are; it names its ticket where its
// first part does.
func (k *keyring) Verify(code []byte) admission.Credential {
	var p parsed
	parse(code, &p)
	c := admission.Credential{Platform: admission.TiBillet, Proof: admission.ProofBad}
	c.Account = k.account
	if p.named {
		c.ID = string(p.uuid[:])
	}
	if !p.wellFormed() {
		return c
	}
	if i, ok := k.signer(&p); ok {
		c.Proof, c.Event = admission.ProofGood, k.keys[i].event
	} else if len(k.keys) == 0 || k.partial {
		c.Proof = admission.ProofUnchecked
	}
	return c
}

// signer finds the key that made the signature, beginning with the one that
// fitted last: an evening's tickets are mostly of one event.
func (k *keyring) signer(p *parsed) (int, bool) {
	if len(k.keys) == 0 {
		return 0, false
	}
	digest := sha256.Sum256(p.first)
	hint := int(k.hint.Load())
	if k.keys[hint].signed(digest[:], p) {
		return hint, true
	}
	for i := range k.keys {
		if i != hint && k.keys[i].signed(digest[:], p) {
			k.hint.Store(int32(i))
			return i, true
		}
	}
	return 0, false
}

// signed tells whether the key made the signature: RSASSA-PSS with SHA-256 and
// MGF1-SHA-256 over the characters of the first part, with the longest salt the
// key allows and no other, which is 222 bytes for RSA-2048. A shorter salt is a
// valid PSS signature elsewhere and none here: the server refuses it.
func (k eventKey) signed(digest []byte, p *parsed) bool {
	size := k.public.Size()
	if size != p.size {
		return false
	}
	salt := rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: size - sha256.Size - 2}
	return rsa.VerifyPSS(k.public, crypto.SHA256, digest, p.signature[:size], &salt) == nil
}
