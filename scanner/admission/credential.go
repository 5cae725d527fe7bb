package admission

// Recognition is what a drawer says of the form of a code.
type Recognition uint8

// The answers of a recogniser.
const (
	NotMine   Recognition = iota // not a code of this platform
	Mine                         // has the platform's form
	Malformed                    // meant to be one of the platform's, but is not as the platform makes them
)

// Proof is what verification made of a code.
type Proof uint8

// The proofs. ProofUnchecked is a signed code for which no key is cached: it
// is neither good nor bad.
const (
	ProofNone      Proof = iota // the platform does not sign its codes
	ProofUnchecked              // signed, but no key to check it with
	ProofGood                   // the signature is the platform's
	ProofBad                    // malformed, or no key of the account made this signature
)

// String names the proof for people.
func (p Proof) String() string {
	switch p {
	case ProofNone:
		return "unsigned"
	case ProofUnchecked:
		return "unchecked"
	case ProofGood:
		return "good"
	case ProofBad:
		return "bad"
	}
	return "unchecked"
}

// Credential is what recognition and verification made of a frame for one
// account.
type Credential struct {
	TicketKey // ID is empty when the code is too broken to name a ticket

	Platform PlatformName
	Proof    Proof
	// Unusual says of a bare code that the platform hardly makes any like it.
	Unusual bool
	// What a good signature proves, where the platform signs it. Price is the
	// tariff or, where a code names its product by a number, that number.
	Event   string
	Product string
	Price   string
	Window  Window
}
