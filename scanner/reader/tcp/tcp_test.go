package tcp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

func TestALineIsACode(t *testing.T) {
	for _, row := range []struct {
		name, options, in string
		want              []string
	}{
		{"LF", "", "A1\nB1\n", []string{"A1", "B1"}},
		{"CR LF", "", "A1\r\nB1\r\n", []string{"A1", "B1"}},
		{"STX and ETX", "", "\x02A1\x03\x02B1\x03", []string{"A1", "B1"}},
		{"silence", "", "A1", []string{"A1"}},
		{"silence set shorter", "?gap=20ms", "A1", []string{"A1"}},
		{"CR LF asked for", "?frame=crlf", "A\n1\r\n", []string{"A\n1"}},
		{"silence asked for", "?frame=idle:20ms", "A\r\n1\r\n", []string{"A\r\n1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newScanner(t)
			r := start(t, newSource(t, d.address, row.options))
			conn := d.connected(t)
			scan(t, conn, row.in)
			r.wants(t, row.want...)
		})
	}
}

func TestACodeSplitAnywhereIsOneCode(t *testing.T) {
	d := newScanner(t)
	r := start(t, newSource(t, d.address, "?frame=lf"))
	conn := d.connected(t)
	const code = "]Q1ABC-123\n"
	for at := 1; at < len(code); at++ {
		scan(t, conn, code[:at])
		scan(t, conn, code[at:])
		if f := r.next(t); string(f.Code) != "ABC-123" || f.AIM != "]Q1" {
			t.Fatalf("frame %q %q", f.AIM, f.Code)
		}
	}
}

// pipe makes a source talk to the other end of a pipe, so that the time can be a test's.
func pipe(t *testing.T, options string) (*Source, net.Conn) {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() { _ = far.Close() })
	s := newSource(t, "pipe:1", options)
	s.dial = func(context.Context, string) (net.Conn, error) { return near, nil }
	return s, far
}

func TestSilencePartsTwoCodes(t *testing.T) {
	for _, row := range []struct {
		name, options string
		pause         time.Duration
		want          []string
	}{
		{"as long as the gap", "", 150 * time.Millisecond, []string{"A1", "B1"}},
		{"shorter", "", 149 * time.Millisecond, []string{"A1B1"}},
		{"where it ends nothing", "?frame=cr", 1900 * time.Millisecond, []string{"A1B1"}},
		{"so long that the first was broken off", "?frame=cr", 2 * time.Second, []string{"B1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, far := pipe(t, row.options)
				var codes []string
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- s.Run(ctx, func() {}, func(f reader.Frame) { codes = append(codes, string(f.Code)) }) }()
				scan(t, far, "A1")
				synctest.Wait()
				time.Sleep(row.pause)
				synctest.Wait()
				scan(t, far, "B1\r")
				synctest.Wait()
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("Run returned %v", err)
				}
				if !slices.Equal(codes, row.want) {
					t.Errorf("codes %q, want %q", codes, row.want)
				}
			})
		})
	}
}

func TestAConnectionThatEndsDropsTheUnfinishedCode(t *testing.T) {
	for _, row := range []struct {
		name string
		end  func(*net.TCPConn) error
	}{
		{"closed in order", (*net.TCPConn).Close},
		{"reset", func(c *net.TCPConn) error { return errors.Join(c.SetLinger(0), c.Close()) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newScanner(t)
			r := start(t, newSource(t, d.address, "?frame=lf"))
			conn := d.connected(t)
			scan(t, conn, "A1\nhalf of a co")
			r.wants(t, "A1")
			if err := row.end(conn); err != nil {
				t.Fatal(err)
			}
			if err := r.end(t); !errors.Is(err, reader.ErrGone) || !strings.Contains(err.Error(), d.address) {
				t.Errorf("Run returned %v, want ErrGone with the address", err)
			}
			select {
			case f := <-r.frames:
				t.Errorf("code %q of a broken connection", f.Code)
			default:
			}
		})
	}
}

