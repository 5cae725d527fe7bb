package faketicketsonic

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
)

// Errors about keys and blocks.
var (
	// ErrBadKey says that a private key cannot be used or made.
	ErrBadKey = errors.New("faketicketsonic: not an RSA private key of 512 to 4096 bits")
	// ErrTooLong says that there is more to be said than fits into a block of the promoter's key.
	ErrTooLong = errors.New("faketicketsonic: too long for a block of this key")
)

const publicExponent = 65537

// paddingLeast is what PKCS #1 v1.5 takes of a block: 00 01, eight FF and 00.
const paddingLeast = 11

// Key is a promoter's key pair. The standard library would not use one of 512 bits, so it is done by hand; nothing here withstands
// anybody who can measure time.
type Key struct {
	n, e, d *big.Int
}

// NewKey makes a key pair whose modulus has so many bits. The same source gives the same key.
func NewKey(source rand.Source, bits int) (*Key, error) {
	if bits < 512 || bits > 4096 || bits%2 != 0 {
		return nil, ErrBadKey
	}
	e, one := big.NewInt(publicExponent), big.NewInt(1)
	for {
		p, q := newPrime(source, bits/2), newPrime(source, bits/2)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(e, phi)
		if n := new(big.Int).Mul(p, q); d != nil && p.Cmp(q) != 0 && n.BitLen() == bits {
			return &Key{n: n, e: e, d: d}, nil
		}
	}
}

// newPrime makes a prime whose two highest bits are set, so that the product of two has twice their length.
func newPrime(source rand.Source, bits int) *big.Int {
	raw := make([]byte, (bits+7)/8)
	for {
		for i := range raw {
			raw[i] = byte(source.Uint64() >> 56)
		}
		p := new(big.Int).SetBytes(raw)
		p.Rsh(p, uint(len(raw)*8-bits)) //nolint:gosec // less than 8
		p.SetBit(p, bits-1, 1).SetBit(p, bits-2, 1).SetBit(p, 0, 1)
		if p.ProbablyPrime(20) {
			return p
		}
	}
}

// ReadKey reads a private key in PKCS#8 or PKCS#1 PEM form.
func ReadKey(text string) (*Key, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, ErrBadKey
	}
	der := block.Bytes
	var wrapped struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Key       []byte
	}
	if _, err := asn1.Unmarshal(der, &wrapped); err == nil {
		der = wrapped.Key
	}
	var key struct {
		Version                  int
		N, E, D, P, Q, DP, DQ, U *big.Int
	}
	if _, err := asn1.Unmarshal(der, &key); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadKey, err)
	}
	if bits := key.N.BitLen(); key.N.Sign() <= 0 || key.D.Sign() <= 0 || bits < 512 || bits > 4096 {
		return nil, ErrBadKey
	}
	return &Key{n: key.N, e: key.E, d: key.D}, nil
}

// Size is the length of a block in bytes.
func (k *Key) Size() int { return (k.n.BitLen() + 7) / 8 }

// Public is the public key as the server gives it: base64 of a SubjectPublicKeyInfo, without armour.
func (k *Key) Public() string {
	numbers, err := asn1.Marshal(struct{ N, E *big.Int }{k.n, k.e})
	if err != nil {
		return "" // two integers can always be written
	}
	der, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}{
		pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, Parameters: asn1.NullRawValue},
		asn1.BitString{Bytes: numbers, BitLength: len(numbers) * 8},
	})
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(der)
}

// Seal makes the block that says text: PKCS #1 v1.5 padding of type 1, then the private operation. It is the same block every time.
func (k *Key) Seal(text []byte) ([]byte, error) {
	fill := k.Size() - 3 - len(text)
	if len(text) > k.Size()-paddingLeast {
		return nil, fmt.Errorf("%d bytes: %w", len(text), ErrTooLong)
	}
	padded := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, fill)...)
	return k.Raw(append(append(padded, 0), text...)), nil
}

// Raw is the private operation alone, for blocks that are not as they should be. padded must be a number below the modulus.
func (k *Key) Raw(padded []byte) []byte {
	m := new(big.Int).SetBytes(padded)
	return m.Exp(m, k.d, k.n).FillBytes(make([]byte, k.Size()))
}

// Open gives what a block says, nil where it is not one of this key.
func (k *Key) Open(block []byte) []byte {
	c := new(big.Int).SetBytes(block)
	if len(block) != k.Size() || c.Cmp(k.n) >= 0 {
		return nil
	}
	padded := c.Exp(c, k.e, k.n).FillBytes(make([]byte, k.Size()))
	if !bytes.HasPrefix(padded, []byte{0, 1, 0xff}) {
		return nil
	}
	_, text, _ := bytes.Cut(padded[2:], []byte{0})
	return text
}
