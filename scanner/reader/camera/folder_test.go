package camera

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gatescand/scanner/reader"
)

func TestPicturesOfEveryFormatAreReadOnce(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for i, content := range [][]byte{
		asPNG(t, plain(t, "CODE-0", 4)), asJPEG(t, plain(t, "CODE-1", 4)), asPGM(plain(t, "CODE-2", 4)), asPNG(t, plain(t, "CODE-3", 4).inverted(nil)),
	} {
		b.write(t, fmt.Sprintf("%d", i), content)
		b.pass(t, calm)
	}
	b.pass(t, calm, settle)
	b.want(t, "CODE-0", "CODE-1", "CODE-2", "CODE-3")
	if len(b.notices) != 0 || b.book.waits() {
		t.Errorf("%v, %d wait", b.notices, len(b.book.wait))
	}
	if left, err := os.ReadDir(b.dir); err != nil || len(left) != 4 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}

func TestWhatWasThereBeforeIsLeftOver(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.write(t, "old.png", asPNG(t, plain(t, "OLD", 4)))
	if err := b.rescan(false); err != nil {
		t.Fatal(err)
	}
	b.pass(t, calm, settle)
	b.want(t)
	b.rename(t, "old.png", "same.png")
	b.pass(t, calm, settle)
	b.want(t)
	b.write(t, "same.png", asPNG(t, plain(t, "WRITTEN AGAIN", 4)))
	b.pass(t, calm)
	b.want(t, "WRITTEN AGAIN")
}

func TestAPictureCountsOnceHoweverItComes(t *testing.T) {
	t.Parallel()
	whole := asJPEG(t, plain(t, "ARRIVES", 4))
	for _, row := range []struct {
		name  string
		steps func(t *testing.T, b *box)
	}{
		{"renamed into place when whole", func(t *testing.T, b *box) {
			t.Helper()
			b.write(t, ".upload", whole)
			b.pass(t, calm)
			b.rename(t, ".upload", "a.jpg")
			b.pass(t, calm)
		}},
		{"read under its first name, then renamed", func(t *testing.T, b *box) {
			t.Helper()
			b.write(t, "a.part", whole)
			b.pass(t, calm)
			b.rename(t, "a.part", "a.jpg")
			b.pass(t, calm, settle)
		}},
		{"renamed between two looks", func(t *testing.T, b *box) {
			t.Helper()
			b.write(t, "a.part", whole)
			b.pass(t, calm/2)
			b.rename(t, "a.part", "a.jpg")
			b.pass(t, calm/2, calm, settle)
		}},
		{"written slowly", func(t *testing.T, b *box) {
			t.Helper()
			for n := 0; n < len(whole); n += len(whole)/5 + 1 {
				b.write(t, "a.jpg", whole[:n])
				b.pass(t, calm, calm)
			}
			b.write(t, "a.jpg", whole)
			b.pass(t, calm)
		}},
		{"empty for a long time", func(t *testing.T, b *box) {
			t.Helper()
			b.write(t, "a.jpg", nil)
			b.pass(t, calm, settle, settle)
			b.write(t, "a.jpg", whole)
			b.pass(t, calm)
		}},
		{"linked under a second name", func(t *testing.T, b *box) {
			t.Helper()
			b.write(t, "a.jpg", whole)
			if err := os.Link(filepath.Join(b.dir, "a.jpg"), filepath.Join(b.dir, "b.jpg")); err != nil {
				t.Fatal(err)
			}
			b.pass(t, calm, settle)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBox(t)
			row.steps(t, b)
			b.pass(t, calm, settle)
			b.want(t, "ARRIVES")
			if len(b.notices) != 0 {
				t.Error(b.notices)
			}
		})
	}
}

func TestACutPictureIsComplainedOfWhenItHasSettledAndReadWhenItGoesOn(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	whole := asPNG(t, plain(t, "GOES ON", 4))
	b.write(t, "a.png", whole[:len(whole)-20])
	b.pass(t, calm, settle/2)
	if len(b.notices) != 0 {
		t.Errorf("too early: %v", b.notices)
	}
	b.pass(t, settle/2)
	if len(b.notices) != 1 || !strings.Contains(b.notices[0], "damaged or not whole") || strings.Contains(b.notices[0], "a.png") {
		t.Errorf("%q", b.notices)
	}
	b.pass(t, settle)
	b.write(t, "a.png", whole)
	b.pass(t, calm)
	b.want(t, "GOES ON")
}

