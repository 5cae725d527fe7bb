package reader

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// Watch tells when it may be worth looking at a path again, because something of that name appeared, disappeared or changed its permissions
// there or in a folder above. It says nothing about what is there now, and it may speak too often: who listens looks for himself and must also
// look without being told, if rarely.
//
// Folders that do not exist yet, or that come and go with the device (udev removes /dev/serial/by-id when it is empty), are followed through
// their parents. The temporary names under which udev prepares links (".#…") are ignored.
type Watch struct {
	names   []string // the parts of the path, each possibly a glob
	watcher *fsnotify.Watcher
	look    chan struct{}
}

// NewWatch begins to watch an absolute path or glob. The caller must call [Watch.Run].
func NewWatch(path string) (*Watch, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch for %s: %w", path, err)
	}
	w := &Watch{
		names:   strings.Split(strings.TrimPrefix(filepath.Clean(watchable(path)), "/"), "/"),
		watcher: watcher,
		look:    make(chan struct{}, 1),
	}
	w.rescan()
	return w, nil
}

// Look is ready when something may have changed. Many changes make one signal.
func (w *Watch) Look() <-chan struct{} { return w.look }

// Run watches until ctx ends, then gives back what it holds. It returns ctx's error, or says that the system stopped delivering notices.
func (w *Watch) Run(ctx context.Context) (err error) {
	defer func() {
		if closeErr := w.watcher.Close(); err == nil {
			err = closeErr
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event, open := <-w.watcher.Events:
			if !open {
				return fmt.Errorf("watch for /%s: %w", filepath.Join(w.names...), fsnotify.ErrClosed)
			}
			if w.concerns(event) {
				w.rescan()
			}
		case _, open := <-w.watcher.Errors:
			if !open {
				return fmt.Errorf("watch for /%s: %w", filepath.Join(w.names...), fsnotify.ErrClosed)
			}
			// Whatever went wrong, an overflowing queue above all, notices were lost: look at everything.
			w.rescan()
		}
	}
}

// concerns tells whether an event is about a part of the path.
func (w *Watch) concerns(event fsnotify.Event) bool {
	if !event.Has(fsnotify.Create) && !event.Has(fsnotify.Remove) && !event.Has(fsnotify.Rename) && !event.Has(fsnotify.Chmod) {
		return false
	}
	parts := strings.Split(strings.TrimPrefix(filepath.Clean(event.Name), "/"), "/")
	if len(parts) > len(w.names) || strings.HasPrefix(parts[len(parts)-1], ".#") {
		return false
	}
	for i, part := range parts {
		if !matches(w.names[i], part) {
			return false
		}
	}
	return true
}

// rescan watches every folder on the way that exists by now, and says that a look is due. A folder may have been filled before its watch
// stood, which is why the look follows the watches and never the other way round.
func (w *Watch) rescan() {
	for i := range w.names {
		for _, dir := range expand("/" + filepath.Join(w.names[:i]...)) {
			// A folder that is not there, or no folder, is found through its parent once it is.
			_ = w.watcher.Add(dir)
		}
	}
	select {
	case w.look <- struct{}{}:
	default:
	}
}

// expand gives the folders that fit a pattern. A pattern that is a path is itself, whether it exists or not.
func expand(pattern string) []string {
	if !strings.ContainsAny(pattern, "*[") {
		return []string{pattern}
	}
	found, err := filepath.Glob(pattern)
	if err != nil {
		return []string{pattern}
	}
	return append(found, pattern)
}

func matches(pattern, name string) bool {
	if pattern == name {
		return true
	}
	ok, err := filepath.Match(pattern, name)
	return err == nil && ok
}
