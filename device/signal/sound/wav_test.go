package sound

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatescand/device/signal"
)

func TestTonesAreShortDistinctAndTheSameEachTime(t *testing.T) {
	lengths := make(map[time.Duration]signal.Kind)
	for _, k := range []signal.Kind{signal.Admit, signal.Refuse, signal.Hold} {
		tone := Tone(k)
		info, err := Inspect(tone)
		if err != nil || info.Rate != 48000 || info.Channels != 2 || info.Bits != 16 {
			t.Errorf("%s: %+v, %v", k, info, err)
		}
		if info.Length < 300*time.Millisecond || info.Length > time.Second {
			t.Errorf("%s takes %v", k, info.Length)
		}
		if other, same := lengths[info.Length]; same {
			t.Errorf("%s and %s take the same time", k, other)
		}
		lengths[info.Length] = k
		if !bytes.Equal(tone, Tone(k)) {
			t.Errorf("%s sounds different the second time", k)
		}
		if peak := loudest(tone); peak < 8000 || peak > 30000 {
			t.Errorf("%s peaks at %d", k, peak)
		}
	}
}

// What people hear apart: one unbroken sound, two, three.
func TestTonesDifferInRhythm(t *testing.T) {
	for k, want := range map[signal.Kind]int{signal.Admit: 1, signal.Refuse: 2, signal.Hold: 3} {
		if got := bursts(Tone(k)); got != want {
			t.Errorf("%s is heard as %d sounds, want %d", k, got, want)
		}
	}
}

func samples(tone []byte) []int16 {
	var all []int16
	for at := 44; at+1 < len(tone); at += frameSize {
		all = append(all, int16(binary.LittleEndian.Uint16(tone[at:])))
	}
	return all
}

func loudest(tone []byte) int {
	peak := 0
	for _, s := range samples(tone) {
		peak = max(peak, int(s), -int(s))
	}
	return peak
}

// bursts counts the sounds that 50 ms of silence part.
func bursts(tone []byte) int {
	n, quiet := 0, rate
	for _, s := range samples(tone) {
		if s > -100 && s < 100 {
			quiet++
			continue
		}
		if quiet > rate/20 {
			n++
		}
		quiet = 0
	}
	return n
}

// file builds a WAV file out of chunks.
func file(chunks ...string) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVE")
	for _, c := range chunks {
		b = append(b, c[:4]...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(c)-4))
		b = append(b, c[4:]...)
		if len(c)%2 != 0 {
			b = append(b, 0)
		}
	}
	return b
}

func format(code, channels uint16, hertz uint32, bits uint16) string {
	b := []byte("fmt ")
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, channels)
	b = binary.LittleEndian.AppendUint32(b, hertz)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint16(b, 0)
	return string(binary.LittleEndian.AppendUint16(b, bits))
}

func TestInspect(t *testing.T) {
	second := "data" + strings.Repeat("\x00", 16000)
	good := format(formatPCM, 1, 8000, 16)
	for _, c := range []struct {
		name string
		b    []byte
		want string // "" for a file that can be played
	}{
		{"a second of silence", file(good, second), ""},
		{"chunks that say nothing about the sound", file("LISTodd", good, "fact1234", second), ""},
		{"floating point", file(format(formatFloat, 1, 8000, 16), second), ""},
		{"what follows the samples", file(good, second, "LISTx"), ""},
		{"nothing", nil, "no WAV file"},
		{"an MP3 file", []byte("ID3\x04\x00\x00\x00\x00\x00\x00\x00\x00"), "no WAV file"},
		{"a header alone", file(), "no samples"},
		{"no samples", file(good), "no samples"},
		{"samples of no length", file(good, "data"), "it is empty"},
		{"less than one sample", file(good, "data\x00"), "it is empty"},
		{"samples before their format", file(second, good), "before their format"},
		{"a format cut short", file("fmt 12", second), "format is cut short"},
		{"a file cut short", file(good, second)[:100], "cut short"},
		{"a compressed file", file(format(0x55, 1, 8000, 16), second), "compressed (format 0x55)"},
		{"no channels", file(format(formatPCM, 0, 8000, 16), second), "not playable"},
		{"no bits", file(format(formatPCM, 1, 8000, 0), second), "not playable"},
		{"no rate", file(format(formatPCM, 1, 0, 16), second), "not playable"},
		{"half bytes", file(format(formatPCM, 1, 8000, 12), second), "not playable"},
		{"six seconds", file(good, "data"+strings.Repeat("\x00", 96000)), "it lasts 6s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			info, err := Inspect(c.b)
			switch {
			case c.want == "" && (err != nil || info.Length != time.Second):
				t.Errorf("got %+v, %v", info, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAFileIsCheckedBeforeItIsPlayed(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.wav"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, want string }{
		{"a file that is not there", filepath.Join(dir, "none.wav"), "no such file"},
		{"a folder", filepath.Join(dir, "folder.wav"), "no regular file"},
		{"a device", "/dev/zero", "no regular file"},
		{"a huge file", put("huge.wav", make([]byte, MaxSize+1)), "more than 2048 KiB"},
		{"a file of another kind", put("text.wav", []byte("Hello, this is no sound")), "no WAV file; ffmpeg"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, err := Load(c.path); !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
				t.Errorf("got %v", err)
			}
			if err := Check(signal.Address{Kind: signal.Sound, Path: c.path}); !errors.Is(err, ErrFile) {
				t.Errorf("the configuration is told %v", err)
			}
		})
	}
	if err := Check(address(t, "sound:tone")); err != nil {
		t.Errorf("a tone needs no file: %v", err)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add(Tone(signal.Hold)[:200])
	f.Add(file(format(formatPCM, 1, 8000, 16), "data\x00\x00\x00\x00"))
	f.Add(file("LIST", format(formatExtensible, 2, 48000, 24), "data\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := Inspect(b)
		if err == nil && (info.Length <= 0 || info.Length > MaxLength || info.Channels < 1 || info.Rate < 1) {
			t.Fatalf("%+v of %d bytes", info, len(b))
		}
	})
}