func TestFailuresToConnectHaveTheirClass(t *testing.T) {
	d := newScanner(t)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	err := start(t, newSource(t, d.address, "")).end(t)
	if !errors.Is(err, reader.ErrAbsent) || !strings.Contains(err.Error(), "TCP server") {
		t.Errorf("a closed port gave %v, want ErrAbsent with a remedy", err)
	}
	for _, row := range []struct {
		name  string
		err   error
		class error
		want  string
	}{
		{"no route", syscall.EHOSTUNREACH, reader.ErrAbsent, "network cable"},
		{"no network", syscall.ENETUNREACH, reader.ErrAbsent, "network cable"},
		{"no answer", os.ErrDeadlineExceeded, reader.ErrAbsent, "power"},
		{"an unknown name", &net.DNSError{Err: "no such host", IsNotFound: true}, reader.ErrAbsent, "IP address"},
		{"no name server", &net.DNSError{Err: "timeout", IsTimeout: true}, reader.ErrAbsent, "IP address"},
		{"a firewall of ours", syscall.EPERM, reader.ErrPermission, "firewall"},
		{"an address that is none", syscall.EADDRNOTAVAIL, reader.ErrAddress, "IP address"},
		{"anything else", syscall.EMFILE, reader.ErrFault, "cannot be connected"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSource(t, "gate.example:9000", "")
			s.dial = func(context.Context, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: row.err}
			}
			err := start(t, s).end(t)
			if !errors.Is(err, row.class) || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "gate.example:9000") {
				t.Errorf("Run returned %v, want %v with the address and %q", err, row.class, row.want)
			}
		})
	}
}

