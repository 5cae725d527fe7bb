package serial

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

// marked tells whether a tty has the exclusive mark.
func marked(t *testing.T, fd int) bool {
	t.Helper()
	mark, err := unix.IoctlGetInt(fd, unix.TIOCGEXCL)
	if err != nil {
		t.Fatal(err)
	}
	return mark != 0
}

// look opens a tty without touching it.
func look(t *testing.T, node string) int {
	t.Helper()
	fd, err := unix.Open(node, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	})
	return fd
}

func TestAPTYHasNoMarkThatWouldOutliveACrash(t *testing.T) {
	p := newPTY(t)
	startUp(t, newSource(t, p.node, "")).none(t, p)
	if marked(t, look(t, p.node)) {
		t.Error("a pty has the exclusive mark")
	}
}

func TestARealPortIsMarkedWhileItIsOpen(t *testing.T) {
	p := newPTY(t)
	fd := look(t, p.node)
	h, err := acquire(p.node)
	if err != nil {
		t.Fatal(err)
	}
	h.mark = true // as on every device but a pty
	if err := h.respect(p.node); err != nil {
		t.Errorf("nobody has marked it: %v", err)
	}
	if err := h.exclude(p.node); err != nil {
		t.Fatal(err)
	}
	if !marked(t, fd) {
		t.Error("the port is not marked")
	}
	other := hold{fd: fd, mark: true}
	if err := other.respect(p.node); !errors.Is(err, reader.ErrBusy) {
		t.Errorf("root is let in by the kernel and must be refused here, but got %v", err)
	}
	h.close()
	if marked(t, fd) {
		t.Error("the mark is left behind")
	}
}

func TestANodeReplacedWhileItIsOpenedIsNotMixedUp(t *testing.T) {
	one, two := newPTY(t), newPTY(t)
	link := filepath.Join(t.TempDir(), "gate")
	turn(t, link, one.node)
	h, err := acquire(link)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	turn(t, link, two.node)
	if err := h.exclude(link); !errors.Is(err, reader.ErrGone) {
		t.Errorf("exclude gave %v, want ErrGone", err)
	}
}

func TestWhatComesWhileThePortIsOpenedIsNotSentBack(t *testing.T) {
	p := newPTY(t)
	h, err := acquire(p.node)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	line, err := unix.IoctlGetTermios(h.fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	if line.Lflag&(unix.ECHO|unix.ICANON) != 0 || line.Iflag&unix.ICRNL != 0 {
		t.Errorf("the line still has its manners: lflag %#o, iflag %#o", line.Lflag, line.Iflag)
	}
}
