package serial

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatescand/scanner/reader"
)

// ssiFrom makes a packet of the reader.
func ssiFrom(opcode, status byte, data ...byte) []byte {
	b := append([]byte{byte(ssiHeader + len(data)), opcode, ssiFromDecoder, status}, data...)
	return binary.BigEndian.AppendUint16(b, ssiSum(b))
}

// decodeData makes a packet with a code or a part of one.
func decodeData(status, kind byte, code string) string {
	return string(ssiFrom(ssiDecodeData, status, append([]byte{kind}, code...)...))
}

// longData makes a packet of the long form with a QR code.
func longData(code string) string {
	b := []byte{ssiLongMark, ssiDecodeLong, 0, 0, ssiDecodeLong, ssiFromDecoder, 0, 0xf1}
	b = append(b, code...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return string(binary.BigEndian.AppendUint16(b, ssiSum(b)))
}

// inPackets cuts a code into packets as a reader does.
func inPackets(kind byte, code string) string {
	const most = 0xff - ssiHeader - 1
	var b strings.Builder
	for len(code) > most {
		b.WriteString(decodeData(ssiContinues, kind, code[:most]))
		code = code[most:]
	}
	return b.String() + decodeData(0, kind, code)
}

const (
	sentACK = "\x04\xd0\x04\x00\xff\x28"
	sentNAK = "\x05\xd1\x04\x00\x01\xff\x25"
)

func TestCommandsAreThoseOfTheManual(t *testing.T) {
	for name, row := range map[string]struct{ got, want []byte }{
		"ACK":              {ssiCommand(ssiACK), []byte(sentACK)},
		"NAK, send again":  {ssiCommand(ssiNAK, nakResend), []byte(sentNAK)},
		"LED on":           {ssiCommand(ssiLEDOn, 1), []byte{0x05, 0xe7, 0x04, 0x00, 0x01, 0xff, 0x0f}},
		"scan disable":     {ssiCommand(ssiScanDisable), []byte{0x04, 0xea, 0x04, 0x00, 0xff, 0x0e}},
		"request revision": {ssiCommand(0xa3), []byte{0x04, 0xa3, 0x04, 0x00, 0xff, 0x55}},
	} {
		if diff := cmp.Diff(row.want, row.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPacketsBecomeCodesAndAreAcknowledged(t *testing.T) {
	garbled := strings.Replace(decodeData(0, 0x1c, "A1"), "A", "B", 1)
	for _, row := range []struct {
		name    string
		in      []heardAt
		codes   []string
		replies []string
	}{
		{"a QR code", []heardAt{{0, decodeData(0, 0x1c, "A1")}}, []string{"<]Q1>A1"}, []string{sentACK}},
		{"a symbology whose identifier is not sure", []heardAt{{0, decodeData(0, 0x11, "A1")}}, []string{"A1"}, []string{sentACK}},
		{"the reader's own identifier counts", []heardAt{{0, decodeData(0, 0x1c, "]Q2A1")}}, []string{"<]Q2>A1"}, []string{sentACK}},
		{"what the reader adds at the end is taken off", []heardAt{{0, decodeData(0, 0, "A1\r\n")}}, []string{"A1"}, []string{sentACK}},
		{"line ends within a code stay", []heardAt{{0, decodeData(0, 0, "A\r\n1")}}, []string{"A\r\n1"}, []string{sentACK}},
		{
			"a packet within a code is a part of the code",
			[]heardAt{{0, decodeData(0, 0, "A"+decodeData(0, 0x1c, "B"))}},
			[]string{strings.ReplaceAll("A"+decodeData(0, 0x1c, "B"), "\x00", "")},
			[]string{sentACK},
		},
		{
			"two packets in one read",
			[]heardAt{{0, decodeData(0, 0, "A1") + decodeData(0, 0, "B1")}},
			[]string{"A1", "B1"},
			[]string{sentACK, sentACK},
		},
		{
			"a code in two packets",
			[]heardAt{{0, decodeData(ssiContinues, 0x1c, "A1")}, {500, decodeData(0, 0x1c, "A2")}},
			[]string{"<]Q1>A1A2"},
			[]string{sentACK, sentACK},
		},
		{
			"a code whose later packets have no type",
			[]heardAt{{0, decodeData(ssiContinues, 0x1c, "A1")}, {1, string(ssiFrom(ssiDecodeData, 0, 'A', '2'))}},
			[]string{"<]Q1>A1A2"},
			[]string{sentACK, sentACK},
		},
		{
			"the long form",
			[]heardAt{{0, longData(strings.Repeat("x", 2953))}},
			[]string{"<]Q1>" + strings.Repeat("x", 2953)},
			[]string{sentACK},
		},
		{
			"a packet that comes again is no second code",
			[]heardAt{{0, decodeData(0, 0, "A1")}, {2000, decodeData(ssiRetransmit, 0, "A1")}, {4000, decodeData(ssiRetransmit, 0, "A1")}},
			[]string{"A1"},
			[]string{sentACK, sentACK, sentACK},
		},
		{
			"the same code presented again is one",
			[]heardAt{{0, decodeData(0, 0, "A1")}, {2000, decodeData(0, 0, "A1")}},
			[]string{"A1", "A1"},
			[]string{sentACK, sentACK},
		},
		{"a copy of what was never kept is a code", []heardAt{{0, decodeData(ssiRetransmit, 0, "A1")}}, []string{"A1"}, []string{sentACK}},
		{
			"a copy long after is a code",
			[]heardAt{{0, decodeData(0, 0, "A1")}, {10001, decodeData(ssiRetransmit, 0, "A1")}},
			[]string{"A1", "A1"},
			[]string{sentACK, sentACK},
		},
		{
			"a middle packet that comes again is no second part",
			[]heardAt{{0, decodeData(ssiContinues, 0, "A1")}, {2000, decodeData(ssiContinues|ssiRetransmit, 0, "A1")}, {2001, decodeData(0, 0, "A2")}},
			[]string{"A1A2"},
			[]string{sentACK, sentACK, sentACK},
		},
		{
			"a garbled packet is asked for again",
			[]heardAt{{0, garbled}, {20, decodeData(ssiRetransmit, 0x1c, "A1")}},
			[]string{"<]Q1>A1"},
			[]string{sentNAK, sentACK},
		},
		{
			"also when the code before was the same",
			[]heardAt{{0, decodeData(0, 0x1c, "A1")}, {10, garbled}, {20, decodeData(ssiRetransmit, 0x1c, "A1")}},
			[]string{"<]Q1>A1", "<]Q1>A1"},
			[]string{sentACK, sentNAK, sentACK},
		},
		{
			"a packet that breaks off is asked for again",
			[]heardAt{{0, decodeData(0, 0, "A1")[:6]}, {200, decodeData(ssiRetransmit, 0, "A1")}},
			[]string{"A1"},
			[]string{sentNAK, sentACK},
		},
		{
			"answers to commands are not answered",
			[]heardAt{{0, string(ssiFrom(ssiACK, 0)) + string(ssiFrom(ssiNAK, 0, 2)) + string(ssiFrom(ssiParamSend, 0, 0xff, 1, 2))}},
			nil, nil,
		},
		{"an event is acknowledged", []heardAt{{0, string(ssiFrom(ssiEvent, 0, 3))}}, nil, []string{sentACK}},
		{"packets of a host are noise", []heardAt{{0, sentACK + decodeData(0, 0, "A1")}}, []string{"A1"}, []string{sentACK}},
		{
			"a code that comes from a host is noise, too",
			[]heardAt{{0, string(ssiCommand(ssiDecodeData, 0, 'X', '1')) + decodeData(0, 0, "A1")}},
			[]string{"A1"},
			[]string{sentACK},
		},
		{"text is noise", []heardAt{{0, "A1\r" + decodeData(0, 0, "B1")}}, []string{"B1"}, []string{sentACK}},
		{
			"a length that promises too much costs nothing after a pause",
			[]heardAt{{0, "\xff\xf3\x00\x00"}, {200, decodeData(0, 0, "A1")}},
			[]string{"A1"},
			[]string{sentNAK, sentACK},
		},
		{
			"an empty packet is no code",
			[]heardAt{{0, string(ssiFrom(ssiDecodeData, 0)) + string(ssiFrom(ssiDecodeData, 0, 0x1c))}},
			nil,
			[]string{sentACK, sentACK},
		},
		{
			"more than a code can hold",
			[]heardAt{{0, inPackets(0, strings.Repeat("x", 6000)) + decodeData(0, 0, "A1")}},
			[]string{"overlong", "A1"},
			slices.Repeat([]string{sentACK}, 25),
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := feed(streamOf(t, profileZebraSSI, ""), row.in, row.in[len(row.in)-1].at+200)
			if diff := cmp.Diff(row.codes, got.codes); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(row.replies, got.replies); diff != "" {
				t.Errorf("replies (-want +got):\n%s", diff)
			}
			if len(got.notices) > 0 {
				t.Errorf("notices %v", got.notices)
			}
		})
	}
}

func TestALongCodeThatBreaksOffIsDroppedAndSaid(t *testing.T) {
	s, got := streamOf(t, profileZebraSSI, ""), &collected{}
	s.Push(0, []byte(decodeData(ssiContinues, 0, "A1")), got.outlet())
	s.Tick(3001*ms, got.outlet())
	s.Push(3001*ms, []byte(decodeData(0, 0, "B1")), got.outlet())
	if !slices.Equal(got.codes, []string{"B1"}) || len(got.notices) != 1 || got.notices[0].Kind != reader.NoticeDropped {
		t.Errorf("codes %q, notices %v", got.codes, got.notices)
	}
}

func TestAReaderThatSendsTextInsteadOfPacketsIsSaidOnceAMinute(t *testing.T) {
	s, got := streamOf(t, profileZebraSSI, ""), &collected{}
	for at := time.Duration(0); at < 2*time.Minute; at += time.Second {
		s.Tick(at, got.outlet())
		s.Push(at, []byte("TICKET-1\r"), got.outlet())
	}
	if len(got.notices) != 2 || !strings.Contains(got.notices[0].Detail, "SSI host") || strings.Contains(got.notices[0].Detail, "TICKET") {
		t.Errorf("notices %v, want two that say what to set", got.notices)
	}
	if len(got.codes)+len(got.replies) > 0 {
		t.Errorf("codes %q, replies %q", got.codes, got.replies)
	}
}

func TestCodesOfEveryLengthGoThroughPacketsUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`[ -\\^-~]{1,900}`).Draw(t, "code")
		in := []byte(inPackets(0x1c, code))
		s, got := newStream(profileZebraSSI, reader.Framing{}), &collected{}
		for len(in) > 0 {
			n := rapid.IntRange(1, len(in)).Draw(t, "read")
			s.Push(0, in[:n], got.outlet())
			in = in[n:]
		}
		if !slices.Equal(got.codes, []string{"<]Q1>" + code}) {
			t.Fatalf("%q became %q", code, got.codes)
		}
	})
}
