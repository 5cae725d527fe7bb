package platform_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatescand/sync/platform"
)

// rawServer gives the address of a server that answers each request with
// whatever serve writes, until it returns or the client has gone.
func rawServer(tb testing.TB, serve func(w io.Writer)) string {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer func() { _ = conn.Close() }() // the client may have gone first
				stop := make(chan struct{})
				defer close(stop)
				go func() { // a test that fails must not hang
					select {
					case <-tb.Context().Done():
						_ = conn.Close()
					case <-stop:
					}
				}()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					serve(conn)
				}
			})
		}
	})
	tb.Cleanup(func() {
		_ = listener.Close()
		conns.Wait()
	})
	return "http://" + listener.Addr().String()
}

// flood writes text again and again, up to so many bytes, for as long as
// somebody reads.
func flood(w io.Writer, text string, most int64) (written int64) {
	chunk := []byte(strings.Repeat(text, max(1, (32<<10)/len(text))))
	for written < most {
		n, err := w.Write(chunk)
		written += int64(n)
		if err != nil {
			break
		}
	}
	return written
}

// drip writes one byte of text every so often.
func drip(w io.Writer, text string, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for i := range len(text) {
		<-ticker.C
		if _, err := io.WriteString(w, text[i:i+1]); err != nil {
			return
		}
	}
}

const (
	jsonHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	gigabyte = 1 << 30
)

// row is a row of a list as drawers have them: it takes some hundred times the
// room of the shortest text that makes one.
type row struct {
	ID, Status, Holder, Product, Price, Event string
	From, Until                               time.Time
	Uses                                      int
	Amount                                    *float64
	Extra                                     [16]string
}

type rows struct {
	Rows []row `json:"rows"`
}

