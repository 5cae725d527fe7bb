package keyboard

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gatescand/scanner/reader"
)

func TestCodesComeThroughARealPipe(t *testing.T) {
	for _, size := range []int{LongEvent, ShortEvent} {
		p := plug(t, "?layout=de", size, keyState{})
		p.isUp(t)
		if got := p.Describe(); got != "virtual 1234:5678 Typist" {
			t.Errorf("it describes itself as %q", got)
		}
		p.types(t, "Zug-1{ä}\r", "de")
		f := p.expect(t, "Zug-1{ä}")
		if f.Layout != "de" || len(f.Readings) == 0 || f.End != reader.EndCR {
			t.Errorf("the frame is %+v", f)
		}
		p.types(t, "next\r", "de")
		p.expect(t, "next")
		p.stop()
		if err := p.end(t); !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		if got := p.Describe(); got != "" {
			t.Errorf("closed, it describes itself as %q", got)
		}
	}
}

func TestSilenceEndsACodeThroughARealPipe(t *testing.T) {
	p := plug(t, "?gap=50ms", LongEvent, keyState{})
	p.isUp(t)
	p.types(t, "ticket", "us")
	if f := p.expect(t, "ticket"); f.End != reader.EndSilence {
		t.Errorf("it ended by %q", f.End)
	}
}

func TestEventsInOddPiecesAreRead(t *testing.T) {
	p := plug(t, "", LongEvent, keyState{})
	p.isUp(t)
	b := AppendEvents(nil, LongEvent, typed(t, "Odd-7\r", "us", ShiftEach)...)
	for len(b) > 0 {
		n := min(7, len(b))
		if _, err := p.typing.Write(b[:n]); err != nil {
			t.Fatal(err)
		}
		b = b[n:]
	}
	p.expect(t, "Odd-7")
}

func TestUnpluggedInTheMiddleTheHalfCodeIsDropped(t *testing.T) {
	p := plug(t, "", LongEvent, keyState{})
	p.isUp(t)
	p.types(t, "whole\rhalf", "us")
	p.expect(t, "whole")
	if err := p.typing.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.end(t); !errors.Is(err, reader.ErrGone) || !isEOF(err) {
		t.Errorf("Run returned %v", err)
	}
	if len(p.frames) > 0 {
		t.Errorf("the half code came: %q", (<-p.frames).Code)
	}
}

func TestHundredOpeningsLeaveNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	descriptors := func() int {
		found, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	before := descriptors()
	for i := range 100 {
		p := plug(t, "", NativeEvent, keyState{})
		p.isUp(t)
		p.types(t, "code\rhal", "us")
		p.expect(t, "code")
		if i%2 == 0 {
			p.stop()
		}
		if err := p.typing.Close(); err != nil {
			t.Fatal(err)
		}
		if err := p.end(t); err == nil {
			t.Fatal("Run returned nil")
		}
		p.stop()
	}
	if after := descriptors(); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestGarbageAtLineSpeedIsBoundedAndTheNextCodeIsRead(t *testing.T) {
	p := plug(t, "?gap=50ms", NativeEvent, keyState{})
	p.isUp(t)
	var noise []Event
	for i := range 20_000 {
		noise = append(noise, Event{0, uint16(i % 5), uint16(i * 7 % 0x2ff), int32(i % 3)})
	}
	for _, key := range []uint16{KeyLeftShift, KeyRightShift, KeyLeftCtrl, KeyRightCtrl, KeyLeftAlt, KeyRightAlt} {
		noise = append(noise, Event{0, typeKey, key, Released}) // a device that holds these down means what it types then
	}
	p.write(t, noise...)
	p.types(t, strings.Repeat("4KB-", 5000)+"\r", "us")
	p.types(t, "\rhonest\r", "us")
	for range 10_000 {
		select {
		case f := <-p.frames:
			if len(f.Code) > reader.MaxCode {
				t.Fatalf("%d bytes", len(f.Code))
			}
			if string(f.Code) == "honest" {
				return
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the honest code did not come")
		}
	}
}
