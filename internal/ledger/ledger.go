package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// Ledger keeps records. Implementations are safe for concurrent use, by
// goroutines and by processes.
type Ledger interface {
	// Read returns what the ledger holds; an empty snapshot with serial 0 if
	// nobody ever wrote to it. It writes nothing.
	Read(ctx context.Context) (Snapshot, error)
	// Commit makes a change, wholly or not at all, and returns the ledger as it
	// is then. A change that is already in the ledger succeeds and leaves the
	// serial. What the ledger holds against it is a *[StaleError].
	Commit(ctx context.Context, change Change) (Snapshot, error)
	// String says where the ledger is kept, without credentials.
	String() string
}

// Kind says what a record stands for.
type Kind string

// The kinds of records.
const (
	KindAllocation Kind = "allocation" // a range given to a key of a pool
	KindGroup      Kind = "group"      // the range of a contiguous group of a pool
	KindDelegation Kind = "delegation" // a range given to a state or team to plan inside
	KindTombstone  Kind = "tombstone"  // a range that was given up, and is in quarantine
)

// Record is one range and who holds it.
type Record struct {
	Owner string `json:"owner" doc:"Who holds it."`
	Key   string `json:"key" doc:"What it is called there."`
	Kind  Kind   `json:"kind" doc:"\"allocation\", \"group\", \"delegation\", or \"tombstone\" for one in quarantine."`
	// CIDR is the range that is given.
	CIDR netip.Prefix `json:"cidr"`
	// Held is the range that nobody else may take: CIDR, and the room that is
	// held around it to grow.
	Held netip.Prefix `json:"held"`
	// Headroom is how many bits of room were asked for.
	Headroom int `json:"headroom,omitempty"`
	// Group is the key of the owner's group in whose range the record lies, ""
	// if in none.
	Group string `json:"group,omitempty"`
	// Cluster is what the range is for, "" if nobody said.
	Cluster string `json:"cluster,omitempty"`
	// Generation is the one of the pool that gave the range or gave it up.
	Generation int64 `json:"generation,omitempty"`
	// Time is when the record was written, in UTC, to the second.
	Time time.Time `json:"time"`
	// Transaction is the random id of the commit that wrote it.
	Transaction string `json:"transaction"`
}

// String names a record for messages.
func (r Record) String() string {
	return fmt.Sprintf("%s (%s of %q, key %q)", r.Held, r.Kind, r.Owner, r.Key)
}

// face is what makes two records say the same, whenever they were written and
// whatever they are for.
type face struct {
	owner, key, group string
	kind              Kind
	cidr, held        netip.Prefix
}

func (r Record) face() face {
	return face{owner: r.Owner, key: r.Key, group: r.Group, kind: r.Kind, cidr: r.CIDR, held: r.Held}
}

// Same reports whether two records give the same range to the same key,
// whenever they were written and whatever they are for.
func (r Record) Same(other Record) bool { return r.face() == other.face() }

// compareRecords orders records by range, then by who holds them.
func compareRecords(a, b Record) int {
	return cmp.Or(cidr.Compare(a.Held, b.Held), cidr.Compare(a.CIDR, b.CIDR),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Key, b.Key))
}

// Snapshot is what a ledger held when it was read.
type Snapshot struct {
	// Lineage is a random id that a ledger gets when it is first written: two
	// ledgers never share one.
	Lineage string `json:"lineage"`
	// Serial counts commits that changed something.
	Serial int64 `json:"serial"`
	// Records are ordered by range.
	Records []Record `json:"records"`
}

// Owned returns the records of one owner.
func (s Snapshot) Owned(owner string) []Record {
	var owned []Record
	for _, r := range s.Records {
		if r.Owner == owner {
			owned = append(owned, r)
		}
	}
	return owned
}

// Behind reports whether the ledger is older than one seen before: it was
// restored from a backup, deleted, or is another one.
func (s Snapshot) Behind(lineage string, serial int64) bool {
	return lineage != "" && (s.Lineage != lineage || s.Serial < serial)
}

// Change is one commit: records to take and to give up. Time and Transaction
// of records are the ledger's to fill in.
type Change struct {
	Put []Record
	// Drop names records by what [Record.Same] compares; those that are gone
	// already are passed over.
	Drop []Record
}

// ErrStale is what every *[StaleError] is.
var ErrStale = errors.New("stale plan")

// StaleError says which records of a change the ledger can't take. Nothing was
// written.
type StaleError struct {
	Conflicts []Conflict
}

// Conflict is one record that is in the way of another.
type Conflict struct {
	Wanted, Taken Record
}

// Error names every pair.
func (e *StaleError) Error() string {
	var said []string
	for i, c := range e.Conflicts {
		if i == 10 {
			said = append(said, fmt.Sprintf("and %d more", len(e.Conflicts)-i))
			break
		}
		said = append(said, fmt.Sprintf("%s is in the way of %s", c.Taken, c.Wanted))
	}
	return "the ledger has changed since it was read, and nothing was written: " + strings.Join(said, "; ")
}

// Is makes every StaleError an [ErrStale].
func (e *StaleError) Is(target error) bool { return target == ErrStale }

// Options are what a ledger needs of its process.
type Options struct {
	Now func() time.Time
	// Random returns n random lower-case hexadecimal digits.
	Random func(n int) string
	// Sleep waits between attempts, or returns the context's error; nil means a
	// real timer.
	Sleep func(ctx context.Context, d time.Duration) error
}

func (o Options) sleep(ctx context.Context, d time.Duration) error {
	if o.Sleep != nil {
		return o.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// Config says where a ledger is kept. Exactly one of its fields is set.
type Config struct {
	// Path is a file on a local disk. Its lock reaches one machine only.
	Path string
	// Postgres is a connection string, URL or key=value.
	Postgres string
	S3       *S3Config
	// AzureBlob is a blob of an Azure storage account.
	AzureBlob *BlobConfig
}

// Open prepares a ledger. It neither reads nor writes anything yet.
func Open(config Config, options Options) (Ledger, error) {
	var found []string
	for name, set := range map[string]bool{
		"path": config.Path != "", "postgres": config.Postgres != "", "s3": config.S3 != nil, "azure_blob": config.AzureBlob != nil,
	} {
		if set {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	if len(found) != 1 {
		return nil, fmt.Errorf("a ledger is kept in exactly one of path, postgres, s3 and azure_blob; %d are set: %s", len(found), strings.Join(found, ", "))
	}
	switch {
	case config.Path != "":
		return newDocument(&fileStore{path: config.Path}, options), nil
	case config.Postgres != "":
		return openPostgres(config.Postgres, options)
	case config.S3 != nil:
		return newDocument(&s3Store{config: *config.S3}, options), nil
	default:
		return newDocument(&blobStore{config: *config.AzureBlob}, options), nil
	}
}
