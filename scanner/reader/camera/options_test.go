package camera

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/reader"
)

func TestAddressesOfCameras(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, address string
		says          []string // empty: it is right
	}{
		{"a folder", "camera:/srv/gate/inbox", nil},
		{"a folder without inverted codes", "camera:/srv/gate/inbox?invert=never", nil},
		{"a device", "camera:/dev/video0?width=1280&height=720&fps=10&hold_off=500ms&invert=auto", nil},
		{"a device by a pattern", "camera:/dev/v4l/by-id/*-index0", nil},
		{"the ribbon camera", "camera:rpicam", nil},
		{"the second ribbon camera", "camera:rpicam:1?width=1280&height=720", nil},
		{"a width the image processor would pad", "camera:rpicam?width=720", []string{"width=720", "multiple of 64"}},
		{"a width that is no number", "camera:/dev/video0?width=wide", []string{"width=wide: write a number from 320 to 1920"}},
		{"a height beyond the bounds", "camera:/dev/video0?height=9000", []string{"height=9000: write a number from 240 to 1200"}},
		{"a rate beyond the bounds", "camera:/dev/video0?fps=0", []string{"fps=0: write a number from 2 to 60"}},
		{"a hold-off of hours", "camera:/dev/video0?hold_off=1h", []string{"hold_off=1h: write a duration"}},
		{"an unknown way to invert", "camera:/dev/video0?invert=yes", []string{"invert=yes: write auto or never"}},
		{"a command in the address", "camera:rpicam?command=/bin/sh", []string{`no option "command"`}},
		{"several faults at once", "camera:rpicam?fps=99&zoom=2", []string{"fps=99", `no option "zoom"`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a, err := reader.ParseAddress(row.address)
			if err != nil {
				t.Fatal(err)
			}
			s, err := New(a, clock())
			if (err == nil) != (len(row.says) == 0) || err != nil && !errors.Is(err, reader.ErrAddress) {
				t.Fatal(err)
			}
			for _, words := range row.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%q is missing in: %v", words, err)
				}
			}
			located, at := s.(reader.Locator)
			if at != (err == nil && a.Path[0] == '/') || at && located.Path() != a.Path {
				t.Errorf("has a path: %v", at)
			}
		})
	}
	if _, err := New(reader.Address{Kind: reader.KindHID, Path: "/dev/hidraw0"}, clock()); !errors.Is(err, reader.ErrAddress) {
		t.Error(err)
	}
	if _, err := New(reader.Address{Kind: reader.KindCamera, Path: "rpicam:x"}, clock()); !errors.Is(err, reader.ErrAddress) {
		t.Error(err)
	}
}

func TestDefaultsOfACamera(t *testing.T) {
	t.Parallel()
	s, faults := parseSettings(nil, true)
	if len(faults) != 0 || s.width != 640 || s.height != 480 || s.fps != 15 || s.holdOff != 2*time.Second || !s.invert {
		t.Errorf("%+v, %v", s, faults)
	}
	want := "--codec yuv420 -n -t 0 --width 640 --height 480 --framerate 15 -o - --camera 1"
	if got := strings.Join(piArguments(1, s), " "); got != want {
		t.Errorf("rpicam-vid %s", got)
	}
}
