package inventory

import (
	"path/filepath"
	"strings"
)

// What there is to know about an address.
const (
	noteTwin = "another device plugged in now bears the same name, so this one is told apart by its port: keep it in this port"
	notePort = "this device has no lasting name of its own, so it is told apart by its port: keep it in this port"
	noteNode = "the number is another after the next plugging in: install the udev rule 72-gatescand.rules for a lasting name"
	noteUART = "a console must not run there: sudo raspi-config, Interface Options, Serial Port: no login shell, port enabled"
	noteBaud = "write the speed that the reader is set to"
)

// choose finds the address to write into the configuration: the one that means this device and no other tomorrow as well.
func (s *scan) choose(d *Device) {
	twins := false
	for _, other := range s.devices {
		twins = twins || d.twin(other)
	}
	var path string
	switch d.Kind {
	case KindSerial:
		path, d.Note = s.lasting(d, "serial", "", twins)
		d.Address = "serial:" + path
		if d.Looks == LooksOther {
			return
		}
		d.Address += d.serialOptions()
	case KindKeyboard:
		path, d.Note = s.lasting(d, "input", "-event-kbd", twins)
		d.Address = "hid:" + path
		if d.Looks == LooksReader {
			d.Address += "?layout=us" // what all known makers deliver
		}
	case KindPOS:
		path, d.Note = s.lasting(d, "hidraw", "", twins)
		d.Address = "hid:" + path
	case KindCamera:
		if isRibbon(d.Name) {
			d.Address = ribbonAddress
			return
		}
		path, d.Note = s.lasting(d, "v4l", "", twins)
		d.Address = "camera:" + path
	}
}

// lasting gives the path that leads to a device after it was unplugged and plugged in again, and what there is to know about it. dir is the
// folder below /dev in which udev keeps by-id and by-path, suffix what the link's name ends in.
//
// udev makes the name by-id out of maker, name, serial number and interface. Of two devices that agree in all of these only one has the link,
// and it is the one that was plugged in last.
func (s *scan) lasting(d *Device, dir, suffix string, twins bool) (path, note string) {
	byID, byPath := d.under(dir+"/by-id", suffix), d.under(dir+"/by-path", suffix)
	gate, gatePort := d.gate()
	uart := d.under(".", "")
	if twins {
		byID, gate, note = "", "", noteTwin
	} else {
		note = notePort
	}
	if byPath == "" {
		byPath = gatePort
	}
	if byPath == "" {
		byPath = s.port(d)
	}
	switch {
	case byID != "":
		return byID, ""
	case gate != "":
		return gate, ""
	case byPath != "":
		return byPath, note
	case strings.HasPrefix(uart, "/dev/serial"):
		return uart, noteUART
	case d.Kind == KindSerial && !d.USB():
		return d.Node, noteUART
	}
	return d.Node, noteNode
}

// serialOptions gives the options of a serial reader's address that are known to fit.
func (d *Device) serialOptions() string {
	maker, _ := makerOf(d.Identity.Vendor, d.Identity.Product)
	switch {
	case maker.profile != "":
		return "?profile=" + maker.profile
	case strings.HasPrefix(d.Node, "/dev/ttyACM"):
		return "" // has no speed
	}
	if d.Note == "" {
		d.Note = noteBaud
	}
	return "?baud=9600"
}

// port gives a path through sysfs that means whatever is plugged into the port of a hidraw device, since udev makes no name by path for those.
// [reader.Resolve] follows it to the node.
func (s *scan) port(d *Device) string {
	if d.Kind != KindPOS || !d.USB() {
		return ""
	}
	hid, err := filepath.EvalSymlinks(filepath.Join(s.sys(), "class/hidraw", filepath.Base(d.Node), "device"))
	if err != nil {
		return ""
	}
	// The folder above the HID device is the interface, named PORT:CONFIGURATION.INTERFACE.
	inter := filepath.Base(filepath.Dir(hid))
	if !strings.HasPrefix(inter, d.Identity.Port+":") || strings.ContainsAny(inter, "*[?") {
		return ""
	}
	return filepath.Join(sysfs, "bus/usb/devices", inter, "*/hidraw/hidraw*")
}
