package camera

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	qrcode "github.com/skip2/go-qrcode"
)

// The environment by which the test binary becomes the camera program.
const (
	childMode = "CAMERA_TEST_CHILD" // what it does
	childPID  = "CAMERA_TEST_PID"   // a file for its number, and that of its own child
	childText = "TICKET-FROM-THE-RIBBON"
)

// fakeProgram is rpicam-vid as far as this package uses it: it takes the same arguments, refuses others, and writes raw pictures.
func fakeProgram(mode string) int {
	flags := flag.NewFlagSet("rpicam-vid", flag.ContinueOnError)
	codec, output := flags.String("codec", "", ""), flags.String("o", "", "")
	width, height := flags.Int("width", 0, ""), flags.Int("height", 0, "")
	rate, limit := flags.Int("framerate", 0, ""), flags.Int("t", -1, "")
	quiet, number := flags.Bool("n", false, ""), flags.Int("camera", -1, "")
	if err := flags.Parse(os.Args[1:]); err != nil || *codec != "yuv420" || *output != "-" || *limit != 0 || !*quiet || *rate <= 0 || *number < 0 {
		fmt.Fprintln(os.Stderr, "wrong arguments")
		return 255
	}
	if path := os.Getenv(childPID); path != "" {
		if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
			return 254
		}
	}
	shot := rawShot(*width, *height)
	write := func(b []byte) {
		if _, err := os.Stdout.Write(b); err != nil {
			os.Exit(1) // as rpicam-vid does when nobody reads
		}
	}
	forever := func(pause time.Duration, each func()) int {
		tick := time.NewTicker(pause)
		for range tick.C {
			each()
		}
		return 0
	}
	switch mode {
	case "steady":
		return forever(time.Second/time.Duration(*rate), func() { write(shot) })
	case "flood":
		for {
			write(shot)
		}
	case "stutter":
		for {
			for rest := shot; len(rest) > 0; {
				n := min(len(rest), 7001)
				write(rest[:n])
				rest = rest[n:]
				time.Sleep(200 * time.Microsecond)
			}
		}
	case "dies":
		write(shot)
		fmt.Fprint(os.Stderr, "ERROR: \x1b[31m*** no cameras available ***\x1b[0m\n")
		return 255
	case "short":
		write(shot[:len(shot)/3])
	case "deaf":
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGPIPE)
		return forever(20*time.Millisecond, func() { _, _ = os.Stdout.Write(shot) })
	case "polite":
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		write(shot)
		<-asked
		if os.WriteFile(os.Getenv(childPID)+".farewell", nil, 0o600) != nil {
			return 254
		}
	case "parent":
		// A program that is a script around another: the second one writes.
		second := exec.Command(os.Args[0], os.Args[1:]...) //nolint:noctx // it is to outlive its parent
		second.Env = append(os.Environ(), childMode+"=deaf", childPID+"="+os.Getenv(childPID)+".second")
		second.Stdout, second.Stderr = os.Stdout, os.Stderr
		if second.Start() != nil {
			return 254
		}
		_ = second.Wait()
	case "chatter":
		for range 10000 {
			fmt.Fprintln(os.Stderr, "#0 (0.00 fps) exp 33239.00 ag 8.00 dg 1.00")
		}
		fmt.Fprintln(os.Stderr, "the last word")
	case "silent":
		_, _ = io.Copy(io.Discard, os.Stdin)
		select {}
	}
	return 0
}

// rawShot is one picture as rpicam-vid writes it: luminance with a code, then grey colour.
func rawShot(w, h int) []byte {
	q, err := qrcode.New(childText, qrcode.Medium)
	if err != nil {
		panic(err)
	}
	shot := make([]byte, w*h*3/2)
	for i := range shot {
		shot[i] = 128
	}
	bits := q.Bitmap()
	const scale = 5
	for y := range len(bits) * scale {
		for x := range len(bits) * scale {
			v := byte(230)
			if bits[y/scale][x/scale] {
				v = 20
			}
			shot[(y+50)*w+x+100] = v
		}
	}
	return shot
}
