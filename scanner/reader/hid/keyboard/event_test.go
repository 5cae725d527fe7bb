package keyboard

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatescand/scanner/reader"
)

// One event as each kernel writes it, on a little-endian machine, as all are that this is made for.
func TestEventsAreReadAsTheKernelWritesThem(t *testing.T) {
	want := []Event{{Time: 0x5f*time.Second + 0x0102*time.Microsecond, Type: typeKey, Code: 0x1e, Value: Pressed}}
	for _, row := range []struct {
		name  string
		size  int
		bytes string
	}{
		{"64 bits", LongEvent, "\x5f\x00\x00\x00\x00\x00\x00\x00\x02\x01\x00\x00\x00\x00\x00\x00\x01\x00\x1e\x00\x01\x00\x00\x00"},
		{"32 bits", ShortEvent, "\x5f\x00\x00\x00\x02\x01\x00\x00\x01\x00\x1e\x00\x01\x00\x00\x00"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(want, NewParser(row.size).Parse(nil, []byte(row.bytes))); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if got := string(AppendEvents(nil, row.size, want...)); got != row.bytes {
				t.Errorf("written as %x", got)
			}
		})
	}
}

func TestAStreamSplitAtEveryOffsetIsTheSame(t *testing.T) {
	for _, size := range []int{LongEvent, ShortEvent} {
		events := typed(t, "]Q1Ab-9{~é\rnext\r", "de", ShiftRuns)
		b := AppendEvents(nil, size, events...)
		for cut := range len(b) + 1 {
			p := NewParser(size)
			got := p.Parse(p.Parse(nil, b[:cut]), b[cut:])
			if !slices.Equal(got, events) {
				t.Fatalf("size %d, cut at %d: other events", size, cut)
			}
		}
		p, got := NewParser(size), []Event(nil)
		for _, c := range b {
			got = p.Parse(got, []byte{c})
		}
		if !slices.Equal(got, events) {
			t.Errorf("size %d, byte by byte: other events", size)
		}
		d := newDesk("de")
		d.play(got...)
		if diff := cmp.Diff([]string{"<]Q1>Ab-9{~é", "next"}, d.codes()); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
	}
}

func TestEventsGoThroughBytesAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{LongEvent, ShortEvent}).Draw(t, "size")
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Event {
			return Event{
				Time: time.Duration(rapid.IntRange(0, 1<<30).Draw(t, "s"))*time.Second + ms(rapid.IntRange(0, 999).Draw(t, "ms")),
				Type: rapid.Uint16().Draw(t, "type"), Code: rapid.Uint16().Draw(t, "code"), Value: rapid.Int32().Draw(t, "value"),
			}
		}), 0, 20).Draw(t, "events")
		got := NewParser(size).Parse(nil, AppendEvents(nil, size, events...))
		if !slices.Equal(got, events) {
			t.Fatalf("events (-want +got):\n%s", cmp.Diff(events, got))
		}
	})
}

// FuzzEvents has any bytes come as an input node's.
func FuzzEvents(f *testing.F) {
	strokes, err := Type("]Q1Ab-9é\r", "fr")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(AppendEvents(nil, LongEvent, Events(strokes, ShiftEach, ms(1))...), true, uint16(7))
	f.Add(AppendEvents(nil, ShortEvent, Events(strokes, Rollover, ms(400))...), false, uint16(100))
	f.Add(AppendEvents(nil, LongEvent, Event{0, typeSync, syncDropped, 0}, Event{-1, typeKey, 0xffff, 1}), true, uint16(1))
	f.Fuzz(func(t *testing.T, b []byte, long bool, cut uint16) {
		size := ShortEvent
		if long {
			size = LongEvent
		}
		at := min(int(cut), len(b))
		whole, parts := NewParser(size), NewParser(size)
		events := whole.Parse(nil, b)
		if got := parts.Parse(parts.Parse(nil, b[:at]), b[at:]); !slices.Equal(events, got) {
			t.Fatal("split, the events are others")
		}
		if len(events) != len(b)/size {
			t.Fatalf("%d events of %d bytes", len(events), len(b))
		}
		d := newDesk("de")
		var clock alignment
		for _, e := range events {
			clock.observe(0, e.Time)
			d.take(clock.moment(time.Hour, e.Time), e)
		}
		d.rest(time.Hour)
		check(t, d)
	})
}

// FuzzStrokes has any keys pressed, in any layout, with losses and silences: two bytes an event.
func FuzzStrokes(f *testing.F) {
	f.Add([]byte("\x9e\x00\x1e\x00\xaa\x00\x9e\x00\x2a\x00\x9c\x00"), uint8(2))
	f.Add([]byte("\xb8\x00\xcd\x00\xcc\x00\x38\x00\x9c\x00"), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, layout uint8) {
		d := newDesk(Layouts()[int(layout)%len(Layouts())])
		for i := 0; i+1 < len(b); i += 2 {
			d.now += ms(int(b[i+1] & 0x1f))
			switch b[i+1] >> 5 {
			case 1:
				d.lose(d.now)
			case 2:
				d.rest(DefaultGap)
			default:
				d.take(d.now, Event{d.now, typeKey, uint16(b[i] & 0x7f), int32(b[i] >> 7)})
			}
		}
		d.rest(time.Hour)
		check(t, d)
		// Whatever came, the next honest code is read.
		d.frames = nil
		d.board = board{}
		d.play(typed(t, "GOOD-1\r", d.name, ShiftRuns)...)
		if diff := cmp.Diff([]string{"GOOD-1"}, d.codes()); diff != "" {
			t.Fatalf("codes (-want +got):\n%s", diff)
		}
	})
}

// check holds what is true of everything that is handed over.
func check(t *testing.T, d *desk) {
	t.Helper()
	for _, f := range d.frames {
		if len(f.Code) > reader.MaxCode || f.Layout != d.name {
			t.Fatalf("a frame of %d bytes by %q", len(f.Code), f.Layout)
		}
		if len(f.Readings) > 2*len(Layouts())-1 {
			t.Fatalf("%d readings", len(f.Readings))
		}
		for _, r := range f.Readings {
			if len(r.Code) == 0 || len(r.Code) > reader.MaxCode || string(r.Code) == string(f.Code) {
				t.Fatalf("a reading of %d bytes", len(r.Code))
			}
		}
	}
	if cap(d.strokes) > 3*maxStrokes/2 {
		t.Fatalf("room for %d strokes", cap(d.strokes))
	}
}
