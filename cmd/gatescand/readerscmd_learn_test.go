package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"gatescand/scanner/reader"
	"gatescand/scanner/reader/inventory"
)

// ticket is a code that must not be shown.
const ticket = "SECRET-TICKET-0815"

// voyager plugs a serial reader in.
func (c *counter) voyager() (scan func(string)) {
	c.t.Helper()
	master := c.serial("1-1", "0c2e:0b6a", "Honeywell", "Voyager 1450g", "ttyACM0", "usb-Honeywell_Voyager-if00")
	return func(code string) {
		c.t.Helper()
		_, err := master.WriteString(code)
		c.check(err)
	}
}

func TestASerialReaderIsLearnedFromOneScan(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, scan string
		want       []string
	}{
		{"CR", ticket + "\r", []string{"ends with   CR\n", "18 bytes, plain text"}},
		{"LF", ticket + "\n", []string{"ends with   LF\n"}},
		{"CR LF", ticket + "\r\n", []string{"ends with   CR LF\n"}},
		{"TAB", ticket + "\t", []string{"ends with   TAB\n"}},
		{"STX and ETX", "\x02" + ticket + "\x03", []string{"ends with   ETX\n"}},
		{"silence", ticket, []string{"ends with   nothing (silence)\n", "send CR behind each code"}},
		{"an AIM identifier", "]Q1" + ticket + "\r", []string{"AIM         ]Q1, QR code\n", "18 bytes"}},
		{"figures", "4006381333931\r", []string{"13 bytes, figures"}},
		{"another speed", "\x80\xf8\x00\x86\xfe\x1e\r", []string{"5 bytes, binary", "baud=115200"}},
		{"a reader that repeats itself", ticket + "\r\n" + ticket + "\r\n", []string{"18 bytes, plain text", "ends with   CR LF\n", "wait a second"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t)
			scan := c.voyager()
			done := c.learnt(time.Minute)
			c.says("listening to Honeywell Voyager 1450g at /dev/ttyACM0: scan a code")
			scan(row.scan)
			if err := done(); err != nil {
				t.Fatal(err)
			}
			always := []string{"reader      Honeywell Voyager 1450g, serial /dev/ttyACM0\n", "serial:/dev/serial/by-id/usb-Honeywell_Voyager-if00?profile=honeywell\n"}
			for _, want := range append(always, row.want...) {
				if !strings.Contains(c.out.String(), want) {
					t.Errorf("it does not say %q:\n%s", want, &c.out)
				}
			}
			if strings.Contains(c.out.String()+c.errs.String(), ticket[:6]) {
				t.Errorf("it shows the code:\n%s", &c.out)
			}
		})
	}
}

