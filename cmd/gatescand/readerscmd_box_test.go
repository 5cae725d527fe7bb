package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"gatescand/scanner/reader"
	"gatescand/scanner/reader/inventory"
)

// counter is a made-up computer with what is plugged into it, and a terminal at which somebody runs readers.
type counter struct {
	*readersTool

	t    *testing.T
	root string
	out  syncBuffer
	errs syncBuffer
}

// syncBuffer is what a command has said so far.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{t: t, root: t.TempDir()}
	for _, class := range []string{"tty", "input", "hidraw", "video4linux"} {
		c.check(os.MkdirAll(filepath.Join(c.root, "sys/class", class), 0o755))
	}
	c.check(os.MkdirAll(filepath.Join(c.root, "dev/input"), 0o755))
	start := time.Now()
	c.readersTool = &readersTool{
		app:   &app{stdio: stdio{out: &c.out, err: &c.errs}, config: filepath.Join(c.root, "gatescand.toml"), getenv: func(string) string { return "" }},
		roots: inventory.Roots{Sys: filepath.Join(c.root, "sys"), Dev: filepath.Join(c.root, "dev")},
		open:  newSource,
		mono:  func() time.Duration { return time.Since(start) },
	}
	return c
}

func (c *counter) check(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// put makes a file, or a link to what follows "->".
func (c *counter) put(path, text string) {
	c.t.Helper()
	path = filepath.Join(c.root, path)
	c.check(os.MkdirAll(filepath.Dir(path), 0o755))
	if target, link := strings.CutPrefix(text, "->"); link {
		c.check(os.Symlink(target, path))
		return
	}
	c.check(os.WriteFile(path, []byte(text), 0o600))
}

// device plugs a USB device into a port and gives the folder of its interface, below the root.
func (c *counter) device(port, ids, maker, name string) string {
	c.t.Helper()
	dir := "sys/devices/usb1/" + port
	c.put(dir+"/idVendor", ids[:4]+"\n")
	c.put(dir+"/idProduct", ids[5:]+"\n")
	c.put(dir+"/manufacturer", maker+"\n")
	c.put(dir+"/product", name+"\n")
	return dir + "/" + port + ":1.0"
}

// serial plugs in a serial reader; what the returned terminal writes, it reads.
func (c *counter) serial(port, ids, maker, name, tty, byID string) *os.File {
	c.t.Helper()
	master, slave, err := pty.Open()
	c.check(err)
	c.t.Cleanup(func() { _ = master.Close() })
	node := slave.Name()
	c.check(slave.Close())
	dir := c.device(port, ids, maker, name) + "/tty/" + tty
	c.put("dev/"+tty, "->"+node)
	c.put("dev/serial/by-id/"+byID, "->../../"+tty)
	c.put(dir+"/device", "->../..")
	c.put("sys/class/tty/"+tty, "->../../"+strings.TrimPrefix(dir, "sys/"))
	return master
}

// keyboard plugs in something that types.
func (c *counter) keyboard(port, ids, maker, name, event, byID string) {
	c.t.Helper()
	dir := c.device(port, ids, maker, name) + "/0003:X.0001/input/input1"
	c.put(dir+"/capabilities/key", "ffffffffffffffff fffffffffffffffe\n")
	c.put(dir+"/id/bustype", "0003\n")
	c.put(dir+"/"+event+"/device", "->..")
	c.put("dev/input/"+event, "")
	c.put("dev/input/by-id/"+byID, "->../"+event)
	c.put("sys/class/input/"+event, "->../../"+strings.TrimPrefix(dir, "sys/")+"/"+event)
}

// learnt runs readers --learn until it ends.
func (c *counter) learnt(patience time.Duration, wanted ...string) (done func() error) {
	c.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- c.learn(c.t.Context(), wanted, patience) }()
	return func() error {
		c.t.Helper()
		select {
		case err := <-ended:
			return err
		case <-time.After(20 * time.Second):
			c.t.Fatalf("it does not end; it has said:\n%s%s", &c.out, &c.errs)
			return nil
		}
	}
}

// says waits until the command has said something.
func (c *counter) says(text string) {
	c.t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(c.out.String()+c.errs.String(), text) {
		select {
		case <-deadline.C:
			c.t.Fatalf("it does not say %q:\n%s%s", text, &c.out, &c.errs)
		case <-tick.C:
		}
	}
}

// typist is a reader that types: every frame it is given is a code.
type typist chan reader.Frame

func (y typist) Run(ctx context.Context, up func(), emit func(reader.Frame)) error {
	up()
	for {
		select {
		case f := <-y:
			emit(f)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
