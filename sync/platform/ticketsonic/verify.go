package ticketsonic

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
)

// keyring holds the keys of one account. What it answers depends on the keys
// and the code alone.
type keyring struct {
	account string
	keys    []publicKey
	sizes   []int // of the blocks it recognises, in bytes
	// partial is set where a key could not be read. No block is called wrong
	// then: the key that made it may be the missing one.
	partial bool
	// hint is the key that fitted last. It only decides where to begin.
	hint atomic.Int32
	// sheets are [worksheet]s that are not in use.
	sheets sync.Pool
}

// newKeyring reads the keys, each once; those that cannot be read are left out
// and reported, each once. While a key is missing, blocks of the usual size are
// recognised besides those of the keys at hand.
func newKeyring(account string, keys []admission.Key) (platform.Keyring, []error) {
	k := &keyring{account: account}
	var faults []error
	bad := make(map[string]bool)
	for _, key := range keys {
		public, err := readKey(key.PEM)
		switch {
		case err == nil:
			if !slices.ContainsFunc(k.keys, public.equal) {
				k.keys = append(k.keys, public)
				k.size(public.size)
			}
		case !bad[key.PEM]:
			bad[key.PEM] = true
			faults = append(faults, fmt.Errorf("public key of TicketSonic account %s: %w; sweep the account again, and if that does not help ask the promoter for the key",
				platform.CleanText(account, 60), err))
		}
	}
	k.partial = len(faults) > 0
	if k.partial || len(k.keys) == 0 {
		k.size(usualBlock)
	}
	return k, faults
}

func (k *keyring) size(n int) {
	if !slices.Contains(k.sizes, n) {
		k.sizes = append(k.sizes, n)
	}
}

// read finds the one size of block that code is a text of. Spoiled counts where
// there is none.
func (k *keyring) read(block *[blockMax]byte, code []byte) (size int, f form) {
	for _, n := range k.sizes {
		switch readBlock(block, code, n) {
		case asPrinted:
			return n, asPrinted
		case spoiled:
			f = spoiled
		case foreign:
		}
	}
	return 0, f
}

// Recognise looks at the form of a code only.
func (k *keyring) Recognise(code []byte) admission.Recognition {
	var block [blockMax]byte
	switch _, f := k.read(&block, code); f {
	case asPrinted:
		return admission.Mine
	case spoiled:
		return admission.Malformed
	case foreign:
	}
	return admission.NotMine
}

// Verify makes a credential of a code. The ticket is named only where the proof
// is good: a block that no key opens names nothing, and where one part is wrong
// no other is believed. Product is left empty, because a code knows the product
// by its number only; that is Price.
func (k *keyring) Verify(code []byte) admission.Credential {
	c := admission.Credential{Platform: admission.TicketSonic, Proof: admission.ProofBad}
	c.Account = k.account
	var block [blockMax]byte
	size, f := k.read(&block, code)
	if f != asPrinted {
		return c
	}
	sheet, ok := k.sheets.Get().(*worksheet)
	if !ok {
		sheet = new(worksheet)
	}
	defer k.sheets.Put(sheet)
	text, opened := k.open(sheet, block[:size])
	if !opened {
		if len(k.keys) == 0 || k.partial {
			c.Proof = admission.ProofUnchecked
		}
		return c
	}
	var said content
	if !readContent(text, &said) {
		return c
	}
	c.Proof, c.ID = admission.ProofGood, hex.EncodeToString(said.number)
	c.Event, c.Window = strconv.FormatUint(said.event, 10), said.window()
	if said.has(labelProduct) {
		c.Price = strconv.FormatUint(said.product, 10)
	}
	return c
}

// open finds the key that opens a block, beginning with the one that fitted
// last.
func (k *keyring) open(sheet *worksheet, block []byte) (text []byte, ok bool) {
	if len(k.keys) == 0 {
		return nil, false
	}
	hint := int(k.hint.Load())
	if text, ok := k.keys[hint].open(sheet, block); ok {
		return text, true
	}
	for i := range k.keys {
		if i == hint {
			continue
		}
		if text, ok := k.keys[i].open(sheet, block); ok {
			k.hint.Store(int32(i)) //nolint:gosec // an account has a handful of keys
			return text, true
		}
	}
	return nil, false
}