func TestAnAnswerOfTheReaderIsNoScan(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	scan := c.voyager()
	done := c.learnt(time.Minute)
	c.says("scan a code")
	scan("]Z6REVINF\r")
	c.says("no code: scan a ticket")
	scan(ticket + "\r")
	if err := done(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(c.out.String(), "18 bytes, plain text") {
		t.Errorf("it did not wait for the ticket:\n%s", &c.out)
	}
}

func TestAReaderPluggedInWhileLearningIsLearnedToo(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	done := c.learnt(time.Minute)
	c.says("plug the reader in now")
	scan := c.voyager()
	c.says("listening to Honeywell")
	scan(ticket + "\r")
	if err := done(); err != nil {
		t.Fatal(err)
	}
}

func TestAReaderUnpluggedWhileLearningMayComeBack(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	master := c.serial("1-1", "0c2e:0b6a", "Honeywell", "Voyager 1450g", "ttyACM0", "usb-Honeywell_Voyager-if00")
	done := c.learnt(time.Minute)
	c.says("scan a code")
	c.check(master.Close())
	c.says("Honeywell Voyager 1450g at /dev/ttyACM0 is not there: plug it in")
	back, slave, err := pty.Open()
	c.check(err)
	defer func() { c.check(back.Close()) }()
	c.check(os.Remove(c.root + "/dev/ttyACM0"))
	c.put("dev/ttyACM0", "->"+slave.Name())
	c.check(slave.Close())
	c.says("plug it in\nlistening to Honeywell")
	_, err = back.WriteString(ticket + "\r")
	c.check(err)
	if err := done(); err != nil {
		t.Fatal(err)
	}
}

func TestAReaderThatALaneHoldsIsLeftToIt(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	scan := c.voyager()
	source, err := newSource("serial:"+c.root+"/dev/ttyACM0", c.mono)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	up, ended, codes := make(chan struct{}), make(chan error, 1), make(chan string, 1)
	go func() {
		ended <- source.Run(ctx, func() { close(up) }, func(f reader.Frame) { codes <- string(f.Code) })
	}()
	<-up
	done := c.learnt(2 * time.Second)
	c.says("Honeywell Voyager 1450g at /dev/ttyACM0 is in use: stop the service first: sudo systemctl stop gatescand")
	scan(ticket + "\r")
	if err := done(); exitCode(err) != exitNo {
		t.Errorf("it ended with %v", err)
	}
	if got := <-codes; got != ticket {
		t.Errorf("the lane got %q", got)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the lane ended with %v", err)
	}
	if n := strings.Count(c.out.String(), "is in use"); n != 1 {
		t.Errorf("it said %d times that the reader is in use", n)
	}
}

func TestNothingScannedInTimeIsANo(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.voyager()
	if err := c.learnt(2*relook + relook/2)(); exitCode(err) != exitNo { // long enough to look again and find nothing new
		t.Errorf("it ended with %v", err)
	}
	if said := c.out.String(); said != "listening to Honeywell Voyager 1450g at /dev/ttyACM0: scan a code\nnothing was scanned\n" {
		t.Errorf("it says:\n%s", said)
	}
}

func TestLearningEndsAtOnceWhenInterrupted(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.voyager()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.learn(ctx, nil, time.Hour) }()
	c.says("scan a code")
	cancel()
	if err := <-ended; exitCode(err) != exitNo {
		t.Errorf("it ended with %v", err)
	}
}

// typing makes the readers that type typists, one per node.
func (c *counter) typing() map[string]typist {
	typists := map[string]typist{"/dev/input/event0": make(typist), "/dev/input/event1": make(typist)}
	c.open = func(address string, now reader.Monotonic) (reader.Source, error) {
		for node, y := range typists {
			if strings.HasPrefix(address, "hid:"+c.root+node) {
				return y, nil
			}
		}
		return newSource(address, now)
	}
	return typists
}

func TestTheLayoutOfAReaderThatTypesIsLearned(t *testing.T) {
	t.Parallel()
	const azerty = "Gqtescqnd:..." // what a reader set to FR seems to say by the US layout
	for _, row := range []struct {
		name  string
		frame reader.Frame
		want  []string
	}{
		{
			"as the lane has it",
			reader.Frame{Layout: "us", Code: []byte(layoutText)},
			[]string{"layout      us\n", "event-kbd?layout=us\n"},
		},
		{
			"another",
			reader.Frame{Layout: "us", Code: []byte(azerty), Readings: []reader.Reading{
				{Layout: "de", Code: []byte("x")}, {Layout: "fr", Code: []byte(layoutText)}, {Layout: "be", Code: []byte(layoutText)},
			}},
			[]string{"layout      fr, be\n", "event-kbd?layout=fr\n"},
		},
		{
			"with the caps lock",
			reader.Frame{Layout: "us", Code: []byte("x"), Readings: []reader.Reading{
				{Layout: "us", CapsLock: true, Code: []byte(layoutText)},
			}},
			[]string{"layout      us\n", "caps lock"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t)
			c.keyboard("1-2", "05e0:1200", "Symbol", "Bar Code Scanner", "event0", "usb-Symbol-event-kbd")
			typists := c.typing()
			done := c.learnt(time.Minute)
			c.says("▀") // the code to scan
			typists["/dev/input/event0"] <- reader.Frame{Layout: "us", Code: []byte(ticket), End: reader.EndCR}
			c.says("which layout it is set to cannot be told from this code")
			row.frame.End = reader.EndCR
			typists["/dev/input/event0"] <- row.frame
			if err := done(); err != nil {
				t.Fatal(err)
			}
			for _, want := range append(row.want, "ends with   Enter\n") {
				if !strings.Contains(c.out.String(), want) {
					t.Errorf("it does not say %q:\n%s", want, &c.out)
				}
			}
			if strings.Contains(c.out.String(), ticket[:6]) {
				t.Errorf("it shows the code:\n%s", &c.out)
			}
		})
	}
}

