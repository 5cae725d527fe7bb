package signal

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a defect in what drives an output, caught so that it costs a
// showing and not the daemon. Its text is for an operator; Stack is for whoever
// mends the program.
type PanicError struct {
	// Kind is the type of the value of the panic. The value itself is not kept:
	// it may quote a code.
	Kind  string
	Stack []byte
}

// Error tells what happened.
func (e *PanicError) Error() string {
	return "the program failed at this output (panic of type " + e.Kind + "); the log says where: please report it"
}

// caught runs f and makes an error of its panic.
func caught(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Kind: fmt.Sprintf("%T", p), Stack: debug.Stack()}
		}
	}()
	return f()
}
