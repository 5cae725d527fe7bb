package main

import (
	"encoding/base64"
	"errors"
	"strings"
)

// variant is a way in which a ticket's code can come before the reader.
type variant string

// The variants of a ticket's code.
const (
	asPrinted variant = ""         // as the buyer got it
	reprinted variant = "reprint"  // printed again: same ticket, another signature
	recoded   variant = "recoded"  // the same bytes in base64's other alphabet
	padded    variant = "padding"  // a bit changed that carries nothing
	forged    variant = "forged"   // one bit of the signature changed
	plain     variant = "unsigned" // without its signature
)

// errNotACode says that a text has not the form of a ticket's code.
var errNotACode = errors.New("not the code of a ticket")

func (v variant) known() bool {
	switch v {
	case asPrinted, reprinted, recoded, padded, forged, plain:
		return true
	}
	return false
}

// apply gives the text that variant v makes of a printed code. asPrinted and
// reprinted change nothing: they are a matter of which print is taken.
func (v variant) apply(code string) (string, error) {
	first, second, ok := strings.Cut(code, ":")
	if !ok || first == "" || len(second) < 4 {
		return "", errNotACode
	}
	switch v {
	case recoded:
		return first + ":" + strings.NewReplacer("-", "+", "_", "/").Replace(second), nil
	case padded:
		return changePadding(first, second)
	case forged:
		signature, err := base64.URLEncoding.DecodeString(second)
		if err != nil || len(signature) == 0 {
			return "", errors.Join(errNotACode, err)
		}
		signature[len(signature)/2] ^= 0x10
		return first + ":" + base64.URLEncoding.EncodeToString(signature), nil
	case plain:
		return first, nil
	case asPrinted, reprinted:
	}
	return code, nil
}

// changePadding sets the lowest bit of the last character before the padding:
// a bit that no byte of the signature takes anything from.
func changePadding(first, second string) (string, error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	body := strings.TrimRight(second, "=")
	if body == "" || len(body) == len(second) {
		return "", errNotACode // no padding, so no bit without meaning
	}
	at := strings.IndexByte(alphabet, body[len(body)-1])
	if at < 0 {
		return "", errNotACode
	}
	return first + ":" + body[:len(body)-1] + alphabet[at^1:at^1+1] + second[len(body):], nil
}
