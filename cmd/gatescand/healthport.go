package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gatescand/device/admin"
	"gatescand/device/health"
	"gatescand/device/signal/gpio"
)

const (
	// slowWrite is how long a write may take before everybody at the door feels it.
	slowWrite = 250 * time.Millisecond
	// memoryShort is how much memory must be left for other programs.
	memoryShort = 64 << 20
)

// boxRoots are where the kernel tells how the box is.
type boxRoots struct{ root, sys, proc string }

func thisBox() boxRoots { return boxRoots{"/", "/sys", "/proc"} }

// Health looks at the station, the box and the program.
func (d *daemon) Health(ctx context.Context) []admin.HealthReading {
	roots := thisBox()
	out := []admin.HealthReading{d.clockReading(), d.diskReading(), d.databaseReading(ctx), d.accountsReading(ctx), outputsReading(roots.sys)}
	out = append(out, boxReadings(roots)...)
	return append(out, d.programReadings()...)
}

func count(name string, n int64) admin.HealthFigure {
	return admin.HealthFigure{Name: name, Unit: admin.UnitCount, Number: float64(n)}
}

func bytesOf(name string, n uint64) admin.HealthFigure {
	return admin.HealthFigure{Name: name, Unit: admin.UnitBytes, Number: float64(n)}
}

func spanOf(name string, d time.Duration) admin.HealthFigure {
	return admin.HealthFigure{Name: name, Unit: admin.UnitSpan, Span: d}
}

func (d *daemon) clockReading() admin.HealthReading {
	now, s := d.clock.Now(), d.clock.State()
	r := admin.HealthReading{
		Code: "clock", Group: "station", State: admin.HealthOK, Cause: "vouched",
		Figures: []admin.HealthFigure{
			{Name: "At", Unit: admin.UnitTime, At: now.Wall}, count("For", int64(s.For)), spanOf("Skew", s.Skew.Abs()),
		},
	}
	switch {
	case !s.Trusted:
		r.State, r.Cause = admin.HealthWarning, s.Cause
	case s.Synchronised:
		r.Cause = "synchronised"
	}
	return r
}

func (d *daemon) diskReading() admin.HealthReading {
	r := admin.HealthReading{Code: "disk", Group: "station", State: admin.HealthUnknown}
	disk, err := health.DiskOf(filepath.Dir(d.store.Path()))
	if err != nil {
		return r // a disk that cannot be asked is not known
	}
	r.Figures = []admin.HealthFigure{bytesOf("Free", disk.Free), bytesOf("Total", disk.Total)}
	switch {
	case disk.ReadOnly:
		r.State = admin.HealthCritical
	case disk.Low(diskLow):
		r.State = admin.HealthWarning
	default:
		r.State = admin.HealthOK
	}
	return r
}

// databaseReading writes a test entry and looks at the files.
func (d *daemon) databaseReading(ctx context.Context) admin.HealthReading {
	r := admin.HealthReading{Code: "database", Group: "station", State: admin.HealthOK}
	began := time.Now()
	err := d.store.Writable(ctx)
	took := time.Since(began)
	head, _, headErr := d.store.Head(ctx)
	size, wal := fileSize(d.store.Path()), fileSize(d.store.Path()+"-wal")
	r.Figures = []admin.HealthFigure{bytesOf("Size", size), bytesOf("Wal", wal), count("Head", head), spanOf("Took", took)}
	switch {
	case err != nil || headErr != nil:
		r.State = admin.HealthCritical
	case took > slowWrite:
		r.State, r.Cause = admin.HealthWarning, "slow"
	}
	return r
}

func fileSize(path string) uint64 {
	info, err := os.Stat(path)
	if err != nil || info.Size() < 0 {
		return 0
	}
	return uint64(info.Size())
}

func (d *daemon) accountsReading(ctx context.Context) admin.HealthReading {
	r := admin.HealthReading{Code: "accounts", Group: "station", State: admin.HealthOK}
	list, err := d.Accounts(ctx)
	if err != nil {
		r.State = admin.HealthUnknown
		return r
	}
	well := 0
	for _, a := range list {
		if a.State == "ok" {
			well++
		}
	}
	r.Figures = []admin.HealthFigure{count("Well", int64(well)), count("All", int64(len(list)))}
	switch {
	case len(list) == 0:
		r.State, r.Cause = admin.HealthWarning, "none"
	case well == 0:
		r.State, r.Cause = admin.HealthWarning, "offline"
	case well < len(list):
		r.State, r.Cause = admin.HealthWarning, "some"
	}
	return r
}

