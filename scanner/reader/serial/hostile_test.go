package serial

import (
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/reader"
)

// hostile is what somebody may hold before a reader, or a broken reader may send.
func hostile(t *testing.T) map[string]string {
	t.Helper()
	noise := make([]byte, 128<<10)
	if _, err := rand.NewChaCha8([32]byte{9}).Read(noise); err != nil {
		t.Fatal(err)
	}
	var controls strings.Builder
	for c := range byte(0x20) {
		controls.WriteString("A" + string(rune(c)) + "1" + string(rune(c)) + "\r")
	}
	return map[string]string{
		"setting codes of all makes": "_SET_CODE_OFF\r_FACTORY_DEFAULT_\r\x16M\rDEFALT.\r\x16M\rBEPLVL0!\r@FACDEF\r~\x010000@FACDEF;\x03\r" +
			"\x7e\x00\x08\x01\x00\xd9\x50\xab\xcd\r$%SD9600\r^#SC^3\r\\000026P0\r",
		"replies of all makes":          strings.Repeat(gm65OK+gm65Heartbeat+newlandBeeped+"CBRENA1\x06!"+sentACK+sentNAK, 50) + "\r",
		"halves of replies":             strings.Repeat("\x02\x00\x00\x00A\x02\x010000#B\x03\x00\x00\xff", 200) + "\r",
		"packets that promise too much": strings.Repeat("\xff\xf3\x00\x02", 500) + strings.Repeat("\xff\xf4\x10\x00\xf4\x00\x00\x1c", 500) + "\r",
		"a code in packets without end": strings.Repeat(decodeData(ssiContinues, 0x1c, strings.Repeat("x", 240)), 100) + decodeData(0, 0x1c, "x") + "\r",
		"codes of 4 KB":                 strings.Repeat(strings.Repeat("y", reader.MaxCode)+"\r", 10),
		"a code without end":            strings.Repeat("z", 128<<10) + "\r",
		"control characters":            controls.String(),
		"terminal escapes and formulas": "\x1b]0;owned\x07\x1b[2J\r=HYPERLINK(\"http://x\")\r<script>alert(1)</script>\r",
		"random bytes at line speed":    string(noise) + "\r",
		"AIM identifiers of nothing":    strings.Repeat("]Q1\r]Z6\r]\r", 100),
		"NULs and breaks without end":   strings.Repeat("\x00", 64<<10) + "\r",
	}
}

func TestAfterAnyHostileInputTheNextHonestCodeIsRead(t *testing.T) {
	inputs := hostile(t)
	for _, profile := range append(Profiles(), Profile{}) {
		t.Run("profile "+profile.Name, func(t *testing.T) {
			p := newPTY(t)
			p.listen(t)
			options := ""
			if profile.Name != "" {
				options = "?profile=" + profile.Name
			}
			r := startUp(t, newSource(t, p.node, options))
			honest := "HONEST-1\r"
			if profile.Name == profileZebraSSI {
				honest = decodeData(0, 0x1c, "HONEST-1")
			}
			for name, input := range inputs {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				written := make(chan error, 1)
				go func() {
					_, err := p.WriteString(input)
					written <- err
				}()
				r.drain(t, written)
				r.presents(t, p, honest, "HONEST-1", name)
				runtime.GC()
				runtime.ReadMemStats(&after)
				if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 512<<10 {
					t.Errorf("%s: %d bytes kept", name, grown)
				}
			}
		})
	}
}

// drain takes frames until everything is written.
func (r *running) drain(t *testing.T, written <-chan error) {
	t.Helper()
	for {
		select {
		case f := <-r.frames:
			if len(f.Code) > reader.MaxCode {
				t.Fatalf("a code of %d bytes", len(f.Code))
			}
		case err := <-written:
			if err != nil {
				t.Fatal(err)
			}
			return
		case err := <-r.ended:
			r.ended <- err
			t.Fatalf("Run returned %v", err)
		case <-time.After(patience):
			t.Fatal("the reader is not read any more")
		}
	}
}

// presents presents a code, and once more after a while as a person does when nothing happens, until it is read.
func (r *running) presents(t *testing.T, p *pty, raw, code, after string) {
	t.Helper()
	for range 10 {
		p.scan(t, raw)
		again := time.After(400 * time.Millisecond)
		for waiting := true; waiting; {
			select {
			case f := <-r.frames: // or what is left of the input
				if string(f.Code) == code {
					return
				}
			case <-again:
				waiting = false
			}
		}
	}
	t.Errorf("%s: the honest code after it was not read", after)
}
