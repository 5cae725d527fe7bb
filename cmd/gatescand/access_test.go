package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/health"
)

// talk is somebody at a terminal that a command runs on.
type talk struct {
	t      *testing.T
	person *os.File // their side
	shown  bytes.Buffer
}

// converse runs ask on a terminal and gives what the person sees and the
// terminal the command has.
func converse(t *testing.T, ask func(a *app) error) (*talk, *os.File, <-chan error) {
	t.Helper()
	person, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close(); _ = terminal.Close() })
	done := make(chan error, 1)
	a := &app{stdio: stdio{in: terminal, out: terminal, err: terminal}, getenv: func(string) string { return "" }, now: time.Now}
	go func() { done <- ask(a) }()
	return &talk{t: t, person: person}, terminal, done
}

// await reads until the person sees a text.
func (k *talk) await(text string) {
	k.t.Helper()
	if err := k.person.SetReadDeadline(time.Now().Add(patience)); err != nil {
		k.t.Fatal(err)
	}
	one := make([]byte, 1)
	for !strings.Contains(k.shown.String(), text) {
		n, err := k.person.Read(one)
		if err != nil {
			k.t.Fatalf("%q was not shown: %v in %q", text, err, k.shown.String())
		}
		k.shown.Write(one[:n])
	}
}

func (k *talk) write(line string) {
	k.t.Helper()
	if _, err := io.WriteString(k.person, line+"\n"); err != nil {
		k.t.Fatal(err)
	}
}

func echoes(t *testing.T, f *os.File) bool {
	t.Helper()
	is, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return is.Lflag&unix.ECHO != 0
}

func TestATerminalIsAskedTwiceAndShowsNothing(t *testing.T) {
	var got string
	k, terminal, done := converse(t, func(a *app) (err error) {
		got, err = a.newPassword(t.Context(), "staff")
		return err
	})
	k.await("New password of the staff: ")
	k.write("a long word")
	k.await("The same once more: ")
	if echoes(t, terminal) {
		t.Error("the terminal shows what is typed")
	}
	k.write("a long word")
	if err := <-done; err != nil || got != "a long word" {
		t.Errorf("%q %v", got, err)
	}
	if !echoes(t, terminal) {
		t.Error("the terminal stays silent")
	}
	if strings.Contains(k.shown.String(), "long") {
		t.Errorf("shown: %q", k.shown.String())
	}
}

func TestTwoDifferentPasswordsAreNone(t *testing.T) {
	k, _, done := converse(t, func(a *app) error {
		_, err := a.newPassword(t.Context(), "admin")
		return err
	})
	k.await("administrator: ")
	k.write("a long word")
	k.await("once more: ")
	k.write("a lone word")
	if err := <-done; err == nil || !strings.Contains(err.Error(), "not the same") {
		t.Errorf("%v", err)
	}
}

func TestASignalGivesTheTerminalBack(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	k, terminal, done := converse(t, func(a *app) error {
		_, err := a.newPassword(ctx, "admin")
		return err
	})
	k.await("administrator: ")
	cancel()
	if err := <-done; err == nil {
		t.Error("there was no password, and nobody says so")
	}
	if !echoes(t, terminal) {
		t.Error("the terminal stays silent")
	}
	k.write("") // ends the read that cannot be taken back
}

func TestTheSetUpCodeIsToldToATerminalAndNeverToALog(t *testing.T) {
	dir := t.TempDir()
	d := &daemon{access: admin.OpenAccess(dir)}
	code, err := d.access.SetupCode()
	if err != nil {
		t.Fatal(err)
	}
	k, _, done := converse(t, func(a *app) error { return a.tellSetupCode(d) })
	k.await(code)
	if err := <-done; err != nil {
		t.Error(err)
	}
	var log bytes.Buffer
	if err := (&app{stdio: stdio{err: &log}}).tellSetupCode(d); err != nil || log.Len() > 0 {
		t.Errorf("%q %v", log.String(), err)
	}
	if err := d.access.Set(t.Context(), admin.RoleAdmin, "a long word"); err != nil {
		t.Fatal(err)
	}
	person, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()   //nolint:errcheck // the test is over
	defer terminal.Close() //nolint:errcheck // as above
	if err := (&app{stdio: stdio{err: terminal}}).tellSetupCode(d); err != nil {
		t.Error(err)
	}
	if n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCINQ); err != nil || n != 0 {
		t.Errorf("%d bytes were shown, %v", n, err)
	}
}

