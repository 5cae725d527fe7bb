package admin

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// fresh is a small station that is being set up: what is saved is there the next
// time somebody asks.
type fresh struct {
	mu      sync.Mutex
	state   SetupState
	foreign bool
	heard   Learning
	keys    map[string]string
	power   string // cause of the power reading
}

func newFresh() *fresh {
	return &fresh{
		keys: map[string]string{}, power: "ok",
		state: SetupState{
			File: "/var/lib/gatescand/gatescand.toml", Kept: true, Faults: []SettingFault{}, Restart: []string{}, Station: "Main entrance", Language: "fr",
			Reach: ReachNetwork, Lanes: []SetupLane{}, Accounts: []SetupAccount{}, Languages: []string{"en", "de", "fr"}, Needed: true,
			Platforms: []SetupPlatform{{Name: "tibillet", Pairs: true}, {Name: "stebby", Key: "api_key"}, {Name: "ticketsonic", Key: "api_key", UserID: true}},
			Addresses: []string{"https://192.0.2.7:8640/"},
		},
	}
}

func (f *fresh) SetupState(context.Context) SetupState {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.state
	out.Lanes, out.Accounts = slices.Clone(out.Lanes), slices.Clone(out.Accounts)
	return out
}

func (f *fresh) SetupReaders(context.Context) (SetupReaders, error) {
	return SetupReaders{Missing: []string{}, Readers: []SetupReader{
		{Kind: "serial", Looks: "reader", What: "Honeywell <b>Voyager</b> \u202e1450g", Address: "serial:/dev/serial/by-id/usb-H?profile=honeywell", Node: "/dev/ttyACM0", Lanes: []string{}},
		{Kind: "keyboard", Looks: "maybe", What: "Keyboard of nobody", Address: "hid:/dev/input/by-id/k?layout=us", Lanes: []string{}, Denied: "Install the udev rule."},
	}}, nil
}

func (f *fresh) Learn(_ context.Context, address string) (Learning, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heard = Learning{Running: true, Notes: []string{"listening to " + address}, Typing: true}
	return f.heard, nil
}

func (f *fresh) Learned(ctx context.Context, after int) Learning {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heard.Seq = after + 1
	if after > 0 {
		f.heard.Running = false
		f.heard.Lesson = &Lesson{What: "Voyager", Address: "serial:/dev/serial/by-id/usb-H?profile=honeywell", Terminator: "CR", Bytes: 44, Content: "plain text", Layouts: []string{}, Advice: []string{"have the reader send CR"}, Complete: true}
	}
	return f.heard
}

func (f *fresh) LayoutCode() string { return "Gatescand:QWERTZ" }

func (f *fresh) SetupOutputs(context.Context, string) SetupOutputs {
	return SetupOutputs{Lines: []SetupLine{{Address: "gpio:gpiochip0/17", Name: "GPIO17"}, {Address: "gpio:gpiochip0/18", Name: "GPIO18", Used: "spi0"}}, Talks: true, Sounds: true}
}

// save alters the state, where the page may.
func (f *fresh) save(alter func(*SetupState)) (SetupSaved, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	saved := SetupSaved{File: f.state.File, Restart: []string{}, Written: !f.foreign}
	if f.foreign {
		saved.Why, saved.Lines = "foreign", "[[lane]]\nname = \"<script>\"\n"
		return saved, nil
	}
	alter(&f.state)
	return saved, nil
}

func (f *fresh) SaveStation(_ context.Context, c StationChoice) (SetupSaved, error) {
	return f.save(func(s *SetupState) { s.Station, s.Language, s.Named = c.Name, c.Language, true })
}

func (f *fresh) SaveLane(_ context.Context, c LaneChoice) (SetupSaved, error) {
	if strings.HasPrefix(c.Reader, "parallel:") {
		return SetupSaved{}, &Error{Status: http.StatusUnprocessableEntity, Code: "bad_setting", Message: "lane[north].reader is no reader.", Hint: "Take one of the list."}
	}
	return f.save(func(s *SetupState) {
		s.Lanes = append(s.Lanes, SetupLane{Name: c.Name, Direction: c.Direction, Reader: c.Reader})
		s.Needed = len(s.Accounts) == 0
	})
}

func (f *fresh) SaveSignals(_ context.Context, c SignalChoice) (SetupSaved, error) {
	return f.save(func(s *SetupState) {
		for i := range s.Lanes {
			if s.Lanes[i].Name == c.Lane {
				s.Lanes[i].Admit, s.Lanes[i].Refuse, s.Lanes[i].Hold = c.Admit, c.Refuse, c.Hold
			}
		}
	})
}

func (f *fresh) RemoveLane(_ context.Context, lane string) (SetupSaved, error) {
	return f.save(func(s *SetupState) {
		s.Lanes = slices.DeleteFunc(s.Lanes, func(l SetupLane) bool { return l.Name == lane })
	})
}

func (f *fresh) SaveAccount(_ context.Context, c AccountChoice) (SetupSaved, error) {
	return f.save(func(s *SetupState) {
		f.keys[c.Name] = c.Key
		s.Accounts = append(s.Accounts, SetupAccount{Name: c.Name, Platform: c.Platform, URL: c.URL, Ready: true})
	})
}

func (f *fresh) Settings(context.Context) SettingsReport {
	f.mu.Lock()
	defer f.mu.Unlock()
	return SettingsReport{
		File: f.state.File, Kept: f.state.Kept, Faults: f.state.Faults, Restart: f.state.Restart,
		Settings: []Setting{
			{Section: "station", Key: "name", Value: `<img src=x onerror="alert(1)">`, From: "/etc/g.toml:3"},
			{Section: "station", Key: "capacity", Value: "0", From: "default"},
			{Section: "account pool", Key: "api_key_file", Value: "/var/lib/gatescand/keys/pool.key", From: "/etc/g.toml:9", Secret: true},
		},
	}
}

func (f *fresh) SettingsFile() []byte { return []byte("[station]\n") }

func (f *fresh) Health(context.Context) []HealthReading {
	power := HealthReading{Code: "power", Group: "box", State: HealthWarning, Cause: f.power}
	if f.power == "ok" {
		power.State = HealthOK
	}
	return []HealthReading{
		{Code: "clock", Group: "station", State: HealthOK, Cause: "synchronised", Figures: []HealthFigure{{Name: "At", Unit: UnitTime, At: scanTime()}}},
		{Code: "disk", Group: "station", State: HealthWarning, Figures: []HealthFigure{{Name: "Free", Unit: UnitBytes, Number: 1.53e8}, {Name: "Total", Unit: UnitBytes, Number: 2.98e10}}},
		power,
		{Code: "temperature", Group: "box", State: HealthUnknown},
		{Code: "uptime", Group: "box", State: HealthOK, Figures: []HealthFigure{{Name: "Up", Unit: UnitSpan, Span: 26 * time.Hour}}},
		{Code: "model", Group: "box", State: HealthOK, Value: "Raspberry <i>Pi</i>"},
	}
}

// unboxed is a station that is being set up, behind the page.
func unboxed() (*station, *fresh, Options) {
	st, f := newStation(), newFresh()
	opt := st.options()
	opt.Setup, opt.Settings, opt.Health = f, f, f
	opt.PageURLs = func() []string { return []string{"https://192.0.2.7:8640/"} }
	return st, f, opt
}
