//go:build kernel

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// kernelImages is the environment variable that names what .ci/guest made.
const kernelImages = "GATESCAND_GUEST"

const (
	// kernelBoot bounds the way from nothing to a guest that answers.
	kernelBoot = 5 * time.Minute
	// kernelRestore bounds the way from a snapshot to a guest that answers.
	kernelRestore = 2 * time.Minute
	// kernelPatience bounds every other wait. Software emulation is slow, and
	// slower beside others.
	kernelPatience = 3 * time.Minute
	// kernelShift makes the guest's clock count instructions, a nanosecond
	// each: a processor of its own speed, about that of a Raspberry Pi 3,
	// however slow the emulator and however busy this machine is. What the
	// guest measures can be judged. While it only waits, its clock runs ahead
	// of ours; between two scripts it is stopped.
	kernelShift = "0"
	// kernelSnapshot names the booted guest within its disk.
	kernelSnapshot = "booted"
)

// kernelMachine is one running guest: Debian's kernel under software
// emulation, without a network.
type kernelMachine struct {
	t       *testing.T // of the scenario at hand
	dir     string     // disks, sockets, console
	process *exec.Cmd
	ended   chan struct{} // closed when the emulator has
	endErr  error
	said    strings.Builder
	seen    int // check-ins that a scenario has looked at
	monitor *kernelMonitor
	control *kernelChannel // what a test does
	beside  *kernelChannel // what it looks at meanwhile, and what is asked when it failed
	turning sync.Mutex
	busy    int // scripts that run in the guest
}

// kernelSystem gives the folder of the guest's parts.
func kernelSystem(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(kernelImages)
	if dir == "" {
		t.Fatalf("%s names no guest: make one with .ci/guest OUT PROGRAM as root, and set it to OUT", kernelImages)
	}
	return dir
}

// kernelFolder gives a folder for a guest. The names of temporary folders of
// tests are too long for a socket, and hold commas, which divide options.
func kernelFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "guest") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// kernelDisks makes the disks of a fresh guest in dir. They hold only what
// differs from the images.
func kernelDisks(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"root", "data"} {
		base, err := filepath.Abs(filepath.Join(kernelSystem(t), name+".img"))
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "raw",
			filepath.Join(dir, name+".qcow2")).CombinedOutput()
		if err != nil {
			t.Fatalf("qemu-img: %v\n%s", err, out)
		}
	}
}

// kernelStart starts a guest on the disks in dir, from its beginning or from
// the snapshot, and waits until it answers. It ends with the test.
func kernelStart(t *testing.T, dir, snapshot string, patience time.Duration) *kernelMachine {
	t.Helper()
	system := kernelSystem(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	args := []string{
		"-M", "q35", "-accel", "tcg,thread=single,tb-size=512", "-cpu", "qemu64,-svm", "-smp", "1", "-m", "448",
		"-icount", "shift=" + kernelShift + ",sleep=off", "-rtc", "base=utc,clock=vm",
		"-nic", "none", "-display", "none", "-nodefaults", "-no-reboot",
		"-kernel", filepath.Join(system, "kernel"), "-initrd", filepath.Join(system, "initrd"),
		"-append", "console=ttyS0 quiet loglevel=4 mitigations=off panic=-1 systemd.show_status=no",
		"-drive", "if=virtio,format=qcow2,cache=unsafe,file=" + at("root.qcow2"),
		"-drive", "if=virtio,format=qcow2,cache=unsafe,file=" + at("data.qcow2"),
		"-serial", "file:" + at("console"),
		"-qmp", "unix:" + at("qmp") + ",server=on,wait=off",
		"-device", "virtio-serial-pci",
		"-chardev", "socket,id=control,server=on,wait=off,path=" + at("control"), "-device", "virtserialport,chardev=control,name=control",
		"-chardev", "socket,id=beside,server=on,wait=off,path=" + at("beside"), "-device", "virtserialport,chardev=beside,name=beside",
		"-chardev", "socket,id=cable,server=on,wait=off,path=" + at("cable"),
		"-device", "qemu-xhci,id=usb",
	}
	if snapshot != "" {
		args = append(args, "-loadvm", snapshot)
	}
	m := &kernelMachine{t: t, dir: dir}
	m.launch(exec.Command("qemu-system-x86_64", args...)) //nolint:noctx,gosec // it ends in halt, in whatever way the test has gone
	began := time.Now()
	t.Cleanup(func() {
		if t.Failed() {
			m.explain(at("console"))
		}
		m.halt()
		if text := m.said.String(); text != "" && t.Failed() {
			t.Logf("the emulator says: %s", text)
		}
	})
	deadline := began.Add(patience)
	var err error
	m.monitor, err = newKernelMonitor(kernelDial(t, at("qmp"), deadline))
	if err != nil {
		t.Fatal(err)
	}
	m.control = &kernelChannel{name: "control", conn: kernelDial(t, at("control"), deadline)}
	m.beside = &kernelChannel{name: "beside", conn: kernelDial(t, at("beside"), deadline)}
	for _, c := range []*kernelChannel{m.control, m.beside} {
		if _, err := m.run(c, "true", time.Until(deadline)); err != nil {
			t.Fatalf("the guest does not answer: %v", err)
		}
	}
	return m
}

// launch starts the emulator so that it does not outlive this process, which
// may end without cleaning up.
func (m *kernelMachine) launch(cmd *exec.Cmd) {
	m.t.Helper()
	m.ended = make(chan struct{})
	m.process = cmd
	cmd.Stderr = &m.said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the signal comes when this thread ends
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			m.endErr = cmd.Wait()
		}
		close(m.ended)
	}()
	if err := <-started; err != nil {
		m.t.Fatalf("the emulator does not start: %v; is qemu-system-x86 installed?", err)
	}
}

