package serial

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatescand/scanner/reader"
)

// collected is what came out of a stream.
type collected struct {
	codes   []string
	replies []string
	notices []reader.Notice
}

func (c *collected) outlet() outlet {
	return outlet{
		frame: func(f reader.Frame) {
			code := string(f.Code)
			if f.AIM != "" {
				code = "<" + f.AIM + ">" + code
			}
			if f.Overlong {
				code = "overlong"
			}
			c.codes = append(c.codes, code)
		},
		reply:  func(b []byte) { c.replies = append(c.replies, string(b)) },
		notice: func(n reader.Notice) { c.notices = append(c.notices, n) },
	}
}

// streamOf gives the stream of a profile, with the other options of the address.
func streamOf(tb testing.TB, profile, options string) stream {
	tb.Helper()
	address, err := reader.ParseAddress("serial:/dev/x" + options)
	if err != nil {
		tb.Fatal(err)
	}
	return newStream(profile, address.Framing)
}

// heardAt is bytes at a moment in milliseconds; the silence before it is told to the stream.
type heardAt struct {
	at    int
	bytes string
}

func feed(s stream, in []heardAt, until int) *collected {
	got := &collected{}
	for _, h := range in {
		at := time.Duration(h.at) * ms
		s.Tick(at, got.outlet())
		s.Push(at, []byte(h.bytes), got.outlet())
	}
	s.Tick(time.Duration(until)*ms, got.outlet())
	return got
}

const (
	gm65OK        = "\x02\x00\x00\x01\x00\x33\x31"
	gm65Heartbeat = "\x03\x00\x00\x01\x00\x33\x31"
	newlandBeeped = "\x02\x010000#BEEPON400F700T20V\x06;\x03"
)