func TestPicturesAreTakenInTheOrderInWhichTheyWereWritten(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	at := time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC)
	for i, name := range []string{"c", "a", "b"} {
		b.write(t, name, asPNG(t, plain(t, "CODE-"+name, 3)))
		if err := os.Chtimes(filepath.Join(b.dir, name), at, at.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	b.pass(t, calm)
	b.want(t, "CODE-c", "CODE-a", "CODE-b")
}

func TestWhatIsNoPictureDoesNoHarm(t *testing.T) {
	t.Parallel()
	bomb := slices.Concat([]byte("P5 16000 1000 255\n"))
	for _, row := range []struct {
		name string
		put  func(t *testing.T, path string) error
		says string // "" is nothing
	}{
		{"a pipe", func(_ *testing.T, path string) error { return unix.Mkfifo(path, 0o600) }, ""},
		{"a folder", func(_ *testing.T, path string) error { return os.Mkdir(path, 0o700) }, ""},
		{"a link to a picture elsewhere", func(t *testing.T, path string) error {
			t.Helper()
			other := filepath.Join(t.TempDir(), "other.png")
			if err := os.WriteFile(other, asPNG(t, plain(t, "ELSEWHERE", 4)), 0o600); err != nil {
				return err
			}
			return os.Symlink(other, path)
		}, ""},
		{"a link to a device", func(_ *testing.T, path string) error { return os.Symlink("/dev/zero", path) }, ""},
		{"a text", func(_ *testing.T, path string) error {
			return os.WriteFile(path, []byte("this is no picture at all"), 0o600)
		}, "no PNG, JPEG or PGM"},
		{"a picture without a code", func(t *testing.T, path string) error {
			t.Helper()
			return os.WriteFile(path, asPNG(t, newScene(200, 200, 99).picture()), 0o600)
		}, "no QR code"},
		{"a picture full of corner marks", func(t *testing.T, path string) error {
			t.Helper()
			return os.WriteFile(path, asPNG(t, finders(640, 480, 2)), 0o600)
		}, "too many marks"},
		{"a picture that says it is large", func(_ *testing.T, path string) error { return os.WriteFile(path, bomb, 0o600) }, "not whole"},
		{"a picture that says it is huge", func(_ *testing.T, path string) error {
			return os.WriteFile(path, []byte("P5 100000 100000 255\n123456"), 0o600)
		}, "too large"},
		{"a picture wider than any camera makes", func(_ *testing.T, path string) error {
			return os.WriteFile(path, append([]byte("P5 20000 20 255\n"), make([]byte, 400000)...), 0o600)
		}, "too large"},
		{"a file of a gigabyte", func(_ *testing.T, path string) error {
			if err := os.WriteFile(path, []byte("P5"), 0o600); err != nil {
				return err
			}
			return os.Truncate(path, 1<<30)
		}, "too large"},
		{"an empty file", func(_ *testing.T, path string) error { return os.WriteFile(path, nil, 0o600) }, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBox(t)
			if err := row.put(t, filepath.Join(b.dir, "Jean Dupont.png")); err != nil {
				t.Fatal(err)
			}
			b.pass(t, calm, settle, settle)
			if (row.says == "") != (len(b.notices) == 0) || len(b.notices) > 1 || row.says != "" && !strings.Contains(b.notices[0], row.says) {
				t.Errorf("says %q", b.notices)
			}
			if strings.Contains(strings.Join(b.notices, ""), "Dupont") {
				t.Errorf("a name is in %q", b.notices)
			}
			b.write(t, "honest.png", asPNG(t, plain(t, "HONEST", 4)))
			b.pass(t, calm)
			b.want(t, "HONEST")
		})
	}
}

func TestSeveralCodesInOnePictureAreTold(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.write(t, "two.png", asPNG(t, on(640, 480, map[[2]int]picture{{60, 180}: plain(t, "CODE-A", 4), {330, 180}: plain(t, "CODE-B", 4)})))
	b.pass(t, calm)
	b.want(t, "CODE-B")
	if len(b.notices) != 1 || !strings.Contains(b.notices[0], "shows 2 codes") {
		t.Error(b.notices)
	}
}

func TestThousandsOfFilesAreForgottenWhenTheyGo(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	for i := range 3000 {
		b.write(t, fmt.Sprintf("%d.txt", i), []byte("x"))
	}
	if err := b.rescan(false); err != nil {
		t.Fatal(err)
	}
	b.write(t, "new.png", asPNG(t, plain(t, "AMONG THOUSANDS", 4)))
	b.pass(t, calm)
	b.want(t, "AMONG THOUSANDS")
	if len(b.book.known) != 3001 {
		t.Errorf("%d are known", len(b.book.known))
	}
	for i := range 3000 {
		if err := os.Remove(filepath.Join(b.dir, fmt.Sprintf("%d.txt", i))); err != nil {
			t.Fatal(err)
		}
	}
	b.pass(t, calm)
	if len(b.book.known) != 1 {
		t.Errorf("%d are still known", len(b.book.known))
	}
}

