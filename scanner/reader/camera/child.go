package camera

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"

	"golang.org/x/sys/unix"
)

// politeness is how long a child has to end by itself after it was asked to.
const politeness = 500 * time.Millisecond

// child is a program that runs for us and writes to a pipe. It leads a process group of its own and does not outlive us, whatever we die of.
type child struct {
	out    *os.File // its standard output
	words  tail     // the end of its standard error
	stop   chan struct{}
	once   sync.Once
	exited chan struct{} // closed when it and its group are gone and reaped
	how    string        // how it ended, once exited is closed
}

// startChild starts a program. When ctx ends, the child is ended.
func startChild(ctx context.Context, program string, args []string) (*child, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c := &child{out: out, stop: make(chan struct{}), exited: make(chan struct{})}
	// Not bound to ctx by the library, which would kill the leader of the group alone: see keep.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, args...)
	cmd.Stdout, cmd.Stderr = in, &c.words
	cmd.WaitDelay = politeness // for somebody who holds its standard error after it
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL}
	started := make(chan error, 1)
	go c.keep(ctx, cmd, started)
	err = <-started
	closeErr := in.Close() // the child has its own
	if err == nil && closeErr == nil {
		return c, nil
	}
	c.end()
	return nil, errors.Join(err, closeErr)
}

// keep is the life of the child. It holds on to its thread, because the kernel sends the signal of a parent's death when the thread that
// started the child is gone, and the runtime may end threads.
func (c *child) keep(ctx context.Context, cmd *exec.Cmd, started chan<- error) {
	defer close(c.exited)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		c.how = "not started"
		started <- err
		return
	}
	group := -cmd.Process.Pid
	gone := make(chan struct{})
	var ending sync.WaitGroup
	ending.Go(func() { c.persuade(ctx, group, gone) })
	started <- nil
	awaitDeath(cmd.Process.Pid)
	// The leader is dead and not yet reaped, so its number still names its group and no other.
	_ = unix.Kill(group, unix.SIGKILL)
	close(gone)
	ending.Wait()
	c.how = "ended"
	if err := cmd.Wait(); err != nil {
		c.how = err.Error()
	}
}

// persuade ends the child's group once it is told to: first by asking, then by force. An error of Kill says that nobody is left.
func (c *child) persuade(ctx context.Context, group int, gone <-chan struct{}) {
	select {
	case <-gone:
		return
	case <-ctx.Done():
	case <-c.stop:
	}
	// Nobody reads on: let a read go that somebody outside the group keeps waiting by holding the pipe.
	_ = c.out.SetReadDeadline(time.Unix(1, 0))
	_ = unix.Kill(group, unix.SIGTERM)
	timer := time.NewTimer(politeness)
	defer timer.Stop()
	select {
	case <-gone:
	case <-timer.C:
		_ = unix.Kill(group, unix.SIGKILL)
	}
}

// awaitDeath waits until a child is dead and leaves it to be reaped.
func awaitDeath(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// end ends the child if it still runs, waits until it is reaped, closes the pipe, and says how it ended. It may be called again.
func (c *child) end() string {
	c.once.Do(func() { close(c.stop) })
	<-c.exited
	// It was only read from. A second close says that it was closed before.
	_ = c.out.Close()
	return c.how
}

// lastWords gives the end of what the child wrote to its standard error, made fit for a log: one line, printable.
func (c *child) lastWords() string { return c.words.String() }

// tail keeps the end of what is written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

// maxTail is how many bytes a tail keeps.
const maxTail = 512

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(b)
	if len(b) > maxTail {
		b = b[len(b)-maxTail:]
	}
	t.kept = append(t.kept, b...)
	if extra := len(t.kept) - maxTail; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return n, nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case !unicode.IsPrint(r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, string(t.kept))
	return strings.Join(strings.Fields(text), " ")
}

var _ fmt.Stringer = (*tail)(nil)
