package sound

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"gatescand/device/signal"
)

// The bounds of a file.
const (
	MaxLength = 5 * time.Second
	MaxSize   = 2 << 20 // bytes
)

// ErrFile is wrapped by the errors of a sound file.
var ErrFile = errors.New("the sound file cannot be used")

// Info is what a WAV file holds.
type Info struct {
	Rate     int // samples a second
	Channels int
	Bits     int // of one sample
	Length   time.Duration
}

// Load reads a WAV file and checks it.
func Load(path string) ([]byte, Info, error) {
	b, err := read(path)
	if err != nil {
		return nil, Info{}, fmt.Errorf("%w: %s: %w", ErrFile, path, err)
	}
	info, err := Inspect(b)
	if err != nil {
		return nil, Info{}, fmt.Errorf("%w: %s: %w; ffmpeg -i FILE -t 5 -ar 48000 -ac 2 OUT.wav makes one that fits", ErrFile, path, err)
	}
	return b, info, nil
}

func read(path string) ([]byte, error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !about.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	b, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err == nil && len(b) > MaxSize {
		err = fmt.Errorf("it has more than %d KiB", MaxSize>>10)
	}
	return b, err
}

// Formats of samples, from the RIFF WAVE format as Microsoft's mmreg.h numbers
// them: those that ALSA plays without decoding.
const (
	formatPCM        = 0x0001
	formatFloat      = 0x0003
	formatExtensible = 0xfffe
)

// Inspect walks the chunks of a WAV file and says what it holds, or what is
// wrong with it.
func Inspect(b []byte) (Info, error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return Info{}, errors.New("it is no WAV file")
	}
	var info Info
	for rest := b[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		if size > uint64(len(rest)) {
			return Info{}, errors.New("it is cut short")
		}
		chunk := rest[:size]
		switch {
		case name == "fmt ":
			var err error
			if info, err = inspectFormat(chunk); err != nil {
				return Info{}, err
			}
		case name == "data" && info.Rate == 0:
			return Info{}, errors.New("its samples come before their format")
		case name == "data":
			frames := size / uint64(info.Channels*info.Bits/8)
			info.Length = time.Duration(frames) * time.Second / time.Duration(info.Rate)
			if frames == 0 {
				return Info{}, errors.New("it is empty")
			}
			if info.Length > MaxLength {
				return Info{}, fmt.Errorf("it lasts %s, longer than %s", info.Length.Round(time.Millisecond), MaxLength)
			}
			return info, nil
		}
		rest = rest[min(size+size%2, uint64(len(rest))):] // chunks begin at even places
	}
	return Info{}, errors.New("it has no samples")
}

func inspectFormat(chunk []byte) (Info, error) {
	if len(chunk) < 16 {
		return Info{}, errors.New("its format is cut short")
	}
	format := binary.LittleEndian.Uint16(chunk)
	if format != formatPCM && format != formatFloat && format != formatExtensible {
		return Info{}, fmt.Errorf("its samples are compressed (format %#x)", format)
	}
	info := Info{
		Channels: int(binary.LittleEndian.Uint16(chunk[2:])),
		Rate:     int(binary.LittleEndian.Uint32(chunk[4:])),
		Bits:     int(binary.LittleEndian.Uint16(chunk[14:])),
	}
	if info.Channels < 1 || info.Channels > 8 || info.Rate < 4000 || info.Rate > 192000 || info.Bits < 8 || info.Bits > 64 || info.Bits%8 != 0 {
		return Info{}, fmt.Errorf("%d channels of %d bits at %d Hz are not playable", info.Channels, info.Bits, info.Rate)
	}
	return info, nil
}

// Check tells whether the sound of an address can be made: its file is there and
// is one that can be played. It does not ask whether anything plays it.
func Check(a signal.Address) error {
	if a.Path == signal.Tone {
		return nil
	}
	_, _, err := Load(a.Path)
	return err
}
