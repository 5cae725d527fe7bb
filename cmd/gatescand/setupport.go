package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/device/admin/words"
	"gatescand/device/signal/gpio"
	"gatescand/scanner/admission"
	"gatescand/scanner/reader/inventory"
	"gatescand/sync/platform/all"
)

// keysName is the folder of the keys that were typed into the page, in the data
// directory.
const keysName = "keys"

// plannedLanes lists the lanes of a configuration with their readers.
func plannedLanes(cfg *configs.Config) []inventory.Lane {
	lanes := make([]inventory.Lane, 0, len(cfg.Lanes))
	for _, l := range cfg.Lanes {
		lanes = append(lanes, inventory.Lane{Name: l.Name, Address: l.Reader})
	}
	return lanes
}

// onDisk reads the configuration as it stands on disk now, with its text.
func (d *daemon) onDisk() (*configs.Config, []byte, error) {
	if d.parse == nil || d.first.File == "" {
		return nil, nil, &admin.Error{
			Status: http.StatusConflict, Code: "no_file", Message: "This station has no configuration file.",
			Hint: "A demonstration cannot be set up; start gatescand run.",
		}
	}
	text, err := os.ReadFile(d.first.File)
	if err != nil {
		return nil, nil, &admin.Error{
			Status: http.StatusConflict, Code: "config_unreadable", Message: "The configuration " + d.first.File + " cannot be read.",
			Hint: "See that it is there and belongs to the user the daemon runs as.", Err: err,
		}
	}
	cfg, err := d.parse(text)
	return cfg, text, err
}

// faultsOf gives the faults of a configuration for the page.
func faultsOf(err error) []admin.SettingFault {
	out := []admin.SettingFault{}
	faults, ok := errors.AsType[*configs.FaultsError](err)
	if !ok {
		return out
	}
	for _, f := range faults.Faults {
		out = append(out, admin.SettingFault{Line: f.Line, Key: f.Key, Problem: f.Problem, Remedy: f.Remedy})
	}
	return out
}

// SetupState tells what is there already, from the configuration on disk.
func (d *daemon) SetupState(ctx context.Context) admin.SetupState {
	cfg, text, err := d.onDisk()
	st := admin.SetupState{
		File: d.first.File, Kept: configs.KeptByPage(text), Faults: faultsOf(err), Restart: []string{}, Reach: admin.ReachBox,
		Lanes: []admin.SetupLane{}, Accounts: []admin.SetupAccount{}, Languages: words.Languages(), Platforms: setupPlatforms(),
		Addresses: d.pageURLs(),
	}
	if err != nil {
		cfg = d.current.Load().cfg // what is in force; the page shows the faults beside it
	} else {
		st.Restart = append(st.Restart, configs.Diff(d.first, cfg).Restart...)
	}
	if host, _, err := net.SplitHostPort(cfg.Admin.Listen); err == nil && !loopbackHost(host) {
		st.Reach = admin.ReachNetwork
	}
	st.Needed = len(cfg.Lanes) == 0 || len(cfg.Accounts) == 0
	st.Named, st.Station, st.Language = cfg.Given("station.name"), cfg.Station.Name, cfg.Station.Language
	for _, l := range cfg.Lanes {
		st.Lanes = append(st.Lanes, admin.SetupLane{
			Name: l.Name, Direction: string(l.Direction), Reader: l.Reader, Admit: l.Signal.Admit, Refuse: l.Signal.Refuse, Hold: l.Signal.Hold,
		})
	}
	for _, a := range cfg.Accounts {
		_, ready, err := credentialsOf(a, d.vault)
		st.Accounts = append(st.Accounts, admin.SetupAccount{Name: a.Name, Platform: a.Platform, URL: a.URL, Ready: ready && err == nil})
	}
	if counts, err := d.store.Counts(ctx, 0); err == nil { // a journal that cannot be read has its own condition
		st.Scanned = counts.Admitted > 0
	}
	return st
}

// loopbackHost tells whether an address to listen on is this box's own.
func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// setupPlatforms lists the platforms with what their accounts need.
func setupPlatforms() []admin.SetupPlatform {
	var out []admin.SetupPlatform
	for _, name := range all.Platforms() {
		p := admin.SetupPlatform{Name: string(name), Pairs: pairs(string(name))}
		switch name {
		case admission.TicketSonic:
			p.Key, p.UserID = "api_key", true
		case admission.Stebby:
			p.Key = "api_key"
		case admission.BitTan:
			p.Key, p.EventTitle = "password", true
		case admission.TiBillet:
		}
		out = append(out, p)
	}
	return out
}

