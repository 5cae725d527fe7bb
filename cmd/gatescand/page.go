package main

import (
	"context"
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
	"os"
	"path/filepath"
	"time"

	"gatescand/configs"
	"gatescand/device/admin"
)

// servePage serves the page and the API until ctx ends.
func (d *daemon) servePage(ctx context.Context) error {
	cfg := d.first
	server, err := admin.New(admin.Options{
		Version: version, Station: cfg.Station.Name, Language: cfg.Station.Language, Zone: cfg.Station.Location,
		Token: d.token, Hosts: pageHosts(cfg.Admin.Listen), MetricsPublic: cfg.Admin.MetricsPublic, ShowNames: cfg.Admin.ShowNames,
		Log: d.log, Now: time.Now, Ready: d.notReady, EventName: d.eventName,
		Hub: d.hub, Metrics: d.metrics, Clock: d.clock, Journal: d, Lanes: d, LaneControl: d, Overrides: d, Accounts: d,
		Conditions: d.health, Tickets: d, Conflicts: d, Outbox: d, Pairing: d,
	})
	if err != nil {
		return err
	}
	listener, err := d.listen(ctx)
	if err != nil {
		d.health.Raise("page_unavailable", cfg.Admin.Listen, err.Error())
		return err
	}
	d.health.Clear("page_unavailable", cfg.Admin.Listen)
	scheme := "http"
	if cfg.Admin.TLS != configs.TLSOff {
		scheme = "https"
	}
	if err := replaceFile(filepath.Join(cfg.Station.DataDir, pageURLName), []byte(scheme+"://"+localAddress(listener.Addr().String())+"\n")); err != nil {
		d.log.Warn("it cannot be noted where the page is", slog.Any("error", err))
	}
	d.pageURL.Store(new(scheme + "://" + localAddress(listener.Addr().String())))
	d.log.Info("page served", slog.Any("url", *d.pageURL.Load()))
	defer d.forgetPage()
	return server.Run(ctx, listener)
}

// forgetPage removes the note of where the page is; nobody is there any more.
func (d *daemon) forgetPage() {
	err := os.Remove(filepath.Join(d.first.Station.DataDir, pageURLName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		d.log.Warn("the note of where the page was cannot be removed", slog.Any("error", err))
	}
}

// listen opens the page's listener, with TLS where the configuration says so.
func (d *daemon) listen(ctx context.Context) (net.Listener, error) {
	cfg := d.first.Admin
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("the page cannot listen on %s; is another program there? set [admin].listen to a free port: %w", cfg.Listen, err)
	}
	var cert tls.Certificate
	switch cfg.TLS {
	case configs.TLSOff:
		return listener, nil
	case configs.TLSFiles:
		cert, err = tls.X509KeyPair(cfg.CertPEM, []byte(cfg.KeyPEM.Reveal()))
	case configs.TLSSelfSigned:
		cert, err = selfSigned(d.first.Station.DataDir, cfg.Listen)
	}
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}), nil
}

// pageHosts are the names under which browsers may ask for the page.
func pageHosts(listen string) []string {
	var hosts []string
	if host, _, err := net.SplitHostPort(listen); err == nil && host != "" {
		hosts = append(hosts, host)
	}
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name, name+".local")
	}
	return hosts
}

// selfSignedFor is how long a self-signed certificate is good for. Nobody
// renews it by hand at a gate.
const selfSignedFor = 10 * 365 * 24 * time.Hour

// selfSigned gives the station's own certificate, made once and kept, so that
// a browser that has accepted it is not asked again.
func selfSigned(dir, listen string) (tls.Certificate, error) {
	certFile, keyFile := filepath.Join(dir, "page-cert.pem"), filepath.Join(dir, "page-key.pem")
	if cert, err := tls.LoadX509KeyPair(certFile, keyFile); err == nil {
		return cert, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, err
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
		return tls.Certificate{}, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	if err := errors.Join(os.WriteFile(certFile, certPEM, 0o600), os.WriteFile(keyFile, keyPEM, 0o600)); err != nil {
		return tls.Certificate{}, fmt.Errorf("the page's certificate cannot be kept: %w", err)
	}
	return tls.X509KeyPair(certPEM, keyPEM)
}