func TestAPeerThatVanishesIsNoticedWithinHalfAMinute(t *testing.T) {
	d := newScanner(t)
	conn, err := dial(t.Context(), d.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		t.Fatalf("a connection of type %T", conn)
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	get := func(level, option int) int {
		var value int
		var getErr error
		if err := errors.Join(raw.Control(func(fd uintptr) { value, getErr = unix.GetsockoptInt(int(fd), level, option) }), getErr); err != nil {
			t.Fatal(err)
		}
		return value
	}
	asked := get(unix.SOL_SOCKET, unix.SO_KEEPALIVE)
	after := get(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE) + get(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL)*get(unix.IPPROTO_TCP, unix.TCP_KEEPCNT)
	if asked != 1 || after > 30 {
		t.Errorf("keep-alive %d, noticed after %d s", asked, after)
	}
	if bound := get(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT); bound != 30_000 {
		t.Errorf("what we say may be unanswered for %d ms", bound)
	}
	err = lostError(d.address, &net.OpError{Op: "read", Err: syscall.ETIMEDOUT})
	if !errors.Is(err, reader.ErrGone) || !strings.Contains(err.Error(), "cable") {
		t.Errorf("a peer that does not answer gives %v", err)
	}
}

func TestWhatIsSaidReachesTheReader(t *testing.T) {
	d := newScanner(t)
	s := newSource(t, d.address, "")
	if err := s.Talk([]byte("x")); !errors.Is(err, reader.ErrAbsent) {
		t.Errorf("before Run, Talk gave %v, want ErrAbsent", err)
	}
	r := startUp(t, s)
	conn := d.connected(t)
	beep := []byte("\x16\x07\r")
	if err := r.Talk(beep); err != nil {
		t.Fatal(err)
	}
	copy(beep, "???") // Talk has copied it
	got := make([]byte, 3)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "\x16\x07\r" {
		t.Errorf("the reader got %q, %v", got, err)
	}
	if err := r.Talk(make([]byte, reader.MaxTalk+1)); !errors.Is(err, reader.ErrTooLong) {
		t.Errorf("Talk gave %v, want ErrTooLong", err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.end(t); !errors.Is(err, reader.ErrGone) {
		t.Error(err)
	}
	if err := s.Talk([]byte("x")); !errors.Is(err, reader.ErrAbsent) {
		t.Errorf("after the end, Talk gave %v, want ErrAbsent", err)
	}
}

func TestAReaderThatTakesNothingIsDeclaredDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := pipe(t, "") // nobody reads at the other end
		began := time.Now()
		ended := make(chan error, 1)
		up := make(chan struct{})
		go func() { ended <- s.Run(t.Context(), func() { close(up) }, func(reader.Frame) {}) }()
		<-up
		if err := s.Talk([]byte("beep")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := s.Talk([]byte("beep")); err != nil {
			t.Errorf("the second waits in the slot, but Talk gave %v", err)
		}
		if err := s.Talk([]byte("beep")); !errors.Is(err, reader.ErrBusy) {
			t.Errorf("the third gave %v, want ErrBusy", err)
		}
		if err := <-ended; !errors.Is(err, reader.ErrFault) || time.Since(began) != writeBound {
			t.Errorf("Run returned %v after %v", err, time.Since(began))
		}
	})
}

func TestALineWithoutAnEndCostsNothingAndTheNextCodeIsRead(t *testing.T) {
	d := newScanner(t)
	r := start(t, newSource(t, d.address, ""))
	conn := d.connected(t)
	garbage := bytes.Repeat([]byte("x"), 8<<20)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	written := make(chan error, 1)
	go func() {
		_, err := conn.Write(append(garbage, "\r\nGOOD\r\n"...))
		written <- err
	}()
	overlong := 0
	for f := r.next(t); string(f.Code) != "GOOD"; f = r.next(t) {
		overlong++
		if !f.Overlong || len(f.Code) > reader.MaxCode {
			t.Fatalf("a code of %d bytes, overlong %v", len(f.Code), f.Overlong)
		}
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc) - int64(len(garbage)); grown > 512<<10 {
		t.Errorf("%d bytes kept", grown)
	}
	if overlong != 1 {
		t.Errorf("%d frames marked overlong, want one", overlong)
	}
}

func TestStopIsPrompt(t *testing.T) {
	for _, row := range []struct {
		name string
		do   func(t *testing.T) *running
	}{
		{"while idle", func(t *testing.T) *running {
			t.Helper()
			d := newScanner(t)
			r := startUp(t, newSource(t, d.address, ""))
			d.connected(t)
			return r
		}},
		{"while codes pour in and nobody takes them", func(t *testing.T) *running {
			t.Helper()
			d := newScanner(t)
			r := startUp(t, newSource(t, d.address, ""))
			conn := d.connected(t)
			go func() { _, _ = conn.Write(bytes.Repeat([]byte("A\r"), 1<<20)) }() // it ends with the connection
			r.next(t)
			return r
		}},
		{"while connecting", func(t *testing.T) *running {
			t.Helper()
			s := newSource(t, "192.0.2.1:9", "") // an address for documents: nothing answers there
			dialing := make(chan struct{})
			s.dial = func(ctx context.Context, _ string) (net.Conn, error) {
				close(dialing)
				<-ctx.Done()
				return nil, &net.OpError{Op: "dial", Err: ctx.Err()}
			}
			r := start(t, s)
			<-dialing
			return r
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := row.do(t)
			began := time.Now()
			r.cancel()
			if err := r.end(t); !errors.Is(err, context.Canceled) {
				t.Errorf("Run returned %v", err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("Run returned after %v", took)
			}
		})
	}
}

func TestTheSupervisorConnectsAgain(t *testing.T) {
	d := newScanner(t)
	s := newSource(t, d.address, "")
	frames := make(chan reader.Frame, 100)
	supervisor := reader.Supervisor{
		Address: "tcp:" + d.address, Source: s, Now: s.now, Log: slog.New(slog.DiscardHandler),
		Emit: func(f reader.Frame) { frames <- f },
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- supervisor.Run(ctx) }()
	for range 3 {
		conn := d.connected(t)
		scan(t, conn, "A1\n")
		select {
		case f := <-frames:
			if string(f.Code) != "A1" {
				t.Errorf("code %q", f.Code)
			}
		case <-time.After(patience):
			t.Fatal("no code")
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the supervisor returned %v", err)
	}
}

func TestALaneThatPanicsLeavesNothingBehind(t *testing.T) {
	d := newScanner(t)
	s := newSource(t, d.address, "")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Run(t.Context(), func() { panic("lane") }, func(reader.Frame) {})
	}()
	if err := s.Talk(nil); !errors.Is(err, reader.ErrAbsent) {
		t.Errorf("Talk gave %v, want ErrAbsent", err)
	}
}
