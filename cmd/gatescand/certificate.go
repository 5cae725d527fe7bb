package main

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
	"log/slog"
	"math/big"
	"net"
	"path/filepath"
	"time"
)

// selfSignedFor is how long a self-signed certificate is good for. Nobody
// renews it by hand at a gate.
const selfSignedFor = 10 * 365 * 24 * time.Hour

// ownCertificate gives the station's own certificate, made once and kept, so
// that a browser that has accepted it is not asked again. Where it cannot be
// kept there is a page all the same, with one that lives as long as the process.
func (d *daemon) ownCertificate(listen string) (tls.Certificate, error) {
	dir := d.first.Station.DataDir
	certFile, keyFile := filepath.Join(dir, "page-cert.pem"), filepath.Join(dir, "page-key.pem")
	if cert, err := tls.LoadX509KeyPair(certFile, keyFile); err == nil {
		d.health.Clear("page_certificate_unkept", dir)
		return cert, nil
	}
	certPEM, keyPEM, err := selfSigned(listen)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("the page's certificate cannot be made: %w", err)
	}
	if err := errors.Join(replaceFile(keyFile, keyPEM), replaceFile(certFile, certPEM)); err != nil {
		d.health.Raise("page_certificate_unkept", dir, err.Error())
		d.log.Warn("the page's certificate is not kept", slog.Any("error", err))
	} else {
		d.health.Clear("page_certificate_unkept", dir)
	}
	return tls.X509KeyPair(certPEM, keyPEM)
}

// selfSigned makes a certificate for every name under which browsers may ask
// for the page.
func selfSigned(listen string) (certPEM, keyPEM []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	// A box without a clock of its own may believe it is 1970: the certificate
	// begins before any clock that reads it.
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "gatescand"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Now().Add(selfSignedFor),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	for _, h := range pageHosts(listen) {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	certPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	return certPEM, keyPEM, nil
}
