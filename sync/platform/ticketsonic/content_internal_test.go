package ticketsonic

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest"
)

func TestEveryFieldOfTheVectorsIsRead(t *testing.T) {
	orZero := func(p *uint64) uint64 {
		if p == nil {
			return 0
		}
		return *p
	}
	for _, v := range platformtest.LoadTicketsonicVectors(t).Vectors {
		if v.PlaintextHex == nil {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			text, err := hex.DecodeString(*v.PlaintextHex)
			if err != nil {
				t.Fatal(err)
			}
			var c content
			if got := readContent(text, &c); got != v.Expect.Valid {
				t.Fatalf("read: %v, want %v (%s)", got, v.Expect.Valid, v.Expect.Reason)
			}
			if !v.Expect.Valid {
				return
			}
			f := v.Expect.Fields
			if hex.EncodeToString(c.number) != f.Number || c.price != f.Price || c.product != orZero(f.Product) || c.event != f.Event ||
				c.start != orZero(f.Start) || c.end != orZero(f.End) || c.has(labelProduct) != (f.Product != nil) ||
				c.segments != [4]uint64{orZero(f.Sector), orZero(f.Block), orZero(f.Row), orZero(f.Seat)} ||
				c.unknown != len(f.Unknown) || (c.more > 0) != (f.VIP != nil) {
				t.Errorf("got %+v, want %+v", c, *f)
			}
		})
	}
}

// build makes the text of a block out of fields and gives it a checksum.
func build(fields ...string) []byte {
	text := []byte(strings.Join(fields, ""))
	var sum uint16
	for _, b := range text {
		sum += uint16(b)
	}
	return append(text, 'C', 2, byte(sum), byte(sum>>8))
}

func TestContents(t *testing.T) {
	const v, e, price = "V\x01\x01", "E\x03\x1a\x11\x3e", "$\x01d"
	h := "H\x10" + strings.Repeat("n", 16)
	number := func(n int) string { return "H" + string(rune(n)) + strings.Repeat("n", n) }
	for _, c := range []struct {
		name string
		text []byte
		want bool
	}{
		{"the least there can be", build(v, h, e), true},
		{"in another order behind the version", build(v, e, price, h), true},
		{"with every documented field", build(v, h, price, "I\x02\x01\x02", e, "S\x01\x01B\x01\x02R\x01\x03P\x01\x04T\x04\x00\x00\x00\x69F\x04\x00\x00\x00\x6aX\x03a=b"), true},
		{"with several extensions", build(v, h, e, "X\x03a=bX\x03c=dX\x00"), true},
		{"with unknown labels, one twice", build(v, h, e, "Q\x01\x05q\x00Q\x01\x06"), true},
		{"with a checksum as short as it can be", append([]byte(v+"H\x08\x00\x00\x00\x00\x00\x00\x00\x00"+"E\x01\x00"), 'C', 1, 'V'+1+1+'H'+8+'E'+1), true},
		{"with a number of 8 bytes", build(v, number(8), e), true},
		{"with a number of 32 bytes", build(v, number(32), e), true},
		{"with a number of 7 bytes", build(v, number(7), e), false},
		{"with a number of 33 bytes", build(v, number(33), e), false},
		{"nothing", nil, false},
		{"one byte", []byte("V"), false},
		{"only a version", build(v), false},
		{"without a version", build(h, e), false},
		{"with the version second", build(h, v, e), false},
		{"of version 2", build("V\x01\x02", h, e), false},
		{"of version 0", build("V\x01\x00", h, e), false},
		{"with a version of two bytes", build("V\x02\x01\x00", h, e), false},
		{"with a version of no bytes", build("V\x00", h, e), false},
		{"with the version twice", build(v, v, h, e), false},
		{"without a number", build(v, e), false},
		{"with the number twice", build(v, h, h, e), false},
		{"without an event", build(v, h), false},
		{"with the event twice", build(v, h, e, e), false},
		{"with the price twice", build(v, h, price, price, e), false},
		{"with an event of no bytes", build(v, h, "E\x00"), false},
		{"with an event longer than it need be", build(v, h, "E\x04\x1a\x11\x3e\x00"), false},
		{"with an event of zero", build(v, h, "E\x01\x00"), true},
		{"with a zero of two bytes", build(v, h, "E\x02\x00\x00"), false},
		{"with an event of eight bytes", build(v, h, "E\x08\xff\xff\xff\xff\xff\xff\xff\xff"), true},
		{"with an event of nine bytes", build(v, h, "E\x09\xff\xff\xff\xff\xff\xff\xff\xff\x01"), false},
		{"with a start beyond all years", build(v, h, e, "T\x06\xff\xff\xff\xff\xff\xff"), false},
		{"without a checksum", []byte(v + h + e), false},
		{"with a checksum off by one", append([]byte(v+h+e), 'C', 2, 0, 0), false},
		{"with a checksum of three bytes", append(build(v, h, e)[:len(v+h+e)], 'C', 3, 0, 0, 0), false},
		{"with something behind the checksum", append(build(v, h, e), 'X', 0), false},
		{"with one byte behind the checksum", append(build(v, h, e), 'X'), false},
		{"with a label that is no character", build(v, h, e, "\x07\x01\x01"), false},
		{"with a label beyond ASCII", build(v, h, e, "\xe9\x01\x01"), false},
		{"ending in a label", []byte(v + h + e + "X"), false},
		{"ending in the middle of a field", []byte(v + h + e + "X\x05abc"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got content
			if ok := readContent(c.text, &got); ok != c.want {
				t.Errorf("read: %v, want %v", ok, c.want)
			}
		})
	}
}

