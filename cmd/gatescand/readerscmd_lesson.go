package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gatescand/scanner/reader"
	"gatescand/scanner/reader/inventory"
)

// layoutText is the code that tells keyboard layouts apart: the letters, figures and signs that stand on different
// keys from country to country, and none that is a dead key somewhere.
const layoutText = `Gatescand:QWERTZ-azmw_0123456789/"@#+=\(;?`

// lesson is what one code has told about its reader.
type lesson struct {
	Kind    inventory.Kind `json:"kind"`
	What    string         `json:"what"`
	Node    string         `json:"node,omitempty"`
	Address string         `json:"address"` // what to write into the configuration
	// Terminator is what ends the reader's codes.
	Terminator string `json:"terminator"`
	AIM        string `json:"aim,omitempty"`
	// Bytes and Content say what the code was like, and not what it was.
	Bytes   int    `json:"bytes"`
	Content string `json:"content"`
	// Layouts are the keyboard layouts that fit, for a reader that types; none when the code could not tell.
	Layouts []string `json:"layouts,omitempty"`
	// Advice says what to do about what was learned.
	Advice []string `json:"advice,omitempty"`
}

// learnFrom makes a lesson of a frame that came from a device.
func learnFrom(d inventory.Device, f reader.Frame) lesson {
	many := false
	if d.Kind == inventory.KindSerial {
		f, many = first(f)
	}
	l := lesson{
		Kind: d.Kind, What: d.What(), Node: d.Node, Address: d.Address,
		Terminator: terminatorOf(d.Kind, f.End), AIM: f.AIM, Bytes: len(f.Code), Content: likeness(f),
	}
	switch {
	case many:
		l.advise("codes came one upon another: have the reader wait a second before it reads the same code again")
	case f.Overlong:
		l.advise("more than %d bytes came without an end: have the reader send CR behind each code", reader.MaxCode)
	case d.Kind == inventory.KindSerial && l.Content == contentBinary:
		l.advise("this is no text: if the code was one, the speed of the line is another; try it with the speed the reader is set to: "+
			"gatescand readers --learn 'serial:%s?baud=115200'", d.Node)
	case d.Kind == inventory.KindSerial && f.End == reader.EndSilence:
		l.advise("nothing ends its codes but silence, which costs %s with every code: have the reader send CR behind each code", reader.DefaultGap)
	}
	if answers(f.AIM) {
		l.advise("this was an answer of the reader itself and no code: scan a ticket")
	}
	if d.Kind == inventory.KindKeyboard {
		l.learnLayout(f)
	}
	return l
}

// first gives the first code of several that came without a pause between them, and tells whether there were several.
func first(f reader.Frame) (reader.Frame, bool) {
	i := bytes.IndexAny(f.Code, "\r\n\t\x03")
	if i < 0 {
		return f, false
	}
	rest := f.Code[i:]
	f.Code = f.Code[:i]
	switch {
	case bytes.HasPrefix(rest, []byte("\r\n")):
		f.End = reader.EndCRLF
	case rest[0] == '\r':
		f.End = reader.EndCR
	case rest[0] == '\n':
		f.End = reader.EndLF
	case rest[0] == '\t':
		f.End = reader.EndTab
	default:
		f.End = reader.EndETX
	}
	return f, true
}

func (l *lesson) advise(format string, args ...any) {
	l.Advice = append(l.Advice, fmt.Sprintf(format, args...))
}

// learnLayout finds the layouts by which the keys mean [layoutText].
func (l *lesson) learnLayout(f reader.Frame) {
	readings := append([]reader.Reading{{Layout: f.Layout, Code: f.Code}}, f.Readings...)
	inverted := false
	for _, r := range readings {
		if strings.TrimSpace(string(r.Code)) == layoutText && !slices.Contains(l.Layouts, r.Layout) {
			l.Layouts = append(l.Layouts, r.Layout)
			inverted = inverted || r.CapsLock
		}
	}
	if len(l.Layouts) == 0 {
		l.advise("which layout it is set to cannot be told from this code: scan the code made by: gatescand qr '%s'", layoutText)
		return
	}
	if inverted {
		l.advise("it exchanges capitals and small letters: switch off its caps lock setting")
	}
	path, _, _ := strings.Cut(l.Address, "?")
	l.Address = path + "?layout=" + l.Layouts[0]
}

// done tells whether there is nothing more to learn about this reader.
func (l lesson) done() bool {
	return !answers(l.AIM) && (l.Kind != inventory.KindKeyboard || len(l.Layouts) > 0)
}

// answers tells whether an AIM identifier marks an answer of the reader itself.
func answers(aim string) bool { return strings.HasPrefix(aim, "]X") || strings.HasPrefix(aim, "]Z") }

// text is the lesson for people.
func (l lesson) text() string {
	var b lines
	b.add("reader      %s, %s %s", clean(l.What), l.Kind, l.Node)
	b.add("address     %s", clean(l.Address))
	b.add("ends with   %s", l.Terminator)
	if l.AIM != "" {
		b.add("AIM         %s, %s", clean(l.AIM), symbologyOf(l.AIM))
	}
	b.add("code        %d bytes, %s", l.Bytes, l.Content)
	if len(l.Layouts) > 0 {
		b.add("layout      %s", strings.Join(l.Layouts, ", "))
	}
	for _, advice := range l.Advice {
		b.add("            %s", clean(advice))
	}
	return b.String()
}

// terminatorOf names what ended a code as the reader's manual does.
func terminatorOf(kind inventory.Kind, end reader.Ending) string {
	switch end {
	case reader.EndCR, reader.EndLF:
		if kind == inventory.KindKeyboard {
			return "Enter"
		}
		return strings.ToUpper(string(end))
	case reader.EndCRLF:
		return "CR LF"
	case reader.EndTab, reader.EndETX:
		return strings.ToUpper(string(end))
	case reader.EndSilence:
		return "nothing (silence)"
	case reader.EndReport:
		return "its report"
	}
	if kind == inventory.KindPOS {
		return "its report"
	}
	return "not known"
}

const contentBinary = "binary"

// likeness says what kind of text a code is.
func likeness(f reader.Frame) string {
	digits, ascii := true, true
	for _, c := range f.Code {
		digits = digits && '0' <= c && c <= '9'
		ascii = ascii && ' ' <= c && c <= '~'
	}
	switch {
	case len(f.Code) == 0:
		return "empty"
	case digits:
		return "figures"
	case ascii:
		return "plain text"
	case utf8.Valid(f.Code) && !strings.ContainsFunc(string(f.Code), func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "text with letters beyond ASCII"
	}
	return contentBinary
}

// symbologyOf names the kind of code that an AIM identifier means (ISO/IEC 15424).
func symbologyOf(aim string) string {
	if len(aim) < 2 {
		return "not known"
	}
	switch aim[1] {
	case 'Q':
		return "QR code"
	case 'd':
		return "Data Matrix"
	case 'z':
		return "Aztec"
	case 'L':
		return "PDF417"
	case 'C':
		return "Code 128"
	case 'E':
		return "EAN or UPC"
	case 'A':
		return "Code 39"
	case 'X', 'Z':
		return "the reader's own"
	}
	return "another kind of code"
}
