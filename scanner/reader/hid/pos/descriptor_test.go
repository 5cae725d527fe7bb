package pos

import (
	"errors"
	"strings"
	"testing"

	"gatescand/scanner/reader"
)

func TestTheDescriptorTellsWhereTheCodeStands(t *testing.T) {
	aim := [3]span{byteAt(2), byteAt(3), byteAt(4)}
	for _, row := range []struct {
		name string
		raw  []byte
		want form
	}{
		{"the conforming report of 62 bytes", conforming(), form{
			numbered: true, id: 2, count: byteAt(1), aim: aim, data: span{40, 448}, more: span{488, 1},
		}},
		{"the long report of 64 bytes with the page in two bytes", long(), form{
			numbered: true, id: 2, count: byteAt(1), aim: aim, data: span{40, 448}, more: span{504, 1},
		}},
		{"a report without an identifier", flat(), form{
			numbered: true, id: 2, count: byteAt(1), data: span{16, 448}, more: span{504, 1},
		}},
		{"the page as the maker's own in four bytes, between push and pop", old(), form{
			numbered: true, id: 2, count: byteAt(1), aim: aim, data: span{40, 448}, more: span{488, 1},
		}},
		{"usages with their pages, a range of them, behind a long item", wide(), form{
			numbered: true, id: 2, count: byteAt(1), aim: aim, data: span{40, 448}, more: span{488, 1},
		}},
		{"no report ids and no count", unnumbered(), form{data: span{0, 256}}},
		{"another report before it", bytesOf([]byte{
			0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x85, 0x09, 0x75, 0x08, 0x95, 0x02, 0x81, 0x03,
			0x95, 0x01, 0x05, 0x01, 0x09, 0x3b, 0x81, 0x02, 0xc0,
		}, conforming()), form{
			numbered: true, id: 2, count: byteAt(1), aim: aim, data: span{40, 448}, more: span{488, 1},
		}},
		{"a constant of four bits before it", []byte{
			0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x75, 0x04, 0x95, 0x01, 0x81, 0x03, 0x75, 0x08, 0x95, 0x10, 0x09, 0xfe, 0x81, 0x02, 0xc0,
		}, form{data: span{4, 128}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := formIn(t, row.raw); got != row.want {
				t.Errorf("form\n%+v, want\n%+v", got, row.want)
			}
		})
	}
}

func TestADescriptorWithoutACodeIsNoForm(t *testing.T) {
	for _, row := range []struct {
		name string
		raw  []byte
	}{
		{"a keyboard", keys()},
		{"a mouse", rodent()},
		{"a bar code reader that keeps it to itself", opaque()},
		{"a maker's own device", own()},
		{"decoded data in a keyboard", []byte{0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x8c, 0x75, 0x08, 0x95, 0x10, 0x09, 0xfe, 0x81, 0x02, 0xc0}},
		{"decoded data as an output", []byte{0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x75, 0x08, 0x95, 0x10, 0x09, 0xfe, 0x91, 0x02, 0xc0}},
		{"decoded data in nibbles", []byte{0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x75, 0x04, 0x95, 0x10, 0x09, 0xfe, 0x81, 0x02, 0xc0}},
		{"nothing", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			if f, ok := formOf(parsed(t, row.raw)); ok {
				t.Errorf("form %+v", f)
			}
		})
	}
}

func TestADamagedDescriptorIsRefused(t *testing.T) {
	for _, row := range []struct {
		name string
		raw  []byte
	}{
		{"it ends in the middle of an item", []byte{0x05}},
		{"it ends in the middle of a long item", []byte{0xfe, 0x05, 0x00, 0x01}},
		{"a collection ends that never began", []byte{0xc0}},
		{"a pop without a push", []byte{0xb4}},
		{"report id 0", []byte{0x85, 0x00}},
		{"report id 256", []byte{0x86, 0x00, 0x01}},
		{"pushes without end", []byte(strings.Repeat("\xa4", maxDepth+1))},
		{"collections without end", []byte(strings.Repeat("\xa1\x01", maxDepth+1))},
		{"a report of four thousand million bits times as many", []byte{0x77, 0xff, 0xff, 0xff, 0xff, 0x97, 0xff, 0xff, 0xff, 0xff, 0x81, 0x02}},
		{"a report that grows beyond the bound", bytesOf([]byte{0x75, 0x08, 0x96, 0x00, 0x40}, []byte{0x81, 0x02, 0x95, 0x01, 0x81, 0x02})},
		{"more than the kernel takes", make([]byte, maxDescriptor+1)},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, err := parseDescriptor(row.raw); !errors.Is(err, errDescriptor) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestADeviceThatIsNoReaderIsNamed(t *testing.T) {
	for _, row := range []struct {
		name, profile string
		raw           []byte
		want          []string
	}{
		{"a keyboard", profileAuto, keys(), []string{"a keyboard", "event-kbd", "HID POS"}},
		{"a keyboard told to be a make", "honeywell", keys(), []string{"a keyboard"}},
		{"a mouse", profileAuto, rodent(), []string{"a mouse", "profile="}},
		{"a maker's own device", profileAuto, own(), []string{"ff00:0001", "profile="}},
		{"nothing at all", profileAuto, nil, []string{"does not say what it is"}},
		{"an opaque reader under the standard", profileStandard, opaque(), []string{"profile=auto"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := parsed(t, row.raw)
			if r, ok := recognise(row.profile, 0x0c2e, d); ok {
				t.Fatalf("recognised as %+v", r)
			}
			err := notReader("/dev/hidraw7", row.profile, d)
			if !errors.Is(err, reader.ErrAddress) || !strings.Contains(err.Error(), "/dev/hidraw7") {
				t.Errorf("error %v", err)
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func FuzzDescriptor(f *testing.F) {
	for _, raw := range [][]byte{conforming(), long(trigger(0x86), commands()), flat(), old(), wide(), unnumbered(), opaque(), own(), keys(), rodent()} {
		f.Add(raw, []byte("\x02\x03]Q1ABC"))
	}
	f.Fuzz(func(t *testing.T, raw, report []byte) {
		d, err := parseDescriptor(raw)
		if err != nil {
			if !errors.Is(err, errDescriptor) {
				t.Fatal(err)
			}
			return
		}
		for key, bits := range d.bits {
			if bits < 0 || bits > maxReport*8 {
				t.Fatalf("report %v of %d bits", key, bits)
			}
		}
		for _, name := range Profiles() {
			r, ok := recognise(name, 0x0c2e, d)
			if !ok {
				if notReader("/dev/hidraw0", name, d) == nil {
					t.Fatal("no reason")
				}
				continue
			}
			if reach := r.form.reach(); reach < 0 || reach > maxReport+2 {
				t.Fatalf("the form reaches to byte %d", reach)
			}
			for phrase, reports := range r.words {
				for _, word := range reports {
					if len(word) != d.outputLength(word[0]) {
						t.Fatalf("%s: a report of %d bytes where the reader wants %d", phrase, len(word), d.outputLength(word[0]))
					}
				}
			}
			p, finding := r.form.read(report)
			if finding == sound && len(p.data) > len(report) {
				t.Fatal("more data than report")
			}
		}
	})
}
