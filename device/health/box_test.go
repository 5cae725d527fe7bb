package health

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// tree makes files below a root of its own.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestPower(t *testing.T) {
	t.Parallel()
	const name, alarm, bits = "class/hwmon/hwmon1/name", "class/hwmon/hwmon1/in0_lcrit_alarm", "devices/platform/soc/soc:firmware/get_throttled"
	for what, row := range map[string]struct {
		files map[string]string
		want  Power
	}{
		"a PC tells nothing":                          {nil, Power{}},
		"another sensor says nothing of the supply":   {map[string]string{name: "coretemp\n", alarm: "1\n"}, Power{}},
		"all is well":                                 {map[string]string{name: "rpi_volt\n", alarm: "0\n", bits: "0\n"}, Power{Known: true}},
		"the kernel's alarm":                          {map[string]string{name: "rpi_volt\n", alarm: "1\n"}, Power{Known: true, Low: true, WasLow: true}},
		"the firmware says it was low":                {map[string]string{bits: "50000\n"}, Power{Known: true, WasLow: true, WasSlowed: true}},
		"low and slowed now":                          {map[string]string{bits: "0x50005\n"}, Power{Known: true, Low: true, Slowed: true, WasLow: true, WasSlowed: true}},
		"hot: slowed without low voltage":             {map[string]string{bits: "80008\n"}, Power{Known: true, Slowed: true, WasSlowed: true}},
		"an alarm that cannot be read says nothing":   {map[string]string{name: "rpi_volt\n", alarm: "\n"}, Power{}},
		"a number that is none says nothing":          {map[string]string{bits: "what\n"}, Power{}},
		"the alarm stands although the firmware's 0":  {map[string]string{name: "rpi_volt\n", alarm: "1\n", bits: "0\n"}, Power{Known: true, Low: true, WasLow: true}},
		"low once, known from the firmware's history": {map[string]string{name: "rpi_volt\n", alarm: "0\n", bits: "10000\n"}, Power{Known: true, WasLow: true}},
	} {
		if got := PowerOf(tree(t, row.files)); got != row.want {
			t.Errorf("%s: %+v, want %+v", what, got, row.want)
		}
	}
}

func TestTemperature(t *testing.T) {
	t.Parallel()
	const zero, one = "class/thermal/thermal_zone0/", "class/thermal/thermal_zone1/"
	for what, row := range map[string]struct {
		files map[string]string
		want  float64
		ok    bool
	}{
		"no sensor":      {nil, 0, false},
		"a Raspberry Pi": {map[string]string{zero + "temp": "48312\n", zero + "type": "cpu-thermal\n"}, 48.312, true},
		"the processor's counts, not the hottest":   {map[string]string{zero + "temp": "90000\n", zero + "type": "acpitz\n", one + "temp": "60000\n", one + "type": "x86_pkg_temp\n"}, 60, true},
		"without a processor's, the hottest":        {map[string]string{zero + "temp": "30000\n", zero + "type": "acpitz\n", one + "temp": "41000\n", one + "type": "iwlwifi_1\n"}, 41, true},
		"a sensor that is not there is left out":    {map[string]string{zero + "temp": "-274000\n", zero + "type": "cpu-thermal\n"}, 0, false},
		"text is no temperature":                    {map[string]string{zero + "temp": "warm\n", zero + "type": "cpu-thermal\n"}, 0, false},
		"frost is one, though":                      {map[string]string{zero + "temp": "-5000\n", zero + "type": "cpu-thermal\n"}, -5, true},
		"a zone without a type is better than none": {map[string]string{zero + "temp": "20000\n"}, 20, true},
	} {
		if got, ok := TemperatureOf(tree(t, row.files)); got != row.want || ok != row.ok {
			t.Errorf("%s: %v %v", what, got, ok)
		}
	}
}

func TestMemoryUptimeAndMachine(t *testing.T) {
	t.Parallel()
	root := tree(t, map[string]string{
		"proc/self/status": "Name:\tgatescand\nVmRSS:\t   32768 kB\nThreads:\t9\n", "proc/meminfo": "MemTotal:  1000 kB\nMemAvailable: 250 kB\nHugePages_Total: 0\n",
		"proc/uptime": "93784.53 100.00\n", "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\x00", "proc/sys/kernel/osrelease": "6.12.25+rpt-rpi-v8\n",
		"usr/lib/os-release": "NAME=Debian\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n",
	})
	if m := MemoryOf(filepath.Join(root, "proc")); m != (Memory{Resident: 32 << 20, Total: 1000 << 10, Available: 250 << 10}) {
		t.Errorf("memory %+v", m)
	}
	if up, ok := UptimeOf(filepath.Join(root, "proc")); !ok || up.Round(time.Second) != 26*time.Hour+3*time.Minute+5*time.Second {
		t.Errorf("uptime %v %v", up, ok)
	}
	if m := MachineOf(root); m != (Machine{"Raspberry Pi 4 Model B Rev 1.4", "6.12.25+rpt-rpi-v8", "Debian GNU/Linux 13 (trixie)"}) {
		t.Errorf("machine %+v", m)
	}
	empty := t.TempDir()
	if m := MemoryOf(empty); m != (Memory{}) {
		t.Errorf("memory of nothing %+v", m)
	}
	if _, ok := UptimeOf(empty); ok || MachineOf(empty) != (Machine{}) {
		t.Error("something is told of nothing")
	}
	pc := tree(t, map[string]string{"sys/class/dmi/id/sys_vendor": "LENOVO\n", "sys/class/dmi/id/product_name": "ThinkCentre M70q\x1b[2J\n", "proc/uptime": "NaN 1\n", "etc/os-release": "PRETTY_NAME=Arch\n"})
	if m := MachineOf(pc); m != (Machine{Model: "LENOVO ThinkCentre M70q[2J", System: "Arch"}) {
		t.Errorf("PC %+v", m)
	}
	if _, ok := UptimeOf(filepath.Join(pc, "proc")); ok {
		t.Error("no number was taken for an uptime")
	}
}

func TestThisMachineTellsItsMemory(t *testing.T) {
	t.Parallel()
	if m := MemoryOf("/proc"); m.Resident < 1<<20 || m.Total < m.Available {
		t.Errorf("memory %+v", m)
	}
	if up, ok := UptimeOf("/proc"); !ok || up <= 0 {
		t.Error("no uptime")
	}
}

// FuzzReadings reads whatever may stand in the kernel's files.
func FuzzReadings(f *testing.F) {
	f.Add("50000\n")
	f.Add("VmRSS: 99999999999999999999 kB\n")
	f.Add("\x00\xff: -1 kB")
	f.Fuzz(func(t *testing.T, text string) {
		root := tree(t, map[string]string{
			"class/thermal/thermal_zone0/temp": text, "devices/platform/soc/soc:firmware/get_throttled": text,
			"self/status": text, "meminfo": text, "uptime": text, "etc/os-release": "PRETTY_NAME=" + text,
		})
		PowerOf(root)
		if c, ok := TemperatureOf(root); ok && (c < coldestCelsius || c > hottestCelsius) {
			t.Errorf("%v degrees", c)
		}
		MemoryOf(root)
		if up, ok := UptimeOf(root); ok && up < 0 {
			t.Errorf("uptime %v", up)
		}
		MachineOf(root)
	})
}
