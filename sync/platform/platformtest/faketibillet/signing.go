package faketibillet

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"
)

// ErrBadKey says that a private key PEM given for an event is not an RSA key of 2048 bits.
var ErrBadKey = errors.New("faketibillet: not an RSA-2048 private key in PEM")

// saltLength is the longest PSS salt for RSA-2048 with SHA-256; the real server uses and accepts no other.
const saltLength = 222

// keyring holds the RSA key of one event. The key is made when first needed, as on the real server, because that takes a while. It
// has its own lock so that signing never holds up the rest of the server.
type keyring struct {
	mu     sync.Mutex
	key    *rsa.PrivateKey
	public string // SubjectPublicKeyInfo PEM
}

// importKey reads a private key in PKCS#8 or PKCS#1 PEM form.
func importKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, ErrBadKey
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBadKey, err)
		}
		rsaKey, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return nil, ErrBadKey
		}
		key = rsaKey
	}
	if key.N.BitLen() != 2048 {
		return nil, ErrBadKey
	}
	return key, nil
}

// load returns the key and its public PEM, making the key if there is none yet.
func (k *keyring) load() (*rsa.PrivateKey, string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key == nil {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, "", fmt.Errorf("faketibillet: make event key: %w", err)
		}
		k.key = key
	}
	if k.public == "" {
		der, err := x509.MarshalPKIXPublicKey(&k.key.PublicKey)
		if err != nil {
			return nil, "", fmt.Errorf("faketibillet: write public key: %w", err)
		}
		k.public = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	return k.key, k.public, nil
}

// sign signs a ticket's identity and returns the text of its QR code. Two prints of one ticket never have the same signature.
func (k *keyring) sign(ticket string) (string, error) {
	key, _, err := k.load()
	if err != nil {
		return "", err
	}
	head := codeHead(ticket)
	digest := sha256.Sum256([]byte(head))
	signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: saltLength})
	if err != nil {
		return "", fmt.Errorf("faketibillet: sign ticket: %w", err)
	}
	return head + ":" + base64.URLEncoding.EncodeToString(signature), nil
}

// verify tells whether signature is this event's over the first part of a code, taken as the characters that were sent.
func (k *keyring) verify(head string, signature []byte) (bool, error) {
	key, _, err := k.load()
	if err != nil {
		return false, err
	}
	digest := sha256.Sum256([]byte(head))
	return rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: saltLength}) == nil, nil
}

// codeHead is the signed first part of a code: base64url of {"uuid": "…"} with exactly one space, 64 characters.
func codeHead(ticket string) string {
	return base64.URLEncoding.EncodeToString([]byte(`{"uuid": "` + ticket + `"}`))
}

// hollowCode has the form and length of a code and a signature that is not one.
func hollowCode(ticket string) string {
	return codeHead(ticket) + ":" + base64.URLEncoding.EncodeToString(make([]byte, 256))
}