func TestHostileAnswersEndSoonAndTakeLittleRoom(t *testing.T) {
	const room = 32 << 20 // bytes allocated in all, the server's side included
	tests := []struct {
		name  string
		serve func(w io.Writer)
		class platform.Class
		text  string // in the error
	}{
		{"a gigabyte that is announced", func(w io.Writer) {
			_, _ = fmt.Fprintf(w, "%sContent-Length: %d\r\n\r\n", jsonHead, gigabyte)
			flood(w, `"aaaaaaaa",`, gigabyte)
		}, platform.Protocol, "longer than such an answer can be"},
		{"a gigabyte that is not announced", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"\r\n[")
			flood(w, `"aaaaaaaa",`, gigabyte)
		}, platform.Protocol, "longer than such an answer can be"},
		{"a gigabyte in chunks", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"Transfer-Encoding: chunked\r\n\r\n")
			flood(w, "1000\r\n"+strings.Repeat(" ", 4096)+"\r\n", gigabyte)
		}, platform.Protocol, "longer than such an answer can be"},
		{"a chunk of sixteen exabytes", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")
			flood(w, "aaaaaaaa", gigabyte)
		}, platform.Protocol, "longer than such an answer can be"},
		{"a chunk whose length never ends", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"Transfer-Encoding: chunked\r\n\r\n")
			flood(w, "0", gigabyte)
		}, platform.Server, "broke off"},
		{"chunks of one byte with long words beside them", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"Transfer-Encoding: chunked\r\n\r\n")
			flood(w, "1;"+strings.Repeat("x", 2000)+"\r\n \r\n", gigabyte)
		}, platform.Server, "broke off"},
		{"trailers without end", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
			flood(w, "X-Trailer: "+strings.Repeat("x", 100)+"\r\n", gigabyte)
		}, platform.Server, "broke off"},
		{"a status line without end", func(w io.Writer) {
			flood(w, "HTTP/1.1 200 OK OK OK", gigabyte)
		}, platform.Server, "none that HTTP knows"},
		{"a header without end", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"X-Long: ")
			flood(w, "xxxxxxxx", gigabyte)
		}, platform.Server, "none that HTTP knows"},
		{"headers without end", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead)
			flood(w, "X-Header: x\r\n", gigabyte)
		}, platform.Server, "none that HTTP knows"},
		{"promises of an answer without end", func(w io.Writer) {
			flood(w, "HTTP/1.1 100 Continue\r\n\r\n", gigabyte)
		}, platform.Server, "none that HTTP knows"},
		{"hints without end", func(w io.Writer) {
			flood(w, "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n", gigabyte)
		}, platform.Server, "none that HTTP knows"},
		{"a protocol nobody asked for", func(w io.Writer) {
			_, _ = io.WriteString(w, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
			flood(w, "xxxxxxxx", gigabyte)
		}, platform.Protocol, "another protocol"},
		{"a compressed gigabyte", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"Content-Encoding: gzip\r\n\r\n")
			_, _ = w.Write(bomb())
		}, platform.Protocol, "compressed"},
		{"a compressed answer in two layers", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"Content-Encoding: identity\r\nContent-Encoding: br\r\n\r\n")
		}, platform.Protocol, "compressed"},
		{"a compressed log-in page", func(w io.Writer) {
			_, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n")
		}, platform.Captive, "compressed"},
		{"a compressed failure", func(w io.Writer) {
			_, _ = io.WriteString(w, "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n")
		}, platform.Server, "compressed"},
		{"a million levels", body(strings.Repeat(`{"rows":`, 100_000)), platform.Protocol, "not what the platform documents"},
		{"a million arrays", body(strings.Repeat("[", 1_000_000)), platform.Protocol, "not what the platform documents"},
		{"one text of a megabyte", body(`{"rows":[{"Holder":"` + strings.Repeat("a", 1_000_000) + `"}]} x`), platform.Protocol, "not what"},
		{"one number of a megabyte", body(`{"rows":[{"Uses":` + strings.Repeat("9", 1_000_000) + `}]}`), platform.Protocol, "not what"},
		{"one fraction of a megabyte", body(`{"rows":[{"Amount":0.` + strings.Repeat("9", 1_000_000) + `}]}`), platform.Protocol, "not what"},
		{"a huge exponent", body(`{"rows":[{"Amount":1e` + strings.Repeat("9", 90) + `}]}`), platform.Protocol, "not what"},
		{"a hundred thousand members", body(members(100_000)), platform.Protocol, "not what the platform documents"},
		{"a hundred thousand members deep down", body(`{"a":{"b":[` + members(90_000) + `]}}`), platform.Protocol, "not what"},
		{"a quarter of a million rows of nothing", body(`{"rows":[` + strings.Repeat("{},", 250_000) + `{}]}`), platform.Protocol, "not what"},
		{"half a million nothings", body(`{"rows":[` + strings.Repeat("0,", 500_000) + `0]}`), platform.Protocol, "not what"},
		{"a member twice", body(`{"rows":[{"ID":"a","ID":"b"}]}`), platform.Protocol, "not what"},
		{"half a megabyte of blanks", body(strings.Repeat(" ", 500_000) + "{} x"), platform.Protocol, "not what"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, rawServer(t, test.serve))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			r, err := c.Do(t.Context(), platform.Request{Op: "test", Method: http.MethodGet, Path: "/", Timeout: 20 * time.Second})
			if err == nil {
				err = c.Decode("test", r, &rows{})
			}
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			wantError(t, err, test.class, test.text)
			if took > 10*time.Second {
				t.Errorf("took %s", took)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > room {
				t.Errorf("%d MiB were allocated", n>>20)
			}
		})
	}
}

func wantError(t *testing.T, err error, class platform.Class, text string) {
	t.Helper()
	e, ok := errors.AsType[*platform.Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if e.Class != class || !strings.Contains(e.Error(), text) {
		t.Errorf("got %s: %v, want %s: …%s…", e.Class, err, class, text)
	}
	if len(e.Error()) > 400 {
		t.Errorf("the error has %d bytes", len(e.Error()))
	}
}

// silence says nothing until the client has gone.
func silence(w io.Writer) {
	if r, ok := w.(io.Reader); ok {
		_, _ = io.Copy(io.Discard, r)
	}
}

// body answers with text as JSON.
func body(text string) func(w io.Writer) {
	return func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%sContent-Length: %d\r\n\r\n", jsonHead, len(text))
		_, _ = io.WriteString(w, text)
	}
}

