package admin

import (
	"context"
	"testing"

	"gatescand/scanner/admission"
)

// wholeStation gives a station with every part there is, so that every call can be
// made.
func wholeStation(t *testing.T) (*office, Options) {
	t.Helper()
	o, opt := newOffice(t)
	key := o.ticket("t/1", "Ada Lovelace").TicketKey
	o.conflicts = append(o.conflicts, admission.Conflict{ID: 7, Kind: admission.UsedElsewhere, Ticket: key, OpenedAt: o.Now(), Seq: 3, OurAt: o.Now(), OurLane: "north", Theirs: "used by gate 2", Remedy: "Ask gate 2."})
	o.waiting = append(o.waiting, admission.Delivery{Seq: 3, ID: "01J", Ticket: key, At: o.Now(), Lane: "north", Code: []byte("the-secret-code"), State: admission.DeliveryBuried, Attempt: 2, Cause: "Refused.", Remedy: "Look."})
	o.stories[key] = o.dispute("Ada Lovelace")
	opt.Access = access(t, adminWord, staffWord)
	opt.Cards, opt.Health, opt.Settings, opt.Setup = &deck{}, wellBox{}, smallSettings{}, easySetup{}
	return o, opt
}

// wellBox is a box that is well but for its disk.
type wellBox struct{}

func (wellBox) Health(context.Context) []HealthReading {
	return []HealthReading{
		{Code: "clock", Group: "station", State: HealthOK},
		{Code: "disk", Group: "box", State: HealthWarning},
		{Code: "temperature", Group: "box", State: HealthUnknown},
	}
}

// smallSettings is a small configuration.
type smallSettings struct{}

func (smallSettings) Settings(context.Context) SettingsReport {
	return SettingsReport{
		File: "/etc/gatescand/gatescand.toml", Kept: true,
		Settings: []Setting{{Section: "station", Key: "name", Value: "Main entrance", From: "/etc/gatescand/gatescand.toml:3"}, {Section: "account lespass", Key: "api_key_file", Value: "/etc/key", From: "default", Secret: true}},
		Faults:   []SettingFault{{Line: 7, Key: "lane.reader", Problem: "is no address", Remedy: "write serial:/dev/ttyUSB0"}}, Restart: []string{"admin.listen"},
	}
}

func (smallSettings) SettingsFile() []byte { return []byte("[station]\nname = \"Main entrance\"\n") }

// easySetup is a set-up at which everything works.
type easySetup struct{}

func (easySetup) SetupState(context.Context) SetupState {
	return SetupState{
		Needed: true, File: "/etc/gatescand/gatescand.toml", Kept: true, Faults: []SettingFault{}, Restart: []string{}, Named: true, Station: "Main entrance", Language: "fr", Reach: ReachBox,
		Lanes:    []SetupLane{{Name: "north", Direction: "entry", Reader: "virtual:", Admit: []string{"gpio:gpiochip0/17"}, Refuse: []string{}, Hold: []string{}}},
		Accounts: []SetupAccount{{Name: "lespass", Platform: "tibillet", URL: "https://lespass.example.org", Ready: true}}, Languages: []string{"en", "fr"},
		Platforms: []SetupPlatform{{Name: "tibillet", Pairs: true}}, Addresses: []string{"https://192.0.2.7:8640"},
	}
}

func (easySetup) SetupReaders(context.Context) (SetupReaders, error) {
	return SetupReaders{Readers: []SetupReader{{Kind: "serial", Looks: "reader", What: "Honeywell", Address: "serial:/dev/ttyACM0", Node: "/dev/ttyACM0", Lanes: []string{}}}, Missing: []string{"south"}}, nil
}

func (easySetup) Learn(_ context.Context, address string) (Learning, error) {
	if address == "serial:/dev/none" {
		return Learning{}, &Error{Status: 422, Code: "no_reader", Message: "There is no such device.", Hint: "Plug it in."}
	}
	return Learning{Running: true, Seq: 1, Seconds: 30, Notes: []string{"serial:/dev/ttyACM0"}}, nil
}

func (easySetup) Learned(context.Context, int) Learning {
	return Learning{Seq: 2, Notes: []string{}, Lesson: &Lesson{What: "Honeywell", Address: "serial:/dev/ttyACM0?frame=crlf", Terminator: "CR LF", Bytes: 43, Content: "text", Layouts: []string{}, Advice: []string{}, Complete: true}}
}

func (easySetup) LayoutCode() string { return "layout" }

func (easySetup) SetupOutputs(context.Context, string) SetupOutputs {
	return SetupOutputs{Lines: []SetupLine{{Address: "gpio:gpiochip0/17", Name: "GPIO17"}}, Talks: true}
}

func saved() (SetupSaved, error) {
	return SetupSaved{File: "/etc/gatescand/gatescand.toml", Written: true, Restart: []string{}}, nil
}

func (easySetup) SaveStation(_ context.Context, c StationChoice) (SetupSaved, error) {
	if c.Name == "" {
		return SetupSaved{}, &Error{Status: 422, Code: "bad_value", Message: "station.name is empty.", Hint: "Write a name."}
	}
	return saved()
}

func (easySetup) SaveLane(context.Context, LaneChoice) (SetupSaved, error) { return saved() }

func (easySetup) SaveSignals(context.Context, SignalChoice) (SetupSaved, error) { return saved() }

func (easySetup) SaveAccount(context.Context, AccountChoice) (SetupSaved, error) { return saved() }

func (easySetup) RemoveLane(_ context.Context, lane string) (SetupSaved, error) {
	if lane != "north" {
		return SetupSaved{}, ErrNotFound
	}
	return saved()
}
