package ticketsonic_test

import (
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/faketicketsonic"
	"gatescand/sync/platform/ticketsonic"
)

// spki writes a SubjectPublicKeyInfo of any numbers.
func spki(tb testing.TB, algorithm asn1.ObjectIdentifier, n, e *big.Int) string {
	tb.Helper()
	numbers, err := asn1.Marshal(struct{ N, E *big.Int }{n, e})
	must(tb, err)
	der, err := asn1.Marshal(struct {
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters asn1.RawValue
		}
		Key asn1.BitString
	}{
		struct {
			ID         asn1.ObjectIdentifier
			Parameters asn1.RawValue
		}{algorithm, asn1.NullRawValue}, asn1.BitString{Bytes: numbers, BitLength: len(numbers) * 8},
	})
	must(tb, err)
	return base64.StdEncoding.EncodeToString(der)
}

// spkiBehind adds bytes behind the DER of a key.
func spkiBehind(tb testing.TB, key, behind string) string {
	tb.Helper()
	der, err := base64.StdEncoding.DecodeString(key)
	must(tb, err)
	return base64.StdEncoding.EncodeToString(append(der, behind...))
}

func TestWhichKeysAreTaken(t *testing.T) {
	const armour = "-----BEGIN PUBLIC KEY-----"
	vector := platformtest.LoadTicketsonicVectors(t).Keys[0]
	rsa := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	bits := func(n int) *big.Int { // an odd number of so many bits
		return new(big.Int).SetBit(big.NewInt(1), n-1, 1)
	}
	e := big.NewInt(65537)
	for _, c := range []struct {
		name string
		text string
		want bool
	}{
		{"as the server gives it", vector.Public, true},
		{"with armour", vector.PublicPEM, true},
		{"with armour and Windows' line ends", strings.ReplaceAll(vector.PublicPEM, "\n", "\r\n"), true},
		{"with armour on one line", strings.ReplaceAll(vector.PublicPEM, "\n", ""), true},
		{"with line breaks and blanks and no armour", " " + vector.Public[:20] + "\r\n  " + vector.Public[20:] + "\n", true},
		{"of 768 bits", newKey(t, 1, 768).Public(), true},
		{"of 1024 bits", newKey(t, 1, 1024).Public(), true},
		{"of 4096 bits", spki(t, rsa, bits(4096), e), true},
		{"of 505 bits", spki(t, rsa, bits(505), e), true},
		{"with exponent 3", spki(t, rsa, bits(512), big.NewInt(3)), true},
		{"with an exponent of 32 bits", spki(t, rsa, bits(512), bits(32)), true},
		{"with an exponent of 33 bits", spki(t, rsa, bits(512), bits(33)), false},
		{"with exponent 1", spki(t, rsa, bits(512), big.NewInt(1)), false},
		{"with an even exponent", spki(t, rsa, bits(512), big.NewInt(4)), false},
		{"with a negative exponent", spki(t, rsa, bits(512), big.NewInt(-3)), false},
		{"of 504 bits", spki(t, rsa, bits(504), e), false},
		{"of 4097 bits", spki(t, rsa, bits(4097), e), false},
		{"with an even modulus", spki(t, rsa, new(big.Int).Lsh(bits(511), 1), e), false},
		{"with a negative modulus", spki(t, rsa, new(big.Int).Neg(bits(512)), e), false},
		{"of another algorithm", spki(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, bits(512), e), false},
		{"the word that stands for a key in the document", "user_public_key", false},
		{"nothing", "", false},
		{"cut", vector.Public[:100], false},
		{"with something behind it", vector.Public + "AAAA", false},
		{"with something behind its numbers", spkiBehind(t, vector.Public, "\x05\x00"), false},
		{"armour that does not end", armour + vector.Public, false},
		{"a private key", vector.PrivatePEM, false},
		{"very long", strings.Repeat("A", 1<<20), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, faults := newDrawer(t, "https://sonic.example").Keyring([]admission.Key{{PEM: c.text}, {PEM: c.text}})
			if c.want && len(faults) > 0 {
				t.Error(faults)
			}
			if !c.want && (len(faults) != 1 || !errors.Is(faults[0], ticketsonic.ErrKey)) {
				t.Errorf("faults %v, want one", faults)
			}
		})
	}
}

