package platformtest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
)

// wellSigned verifies a signature over the first part of a code against the key the fake publishes for the recorded event. It is
// written apart from the fake's own verification so that one cannot cover for the other.
func (l *recordingLoader) wellSigned(head string, signature []byte) bool {
	text, err := l.fake.PublicKey(l.event)
	if err != nil {
		return false
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return false
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return false
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return false
	}
	digest := sha256.Sum256([]byte(head))
	return rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: 222}) == nil
}
