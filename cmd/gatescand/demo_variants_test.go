package main

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/all"
	"gatescand/sync/platform/platformtest/faketibillet"
)

func TestVariantsKeepTheirRelationToTheTicket(t *testing.T) {
	evening, err := faketibillet.NewEvening(7, faketibillet.Options{Clock: func() time.Time { return time.Unix(1_790_000_000, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	pem, err := evening.PublicKey(evening.Tonight)
	if err != nil {
		t.Fatal(err)
	}
	drawer, err := all.New("tibillet", all.Settings{Account: "demo", BaseURL: "http://127.0.0.1:1", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	keys, faults := drawer.Keyring([]admission.Key{{Event: evening.Tonight, PEM: pem}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	s := &stage{opt: stageOptions{Evening: evening}, prints: map[string]prints{}}
	ticket := evening.Tickets(evening.Tonight)[0].UUID
	original, err := s.code(ticket, asPrinted)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		v       variant
		genuine bool // the same ticket with a good signature
		bytes   bool // the same bytes behind the text
	}{
		{asPrinted, true, true},
		{reprinted, true, false},
		{recoded, true, true},
		{padded, false, true},
		{forged, false, false},
		{plain, false, false},
	} {
		text, err := s.code(ticket, row.v)
		if err != nil {
			t.Fatalf("variant %q: %v", row.v, err)
		}
		if (text == original) != (row.v == asPrinted) {
			t.Errorf("variant %q is not a text of its own", row.v)
		}
		if uuidIn(text) != ticket {
			t.Errorf("variant %q names another ticket", row.v)
		}
		if same := signatureOf(text) == signatureOf(original); same != row.bytes {
			t.Errorf("variant %q has the same signature bytes: %v, want %v", row.v, same, row.bytes)
		}
		cred := keys.Verify([]byte(text))
		if genuine := cred.Proof == admission.ProofGood && cred.ID == ticket; genuine != row.genuine {
			t.Errorf("variant %q is genuine: %v, want %v (%+v)", row.v, genuine, row.genuine, cred)
		}
	}
}

// signatureOf decodes leniently: either alphabet, any bits in the padding.
func signatureOf(code string) string {
	_, second, _ := strings.Cut(code, ":")
	second = strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(second)
	raw, err := base64.RawURLEncoding.DecodeString(second)
	if err != nil {
		return "undecodable"
	}
	return string(raw)
}

func FuzzVariantsOfAnyText(f *testing.F) {
	f.Add("abc:defg==")
	f.Add(":")
	f.Add("a:====")
	f.Add("0:\r\r\r\r") // line breaks decode to no signature at all
	f.Fuzz(func(t *testing.T, text string) {
		for _, v := range []variant{asPrinted, reprinted, recoded, padded, forged, plain} {
			out, err := v.apply(text)
			if err == nil && v == padded && (out == text || len(out) != len(text)) {
				t.Errorf("padding of %q became %q", text, out)
			}
		}
	})
}