// SetupOutputs lists what a lane's signals could be connected to.
func (d *daemon) SetupOutputs(_ context.Context, name string) admin.SetupOutputs {
	out := admin.SetupOutputs{Lines: []admin.SetupLine{}}
	for _, l := range gpio.Lines(devices) {
		out.Lines = append(out.Lines, admin.SetupLine{Address: l.Address, Name: clean(l.Name), Used: clean(l.User)})
	}
	if cfg, _, err := d.onDisk(); err == nil {
		if l, ok := cfg.Lane(name); ok {
			out.Talks = checkTalk(l.Reader, "talkback:ok") == nil
		}
	}
	cards, err := filepath.Glob(filepath.Join(devices, "snd", "controlC*"))
	out.Sounds = err == nil && len(cards) > 0
	return out
}

// change makes a new configuration of the one on disk and puts it in place, where
// the page may; else it says what to write.
func (d *daemon) change(alter func(*configs.Config) error) (admin.SetupSaved, error) {
	d.setup.Lock()
	defer d.setup.Unlock()
	before, text, err := d.onDisk()
	if _, faulty := errors.AsType[*configs.FaultsError](err); faulty {
		return admin.SetupSaved{}, &admin.Error{
			Status: http.StatusConflict, Code: "config_invalid", Message: "The configuration on disk has faults, so it is not changed.",
			Hint: "Mend them first; the page of the settings names them.", Err: err,
		}
	}
	if err != nil {
		return admin.SetupSaved{}, err
	}
	after := before.Clone()
	if err := alter(after); err != nil {
		return admin.SetupSaved{}, err
	}
	parsed, err := d.parse(configs.Write(after))
	if err != nil {
		return admin.SetupSaved{}, badSetting(err)
	}
	saved := admin.SetupSaved{File: d.first.File, Restart: append([]string{}, configs.Diff(d.first, parsed).Restart...)}
	if !configs.KeptByPage(text) {
		saved.Why, saved.Lines = "foreign", linesFor(before, parsed)
		return saved, nil
	}
	edit, err := configFile{path: d.first.File, parse: d.parse}.stage(configs.Write(after), linesFor(before, parsed))
	if e, ok := errors.AsType[*admin.Error](err); ok && e.Code == "config_readonly" {
		saved.Why, saved.Lines = "readonly", linesFor(before, parsed)
		return saved, nil
	}
	if err != nil {
		return saved, err
	}
	edit.latest = true
	if err := edit.commit(); err != nil {
		return saved, err
	}
	saved.Written = true
	d.renew(false)
	return saved, nil
}

// linesFor says what to write by hand, and which sections to remove.
func linesFor(before, after *configs.Config) string {
	var b strings.Builder
	for _, l := range before.Lanes {
		if _, stays := after.Lane(l.Name); !stays {
			fmt.Fprintf(&b, "# Remove the section [[lane]] with name = %q.\n", l.Name)
		}
	}
	b.Write(configs.Lines(before, after))
	return b.String()
}

// badSetting says what the configuration cannot take.
func badSetting(err error) error {
	faults, ok := errors.AsType[*configs.FaultsError](err)
	if !ok || len(faults.Faults) == 0 {
		return err
	}
	f := faults.Faults[0]
	return &admin.Error{
		Status: http.StatusUnprocessableEntity, Code: "bad_setting", Message: f.Key + " " + f.Problem + ".", Hint: upperFirst(f.Remedy) + ".",
		Err: err, Details: map[string]string{"key": f.Key},
	}
}

// upperFirst begins a sentence with a remedy.
func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// SaveStation names the place.
func (d *daemon) SaveStation(_ context.Context, s admin.StationChoice) (admin.SetupSaved, error) {
	return d.change(func(c *configs.Config) error {
		c.Station.Name, c.Station.Language = strings.TrimSpace(s.Name), s.Language
		c.Give("station.name")
		c.Give("station.language")
		_, port, err := net.SplitHostPort(c.Admin.Listen)
		if err != nil {
			return err
		}
		switch s.Reach {
		case "":
		case admin.ReachBox:
			c.Admin.Listen = net.JoinHostPort("127.0.0.1", port)
			c.Give("admin.listen")
		case admin.ReachNetwork:
			c.Admin.Listen = ":" + port
			if c.Admin.TLS == configs.TLSOff {
				c.Admin.TLS = configs.TLSSelfSigned
			}
		default:
			return &admin.Error{Status: http.StatusUnprocessableEntity, Code: "bad_setting", Message: "The reach is neither box nor network.", Hint: "Send one of the two."}
		}
		return nil
	})
}

// SaveLane adds a lane or changes one.
func (d *daemon) SaveLane(_ context.Context, l admin.LaneChoice) (admin.SetupSaved, error) {
	return d.change(func(c *configs.Config) error {
		i := slices.IndexFunc(c.Lanes, func(x configs.Lane) bool { return x.Name == l.Name })
		if i < 0 {
			c.Lanes = append(c.Lanes, configs.DefaultLane(l.Name))
			i = len(c.Lanes) - 1
		}
		if l.Direction != "" {
			c.Lanes[i].Direction = configs.Direction(l.Direction)
		}
		c.Lanes[i].Reader = strings.TrimSpace(l.Reader)
		return nil
	})
}

