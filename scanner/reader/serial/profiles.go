package serial

import (
	"fmt"
	"slices"
	"strings"

	"gatescand/scanner/reader"
)

// Profile is what is known of one make of reader: what to say to it, and how it answers. All words change nothing in the reader's memory: what
// they set is gone when its plug is pulled. A word that is empty is not known, or the make has none.
type Profile struct {
	// Name stands in the address: profile=NAME.
	Name string
	// Reader names the hardware and how it must be set up.
	Reader string
	// OK and Bad sound the beeper, and light the lamp where it goes out by itself, so that one can be told from the other with closed eyes.
	OK, Bad []byte
	// TriggerOn and TriggerOff begin and end reading in the reader's mode for that; Enable and Disable let it read at all.
	TriggerOn, TriggerOff, Enable, Disable []byte
	// LampOn and LampOff switch a lamp of the reader.
	LampOn, LampOff []byte
	// Hello is said once to a reader that has just been opened.
	Hello []byte
	// Replies says how the reader answers, and so what is kept out of the stream of codes.
	Replies string
	// Source is where this is from.
	Source string
}

// The names of the profiles.
const (
	profileHoneywell     = "honeywell"
	profileHoneywellACK  = "honeywell-ack"
	profileZebraSSI      = "zebra-ssi"
	profileDatalogic     = "datalogic"
	profileDatalogicHost = "datalogic-host"
	profileNewland       = "newland"
	profileGM65          = "gm65"
	profileCipherLab     = "cipherlab"
)

// Profiles is the table of the makes, in the order in which they are shown to people.
func Profiles() []Profile {
	return []Profile{
		{
			Name:      profileHoneywell,
			Reader:    "Honeywell, Metrologic and Hand Held Products with serial commands, on RS-232 or USB serial",
			OK:        []byte("\x16\x07\r"),
			Bad:       []byte("\x16\x07\r\x16\x07\r\x16\x07\r"),
			TriggerOn: []byte("\x16T\r"), TriggerOff: []byte("\x16U\r"),
			Replies: "to menu commands only: the command again with ACK, ENQ or NAK before each of its punctuation marks",
			Source:  "N86XX and N431X user's guides, chapter Serial Programming Commands; beep: SYN BEL CR, three of them for bad",
		},
		{
			Name:      profileHoneywellACK,
			Reader:    "Honeywell Xenon and Granit set to Host ACK: silent until told, and for 10 s blind if told nothing",
			OK:        []byte("\x1b7,"),
			Bad:       []byte("\x1b8,\x1b8,"),
			LampOn:    []byte("\x1b2,"),
			TriggerOn: []byte("\x16T\r"), TriggerOff: []byte("\x16U\r"),
			Replies: "as honeywell",
			Source:  "Xenon/Granit user guide, Host ACK responses: ESC 7 good, ESC 8 razz, each ended by a comma; ESC 2 green lamp for 2 s",
		},
		{
			Name:      profileZebraSSI,
			Reader:    "Zebra, Symbol and Motorola set to SSI host; modules with the same packets, such as Grow GM67",
			OK:        ssiCommand(ssiBeep, beepShortHigh),
			Bad:       ssiCommand(ssiBeep, beepTwoShortLow),
			TriggerOn: ssiCommand(ssiStartDecode), TriggerOff: ssiCommand(ssiStopDecode),
			Enable: ssiCommand(ssiScanEnable), Disable: ssiCommand(ssiScanDisable),
			LampOn: ssiCommand(ssiLEDOn, 1), LampOff: ssiCommand(ssiLEDOff, 1),
			Hello:   ssiCommand(ssiParamSend, noBeep, paramPacketed, 1),
			Replies: "packets with a checksum, as codes are; every code and event is acknowledged",
			Source: "Simple Serial Interface Programmer's Guide 72E-40451 and the SSI chapters of the SE-923, DS2208 and DS9908 guides; " +
				"beep codes as in the MK1000 guide, table 5-8",
		},
		{
			Name:    profileDatalogic,
			Reader:  "Datalogic Gryphon, QuickScan and PowerScan that understand LED and beeper control",
			OK:      []byte("\x12\x1b[6q\x1b[3q\x1b[5q\x1b[7q\r"),
			Bad:     []byte("\x12\x1b[4q\x1b[5q\x1b[4q\r"),
			Replies: "none",
			Source: "QuickScan I QD2400 page 238 and PowerScan PD96 page 304, LED and Beeper Control: ESC [ 3 q good tone, 4 bad tone, 5 pause of " +
				"100 ms, 6 and 7 green lamp on and off; DC2 before and CR after what the host says unasked",
		},
		{
			Name:   profileDatalogicHost,
			Reader: "Datalogic and PSC that understand RS-232 host commands, such as Magellan",
			OK:     []byte("\x01"),
			Bad:    []byte("F"),
			Enable: []byte("E"), Disable: []byte("D"),
			Replies: "none",
			Source:  "Magellan 9300i and 9800i reference guides, appendix E: 01 forces the good read tone, F is the long series for not on file",
		},
		{
			Name:      profileNewland,
			Reader:    "Newland HR, FM and FR with serial commands (engines of the EM series: gm65)",
			OK:        newlandCommand("BEEPON2700F100T20V"),
			Bad:       newlandCommand("BEEPON400F700T20V"),
			TriggerOn: newlandCommand("SCNTRG1"), TriggerOff: newlandCommand("SCNTRG0"),
			Replies: "STX SOH 0000, the command again with ACK, NAK or ENQ before its punctuation marks, ; ETX",
			Source: "NLS-HR42 user guide pages 15 and 16; BEEPON (hertz F milliseconds T volume V) and SCNTRG as public programs for Newland " +
				"readers send them",
		},
		{
			Name:      profileGM65,
			Reader:    "Grow and Waveshare GM60, GM65, GM812 and Newland engines EM3095 in serial mode; they have no command that beeps",
			TriggerOn: gm65Write(0x0002, 1), TriggerOff: gm65Write(0x0002, 0),
			Replies: "02 00 or 03 00, type, length, data, CRC-16, in between codes",
			Source:  "GM65, GM812 and NLS-EM3095 manuals, reply format; what is written to 0002 is volatile until saved, and nothing here saves",
		},
		{
			Name:   profileCipherLab,
			Reader: "CipherLab 1660 series on a serial line",
			OK:     []byte("#@////\r"),
			Bad:    []byte("#@////\r#@////\r#@////\r"),
			Enable: []byte("E"), Disable: []byte("D"),
			Replies: "none to these",
			Source:  "CipherLab 1664 manual, appendix II, Host Serial Commands; three beeps for bad",
		},
	}
}

