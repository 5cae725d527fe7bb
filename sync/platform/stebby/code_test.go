package stebby_test

import (
	"strings"
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/stebby"
)

type codeRow struct {
	name string
	code string
	id   string // "" for codes that are not mine
}

func codeTable() []codeRow {
	return []codeRow{
		{"the document's first sample", "VVKAHDKLASKJA", "VVKAHDKLASKJA"},
		{"the document's second sample", someCode, someCode},
		{"what a public client expects", "SB12345ABCDE", "SB12345ABCDE"},
		{"lower case is the same ticket", "vvkahdklaskja898", someCode},
		{"blanks, dashes, dots and underscores are left out", " VVKA-HDKL.ASKJ_A8 98", someCode},
		{"line ends and tabs are left out", "\tVVKAHDKLASKJA898\r\n", someCode},
		{"eight characters", "A1B2C3D4", "A1B2C3D4"},
		{"seven are too few", "A1B2C3D", ""},
		{"eight with a blank are seven", "A1B2C3 D", ""},
		{"thirty-two characters", strings.Repeat("Z9", 16), strings.Repeat("Z9", 16)},
		{"thirty-three are too many", strings.Repeat("Z9", 16) + "Z", ""},
		{"digits alone, as on any product", "4006381333931", "4006381333931"},
		{"an address", "https://stebby.eu/VVKAHDKLASKJA", ""},
		{"an address without a scheme", "stebby.eu/VVKAHDKLASKJA", ""},
		{"a Wi-Fi code", "WIFI:T:WPA;S:GYM;P:PASSWORD1;;", ""},
		{"letters of other alphabets", "VVKÄHDKLASKJA898", ""},
		{"digits of other alphabets", "VVKAHDKLASKJA89８", ""},
		{"a byte that is not UTF-8", "VVKAHDKLASKJA898\xff", ""},
		{"a NUL", "VVKAHDKLASKJA898\x00", ""},
		{"other punctuation", "VVKAHDKLASKJA+98", ""},
		{"a vertical tab", "VVKAHDKLASKJA\v898", ""},
		{"nothing", "", ""},
		{"nothing but separators", strings.Repeat("-", 100), ""},
		{"a code lost among separators", "VVKAHDKLASKJA898" + strings.Repeat("-", 120), ""},
		{"a code of TiBillet", "eyJ1dWlkIjogIjEyMzQ1Njc4In0=:c2lnbmF0dXJl", ""},
	}
}

func form(id string) admission.Recognition {
	if id == "" {
		return admission.NotMine
	}
	return admission.Mine
}

func credential(id string) admission.Credential {
	c := admission.Credential{Platform: admission.Stebby, Proof: admission.ProofNone}
	c.Account, c.ID = account, id
	return c
}

func ring(tb testing.TB) platform.Keyring {
	tb.Helper()
	k, faults := newDrawer(tb, "http://127.0.0.1:9").Keyring([]admission.Key{{PEM: "of no use"}})
	if len(faults) != 0 {
		tb.Fatal(faults)
	}
	return k
}

func TestCodesThatAreNotMineNameNoTicket(t *testing.T) {
	k := ring(t)
	for _, c := range codeTable() {
		if got := k.Verify([]byte(c.code)); got != credential(c.id) {
			t.Errorf("%s: %+v, want %+v", c.name, got, credential(c.id))
		}
	}
}

func TestRecognitionAllocatesNothingAndVerificationLittle(t *testing.T) {
	k, code := ring(t), []byte(" vvka-hdkl-askj-a898\r\n")
	if n := testing.AllocsPerRun(100, func() { k.Recognise(code) }); n > 0 {
		t.Errorf("recognition allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { k.Verify(code) }); n > 1 {
		t.Errorf("verification allocates %v times", n)
	}
}

func FuzzCode(f *testing.F) {
	for _, c := range codeTable() {
		f.Add([]byte(c.code))
	}
	k := ring(f)
	f.Fuzz(func(t *testing.T, code []byte) {
		got := k.Verify(code)
		if (k.Recognise(code) == admission.Mine) != (got.ID != "") || k.Recognise(code) == admission.Malformed {
			t.Fatalf("form and identity disagree: %+v", got)
		}
		if got.ID == "" {
			return
		}
		if n := len(got.ID); n < 8 || n > 32 || strings.Trim(got.ID, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			t.Errorf("identity %q", got.ID)
		}
		if again := k.Verify([]byte(got.ID)); again != got {
			t.Errorf("the identity names %+v, not %+v", again, got)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	k, code := ring(b), []byte(someCode)
	for b.Loop() {
		k.Verify(code)
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	good := stebby.Settings{Account: account, BaseURL: "https://api.stebby.eu", APIKey: someKey, Now: tonight}
	for _, c := range []struct {
		name   string
		change func(*stebby.Settings)
		says   string
	}{
		{"no name", func(s *stebby.Settings) { s.Account = "" }, "name"},
		{"no key", func(s *stebby.Settings) { s.APIKey = "" }, "api_key_file"},
		{"a key of two lines", func(s *stebby.Settings) { s.APIKey = "a\nb" }, "api_key_file"},
		{"a key with blanks", func(s *stebby.Settings) { s.APIKey = "Your API key" }, "api_key_file"},
		{"a key in quotes", func(s *stebby.Settings) { s.APIKey = `"abc"` }, "api_key_file"},
		{"a key that is a picture", func(s *stebby.Settings) { s.APIKey = strings.Repeat("k", 5000) }, "api_key_file"},
		{"an address without a scheme", func(s *stebby.Settings) { s.BaseURL = "api.stebby.eu" }, "url"},
		{"a pin that is none", func(s *stebby.Settings) { s.PinSHA256 = []byte{1} }, "pin_sha256"},
		{"no clock", func(s *stebby.Settings) { s.Now = nil }, "clock"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := good
			c.change(&s)
			if _, err := stebby.New(s); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one that speaks of %s", err, c.says)
			}
		})
	}
	if _, err := stebby.New(good); err != nil {
		t.Error(err)
	}
}
