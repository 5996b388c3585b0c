package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"
)

// Endpoint is where a running server answers.
type Endpoint struct {
	Address string // 127.0.0.1:4566
	// CA is the file with the certificate that signed the server's own, for
	// clients that speak https. Plain http is answered on the same port.
	CA string
}

// URL is the endpoint's address for a scheme, http or https.
func (e Endpoint) URL(scheme string) string { return scheme + "://" + e.Address }

// Announcer is an API whose clients learn from environment variables where it
// answers and who they are.
type Announcer interface {
	// Announce lists them, for a store with this realm. A name that begins with
	// "#" is a remark for people.
	Announce(realm string, at Endpoint) []Variable
}

// Variable is one environment variable.
type Variable struct{ Name, Value string }

// Announce lists the environment variables of every API.
func (s *Sandbox) Announce(at Endpoint) ([]Variable, error) {
	realm, err := s.Realm()
	if err != nil {
		return nil, err
	}
	var all []Variable
	for _, api := range s.options.APIs {
		if announcer, ok := api.(Announcer); ok {
			all = append(all, announcer.Announce(realm, at)...)
		}
	}
	return all, nil
}

// Serve answers on a loopback address, http and https on the same port, until
// the context ends. It calls ready once it listens. An address that others
// can reach is refused: the sandbox takes any credential.
func (s *Sandbox) Serve(ctx context.Context, address string, ready func(Endpoint)) error {
	if err := checkLoopback(address); err != nil {
		return err
	}
	authority, err := newAuthority(s.options.Now())
	if err != nil {
		return fmt.Errorf("serve the sandbox: %w", err)
	}
	ca, err := filepath.Abs(strings.TrimSuffix(s.Path(), ".json") + ".ca.pem")
	if err != nil {
		return fmt.Errorf("serve the sandbox: %w", err)
	}
	if err := authority.write(ca); err != nil {
		return fmt.Errorf("serve the sandbox: %w", err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("serve the sandbox: %w", err)
	}
	if !isLoopback(listener.Addr()) {
		return errors.Join(fmt.Errorf("serve the sandbox: %s became %s, which is not loopback", address, listener.Addr()), listener.Close())
	}
	server := &http.Server{
		Handler:           loopbackOnly(s.Handler()),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      5 * time.Minute, // a delay fault may take a while
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // failed handshakes of strangers
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	both := newSniffer(listener, authority.config())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(both) }()
	ready(Endpoint{Address: listener.Addr().String(), CA: ca})
	select {
	case err := <-stopped:
		return fmt.Errorf("serve the sandbox: %w", err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = server.Shutdown(patience)
	if served := <-stopped; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// checkLoopback refuses addresses that are not loopback literals. Names are
// refused too, but for localhost: what they mean is somebody else's choice.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("serve the sandbox: %q is no address: %w; use 127.0.0.1:PORT", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("serve the sandbox: %s can be reached by others, and the sandbox takes any credential; use 127.0.0.1:PORT", address)
	}
	return nil
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// loopbackOnly answers requests that name this machine. A page in a browser
// can send others here by a name of its own (DNS rebinding).
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		ip := net.ParseIP(strings.Trim(host, "[]"))
		if host != "localhost" && !strings.HasSuffix(host, ".localhost") && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "the sandbox answers to 127.0.0.1 and localhost only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// peeked is a connection whose first bytes were looked at.
type peeked struct {
	net.Conn
	reader *bufio.Reader
}

// Read reads what was peeked first.
func (p peeked) Read(b []byte) (int, error) { return p.reader.Read(b) }
