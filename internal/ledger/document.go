package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

const second = time.Second

// formatVersion is the form of the JSON document.
const formatVersion = 1

// store keeps one document and replaces it only if nobody else has.
type store interface {
	// load returns the document and its version: nil and "" if there is none.
	load(ctx context.Context) (data []byte, version string, err error)
	// save replaces the document of that version ("": where there is none), or
	// returns errLost and leaves it. Any other error leaves open whether it was
	// replaced.
	save(ctx context.Context, data []byte, version string) error
	// begin is called before load and save of one commit, and end after it.
	begin(ctx context.Context) (end func(), err error)
	String() string
}

// errLost means that somebody else replaced the document first.
var errLost = errors.New("lost the race")

// document is a ledger in one JSON document, whatever that is stored in.
type document struct {
	store   store
	options Options
}

func newDocument(s store, options Options) *document { return &document{store: s, options: options} }

// contents is the document: canonical JSON, records ordered by range, one field
// a line, so that it can live in git.
type contents struct {
	Version int `json:"version"`
	Snapshot
}

// String implements [Ledger].
func (d *document) String() string { return d.store.String() }

// Read implements [Ledger].
func (d *document) Read(ctx context.Context) (Snapshot, error) {
	data, _, err := d.store.load(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("read the ledger %s: %w", d.store, err)
	}
	return d.parse(data)
}

func (d *document) parse(data []byte) (Snapshot, error) {
	if data == nil {
		return Snapshot{}, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var c contents
	if err := decoder.Decode(&c); err != nil {
		return Snapshot{}, fmt.Errorf("the ledger %s is not a ledger: %w. Restore it from a backup or from version control", d.store, err)
	}
	if c.Version != formatVersion || c.Lineage == "" || c.Serial < 1 {
		return Snapshot{}, fmt.Errorf("the ledger %s has version %d, lineage %q and serial %d, and this release reads version %d with a lineage and a serial. Use the release that wrote it",
			d.store, c.Version, c.Lineage, c.Serial, formatVersion)
	}
	slices.SortFunc(c.Records, compareRecords)
	return c.Snapshot, nil
}

// Attempts of one commit, and the longest wait between two of them. With 64
// claimers on one object each round has one winner.
const (
	attempts    = 200
	firstWait   = 5 * time.Millisecond
	longestWait = 500 * time.Millisecond
)

// Commit implements [Ledger]: read, judge, replace if nobody else did, else
// start over.
func (d *document) Commit(ctx context.Context, change Change) (Snapshot, error) {
	s := newStamp(d.options)
	longest := firstWait
	for range attempts {
		snapshot, err := d.attempt(ctx, s, change)
		if !errors.Is(err, errLost) {
			return snapshot, err
		}
		// Jitter spreads out those who lost together.
		if err := d.options.sleep(ctx, firstWait+d.jitter(longest)); err != nil {
			return Snapshot{}, err
		}
		longest = min(longest*2, longestWait)
	}
	return Snapshot{}, fmt.Errorf("write the ledger %s: others were faster %d times running. Nothing was written: apply again, with less going on at once", d.store, attempts)
}

// jitter is a random part of a wait: of 65536 equal steps, as many as four
// random digits say.
func (d *document) jitter(longest time.Duration) time.Duration {
	drawn, err := strconv.ParseUint(d.options.Random(4), 16, 16)
	if err != nil {
		return longest // no digits: without jitter
	}
	return longest * time.Duration(drawn) >> 16
}

func (d *document) attempt(ctx context.Context, s stamp, change Change) (Snapshot, error) {
	end, err := d.store.begin(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("lock the ledger %s: %w", d.store, err)
	}
	defer end()
	data, version, err := d.store.load(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("read the ledger %s: %w", d.store, err)
	}
	before, err := d.parse(data)
	if err != nil {
		return Snapshot{}, err
	}
	records, added, removed, err := s.apply(before.Records, change)
	if err != nil || len(added)+len(removed) == 0 {
		return before, err
	}
	after := Snapshot{Lineage: before.Lineage, Serial: before.Serial + 1, Records: records}
	if after.Lineage == "" {
		after.Lineage = d.options.Random(lineageDigits)
	}
	text, err := json.MarshalIndent(contents{formatVersion, after}, "", "  ")
	if err != nil {
		return Snapshot{}, err
	}
	if err := d.store.save(ctx, append(text, '\n'), version); err != nil {
		return d.saved(ctx, s, after, err)
	}
	return after, nil
}

// saved settles a save whose answer was lost: if the document carries our
// transaction, it was made.
func (d *document) saved(ctx context.Context, s stamp, after Snapshot, cause error) (Snapshot, error) {
	if errors.Is(cause, errLost) {
		return Snapshot{}, cause
	}
	now, err := d.Read(ctx)
	if err == nil && now.Lineage == after.Lineage && slices.ContainsFunc(now.Records, func(r Record) bool { return r.Transaction == s.transaction }) {
		return now, nil
	}
	return Snapshot{}, fmt.Errorf("write the ledger %s: %w. Apply again: what was written is found", d.store, cause)
}
