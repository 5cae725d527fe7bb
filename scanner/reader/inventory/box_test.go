package inventory_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"gatescand/scanner/reader/inventory"
)

// box is a made-up computer: a tree as sysfs has it and a /dev with udev's links.
type box struct {
	t    *testing.T
	root string
}

func newBox(t *testing.T) *box {
	t.Helper()
	b := &box{t: t, root: t.TempDir()}
	for _, class := range []string{"tty", "input", "hidraw", "video4linux"} {
		b.dir("sys/class", class)
	}
	b.dir("dev/input")
	// What every box has and no reader is.
	b.file("sys/devices/virtual/tty/tty0/dev", "4:0")
	b.link("sys/devices/virtual/tty/tty0", "sys/class/tty/tty0")
	b.file("dev/tty0", "")
	b.node("platform/serial8250", "tty/ttyS3", "ttyS3", "device", "../../../serial8250")
	b.file("sys/class/tty/ttyS3/type", "0")
	return b
}

func (b *box) roots() inventory.Roots {
	return inventory.Roots{Sys: filepath.Join(b.root, "sys"), Dev: filepath.Join(b.root, "dev")}
}

func (b *box) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) dir(parts ...string) string {
	b.t.Helper()
	dir := filepath.Join(b.root, filepath.Join(parts...))
	b.check(os.MkdirAll(dir, 0o755))
	return dir
}

func (b *box) file(path, text string) {
	b.t.Helper()
	b.dir(filepath.Dir(path))
	b.check(os.WriteFile(filepath.Join(b.root, path), []byte(text), 0o660))
}

// link makes a relative link to target, both below the root.
func (b *box) link(target, path string) {
	b.t.Helper()
	b.dir(filepath.Dir(path))
	relative, err := filepath.Rel(filepath.Join(b.root, filepath.Dir(path)), filepath.Join(b.root, target))
	b.check(err)
	b.check(os.Symlink(relative, filepath.Join(b.root, path)))
}

// node makes an entry of a class ("tty/ttyACM0") in the folder of a device, with a link back to it, and its node.
func (b *box) node(device, entry, node, back, to string) {
	b.t.Helper()
	b.file(filepath.Join("sys/devices", device, entry, "uevent"), "DEVNAME="+node+"\n")
	b.link(filepath.Join("sys/devices", device, entry), filepath.Join("sys/class", entry))
	b.check(os.Symlink(to, filepath.Join(b.root, "sys/devices", device, entry, back)))
	b.file(filepath.Join("dev", node), "")
}

// usb is a USB device in a port of the box.
type usb struct {
	b         *box
	port, ids string
	inter     string // the folder of its first interface, below sys/devices
}

// usb plugs a device in. ids are "vendor:product"; words are maker, name and serial number, "" for what it does not say.
func (b *box) usb(port, ids, maker, name, serial string) usb {
	b.t.Helper()
	dir := filepath.Join("platform/soc/usb1", port)
	for file, text := range map[string]string{
		"idVendor": ids[:4], "idProduct": ids[5:], "manufacturer": maker, "product": name, "serial": serial,
	} {
		if text != "" {
			b.file(filepath.Join("sys/devices", dir, file), text+"\n")
		}
	}
	inter := filepath.Join(dir, port+":1.0")
	b.dir("sys/devices", inter)
	b.link(filepath.Join("sys/devices", inter), filepath.Join("sys/bus/usb/devices", port+":1.0"))
	return usb{b, port, ids, inter}
}

// named gives a node udev's names: by its port, and by id if there is one.
func (u usb) named(dir, node, byID, suffix string) {
	u.b.t.Helper()
	u.b.link("dev/"+node, "dev/"+dir+"/by-path/platform-soc-usb-0:"+u.port[2:]+":1.0"+suffix)
	if byID != "" {
		path := filepath.Join("dev", dir, "by-id", byID)
		_ = os.Remove(filepath.Join(u.b.root, path)) // the last one wins
		u.b.link("dev/"+node, path)
	}
}

// acm makes it a serial port of its own.
func (u usb) acm(n int, byID string) {
	u.b.t.Helper()
	tty := fmt.Sprintf("ttyACM%d", n)
	u.b.node(u.inter, "tty/"+tty, tty, "device", "../../../"+u.port+":1.0")
	u.named("serial", tty, byID, "")
}

