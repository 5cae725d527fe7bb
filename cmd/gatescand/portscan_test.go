package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// socket is one row of the kernel's tables: what a process hears on.
type socket struct {
	table string
	local netip.AddrPort
}

// hears gives every socket of a process that strangers could send something to:
// listening ones of TCP, and all of UDP, UDP-Lite and raw IP that are not bound
// to one peer.
func hears(pid int) ([]socket, error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	own := make(map[string]bool)
	files, err := os.ReadDir(filepath.Join(dir, "fd"))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		link, err := os.Readlink(filepath.Join(dir, "fd", f.Name()))
		if errors.Is(err, os.ErrNotExist) {
			continue // closed meanwhile
		}
		if err != nil {
			return nil, err
		}
		if inode, ok := strings.CutPrefix(link, "socket:["); ok {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	var out []socket
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6"} {
		rows, err := socketTable(filepath.Join(dir, "net", table))
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			const listening = "0A"
			if !own[row.inode] || (strings.HasPrefix(table, "tcp") && row.state != listening) || (!strings.HasPrefix(table, "tcp") && row.remote.Port() != 0) {
				continue
			}
			out = append(out, socket{table, row.local})
		}
	}
	return out, nil
}

type socketRow struct {
	local, remote netip.AddrPort
	state, inode  string
}

// socketTable reads a table such as /proc/net/tcp; a kernel without that
// protocol has none.
func socketTable(path string) (rows []socketRow, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 10 || words[0] == "sl" {
			continue
		}
		var row socketRow
		if row.local, err = kernelAddress(words[1]); err != nil {
			return nil, err
		}
		if row.remote, err = kernelAddress(words[2]); err != nil {
			return nil, err
		}
		row.state, row.inode = words[3], words[9]
		rows = append(rows, row)
	}
	return rows, lines.Err()
}

// kernelAddress reads an address as the kernel prints it: words of four bytes in
// the order of a little-endian machine, and the port.
func kernelAddress(text string) (netip.AddrPort, error) {
	host, port, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(host)
	if err != nil || (len(raw) != 4 && len(raw) != 16) {
		return netip.AddrPort{}, fmt.Errorf("no address of the kernel: %q", text)
	}
	for i := 0; i < len(raw); i += 4 {
		slices.Reverse(raw[i : i+4])
	}
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, err
	}
	addr, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr, uint16(n)), nil
}

// process is the real program, running.
type process struct {
	pid  int
	page *url.URL
}

// startProcess runs the daemon as a process of its own until it is ready.
func startProcess(t *testing.T, adminConfig string) process {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "gatescand.toml")
	text := fmt.Sprintf("[station]\ndata_dir = %q\n[admin]\n%s\n[[account]]\nname = \"lespass\"\nplatform = \"tibillet\"\nurl = \"http://127.0.0.1:9\"\n"+
		"[[lane]]\nname = \"north\"\nreader = \"virtual:\"\n[[lane]]\nname = \"south\"\nreader = \"serial:/dev/serial/by-id/none\"\n", filepath.Join(dir, "data"), adminConfig)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, exe, "run", "--config", config)
	cmd.Args[0] = "gatescand" // TestMain runs the program itself under this name
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the daemon ended with %v: %s", err, said.String())
		}
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	until := time.NewTimer(patience)
	defer until.Stop()
	for {
		if raw, err := os.ReadFile(filepath.Join(dir, "data", pageURLName)); err == nil {
			page, err := url.Parse(strings.TrimSpace(string(raw)))
			if err != nil {
				t.Fatal(err)
			}
			return process{cmd.Process.Pid, page}
		}
		select {
		case <-tick.C:
		case <-until.C:
			t.Fatal("no page was served")
		}
	}
}

func (p process) get(t *testing.T, path string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.page.String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the certificate is the station's own
	}}
	return client.Do(r)
}

// TestTheDaemonListensOnOneAddressAndNoOther looks at the real program through
// the kernel's own tables.
func TestTheDaemonListensOnOneAddressAndNoOther(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ config, host, scheme string }{
		"on loopback":                   {"listen = \"127.0.0.1:0\"", "127.0.0.1", "http"},
		"on one address among several":  {"listen = \"127.0.0.2:0\"", "127.0.0.2", "http"},
		"with a certificate of its own": {"listen = \"127.0.0.3:0\"\ntls = \"self-signed\"", "127.0.0.3", "https"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProcess(t, tc.config)
			found, err := hears(p.pid)
			if err != nil {
				t.Fatal(err)
			}
			want := socket{"tcp", netip.MustParseAddrPort(p.page.Host)}
			if len(found) != 1 || found[0] != want || p.page.Hostname() != tc.host || p.page.Scheme != tc.scheme {
				t.Errorf("hears on %v at %s, want %v alone", found, p.page, want)
			}
			resp, err := p.get(t, "/healthz")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusOK || resp.Header.Get("Strict-Transport-Security") != "" {
				t.Errorf("%d, HSTS %q", resp.StatusCode, resp.Header.Get("Strict-Transport-Security"))
			}
		})
	}
}

// The test above can see what it looks for.
func TestAListenerMoreIsSeen(t *testing.T) {
	var lc net.ListenConfig
	tcp, err := lc.Listen(t.Context(), "tcp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close() //nolint:errcheck // the test is over
	udp, err := lc.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close() //nolint:errcheck // as above
	found, err := hears(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []socket{{"tcp6", netip.MustParseAddrPort(tcp.Addr().String())}, {"udp", netip.MustParseAddrPort(udp.LocalAddr().String())}} {
		if !slices.Contains(found, want) {
			t.Errorf("%v is not seen in %v", want, found)
		}
	}
}

// Over TLS nothing is said to somebody who speaks without, or in an old version.
func TestThePageOverTLSSpeaksNothingElse(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "listen = \"127.0.0.1:0\"\ntls = \"self-signed\"")
	old := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}} //nolint:gosec // it is what must be refused
	if c, err := old.DialContext(t.Context(), "tcp", p.page.Host); err == nil {
		_ = c.Close()
		t.Error("TLS 1.1 is spoken")
	}
	var plain net.Dialer
	c, err := plain.DialContext(t.Context(), "tcp", p.page.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(c)
	if err != nil || strings.Contains(string(said), "200 OK") || strings.Contains(string(said), "ok\n") {
		t.Errorf("%q %v", said, err)
	}
}