func TestAFolderThatGoesIsTold(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.rename(t, "", "../moved")
	if err := b.rescan(true); !errors.Is(err, reader.ErrGone) {
		t.Error(err)
	}
	if err := os.Mkdir(b.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := b.rescan(true); !errors.Is(err, reader.ErrGone) {
		t.Errorf("another folder of the name: %v", err)
	}
}

func TestAFileIsLookedIntoOnceWhenCalmAndOnceWhenSettled(t *testing.T) {
	t.Parallel()
	b, e := newBook(), entry{key: key{ino: 1}, size: 10, written: 1}
	b.note("a", e, 0)
	for _, row := range []struct {
		at         time.Duration
		size       int64
		look, last bool
	}{
		{calm / 2, 10, false, false},
		{calm, 10, true, false},
		{2 * calm, 10, false, false},
		{3 * calm, 20, false, false}, // it goes on
		{4 * calm, 20, true, false},
		{5 * calm, 20, false, false},
		{3*calm + settle, 20, true, true},
	} {
		e.size = row.size
		if look, last := b.due("a", e, row.at); look != row.look || last != row.last {
			t.Errorf("at %v: look %v, last %v", row.at, look, last)
		}
	}
}

func TestABookHoldsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	p := newBook().begin()
	var err error
	for i := range maxEntries + 1 {
		if err != nil {
			t.Fatal(i, err)
		}
		err = p.see("x", entry{key: key{ino: uint64(i)}}, 0, false)
	}
	if !errors.Is(err, errTooMany) {
		t.Error(err)
	}
}

func TestAFolderIsReadAsPicturesArrive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "old.png"), asPNG(t, plain(t, "OLD", 4)), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := reader.ParseAddress("camera:" + dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(a, clock())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	up, frames, result := make(chan struct{}), make(chan reader.Frame, 16), make(chan error, 1)
	go func() { result <- s.Run(ctx, func() { close(up) }, func(f reader.Frame) { frames <- f }) }()
	<-up
	next := func(want string) {
		t.Helper()
		select {
		case f := <-frames:
			if string(f.Code) != want || f.AIM != "]Q1" || f.At <= 0 {
				t.Errorf("%q %q at %v, want %q", f.Code, f.AIM, f.At, want)
			}
		case err := <-result:
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "1.jpg"), asJPEG(t, plain(t, "IN PLACE", 4)), 0o600); err != nil {
		t.Fatal(err)
	}
	next("IN PLACE")
	outside := filepath.Join(t.TempDir(), "2.png")
	if err := os.WriteFile(outside, asPNG(t, plain(t, "RENAMED", 4)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(outside, filepath.Join(dir, "2.png")); err != nil {
		t.Fatal(err)
	}
	next("RENAMED")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := <-result; !errors.Is(err, reader.ErrGone) {
		t.Error(err)
	}
	if len(frames) != 0 {
		t.Errorf("%q came too", (<-frames).Code)
	}
}

func TestAFolderTakesNoOptionsOfALiveCamera(t *testing.T) {
	t.Parallel()
	a, err := reader.ParseAddress("camera:" + t.TempDir() + "?fps=10&invert=never")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(a, clock())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runUntil(t, s, 1); !errors.Is(err, reader.ErrAddress) || !strings.Contains(err.Error(), "fps is for a live camera") {
		t.Error(err)
	}
}

func FuzzReadImage(f *testing.F) {
	p := plain(f, "F", 1)
	f.Add(asPNG(f, p))
	f.Add(asJPEG(f, p))
	f.Add(asPGM(p))
	f.Add([]byte("P5 4294967297 4294967297 255\n"))
	f.Add([]byte("P5#\n#\n 12 12 7\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := readImage(raw)
		switch {
		case err == nil && (len(p.pix) != p.w*p.h || p.w < minSide || p.h < minSide || p.w*p.h > maxPixels):
			t.Errorf("%d bytes for %d by %d", len(p.pix), p.w, p.h)
		case err != nil && !errors.Is(err, errCut) && !errors.Is(err, errNoImage) && !errors.Is(err, errTooLarge):
			t.Errorf("of no class: %v", err)
		}
	})
}
