package fakeserver_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest"
	"gatescand/sync/platform/platformtest/fakeserver"
)

func trusting(tb testing.TB, authority *fakeserver.Authority) *tls.Config {
	tb.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority.PEM()) {
		tb.Fatal("the authority's PEM holds no certificate")
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

func TestCertificateFailsForItsReasonAlone(t *testing.T) {
	authority, err := fakeserver.NewAuthority(time.Now, "127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	invalid := func(err error, reason x509.InvalidReason) bool {
		e, ok := errors.AsType[x509.CertificateInvalidError](err)
		return ok && e.Reason == reason
	}
	s := newShop(t, time.Now)
	base := platformtest.StartTLS(t, s, authority)
	for _, row := range []struct {
		name  string
		shown fakeserver.Certificate
		fits  func(error) bool
	}{
		{"a sound one is taken", fakeserver.Sound, func(err error) bool { return err == nil }},
		{"an expired one is not", fakeserver.Expired, func(err error) bool { return invalid(err, x509.Expired) }},
		{"nor one of the future", fakeserver.NotYetValid, func(err error) bool { return invalid(err, x509.Expired) }},
		{"nor another host's", fakeserver.OtherHost, func(err error) bool {
			_, ok := errors.AsType[x509.HostnameError](err)
			return ok
		}},
		{"nor one that vouches for itself", fakeserver.SelfSigned, func(err error) bool {
			_, ok := errors.AsType[x509.UnknownAuthorityError](err)
			return ok
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s.ShowCertificate(row.shown)
			a := newAsker(t, base, &http.Transport{TLSClientConfig: trusting(t, authority)})
			r := a.ask(t.Context(), http.MethodPost, "/use/A", "")
			if !row.fits(r.err) {
				t.Errorf("%d %v", r.status, r.err)
			}
			shown, err := authority.Certificate(row.shown)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := authority.Certificate(row.shown); err != nil || again != shown || shown.Leaf == nil {
				t.Error("not the same certificate when asked again, so nothing could be pinned")
			}
		})
	}
	t.Run("nobody trusts an authority unasked", func(t *testing.T) {
		s.ShowCertificate(fakeserver.Sound)
		r := newAsker(t, base, &http.Transport{}).ask(t.Context(), http.MethodGet, "/list", "")
		if _, ok := errors.AsType[x509.UnknownAuthorityError](r.err); !ok {
			t.Errorf("%d %v", r.status, r.err)
		}
	})
	if s.BaseURL() != base {
		t.Errorf("says it is at %s, not %s", s.BaseURL(), base)
	}
}

func TestAuthorityNeedsAClockAndHosts(t *testing.T) {
	if _, err := fakeserver.NewAuthority(nil, "localhost"); !errors.Is(err, fakeserver.ErrAuthority) {
		t.Error(err)
	}
	if _, err := fakeserver.NewAuthority(time.Now); !errors.Is(err, fakeserver.ErrAuthority) {
		t.Error(err)
	}
}