// newConditionsOnly gives a registry nobody watches.
func newConditionsOnly() conditions {
	return newConditions(admin.NewHub(), health.NewRegistry(time.Now))
}

func stands(c conditions, code string) bool {
	for _, x := range c.Conditions() {
		if x.Code == code {
			return true
		}
	}
	return false
}

func TestATokenThatCannotBeUsedKeepsNoGateShut(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "api-token")
	tell := newConditionsOnly()
	first := openToken(dir, newDiscard(), tell)
	if len(tell.Conditions()) != 0 || openToken(dir, newDiscard(), tell) != first {
		t.Error("a good token is not kept")
	}
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	renewed := openToken(dir, slog.New(slog.NewTextHandler(&log, nil)), tell)
	raw, err := os.ReadFile(path)
	if err != nil || strings.TrimSpace(string(raw)) != renewed || renewed == first {
		t.Errorf("the file has not the new token: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if !stands(tell, "token_renewed") || !strings.Contains(log.String(), path) || strings.Contains(log.String(), renewed) {
		t.Errorf("said: %v, logged: %s", tell.Conditions(), log.String())
	}
	// Not even a folder in its place stops the gate; the token is then nobody's.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	tell = newConditionsOnly()
	one, other := openToken(dir, newDiscard(), tell), openToken(dir, newDiscard(), tell)
	if one == other || len(one) < 16 || !stands(tell, "token_unreadable") {
		t.Errorf("conditions %v", tell.Conditions())
	}
}

func TestACertificateThatCannotBeKeptIsServedAllTheSame(t *testing.T) {
	dir := t.TempDir()
	d := &daemon{health: newConditionsOnly(), log: newDiscard(), first: &configs.Config{}}
	d.first.Station.DataDir = dir
	first, err := d.ownCertificate("192.0.2.7:8640")
	if err != nil || stands(d.health, "page_certificate_unkept") {
		t.Fatalf("%v %v", err, d.health.Conditions())
	}
	again, err := d.ownCertificate("192.0.2.7:8640")
	if err != nil || !bytes.Equal(again.Certificate[0], first.Certificate[0]) {
		t.Errorf("another certificate after a restart: %v", err)
	}
	leaf, err := x509.ParseCertificate(first.Certificate[0])
	if err != nil || leaf.VerifyHostname("192.0.2.7") != nil || leaf.VerifyHostname("localhost") != nil {
		t.Errorf("not for its own names: %v", err)
	}
	for _, name := range []string{"page-cert.pem", "page-key.pem"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A folder that is gone cannot be written to, whoever tries.
	d.first.Station.DataDir = filepath.Join(dir, "gone")
	kept, err := d.ownCertificate("192.0.2.7:8640")
	if err != nil || len(kept.Certificate) == 0 || !stands(d.health, "page_certificate_unkept") {
		t.Fatalf("%v %v", err, d.health.Conditions())
	}
	served, asked := net.Pipe()
	go func() {
		s := tls.Server(served, &tls.Config{Certificates: []tls.Certificate{kept}, MinVersion: tls.VersionTLS12})
		_ = s.HandshakeContext(t.Context()) // the client tells
		_ = s.Close()
	}()
	c := tls.Client(asked, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // it is self-signed
	if err := c.HandshakeContext(t.Context()); err != nil {
		t.Error(err)
	}
	_ = c.Close()
	d.first.Station.DataDir = dir
	if err := os.Mkdir(filepath.Join(dir, "gone"), 0o700); err != nil {
		t.Fatal(err)
	}
	d.first.Station.DataDir = filepath.Join(dir, "gone")
	if _, err := d.ownCertificate("192.0.2.7:8640"); err != nil || stands(d.health, "page_certificate_unkept") {
		t.Errorf("kept again: %v %v", err, d.health.Conditions())
	}
}