func TestWhileAKeyIsMissingNothingIsCalledForged(t *testing.T) {
	vectors := platformtest.LoadTicketsonicVectors(t)
	d := newDrawer(t, "https://sonic.example")
	long := newKey(t, 9, 1024)
	ring, faults := d.Keyring([]admission.Key{{PEM: "broken"}, {PEM: long.Public()}})
	if len(faults) != 1 {
		t.Fatal(faults)
	}
	for _, v := range vectors.Vectors {
		if v.Name != "valid_1_plain" {
			continue
		}
		if got := ring.Recognise([]byte(v.Payload)); got != admission.Mine {
			t.Errorf("recognised as %d", got)
		}
		if got := ring.Verify([]byte(v.Payload)); got.Proof != admission.ProofUnchecked || got.ID != "" {
			t.Errorf("verified as %+v", got)
		}
	}
	text, err := faketicketsonic.Content{Number: strings.Repeat("ab", 16), Event: 5}.Write()
	must(t, err)
	if got := ring.Verify([]byte(sealed(t, long, text))); got.Proof != admission.ProofGood {
		t.Errorf("with the key that is there: %+v", got)
	}
	// A block that opened says what it says; no missing key could say better.
	if got := ring.Verify([]byte(sealed(t, long, text[:len(text)-1]))); got.Proof != admission.ProofBad {
		t.Errorf("opened and broken: %+v", got)
	}
}

// number is a random field of an integer.
func number(t *rapid.T, label string) uint64 {
	return rapid.OneOf(rapid.Uint64Range(0, 300), rapid.Uint64Range(0, 1<<24-1)).Draw(t, label)
}

func TestAnyKeyAndAnyContentAreReadAsTheyWereWritten(t *testing.T) {
	keys := []*faketicketsonic.Key{newKey(t, 1, 512), newKey(t, 2, 512), newKey(t, 3, 520), newKey(t, 4, 768), newKey(t, 5, 1022), newKey(t, 6, 1024), newKey(t, 7, 2048)}
	rapid.Check(t, func(rt *rapid.T) {
		i := rapid.IntRange(0, len(keys)-1).Draw(rt, "key")
		key := keys[i]
		c := faketicketsonic.Content{
			Number: hex.EncodeToString(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "number")),
			Price:  number(rt, "price"), Product: number(rt, "product"), Event: number(rt, "event"),
		}
		if key.Size() >= 96 {
			for n := range rapid.IntRange(0, 4).Draw(rt, "segments") {
				c.Segments = append(c.Segments, uint64(n))
			}
			c.Extensions = rapid.SliceOfN(rapid.StringMatching("[a-z]{1,3}=[A-Z]{0,3}"), 0, 2).Draw(rt, "extensions")
		}
		text, err := c.Write()
		if err != nil {
			rt.Fatal(err)
		}
		code := sealed(t, key, text)
		want := admission.Credential{Platform: admission.TicketSonic, Proof: admission.ProofGood, Event: decimal(c.Event)}
		want.Account, want.ID = account, c.Number
		if c.Product != 0 {
			want.Price = decimal(c.Product)
		}
		all := make([]string, len(keys))
		for n, k := range keys {
			all[n] = k.Public()
		}
		alone, among, without := newRing(t, key.Public()), newRing(t, all...), newRing(t, append(append([]string{}, all[:i]...), all[i+1:]...)...)
		if got := alone.Verify([]byte(code)); got != want || alone.Recognise([]byte(code)) != admission.Mine {
			rt.Errorf("with its key: %+v, want %+v", got, want)
		}
		if got := among.Verify([]byte(code)); got != want {
			rt.Errorf("with all keys: %+v, want %+v", got, want)
		}
		if got := without.Verify([]byte(code)); got.Proof != admission.ProofBad || got.ID != "" {
			rt.Errorf("without its key: %+v", got)
		}
		// One bit of the block changed: there is no other ticket to be had.
		block, err := base64.StdEncoding.DecodeString(code)
		if err != nil {
			rt.Fatal(err)
		}
		bit := rapid.IntRange(0, len(block)*8-1).Draw(rt, "bit")
		block[bit/8] ^= 1 << (bit % 8)
		if got := among.Verify([]byte(base64.StdEncoding.EncodeToString(block))); got.Proof != admission.ProofBad {
			rt.Errorf("changed in one bit: %+v", got)
		}
		// One byte of what is said changed, under the same key: the checksum or the form breaks.
		at := rapid.IntRange(0, len(text)-1).Draw(rt, "byte")
		changed := append([]byte{}, text...)
		changed[at] ^= byte(rapid.IntRange(1, 255).Draw(rt, "change"))
		if got := among.Verify([]byte(sealed(t, key, changed))); got.Proof == admission.ProofGood {
			rt.Errorf("good with %x for %x", changed, text)
		}
		if got := among.Verify([]byte(sealed(t, key, text[:at]))); got.Proof == admission.ProofGood {
			rt.Errorf("good when cut to %x", text[:at])
		}
	})
}

