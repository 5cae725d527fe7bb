package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// targetBytes is how much one admission may write, in KiB.
const targetBytes = 24

// sectorBytes is the unit of the kernel's counters of block devices.
const sectorBytes = 512

const kib = 1024

// measureBytes counts what admissions write to disk, the carrying of the log
// into the file included.
func (b *bench) measureBytes(ctx context.Context, r *benchReport) error {
	b.progress("counting the bytes of %d admissions", b.plan.Bytes)
	appended, err := b.bytesOfAppend()
	if err != nil {
		return err
	}
	next := b.next
	logged, err := b.bytesOfLog(ctx, next)
	if err != nil {
		return err
	}
	path := b.path("admissions")
	before, err := sizeOf(path)
	if err != nil {
		return err
	}
	written, device, err := b.bytesOfAdmissions(ctx, next)
	if err != nil {
		return err
	}
	after, err := sizeOf(path)
	if err != nil {
		return err
	}
	n := float64(b.plan.Bytes)
	detail := fmt.Sprintf("of which log %s; file grows by %s",
		amount(logged/kib, unitKiB), amount(float64(after-before)/n/kib, unitKiB))
	if device > 0 {
		detail += fmt.Sprintf("; device wrote %s in all, its file system's journal and other programs included", amount(device/n/kib, unitKiB))
	}
	f := benchFigure{Name: "written per admission", Value: written / n / kib, Unit: unitKiB, Floor: appended / kib, Target: targetBytes, Detail: detail}
	if written == 0 {
		f.Target, f.Detail = 0, "the kernel counts no bytes for this file system; "+detail
	}
	r.add(f)
	return nil
}

// bytesOfAppend gives what one durable append of the floor writes.
func (b *bench) bytesOfAppend() (float64, error) {
	const rounds = 50
	before, err := ownWrites()
	if err != nil {
		return 0, err
	}
	for range rounds {
		if err := b.floor.append(); err != nil {
			return 0, err
		}
	}
	after, err := ownWrites()
	return (after - before) / rounds, err
}

// bytesOfLog gives by how much one admission lengthens the log.
func (b *bench) bytesOfLog(ctx context.Context, next func() string) (_ float64, err error) {
	g, err := openBenchGate(ctx, b.path("admissions"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	for range benchWarmUp {
		if _, err := g.admit(ctx, next()); err != nil {
			return 0, err
		}
	}
	before, err := sizeOf(b.path("admissions") + "-wal")
	if err != nil {
		return 0, err
	}
	for range benchFewest {
		if _, err := g.admit(ctx, next()); err != nil {
			return 0, err
		}
	}
	after, err := sizeOf(b.path("admissions") + "-wal")
	return float64(after-before) / benchFewest, err
}

// bytesOfAdmissions gives what all admissions wrote, by this process and by
// the device, until the log was carried over and emptied. device is 0 where
// that is not known.
func (b *bench) bytesOfAdmissions(ctx context.Context, next func() string) (written, device float64, err error) {
	path := b.path("admissions")
	g, err := openBenchGate(ctx, path)
	if err != nil {
		return 0, 0, err
	}
	stop := g.carry(ctx)
	before, err := ownWrites()
	if err != nil {
		return 0, 0, errors.Join(err, stop(), g.close())
	}
	deviceBefore := deviceWrites(path)
	for range b.plan.Bytes {
		if _, err := g.admit(ctx, next()); err != nil {
			return 0, 0, errors.Join(err, stop(), g.close())
		}
	}
	if err := errors.Join(stop(), g.close()); err != nil {
		return 0, 0, err
	}
	after, err := ownWrites()
	if deviceBefore > 0 {
		device = deviceWrites(path) - deviceBefore
	}
	return after - before, device, err
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// ownWrites gives how many bytes this process has sent to storage so far, by
// the kernel's account of pages made dirty.
func ownWrites() (float64, error) {
	raw, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(raw) {
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), ": ")
		if name == "write_bytes" {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, errors.New("the kernel does not count the bytes a process writes (/proc/self/io)")
}

// deviceWrites gives how many bytes the device that holds path has written, 0
// where that is not known.
func deviceWrites(path string) float64 {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return 0
	}
	raw, err := os.ReadFile(fmt.Sprintf("/sys/dev/block/%d:%d/stat", unix.Major(st.Dev), unix.Minor(st.Dev)))
	if err != nil {
		return 0
	}
	// reads merged sectors ms writes merged sectors ms …
	fields := strings.Fields(string(raw))
	if len(fields) < 7 {
		return 0
	}
	sectors, err := strconv.ParseFloat(fields[6], 64)
	if err != nil {
		return 0
	}
	return sectors * sectorBytes
}
