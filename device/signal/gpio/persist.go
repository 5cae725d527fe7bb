package gpio

import (
	"os"
	"path/filepath"
	"strings"
)

// PersistsRemedy is what to do where [Persists] says yes.
const PersistsRemedy = "Write dtparam=strict_gpiod into /boot/firmware/config.txt and restart the box; " +
	"then the kernel lets go of a line whose program has died."

// Persists tells whether the kernel leaves an output as it is when the program
// that held it dies: a relay that is on then stays on until gatescand release
// has run. sysfs is normally /sys. It names the driver that does so.
//
// Raspberry Pi kernels do, for pinctrl_bcm2835 (models up to 4) and pinctrl_rp1
// (model 5) alike. Since May 2024 the parameter persist_gpio_outputs tells
// (Y means that outputs stay); kernels of the weeks before have strict_gpiod
// (N means that they stay). A driver that has neither parameter has upstream's
// behaviour, lines that become inputs, or is too old to say: no is then no
// promise. See raspberrypi/linux pull requests 6117 and 6150.
func Persists(sysfs string) (driver string, yes bool) {
	for _, p := range []struct{ parameter, stays string }{{"persist_gpio_outputs", "Y"}, {"strict_gpiod", "N"}} {
		paths, err := filepath.Glob(filepath.Join(sysfs, "module", "pinctrl_*", "parameters", p.parameter))
		if err != nil {
			return "", false
		}
		for _, path := range paths {
			value, err := os.ReadFile(path)
			if err == nil && strings.TrimSpace(string(value)) == p.stays {
				return filepath.Base(filepath.Dir(filepath.Dir(path))), true
			}
		}
	}
	return "", false
}
