package sound

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// asGroup makes a command a process group of its own, and ends the whole group
// when its context does.
func asGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}

// maxWords is how much of what a child complains of is kept.
const maxWords = 200

// firstWords keeps the beginning of what is written to it and takes the rest
// without complaint.
type firstWords struct{ b []byte }

// Write implements io.Writer.
func (w *firstWords) Write(p []byte) (int, error) {
	w.b = append(w.b, p[:min(len(p), maxWords-len(w.b))]...)
	return len(p), nil
}

// String gives the first line, to be shown in quotes.
func (w *firstWords) String() string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(w.b)), "\n")
	return line
}
