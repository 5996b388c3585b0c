package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// Entry is one line of the journal: a request that the sandbox answered, or
// broke off. It never holds a body, a header or a secret.
type Entry struct {
	Time      time.Time `json:"time"` // simulated
	Cloud     string    `json:"cloud"`
	Service   string    `json:"service"`
	Operation string    `json:"operation"`
	Region    string    `json:"region,omitempty"`
	Account   string    `json:"account,omitempty"`
	Status    int       `json:"status"` // 0: the connection was broken off
	Code      string    `json:"code,omitempty"`
	Object    string    `json:"object,omitempty"`
	Write     bool      `json:"write"`
	Fault     int       `json:"fault,omitempty"` // id of the rule that fired
	Request   string    `json:"request,omitempty"`
}

// JournalPath is the journal's file, beside the store.
func (s *Sandbox) JournalPath() string { return s.store.journalPath() }

func (s *store) journalPath() string { return strings.TrimSuffix(s.path, ".json") + ".journal.jsonl" }

// maxJournal is how large the journal grows before it is set aside as
// <journal>.old, where the one before it was: a sandbox that is served for
// weeks must not fill the disk.
const maxJournal = 64 << 20

// journal appends one entry; the caller holds the lock, so that the order of
// lines is the order of transactions.
func (s *store) journal(e Entry) (err error) {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	path := s.journalPath()
	if info, err := os.Stat(path); err == nil && info.Size() > maxJournal {
		if err := os.Rename(path, path+".old"); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// Journal calls fn for each entry, oldest first, until it returns an error.
func (s *Sandbox) Journal(fn func(Entry) error) (err error) {
	f, err := os.Open(s.JournalPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the sandbox's journal: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			// A process killed while writing leaves half a line: skip it.
			continue
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return lines.Err()
}
