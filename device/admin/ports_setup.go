package admin

import (
	"context"
	"time"
)

// Setup leads a fresh station to its first admitted ticket. Its answers carry
// no key and no code.
type Setup interface {
	// SetupState tells what is there already.
	SetupState(ctx context.Context) SetupState
	// SetupReaders lists what is plugged in and could be a reader.
	SetupReaders(ctx context.Context) (SetupReaders, error)
	// Learn begins to listen to what is plugged in and no lane holds, or to the
	// one address given, for half a minute. What was being learned before ends.
	Learn(ctx context.Context, address string) (Learning, error)
	// Learned waits until more than the given number of things have happened in
	// what is being learned, or ctx ends, and gives it all.
	Learned(ctx context.Context, after int) Learning
	// LayoutCode is the text from whose code the layout of a reader that types is
	// learned.
	LayoutCode() string
	// SetupOutputs lists what a lane's signals could be connected to.
	SetupOutputs(ctx context.Context, lane string) SetupOutputs

	// The following change the configuration. A value that it cannot take is an
	// *[Error] with status 422 that names the key and what to write instead, a
	// file on disk that has faults one with 409.
	SaveStation(ctx context.Context, s StationChoice) (SetupSaved, error)
	SaveLane(ctx context.Context, l LaneChoice) (SetupSaved, error)
	SaveSignals(ctx context.Context, s SignalChoice) (SetupSaved, error)
	// RemoveLane takes a lane out of the configuration. An unknown one is
	// [ErrNotFound].
	RemoveLane(ctx context.Context, lane string) (SetupSaved, error)
	SaveAccount(ctx context.Context, a AccountChoice) (SetupSaved, error)
}

// SetupState is how far the set-up is.
type SetupState struct {
	Needed bool `json:"needed"` // no lane or no account is configured
	// File is the configuration, Kept whether the page may write it anew.
	File string `json:"file"`
	Kept bool   `json:"kept"`
	// Faults are what is wrong with the file as it stands on disk now.
	Faults []SettingFault `json:"faults"`
	// Restart are the keys whose new values wait for a restart.
	Restart []string `json:"restart"`

	// Named says that somebody has given the place its name.
	Named    bool           `json:"named"`
	Station  string         `json:"station"`
	Language string         `json:"language"`
	Reach    string         `json:"reach"` // box or network
	Lanes    []SetupLane    `json:"lanes"`
	Accounts []SetupAccount `json:"accounts"`
	// Languages are those in which people at the door can be addressed.
	Languages []string `json:"languages"`
	// Platforms are the ticketing systems there are.
	Platforms []SetupPlatform `json:"platforms"`
	// Scanned says that the journal has an admission.
	Scanned bool `json:"scanned"`
	// Addresses are those under which the page can be opened from elsewhere.
	Addresses []string `json:"addresses"`
}

// Where the page can be opened from.
const (
	ReachBox     = "box"
	ReachNetwork = "network"
)

// SetupLane is a lane as the configuration on disk has it.
type SetupLane struct {
	Name      string   `json:"name"`
	Direction string   `json:"direction"`
	Reader    string   `json:"reader"`
	Admit     []string `json:"admit"`
	Refuse    []string `json:"refuse"`
	Hold      []string `json:"hold"`
}

// SetupAccount is an account as the configuration on disk has it.
type SetupAccount struct {
	Name     string `json:"name"`
	Platform string `json:"platform"`
	URL      string `json:"url"`
	// Ready says that it has the key it needs.
	Ready bool `json:"ready"`
}

// SetupPlatform is a ticketing system and what an account of it needs.
type SetupPlatform struct {
	Name string `json:"name"`
	// Pairs says that its key comes by a pairing code; the others need Key, which
	// is api_key or password.
	Pairs bool   `json:"pairs"`
	Key   string `json:"key"`
	// UserID and EventTitle say which further texts it has.
	UserID     bool `json:"user_id"`
	EventTitle bool `json:"event_title"`
}

// SetupReaders is what is plugged in.
type SetupReaders struct {
	Readers []SetupReader `json:"readers"`
	// Missing are lanes whose reader is not there.
	Missing []string `json:"missing"`
}

// SetupReader is one device codes could come from.
type SetupReader struct {
	Kind    string   `json:"kind"`  // serial, keyboard, pos or camera
	Looks   string   `json:"looks"` // reader, maybe or other
	What    string   `json:"what"`
	Address string   `json:"address"`
	Node    string   `json:"node"`
	Lanes   []string `json:"lanes"` // which use it already
	// Denied is what to do about a device that may not be opened, "" for one that
	// may.
	Denied string `json:"denied"`
}

// Learning is what has been learned so far.
type Learning struct {
	Running bool `json:"running"`
	// Seq counts what has happened.
	Seq int `json:"seq"`
	// Seconds is how long it still listens.
	Seconds int `json:"seconds"`
	// Notes say what is listened to and what cannot be.
	Notes []string `json:"notes"`
	// Typing says that a reader that types is listened to, whose layout shows only
	// in the layout code.
	Typing bool `json:"typing"`
	// Lesson is what the last code has told, nil before there was one.
	Lesson *Lesson `json:"lesson"`
}

// Lesson is what one code has told about its reader, and nothing of the code.
type Lesson struct {
	What       string   `json:"what"`
	Address    string   `json:"address"` // for the configuration
	Terminator string   `json:"terminator"`
	Symbology  string   `json:"symbology"` // kind of code, "" where the reader does not tell
	Bytes      int      `json:"bytes"`
	Content    string   `json:"content"`
	Layouts    []string `json:"layouts"`
	Advice     []string `json:"advice"`
	Complete   bool     `json:"complete"` // there is no more to learn about it
}

