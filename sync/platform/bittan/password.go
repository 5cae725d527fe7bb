package bittan

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// defaultPassword is the SHA-256 of the password that stands in BitTan's public
// repository. It is kept as a sum so that this program carries no working
// password of anybody's server.
const defaultPassword = "0a7c5f7240e19188bc3054c4d8e69cd3146dc96e0f124c9c3939c167d49d1488"

// IsDefaultPassword tells whether a password is the one that everybody can read
// in BitTan's repository. A server that takes it lets anybody use up tickets.
// Blanks around it make no difference, as they make none to the server.
func IsDefaultPassword(password string) bool {
	sum := sha256.Sum256([]byte(strings.TrimSpace(password)))
	return hex.EncodeToString(sum[:]) == defaultPassword
}
