package health

import (
	"bufio"
	"bytes"
	"path/filepath"
	"strconv"
	"strings"
)

// Machine is what the box is; "" for what it does not tell.
type Machine struct {
	Model  string // such as Raspberry Pi 4 Model B Rev 1.4
	Kernel string // release of the kernel
	System string // name of the operating system
}

// MachineOf looks below root, which is /: at the device tree or, on a PC, the
// tables of its firmware for the model, and at os-release for the system.
func MachineOf(root string) Machine {
	m := Machine{
		Model:  kernelLine(filepath.Join(root, "proc/device-tree/model")),
		Kernel: kernelLine(filepath.Join(root, "proc/sys/kernel/osrelease")),
	}
	if m.Model == "" {
		maker := kernelLine(filepath.Join(root, "sys/class/dmi/id/sys_vendor"))
		m.Model = strings.TrimSpace(maker + " " + kernelLine(filepath.Join(root, "sys/class/dmi/id/product_name")))
	}
	for _, path := range []string{"etc/os-release", "usr/lib/os-release"} {
		if m.System = prettyName(filepath.Join(root, path)); m.System != "" {
			break
		}
	}
	return m
}

// prettyName gives PRETTY_NAME of an os-release file.
func prettyName(path string) string {
	raw, err := readStart(path, 16<<10)
	if err != nil {
		return ""
	}
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		value, found := strings.CutPrefix(lines.Text(), "PRETTY_NAME=")
		if !found {
			continue
		}
		if text, err := strconv.Unquote(value); err == nil {
			return text
		}
		return strings.Trim(value, `'"`)
	}
	return ""
}