// SetupOutputs is what signals could be connected to.
type SetupOutputs struct {
	// Lines are the GPIO lines of this box.
	Lines []SetupLine `json:"lines"`
	// Talks says that the lane's reader can be made to beep.
	Talks bool `json:"talks"`
	// Sounds says that this box has a sound card.
	Sounds bool `json:"sounds"`
}

// SetupLine is one GPIO line.
type SetupLine struct {
	Address string `json:"address"` // such as gpio:gpiochip0/17
	Name    string `json:"name"`    // of the line, such as GPIO17; "" for none
	// Used is who has it: a lane, or another program; "" for free.
	Used string `json:"used"`
}

// StationChoice is the name of the place, its language, and from where the page
// can be opened: box, network, or "" to leave that as it is.
type StationChoice struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Reach    string `json:"reach"`
}

// LaneChoice is a new lane, or new values for the lane of that name.
type LaneChoice struct {
	Name      string `json:"name"`
	Direction string `json:"direction"`
	Reader    string `json:"reader"`
}

// SignalChoice is the outputs of a lane, as the configuration writes them.
type SignalChoice struct {
	Lane   string   `json:"lane"`
	Admit  []string `json:"admit"`
	Refuse []string `json:"refuse"`
	Hold   []string `json:"hold"`
}

// AccountChoice is a new account, or new values for the account of that name.
// Key is kept in a file of its own that only the daemon can read; empty leaves
// the one that is there.
type AccountChoice struct {
	Name       string `json:"name"`
	Platform   string `json:"platform"`
	URL        string `json:"url"`
	UserID     string `json:"user_id"`
	EventTitle string `json:"event_title"`
	Key        string `json:"key"`
}

// SetupSaved is what became of a change of the configuration.
type SetupSaved struct {
	File string `json:"file"`
	// Written says that the file has it now. Where it has not, Lines is what to
	// write into it by hand, and Why says why the page may not.
	Written bool   `json:"written"`
	Lines   string `json:"lines"`
	Why     string `json:"why"` // foreign (kept by hand) or readonly
	// Restart are keys whose new values wait for a restart.
	Restart []string `json:"restart"`
}

// SettingFault is one fault of the configuration on disk.
type SettingFault struct {
	Line    int    `json:"line"` // 0 for the whole file
	Key     string `json:"key"`
	Problem string `json:"problem"`
	Remedy  string `json:"remedy"`
}

// Settings tells the configuration in force.
type Settings interface {
	// Settings lists every key with what else there is to know. Secrets are
	// redacted.
	Settings(ctx context.Context) SettingsReport
	// SettingsFile is the configuration in force as a file, without secrets.
	SettingsFile() []byte
}

// SettingsReport is the configuration in force.
type SettingsReport struct {
	File string `json:"file"`
	// Kept says that the set-up page may write the file anew.
	Kept     bool      `json:"kept"`
	Settings []Setting `json:"settings"`
	// Faults are what is wrong with the file as it stands on disk now; while there
	// are any, what was in force before stays so.
	Faults []SettingFault `json:"faults"`
	// Restart are the keys whose new values wait for a restart.
	Restart []string `json:"restart"`
}

// Setting is one key of the configuration.
type Setting struct {
	Section string `json:"section"` // such as account lespass
	Key     string `json:"key"`
	Value   string `json:"value"`
	From    string `json:"from"` // default, or file:line
	// Secret says that the key names a file whose content is not shown.
	Secret bool `json:"secret"`
}

// Health reports how the box is.
type Health interface {
	Health(ctx context.Context) []HealthReading
}

// HealthReading is one thing that was looked at, as figures. The page finds the
// words by Code, State and Cause: health_CODE, health_CODE_STATE, and where a
// state has several causes health_CODE_CAUSE, each with _remedy.
type HealthReading struct {
	// Code names it: clock, disk, power and so on; Group is station, box or program.
	Code  string
	Group string
	// State is ok, warning, critical or unknown (this box cannot tell).
	State string
	// Cause tells apart what leads to one state, "" where nothing needs to be.
	Cause string
	// Value is text that is the same in all languages, such as a version.
	Value string
	// Figures fill the places of the sentences.
	Figures []HealthFigure
}

// The states of a reading.
const (
	HealthOK       = "ok"
	HealthWarning  = "warning"
	HealthCritical = "critical"
	HealthUnknown  = "unknown"
)

// HealthFigure is one number with its unit, or a word.
type HealthFigure struct {
	Name   string // of its place, such as Free
	Unit   HealthUnit
	Number float64
	Word   string        // for UnitWord
	Span   time.Duration // for UnitSpan
	At     time.Time     // for UnitTime
}

// HealthUnit is what a figure counts.
type HealthUnit int

// The units.
const (
	UnitWord    HealthUnit = iota
	UnitCount              // of things
	UnitBytes              // with kB, MB or GB
	UnitCelsius            // degrees
	UnitPercent
	UnitSpan // a length of time
	UnitTime // a moment
)

// HealthReport is how the box is, in somebody's language. Figures that this box
// cannot tell are absent.
type HealthReport struct {
	Items []HealthItem `json:"items"`
}

// HealthItem is one thing that was looked at.
type HealthItem struct {
	Code  string `json:"code"`
	Group string `json:"group"` // station, box or program
	State string `json:"state"` // ok, warning, critical or unknown
	Name  string `json:"name"`  // what it is called
	// Value is the figure in words, Text what it means, Remedy what to do.
	Value  string `json:"value"`
	Text   string `json:"text"`
	Remedy string `json:"remedy"`
}
