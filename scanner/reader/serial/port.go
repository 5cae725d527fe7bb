package serial

import (
	"time"

	"github.com/tarm/serial"

	"gatescand/scanner/reader"
)

// readTimeout is how long a read waits for the first byte. The kernel counts in tenths of a second and this is the shortest.
const readTimeout = 100 * time.Millisecond

// port is an open serial line. Read returns (0, io.EOF) after readTimeout without a byte, and at once when the device is gone. Write(nil) fails
// when the device is gone and otherwise does nothing.
type port interface {
	Read(b []byte) (int, error)
	Write(b []byte) (int, error)
	Close() error
}

// opener opens a device node as a raw serial line.
type opener func(node string, line reader.Line) (port, error)

// openTarm opens with github.com/tarm/serial.
func openTarm(node string, line reader.Line) (port, error) {
	return serial.OpenPort(&serial.Config{
		Name:        node,
		Baud:        line.Baud,
		ReadTimeout: readTimeout,
		Size:        byte(line.DataBits),
		Parity:      parity(line.Parity),
		StopBits:    serial.StopBits(line.StopBits),
	})
}

func parity(p reader.Parity) serial.Parity {
	switch p {
	case reader.ParityOdd:
		return serial.ParityOdd
	case reader.ParityEven:
		return serial.ParityEven
	case reader.ParityNone:
		return serial.ParityNone
	default:
		return serial.ParityNone
	}
}
