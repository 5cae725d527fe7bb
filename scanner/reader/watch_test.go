package reader_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gatescand/scanner/reader"
)

// watch watches a path under a fresh folder and gives that folder.
func watch(t *testing.T, path string) (root string, w *reader.Watch) {
	t.Helper()
	root = t.TempDir()
	w, err := reader.NewWatch(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		goleak.VerifyNone(t)
	})
	told(t, w, "at the beginning")
	return root, w
}

// told waits for a notice.
func told(t *testing.T, w *reader.Watch, when string) {
	t.Helper()
	select {
	case <-w.Look():
	case <-time.After(10 * time.Second):
		t.Fatalf("no notice %s", when)
	}
}

// until waits for notices until what is looked for is there, as a supervisor does but without its clock.
func until(t *testing.T, w *reader.Watch, path string) {
	t.Helper()
	for {
		if _, err := os.Lstat(path); err == nil {
			return
		}
		told(t, w, "of "+path)
	}
}

// drain forgets the notices so far.
func drain(w *reader.Watch) {
	for {
		select {
		case <-w.Look():
		default:
			return
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// plug makes a link as udev does: under a temporary name, then renamed.
func plug(t *testing.T, link, node string) {
	t.Helper()
	temporary := filepath.Join(filepath.Dir(link), ".#"+filepath.Base(link)+"3f2a")
	must(t, os.Symlink(node, temporary))
	must(t, os.Rename(temporary, link))
}

func TestALinkThatUdevMakesIsNoticed(t *testing.T) {
	root, w := watch(t, "gate")
	plug(t, filepath.Join(root, "gate"), "/dev/null")
	told(t, w, "of the link")
}

func TestFoldersThatComeWithTheDeviceAreFollowed(t *testing.T) {
	root, w := watch(t, "dev/serial/by-id/usb-*-if00")
	for range 20 {
		dir := filepath.Join(root, "dev/serial/by-id")
		must(t, os.MkdirAll(dir, 0o755))
		link := filepath.Join(dir, "usb-ACME-if00")
		plug(t, link, "/dev/null") // often inside before the watch stands
		until(t, w, link)
		must(t, os.RemoveAll(filepath.Join(root, "dev")))
		drain(w)
	}
}

func TestALinkTurnedToAnotherNodeIsNoticed(t *testing.T) {
	root, w := watch(t, "gate")
	plug(t, filepath.Join(root, "gate"), "/dev/null")
	told(t, w, "of the link")
	plug(t, filepath.Join(root, "gate"), "/dev/zero")
	told(t, w, "of the link turned round")
}

func TestPermissionsGrantedLateAreNoticed(t *testing.T) {
	root, w := watch(t, "ttyACM0")
	node := filepath.Join(root, "ttyACM0")
	must(t, os.WriteFile(node, nil, 0o600))
	told(t, w, "of the node")
	for range 3 {
		drain(w)
		must(t, os.Chmod(node, 0o660))
		told(t, w, "of the permissions")
		must(t, os.Chmod(node, 0o600))
	}
}
