package camera

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"time"

	"gatescand/scanner/reader"
)

// piProgram is the one program this package runs: the camera at the ribbon connector needs the image processor, which only libcamera can drive.
const piProgram = "rpicam-vid"

// piArguments are the arguments for a stream of pictures on standard output. The raw format needs no decoding, which a Raspberry Pi 5 has no
// hardware for, and cannot get out of step.
func piArguments(number int, s settings) []string {
	return []string{
		"--codec", "yuv420", "-n", "-t", "0",
		"--width", strconv.Itoa(s.width), "--height", strconv.Itoa(s.height), "--framerate", strconv.Itoa(s.fps),
		"-o", "-", "--camera", strconv.Itoa(number),
	}
}

// piOpener starts the program for ribbon camera number n.
func (s *Source) piOpener(n int) opener {
	return func(ctx context.Context) (frameSource, error) {
		program, err := exec.LookPath(s.program)
		if err != nil {
			return nil, missing(s.program, err)
		}
		child, err := startChild(ctx, program, piArguments(n, s.settings))
		if err != nil {
			return nil, missing(program, err)
		}
		return &piCamera{
			Source: s, ctx: ctx, child: child,
			frames: rawFrames{from: child.out, w: s.settings.width, h: s.settings.height},
		}, nil
	}
}

// missing says why the program could not be started.
func missing(program string, err error) error {
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: the program %s is not installed: on Raspberry Pi OS write: apt install rpicam-apps-lite: %w",
			reader.ErrAbsent, program, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s may not be run: install it again with: apt install --reinstall rpicam-apps-lite: %w",
			reader.ErrPermission, program, err)
	default:
		return fmt.Errorf("%w: %s cannot be started: %w", reader.ErrFault, program, err)
	}
}

// piCamera is a running rpicam-vid.
type piCamera struct {
	*Source
	ctx    context.Context // the life of the child, told apart from its dying
	child  *child
	frames rawFrames
}

func (c *piCamera) next(buf []byte) (raw []byte, at time.Duration, err error) {
	raw, err = c.frames.next(buf, func() { at = c.now() })
	if err == nil {
		return raw, at, nil
	}
	if c.ctx.Err() != nil {
		return raw, 0, c.ctx.Err()
	}
	if errors.Is(err, os.ErrClosed) {
		return raw, 0, fmt.Errorf("%w: the stream of %s was closed: %w", reader.ErrFault, piProgram, err)
	}
	return raw, 0, c.ended()
}

// ended says how the program ended, with its own last words.
func (c *piCamera) ended() error {
	how := c.child.end()
	words := c.child.lastWords()
	if words == "" {
		words = "nothing"
	}
	return fmt.Errorf("%w: %s ended (%s) and said last: %s: check the ribbon cable, see that no other program uses the camera, and try: "+
		"rpicam-hello --list-cameras", reader.ErrFault, piProgram, how, words)
}

func (c *piCamera) lens() lens { return c.frames.lens() }

func (c *piCamera) close() { c.child.end() }
