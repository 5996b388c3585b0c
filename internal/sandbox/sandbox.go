package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"
)

// Options compose a sandbox. The zero value works, but serves nothing.
type Options struct {
	// APIs are the wires to serve, asked in order which of them a request is
	// for.
	APIs []API

	// Seed makes the ids of a new store repeatable; 0 draws one. An existing
	// store keeps the seed that it was made with.
	Seed uint64

	// Now is the machine's clock, time.Now by default. The simulated clock is
	// this plus the store's offset.
	Now func() time.Time

	// Sleep waits for a delay fault, or until the context ends.
	Sleep func(context.Context, time.Duration) error

	// Crash ends the process for a crash fault, as kill -9 would. Tests that
	// want to live replace it.
	Crash func()

	// Strict makes every transaction prove that objects which were read and
	// not put back were not changed either; a violation is a panic that names
	// the object. For tests: it costs one encoding for each object read.
	Strict bool
}

// API is the wire of one cloud. Its methods are called by many requests at
// once, except that calls with a Tx are serialised.
type API interface {
	// Cloud is the cloud's word in journal, faults and objects: "aws".
	Cloud() string

	// Identify says what a request asks for, from the request alone, or false
	// when it is not for this cloud. An operation that the API does not know is
	// still identified; Serve then answers with the cloud's own refusal.
	Identify(r *http.Request, body []byte) (*Call, bool)

	// Serve runs the call. An answer with status 400 or above undoes what the
	// call wrote, unless it set call.Keep. An error is a defect of the sandbox
	// and becomes an answer with status 500.
	Serve(tx *Tx, call *Call) (*Response, error)

	// Fault renders an error in the cloud's own format, for fault rules. An
	// empty code asks for the format's usual one for that status.
	Fault(call *Call, status int, code, message string) *Response
}

// Call is one request on its way through the sandbox.
type Call struct {
	Request *http.Request
	Body    []byte

	Cloud     string
	Service   string // "ec2"
	Operation string // "CreateVpc"
	Region    string // "eu-west-1"; empty for global services

	// Write says that the operation is one that may change something. Reads
	// may still move an object's progress.
	Write bool

	// RequestID is what the answer carries as the cloud's request id. The
	// sandbox sets it before Serve.
	RequestID string

	// Set by Serve, for the journal.
	Account string // whose the caller is, where the cloud has accounts
	Object  string // id of the object made, changed or asked for
	Code    string // the cloud's error code

	// Keep commits what was written although the answer is an error: a refused
	// delete still counts as a poll of what stood in its way.
	Keep bool
}

// Response is a whole answer.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Sandbox is an open store with its APIs. It may be used from any number of
// goroutines, and any number of processes may open the same path.
type Sandbox struct {
	options Options

	mu    sync.Mutex // one transaction at a time in this process
	store *store

	requests uint64 // answered so far, for request ids
}

// Open opens the store at path, or prepares a new one there; the file is first
// written by the first change. It fails when the file is there and is not a
// store of a format this version knows.
func Open(path string, options Options) (*Sandbox, error) {
	if path == "" {
		return nil, fmt.Errorf("open sandbox: no path for its state file; the usual one is %s", DefaultPath)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Sleep == nil {
		options.Sleep = sleep
	}
	if options.Crash == nil {
		options.Crash = crash
	}
	box := &Sandbox{options: options, store: newStore(path)}
	// The first transaction gives a new store its realm and seed, and says now
	// rather than at the first request that a file is not readable.
	err := box.Update(func(tx *Tx) error { return nil })
	if err != nil {
		return nil, err
	}
	return box, nil
}

// DefaultPath is where a store is kept unless told otherwise.
const DefaultPath = ".kready/sandbox.json"

// Path is the store's file.
func (s *Sandbox) Path() string { return s.store.path }

// Realm is the id of this cloud, "sandbox-" and eight hex digits. It changes
// only when the store is reset.
func (s *Sandbox) Realm() (string, error) {
	var realm string
	err := s.Update(func(tx *Tx) error { realm = tx.Realm(); return nil })
	return realm, err
}

// Advance moves the simulated clock forward for everybody who uses the store.
func (s *Sandbox) Advance(by time.Duration) error {
	if by < 0 {
		return fmt.Errorf("advance the sandbox's clock by %s: it only goes forward", by)
	}
	return s.Update(func(tx *Tx) error {
		tx.data().Offset += by
		tx.dirty = true
		return nil
	})
}

// Update runs fn in one transaction and writes what it changed, unless it
// returns an error. It is how introspection and other services' hooks reach
// the store; fn must not call the Sandbox again.
func (s *Sandbox) Update(fn func(tx *Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.locked(func() error {
		tx := s.begin()
		if err := fn(tx); err != nil {
			tx.rollback()
			return err
		}
		return tx.commit()
	})
}

func (s *Sandbox) begin() *Tx {
	tx := &Tx{box: s}
	if s.store.data == nil {
		s.store.data = newData(s.options.Seed)
		tx.fresh = true
	}
	return tx
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func crash() {
	// Kill, not Exit: deferred calls and exit hooks must not run, as they do
	// not when a machine loses power.
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		os.Exit(137)
	}
	select {}
}
