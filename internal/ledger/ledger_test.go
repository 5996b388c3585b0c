//go:build unix

package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func testOptions() Options {
	return Options{
		Now: func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) },
		Random: func(n int) string {
			b := make([]byte, n/2)
			_, _ = rand.Read(b)
			return hex.EncodeToString(b)
		},
	}
}

func record(kind Kind, owner, key, held string) Record {
	prefix := netip.MustParsePrefix(held)
	return Record{Owner: owner, Key: key, Kind: kind, CIDR: prefix, Held: prefix}
}

func member(group, owner, key, held string) Record {
	r := record(KindAllocation, owner, key, held)
	r.Group = group
	return r
}

// step is one commit to a ledger and what becomes of it.
type step struct {
	name    string
	change  Change
	serial  int64  // after it
	records int    // after it
	stale   string // in the error
}

func put(records ...Record) Change  { return Change{Put: records} }
func drop(records ...Record) Change { return Change{Drop: records} }

// conformance is the life of a ledger, of whatever kind.
func conformance() []step {
	a := record(KindAllocation, "red", "a", "10.0.0.0/16")
	grown := a
	grown.Held = netip.MustParsePrefix("10.0.0.0/15")
	group := record(KindGroup, "red", "g", "10.8.0.0/14")
	labelled := grown
	labelled.Cluster = "shop-eu"
	return []step{
		{"take", put(a), 1, 1, ""},
		{"take again", put(a), 1, 1, ""},
		{"overlap of another", put(record(KindAllocation, "blue", "b", "10.0.128.0/17")), 1, 1, `"red", key "a"`},
		{"half of a change that overlaps", put(record(KindAllocation, "blue", "c", "10.2.0.0/16"), record(KindAllocation, "blue", "b", "10.0.0.0/8")), 1, 1, "nothing was written"},
		{"another range for the same key", put(record(KindAllocation, "red", "a", "10.4.0.0/16")), 1, 1, `key "a"`},
		{"neighbour", put(record(KindDelegation, "blue", "b", "10.2.0.0/16")), 2, 2, ""},
		{"grow in place", Change{Put: []Record{grown}, Drop: []Record{a}}, 3, 2, ""},
		{"grow again, as after a crash", Change{Put: []Record{grown}, Drop: []Record{a}}, 3, 2, ""},
		{"say what it is for", put(labelled), 4, 2, ""},
		{"a group and its member", put(group, member("g", "red", "m", "10.8.0.0/16")), 5, 4, ""},
		{"another member", put(member("g", "red", "n", "10.9.0.0/16")), 6, 5, ""},
		{"members that overlap", put(member("g", "red", "o", "10.9.128.0/17")), 6, 5, `key "n"`},
		{"a member outside", put(member("g", "red", "p", "10.16.0.0/16")), 6, 5, `key "g"`},
		{"a stranger inside a group", put(record(KindAllocation, "blue", "q", "10.10.0.0/16")), 6, 5, `key "g"`},
		{"bury", Change{Put: []Record{record(KindTombstone, "red", "a", "10.0.0.0/16")}, Drop: []Record{labelled}}, 7, 5, ""},
		{"quarantine holds", put(record(KindAllocation, "blue", "r", "10.0.0.0/16")), 7, 5, "tombstone"},
		{"release", drop(record(KindTombstone, "red", "a", "10.0.0.0/16")), 8, 4, ""},
		{"release again", drop(record(KindTombstone, "red", "a", "10.0.0.0/16")), 8, 4, ""},
		{"free for others", put(record(KindAllocation, "blue", "r", "10.0.0.0/16")), 9, 5, ""},
		{"IPv6", put(record(KindAllocation, "blue", "s", "fd00:1::/48")), 10, 6, ""},
	}
}

// TestConformance proves that every kind of ledger lives the same life: what is
// taken, refused, repeated and released, and how the serial goes.
func TestConformance(t *testing.T) {
	for _, p := range places {
		t.Run(p.name, func(t *testing.T) {
			opened, err := Open(p.make(t), testOptions())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := opened.Read(t.Context()); err != nil || got.Serial != 0 || len(got.Records) != 0 {
				t.Fatalf("an empty ledger reads as %+v, %v", got, err)
			}
			for _, s := range conformance() {
				live(t, opened, s)
			}
		})
	}
}

func live(t *testing.T, opened Ledger, s step) {
	t.Helper()
	_, err := opened.Commit(t.Context(), s.change)
	switch {
	case s.stale == "" && err != nil:
		t.Fatalf("%s: %v", s.name, err)
	case s.stale != "" && (!errors.Is(err, ErrStale) || !strings.Contains(err.Error(), s.stale)):
		t.Fatalf("%s: got error %v, want a stale plan with %q", s.name, err, s.stale)
	}
	got, err := opened.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Serial != s.serial || len(got.Records) != s.records {
		t.Fatalf("%s: serial %d and %d records, want %d and %d", s.name, got.Serial, len(got.Records), s.serial, s.records)
	}
	if !slices.IsSortedFunc(got.Records, compareRecords) {
		t.Errorf("%s: records are not in order", s.name)
	}
	for _, r := range s.change.Put {
		if i := slices.IndexFunc(got.Records, r.Same); s.stale == "" && (i < 0 || got.Records[i].Transaction == "" || got.Records[i].Time.IsZero() || got.Records[i].Cluster != r.Cluster) {
			t.Errorf("%s: %s is not recorded with who, when and what for", s.name, r)
		}
	}
}

