package sandbox

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"time"
)

// Fault is one rule for making a call go wrong. It is kept, with its count, in
// the store, so that every process that uses the store sees it.
//
// A rule counts the calls that it matches, and fires on calls number Nth to
// Nth+Times-1. The first rule that fires decides; rules after it still count.
type Fault struct {
	ID int `json:"id"` // given by AddFault

	// What it matches. Empty matches everything; * and ? are wild.
	Cloud     string `json:"cloud,omitempty"`
	Service   string `json:"service,omitempty"`
	Operation string `json:"operation,omitempty"`
	Region    string `json:"region,omitempty"`
	Write     bool   `json:"write,omitempty"` // only calls that may change something
	// Contains is a text that the call's URL or body holds, such as the name of
	// one of several objects that are made at the same time.
	Contains string `json:"contains,omitempty"`

	Nth   int `json:"nth,omitempty"`   // first call that goes wrong, from 1; 0 is 1
	Times int `json:"times,omitempty"` // how many in a row; 0 is 1, negative is for ever

	// What goes wrong. Status answers with that HTTP status and error code,
	// without running the call. Delay waits first, and may stand alone or
	// beside any other.
	Status  int      `json:"status,omitempty"`
	Code    string   `json:"code,omitempty"`
	Message string   `json:"message,omitempty"`
	Delay   Duration `json:"delay,omitempty"`

	// Drop breaks the connection, Crash kills the process that serves the call:
	// "before" the call runs, or "after" it ran and was written.
	Drop  string `json:"drop,omitempty"`
	Crash string `json:"crash,omitempty"`

	Seen  int `json:"seen"`  // calls matched so far
	Fired int `json:"fired"` // calls that went wrong so far
}

// Duration is a time.Duration that is written "1.5s" in JSON.
type Duration time.Duration

// MarshalText writes the duration as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

const (
	before = "before"
	after  = "after"
)

// validate says what is wrong with a rule.
func (f *Fault) validate() error {
	switch {
	case f.Drop != "" && f.Drop != before && f.Drop != after:
		return fmt.Errorf("fault: drop is %q; it is \"before\" or \"after\"", f.Drop)
	case f.Crash != "" && f.Crash != before && f.Crash != after:
		return fmt.Errorf("fault: crash is %q; it is \"before\" or \"after\"", f.Crash)
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("fault: status is %d; it is an error from 400 to 599", f.Status)
	case f.Status == 0 && f.Code != "":
		return fmt.Errorf("fault: code %s needs a status, such as 400", f.Code)
	case f.Status == 0 && f.Drop == "" && f.Crash == "" && f.Delay == 0:
		return fmt.Errorf("fault: nothing goes wrong; give it a status, delay, drop or crash")
	case f.Delay < 0 || f.Nth < 0:
		return fmt.Errorf("fault: delay and nth are not negative")
	}
	for _, pattern := range []string{f.Cloud, f.Service, f.Operation, f.Region} {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("fault: pattern %q: %w", pattern, err)
		}
	}
	return nil
}

func (f *Fault) matches(call *Call) bool {
	return wild(f.Cloud, call.Cloud) && wild(f.Service, call.Service) &&
		wild(f.Operation, call.Operation) && wild(f.Region, call.Region) &&
		(!f.Write || call.Write) && (f.Contains == "" || call.holds(f.Contains))
}

// holds tells whether the call's URL or body contains the text.
func (c *Call) holds(text string) bool {
	return bytes.Contains(c.Body, []byte(text)) || c.Request != nil && strings.Contains(c.Request.URL.String(), text)
}

func wild(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return pattern == "" || ok && err == nil
}

// fire counts the call and says whether it goes wrong.
func (f *Fault) fire() bool {
	f.Seen++
	first, times := max(1, f.Nth), f.Times
	if times == 0 {
		times = 1
	}
	if f.Seen < first || times > 0 && f.Seen >= first+times {
		return false
	}
	f.Fired++
	return true
}

// fault returns a copy of the rule that fires on this call, or nil. Counts are
// kept even when the call is undone: the caller saves them.
func (d *data) fault(call *Call) (fired *Fault, counted bool) {
	for _, f := range d.Faults {
		if !f.matches(call) {
			continue
		}
		counted = true
		if f.fire() && fired == nil {
			copied := *f
			fired = &copied
		}
	}
	return fired, counted
}

// AddFault adds a rule and returns it with its id.
func (s *Sandbox) AddFault(f Fault) (Fault, error) {
	if err := f.validate(); err != nil {
		return Fault{}, err
	}
	err := s.Update(func(tx *Tx) error {
		d := tx.data()
		f.ID, f.Seen, f.Fired = 1, 0, 0
		for _, other := range d.Faults {
			f.ID = max(f.ID, other.ID+1)
		}
		d.Faults = append(d.Faults, &f)
		tx.dirty = true
		return nil
	})
	return f, err
}

// Faults lists the rules with their counts.
func (s *Sandbox) Faults() ([]Fault, error) {
	var out []Fault
	err := s.Update(func(tx *Tx) error {
		for _, f := range tx.data().Faults {
			out = append(out, *f)
		}
		return nil
	})
	return out, err
}

// ClearFaults removes all rules.
func (s *Sandbox) ClearFaults() error {
	return s.Update(func(tx *Tx) error {
		tx.dirty = tx.dirty || len(tx.data().Faults) > 0
		tx.data().Faults = nil
		return nil
	})
}
