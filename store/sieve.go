package store

import "strings"

// sieveBytes is the size of a sieve. Two stretches share a page of the file.
const sieveBytes = 900

// sieve tells which beginnings of names and orders a stretch surely does not
// hold. Every beginning of certain lengths sets one bit, chosen by the 32 bit
// FNV-1a hash of what kind it is and of its bytes. About a quarter of the bits of
// a full stretch are set, so a text gets through by chance the less often the
// longer it is. The form is kept in the file: it changes only with a migration.
type sieve []byte

// The kinds of beginnings.
const (
	ofName  byte = 'n'
	ofOrder byte = 'o'
)

// beginnings are the lengths at which a text of a kind is looked at, in bytes.
func beginnings(kind byte) []int {
	if kind == ofOrder {
		return []int{1, 2, 4, 8, 16, 24}
	}
	return []int{1, 2, 3, 4, 5, 6, 8}
}

// newSieve makes the sieve of a stretch.
func newSieve(lines []line) sieve {
	s := make(sieve, sieveBytes)
	for _, l := range lines {
		for word := range strings.FieldsSeq(foldWords(l.holder)) {
			s.put(ofName, word)
		}
		s.put(ofOrder, foldOrder(l.order))
	}
	return s
}

func (s sieve) put(kind byte, text string) {
	for _, n := range beginnings(kind) {
		if n <= len(text) {
			bit := sieveBit(kind, text[:n])
			s[bit/8] |= 1 << (bit % 8)
		}
	}
}

// mayHold tells whether a text may be the beginning of one in the stretch.
func (s sieve) mayHold(kind byte, text string) bool {
	if len(s) != sieveBytes {
		return true
	}
	for _, n := range beginnings(kind) {
		if n <= len(text) {
			bit := sieveBit(kind, text[:n])
			if s[bit/8]&(1<<(bit%8)) == 0 {
				return false
			}
		}
	}
	return true
}

func sieveBit(kind byte, text string) uint32 {
	const offset, prime = 2166136261, 16777619
	hash := (uint32(offset) ^ uint32(kind)) * prime
	for i := range len(text) {
		hash = (hash ^ uint32(text[i])) * prime
	}
	return hash % (8 * sieveBytes)
}