func TestRepliesAreNoCodes(t *testing.T) {
	for _, row := range []struct {
		name, profile, options string
		in                     []heardAt
		want                   []string
	}{
		{"gm65: the reply to a command", "gm65", "", []heardAt{{0, gm65OK}}, nil},
		{"gm65: the reply to a command with a bad checksum", "gm65", "", []heardAt{{0, "\x02\x00\x01\x01\x00\x04\x01"}}, nil},
		{"gm65: the reply to an unknown command", "gm65", "", []heardAt{{0, "\x02\x00\x03\x01\x00\x6a\x61"}}, nil},
		{"gm65: a reply whose checksum is not to be looked at", "gm65", "", []heardAt{{0, "\x02\x00\x00\x02\x39\x01\xab\xcd"}}, nil},
		{"gm65: a reply of 256 bytes", "gm65", "", []heardAt{{0, gm65Long() + "A1\r"}}, []string{"A1"}},
		{"gm65: a heartbeat", "gm65", "", []heardAt{{0, gm65Heartbeat}}, nil},
		{
			"gm65: replies before, between and behind codes", "gm65", "",
			[]heardAt{{0, gm65OK + "A1\r" + gm65Heartbeat + gm65OK + "B1\r" + gm65OK}},
			[]string{"A1", "B1"},
		},
		{"gm65: a reply in the middle of a code", "gm65", "", []heardAt{{0, "A" + gm65OK + "1\r"}}, []string{"A1"}},
		{"gm65: a reply in two reads", "gm65", "", []heardAt{{0, "A1\r\x02\x00"}, {100, "\x00\x01\x00\x33\x31B1\r"}}, []string{"A1", "B1"}},
		{"gm65: a reply that breaks off is given back", "gm65", "", []heardAt{{0, "\x02\x00\x00\x05abc"}}, []string{"\x05abc"}},
		{"gm65: and costs no code after it", "gm65", "", []heardAt{{0, "\x02\x00\x00\x05a"}, {400, "A1\r"}}, []string{"\x05a", "A1"}},
		{"gm65: a wrong checksum makes it no reply", "gm65", "", []heardAt{{0, "\x02\x00\x00\x01\x00\x33\x30A1\r"}}, []string{"\x0130A1"}},
		{"gm65: a reply behind what looks like one", "gm65", "", []heardAt{{0, "\x02\x02\x00" + gm65OK + "A1\r"}}, []string{"A1"}},
		{"gm65: codes between STX and ETX end at once", "gm65", "", []heardAt{{0, "\x02A1\x03\x02B1\x03"}}, []string{"A1", "B1"}},
		{"gm65: a code between STX and ETX ends with its ETX", "gm65", "?frame=etx", []heardAt{{0, "\x02A1\x03"}}, []string{"A1"}},
		{
			"gm65: silence ends a code though a reply began", "gm65", "",
			[]heardAt{{0, "A1"}, {100, "\x02"}, {170, "\x00\x00\x01\x00\x33\x31"}},
			[]string{"A1"},
		},

		{"newland: the reply to a beep", "newland", "", []heardAt{{0, newlandBeeped}}, nil},
		{
			"newland: replies around codes", "newland", "",
			[]heardAt{{0, newlandBeeped + "A1\r" + newlandBeeped + newlandBeeped + "B1\r\n"}},
			[]string{"A1", "B1"},
		},
		{
			"newland: a reply in pieces", "newland", "",
			[]heardAt{{0, newlandBeeped[:4]}, {90, newlandBeeped[4:20]}, {180, newlandBeeped[20:] + "A1\r"}},
			[]string{"A1"},
		},
		{"newland: a reply that breaks off is given back", "newland", "", []heardAt{{0, newlandBeeped[:10]}}, []string{"\x010000#BEE"}},
		{"newland: a code between STX and ETX", "newland", "", []heardAt{{0, "\x02A1\x03"}}, []string{"A1"}},

		{"honeywell: a setting that was taken", "honeywell", "", []heardAt{{0, "CBRENA1\x06!"}}, nil},
		{"honeywell: one that is not known", "honeywell", "", []heardAt{{0, "XXXYYY1\x05."}}, nil},
		{"honeywell: one out of range", "honeywell-ack", "", []heardAt{{0, "CBRMIN999\x15."}}, nil},
		{"honeywell: several in one", "honeywell", "", []heardAt{{0, "CBRENA1\x06,MIN2\x06,MAX60\x06;BEPLVL3\x06!"}}, nil},
		{"honeywell: a query", "honeywell", "", []heardAt{{0, "CBRENA0-1\x06\r\n"}}, nil},
		{"honeywell: a lone ACK with its end", "honeywell", "?frame=cr", []heardAt{{0, "\x06\rA1\r"}}, []string{"A1"}},
		{"honeywell: a lone ACK right before a code", "honeywell", "", []heardAt{{0, "\x06\x06A1\r"}}, []string{"A1"}},
		{"honeywell: a code right behind a reply", "honeywell", "", []heardAt{{0, "CBRENA1\x06!]Q1A1\r"}}, []string{"<]Q1>A1"}},
		{"honeywell: codes with punctuation stay", "honeywell", "", []heardAt{{0, "A.1!\rB,2;\r"}}, []string{"A.1!", "B,2;"}},
		{
			"honeywell: an overlong code stays one", "honeywell", "",
			[]heardAt{{0, "\x06" + strings.Repeat("x", 5000) + "\r"}},
			[]string{"overlong"},
		},

		{"without a profile nothing is taken out", "", "", []heardAt{{0, "CBRENA1\x06!\r"}}, []string{"CBRENA1\x06!"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := feed(streamOf(t, row.profile, row.options), row.in, row.in[len(row.in)-1].at+200)
			if diff := cmp.Diff(row.want, got.codes); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
			if len(got.replies)+len(got.notices) > 0 {
				t.Errorf("%q was answered, %v noticed", got.replies, got.notices)
			}
		})
	}
}

// gm65Long is the reply to a query for 256 registers, whose length is written as 0.
func gm65Long() string {
	b := append([]byte{stx, 0, 0, 0}, bytes.Repeat([]byte{'r'}, 256)...)
	return string(binary.BigEndian.AppendUint16(b, crc16(b[2:])))
}

func TestAnETXThatEndsACodeIsNotHeldBack(t *testing.T) {
	for _, mode := range []reader.Mode{"", reader.ModeAuto, reader.ModeETX} {
		s, got := newStream(profileGM65, reader.Framing{Mode: mode}), &collected{}
		s.Push(0, []byte("\x02A1\x03"), got.outlet())
		if !slices.Equal(got.codes, []string{"A1"}) {
			t.Errorf("frame=%s: codes %q before any silence", mode, got.codes)
		}
	}
}

