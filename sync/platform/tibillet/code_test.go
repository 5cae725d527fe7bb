package tibillet_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/tibillet"
)

const account = "lespass"

func newDrawer(tb testing.TB, base string, change ...func(*tibillet.Settings)) *tibillet.Drawer {
	tb.Helper()
	s := tibillet.Settings{
		Account: account, BaseURL: base, APIKey: "AAAAAAAA.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
		StationID: "139d5cd5-df7b-4318-97b5-7f1b847c2a07", Version: "test", Now: tonight,
	}
	for _, c := range change {
		c(&s)
	}
	d, err := tibillet.New(s)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := d.Close(); err != nil {
			tb.Error(err)
		}
	})
	return d
}

func vectorKeys(tb testing.TB) []admission.Key {
	tb.Helper()
	var keys []admission.Key
	for _, k := range platformtest.LoadTibilletVectors(tb).Keys {
		keys = append(keys, admission.Key{Event: k.EventUUID, PEM: k.PublicPEM})
	}
	return keys
}

func newRing(tb testing.TB, keys ...admission.Key) platform.Keyring {
	tb.Helper()
	ring, faults := newDrawer(tb, "https://salle.example").Keyring(keys)
	for _, err := range faults {
		tb.Error(err)
	}
	return ring
}

func TestEveryVectorGivesWhatItExpects(t *testing.T) {
	ring := newRing(t, vectorKeys(t)...)
	vectors := platformtest.LoadTibilletVectors(t).Vectors
	if len(vectors) != 19 {
		t.Fatalf("%d vectors, want 19", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			got := ring.Verify([]byte(v.Payload))
			want := admission.Credential{Platform: admission.TiBillet, Proof: admission.ProofBad}
			want.Account = account
			if v.Expect.UUID != nil {
				want.ID = *v.Expect.UUID
			}
			if v.Expect.SignatureValid {
				want.Proof, want.Event = admission.ProofGood, v.EventUUID
			}
			// The key of another event of the account is a key of the account:
			// that the ticket is not of that event is for the rules of the door.
			if v.Name == "signed_by_other_event_key" {
				want.Proof, want.Event = admission.ProofGood, "8d3f2a90-6c55-4f0b-b1a7-4d2c9f7e5b02"
				alone := newRing(t, vectorKeys(t)[0]).Verify([]byte(v.Payload))
				if alone.Proof != admission.ProofBad {
					t.Errorf("with the key of its own event alone: %v", alone.Proof)
				}
			}
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if got := ring.Recognise([]byte(v.Payload)); got != formOf(v.Name) {
				t.Errorf("recognised as %d, want %d", got, formOf(v.Name))
			}
		})
	}
}

// formOf says which vectors lack the platform's form: all of them are meant to
// have it.
func formOf(vector string) admission.Recognition {
	switch vector {
	case "signature_without_padding", "truncated", "no_colon", "three_parts", "raw_json_prototype_form", "signed_without_uuid", "signed_garbage_uuid":
		return admission.Malformed
	}
	return admission.Mine
}

func goodCode(tb testing.TB) (code, id string) {
	tb.Helper()
	v := platformtest.LoadTibilletVectors(tb).Vectors[0]
	return v.Payload, *v.Expect.UUID
}

func encode(json string) string { return base64.URLEncoding.EncodeToString([]byte(json)) }

