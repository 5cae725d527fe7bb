package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
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
		Token: d.token, Access: d.access, Hosts: pageHosts(cfg.Admin.Listen), MetricsPublic: cfg.Admin.MetricsPublic, ShowNames: cfg.Admin.ShowNames,
		Log: d.log, Now: time.Now, Ready: d.notReady, EventName: d.eventName,
		Hub: d.hub, Metrics: d.metrics, Clock: d.clock, Journal: d, Lanes: d, LaneControl: d, Overrides: d, Accounts: d,
		Conditions: d.health, Tickets: d, Conflicts: d, Outbox: d, Pairing: d, PairingDesk: d, Unpairer: d,
		Stories: d, Undoer: d, LaneChecks: d, EventChoices: d,
		JournalSearch: d, Ladder: d,
		Health: d, Settings: d, Setup: d, Place: d.place,
		Cards: d, PageURLs: d.pageURLs, Networks: ownNetworks(time.Now),
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
		cert, err = d.ownCertificate(cfg.Listen)
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