func TestPaddingIsExact(t *testing.T) {
	key := newKey(t, 1, 512)
	ring := newRing(t, key.Public())
	text, err := faketicketsonic.Content{Number: strings.Repeat("ab", 16), Event: 5}.Write()
	must(t, err)
	pad := func(head, fill string, n int, sep string) string {
		return head + strings.Repeat(fill, n) + sep + string(text)
	}
	whole := 64 - 3 - len(text)
	for _, c := range []struct {
		name   string
		padded string
		want   admission.Proof
	}{
		{"as it should be", pad("\x00\x01", "\xff", whole, "\x00"), admission.ProofGood},
		{"of block type 2", pad("\x00\x02", "\xff", whole, "\x00"), admission.ProofBad},
		{"of block type 0", pad("\x00\x00", "\xff", whole, "\x00"), admission.ProofBad},
		{"with a zero among the padding", pad("\x00\x01", "\xff", whole-3, "\x00\xff\xff\x00"), admission.ProofBad},
		{"with something else than FF", pad("\x00\x01", "\xfe", whole, "\x00"), admission.ProofBad},
		{"without the zero", pad("\x00\x01", "\xff", whole, "\xff"), admission.ProofBad},
		{"with another byte in place of the zero", pad("\x00\x01", "\xff", whole, "\x05"), admission.ProofBad},
		{"without padding", strings.Repeat("\x00", 64-len(text)) + string(text), admission.ProofBad},
		{"padding and nothing else", "\x00\x01" + strings.Repeat("\xff", 62), admission.ProofBad},
		{"nothing at all", strings.Repeat("\x00", 64), admission.ProofBad},
	} {
		t.Run(c.name, func(t *testing.T) {
			if len(c.padded) != 64 {
				t.Fatalf("%d bytes", len(c.padded))
			}
			code := base64.StdEncoding.EncodeToString(key.Raw([]byte(c.padded)))
			if got := ring.Verify([]byte(code)); got.Proof != c.want {
				t.Errorf("proof %v, want %v", got.Proof, c.want)
			}
		})
	}
}

// TestABlockBeyondTheModulusIsBad adds the modulus to a good block. To arithmetic that is the same block; the server never makes it.
func TestABlockBeyondTheModulusIsBad(t *testing.T) {
	key := newKey(t, 1, 512)
	der, err := base64.StdEncoding.DecodeString(key.Public())
	must(t, err)
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	_, err = asn1.Unmarshal(der, &info)
	must(t, err)
	var numbers struct{ N, E *big.Int }
	_, err = asn1.Unmarshal(info.Key.Bytes, &numbers)
	must(t, err)
	ring := newRing(t, key.Public())
	for i := range uint64(1000) {
		text, err := faketicketsonic.Content{Number: strings.Repeat("ab", 16), Event: i}.Write()
		must(t, err)
		block, err := key.Seal(text)
		must(t, err)
		beyond := new(big.Int).Add(new(big.Int).SetBytes(block), numbers.N)
		if beyond.BitLen() > 512 {
			continue
		}
		if got := ring.Verify([]byte(base64.StdEncoding.EncodeToString(block))); got.Proof != admission.ProofGood {
			t.Errorf("the block itself: %+v", got)
		}
		if got := ring.Verify([]byte(base64.StdEncoding.EncodeToString(beyond.FillBytes(make([]byte, 64))))); got.Proof != admission.ProofBad {
			t.Errorf("beyond the modulus: %+v", got)
		}
		return
	}
	t.Fatal("no block is small enough")
}

func FuzzCode(f *testing.F) {
	vectors := platformtest.LoadTicketsonicVectors(f)
	good := map[string]bool{}
	for _, v := range vectors.Vectors {
		f.Add([]byte(v.Payload))
		if v.Expect.Valid {
			good[v.Expect.Fields.Number] = true
		}
	}
	ring, bare := newRing(f, vectors.Keys[0].Public), newRing(f)
	f.Fuzz(func(t *testing.T, code []byte) {
		form, got := ring.Recognise(code), ring.Verify(code)
		if got.Proof == admission.ProofGood && (form != admission.Mine || !good[got.ID]) {
			t.Errorf("form %d gave a good ticket %q", form, got.ID)
		}
		if got.Proof != admission.ProofGood && got.ID != "" {
			t.Errorf("proof %v names a ticket", got.Proof)
		}
		if b := bare.Verify(code); b.Proof == admission.ProofGood || (bare.Recognise(code) == admission.Mine) != (b.Proof == admission.ProofUnchecked) {
			t.Errorf("without a key: %+v", b)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	for _, bits := range []int{512, 1024, 2048} {
		b.Run(decimal(uint64(bits)), func(b *testing.B) {
			key := newKey(b, 1, bits)
			text, err := faketicketsonic.Content{Number: strings.Repeat("ab", 16), Price: 15000, Product: 46527, Event: 4067610}.Write()
			must(b, err)
			code, ring := []byte(sealed(b, key, text)), newRing(b, key.Public())
			b.ReportAllocs()
			for b.Loop() {
				if ring.Verify(code).Proof != admission.ProofGood {
					b.Fatal("not good")
				}
			}
		})
	}
}