func TestASieveLetsThroughWhatIsNoReplyOnceAndInOrder(t *testing.T) {
	for _, in := range []string{"A\x03B\x03\x03", "\x03\x03\x00A", "\x02\x03\x00\x02\x00\x00\x05", "\x03"} {
		for _, mode := range []reader.Mode{reader.ModeAuto, reader.ModeCR} {
			var out []byte
			s := newSieve(gm65Reply, reader.Framing{Mode: mode})
			s.push(0, []byte(in), func(b []byte) { out = append(out, b...) })
			s.tick(time.Second, func(_ time.Duration, b []byte) { out = append(out, b...) })
			if string(out) != in {
				t.Errorf("frame=%s: % x came out as % x", mode, in, out)
			}
		}
	}
}

func TestTheChecksumOfTheGM65IsThatOfItsManual(t *testing.T) {
	for data, want := range map[string]uint16{
		"\x00\x01\x00": 0x3331, "\x01\x01\x00": 0x0401, "\x03\x01\x00": 0x6a61, // replies
		"\x09\x01\x00\x00\x00": 0xdec8, "\x07\x01\x00\x2a\x02": 0xd80f, "\x0a\x01\x00\x00\x00": 0x301a, // commands
	} {
		if got := crc16([]byte(data)); got != want {
			t.Errorf("% x has %04x, want %04x", data, got, want)
		}
	}
}

// whole is a stream of each profile with what a reader of it might send.
func whole() map[string]string {
	return map[string]string{
		"":                   "A1\r\n]Q1B1\r\n\x02C1\x03",
		profileGM65:          gm65OK + "A1\r" + gm65Heartbeat + "\x02\x00\x00\x09B1\r\x02C1\x03" + gm65OK,
		profileNewland:       newlandBeeped + "A1\r" + newlandBeeped + "\x02\x01000B1\r" + newlandBeeped,
		profileHoneywell:     "CBRENA1\x06!A1\rB1\r\x06\r",
		profileDatalogic:     "A1\r\nB1\r\n",
		profileDatalogicHost: "A1\r\nB1\r\n",
		profileCipherLab:     "A1\rB1\r",
		profileHoneywellACK:  "A1\rB1\r",
		profileZebraSSI: decodeData(0, 0x1c, "A1\r\n") + "noise" +
			decodeData(ssiContinues, 0x1c, "B1") + decodeData(0, 0x1c, "B2") + string(ssiFrom(ssiEvent, 0, 1)) +
			strings.Replace(decodeData(0, 0x1c, "C1"), "C", "D", 1) + decodeData(ssiRetransmit, 0x1c, "C1") + longData("E1"),
	}
}

