package gpio

import (
	"path/filepath"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// LineInfo is what the kernel tells of one line. Looking at it changes nothing.
type LineInfo struct {
	// Address is the line as a signal's address names it, without options.
	Address string
	Name    string // such as GPIO17, "" for a line that nobody named
	// User is the program or driver that has the line, "" for nobody.
	User string
}

// lineUsed is GPIO_V2_LINE_FLAG_USED of linux/gpio.h: the line cannot be had.
const lineUsed = 1 << 0

// mostLines bounds how many lines are looked at.
const mostLines = 512

// Lines lists the lines of the chips below dir, which is /dev. Chips that may not
// be opened are left out; a link to a chip counts once.
func Lines(dir string) []LineInfo {
	paths, err := filepath.Glob(filepath.Join(dir, "gpiochip*"))
	if err != nil {
		return nil
	}
	var lines []LineInfo
	seen := make(map[string]bool)
	for _, path := range paths {
		c, err := openChip(path)
		if err != nil {
			continue
		}
		if !seen[c.name] {
			seen[c.name] = true
			lines = append(lines, c.each(filepath.Base(path), mostLines-len(lines))...)
		}
		c.close()
	}
	return lines
}

// each lists at most so many lines of the chip.
func (c *chip) each(device string, most int) []LineInfo {
	var lines []LineInfo
	for i := range min(c.lines, most) {
		info := unix.GPIOV2LineInfo{Offset: uint32(i)}
		if ioctl(c.file, unix.GPIO_V2_GET_LINEINFO_IOCTL, unsafe.Pointer(&info)) != nil {
			return lines // what is left cannot be told either
		}
		l := LineInfo{Address: "gpio:" + device + "/" + strconv.Itoa(i), Name: unix.ByteSliceToString(info.Name[:])}
		if info.Flags&lineUsed != 0 {
			if l.User = unix.ByteSliceToString(info.Consumer[:]); l.User == "" {
				l.User = "kernel"
			}
		}
		lines = append(lines, l)
	}
	return lines
}
