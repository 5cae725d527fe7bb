package admin

import "golang.org/x/crypto/bcrypt"

// hashCost makes one hash take a twentieth of a second on a laptop and about
// half a second on a Raspberry Pi 3, the slowest box this runs on. Every step
// more doubles that.
const hashCost = 10

// hashPassword gives what is kept of a password.
func hashPassword(password string, cost int) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	return string(hash), err
}

// isHash tells whether text was made by hashPassword.
func isHash(text string) bool {
	_, err := bcrypt.Cost([]byte(text))
	return err == nil
}

// passwordFits tells whether a hash is the one of a password.
func passwordFits(hash, password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil
}