func TestABreakAnywhereInTheBytesChangesNothing(t *testing.T) {
	for profile, in := range whole() {
		t.Run("profile "+profile, func(t *testing.T) {
			want := feed(streamOf(t, profile, ""), []heardAt{{0, in}}, 500)
			if len(want.codes) < 2 {
				t.Fatalf("only %q", want.codes)
			}
			for at := range len(in) {
				got := feed(streamOf(t, profile, ""), []heardAt{{0, in[:at]}, {1, in[at:]}}, 500)
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(collected{})); diff != "" {
					t.Fatalf("broken after %d bytes (-want +got):\n%s", at, diff)
				}
			}
			var single []heardAt
			for i := range len(in) {
				single = append(single, heardAt{i / 10, in[i : i+1]})
			}
			if diff := cmp.Diff(want, feed(streamOf(t, profile, ""), single, 500), cmp.AllowUnexported(collected{})); diff != "" {
				t.Fatalf("byte by byte (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRepliesPutBetweenCodesVanishWithoutATrace(t *testing.T) {
	for profile, replies := range map[string][]string{
		profileGM65:    {gm65OK, gm65Heartbeat, "\x02\x00\x01\x01\x00\x04\x01"},
		profileNewland: {newlandBeeped, "\x02\x010000@C11ENA1\x06,MIN12\x15;\x03"},
	} {
		t.Run(profile, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				var in strings.Builder
				var want []string
				for range rapid.IntRange(0, 8).Draw(t, "parts") {
					if rapid.Bool().Draw(t, "reply") {
						in.WriteString(rapid.SampledFrom(replies).Draw(t, "which"))
						continue
					}
					code := rapid.StringMatching(`[ -\\^-~]{1,40}`).Draw(t, "code")
					want = append(want, code)
					in.WriteString(code + rapid.SampledFrom([]string{"\r", "\n", "\r\n", "\x03"}).Draw(t, "end"))
				}
				s, got, rest := newStream(profile, reader.Framing{}), &collected{}, []byte(in.String())
				for len(rest) > 0 {
					n := rapid.IntRange(1, len(rest)).Draw(t, "read")
					s.Push(0, rest[:n], got.outlet())
					rest = rest[n:]
				}
				s.Tick(time.Second, got.outlet())
				if !slices.Equal(got.codes, want) {
					t.Fatalf("%q gave %q, want %q", in.String(), got.codes, want)
				}
			})
		})
	}
}

// FuzzStream wants that no bytes in any pieces make a stream panic, keep more than a bounded amount or answer without end, that where they are
// cut has no influence, and that the code after them is read.
func FuzzStream(f *testing.F) {
	for i, p := range append(Profiles(), Profile{}) {
		f.Add(byte(i), []byte(whole()[p.Name]), uint16(3))
		f.Add(byte(i), []byte("\xff\xf4\x10\x00\xf4\x00\x00\x02\x00\x00\x00\x02\x010000\x06!\x05"), uint16(1))
	}
	f.Fuzz(func(t *testing.T, which byte, in []byte, cut uint16) {
		profiles := append(Profiles(), Profile{})
		profile := profiles[int(which)%len(profiles)].Name
		honest := "\rHONEST-1\r"
		if profile == profileZebraSSI {
			honest = decodeData(0, 0, "HONEST-1")
		}
		at := int(cut) % (len(in) + 1)
		var got [2]*collected
		for i, parts := range [2][][]byte{{in}, {in[:at], in[at:]}} {
			s, out := newStream(profile, reader.Framing{}), &collected{}
			for _, part := range parts {
				s.Push(0, bytes.Clone(part), out.outlet())
			}
			s.Tick(time.Minute, out.outlet())
			if n := len(out.replies); n > len(in)+1 {
				t.Fatalf("%d answers to %d bytes", n, len(in))
			}
			if n := heldBy(s); n > max(heldMax, ssiLongMax+ssiMax) {
				t.Fatalf("%d bytes held", n)
			}
			s.Push(time.Minute, []byte(honest), out.outlet())
			s.Tick(2*time.Minute, out.outlet())
			if n := len(out.codes); n == 0 || !strings.HasSuffix(out.codes[n-1], "HONEST-1") {
				t.Fatalf("%q: the code after it became %q", in, out.codes)
			}
			got[i] = out
		}
		if diff := cmp.Diff(got[0], got[1], cmp.AllowUnexported(collected{})); diff != "" {
			t.Fatalf("%q cut at %d (-whole +cut):\n%s", in, at, diff)
		}
	})
}

// heldBy gives how many bytes a stream keeps beside its framer.
func heldBy(s stream) int {
	switch s := s.(type) {
	case *ssi:
		return cap(s.held) / 2 // append may have doubled it
	case *lines:
		if s.sieve != nil {
			return cap(s.sieve.held)
		}
	}
	return 0
}

func BenchmarkWorstCaseOfEveryStream(b *testing.B) {
	worst := map[string]string{
		profileGM65: "\x02\x00\x00\x00", profileNewland: "\x02\x010000",
		profileZebraSSI: "\xff\xf4\x10\x00\xf4\x00\x00", profileHoneywell: "\x06!", "": "x",
	}
	for profile, pattern := range worst {
		b.Run(fmt.Sprintf("profile=%s", profile), func(b *testing.B) {
			in := []byte(strings.Repeat(pattern, 64<<10/len(pattern)))
			s, out := newStream(profile, reader.Framing{}), nowhere()
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				s.Push(0, in, out)
			}
		})
	}
}
