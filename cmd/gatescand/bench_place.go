package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gatescand/device/health"
)

// benchPlace is where is measured, and why there.
type benchPlace struct {
	Dir        string `json:"dir"`
	Why        string `json:"why"`
	FileSystem string `json:"file_system"` // its type, "" where unknown
	Device     string `json:"device"`
}

// benchPlace finds the storage to judge: what was asked for, else where the
// journal of the configuration lies, else where temporary files go.
func (a *app) benchPlace(dir string, plan benchPlan) (benchPlace, error) {
	p := benchPlace{Dir: dir, Why: "as --dir says"}
	if dir == "" {
		p.Dir, p.Why = os.TempDir(), "the folder for temporary files, because there is no configuration at "+a.config
		cfg, err := a.load()
		switch {
		case err == nil:
			p.Dir, p.Why = existingFolder(cfg.Station.DataDir), "where the data directory of "+a.config+" is"
		case !errors.Is(err, fs.ErrNotExist) && fileExists(a.config):
			p.Why = "the folder for temporary files, because " + a.config + " cannot be used; see gatescand check"
		}
	}
	var err error
	if p.Dir, err = filepath.Abs(p.Dir); err != nil {
		return p, err
	}
	disk, err := health.DiskOf(p.Dir)
	if err != nil {
		return p, fmt.Errorf("the folder %s cannot be measured; give another with --dir: %w", p.Dir, err)
	}
	if need := plan.room(); disk.Low(need) {
		return p, fmt.Errorf("%s is too full to be measured: %d MB are needed for a while; make room, or give another folder with --dir",
			p.Dir, need>>20)
	}
	p.FileSystem, p.Device = mountOf(p.Dir)
	return p, nil
}

// room is how many bytes a run may take up at once, generously: half a
// kilobyte for each ticket of six copies of the list and of the large one,
// and two for each check-in.
func (p benchPlan) room() uint64 {
	return uint64(512*(6*p.Tickets+p.Many)+2048*p.Journal) + 64<<20 //nolint:gosec // counts are never negative
}

// existingFolder gives the nearest folder above path that is there.
func existingFolder(path string) string {
	for !fileExists(path) && path != filepath.Dir(path) {
		path = filepath.Dir(path)
	}
	return path
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// mountOf gives type and device of the file system that holds dir, by the
// kernel's table of mounts; empty where that does not say.
func mountOf(dir string) (kind, device string) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", ""
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	longest := -1
	for line := range strings.Lines(string(table)) {
		// 36 35 98:0 /root /mount/point options [tags…] - type device options
		before, after, ok := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 5 || len(right) < 2 {
			continue
		}
		at := left[4]
		within := at == "/" || dir == at || strings.HasPrefix(dir, at+"/")
		if within && len(at) >= longest {
			longest, kind, device = len(at), right[0], right[1]
		}
	}
	return kind, device
}