// adapter makes it a USB-serial adapter.
func (u usb) adapter(n int, byID string) {
	u.b.t.Helper()
	tty := fmt.Sprintf("ttyUSB%d", n)
	u.b.node(filepath.Join(u.inter, tty), "tty/"+tty, tty, "device", "../../../"+tty)
	u.named("serial", tty, byID, "-port0")
}

func (u usb) hid() string { return filepath.Join(u.inter, "0003:"+u.ids+".0001") }

// keyboard makes it one that types.
func (u usb) keyboard(n int, byID string) {
	u.b.t.Helper()
	u.b.input(u.hid(), n, 3, u.ids, allKeys())
	u.named("input", fmt.Sprintf("input/event%d", n), byID, "-event-kbd")
}

// mouse makes it one that points.
func (u usb) mouse(n int) {
	u.b.t.Helper()
	dir := filepath.Join(u.hid(), fmt.Sprintf("input/input%d", n))
	u.b.file(filepath.Join("sys/devices", dir, fmt.Sprintf("mouse%d/uevent", n)), "")
	u.b.link(filepath.Join("sys/devices", dir, fmt.Sprintf("mouse%d", n)), fmt.Sprintf("sys/class/input/mouse%d", n))
	u.b.link(filepath.Join("sys/devices", dir), filepath.Join("sys/devices", dir, fmt.Sprintf("mouse%d/device", n)))
}

// input makes an input device below a folder.
func (b *box) input(device string, n, bus int, name, keys string) {
	b.t.Helper()
	event := fmt.Sprintf("event%d", n)
	dir := filepath.Join("sys/devices", device, fmt.Sprintf("input/input%d", n))
	b.file(filepath.Join(dir, event, "uevent"), "DEVNAME=input/"+event+"\n")
	b.file(filepath.Join(dir, "capabilities/key"), keys+"\n")
	b.file(filepath.Join(dir, "id/bustype"), fmt.Sprintf("%04x\n", bus))
	b.file(filepath.Join(dir, "name"), name+"\n")
	b.link(dir, filepath.Join(dir, event, "device"))
	b.link(filepath.Join(dir, event), "sys/class/input/"+event)
	b.file("dev/input/"+event, "")
}

// pos makes it a HID device with a descriptor.
func (u usb) pos(n int, descriptor []byte) {
	u.b.t.Helper()
	raw := fmt.Sprintf("hidraw%d", n)
	u.b.file(filepath.Join("sys/devices", u.hid(), "report_descriptor"), string(descriptor))
	u.b.node(u.hid(), "hidraw/"+raw, raw, "device", "../../../"+filepath.Base(u.hid()))
}

// camera makes it one, with a first node for pictures and a second for what is known about them.
func (u usb) camera(n int, byID string) {
	u.b.t.Helper()
	for i := range 2 {
		video := fmt.Sprintf("video%d", n+i)
		u.b.node(u.inter, "video4linux/"+video, video, "device", "../../../"+u.port+":1.0")
		u.b.file("sys/class/video4linux/"+video+"/index", strconv.Itoa(i)+"\n")
		u.b.file("sys/class/video4linux/"+video+"/name", "UVC Camera\n")
		u.named("v4l", video, fmt.Sprintf("%s-video-index%d", byID, i), fmt.Sprintf("-video-index%d", i))
	}
}

// unplug takes away the nodes of what matches, as the kernel does before udev takes the links.
func (b *box) unplug(pattern string) {
	b.t.Helper()
	nodes, err := filepath.Glob(filepath.Join(b.root, pattern))
	b.check(err)
	for _, node := range nodes {
		b.check(os.RemoveAll(node))
	}
}

// allKeys is capabilities/key of a keyboard with the keys from Escape to the keypad, in words as this kernel prints them.
func allKeys() string {
	if strconv.IntSize == 32 {
		return "ffffffff ffffffff fffffffe"
	}
	return "ffffffffffffffff fffffffffffffffe"
}

// barcodePage is the beginning of a descriptor as the standard has it: usage page 0x8C in two bytes, usage bar code scanner, application.
func barcodePage() []byte { return []byte{0x06, 0x8c, 0x00, 0x09, 0x02, 0xa1, 0x01, 0xc0} }

// keyboardPage is that of a keyboard.
func keyboardPage() []byte {
	return []byte{0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x8c, 0xc0}
}