func TestRecognition(t *testing.T) {
	code, id := goodCode(t)
	_, signature, _ := strings.Cut(code, ":")
	with := func(json string) string { return encode(json) + ":" + signature }
	for _, c := range []struct {
		name string
		code string
		want admission.Recognition
	}{
		{"a printed code", code, admission.Mine},
		{"followed by what a scanner appends", code + " \t\r\n", admission.Mine},
		{"in the other alphabet", strings.NewReplacer("-", "+", "_", "/").Replace(code), admission.Mine},
		{"with an upper-case uuid", with(`{"uuid": "` + strings.ToUpper(id) + `"}`), admission.Mine},
		{"with blanks all over its JSON", with("{ \t\"uuid\"\r\n:  \"" + id + "\" } "), admission.Mine},
		{"nothing", "", admission.NotMine},
		{"blanks only", " \r\n", admission.NotMine},
		{"a code behind a blank", " " + code, admission.NotMine},
		{"a code behind a byte order mark", "\ufeff" + code, admission.NotMine},
		{"a bar code from a bottle", "4006381333931", admission.NotMine},
		{"a web address", "https://lespass.example.org/scan/abc/pair", admission.NotMine},
		{"a JSON Web Token", "eyJhbGciOiJIUzI1NiJ9.eyJ1dWlkIjoiMSJ9.c2ln", admission.NotMine},
		{"somebody else's JSON", `{"id": 1}`, admission.NotMine},
		{"two words and a colon", "hello:world", admission.NotMine},
		{"the code without its signature", encode(`{"uuid": "` + id + `"}`), admission.Malformed},
		{"cut in its first part", code[:20], admission.Malformed},
		{"cut in its signature", code[:300], admission.Malformed},
		{"with a line break within", code[:100] + "\n" + code[100:], admission.Malformed},
		{"with a NUL within", code[:30] + "\x00" + code[31:], admission.Malformed},
		{"with a NUL behind", code + "\x00", admission.Malformed},
		{"with bits in the padding of the signature", code[:len(code)-3] + next(code[len(code)-3]) + "==", admission.Malformed},
		{"with one pad too many", code + "=", admission.Malformed},
		{"with a second member", with(`{"uuid": "` + id + `", "a": 1}`), admission.Malformed},
		{"with the member twice", with(`{"uuid": "` + id + `", "uuid": "` + id + `"}`), admission.Malformed},
		{"with an escape in the uuid", with(`{"uuid": "\u0033` + id[1:] + `"}`), admission.Malformed},
		{"with a uuid without dashes", with(`{"uuid": "` + strings.ReplaceAll(id, "-", "") + `"}`), admission.Malformed},
		{"with a uuid in braces", with(`{"uuid": "{` + id + `}"}`), admission.Malformed},
		{"with something behind the JSON", with(`{"uuid": "` + id + `"}x`), admission.Malformed},
		{"with another member in place of uuid", with(`{"id": "` + id + `"}`), admission.Malformed},
		{"the plain JSON of the prototype", `{"uuid": "` + id + `"}:` + signature, admission.Malformed},
		{"very long", code + ":" + strings.Repeat("A", 10<<20), admission.Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			ring := newRing(t, vectorKeys(t)...)
			if got := ring.Recognise([]byte(c.code)); got != c.want {
				t.Errorf("recognised as %d, want %d", got, c.want)
			}
			got := ring.Verify([]byte(c.code))
			if c.want == admission.Mine && got.ID != id {
				t.Errorf("names ticket %q, want %q", got.ID, id)
			}
			if c.want != admission.Mine && got.Proof != admission.ProofBad {
				t.Errorf("proof %v of a code without the platform's form", got.Proof)
			}
		})
	}
}

// next gives the base64 character after c.
func next(c byte) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_A"
	return string(digits[strings.IndexByte(digits, c)+1])
}

// signer signs like the server.
type signer struct{ key *rsa.PrivateKey }

func newSigner(tb testing.TB, bits int) signer {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		tb.Fatal(err)
	}
	return signer{key}
}

func (s signer) public(tb testing.TB, event string) admission.Key {
	tb.Helper()
	der, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		tb.Fatal(err)
	}
	return admission.Key{Event: event, PEM: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
}

func (s signer) sign(tb testing.TB, json string, salt int) string {
	tb.Helper()
	first := encode(json)
	digest := sha256.Sum256([]byte(first))
	signature, err := rsa.SignPSS(rand.Reader, s.key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: salt})
	if err != nil {
		tb.Fatal(err)
	}
	return first + ":" + base64.URLEncoding.EncodeToString(signature)
}

const someTicket = `{"uuid": "0b8e2d6a-9c71-4f35-8e04-d3a5f6b1c714"}`

