package health

import (
	"path/filepath"
	"strconv"
	"strings"
)

// A processor of a small board slows itself down from 80 °C, and harder from
// 85 °C.
const (
	WarmCelsius = 80.0
	HotCelsius  = 85.0
)

// Temperatures outside this range come from a sensor that is not there.
const (
	coldestCelsius = -40.0
	hottestCelsius = 150.0
)

// TemperatureOf gives the temperature of the processor in degrees Celsius from
// the thermal zones below sys, which is /sys: the hottest one whose type names
// the processor or the chip, or else the hottest of all. ok is false where there
// is none.
func TemperatureOf(sys string) (celsius float64, ok bool) {
	zones, err := filepath.Glob(filepath.Join(sys, "class/thermal/thermal_zone*/temp"))
	if err != nil {
		return 0, false
	}
	own := false
	for _, zone := range zones {
		milli, err := strconv.ParseInt(kernelLine(zone), 10, 64)
		degrees := float64(milli) / 1000
		if err != nil || degrees < coldestCelsius || degrees > hottestCelsius {
			continue
		}
		processor := namesProcessor(kernelLine(filepath.Join(filepath.Dir(zone), "type")))
		if !ok || processor && !own || processor == own && degrees > celsius {
			celsius, ok, own = degrees, true, processor
		}
	}
	return celsius, ok
}

// namesProcessor tells whether a thermal zone is of the processor: cpu-thermal of
// a Raspberry Pi, x86_pkg_temp of a PC, soc-thermal and the like of other boards.
func namesProcessor(kind string) bool {
	kind = strings.ToLower(kind)
	return strings.Contains(kind, "cpu") || strings.Contains(kind, "soc") || kind == "x86_pkg_temp"
}