// run runs a script in the guest, which runs only while scripts do.
func (m *kernelMachine) run(c *kernelChannel, script string, patience time.Duration) (string, error) {
	if err := m.turn(1); err != nil {
		return "", err
	}
	said, err := c.run(script, patience)
	return said, errors.Join(err, m.turn(-1))
}

// turn counts one script more or less and sets the guest going or stops it.
func (m *kernelMachine) turn(change int) error {
	m.turning.Lock()
	defer m.turning.Unlock()
	before := m.busy
	m.busy += change
	var err error
	switch {
	case before == 0:
		_, err = m.monitor.ask("cont", nil)
	case m.busy == 0:
		_, err = m.monitor.ask("stop", nil)
	}
	return err
}

// running tells whether the emulator still runs.
func (m *kernelMachine) running() bool {
	select {
	case <-m.ended:
		return false
	default:
		return true
	}
}

// kernelDial connects to a socket that the emulator is about to make. The
// connection ends with the emulator.
func kernelDial(t *testing.T, path string, deadline time.Time) net.Conn {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unix", path)
		if err == nil {
			return conn
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the emulator does not open %s: %v", filepath.Base(path), err)
		case <-tick.C:
		}
	}
}

// halt ends the guest as a pulled plug would; its disks are thrown away.
func (m *kernelMachine) halt() {
	if m.running() {
		_ = m.process.Process.Kill()
		<-m.ended
	}
}

// freeze writes the running guest into its disk and ends it well.
func (m *kernelMachine) freeze() {
	m.t.Helper()
	var said string
	answer := m.do("human-monitor-command", map[string]any{"command-line": "savevm " + kernelSnapshot})
	if err := json.Unmarshal(answer, &said); err != nil || said != "" {
		m.t.Fatalf("the snapshot failed: %s, %v", said, err)
	}
	m.do("quit", nil)
	if <-m.ended; m.endErr != nil {
		m.t.Fatalf("the emulator ended with %v", m.endErr)
	}
}

// explain shows what the guest knows about a failure.
func (m *kernelMachine) explain(console string) {
	const script = `echo "== the daemon"; journalctl --no-pager -o short-precise -u gatescand | tail -n 60
echo "== its status"; gatescand status 2>&1 | tail -n 30
echo "== kernel and udev"; journalctl --no-pager -o short-precise -k -u systemd-udevd | tail -n 30
echo "== devices"
ls -l /dev/tty{ACM,USB}* /dev/hidraw* /dev/gpiochip* /dev/gate/* /dev/input/event* /dev/{input,serial}/by-*/* 2>/dev/null
exit 0`
	if m.beside != nil && m.running() {
		if said, err := m.run(m.beside, script, kernelPatience); err == nil {
			m.t.Logf("%s", said)
		} else {
			m.t.Logf("the guest says no more: %v", err)
		}
	}
	m.t.Logf("== console\n%s", kernelTail(console, 4<<10))
}

// kernelTail gives the last bytes of a file, for people.
func kernelTail(path string, most int) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-most):])
}

// kernelCopy copies the disks of one guest for another.
func kernelCopy(t *testing.T, from, to string) {
	t.Helper()
	for _, name := range []string{"root.qcow2", "data.qcow2"} {
		if err := kernelCopyFile(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func kernelCopyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read from
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