func TestACodeThatDoesNotTellTheLayoutIsAScanAllTheSame(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.keyboard("1-2", "05e0:1200", "Symbol", "Bar Code Scanner", "event0", "usb-Symbol-event-kbd")
	typists := c.typing()
	done := c.learnt(3 * time.Second)
	c.says("scan a code")
	typists["/dev/input/event0"] <- reader.Frame{Layout: "us", Code: []byte(ticket), End: reader.EndCR}
	if err := done(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestAKeyboardThatMayBeTheTechniciansIsTakenOnlyWhenNamed(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.keyboard("1-2", "0627:0001", "QEMU", "QEMU USB Keyboard", "event1", "usb-QEMU-event-kbd")
	typists := c.typing()
	done := c.learnt(500 * time.Millisecond)
	c.says("not listened to: QEMU USB Keyboard at /dev/input/event1: types like a keyboard, and its maker is not known; " +
		"if it is the reader: gatescand readers --learn 'hid:/dev/input/by-id/usb-QEMU-event-kbd'")
	if err := done(); exitCode(err) != exitNo {
		t.Errorf("it ended with %v", err)
	}
	if strings.Contains(c.out.String(), "listening to QEMU") {
		t.Errorf("it took the keyboard:\n%s", &c.out)
	}

	done = c.learnt(time.Minute, "hid:"+c.root+"/dev/input/event1")
	c.says("listening to QEMU USB Keyboard")
	typists["/dev/input/event1"] <- reader.Frame{Layout: "us", Code: []byte(layoutText)}
	if err := done(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestANamedSerialReaderKeepsItsLine(t *testing.T) {
	for _, row := range []struct{ name, address, want string }{
		{
			"the speed stays", "serial:/dev/ttyUSB0?baud=115200&parity=even&data=7&stop=2&profile=honeywell&frame=cr",
			"serial:/dev/ttyUSB0?baud=115200&data=7&parity=even&stop=2&frame=idle:300ms",
		},
		{"nothing is said of it", "serial:/dev/ttyUSB0", "serial:/dev/ttyUSB0?baud=9600&data=8&parity=none&stop=1&frame=idle:300ms"},
		{"other kinds stay as they are", "hid:/dev/input/event1?layout=fr", "hid:/dev/input/event1?layout=fr"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := learningAddress(row.address); got != row.want {
				t.Errorf("it opens %s, want %s", got, row.want)
			}
		})
	}
}

func TestTwoReadersAreToldApartByTheirCodes(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.voyager()
	south := c.serial("1-3", "0c2e:0b6a", "Honeywell", "Xenon 1900", "ttyACM1", "usb-Honeywell_Xenon-if00")
	done := c.learnt(time.Minute)
	c.says("listening to Honeywell Xenon 1900 at /dev/ttyACM1")
	c.says("listening to Honeywell Voyager 1450g at /dev/ttyACM0")
	_, err := south.WriteString(ticket + "\r")
	c.check(err)
	if err := done(); err != nil {
		t.Fatal(err)
	}
	if said := c.out.String(); !strings.Contains(said, "reader      Honeywell Xenon 1900") || strings.Contains(said, "reader      Honeywell Voyager") {
		t.Errorf("it says:\n%s", said)
	}
}

func TestALessonIsMachineReadable(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.json = true
	scan := c.voyager()
	done := c.learnt(time.Minute)
	c.says("scan a code")
	scan("]Q1" + ticket + "\r\n")
	if err := done(); err != nil {
		t.Fatal(err)
	}
	var got lesson
	if err := json.Unmarshal([]byte(c.out.String()), &got); err != nil {
		t.Fatalf("%v in %q", err, c.out.String())
	}
	if got.Terminator != "CR LF" || got.AIM != "]Q1" || got.Bytes != len(ticket) || got.Kind != inventory.KindSerial || got.Address == "" {
		t.Errorf("lesson %+v", got)
	}
}

func TestAReaderThatMayNotBeOpenedSaysWhatToDo(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.voyager()
	c.roots.MayOpen = func(string, bool) error { return errors.New("no") }
	if err := c.learnt(100 * time.Millisecond)(); exitCode(err) != exitNo {
		t.Errorf("it ended with %v", err)
	}
	if !strings.Contains(c.out.String(), "may not be opened: /dev/ttyACM0 is for") || strings.Contains(c.out.String(), "listening to") {
		t.Errorf("it says:\n%s", &c.out)
	}
}
