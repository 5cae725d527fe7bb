package reader

import (
	"fmt"
	"runtime/debug"
)

// CrashError is a panic of a driver, caught and turned into an error of class [ErrFault]. A source that has goroutines of its own makes one of
// every panic there, since nobody else can.
type CrashError struct {
	// Device is the address or path of the reader.
	Device string
	// Type is the Go type of the panic's value. The value itself is not kept: it may hold bytes of a code.
	Type string
	// Stack is where it happened, for the log.
	Stack string
}

// NewCrashError makes an error of what recover returned. It must be called by the deferred function that recovered.
func NewCrashError(device string, recovered any) *CrashError {
	return &CrashError{Device: device, Type: fmt.Sprintf("%T", recovered), Stack: string(debug.Stack())}
}

// Error is for the operator and leaves out the stack.
func (e *CrashError) Error() string {
	return fmt.Sprintf("%v: the driver of %s crashed (%s) and was started again; if it happens again, report it with the log", ErrFault, e.Device, e.Type)
}

// Unwrap gives [ErrFault].
func (e *CrashError) Unwrap() error { return ErrFault }