func outputsReading(sys string) admin.HealthReading {
	driver, kept := gpio.Persists(sys)
	r := admin.HealthReading{Code: "outputs", Group: "station", State: admin.HealthOK, Value: driver}
	pins, err := filepath.Glob(filepath.Join(sys, "bus/gpio/devices/gpiochip*"))
	switch {
	case kept:
		r.State = admin.HealthWarning
	case err != nil || len(pins) == 0:
		r.State = admin.HealthUnknown
	}
	return r
}

// boxReadings looks at the box itself.
func boxReadings(roots boxRoots) []admin.HealthReading {
	reading := func(code, state string, figures ...admin.HealthFigure) admin.HealthReading {
		return admin.HealthReading{Code: code, Group: "box", State: state, Figures: figures}
	}
	power := reading("power", admin.HealthUnknown)
	if p := health.PowerOf(roots.sys); p.Known {
		power.State = admin.HealthWarning
		switch {
		case p.Low:
			power.Cause = "low"
		case p.Slowed:
			power.Cause = "slowed"
		case p.WasLow:
			power.Cause = "was_low"
		default:
			power.State, power.Cause = admin.HealthOK, "ok"
		}
	}
	heat := reading("temperature", admin.HealthUnknown)
	if celsius, ok := health.TemperatureOf(roots.sys); ok {
		heat = reading("temperature", admin.HealthOK, admin.HealthFigure{Name: "Heat", Unit: admin.UnitCelsius, Number: celsius})
		switch {
		case celsius >= health.HotCelsius:
			heat.State, heat.Cause = admin.HealthCritical, "hot"
		case celsius >= health.WarmCelsius:
			heat.State, heat.Cause = admin.HealthWarning, "warm"
		}
	}
	memory := reading("memory", admin.HealthUnknown)
	if m := health.MemoryOf(roots.proc); m.Resident > 0 && m.Total > 0 {
		memory = reading("memory", admin.HealthOK, bytesOf("Resident", m.Resident), bytesOf("Available", m.Available), bytesOf("Total", m.Total))
		if m.Available < memoryShort {
			memory.State = admin.HealthWarning
		}
	}
	uptime := reading("uptime", admin.HealthUnknown)
	if up, ok := health.UptimeOf(roots.proc); ok {
		uptime = reading("uptime", admin.HealthOK, spanOf("Up", up))
	}
	m := health.MachineOf(roots.root)
	return []admin.HealthReading{
		power, heat, memory, uptime, addressesReading(boxAddresses()),
		named("model", "box", m.Model), named("system", "box", m.System), named("kernel", "box", m.Kernel),
	}
}

// named is a reading that says what something is, and judges nothing.
func named(code, group, value string) admin.HealthReading {
	r := admin.HealthReading{Code: code, Group: group, State: admin.HealthOK, Value: value}
	if value == "" {
		r.State = admin.HealthUnknown
	}
	return r
}

// addressesReading lists the addresses of the box in its networks. Without one it
// is in none, which a gate can do.
func addressesReading(box []boxAddress) admin.HealthReading {
	r := admin.HealthReading{Code: "addresses", Group: "box", State: admin.HealthOK}
	var list []string
	for _, a := range box {
		if ip := a.ip; ip.IsValid() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() {
			list = append(list, ip.String())
		}
	}
	if len(list) == 0 {
		r.Cause, r.Value = "none", "–"
		return r
	}
	r.Value = strings.Join(list, ", ")
	return r
}

// programReadings tells what runs and since when.
func (d *daemon) programReadings() []admin.HealthReading {
	b := thisBuild()
	running := admin.HealthReading{Code: "version", Group: "program", State: admin.HealthOK, Value: b.Version, Figures: []admin.HealthFigure{
		spanOf("Up", d.sinceBoot()-d.began),
	}}
	watchdog := admin.HealthReading{Code: "watchdog", Group: "program", State: admin.HealthOK}
	if os.Getenv("WATCHDOG_USEC") == "" {
		watchdog.State, watchdog.Cause = admin.HealthWarning, "none"
	}
	return []admin.HealthReading{
		running, watchdog, named("built", "program", "commit "+b.Commit+", "+b.Go+", "+b.Target), named("sqlite", "program", b.SQLite),
	}
}

// checkBox raises what of the box staff should know.
func (d *daemon) checkBox(roots boxRoots) {
	p := health.PowerOf(roots.sys)
	d.health.Set("power_low", "", "Its voltage is too low now", p.Known && p.Low)
	celsius, ok := health.TemperatureOf(roots.sys)
	d.health.Set("temperature_high", "", "", ok && celsius >= health.WarmCelsius)
}
