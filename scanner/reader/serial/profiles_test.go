package serial

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"gatescand/scanner/reader"
)

func TestTheTableOfProfilesIsSound(t *testing.T) {
	seen := map[string]bool{"": true}
	for _, p := range Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			if seen[p.Name] || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
				t.Errorf("the name %q is there twice or hard to write", p.Name)
			}
			seen[p.Name] = true
			if p.Reader == "" || p.Replies == "" || p.Source == "" {
				t.Error("it does not say for which reader it is, how that replies, or where that is from")
			}
			for _, words := range [][]byte{p.OK, p.Bad, p.TriggerOn, p.TriggerOff, p.Enable, p.Disable, p.LampOn, p.LampOff, p.Hello} {
				if len(words) > reader.MaxTalk {
					t.Errorf("% x is longer than may be said", words)
				}
				for _, kept := range [][]byte{[]byte("~\x010000@"), {0x7e, 0x00, 0x09}, []byte("#@109999")} {
					if bytes.Contains(words, kept) {
						t.Errorf("% x writes into the reader's memory", words)
					}
				}
				if p.Name == profileZebraSSI && (len(words) < 4 || words[3] != 0) {
					t.Errorf("% x has a status that keeps the setting", words)
				}
			}
			if (len(p.OK) == 0) != (len(p.Bad) == 0) || len(p.OK) > 0 && bytes.Equal(p.OK, p.Bad) {
				t.Error("good and bad cannot be told apart")
			}
		})
	}
}

func TestOnlyKnownProfilesAreAccepted(t *testing.T) {
	for _, row := range []struct {
		name, options, want string
	}{
		{"an unknown name lists the known ones", "?profile=hony", "honeywell, honeywell-ack, zebra-ssi, datalogic, datalogic-host, newland, gm65 or cipherlab"},
		{"capitals are another name", "?profile=Honeywell", "profile=Honeywell"},
		{"packets need no frame", "?profile=zebra-ssi&frame=cr", "leave out frame"},
		{"packets need eight bits", "?profile=zebra-ssi&data=7", "data=8"},
	} {
		t.Run(row.name, func(t *testing.T) {
			address, err := reader.ParseAddress("serial:/dev/x" + row.options)
			if err != nil {
				t.Fatal(err)
			}
			_, err = New(address, clock())
			if !errors.Is(err, reader.ErrAddress) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("New gave %v, want ErrAddress with %q", err, row.want)
			}
		})
	}
	for _, p := range Profiles() {
		newSource(t, "/dev/x", "?profile="+p.Name)
	}
}

func TestWhoSpeaksIsKnownAhead(t *testing.T) {
	for _, row := range []struct {
		profile string
		phrase  reader.Phrase
		want    bool
	}{
		{"", reader.PhraseOK, false},
		{"unheard-of", reader.PhraseOK, false},
		{"gm65", reader.PhraseBad, false},
		{"honeywell", reader.PhraseOK, true},
		{"zebra-ssi", reader.PhraseBad, true},
		{"honeywell", "hex:16", false},
	} {
		if got := Speaks(row.profile, row.phrase); got != row.want {
			t.Errorf("Speaks(%q, %q) is %v", row.profile, row.phrase, got)
		}
		if row.profile == "unheard-of" {
			continue
		}
		options := ""
		if row.profile != "" {
			options = "?profile=" + row.profile
		}
		s := newSource(t, "/dev/x", options)
		if got := s.Speaks(row.phrase); got != row.want {
			t.Errorf("a reader of profile %q says %v to %q", row.profile, got, row.phrase)
		}
		want := reader.ErrAbsent // it is not open
		if !row.want {
			want = reader.ErrNoPhrase
		}
		if err := s.Say(row.phrase); !errors.Is(err, want) {
			t.Errorf("Say(%q) of profile %q gave %v, want %v", row.phrase, row.profile, err, want)
		}
	}
	if err := newSource(t, "/dev/x", "").Say(reader.PhraseOK); !strings.Contains(err.Error(), "profile=NAME") {
		t.Errorf("%v does not say what to write", err)
	}
}
