package fakeserver

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Serve answers on a listener until ctx ends, then cuts every connection and returns nil. It sets the base URL to the listener's
// address over plain HTTP. Requests being worked on when it returns notice that their client has gone and end soon after.
func (f *Front) Serve(ctx context.Context, listener net.Listener) error {
	f.SetBaseURL("http://" + listener.Addr().String())
	server := f.newServer()
	return f.run(ctx, server, listener, func() error { return server.Serve(listener) })
}

// ServeTLS is [Front.Serve] over HTTPS, with certificates of the authority: at first [Sound] ones, see [Front.ShowCertificate].
func (f *Front) ServeTLS(ctx context.Context, listener net.Listener, authority *Authority) error {
	f.SetBaseURL("https://" + listener.Addr().String())
	server := f.newServer()
	server.TLSConfig = f.tlsConfig(authority)
	return f.run(ctx, server, listener, func() error { return server.ServeTLS(listener, "", "") })
}

// tlsConfig shows the certificate chosen at the moment of each handshake.
func (f *Front) tlsConfig(authority *Authority) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return authority.Certificate(f.shownCertificate())
		},
	}
}

// ShowCertificate chooses the certificate for TLS connections that begin from now on.
func (f *Front) ShowCertificate(c Certificate) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.certificate = c
}

func (f *Front) shownCertificate() Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.certificate
}

func (f *Front) newServer() *http.Server {
	return &http.Server{
		Handler:           f,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // broken handshakes are what some tests are about
	}
}

func (f *Front) run(ctx context.Context, server *http.Server, listener net.Listener, serve func() error) error {
	stop := context.AfterFunc(ctx, func() {
		_ = server.Close() // serve below reports what matters
	})
	defer stop()
	if err := serve(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("fake %s: serve on %s: %w", f.name, listener.Addr(), err)
	}
	return nil
}
