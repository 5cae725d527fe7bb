package sound

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The fake aplay is this test binary, run again with these in its environment.
const (
	fakeWay    = "GATESCAND_FAKE_APLAY" // play, fail, hang or family
	fakeSocket = "GATESCAND_FAKE_SOCKET"
)

func TestMain(m *testing.M) {
	if way := os.Getenv(fakeWay); way != "" {
		os.Exit(fakeAplay(way))
	}
	os.Exit(m.Run())
}

// fakeAplay takes what it is given to play, tells the test of it, and then does
// what it is there for. The test sees the end of each process by the end of its
// connection.
func fakeAplay(way string) int {
	conn, err := new(net.Dialer).DialContext(context.Background(), "unix", os.Getenv(fakeSocket))
	if err != nil {
		return 3
	}
	defer conn.Close() //nolint:errcheck // the process ends
	heard, err := io.ReadAll(os.Stdin)
	if err != nil {
		return 4
	}
	if way == "family" { // a child of its own, which keeps its standard error
		child := exec.Command(os.Args[0]) //nolint:noctx // the test ends it
		child.Env = append(os.Environ(), fakeWay+"=hang")
		child.Stderr = os.Stderr
		if child.Start() != nil {
			return 5
		}
	}
	if _, err := fmt.Fprintf(conn, "%d %s\n", len(heard), strings.Join(os.Args[1:], " ")); err != nil {
		return 6
	}
	switch way {
	case "fail":
		fmt.Fprint(os.Stderr, "aplay: main:831: audio open \x1b[31merror: No such file or directory\nmore\n"+strings.Repeat("x", 1<<16))
		return 1
	case "hang", "family":
		_, _ = conn.Read(make([]byte, 1)) // for ever
	}
	return 0
}

// stage is where fake players appear.
type stage struct {
	t        *testing.T
	listener *net.UnixListener
}

// newStage makes every aplay of the test a fake one of that way.
func newStage(t *testing.T, way string) (*stage, *Player) {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	t.Setenv(fakeWay, way)
	t.Setenv(fakeSocket, socket)
	return &stage{t, l}, NewPlayer(self)
}

// way changes what the next fake does.
func (s *stage) way(way string) { s.t.Setenv(fakeWay, way) }

// actor is one fake process.
type actor struct {
	conn net.Conn
	said string // how many bytes it was given to play, and its arguments
}

// next waits for the next process, and for it to have read what it is to play.
func (s *stage) next() actor {
	s.t.Helper()
	conn, err := s.listener.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	said, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	return actor{conn, strings.TrimSpace(said)}
}

// early gives a process that appears within that time.
func (s *stage) early(within time.Duration) (net.Conn, error) {
	if err := s.listener.SetDeadline(time.Now().Add(within)); err != nil {
		s.t.Fatal(err)
	}
	defer s.listener.SetDeadline(time.Time{}) //nolint:errcheck // it took one before
	return s.listener.Accept()
}

// gone waits until the process has ended.
func (a actor) gone(t *testing.T) {
	t.Helper()
	if _, err := a.conn.Read(make([]byte, 1)); err == nil {
		t.Error("it said more")
	} else if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}
