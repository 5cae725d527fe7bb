package pos

import (
	"slices"
	"strings"
	"testing"

	"gatescand/scanner/reader"
)

// recognisedAs is how a reader must be understood.
func recognisedAs(t *testing.T, profile string, vendor uint16, raw []byte) recognised {
	t.Helper()
	r, ok := recognise(profile, vendor, parsed(t, raw))
	if !ok {
		t.Fatalf("profile %s does not recognise it", profile)
	}
	return r
}

func vendorOf(t *testing.T, name string) uint16 {
	t.Helper()
	p, ok := profileOf(name, 0)
	if !ok {
		t.Fatalf("no profile %s", name)
	}
	return p.vendors[0]
}

func TestTheFormIsChosenByProfileAndDescriptor(t *testing.T) {
	const honeywell, newland, zebra, stranger = 0x0c2e, 0x1eab, 0x05e0, 0x1234
	slips := formIn(t, long())
	slips.slips = true
	for _, row := range []struct {
		name, profile string
		vendor        uint16
		raw           []byte
		want          form
	}{
		{"the descriptor is believed before the maker's form", profileAuto, newland, conforming(), formIn(t, conforming())},
		{"a stranger's descriptor is believed", profileAuto, stranger, long(), formIn(t, long())},
		{"a Zebra's descriptor is believed but for the one byte", profileAuto, zebra, long(), slips},
		{"an opaque Honeywell has the long form", profileAuto, honeywell, opaque(), mustProfile(t, "honeywell").form},
		{"an opaque Newland has its own form", profileAuto, newland, opaque(), mustProfile(t, "newland").form},
		{"an opaque stranger has the commonest form", profileAuto, stranger, opaque(), slippingForm()},
		{"the standard is the descriptor", profileStandard, zebra, long(), formIn(t, long())},
		{"a make told by name goes before the descriptor", "newland", stranger, long(), mustProfile(t, "newland").form},
		{"a make told by name may be on its maker's page", "honeywell", stranger, own(), mustProfile(t, "honeywell").form},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := recognisedAs(t, row.profile, row.vendor, row.raw).form; got != row.want {
				t.Errorf("form\n%+v, want\n%+v", got, row.want)
			}
		})
	}
}

func mustProfile(t *testing.T, name string) profile {
	t.Helper()
	p, ok := profileOf(name, 0)
	if !ok {
		t.Fatalf("no profile %s", name)
	}
	return p
}

func TestPhrasesAreSaidInTheWordsOfTheReader(t *testing.T) {
	beep := "\xfd\x03\x16\x07\r" + nuls(59)
	settings := []byte{0x05, 0x8c, 0x85, 0x04, 0x75, 0x01, 0x95, 0x01, 0x09, 0x6d, 0x91, 0x02}
	for _, row := range []struct {
		name, profile string
		vendor        uint16
		raw           []byte
		ok, bad       []string
	}{
		{"a Honeywell with commands and flags", profileAuto, 0x0c2e, long(trigger(0x86), commands()), []string{beep}, []string{"\x04\x20"}},
		{"a Honeywell with commands only", profileAuto, 0x0c2e, long(commands()), []string{beep}, []string{beep, beep, beep}},
		{"a Honeywell with flags only", profileAuto, 0x0c2e, long(trigger(0x86)), []string{"\x04\x40"}, []string{"\x04\x20"}},
		{"a stranger with flags that stay", profileAuto, 0x1234, long(trigger(0x02)), []string{"\x04\x40", "\x04\x00"}, []string{"\x04\x20", "\x04\x00"}},
		{"a stranger with commands that nobody knows", profileAuto, 0x1234, long(commands()), nil, nil},
		{"the standard with commands and flags", profileStandard, 0x0c2e, long(trigger(0x86), commands()), []string{"\x04\x40"}, []string{"\x04\x20"}},
		{"a reader that declares nothing to say", profileAuto, 0x0c2e, conforming(), nil, nil},
		{"flags that share a report with what is kept for good", profileAuto, 0x1234, long(trigger(0x86), settings), nil, nil},
		{"flags without report ids", profileAuto, 0x1234, unnumbered(), []string{"\x00\x02", "\x00\x00"}, []string{"\x00\x01", "\x00\x00"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			words := recognisedAs(t, row.profile, row.vendor, row.raw).words
			for phrase, want := range map[reader.Phrase][]string{reader.PhraseOK: row.ok, reader.PhraseBad: row.bad} {
				var got []string
				for _, report := range words[phrase] {
					got = append(got, string(report))
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: %q, want %q", phrase, got, want)
				}
			}
		})
	}
}

func TestGoodAndBadNewsNeverSoundAlike(t *testing.T) {
	for _, raw := range [][]byte{long(trigger(0x86), commands()), long(commands()), long(trigger(0x02)), unnumbered()} {
		words := recognisedAs(t, profileAuto, 0x0c2e, raw).words
		if len(words[reader.PhraseOK]) == 0 || slices.EqualFunc(words[reader.PhraseOK], words[reader.PhraseBad], slices.Equal) {
			t.Errorf("ok %q, bad %q", words[reader.PhraseOK], words[reader.PhraseBad])
		}
	}
}

func TestAnAddressIsJudged(t *testing.T) {
	for _, row := range []struct{ name, text, fault string }{
		{"plain", "hid:/dev/hidraw0", ""},
		{"every profile", "hid:/dev/hidraw0?profile=datalogic", ""},
		{"options of readers that type", "hid:/dev/gate/reader?layout=fr&gap=300ms", ""},
		{"an unknown profile", "hid:/dev/hidraw0?profile=acme", "auto, standard, honeywell, newland, zebra, datalogic"},
		{"an option nobody knows", "hid:/dev/hidraw0?colour=red", `"colour"`},
		{"another kind", "serial:/dev/ttyACM0", "not a hid address"},
	} {
		t.Run(row.name, func(t *testing.T) {
			address, err := reader.ParseAddress(row.text)
			if err != nil {
				t.Fatal(err)
			}
			s, err := New(address, nil)
			if row.fault == "" {
				if err != nil || s.Path() != address.Path {
					t.Errorf("error %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), row.fault) {
				t.Errorf("error %v does not say %s", err, row.fault)
			}
		})
	}
}
