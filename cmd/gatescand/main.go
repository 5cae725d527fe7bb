// Command gatescand is the gate scanner daemon and everything an organiser
// does with it from a terminal.
//
// It promises that its exit codes can be relied on: 0 done, 1 failed, 2 wrong
// usage, 3 bad configuration, 4 "no". It alone knows which concrete types make
// up a station; nothing imports it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Getenv)
	stop()
	os.Exit(code)
}
