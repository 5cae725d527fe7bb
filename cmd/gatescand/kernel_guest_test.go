//go:build kernel

package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

// kernelPrelude begins every script.
const kernelPrelude = "set -eu\n[ ! -e /run/tools ] || . /run/tools\n"

// sh runs a script in the guest and wants it to succeed.
func (m *kernelMachine) sh(format string, args ...any) string {
	m.t.Helper()
	said, err := m.run(m.control, kernelPrelude+fmt.Sprintf(format, args...), kernelPatience)
	if err != nil {
		m.t.Fatal(err)
	}
	return strings.TrimSpace(said)
}

// await waits until a condition of the shell holds, which it looks at every
// few milliseconds in the guest.
func (m *kernelMachine) await(what, condition string) {
	m.t.Helper()
	m.awaitFor(what, condition, 30*time.Second)
}

func (m *kernelMachine) awaitFor(what, condition string, most time.Duration) {
	m.t.Helper()
	script := kernelPrelude + fmt.Sprintf("end=$((SECONDS + %d))\nuntil %s; do [ $SECONDS -lt $end ] || exit 9; nap; done\n",
		int(most.Seconds())+1, condition)
	if said, err := m.run(m.control, script, most+kernelPatience); err != nil {
		m.t.Fatalf("waited %v for: %s: %v\n%s", most, what, err, said)
	}
}

// put writes a file in the guest.
func (m *kernelMachine) put(path, owner, mode string, content []byte) {
	m.t.Helper()
	m.sh("mkdir -p \"$(dirname %[1]s)\"\nbase64 -d >%[1]s.new <<'END'\n%[2]s\nEND\n"+
		"chown %[3]s %[1]s.new\nchmod %[4]s %[1]s.new\nmv %[1]s.new %[1]s", path, base64.StdEncoding.EncodeToString(content), owner, mode)
}

// kernelTools is what the guest's scripts have at hand: relay lines, gadgets,
// the moment.
const kernelTools = `
gadgets=/sys/kernel/config/usb_gadget
line() { echo /sys/devices/platform/gpio-sim.*/gpiochip*/sim_gpio$1/value; }
now() { echo "$EPOCHREALTIME"; }

# gadget NAME VENDOR PRODUCT MAKER MODEL SERIAL: an empty one.
gadget() {
  mkdir "$gadgets/$1" && cd "$gadgets/$1"
  echo "0x$2" >idVendor; echo "0x$3" >idProduct; echo 0x0200 >bcdUSB; echo 0x0100 >bcdDevice
  mkdir strings/0x409
  echo "$4" >strings/0x409/manufacturer; echo "$5" >strings/0x409/product
  if [ -n "$6" ]; then echo "$6" >strings/0x409/serialnumber; fi
  mkdir configs/c.1
}
# hid NAME PROTOCOL LENGTH DESCRIPTOR: reports of LENGTH bytes, DESCRIPTOR in base64. Its side of the cable is /run/NAME.
hid() {
  cd "$gadgets/$1"
  mkdir "functions/hid.$1"
  echo "$2" >"functions/hid.$1/protocol"; echo "$2" >"functions/hid.$1/subclass"; echo "$3" >"functions/hid.$1/report_length"
  echo "$4" | base64 -d >"functions/hid.$1/report_desc"
  ln -s "functions/hid.$1" configs/c.1/
  local dev; dev=$(cat "functions/hid.$1/dev"); mknod "/dev/far-$1" c "${dev%:*}" "${dev#*:}"; ln -sf "/dev/far-$1" "/run/$1"
}
# acm NAME: a serial port. Its side of the cable is /run/NAME.
acm() {
  cd "$gadgets/$1"
  mkdir "functions/acm.$1"
  ln -s "functions/acm.$1" configs/c.1/
  ln -sf "/dev/ttyGS$(cat "functions/acm.$1/port_num")" "/run/$1"
}
plug() { echo "dummy_udc.$2" >"$gadgets/$1/UDC"; } # NAME PORT
unplug() { echo "" >"$gadgets/$1/UDC"; }           # NAME

# nap SECONDS: without a process of its own.
nap() { read -r -t "${1:-0.05}" -u 9 9<>/run/never || true; }
# api PATH: what the daemon's interface answers, into $body.
api() {
  local line token
  body=""
  read -r token </var/lib/gatescand/api-token && exec 4<>/dev/tcp/127.0.0.1/8640 || return 1
  printf 'GET /api/v1/%s HTTP/1.0\r\nHost: 127.0.0.1:8640\r\nAuthorization: Bearer %s\r\n\r\n' "$1" "$token" >&4
  while read -r line <&4 && [ "$line" != $'\r' ]; do :; done
  body=$(cat <&4)
  exec 4>&-
}
# rows N: are there so many check-ins, at least.
rows() { api "checkins?after=$(($1 - 1))&limit=1" 2>/dev/null && [[ $body == *'"seq":'* ]]; }
# reader LANE STATE: is the lane's reader so.
reader() {
  api status 2>/dev/null &&
    [[ $body =~ \"name\":\"$1\",\"direction\":[^{]*\"reader\":\{\"address\":\"[^\"]*\",\"state\":\"$2\" ]]
}
# substate STATE: is systemd's word for the daemon so. Asking costs much.
substate() { nap 0.3; [ "$(systemctl show gatescand --value --property=SubState)" = "$1" ]; }
main_pid() { systemctl show gatescand --value --property=MainPID; }

# edges LINE: each change of a line with its moment, looked at every millisecond until /run/enough is there, and how often that was.
edges() {
  local file level last="" looked=0 before=$SECONDS
  file=$(line "$1")
  while [ ! -e /run/enough ] && [ $((SECONDS - before)) -lt 900 ]; do
    read -r level <"$file"
    if [ "$level" != "$last" ]; then echo "$EPOCHREALTIME $level"; last=$level; fi
    looked=$((looked + 1))
    nap 0.001
  done
  echo "looked $looked"
}
`

// kernelPrepare makes a freshly booted guest ready: drivers loaded, relay
// lines there, the station's data in its place, everything read once from the
// disk. No reader is plugged and no daemon runs.
func (m *kernelMachine) prepare(s *kernelStation) {
	m.t.Helper()
	m.put("/run/tools", "root", "644", []byte(kernelTools))
	m.sh(`modprobe -a libcomposite usb_f_hid usb_f_acm usbhid cdc_acm ftdi_sio gpio-sim fuse
modprobe dummy_hcd num=4
mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
bank=/sys/kernel/config/gpio-sim/box/bank
mkdir -p $bank
echo 54 >$bank/num_lines; echo pinctrl-bcm2711 >$bank/label; echo 1 >$bank/../live
udevadm settle --timeout=30
mkfifo /run/never`)
	m.sh("systemctl is-system-running --wait >/dev/null || systemctl --failed --no-legend")
	s.install(m)
	s.configure(m, "[[lane]]\nname = \"warm\"\nreader = \"virtual:\"\n")
	m.sh("systemctl start gatescand\ngatescand status --json >/dev/null\nsystemctl stop gatescand\n" +
		"journalctl --rotate --vacuum-time=1s -q\nsync")
}

// kernelRestored gives a guest as it was when it was frozen, with the right
// time on its clock.
func kernelRestored(t *testing.T, booted string) *kernelMachine {
	t.Helper()
	dir := kernelFolder(t)
	kernelCopy(t, booted, dir)
	m := kernelStart(t, dir, kernelSnapshot, kernelRestore)
	m.sh("date -s @%d >/dev/null", time.Now().Unix())
	return m
}
