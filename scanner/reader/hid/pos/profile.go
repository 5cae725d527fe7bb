package pos

import (
	"slices"
	"time"

	"gatescand/scanner/reader"
)

// Names of profiles that are no make of reader.
const (
	// profileAuto believes the descriptor and falls back on the make that the vendor id tells.
	profileAuto = "auto"
	// profileStandard believes the descriptor and nothing else.
	profileStandard = "standard"
)

// profile is what is known of one make beside what its descriptor says. Everything in it is volatile: nothing of it survives a power cut of the
// reader.
type profile struct {
	name    string
	vendors []uint16 // USB vendor ids
	// form is where the make has its data when the descriptor does not say it.
	form form
	// slips says that also readers with a proper descriptor put the AIM identifier one byte late at times.
	slips bool
	// replies are the beginnings of what the reader answers to commands, in the place of a code.
	replies [][]byte
	// words are the output reports of a phrase, to be sent one after the other.
	words map[reader.Phrase][][]byte
}

// beepPause is what lies between two beeps of one phrase. How long the readers' own beep lasts is not documented; beepers of handheld readers
// are usually set to 100 ms, and two that run together would be heard as one.
const beepPause = 250 * time.Millisecond

// longForm is the report of 64 bytes that most makes send: id 2, length, three characters of AIM identifier, 56 bytes of data, the maker's own
// symbology letter, a byte without meaning, and in the last byte bit 0 while the code goes on.
//
// Source: Access-IS LSR118 product manual, appendix B.1, which also shows a code of 60 bytes as 56 and 4; the same form in replies of a
// Honeywell Voyager 1602g recorded in the README of github.com/HenkVanAsselt/python_hon_usbhid.
func longForm() form {
	return form{
		numbered: true, id: 0x02,
		count:  byteAt(1),
		aim:    [3]span{byteAt(2), byteAt(3), byteAt(4)},
		marked: true,
		data:   span{5 * byteBits, 56 * byteBits},
		more:   span{63 * byteBits, 1},
	}
}

// slippingForm is the long form where the identifier, and the data behind it, may stand one byte later
// (github.com/NielsLeenheer/WebHidBarcodeScanner, src/main.js of April 2025, which tells the two apart by where the "]" is).
func slippingForm() form {
	f := longForm()
	f.slips = true
	return f
}

// profiles are the makes, in the order in which the manual lists them.
func profiles() []profile {
	honeywell := longForm()
	honeywell.symbology = byteAt(61)

	// Newland NLS-FM420 integration guide, "HID-POS", and Unitech MS842N user manual, page 15: no identifier, data from byte 2 on, the maker's
	// own symbology in byte 62, bit 0 of byte 63 while the code goes on.
	newland := form{
		numbered: true, id: 0x02,
		count:     byteAt(1),
		data:      span{2 * byteBits, 56 * byteBits},
		symbology: byteAt(62),
		more:      span{63 * byteBits, 1},
	}

	// Output report 0xFD takes the commands of the serial manual behind a byte of length: SYN BEL CR beeps, and is not answered
	// (github.com/HenkVanAsselt/python_hon_usbhid). There is one beep only, so bad news is three of them.
	beep := []byte{0xfd, 0x03, 0x16, 0x07, '\r'}

	return []profile{
		{
			name:    "honeywell",
			vendors: []uint16{0x0c2e, 0x0536, 0x23d0, 0x0db5}, // Metrologic, Hand Held Products, Youjie, Access-IS
			form:    honeywell,
			words:   map[reader.Phrase][][]byte{reader.PhraseOK: {beep}, reader.PhraseBad: {beep, beep, beep}},
		},
		{
			name:    "newland",
			vendors: []uint16{0x1eab},
			form:    newland,
			// Replies of the FM30 to 7E 00 commands (Newland knowledge base 435) and to ~ SOH 0000 commands (NLS-HR20-BT user manual).
			replies: [][]byte{{0x02, 0x00, 0x00}, {0x03, 0x00, 0x00}, []byte("\x02\x010000")},
		},
		{name: "zebra", vendors: []uint16{0x05e0}, form: slippingForm(), slips: true},
		{name: "datalogic", vendors: []uint16{0x05f9, 0x080c}, form: slippingForm(), slips: true},
	}
}

// Profiles lists what the option profile of an address may be.
func Profiles() []string {
	names := []string{profileAuto, profileStandard}
	for _, p := range profiles() {
		names = append(names, p.name)
	}
	return names
}

// modeSwitch is what the readers of a maker must be told before they send codes as HID point of sale.
type modeSwitch struct {
	vendor  uint16
	feature []byte // the feature report, id first
}

// modeSwitches lists them. Feature report 0xFE with 1 redirects the data to this interface, at Honeywell's and Youjie's
// (github.com/NielsLeenheer/WebHidBarcodeScanner, which sends it to every reader of the two). Only a reader that declares this report is told.
func modeSwitches() []modeSwitch {
	return []modeSwitch{{vendor: 0x0c2e, feature: []byte{0xfe, 0x01}}, {vendor: 0x23d0, feature: []byte{0xfe, 0x01}}}
}

// profileOf gives the make of a name, or, for auto, of a vendor id. It is false where none fits.
func profileOf(name string, vendor uint16) (profile, bool) {
	all := profiles()
	i := slices.IndexFunc(all, func(p profile) bool {
		return p.name == name || name == profileAuto && slices.Contains(p.vendors, vendor)
	})
	if i < 0 {
		return profile{}, false
	}
	return all[i], true
}

// recognised is a reader whose descriptor has been understood.
type recognised struct {
	form    form
	replies [][]byte
	words   map[reader.Phrase][][]byte
}

// recognise finds out how a reader talks. It is false when its reports are none that the named profile could read.
func recognise(name string, vendor uint16, d descriptor) (recognised, bool) {
	p, known := profileOf(name, vendor)
	f, told := formOf(d)
	switch {
	case name == profileStandard || name == profileAuto && told:
		f.slips = f.slips || p.slips
	case name == profileAuto && d.barCodeApp():
		f, told = p.form, true
		if !known {
			f = slippingForm() // the commonest form, with the identifier at either place
		}
	case name == profileAuto:
		return recognised{}, false
	default:
		f, told = p.form, !typesOnly(d)
	}
	if !told {
		return recognised{}, false
	}
	return recognised{form: f, replies: p.replies, words: wordsOf(p, d)}, true
}

// typesOnly tells whether a device has no collection that could be a bar code reader's: neither of the bar code page nor its maker's own.
func typesOnly(d descriptor) bool {
	return !slices.ContainsFunc(d.apps, func(u usage) bool { return u.barCode() || u.vendor() })
}
