package ticketsonic_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest"
)

// wanted is the credential that a vector asks for.
func wanted(v platformtest.TicketsonicVector) admission.Credential {
	c := admission.Credential{Platform: admission.TicketSonic, Proof: admission.ProofBad}
	c.Account = account
	if !v.Expect.Valid {
		return c
	}
	f := v.Expect.Fields
	c.Proof, c.ID, c.Event = admission.ProofGood, f.Number, decimal(f.Event)
	if f.Product != nil {
		c.Price = decimal(*f.Product)
	}
	if f.Start != nil {
		c.Window.From = time.Unix(int64(*f.Start), 0).UTC()
	}
	if f.End != nil {
		c.Window.Until = time.Unix(int64(*f.End), 0).UTC()
	}
	return c
}

// formOf says which vectors lack the platform's form.
func formOf(vector string) admission.Recognition {
	switch vector {
	case "short_63_bytes", "not_base64":
		return admission.NotMine
	}
	return admission.Mine
}

func TestEveryVectorGivesWhatItExpects(t *testing.T) {
	vectors := platformtest.LoadTicketsonicVectors(t)
	if len(vectors.Vectors) != 15 || vectors.VerifyWith != vectors.Keys[0].Name {
		t.Fatalf("%d vectors for %q", len(vectors.Vectors), vectors.VerifyWith)
	}
	for _, armour := range []string{vectors.Keys[0].Public, vectors.Keys[0].PublicPEM} {
		ring := newRing(t, armour)
		for _, v := range vectors.Vectors {
			t.Run(v.Name, func(t *testing.T) {
				if got := ring.Verify([]byte(v.Payload)); got != wanted(v) {
					t.Errorf("got  %+v\nwant %+v", got, wanted(v))
				}
				if got := ring.Recognise([]byte(v.Payload)); got != formOf(v.Name) {
					t.Errorf("recognised as %d, want %d", got, formOf(v.Name))
				}
			})
		}
	}
}

func TestABlockOfAnotherPromoterIsBadAndTheirKeyOpensIt(t *testing.T) {
	vectors := platformtest.LoadTicketsonicVectors(t)
	var theirs, ours string
	for _, v := range vectors.Vectors {
		switch v.Name {
		case "other_promoter_key":
			theirs = v.Payload
		case "valid_1_plain":
			ours = v.Payload
		}
	}
	a, b := newRing(t, vectors.Keys[0].Public), newRing(t, vectors.Keys[1].Public)
	both := newRing(t, vectors.Keys[0].Public, vectors.Keys[1].Public)
	for _, c := range []struct {
		name string
		ring interface {
			Verify(code []byte) admission.Credential
		}
		code string
		want admission.Proof
	}{
		{"ours with our key", a, ours, admission.ProofGood},
		{"theirs with our key", a, theirs, admission.ProofBad},
		{"ours with their key", b, ours, admission.ProofBad},
		{"theirs with their key", b, theirs, admission.ProofGood},
		{"ours with both keys", both, ours, admission.ProofGood},
		{"theirs with both keys", both, theirs, admission.ProofGood},
		{"ours with both keys again", both, ours, admission.ProofGood},
	} {
		if got := c.ring.Verify([]byte(c.code)); got.Proof != c.want {
			t.Errorf("%s: %v, want %v", c.name, got.Proof, c.want)
		}
	}
}

func TestRecognition(t *testing.T) {
	vectors := platformtest.LoadTicketsonicVectors(t)
	code := vectors.Vectors[0].Payload
	key := vectors.Keys[0].Public
	next := func(c byte) string { return string(rune(c + 1)) }
	for _, c := range []struct {
		name  string
		code  string
		want  admission.Recognition
		keyed admission.Proof // with the promoter's key
	}{
		{"a printed code", code, admission.Mine, admission.ProofGood},
		{"followed by what a scanner appends", code + " \t\r\n", admission.Mine, admission.ProofGood},
		{"in the other alphabet", strings.NewReplacer("+", "-", "/", "_").Replace(code), admission.Mine, admission.ProofGood},
		{"without its padding", strings.TrimRight(code, "="), admission.Mine, admission.ProofGood},
		{"in the other alphabet without its padding", strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(code), admission.Mine, admission.ProofGood},
		{"any 64 bytes", strings.Repeat("A", 86) + "==", admission.Mine, admission.ProofBad},
		{"in both alphabets", strings.Replace(code, "/", "_", 1), admission.Malformed, admission.ProofBad},
		{"with bits in the padding", code[:85] + next(code[85]) + "==", admission.Malformed, admission.ProofBad},
		{"broken into lines", code[:64] + "\r\n" + code[64:], admission.Malformed, admission.ProofBad},
		{"with bits in the padding that is not there", code[:85] + next(code[85]), admission.NotMine, admission.ProofBad},
		{"with something else for its padding", code[:86] + "AA", admission.NotMine, admission.ProofBad},
		{"with padding that goes on", code[:87] + "A", admission.NotMine, admission.ProofBad},
		{"with half its padding", code[:87], admission.NotMine, admission.ProofBad},
		{"with one pad too many", code + "=", admission.NotMine, admission.ProofBad},
		{"with a NUL behind", code + "\x00", admission.NotMine, admission.ProofBad},
		{"with a blank within", code[:50] + " " + code[50:], admission.NotMine, admission.ProofBad},
		{"cut", code[:60], admission.NotMine, admission.ProofBad},
		{"twice", code + code, admission.NotMine, admission.ProofBad},
		{"behind a blank", " " + code, admission.NotMine, admission.ProofBad},
		{"behind a byte order mark", "\ufeff" + code, admission.NotMine, admission.ProofBad},
		{"nothing", "", admission.NotMine, admission.ProofBad},
		{"blanks only", " \r\n", admission.NotMine, admission.ProofBad},
		{"a bar code from a bottle", "4006381333931", admission.NotMine, admission.ProofBad},
		{"a web address", "https://www.ticketsonic.com:9507/v1/health", admission.NotMine, admission.ProofBad},
		{"a JSON Web Token", "eyJhbGciOiJIUzI1NiJ9.eyJ1dWlkIjoiMSJ9.c2ln", admission.NotMine, admission.ProofBad},
		{"a ticket of TiBillet", platformtest.LoadTibilletVectors(t).Vectors[0].Payload, admission.NotMine, admission.ProofBad},
		{"hexadecimal of 43 bytes", strings.Repeat("0f", 43), admission.NotMine, admission.ProofBad},
		{"96 bytes", strings.Repeat("A", 128), admission.NotMine, admission.ProofBad},
		{"very long", code + strings.Repeat("A", 10<<20), admission.NotMine, admission.ProofBad},
	} {
		t.Run(c.name, func(t *testing.T) {
			bare, keyed := newRing(t), newRing(t, key)
			for name, ring := range map[string]interface {
				Recognise(code []byte) admission.Recognition
			}{"without a key": bare, "with the key": keyed} {
				if got := ring.Recognise([]byte(c.code)); got != c.want {
					t.Errorf("%s recognised as %d, want %d", name, got, c.want)
				}
			}
			if got := keyed.Verify([]byte(c.code)); got.Proof != c.keyed {
				t.Errorf("proof %v, want %v", got.Proof, c.keyed)
			}
			unkeyed := admission.ProofBad
			if c.want == admission.Mine {
				unkeyed = admission.ProofUnchecked
			}
			if got := bare.Verify([]byte(c.code)); got.Proof != unkeyed || got.ID != "" {
				t.Errorf("without a key: proof %v of ticket %q, want %v of none", got.Proof, got.ID, unkeyed)
			}
		})
	}
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
