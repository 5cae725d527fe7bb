package gpio

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPersists(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string // below module
		want  string            // driver, "" for no
	}{
		{"a machine without such a driver", nil, ""},
		{"a model up to 4 that keeps outputs", map[string]string{"pinctrl_bcm2835/parameters/persist_gpio_outputs": "Y\n"}, "pinctrl_bcm2835"},
		{"a model 5 that keeps outputs", map[string]string{"pinctrl_rp1/parameters/persist_gpio_outputs": "Y\n"}, "pinctrl_rp1"},
		{"a box with dtparam=strict_gpiod", map[string]string{"pinctrl_bcm2835/parameters/persist_gpio_outputs": "N\n"}, ""},
		{"a kernel of the weeks before", map[string]string{"pinctrl_rp1/parameters/strict_gpiod": "N\n"}, "pinctrl_rp1"},
		{"such a kernel told to be strict", map[string]string{"pinctrl_rp1/parameters/strict_gpiod": "Y\n"}, ""},
		{"one driver of two", map[string]string{
			"pinctrl_bcm2835/parameters/persist_gpio_outputs": "N\n",
			"pinctrl_rp1/parameters/persist_gpio_outputs":     "Y\n",
		}, "pinctrl_rp1"},
		{"a driver that says nothing of it", map[string]string{"pinctrl_amd/parameters/other": "Y\n"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			sys := t.TempDir()
			for name, content := range c.files {
				path := filepath.Join(sys, "module", name)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if driver, yes := Persists(sys); driver != c.want || yes != (c.want != "") {
				t.Errorf("got %q, %v", driver, yes)
			}
		})
	}
}
