package reader_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatescand/scanner/reader"
)

func TestAddressesAreTakenApart(t *testing.T) {
	line := reader.Line{Baud: 9600, DataBits: 8, Parity: reader.ParityNone, StopBits: 1}
	auto := reader.Framing{Mode: reader.ModeAuto, Gap: reader.DefaultGap}
	for _, row := range []struct {
		name, text string
		want       reader.Address
	}{
		{"a path alone has the usual line", "serial:/dev/ttyACM0", reader.Address{Kind: reader.KindSerial, Path: "/dev/ttyACM0", Line: line, Framing: auto}},
		{"a path may have colons, blanks and globs", "serial:/dev/serial/by-path/pci-0000:00 *-[0-9]", reader.Address{
			Kind: reader.KindSerial, Path: "/dev/serial/by-path/pci-0000:00 *-[0-9]", Line: line, Framing: auto,
		}},
		{"everything set", "serial:/dev/x?baud=115200&data=7&parity=even&stop=2&frame=etx", reader.Address{
			Kind: reader.KindSerial, Path: "/dev/x",
			Line:    reader.Line{Baud: 115200, DataBits: 7, Parity: reader.ParityEven, StopBits: 2},
			Framing: reader.Framing{Mode: reader.ModeETX, Gap: reader.DefaultGap},
		}},
		{"idle carries its silence", "serial:/dev/x?frame=idle:50ms", reader.Address{
			Kind: reader.KindSerial, Path: "/dev/x", Line: line, Framing: reader.Framing{Mode: reader.ModeIdle, Gap: 50 * time.Millisecond},
		}},
		{"gap before frame", "serial:/dev/x?gap=300ms&frame=auto", reader.Address{
			Kind: reader.KindSerial, Path: "/dev/x", Line: line, Framing: reader.Framing{Mode: reader.ModeAuto, Gap: 300 * time.Millisecond},
		}},
		{"virtual", "virtual:", reader.Address{Kind: reader.KindVirtual}},
		{"hid keeps its options", "hid:/dev/input/by-id/x?layout=fr", reader.Address{
			Kind: reader.KindHID, Path: "/dev/input/by-id/x", Options: map[string]string{"layout": "fr"},
		}},
		{"camera", "camera:/dev/video0", reader.Address{Kind: reader.KindCamera, Path: "/dev/video0"}},
		{"tcp", "tcp:[::1]:9100", reader.Address{Kind: reader.KindTCP, Path: "[::1]:9100"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := reader.ParseAddress(row.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got, cmpopts.IgnoreUnexported(reader.Address{})); diff != "" {
				t.Errorf("address (-want +got):\n%s", diff)
			}
			if got.String() != row.text {
				t.Errorf("String gives %q, want %q", got, row.text)
			}
		})
	}
}

func TestWrongAddressesSayWhatToWrite(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       []string // each must be in the message
	}{
		{"no kind", "/dev/ttyACM0", []string{"serial:/dev/serial/by-id/NAME"}},
		{"empty", "", []string{"serial:/dev/serial/by-id/NAME"}},
		{"another kind", "usb:/dev/x", []string{`"usb"`, "use serial, hid, camera, tcp or virtual"}},
		{"no path", "serial:", []string{"must begin with /"}},
		{"a relative path", "serial:ttyACM0", []string{"must begin with /"}},
		{"a question mark as a wildcard", "serial:/dev/ttyACM?", []string{`use "*"`}},
		{"an unknown option", "serial:/dev/x?speed=9600", []string{`"speed"`, "baud, frame"}},
		{"a speed that cannot be set", "serial:/dev/x?baud=14400", []string{"14400", "9600 or 19200"}},
		{"a speed that is none", "serial:/dev/x?baud=fast", []string{"fast", "115200"}},
		{"a speed written oddly", "serial:/dev/x?baud=+9600", []string{"+9600"}},
		{"a speed of nothing", "serial:/dev/x?baud=0", []string{"baud=0"}},
		{"mark parity", "serial:/dev/x?parity=mark", []string{"none, odd or even"}},
		{"one and a half stop bits", "serial:/dev/x?stop=1.5", []string{"1 or 2"}},
		{"nine data bits", "serial:/dev/x?data=9", []string{"5, 6, 7 or 8"}},
		{"an unknown frame", "serial:/dev/x?frame=cr+lf", []string{"crlf"}},
		{"idle without its silence", "serial:/dev/x?frame=idle", []string{"idle:50ms"}},
		{"idle without a unit", "serial:/dev/x?frame=idle:50", []string{"150ms"}},
		{"idle for an hour", "serial:/dev/x?frame=idle:1h", []string{"between 5ms and 5s"}},
		{"a gap where silence ends nothing", "serial:/dev/x?frame=cr&gap=200ms", []string{"frame=auto"}},
		{"the same option twice", "serial:/dev/x?baud=9600&baud=115200", []string{"twice"}},
		{"an option without a value", "serial:/dev/x?baud", []string{"KEY=VALUE"}},
		{"a control character", "serial:/dev/x\n", []string{"control character"}},
		{"several faults at once", "serial:x?baud=1&frame=y", []string{"must begin with /", "baud=1", "frame=y"}},
		{"something behind virtual", "virtual:x", []string{"write virtual:"}},
		{"a host without a port", "tcp:host", []string{"HOST:PORT"}},
		{"a port too large", "tcp:host:99999", []string{"65535"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := reader.ParseAddress(row.text)
			if !errors.Is(err, reader.ErrAddress) {
				t.Fatalf("error %v, want one of class ErrAddress", err)
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message %q lacks %q", err, want)
				}
			}
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("the message %q breaks its line", err)
			}
		})
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, text := range []string{
		"serial:/dev/serial/by-id/usb-*?baud=115200&frame=idle:50ms&gap=1s&data=7&parity=odd&stop=2", "virtual:", "tcp:h:1", "hid:/x?layout=us", "camera:/d",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := reader.ParseAddress(text)
		if a.String() != text {
			t.Fatalf("%q became %q", text, a)
		}
		if err != nil {
			if !errors.Is(err, reader.ErrAddress) {
				t.Fatalf("%q: %v is not of class ErrAddress", text, err)
			}
			return
		}
		again, err := reader.ParseAddress(a.String())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, again, cmp.AllowUnexported(reader.Address{})); diff != "" {
			t.Fatalf("not stable:\n%s", diff)
		}
		if a.Kind == reader.KindSerial && (a.Path[0] != '/' || a.Line.Baud == 0 || a.Framing.Gap <= 0) {
			t.Fatalf("%q gave %+v", text, a)
		}
	})
}
