package configs

import (
	"bytes"
	"fmt"
	"time"
)

// Env is what the configuration needs to know of the program and the system.
type Env struct {
	// Platforms are the names of the platforms built in.
	Platforms []string
	// Languages are the tags of the languages people at the door can be
	// addressed in; empty allows every one.
	Languages []string
	// CheckReader and CheckSignal say whether an address is well formed. They
	// open nothing. What they return is shown to the operator; an error with a
	// method Remedy() string is shown with that remedy. nil allows everything.
	CheckReader func(addr string) error
	CheckSignal func(addr string) error
	// CheckPassage says the same of the address of a contact.
	CheckPassage func(addr string) error
	// CheckTalk says whether a signal that goes through a lane's reader can be
	// said by that reader. Both addresses are well formed.
	CheckTalk func(reader, signal string) error
	// CheckOutputs says what contradicts itself among the signals of a lane.
	CheckOutputs func(signals []string) []string
	// Repeats says how often the reader of an address shows a code that stays
	// before it, 0 for a reader that does so only when it is triggered. A
	// hold_off must be longer, or a ticket would be used by being held.
	Repeats func(reader string) time.Duration
	// Wire names the line that the address of a signal or contact means, "" for
	// what is no line, so that one line written in two ways is one. nil compares
	// the text.
	Wire func(addr string) string
	// CheckAccount says whether an account without other faults can be made use
	// of, its secrets included. It asks nobody. nil allows everything.
	CheckAccount func(Account) error
	// CredentialsDir is $CREDENTIALS_DIRECTORY: "credential:NAME" is looked up
	// there, and files in it need not be private. Empty when there is none.
	CredentialsDir string
}

// Load reads the configuration of a file. Faults come as *FaultsError.
func Load(path string, env Env) (*Config, error) {
	data, _, err := readBounded(path, maxConfigSize)
	if err != nil {
		c := readComplaint(path, maxConfigSize, err)
		return nil, &FaultsError{
			Faults: []Fault{{File: shownPath(path), Problem: c.problem, Remedy: c.remedy + ", or name another with --config"}},
			cause:  err,
		}
	}
	return Parse(path, data, env)
}

// Parse reads a configuration; name is what faults call the file. Files the
// configuration names are read, nothing else is touched. Faults come as
// *FaultsError, all of them at once.
func Parse(name string, data []byte, env Env) (*Config, error) {
	rep := &report{file: shownPath(name)}
	if len(data) > maxConfigSize {
		rep.add(position{}, "", fmt.Sprintf("is larger than %d KiB", maxConfigSize>>10), "name the right file")
		return nil, rep.err()
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		rep.add(position{}, "", "is written in UTF-16", "save it as UTF-8")
		return nil, rep.err()
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))

	d := newDecoder(&env, rep, parseDocument(data, rep, shapeOf), name)
	d.decode()
	d.validate()
	if err := rep.err(); err != nil {
		return nil, err
	}
	return d.cfg, nil
}
