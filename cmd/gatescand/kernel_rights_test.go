//go:build kernel

package main

import (
	"strings"
	"testing"
)

// kernelPlain is the name for good of a keyboard that is no reader.
const kernelPlain = "/dev/input/by-id/usb-QEMU_QEMU_USB_Keyboard_PLAIN-event-kbd"

// kernelDenied plugs a reader whose node the daemon may not open, and gives it
// the right while it is plugged.
func kernelDenied(m *kernelMachine, s *kernelStation) {
	t := m.t
	m.sh(`unplug r0
mkdir -p /run/udev/rules.d
echo 'SUBSYSTEM=="tty", KERNEL=="ttyACM*", GROUP="root", MODE="0600"' >/run/udev/rules.d/99-denied.rules
udevadm control --reload`)
	m.awaitReader("north", "waiting")
	m.sh("plug r0 0")
	m.awaitReader("north", "fault")
	m.wantNoPermission(t)
	m.sh("rm /run/udev/rules.d/99-denied.rules\nudevadm control --reload\nudevadm trigger --action=change --subsystem-match=tty")
	m.awaitReader("north", "up")
	m.admits("nap 0.2; "+kernelShow, s.code(), "north")
}

// wantNoPermission demands that the last change of a reader was to a node that
// may not be opened.
func (m *kernelMachine) wantNoPermission(t *testing.T) {
	t.Helper()
	log := m.sh("journalctl -u gatescand -o cat --no-pager | grep 'reader changed' | tail -n 1")
	if !strings.Contains(log, "state=no_permission") {
		t.Errorf("the log says %s, want the state no_permission", log)
	}
	for _, lane := range m.status().Lanes {
		t.Logf("the page says: %s", lane.Reader.Detail)
	}
}

// kernelUntouched types on a keyboard that no lane names while the daemon
// runs: it belongs to whoever sits there.
func kernelUntouched(m *kernelMachine, _ *kernelStation) {
	t := m.t
	m.do("device_add", map[string]any{"driver": "usb-kbd", "id": "plain", "bus": "usb.0", "serial": "PLAIN"})
	m.await("the plain keyboard", "[ -e "+kernelPlain+" ]")
	if owner := m.sh("udevadm settle; stat -L -c '%%U %%G %%a' %s", kernelPlain); owner != "root input 660" {
		t.Errorf("the plain keyboard is %s, want root input 660", owner)
	}
	if links := m.sh("ls -l /proc/$(main_pid)/fd"); strings.Contains(links, m.sh("readlink -f %s", kernelPlain)) {
		t.Errorf("the daemon holds the plain keyboard:\n%s", links)
	}
	m.sh("setsid head -c 24 %s >/run/struck & nap 0.5", kernelPlain)
	if err := m.turn(1); err != nil { // a guest that is stopped takes no keys
		t.Fatal(err)
	}
	for _, down := range []bool{true, false} {
		m.do("input-send-event", map[string]any{"events": []any{map[string]any{
			"type": "key", "data": map[string]any{"down": down, "key": map[string]any{"type": "qcode", "data": "a"}},
		}}})
	}
	m.await("a key from the plain keyboard", "[ -s /run/struck ]")
	if err := m.turn(-1); err != nil {
		t.Fatal(err)
	}
	m.do("device_del", map[string]any{"id": "plain"})
	m.await("the plain keyboard to be gone", "[ ! -e "+kernelPlain+" ]")
}

// kernelFenced tries to open devices from within the unit: as root, whom file
// modes do not stop, and as the service's user, whom they do.
func kernelFenced(m *kernelMachine, _ *kernelStation) {
	t := m.t
	m.do("device_add", map[string]any{"driver": "usb-kbd", "id": "plain", "bus": "usb.0", "serial": "PLAIN"})
	m.await("the plain keyboard", "[ -e "+kernelPlain+" ]")
	m.sh("udevadm settle")
	const opened, refused, denied = "opened", "Operation not permitted", "Permission denied"
	rows := []struct{ name, who, how, path, want string }{
		{"nothing is open to everyone", "root", "<>", "/dev/null", opened},
		{"the relay lines are open", "service", "<>", "/dev/gpiochip0", opened},
		{"serial ports are open", "root", "<>", "/dev/ttyACM0", opened},
		{"keyboards can be read as far as the unit goes", "root", "<", kernelPlain, opened},
		{"keyboards cannot be written", "root", "<>", kernelPlain, refused},
		{"a plain keyboard is not the service's", "service", "<", kernelPlain, denied},
		{"file systems in user space are closed", "root", "<>", "/dev/fuse", refused},
		{"making keyboards is closed", "root", "<>", "/dev/uinput", refused},
		{"the disk is closed", "root", "<", "/dev/vda", refused},
		{"memory is closed", "root", "<", "/dev/mem", refused},
		{"the kernel's log is closed", "root", "<", "/dev/kmsg", refused},
	}
	var script strings.Builder
	script.WriteString(`unit=/sys/fs/cgroup/system.slice/gatescand.service/cgroup.procs
inside() { echo "$(bash -c "echo \$\$ >$unit"'; exec "$@"' - "$@" 2>&1 | tail -n 1)"; }
as_root() { inside "$@"; }
as_service() { inside setpriv --reuid=gatescand --regid=gatescand --init-groups "$@"; }
exec 7<>/dev/fuse 7<>/dev/uinput # outside they open
`)
	for _, r := range rows {
		script.WriteString("as_" + r.who + " bash -c 'exec 5" + r.how + r.path + " && echo opened'\n")
	}
	said := strings.Split(m.sh("%s", script.String()), "\n")
	if len(said) != len(rows) {
		t.Fatalf("%d answers to %d attempts: %q", len(said), len(rows), said)
	}
	for i, r := range rows {
		if !strings.Contains(said[i], r.want) {
			t.Errorf("%s: %s %s%s: %q, want %q", r.name, r.who, r.how, r.path, said[i], r.want)
		}
	}
}
