//go:build kernel

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// kernelChannel carries shell scripts into the guest and what they said back,
// one at a time. The other end is the agent that .ci/guest installs.
type kernelChannel struct {
	name string
	conn net.Conn
	in   *bufio.Reader
	last int
}

// errScript tells that a script in the guest ended with a status of its own.
var errScript = errors.New("the script failed in the guest")

// run runs a script to its end and gives what it said.
func (c *kernelChannel) run(script string, patience time.Duration) (string, error) {
	if c.in == nil {
		c.in = bufio.NewReader(c.conn)
	}
	c.last++
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(c.conn, "%d %d\n%s", c.last, len(script), script); err != nil {
		return "", err
	}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("channel %s: no answer within %v: %w", c.name, patience, err)
		}
		var id, status, length int
		if _, err := fmt.Sscanf(line, "%d %d %d", &id, &status, &length); err != nil {
			return "", fmt.Errorf("channel %s said %q: %w", c.name, line, err)
		}
		said := make([]byte, length)
		if _, err := io.ReadFull(c.in, said); err != nil {
			return "", fmt.Errorf("channel %s: half an answer: %w", c.name, err)
		}
		if id != c.last {
			continue // of a script that was given up
		}
		if status != 0 {
			return string(said), fmt.Errorf("%w with status %d: %s", errScript, status, bytes.TrimSpace(said))
		}
		return string(said), nil
	}
}

// kernelMonitor commands the emulator over QMP, a JSON object a line.
type kernelMonitor struct {
	conn net.Conn
	in   *json.Decoder
}

func newKernelMonitor(conn net.Conn) (*kernelMonitor, error) {
	m := &kernelMonitor{conn: conn, in: json.NewDecoder(conn)}
	if err := conn.SetDeadline(time.Now().Add(kernelPatience)); err != nil {
		return nil, err
	}
	var greeting map[string]any
	if err := m.in.Decode(&greeting); err != nil {
		return nil, fmt.Errorf("the emulator's monitor does not greet: %w", err)
	}
	_, err := m.ask("qmp_capabilities", nil)
	return m, err
}

// ask gives one command and its answer. What the emulator reports meanwhile is
// read over.
func (m *kernelMonitor) ask(command string, arguments map[string]any) (json.RawMessage, error) {
	if err := m.conn.SetDeadline(time.Now().Add(kernelPatience)); err != nil {
		return nil, err
	}
	request := map[string]any{"execute": command}
	if arguments != nil {
		request["arguments"] = arguments
	}
	if err := json.NewEncoder(m.conn).Encode(request); err != nil {
		return nil, err
	}
	for {
		var answer struct {
			Return json.RawMessage `json:"return"`
			Error  *struct {
				Desc string `json:"desc"`
			} `json:"error"`
		}
		if err := m.in.Decode(&answer); err != nil {
			return nil, fmt.Errorf("%s: %w", command, err)
		}
		if answer.Error != nil {
			return nil, fmt.Errorf("%s: %s", command, answer.Error.Desc)
		}
		if answer.Return != nil {
			return answer.Return, nil
		}
	}
}

// do gives the emulator a command and wants it done.
func (m *kernelMachine) do(command string, arguments map[string]any) json.RawMessage {
	m.t.Helper()
	answer, err := m.monitor.ask(command, arguments)
	if err != nil {
		m.t.Fatal(err)
	}
	return answer
}
