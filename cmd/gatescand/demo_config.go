package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gatescand/configs"
	"gatescand/scanner/admission"
)

// demoConfig is the configuration a demo runs on: the text of a file, read by
// the same rules as any. The keys of the accounts that are not paired are
// written into dir, as an organiser would.
func (a *app) demoConfig(dir string, h pretended, tty string) (*configs.Config, error) {
	sonicKey, stebbyKey, bittanKey := filepath.Join(dir, "ticketsonic-key"), filepath.Join(dir, "stebby-key"), filepath.Join(dir, "bittan-password")
	if err := errors.Join(
		os.WriteFile(sonicKey, []byte(h.sonic.key+"\n"), 0o600),
		os.WriteFile(stebbyKey, []byte(h.stebby.evening.Key+"\n"), 0o600),
		os.WriteFile(bittanKey, []byte(bittanPassword+"\n"), 0o600),
	); err != nil {
		return nil, err
	}
	at := h.addresses()
	text := fmt.Sprintf(`
[station]
name     = "Demo gate"
language = "en"
data_dir = %q

[admin]
listen = "127.0.0.1:0"

[[account]]
name            = "tibillet"
platform        = "tibillet"
url             = %q
increment_every = "5s"
sweep_every     = "1m"

[[account]]
name            = "ticketsonic"
platform        = "ticketsonic"
url             = %q
user_id         = %q
api_key_file    = %q
sweep_every     = "1m"

[[account]]
name            = "stebby"
platform        = "stebby"
url             = %q
api_key_file    = %q
sweep_every     = "20s"
increment_every = "0s"

# Asked always: only then does it come out that a code is somebody else's too.
[[account]]
name            = "bittan"
platform        = "bittan"
url             = %q
password_file   = %q
ask             = "always"
sweep_every     = "1m"

[[lane]]
name      = "north"
direction = "entry"
reader    = %q
`, filepath.Join(dir, "data"),
		at[admission.TiBillet],
		at[admission.TicketSonic], sonicPromoter, sonicKey,
		at[admission.Stebby], stebbyKey,
		at[admission.BitTan], bittanKey,
		"serial:"+tty+"?baud=115200")
	return configs.Parse("the demo's configuration", []byte(text), a.configEnv())
}
