package reader

import (
	"context"
	"errors"
	"testing"

	"github.com/fsnotify/fsnotify"
)

func TestOnlyEventsOnTheWayToTheDeviceCount(t *testing.T) {
	w, err := NewWatch("/nowhere-gatescand/serial/by-id/usb-*-if00")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.watcher.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, row := range []struct {
		name  string
		event fsnotify.Event
		want  bool
	}{
		{"the device appears", fsnotify.Event{Name: "/nowhere-gatescand/serial/by-id/usb-ACME-if00", Op: fsnotify.Create}, true},
		{"its permissions change", fsnotify.Event{Name: "/nowhere-gatescand/serial/by-id/usb-ACME-if00", Op: fsnotify.Chmod}, true},
		{"its link is turned round", fsnotify.Event{Name: "/nowhere-gatescand/serial/by-id/usb-ACME-if00", Op: fsnotify.Rename}, true},
		{"a folder on the way appears", fsnotify.Event{Name: "/nowhere-gatescand/serial", Op: fsnotify.Create}, true},
		{"a folder on the way goes", fsnotify.Event{Name: "/nowhere-gatescand/serial/by-id", Op: fsnotify.Remove}, true},
		{"it is written to", fsnotify.Event{Name: "/nowhere-gatescand/serial/by-id/usb-ACME-if00", Op: fsnotify.Write}, false},
		{"another device appears", fsnotify.Event{Name: "/nowhere-gatescand/serial/by-id/usb-ACME-if01", Op: fsnotify.Create}, false},
		{"a console appears beside the way", fsnotify.Event{Name: "/nowhere-gatescand/tty1", Op: fsnotify.Create}, false},
		{"udev prepares the link", fsnotify.Event{Name: "/nowhere-gatescand/serial/by-id/.#usb-ACME-if00", Op: fsnotify.Create}, false},
		{"something appears below the device", fsnotify.Event{Name: "/nowhere-gatescand/serial/by-id/usb-ACME-if00/x", Op: fsnotify.Create}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := w.concerns(row.event); got != row.want {
				t.Errorf("concerns gives %v, want %v", got, row.want)
			}
		})
	}
}

func TestLinksInTheMakingDoNotCountEvenIfTheGlobFits(t *testing.T) {
	w := &Watch{names: []string{"dev", "*"}}
	if w.concerns(fsnotify.Event{Name: "/dev/.#usb-ACME", Op: fsnotify.Create}) {
		t.Error("a link in the making counts")
	}
}

func TestAfterLostNoticesEverythingIsLookedAt(t *testing.T) {
	w, err := NewWatch("/nowhere-gatescand/gate")
	if err != nil {
		t.Fatal(err)
	}
	<-w.Look()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	w.watcher.Errors <- fsnotify.ErrEventOverflow
	<-w.Look()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run returned %v", err)
	}
}
