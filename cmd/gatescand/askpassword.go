package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"gatescand/device/admin"
)

// passwordLine is more than any password that is taken.
const passwordLine = 4096

// newPassword reads a new password: twice and unseen at a terminal, one line
// otherwise.
func (a *app) newPassword(ctx context.Context, role string) (string, error) {
	terminal, ok := terminalOf(a.in)
	if !ok {
		password, err := readLine(bufio.NewReader(io.LimitReader(a.in, passwordLine)))
		if err != nil {
			return "", fmt.Errorf("no password was given; write it to the standard input as one line: %w", err)
		}
		return password, nil
	}
	lines := bufio.NewReader(terminal)
	first, err := a.askUnseen(ctx, terminal, lines, "New password of "+whose(role)+": ")
	if err != nil {
		return "", err
	}
	if err := admin.CheckPassword(first); err != nil {
		return "", err
	}
	again, err := a.askUnseen(ctx, terminal, lines, "The same once more: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("the two are not the same; nothing was changed")
	}
	return first, nil
}

// askUnseen reads a line from a terminal that does not show it. The terminal is
// as it was before when it returns, also because of a signal.
func (a *app) askUnseen(ctx context.Context, terminal *os.File, lines *bufio.Reader, question string) (line string, err error) {
	fd := int(terminal.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return "", fmt.Errorf("the terminal cannot be asked: %w", err)
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO
	quiet.Lflag |= unix.ICANON | unix.ISIG
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &quiet); err != nil {
		return "", fmt.Errorf("the terminal cannot be kept from showing the password: %w", err)
	}
	defer func() {
		_, newline := fmt.Fprintln(a.err)
		err = errors.Join(err, unix.IoctlSetTermios(fd, unix.TCSETS, before), newline)
	}()
	if _, err := io.WriteString(a.err, question); err != nil {
		return "", err
	}
	type answer struct {
		line string
		err  error
	}
	read := make(chan answer, 1)
	// A read of a terminal cannot be taken back; after a signal the process ends
	// and this with it.
	go func() {
		line, err := readLine(lines)
		read <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case got := <-read:
		return got.line, got.err
	}
}

// readLine reads up to the end of a line or of what there is.
func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
}
