//go:build kernel

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// kernelStation is what the guest's daemon knows: a station that was paired
// and fetched its list on the host, from whole fake platforms over real HTTP,
// and has had no network since.
type kernelStation struct {
	t     *testing.T
	house *house
	data  []byte   // the data directory, as a compressed tape
	codes []string // TiBillet codes of tickets on the list, not yet used
	next  int      // short codes given out
}

// kernelTickets is how many tickets are on the list.
// guest begins with all of them unused.
const kernelTickets = 100

// newKernelStation pairs and fetches.
func newKernelStation(t *testing.T) *kernelStation {
	t.Helper()
	h := newHouse(t)
	h.without = []string{sonic, stebby}
	h.more[bittan] = "ask = \"never\"\nunlisted = \"admit\""
	h.more[lespass] = "ask = \"never\""
	s := &kernelStation{t: t, house: h}
	for range kernelTickets {
		s.codes = append(s.codes, h.ticketOfTibillet(faketibillet.Valid))
	}
	h.start()
	h.settled()
	h.stop()
	s.data = kernelTape(t, filepath.Join(h.dir, "data"))
	return s
}

// kernelTape packs a folder.
func kernelTape(t *testing.T, dir string) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	tape := tar.NewWriter(zip)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == "." {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		header, err := tar.FileInfoHeader(info, "")
		if err != nil {
			return err
		}
		header.Name = name
		if err := tape.WriteHeader(header); err != nil || entry.IsDir() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close() //nolint:errcheck // only read from
		_, err = io.Copy(tape, file)
		return err
	}))
	must(tape.Close())
	must(zip.Close())
	return out.Bytes()
}

// install puts the station's data where the daemon looks for it.
func (s *kernelStation) install(m *kernelMachine) {
	m.t.Helper()
	m.put("/run/data.tar.gz", "root", "600", s.data)
	m.sh("tar -C /var/lib/gatescand -xzf /run/data.tar.gz\nrm /run/data.tar.gz\nchown -R gatescand:gatescand /var/lib/gatescand")
	m.put("/var/lib/gatescand/bittan-password", "gatescand:gatescand", "600", []byte(s.house.password+"\n"))
}

// configure writes the configuration with these lanes.
func (s *kernelStation) configure(m *kernelMachine, lanes string) {
	m.t.Helper()
	var text strings.Builder
	text.WriteString("[station]\nname = \"Guest\"\nlanguage = \"en\"\n")
	fmt.Fprintf(&text, "[[account]]\nname = %q\nplatform = \"tibillet\"\nurl = %q\nask = \"never\"\n", lespass, s.house.urls[lespass])
	fmt.Fprintf(&text, "[[account]]\nname = %q\nplatform = \"bittan\"\nurl = %q\nask = \"never\"\nunlisted = \"admit\"\n"+
		"password_file = \"/var/lib/gatescand/bittan-password\"\n", bittan, s.house.urls[bittan])
	text.WriteString(lanes)
	m.put("/etc/gatescand/gatescand.toml", "root", "644", []byte(text.String()))
}

// code gives a TiBillet code that nothing has shown yet.
func (s *kernelStation) code() string {
	s.t.Helper()
	if len(s.codes) == 0 {
		s.t.Fatalf("more than %d codes are needed: raise kernelTickets", kernelTickets)
	}
	code := s.codes[0]
	s.codes = s.codes[1:]
	return code
}

// short gives a code of six letters that nothing has shown yet. BitTan's
// drawer admits it once, on its form alone.
func (s *kernelStation) short() string {
	s.next++
	n := s.next
	code := []byte("GAAAAA")
	for i := len(code) - 1; i > 0; i-- {
		code[i] += byte(n % 26)
		n /= 26
	}
	return string(code)
}

// start starts the station with these lanes and waits until it decides.
func (s *kernelStation) start(m *kernelMachine, lanes string) {
	m.t.Helper()
	s.configure(m, lanes)
	m.sh("systemctl start gatescand")
}

// status asks the guest's daemon how it is.
func (m *kernelMachine) status() admin.Status {
	m.t.Helper()
	var s admin.Status
	if err := json.Unmarshal([]byte(m.sh("api status; echo \"$body\"")), &s); err != nil {
		m.t.Fatal(err)
	}
	return s
}

// scans waits for so many check-ins more than a scenario has seen, and gives
// those.
func (m *kernelMachine) scans(n int) []admin.Decision {
	m.t.Helper()
	m.await(fmt.Sprintf("check-in %d", m.seen+n), fmt.Sprintf("rows %d", m.seen+n))
	return m.more()
}

// more gives the check-ins that a scenario has not seen yet.
func (m *kernelMachine) more() []admin.Decision {
	m.t.Helper()
	var page struct {
		CheckIns []admin.Decision `json:"checkins"`
	}
	if err := json.Unmarshal([]byte(m.sh("api 'checkins?after=%d&limit=1000'; echo \"$body\"", m.seen)), &page); err != nil {
		m.t.Fatal(err)
	}
	m.seen += len(page.CheckIns)
	return page.CheckIns
}

// admits shows a code and demands that it is the one check-in that follows,
// and an admission at a lane. present is the shell that shows $code.
func (m *kernelMachine) admits(present, code, lane string) admin.Decision {
	m.t.Helper()
	m.sh("code=%s\n%s", code, present)
	rows := m.scans(1)
	if len(rows) != 1 || rows[0].Verdict != string(admission.Admit) || rows[0].Lane != lane {
		m.t.Errorf("%d check-ins, want one admission at lane %s: %+v", len(rows), lane, rows)
	}
	return rows[0]
}

// awaitReader waits until a lane's reader is in a state.
func (m *kernelMachine) awaitReader(lane, state string) {
	m.t.Helper()
	m.await("the reader of lane "+lane+" to be "+state, fmt.Sprintf("reader %s %s", lane, state))
}