// SaveSignals connects the outputs of a lane.
func (d *daemon) SaveSignals(_ context.Context, s admin.SignalChoice) (admin.SetupSaved, error) {
	return d.change(func(c *configs.Config) error {
		i := slices.IndexFunc(c.Lanes, func(x configs.Lane) bool { return x.Name == s.Lane })
		if i < 0 {
			return fmt.Errorf("lane %q: %w", s.Lane, admin.ErrNotFound)
		}
		c.Lanes[i].Signal = configs.Signal{Admit: s.Admit, Refuse: s.Refuse, Hold: s.Hold}
		return nil
	})
}

// RemoveLane takes a lane away.
func (d *daemon) RemoveLane(_ context.Context, name string) (admin.SetupSaved, error) {
	return d.change(func(c *configs.Config) error {
		i := slices.IndexFunc(c.Lanes, func(x configs.Lane) bool { return x.Name == name })
		if i < 0 {
			return fmt.Errorf("lane %q: %w", name, admin.ErrNotFound)
		}
		c.Lanes = slices.Delete(c.Lanes, i, i+1)
		return nil
	})
}

// SaveAccount adds an account or changes one. A key is on disk before the
// configuration names it.
func (d *daemon) SaveAccount(_ context.Context, a admin.AccountChoice) (admin.SetupSaved, error) {
	var undo func() error
	saved, err := d.change(func(c *configs.Config) error {
		i := slices.IndexFunc(c.Accounts, func(x configs.Account) bool { return x.Name == a.Name })
		if i < 0 {
			c.Accounts = append(c.Accounts, configs.DefaultAccount(a.Name, a.Platform))
			i = len(c.Accounts) - 1
		}
		account := &c.Accounts[i]
		if account.Platform != a.Platform {
			return &admin.Error{
				Status: http.StatusUnprocessableEntity, Code: "bad_setting", Message: "An account of this name is there already, at another platform.",
				Hint: "Give the new one a name of its own.",
			}
		}
		if a.Key == "" && (account.APIKeyFile != "" || account.PasswordFile != "") && !sameSite(account.URL, strings.TrimSpace(a.URL)) {
			return &admin.Error{
				Status: http.StatusUnprocessableEntity, Code: "bad_setting", Message: "The key of this account was given for another site.",
				Hint: "Type the key for the new address, too; the one that is kept is not sent there.", Details: map[string]string{"key": "key"},
			}
		}
		account.URL, account.UserID, account.EventTitle = strings.TrimSpace(a.URL), strings.TrimSpace(a.UserID), strings.TrimSpace(a.EventTitle)
		if account.EventTitle != "" {
			account.Events = nil
		}
		if a.Key == "" {
			return nil
		}
		path, restore, err := d.keepKey(a.Name, a.Key)
		if err != nil {
			return err
		}
		undo = restore
		if a.Platform == string(admission.BitTan) {
			account.PasswordFile = path
		} else {
			account.APIKeyFile = path
		}
		return nil
	})
	if err != nil && undo != nil {
		if e := undo(); e != nil {
			d.log.Warn("a key that is not used could not be taken away", slog.Any("error", e))
		}
	}
	return saved, err
}

// keepKey puts a key into a file that only the daemon can read. restore makes it
// as it was.
func (d *daemon) keepKey(account, key string) (path string, restore func() error, err error) {
	refuse := func(message, hint string) (string, func() error, error) {
		return "", nil, &admin.Error{Status: http.StatusUnprocessableEntity, Code: "bad_setting", Message: message, Hint: hint}
	}
	if !plainName(account) {
		return refuse("This name cannot be used for an account.", "Write small letters and figures, dot, - and _, beginning with a letter or figure.")
	}
	key = strings.TrimSpace(key)
	if key == "" || len(key) > 4000 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return refuse("This is no key.", "Copy it again, on one line.")
	}
	dir := filepath.Join(d.first.Station.DataDir, keysName)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, fmt.Errorf("the folder of the keys cannot be made: %w", err)
	}
	path = filepath.Join(dir, account+".key")
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", nil, fmt.Errorf("the key that was there cannot be read: %w", err)
	}
	restore = func() error {
		if old == nil {
			return os.Remove(path)
		}
		return replaceFile(path, old)
	}
	// A new file of replaceFile is its owner's alone.
	if err := replaceFile(path, []byte(key+"\n")); err != nil {
		return "", nil, fmt.Errorf("the key cannot be kept: %w", err)
	}
	return path, restore, nil
}

// plainName tells whether a text can be the name of an account and of a file.
func plainName(s string) bool {
	if s == "" || len(s) > 32 || strings.HasPrefix(s, ".") || strings.HasPrefix(s, "-") || strings.HasPrefix(s, "_") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != '_'
	})
}
