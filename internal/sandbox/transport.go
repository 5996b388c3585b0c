package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
)

// maxBody bounds what one request may carry. The largest that the modelled
// clouds accept is an inline policy or template of a few hundred KiB.
const maxBody = 8 << 20

// errDropped is what a caller in this process sees of a broken connection: the
// same error that a reset TCP connection gives, which SDKs know and retry.
var errDropped error = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// Transport returns a RoundTripper that answers in this process. Give it to an
// SDK as the transport of its HTTP client; no port is opened, and a host that
// no API owns is an error instead of a request to the network.
func (s *Sandbox) Transport() http.RoundTripper { return transport{s} }

type transport struct{ box *Sandbox }

// RoundTrip answers one request.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1))
		if err = errors.Join(err, r.Body.Close()); err != nil {
			return nil, err
		}
		if len(body) > maxBody {
			return nil, fmt.Errorf("sandbox: the request's body is larger than %d bytes", maxBody)
		}
	}
	answer, err := t.box.do(r, body)
	if err != nil {
		return nil, err
	}
	header := answer.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Length", strconv.Itoa(len(answer.Body)))
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", answer.Status, http.StatusText(answer.Status)),
		StatusCode:    answer.Status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(answer.Body)),
		ContentLength: int64(len(answer.Body)),
		Request:       r,
	}, nil
}

// Handler returns the same cloud for a server on loopback. Serve is the usual
// way to run it.
func (s *Sandbox) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "the request's body could not be read: "+err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		answer, err := s.do(r, body)
		if err != nil {
			// ErrAbortHandler closes the connection without an answer.
			if errors.Is(err, errDropped) || r.Context().Err() != nil {
				panic(http.ErrAbortHandler)
			}
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(answer.Body)))
		w.WriteHeader(answer.Status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(answer.Body) // the client went away: nobody to tell
		}
	})
}

// do is a request's way through the sandbox: whose it is, does a rule want it
// to go wrong, run it, journal it.
func (s *Sandbox) do(r *http.Request, body []byte) (*Response, error) {
	api, call := s.identify(r, body)
	if call == nil {
		host := r.Host
		if host == "" {
			host = r.URL.Host
		}
		return nil, fmt.Errorf("sandbox: no cloud in this sandbox answers for %s %s%s", r.Method, host, r.URL.EscapedPath())
	}
	fault, err := s.fault(call)
	if err != nil {
		return nil, err
	}
	if fault != nil && fault.Delay > 0 {
		if err := s.options.Sleep(r.Context(), time.Duration(fault.Delay)); err != nil {
			return nil, err
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if fault != nil && fault.Crash == before {
		s.options.Crash()
	}
	answer, err := s.run(api, call, fault)
	if err != nil {
		return nil, err
	}
	if fault != nil && fault.Crash == after {
		s.options.Crash()
	}
	if fault != nil && fault.Drop != "" {
		return nil, errDropped
	}
	return answer, nil
}

func (s *Sandbox) identify(r *http.Request, body []byte) (API, *Call) {
	for _, api := range s.options.APIs {
		if call, ok := api.Identify(r, body); ok {
			call.Request, call.Body, call.Cloud = r, body, api.Cloud()
			return api, call
		}
	}
	return nil, nil
}

// fault counts the call against the rules, in a transaction of its own: the
// count must stay although the call is undone or the process dies.
func (s *Sandbox) fault(call *Call) (*Fault, error) {
	var fired *Fault
	err := s.Update(func(tx *Tx) error {
		var counted bool
		fired, counted = tx.data().fault(call)
		tx.dirty = tx.dirty || counted
		return nil
	})
	return fired, err
}

// run serves the call in one transaction and journals it.
func (s *Sandbox) run(api API, call *Call, fault *Fault) (*Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var answer *Response
	err := s.store.locked(func() error {
		tx := s.begin()
		entry := Entry{
			Time: tx.Now(), Cloud: call.Cloud, Service: call.Service, Operation: call.Operation,
			Region: call.Region, Write: call.Write,
		}
		switch {
		case fault != nil && fault.Drop == before:
		case fault != nil && fault.Status != 0:
			answer = api.Fault(call, fault.Status, fault.Code, fault.Message)
			entry.Status = answer.Status
		default:
			answer = s.serve(tx, api, call)
			entry.Status = answer.Status
		}
		if answer != nil && answer.Status >= 400 && !call.Keep {
			tx.rollback()
		}
		if err := tx.commit(); err != nil {
			return err
		}
		entry.Code, entry.Object, entry.Request, entry.Account = call.Code, call.Object, call.RequestID, call.Account
		if fault != nil {
			entry.Fault = fault.ID
		}
		return s.store.journal(entry)
	})
	return answer, err
}

// serve calls the API and turns a defect of the sandbox into an answer that
// says so: a provider must not die of it.
func (s *Sandbox) serve(tx *Tx, api API, call *Call) (answer *Response) {
	call.RequestID = s.requestID(tx)
	defer func() {
		if p := recover(); p != nil {
			if s.options.Strict {
				panic(p) // a test wants the stack
			}
			answer = api.Fault(call, http.StatusInternalServerError, "",
				fmt.Sprintf("defect of the sandbox in %s %s: %v\n%s", call.Service, call.Operation, p, debug.Stack()))
		}
	}()
	answer, err := api.Serve(tx, call)
	if err != nil {
		return api.Fault(call, http.StatusInternalServerError, "", err.Error())
	}
	return answer
}

// requestID draws an id for one answer. It is not one of the store's seeded
// ids: a read must not have to write the file.
func (s *Sandbox) requestID(tx *Tx) string {
	s.requests++
	d := tx.data()
	sum := sha256.Sum256(fmt.Appendf(nil, "request %d %d %d %d", d.Seed, s.store.generation, s.requests, os.Getpid()))
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}
