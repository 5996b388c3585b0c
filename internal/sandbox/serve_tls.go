package sandbox

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"sync"
	"time"
)

// authority is a certificate authority that lives as long as one server. Its
// key is never written anywhere.
type authority struct {
	certificate []byte // DER
	leaf        tls.Certificate
}

func newAuthority(now time.Time) (*authority, error) {
	root := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "kready sandbox"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 30),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
		// Should the file be trusted by mistake, it vouches for this machine only.
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{"localhost"},
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano() + 1), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: root.NotBefore, NotAfter: root.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, DNSNames: []string{"localhost", "*.localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback},
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, &leafKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	return &authority{certificate: rootDER, leaf: tls.Certificate{Certificate: [][]byte{leafDER, rootDER}, PrivateKey: leafKey}}, nil
}

// write puts the authority's certificate where clients can be pointed at it.
func (a *authority) write(path string) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate}), 0o644)
}

func (a *authority) config() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{a.leaf}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
}

// sniffer is a listener for http and https: the first byte of a connection
// tells them apart (a TLS record begins with 22, no HTTP method does).
type sniffer struct {
	net.Listener
	config *tls.Config
	ready  chan net.Conn
	done   chan struct{}
	close  sync.Once
	err    error // why Accept ended; written before done is closed
}

// patience is how long a connection may stay silent.
const patience = 10 * time.Second

func newSniffer(l net.Listener, config *tls.Config) *sniffer {
	s := &sniffer{Listener: l, config: config, ready: make(chan net.Conn), done: make(chan struct{})}
	go s.accept()
	return s
}

func (s *sniffer) accept() {
	for {
		conn, err := s.Listener.Accept()
		if err != nil {
			s.stop(err)
			return
		}
		go s.sniff(conn)
	}
}

// sniff waits for the first byte in a goroutine of its own, so that a silent
// client holds up nobody.
func (s *sniffer) sniff(conn net.Conn) {
	reader := bufio.NewReader(conn)
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		_ = conn.Close() // it is gone already
		return
	}
	first, err := reader.Peek(1)
	if err == nil {
		err = conn.SetReadDeadline(time.Time{})
	}
	if err != nil {
		_ = conn.Close() // nothing was said, nobody to tell
		return
	}
	var out net.Conn = peeked{conn, reader}
	if first[0] == 22 {
		out = tls.Server(out, s.config)
	}
	select {
	case s.ready <- out:
	case <-s.done:
		_ = conn.Close()
	}
}

// Accept returns the next connection that has begun to speak.
func (s *sniffer) Accept() (net.Conn, error) {
	select {
	case conn := <-s.ready:
		return conn, nil
	case <-s.done:
		return nil, s.err
	}
}

// Close stops listening.
func (s *sniffer) Close() error {
	s.stop(net.ErrClosed)
	return s.Listener.Close()
}

func (s *sniffer) stop(err error) {
	s.close.Do(func() {
		s.err = err
		close(s.done)
	})
}
