package main

import (
	"errors"
	"fmt"

	"gatescand/configs"
)

// The exit codes of every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitConfig = 3
	exitNo     = 4
)

// errUsage is wrapped by errors about how a command was called.
var errUsage = errors.New("wrong usage")

// errNo is wrapped by answers that are a "no": a refused ticket, a journal
// that does not verify. What there was to say has been said.
var errNo = errors.New("no")

// usagef makes an error about how a command was called.
func usagef(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errUsage, fmt.Errorf(format, args...))
}

// exitCode gives the code for what a command came back with.
func exitCode(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	case errors.Is(err, errUsage):
		return exitUsage
	}
	if _, ok := errors.AsType[*configs.FaultsError](err); ok {
		return exitConfig
	}
	return exitFailed
}