func TestOnlyTheSaltOfTheServerIsGood(t *testing.T) {
	s := newSigner(t, 2048)
	ring := newRing(t, s.public(t, "e"))
	for _, salt := range []int{1, 20, 32, 64, 221} {
		if got := ring.Verify([]byte(s.sign(t, someTicket, salt))); got.Proof != admission.ProofBad {
			t.Errorf("salt of %d bytes: proof %v", salt, got.Proof)
		}
	}
	if got := ring.Verify([]byte(s.sign(t, someTicket, 222))); got.Proof != admission.ProofGood || got.Event != "e" {
		t.Errorf("salt of 222 bytes: %+v", got)
	}
}

func TestKeysOfOtherSizes(t *testing.T) {
	large := newSigner(t, 3072)
	ring := newRing(t, append(vectorKeys(t), large.public(t, "large"))...)
	if got := ring.Verify([]byte(large.sign(t, someTicket, rsa.PSSSaltLengthAuto))); got.Proof != admission.ProofGood || got.Event != "large" {
		t.Errorf("RSA-3072: %+v", got)
	}
	code, _ := goodCode(t)
	if got := ring.Verify([]byte(code)); got.Proof != admission.ProofGood {
		t.Errorf("RSA-2048 beside it: %+v", got)
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	small := newSigner(t, 1024).public(t, "small")
	good := vectorKeys(t)[0]
	for _, c := range []struct{ name, pem string }{
		{"nothing", ""},
		{"no PEM", "hello"},
		{"a certificate", strings.ReplaceAll(good.PEM, "PUBLIC KEY", "CERTIFICATE")},
		{"half a key", good.PEM[:200]},
		{"a key and something behind it", good.PEM + "x"},
		{"a key too small", small.PEM},
	} {
		t.Run(c.name, func(t *testing.T) {
			ring, faults := newDrawer(t, "https://salle.example").Keyring([]admission.Key{{Event: "e", PEM: c.pem}, good})
			if len(faults) != 1 {
				t.Fatalf("faults %v, want one", faults)
			}
			code, _ := goodCode(t)
			if got := ring.Verify([]byte(code)); got.Proof != admission.ProofGood {
				t.Errorf("with another key at hand: %v", got.Proof)
			}
			// The missing key might have made it: nobody can call it wrong.
			if got := ring.Verify([]byte(newSigner(t, 2048).sign(t, someTicket, 222))); got.Proof != admission.ProofUnchecked {
				t.Errorf("a signature of no key at hand: %v, want unchecked", got.Proof)
			}
		})
	}
}

func TestAKeyWithoutArmourIsTheSameKey(t *testing.T) {
	key := vectorKeys(t)[0]
	block, _ := pem.Decode([]byte(key.PEM))
	key.PEM = base64.StdEncoding.EncodeToString(block.Bytes)
	code, id := goodCode(t)
	if got := newRing(t, key).Verify([]byte(code)); got.Proof != admission.ProofGood || got.ID != id {
		t.Errorf("got %+v", got)
	}
}

func TestAKeyOfTwoEventsSpeaksForNeither(t *testing.T) {
	keys := vectorKeys(t)[:1]
	keys = append(keys, admission.Key{Event: "another", PEM: keys[0].PEM})
	code, _ := goodCode(t)
	for range 2 {
		if got := newRing(t, keys...).Verify([]byte(code)); got.Proof != admission.ProofGood || got.Event != "" {
			t.Errorf("got %+v", got)
		}
		keys[0], keys[1] = keys[1], keys[0]
	}
}

func TestWithoutAKeyASignatureIsUncheckedAndABrokenCodeStillBad(t *testing.T) {
	ring := newRing(t)
	code, id := goodCode(t)
	if got := ring.Verify([]byte(code)); got.Proof != admission.ProofUnchecked || got.ID != id {
		t.Errorf("a code: %+v", got)
	}
	if got := ring.Verify([]byte(code[:300])); got.Proof != admission.ProofBad || got.ID != id {
		t.Errorf("a cut code: %+v", got)
	}
}

func TestEveryTextThatIsGoodNamesTheTicketThatWasSigned(t *testing.T) {
	ring := newRing(t, vectorKeys(t)...)
	vectors := platformtest.LoadTibilletVectors(t).Vectors
	rapid.Check(t, func(t *rapid.T) {
		v := vectors[rapid.IntRange(0, 4).Draw(t, "vector")]
		code := []byte(v.Payload)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len(code)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				code[at] = rapid.Byte().Draw(t, "byte")
			case 1:
				code = append(code[:at], code[at+1:]...)
			case 2:
				code = bytes.Join([][]byte{code[:at], code[at:]}, []byte{rapid.Byte().Draw(t, "byte")})
			}
		}
		got := ring.Verify(code)
		if got.Proof == admission.ProofGood && got.ID != *v.Expect.UUID {
			t.Fatalf("%q is good for %s", code, got.ID)
		}
		if got != ring.Verify(bytes.Clone(code)) {
			t.Fatal("verified differently the second time")
		}
	})
}

