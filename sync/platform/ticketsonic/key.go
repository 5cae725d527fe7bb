package ticketsonic

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
)

// ErrKey tells that a promoter's public key cannot be used.
var ErrKey = errors.New("not an RSA public key of 512 to 4096 bits")

const (
	exponentBits = 32
	// keyTextMax is well above what a key of 4096 bits is with its armour.
	keyTextMax = 4096
)

// publicKey opens blocks. Its numbers never change.
type publicKey struct {
	n, e *big.Int
	size int // bytes of the modulus, and of a block
}

func (k publicKey) equal(other publicKey) bool {
	return k.n.Cmp(other.n) == 0 && k.e.Cmp(other.e) == 0
}

// readKey reads a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7): base64 with
// or without PEM armour, with line breaks anywhere or none. crypto/rsa would
// not use keys as short as these, and crypto/x509 need not go on reading them.
func readKey(text string) (publicKey, error) {
	if len(text) > keyTextMax {
		return publicKey{}, ErrKey
	}
	body := strings.TrimSpace(text)
	if rest, armoured := strings.CutPrefix(body, "-----BEGIN PUBLIC KEY-----"); armoured {
		if body, armoured = strings.CutSuffix(rest, "-----END PUBLIC KEY-----"); !armoured {
			return publicKey{}, ErrKey
		}
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body), ""))
	if err != nil {
		return publicKey{}, ErrKey
	}
	return parseKey(der)
}

// parseKey reads the DER of a SubjectPublicKeyInfo with the algorithm
// rsaEncryption, RFC 3279 section 2.3.1.
func parseKey(der []byte) (publicKey, error) {
	var info struct {
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Key asn1.BitString
	}
	rest, err := asn1.Unmarshal(der, &info)
	if err != nil || len(rest) > 0 || !info.Algorithm.ID.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}) {
		return publicKey{}, ErrKey
	}
	// The parameters are NULL; some writers leave them out.
	if p := info.Algorithm.Parameters.FullBytes; len(p) > 0 && !bytes.Equal(p, asn1.NullBytes) {
		return publicKey{}, ErrKey
	}
	if info.Key.BitLength%8 != 0 {
		return publicKey{}, ErrKey
	}
	var numbers struct{ N, E *big.Int }
	rest, err = asn1.Unmarshal(info.Key.Bytes, &numbers)
	if err != nil || len(rest) > 0 {
		return publicKey{}, ErrKey
	}
	k := publicKey{n: numbers.N, e: numbers.E, size: (numbers.N.BitLen() + 7) / 8}
	if !k.sensible() {
		return publicKey{}, ErrKey
	}
	return k, nil
}

// sensible refuses keys that nobody makes and that would prove nothing: with an
// exponent of 1 every text is a signature.
func (k publicKey) sensible() bool {
	return k.n.Sign() > 0 && k.n.Bit(0) == 1 && k.size >= usualBlock && k.size <= blockMax &&
		k.e.Sign() > 0 && k.e.Bit(0) == 1 && k.e.BitLen() >= 2 && k.e.BitLen() <= exponentBits
}

// open undoes what the private key did to a block, and gives the text that was
// put into it: PKCS #1 v1.5 block type 1, RFC 8017 section 9.2 without the
// DigestInfo,
//
//	00 01 FF … FF 00 text
//
// with eight or more FF. ok is false where the block is not of this key. The
// text stands on the sheet and is good as long as that is.
func (k publicKey) open(sheet *worksheet, block []byte) (text []byte, ok bool) {
	if len(block) != k.size || sheet.block.SetBytes(block).Cmp(k.n) >= 0 {
		return nil, false
	}
	return unpad(sheet.power(k).FillBytes(sheet.padded[:k.size]))
}

// worksheet holds the numbers of one calculation, so that the next one need not
// ask for memory. The zero value is ready.
type worksheet struct {
	block, result, product, quotient big.Int
	padded                           [blockMax]byte
}

// power gives block^e mod n, by squaring: public exponents are short, and there
// is nothing here that a measured time could betray.
func (w *worksheet) power(k publicKey) *big.Int {
	w.result.Set(&w.block)
	for i := k.e.BitLen() - 2; i >= 0; i-- {
		w.product.Mul(&w.result, &w.result)
		w.quotient.QuoRem(&w.product, k.n, &w.result)
		if k.e.Bit(i) == 1 {
			w.product.Mul(&w.result, &w.block)
			w.quotient.QuoRem(&w.product, k.n, &w.result)
		}
	}
	return &w.result
}

const shortestPadding = 8

func unpad(padded []byte) (text []byte, ok bool) {
	if len(padded) < 3+shortestPadding || padded[0] != 0 || padded[1] != 1 {
		return nil, false
	}
	rest := padded[2:]
	run := 0
	for run < len(rest) && rest[run] == 0xff {
		run++
	}
	if run < shortestPadding || run == len(rest) || rest[run] != 0 {
		return nil, false
	}
	return rest[run+1:], true
}
