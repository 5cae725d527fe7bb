package fakeserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// Certificate is a kind of server certificate, good or not.
type Certificate int

// The certificates a server can show. None of them is trusted by anybody who does not trust the authority.
const (
	// Sound is in order.
	Sound Certificate = iota
	// Expired was in order until a day ago.
	Expired
	// NotYetValid will be in order in a day.
	NotYetValid
	// OtherHost is in order, but made out to "another.example".
	OtherHost
	// SelfSigned is for the right host and time, signed by its own key and not by the authority.
	SelfSigned
)

// ErrAuthority says that an authority was asked for without a clock or hosts.
var ErrAuthority = errors.New("fakeserver: an authority needs a clock and the hosts it signs for")

// Authority makes the certificates of fake servers: a small certification authority of its own, with fresh keys, that nobody trusts who
// is not given its PEM. It may be used by several fronts at once.
type Authority struct {
	clock func() time.Time
	hosts []string
	key   *ecdsa.PrivateKey
	root  *x509.Certificate

	mu    sync.Mutex
	ready map[Certificate]*tls.Certificate
}

// NewAuthority makes an authority that signs for hosts, names or IP addresses. Its own certificate is good for ten years around the
// clock's present time.
func NewAuthority(clock func() time.Time, hosts ...string) (*Authority, error) {
	if clock == nil || len(hosts) == 0 {
		return nil, ErrAuthority
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key of the authority: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "gatescan test authority"},
		NotBefore:    clock().AddDate(-5, 0, 0), NotAfter: clock().AddDate(5, 0, 0),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate of the authority: %w", err)
	}
	root, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("certificate of the authority: %w", err)
	}
	return &Authority{clock: clock, hosts: hosts, key: key, root: root, ready: map[Certificate]*tls.Certificate{}}, nil
}

// PEM returns the authority's own certificate, as it would stand in a CA file.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw})
}

// Certificate returns a certificate of a kind with its key; always the same one, so that it can be pinned. Leaf is filled in.
func (a *Authority) Certificate(kind Certificate) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ready, ok := a.ready[kind]; ok {
		return ready, nil
	}
	made, err := a.issue(kind)
	if err != nil {
		return nil, fmt.Errorf("certificate of the fake server: %w", err)
	}
	a.ready[kind] = made
	return made, nil
}

func (a *Authority) issue(kind Certificate) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template, parent, signer := a.template(kind), a.root, a.key
	if kind == SelfSigned {
		parent, signer = template, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key, Leaf: leaf}, nil
}

// template says what a certificate of a kind is made out to.
func (a *Authority) template(kind Certificate) *x509.Certificate {
	const day = 24 * time.Hour
	now := a.clock()
	t := &x509.Certificate{
		SerialNumber: big.NewInt(int64(kind) + 2),
		Subject:      pkix.Name{CommonName: a.hosts[0]},
		NotBefore:    now.Add(-90 * day), NotAfter: now.Add(90 * day),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	hosts := a.hosts
	switch kind {
	case Expired:
		t.NotAfter = now.Add(-day)
	case NotYetValid:
		t.NotBefore = now.Add(day)
	case OtherHost:
		hosts = []string{"another.example"}
	case Sound, SelfSigned:
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, host)
		}
	}
	return t
}