// Words gives the bytes of a phrase, nil when the make has none for it.
func (p Profile) Words(phrase reader.Phrase) []byte {
	switch phrase {
	case reader.PhraseOK:
		return p.OK
	case reader.PhraseBad:
		return p.Bad
	default:
		return nil
	}
}

// Speaks tells whether readers of a profile have words for a phrase. The profile is that of an address; one that is unknown has none.
func Speaks(profile string, phrase reader.Phrase) bool {
	p, known := findProfile(profile)
	return known && len(p.Words(phrase)) > 0
}

// findProfile gives the profile of a name. The empty name is the profile of a reader about which nothing is known.
func findProfile(name string) (Profile, bool) {
	if name == "" {
		return Profile{}, true
	}
	all := Profiles()
	i := slices.IndexFunc(all, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return all[i], true
}

// checkProfile gives the profile that an address asks for, or says what is wrong with it.
func checkProfile(a reader.Address) (Profile, error) {
	p, known := findProfile(a.Profile)
	if !known {
		return p, fmt.Errorf("%w %q: profile=%s is not known: write %s, or leave it out", reader.ErrAddress, a, a.Profile, profileNames())
	}
	if p.Name != profileZebraSSI {
		return p, nil
	}
	if a.Framing.Mode != reader.ModeAuto && a.Framing.Mode != "" {
		return p, fmt.Errorf("%w %q: the packets of profile=%s say themselves where a code ends: leave out frame", reader.ErrAddress, a, p.Name)
	}
	if a.Line.DataBits != 8 {
		return p, fmt.Errorf("%w %q: the packets of profile=%s are binary: write data=8 and set the reader to 8 data bits", reader.ErrAddress, a, p.Name)
	}
	return p, nil
}

// profileNames lists the names for a message.
func profileNames() string {
	var names []string
	for _, p := range Profiles() {
		names = append(names, p.Name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// newlandCommand frames a command of Newland readers; # says that it is for the moment and not to be kept.
func newlandCommand(command string) []byte { return []byte("~\x010000#" + command + ";\x03") }

// gm65Write frames the writing of one byte to a volatile register of the GM65 family. The last two bytes stand for a checksum that is not to be
// looked at.
func gm65Write(register uint16, value byte) []byte {
	return []byte{0x7e, 0x00, 0x08, 0x01, byte(register >> 8), byte(register), value, gm65AnyCRC >> 8, gm65AnyCRC & 0xff}
}
