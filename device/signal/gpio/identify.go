package gpio

import (
	"fmt"

	"gatescand/device/signal"
)

// Identify finds the line that a wire means and names it by the kernel's name of
// its chip and its offset, as in "gpiochip0/17": two wires that are one line,
// however they are written, have one such name. dir is normally /dev. The line is
// not taken. Its errors are those of [OpenOutput].
func Identify(dir string, w signal.Wire) (string, error) {
	c, err := find(dir, w.Chip)
	if err != nil {
		return "", err
	}
	defer c.close()
	offset, err := c.offset(w)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s/%d", c.name, offset), nil
}