// TestFileIsCanonical proves that the file depends on what it holds only, not
// on the order in which it came, that nothing but the file and its lock is
// left, and that what is no ledger is refused and left alone.
func TestFileIsCanonical(t *testing.T) {
	t.Parallel()
	a, b := record(KindAllocation, "red", "a", "10.0.0.0/16"), record(KindAllocation, "red", "b", "10.1.0.0/16")
	options := testOptions()
	options.Random = func(n int) string { return strings.Repeat("0", n) }
	var texts []string
	for _, order := range [][]Record{{a, b}, {b, a}} {
		folder := t.TempDir()
		path := filepath.Join(folder, "ledger.json")
		opened, err := Open(Config{Path: path}, options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := opened.Commit(t.Context(), Change{Put: order}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
		if entries, _ := os.ReadDir(folder); len(entries) != 2 {
			t.Errorf("%d files are left, want the ledger and its lock", len(entries))
		}
		if err := os.WriteFile(path, []byte(`{"version": 1, "records": []}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := opened.Commit(t.Context(), put(a)); err == nil {
			t.Error("what is no ledger was overwritten")
		}
	}
	if texts[0] != texts[1] {
		t.Errorf("the order of a change shows:\n%s\n%s", texts[0], texts[1])
	}
}

// lostAnswers is a store that saves and then loses the answer.
type lostAnswers struct{ fileStore }

func (l *lostAnswers) save(ctx context.Context, data []byte, version string) error {
	if err := l.fileStore.save(ctx, data, version); err != nil {
		return err
	}
	return errors.New("connection reset")
}

// TestLostAnswer proves that a commit whose answer got lost is found by its
// transaction and succeeds.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	d := newDocument(&lostAnswers{fileStore{filepath.Join(t.TempDir(), "ledger.json")}}, testOptions())
	got, err := d.Commit(t.Context(), put(record(KindAllocation, "red", "a", "10.0.0.0/16")))
	if err != nil || got.Serial != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
}

// TestStoreThatIgnoresConditions proves that a store which accepts every write
// is refused before anything is written to the ledger itself.
func TestStoreThatIgnoresConditions(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	for _, honours := range []string{"", "If-None-Match"} {
		wrote := false
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodGet:
				w.WriteHeader(http.StatusNotFound)
				_, _ = w.Write([]byte("<Error><Code>NoSuchKey</Code></Error>"))
			case honours != "" && r.Header.Get(honours) != "":
				w.WriteHeader(http.StatusPreconditionFailed)
			case strings.HasSuffix(r.URL.Path, "/ledger.json"):
				wrote = true
			}
		}))
		opened, err := Open(Config{S3: &S3Config{Bucket: "b", Key: "ledger.json", Region: "us-east-1", EndpointURL: server.URL}}, testOptions())
		if err != nil {
			t.Fatal(err)
		}
		_, err = opened.Commit(t.Context(), put(record(KindAllocation, "red", "a", "10.0.0.0/16")))
		if err == nil || !strings.Contains(err.Error(), "the store ignores If-") || wrote {
			t.Errorf("honours %q: got %v, wrote %v", honours, err, wrote)
		}
		server.Close()
	}
}

// TestBehind proves that a ledger which went back, was lost or is another one
// is told from one that went on.
func TestBehind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		now    Snapshot
		behind bool
	}{
		{Snapshot{Lineage: "x", Serial: 7}, false},
		{Snapshot{Lineage: "x", Serial: 8}, false},
		{Snapshot{Lineage: "x", Serial: 6}, true},
		{Snapshot{Lineage: "y", Serial: 9}, true},
		{Snapshot{}, true},
	} {
		if got := c.now.Behind("x", 7); got != c.behind {
			t.Errorf("%+v: behind is %v", c.now, got)
		}
	}
	if (Snapshot{}).Behind("", 0) {
		t.Error("a ledger never seen before is behind")
	}
}

// TestOpenWantsOnePlace proves that none and two are refused, and that no error
// and no name of a ledger shows a secret.
func TestOpenWantsOnePlace(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{{}, {Path: "x", Postgres: "postgres://h/d"}} {
		if _, err := Open(c, testOptions()); err == nil {
			t.Errorf("%+v was opened", c)
		}
	}
	if _, err := Open(Config{Postgres: "postgres://u:hunter2@h:x/d"}, testOptions()); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	for _, c := range []Config{
		{Postgres: "postgres://u:hunter2@h:5432/d"},
		{AzureBlob: &BlobConfig{ContainerURL: "https://a.blob.core.windows.net/c?sig=hunter2", Blob: "b"}},
	} {
		opened, err := Open(c, testOptions())
		if err != nil || strings.Contains(opened.String(), "hunter2") {
			t.Errorf("got %v, %v", opened, err)
		}
	}
}
