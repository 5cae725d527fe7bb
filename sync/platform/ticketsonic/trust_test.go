package ticketsonic_test

import (
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"gatescand/sync/platform"
	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
	"gatescand/sync/platform/platformtest/faketicketsonic"
	"gatescand/sync/platform/ticketsonic"
)

// TestTrust is about the certificate, which the shop plugin never looks at.
func TestTrust(t *testing.T) {
	authority, err := fakeserver.NewAuthority(tonight, "127.0.0.1")
	must(t, err)
	fake, err := faketicketsonic.New(faketicketsonic.Options{Clock: tonight, Source: rand.NewPCG(1, 2)})
	must(t, err)
	p, err := fake.AddPromoter(faketicketsonic.Promoter{UserID: userID})
	must(t, err)
	base := platformtest.StartTLS(t, fake, authority)
	pinOf := func(kind fakeserver.Certificate) []byte {
		c, err := authority.Certificate(kind)
		must(t, err)
		sum := sha256.Sum256(c.Leaf.RawSubjectPublicKeyInfo)
		return sum[:]
	}
	for _, c := range []struct {
		name  string
		shows fakeserver.Certificate
		ca    []byte
		pin   []byte
		want  platform.Class
	}{
		{"nobody vouches for the server", fakeserver.Sound, nil, nil, platform.Untrusted},
		{"the organiser's authority does", fakeserver.Sound, authority.PEM(), nil, ""},
		{"a certificate signed by itself", fakeserver.SelfSigned, nil, nil, platform.Untrusted},
		{"a certificate signed by itself, against an authority", fakeserver.SelfSigned, authority.PEM(), nil, platform.Untrusted},
		{"a certificate signed by itself, and pinned", fakeserver.SelfSigned, nil, pinOf(fakeserver.SelfSigned), ""},
		{"another one than the pinned", fakeserver.Sound, nil, pinOf(fakeserver.SelfSigned), platform.Untrusted},
		{"another one than the pinned, by the right authority", fakeserver.Sound, authority.PEM(), pinOf(fakeserver.SelfSigned), platform.Untrusted},
		{"an expired one", fakeserver.Expired, authority.PEM(), nil, platform.Untrusted},
		{"one for another host", fakeserver.OtherHost, authority.PEM(), nil, platform.Untrusted},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake.ShowCertificate(c.shows)
			fake.ForgetRequests()
			d := newDrawer(t, base, func(s *ticketsonic.Settings) { s.CAPEM, s.PinSHA256, s.APIKey = c.ca, c.pin, p.APIKey })
			if err := d.Probe(t.Context()); classOf(t, err) != c.want {
				t.Errorf("want class %q: %v", c.want, err)
			}
			if n := len(fake.Requests()); c.want != "" && n > 0 {
				t.Errorf("%d requests reached a server that is not to be trusted", n)
			}
		})
	}
}
