package pairing

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestShowHost(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ host, want string }{
		"an ordinary host":                    {"lespass.example.org", "lespass.example.org"},
		"an address with a port":              {"127.0.0.1:8000", "127.0.0.1:8000"},
		"letters with accents":                {"xn--bcher-kva.example", "xn--bcher-kva.example (bücher.example)"},
		"with a port":                         {"xn--bcher-kva.example:8443", "xn--bcher-kva.example:8443 (bücher.example:8443)"},
		"a name wholly of another alphabet":   {"xn--e1afmkfd.example", "xn--e1afmkfd.example (пример.example)"},
		"Latin with one Cyrillic letter":      {"xn--pypal-4ve.com", "xn--pypal-4ve.com (pаypal.com; mixed alphabets)"},
		"Japanese, which has three alphabets": {"xn--eckwd4c7cu47r2wf.jp", "xn--eckwd4c7cu47r2wf.jp (ドメイン名例.jp)"},
		"what is not punycode":                {"xn--a-b-\x00c.example", "xn--a-b- c.example"},
		"punycode of a space":                 {"xn--a b-.example", "xn--a b-.example"},
		"nothing behind the prefix":           {"xn--.example", "xn--.example"},
	} {
		if got := ShowHost(tc.host); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// The samples of RFC 3492 section 7.1, as far as they are labels of lower case.
func TestUnpuny(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"egbpdaj6bu4bxfgehfvwxn":                   "ليهمابتكلموشعربي؟",
		"ihqwcrb4cv8a8dqg056pqjye":                 "他们为什么不说中文",
		"b1abfaaepdrnnbgefbadotcwatmq2g4l":         "почемужеонинеговорятпорусски",
		"hello-another-way--fc4qua05auwb3674vfr0b": "hello-another-way-それぞれの場所",
		"-> $1.00 <--":                             "-> $1.00 <-",
	} {
		if got, ok := unpuny(in); !ok || got != want {
			t.Errorf("%q is %q (%v), want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"a-\xff", "99999999", "é-a", "a-9", strings.Repeat("a", 64)} {
		if got, ok := unpuny(in); ok {
			t.Errorf("%q passed for %q", in, got)
		}
	}
}

func FuzzShowHost(f *testing.F) {
	f.Add("xn--bcher-kva.example:8443")
	f.Add("xn--\u202e.example")
	f.Add("xn--bcher-kva.exampl\x8a\xe9\x86\x03\xf5e:844ample3")
	f.Fuzz(func(t *testing.T, host string) {
		if i := strings.IndexFunc(ShowHost(host), func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }); i >= 0 {
			t.Errorf("%q is shown as %q", host, ShowHost(host))
		}
	})
}

func TestNameFor(t *testing.T) {
	t.Parallel()
	had := []string{"friends", "friends-2"}
	for host, want := range map[string]string{
		"lespass.tibillet.org":             "lespass",
		"friends.tibillet.org":             "friends-3",
		"127.0.0.1:8000":                   "account",
		"[::1]:8000":                       "account",
		"xn--bcher-kva.example":            "xn--bcher-kva",
		"---.example.org":                  "account",
		strings.Repeat("a", 63) + ".org":   strings.Repeat("a", nameMost),
		"LESPASS.example.org":              "lespass",
		"les_pass\"]\n[admin].example.org": "lespassadmin",
	} {
		if got := NameFor(host, func(name string) bool { return slices.Contains(had, name) }); got != want {
			t.Errorf("%q gives %q, want %q", host, got, want)
		}
	}
}
