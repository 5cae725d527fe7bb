package camera

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets the test binary also be the camera program that the tests start, and looks for goroutines left behind.
func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		os.Exit(fakeProgram(mode))
	}
	goleak.VerifyTestMain(m)
}
