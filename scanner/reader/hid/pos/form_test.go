package pos

import (
	"bytes"
	"slices"
	"testing"
)

func TestDataThatBeginsInTheMiddleOfAByteIsRead(t *testing.T) {
	f := formIn(t, []byte{
		0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x75, 0x04, 0x95, 0x01, 0x81, 0x03, 0x75, 0x08, 0x95, 0x10, 0x09, 0xfe, 0x81, 0x02, 0xc0,
	})
	p, finding := f.read(f.report("", 0, []byte("ABC-123"), false))
	if finding != sound || string(p.data) != "ABC-123" {
		t.Errorf("finding %v, data %q", finding, p.data)
	}
}

func TestBitsAreReadLeastFirst(t *testing.T) {
	report := []byte{0b1010_0101, 0b0000_0011, 0xff, 0xff, 0xff, 0xff}
	for _, row := range []struct {
		name string
		at   span
		want uint32
		ok   bool
	}{
		{"one bit", span{0, 1}, 1, true},
		{"the last bit of a byte", span{7, 1}, 1, true},
		{"four bits", span{4, 4}, 0b1010, true},
		{"across two bytes", span{6, 4}, 0b1110, true},
		{"as many as there may be", span{16, 32}, 0xffffffff, true},
		{"one too many for the report", span{17, 32}, 0, false},
		{"none", span{}, 0, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, ok := row.at.read(report); got != row.want || ok != row.ok {
				t.Errorf("%b, %v, want %b, %v", got, ok, row.want, row.ok)
			}
		})
	}
}

func FuzzReport(f *testing.F) {
	all := []form{formIn(f, conforming()), formIn(f, long()), formIn(f, flat()), formIn(f, wide()), formIn(f, unnumbered()), slippingForm()}
	for _, p := range profiles() {
		all = append(all, p.form)
	}
	for i, form := range all {
		aim := ""
		if form.aim[0].size > 0 {
			aim = "]Q1"
		}
		f.Add(byte(i), form.encode(aim, 's', []byte("ABC"))[0])
	}
	f.Add(byte(0), bytes.Repeat([]byte{0x02, 0xff}, 40))
	f.Fuzz(func(t *testing.T, which byte, report []byte) {
		form := all[int(which)%len(all)]
		before := slices.Clone(report)
		p, finding := form.read(report)
		if !bytes.Equal(report, before) {
			t.Fatal("the report was written to")
		}
		if finding != sound {
			if len(p.data) > 0 || p.aim != "" && finding == foreign {
				t.Fatalf("a report that holds nothing gave %+v", p)
			}
			return
		}
		if len(p.data) > form.data.size/8 || !bytes.Contains(report, p.data) || form.marked && p.aim == "" && len(p.data) > 0 {
			t.Fatalf("piece %+v", p)
		}
		// What was understood is understood again when it is sent anew.
		again, finding := form.read(form.report(p.aim, p.symbology, p.data, p.more))
		if finding != sound || !bytes.Equal(again.data, p.data) || again.aim != p.aim || again.more != p.more {
			if len(p.data) > 0 {
				t.Fatalf("sent anew: %+v, was %+v", again, p)
			}
		}
	})
}