func TestRecognitionAllocatesNothing(t *testing.T) {
	ring := newRing(t, vectorKeys(t)...)
	for _, v := range platformtest.LoadTibilletVectors(t).Vectors {
		code := []byte(v.Payload)
		if n := testing.AllocsPerRun(100, func() { ring.Recognise(code) }); n > 0 {
			t.Errorf("%s: %v allocations", v.Name, n)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	for _, v := range platformtest.LoadTibilletVectors(f).Vectors {
		f.Add([]byte(v.Payload))
	}
	f.Add([]byte{0xff, 0, ':', '='})
	ring := newRing(f, vectorKeys(f)...)
	f.Fuzz(func(t *testing.T, code []byte) {
		form := ring.Recognise(code)
		if form == admission.Mine && (len(code) == 0 || bytes.Count(code, []byte(":")) != 1) {
			t.Errorf("%q is taken for a code", code)
		}
		if got := ring.Recognise(append(bytes.Clone(code), "\r\n"...)); got != form {
			t.Errorf("%q: %d, with a line end %d", code, form, got)
		}
	})
}

func FuzzVerify(f *testing.F) {
	signed := make(map[string]struct{})
	for _, v := range platformtest.LoadTibilletVectors(f).Vectors {
		f.Add([]byte(v.Payload))
		if v.Expect.UUID != nil {
			signed[*v.Expect.UUID] = struct{}{}
		}
	}
	ring := newRing(f, vectorKeys(f)...)
	bare := newRing(f)
	f.Fuzz(func(t *testing.T, code []byte) {
		got := ring.Verify(code)
		if _, known := signed[got.ID]; got.Proof == admission.ProofGood && !known {
			t.Errorf("%q is good for %q, which nobody signed", code, got.ID)
		}
		mine := ring.Recognise(code) == admission.Mine
		if mine && got.ID == "" {
			t.Errorf("%q has the form and names no ticket", code)
		}
		if proof := bare.Verify(code).Proof; (proof == admission.ProofUnchecked) != mine {
			t.Errorf("%q without a key: %v", code, proof)
		}
	})
}

func BenchmarkRecognise(b *testing.B) {
	code, _ := goodCode(b)
	ring := newRing(b, vectorKeys(b)...)
	raw := []byte(code)
	b.ReportAllocs()
	for b.Loop() {
		ring.Recognise(raw)
	}
}

// BenchmarkVerify is to be compared with BenchmarkRSA, which is its floor.
func BenchmarkVerify(b *testing.B) {
	code, _ := goodCode(b)
	ring := newRing(b, vectorKeys(b)...)
	raw := []byte(code)
	b.ReportAllocs()
	for b.Loop() {
		if ring.Verify(raw).Proof != admission.ProofGood {
			b.Fatal("not good")
		}
	}
}

func BenchmarkRSA(b *testing.B) {
	s := newSigner(b, 2048)
	first, second, _ := strings.Cut(s.sign(b, someTicket, 222), ":")
	digest := sha256.Sum256([]byte(first))
	signature, err := base64.URLEncoding.DecodeString(second)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := rsa.VerifyPSS(&s.key.PublicKey, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: 222}); err != nil {
			b.Fatal(err)
		}
	}
}