// members gives an object of n members.
func members(n int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		_, _ = fmt.Fprintf(&b, `"%x":0,`, i)
	}
	return strings.TrimSuffix(b.String(), ",") + "}"
}

// bomb is small and unpacks to many times its size.
func bomb() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(make([]byte, 4<<20))
	_ = z.Close()
	return b.Bytes()
}

func TestWhateverTricklesTheRequestEndsAtItsDeadline(t *testing.T) {
	const patience = 200 * time.Millisecond
	for _, test := range []struct {
		name  string
		serve func(w io.Writer)
	}{
		{"nothing", silence},
		{"a status line", func(w io.Writer) { drip(w, jsonHead, 20*time.Millisecond) }},
		{"headers", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead)
			drip(w, strings.Repeat("X: y\r\n", 1000), 5*time.Millisecond)
		}},
		{"a body", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"Content-Length: 1000\r\n\r\n")
			drip(w, strings.Repeat(" ", 1000), 5*time.Millisecond)
		}},
		{"chunks", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"Transfer-Encoding: chunked\r\n\r\n")
			drip(w, strings.Repeat("1\r\n \r\n", 1000), 5*time.Millisecond)
		}},
		{"trailers", func(w io.Writer) {
			_, _ = io.WriteString(w, jsonHead+"Transfer-Encoding: chunked\r\n\r\n0\r\n")
			drip(w, strings.Repeat("X: y\r\n", 500), 5*time.Millisecond)
		}},
		{"promises", func(w io.Writer) {
			drip(w, strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100), 5*time.Millisecond)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, rawServer(t, test.serve))
			began := time.Now()
			_, err := c.Do(t.Context(), platform.Request{Op: "test", Method: http.MethodGet, Path: "/", Timeout: patience})
			wantError(t, err, platform.Offline, "no answer in time")
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestWhereAConnectionBreaksTellsWhoFailed(t *testing.T) {
	for _, test := range []struct {
		name  string
		says  string
		class platform.Class
		text  string
	}{
		{"before any answer", "", platform.Offline, "broke before an answer came"},
		{"in the status line", "HTTP/1.1 2", platform.Server, "broke off"},
		{"in the headers", jsonHead + "X-", platform.Server, "broke off"},
		{"before the body", jsonHead + "Content-Length: 10\r\n\r\n", platform.Server, "broke off"},
		{"in the body", jsonHead + "Content-Length: 10\r\n\r\n{}", platform.Server, "broke off"},
		{"in a chunk", jsonHead + "Transfer-Encoding: chunked\r\n\r\n10\r\n{}", platform.Server, "broke off"},
		{"before the last chunk", jsonHead + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", platform.Server, "broke off"},
	} {
		for _, once := range []bool{false, true} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				t.Run(fmt.Sprintf("%s, %s, one shot %v", test.name, method, once), func(t *testing.T) {
					var asked atomic.Int32
					base := rawServer(t, func(w io.Writer) {
						asked.Add(1)
						_, _ = io.WriteString(w, test.says)
					})
					c := newClient(t, base, func(c *platform.ClientConfig) { c.OneShot = once })
					r, err := c.Do(t.Context(), platform.Request{Op: "test", Method: method, Path: "/"})
					wantError(t, err, test.class, test.text)
					if !r.Sent || asked.Load() != 1 {
						t.Errorf("sent %v, asked %d times", r.Sent, asked.Load())
					}
				})
			}
		}
	}
	t.Run("a reset before any answer", func(t *testing.T) {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_, _ = conn.Read(make([]byte, 10))
			_ = conn.Close()
		}()
		t.Cleanup(func() { _ = listener.Close(); <-done })
		_, err = get(t, newClient(t, "http://"+listener.Addr().String()), "/")
		wantError(t, err, platform.Offline, "broke before an answer came")
	})
}
