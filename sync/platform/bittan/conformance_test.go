package bittan_test

import (
	"testing"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/bittan"
	"gatescand/sync/platform/platformtest"
)

func credential(id string) admission.Credential {
	c := admission.Credential{Platform: admission.BitTan, Proof: admission.ProofNone}
	c.Account, c.ID = account, id
	return c
}

func codeCases() []platformtest.CodeCase {
	mine := func(name, code, id string) platformtest.CodeCase {
		return platformtest.CodeCase{Name: name, Code: code, Form: admission.Mine, Want: credential(id)}
	}
	unusual := func(name, code, id string) platformtest.CodeCase {
		c := mine(name, code, id)
		c.Want.Unusual = true
		return c
	}
	not := func(name, code string) platformtest.CodeCase {
		return platformtest.CodeCase{Name: name, Code: code, Form: admission.NotMine}
	}
	return []platformtest.CodeCase{
		mine("six letters", "BBBBBB", "BBBBBB"),
		mine("small letters are the same ticket", "bBbbbb", "BBBBBB"),
		mine("blanks and line ends around it do not count", " \tBBBBBB \r\n", "BBBBBB"),
		unusual("the server's test data are four digits", "1234", "1234"),
		unusual("twelve letters and digits", "abcdef012345", "ABCDEF012345"),
		not("nothing", ""),
		not("blanks", "  \r\n"),
		not("three letters", "ABC"),
		not("thirteen digits of a shop's bar code", "4006381333931"),
		not("a hyphen", "ABC-DEF"),
		not("the code that drawers ask for when they ask for none", "------"),
		not("a blank within", "ABC DEF"),
		not("a letter with a dot", "ABCDEÅ"),
		not("a letter that becomes a plain one in capitals", "aaaaaſ"),
		not("a NUL behind it", "BBBBBB\x00"),
		not("an escape", "\x1b[31mAB"),
	}
}

func TestConformance(t *testing.T) {
	platformtest.Conform(t, platformtest.Subject{
		New: func(tb testing.TB, base string) platform.Drawer {
			tb.Helper()
			return newDrawer(tb, base)
		},
		Codes: codeCases(),
		Event: title,
		Delivery: admission.Delivery{
			ID: "01J", Ticket: admission.TicketKey{Account: account, ID: "QWERTY"}, Event: title,
			At: admission.Stamp{Wall: tonight(), Trusted: true}, Code: []byte("qwerty"), Attempt: 1,
		},
		Secrets: []string{password, "qwerty", "QWERTY"},
	})
}

func TestUnusualCodes(t *testing.T) {
	ring, _ := newDrawer(t, "https://bittan.example").Keyring(nil)
	for code, want := range map[string]bool{"BBBBBB": false, " bbbbbb\n": false, "1234": true, "ABCDE1": true, "ABCDEFG": true, "ABCDE": true} {
		if got := ring.Verify([]byte(code)).Unusual; got != want {
			t.Errorf("%q: unusual %v, want %v", code, got, want)
		}
	}
}

func TestTheDefaultPasswordIsKnown(t *testing.T) {
	for text, want := range map[string]bool{
		platformtest.BittanPassword(t): true, platformtest.BittanPassword(t) + "\n": true, password: false, "": false,
	} {
		if bittan.IsDefaultPassword(text) != want {
			t.Errorf("default %v for a text of %d bytes", !want, len(text))
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	ring, _ := newDrawer(b, "https://bittan.example").Keyring(nil)
	code := []byte("bbbbbb\r\n")
	b.ReportAllocs()
	for b.Loop() {
		if ring.Recognise(code) != admission.Mine || ring.Verify(code).ID == "" {
			b.Fatal("not recognised")
		}
	}
}