func TestWindows(t *testing.T) {
	at := func(unix int64) time.Time { return time.Unix(unix, 0).UTC() }
	for _, c := range []struct {
		name       string
		start, end uint64
		want       admission.Window
	}{
		{"none", 0, 0, admission.Window{}},
		{"start and end", 1800000000, 1800003600, admission.Window{From: at(1800000000), Until: at(1800003600)}},
		{"start and end of long ago", 1615233535, 1615273479, admission.Window{From: at(1615233535), Until: at(1615273479)}},
		{"end alone", 0, 1800003600, admission.Window{Until: at(1800003600)}},
		{"start alone", 1800000000, 0, admission.Window{From: at(1800000000)}},
		{"T alone on the day it became the start", renamed, 0, admission.Window{From: at(renamed)}},
		{"T alone on the day before, when it was the expiry", renamed - 1, 0, admission.Window{Until: at(renamed - 1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (&content{start: c.start, end: c.end}).window(); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	if got := at(renamed).Format(time.RFC3339); got != "2021-06-11T00:00:00Z" {
		t.Errorf("T changed its meaning at %s", got)
	}
}

// unpad is held to a second reading of the rule.
func FuzzUnpad(f *testing.F) {
	f.Add([]byte("\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\x00text"))
	f.Add([]byte("\x00\x01\xff\xff\xff\xff\xff\xff\xff\x00text"))
	f.Add([]byte("\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff\x00text"))
	f.Add([]byte("\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, padded []byte) {
		text, ok := unpad(padded)
		if !ok {
			return
		}
		fill := len(padded) - len(text) - 3
		if fill < 8 || string(padded) != "\x00\x01"+strings.Repeat("\xff", fill)+"\x00"+string(text) {
			t.Errorf("%x gave %x", padded, text)
		}
	})
}

func FuzzContent(f *testing.F) {
	for _, v := range platformtest.LoadTicketsonicVectors(f).Vectors {
		if v.PlaintextHex != nil {
			if raw, err := hex.DecodeString(*v.PlaintextHex); err == nil {
				f.Add(raw)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var c content
		if !readContent(text, &c) {
			return
		}
		if len(c.number) < numberMin || !c.has(labelEvent) || !c.has(labelVersion) || !c.has(labelChecksum) {
			t.Errorf("good without what it must have: %+v", c)
		}
		_ = c.window()
		if again := (&content{}); !readContent(append([]byte{}, text...), again) {
			t.Error("read once and not twice")
		}
		if readContent(append(slices.Clip(text), 'X', 0), &content{}) {
			t.Error("good with something behind the checksum")
		}
	})
}

func FuzzKey(f *testing.F) {
	for _, k := range platformtest.LoadTicketsonicVectors(f).Keys {
		f.Add(k.Public)
		f.Add(k.PublicPEM)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := readKey(text)
		if err == nil && (k.size < usualBlock || k.size > blockMax || k.e.BitLen() < 2 || k.n.Bit(0) == 0) {
			t.Errorf("took a key of %d bytes with exponent %s", k.size, k.e)
		}
	})
}
