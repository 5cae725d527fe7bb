package tcp

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatescand/scanner/reader"
)

func TestOptionsAreThoseOfASerialReader(t *testing.T) {
	for _, options := range []string{
		"", "?frame=auto", "?frame=cr", "?frame=lf", "?frame=crlf", "?frame=tab", "?frame=etx", "?frame=idle:50ms", "?gap=300ms", "?gap=5s&frame=auto",
	} {
		serial, err := reader.ParseAddress("serial:/dev/x" + options)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(serial.Framing, newSource(t, "h:1", options).framing); diff != "" {
			t.Errorf("%s (-serial +tcp):\n%s", options, diff)
		}
	}
}

func TestWrongOptionsSayWhatToWrite(t *testing.T) {
	for _, row := range []struct {
		name, options string
		want          []string
	}{
		{"an unknown option", "?baud=9600", []string{`"baud"`, "frame or gap"}},
		{"an unknown frame", "?frame=line", []string{"frame=line", "crlf"}},
		{"idle without its silence", "?frame=idle", []string{"idle:50ms"}},
		{"idle for an hour", "?frame=idle:1h", []string{"between 5ms and 5s"}},
		{"a gap without a unit", "?gap=150", []string{"150ms"}},
		{"a gap where silence ends nothing", "?frame=cr&gap=200ms", []string{"frame=auto"}},
		{"several faults at once", "?frame=x&baud=1", []string{"frame=x", "baud"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			address, err := reader.ParseAddress("tcp:h:1" + row.options)
			if err != nil {
				t.Fatal(err)
			}
			_, err = New(address, func() time.Duration { return 0 })
			if !errors.Is(err, reader.ErrAddress) {
				t.Fatalf("New gave %v, want ErrAddress", err)
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message %q lacks %q", err, want)
				}
			}
		})
	}
	if _, err := New(reader.Address{Kind: reader.KindSerial}, nil); !errors.Is(err, reader.ErrAddress) {
		t.Errorf("another kind gave %v", err)
	}
}
