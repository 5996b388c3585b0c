//go:build unix

package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// claims is how many ranges each claimer takes, one commit each.
const claims = 3

// TestMain makes the test binary a claimer when a test started it as one.
func TestMain(m *testing.M) {
	if owner := os.Getenv("CLAIM_OWNER"); owner != "" {
		if err := claim(owner, configFromEnvironment()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// claim takes ranges as a provider does: read, plan the next free range, commit
// exactly that, plan again when the plan is stale. It prints what was
// acknowledged.
func claim(owner string, config Config) error {
	ctx := context.Background()
	opened, err := Open(config, testOptions())
	if err != nil {
		return err
	}
	for i := 0; i < claims; {
		key := fmt.Sprintf("key-%d", i)
		snapshot, err := opened.Read(ctx)
		if err != nil {
			return err
		}
		next, err := nextFree(snapshot, owner, key)
		if err != nil {
			return err
		}
		_, err = opened.Commit(ctx, Change{Put: []Record{{Owner: owner, Key: key, Kind: KindAllocation, CIDR: next, Held: next}}})
		if errors.Is(err, ErrStale) {
			continue
		}
		if err != nil {
			return err
		}
		fmt.Printf("%s %s %s\n", owner, key, next)
		i++
	}
	return nil
}

// nextFree is the range of a key, or the next free one.
func nextFree(snapshot Snapshot, owner, key string) (netip.Prefix, error) {
	var taken []netip.Prefix
	for _, r := range snapshot.Records {
		if r.Owner == owner && r.Key == key {
			return r.CIDR, nil
		}
		taken = append(taken, r.Held)
	}
	return cidr.Next(netip.MustParsePrefix("10.0.0.0/12"), taken, 24)
}

// TestClaimersInManyProcesses proves for every kind of ledger that 64 processes
// (8 with -short) which claim at once, half of them killed at random moments,
// never get overlapping ranges, that no range which was acknowledged is lost,
// and that whoever was killed finds its ranges when it runs again.
func TestClaimersInManyProcesses(t *testing.T) {
	processes := 64
	if testing.Short() {
		processes = 8
	}
	for _, p := range places {
		t.Run(p.name, func(t *testing.T) {
			config := p.make(t)
			random := rand.New(rand.NewPCG(1, 2)) // repeatable
			var acknowledged bytes.Buffer
			runClaimers(t, config, processes, random, &acknowledged)
			survivors := strings.Count(acknowledged.String(), "\n")
			if survivors < processes/2*claims {
				t.Errorf("only %d ranges were acknowledged, though half of %d claimers were left alone", survivors, processes)
			}
			runClaimers(t, config, processes, nil, &acknowledged) // those who were killed carry on
			opened, err := Open(config, testOptions())
			if err != nil {
				t.Fatal(err)
			}
			snapshot, err := opened.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			judgeClaims(t, snapshot, processes, acknowledged.String())
		})
	}
}

// runClaimers starts all at once and, given randomness, kills every other one
// at a random moment.
func runClaimers(t *testing.T, config Config, processes int, random *rand.Rand, acknowledged *bytes.Buffer) {
	t.Helper()
	var (
		wait sync.WaitGroup
		mu   sync.Mutex
	)
	for i := range processes {
		command := exec.CommandContext(t.Context(), os.Args[0])
		command.Env = append(append(os.Environ(), config.environment()...), fmt.Sprintf("CLAIM_OWNER=owner-%02d", i))
		var out, complaint bytes.Buffer
		command.Stdout, command.Stderr = &out, &complaint
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		doomed := random != nil && i%2 == 1
		if doomed {
			timer := time.AfterFunc(time.Duration(random.IntN(3000))*time.Millisecond, func() { _ = command.Process.Kill() })
			defer timer.Stop()
		}
		wait.Go(func() {
			err := command.Wait()
			mu.Lock()
			defer mu.Unlock()
			acknowledged.Write(out.Bytes())
			if err != nil && !doomed {
				t.Errorf("claimer %d: %v: %s", i, err, complaint.String())
			}
		})
	}
	wait.Wait()
}

func judgeClaims(t *testing.T, snapshot Snapshot, processes int, acknowledged string) {
	t.Helper()
	if want := processes * claims; len(snapshot.Records) != want {
		t.Errorf("the ledger holds %d records, want %d", len(snapshot.Records), want)
	}
	if int(snapshot.Serial) != len(snapshot.Records) {
		t.Errorf("serial %d after %d commits that took something", snapshot.Serial, len(snapshot.Records))
	}
	for i, a := range snapshot.Records { // the obvious way
		for _, b := range snapshot.Records[:i] {
			if a.Held.Overlaps(b.Held) {
				t.Errorf("%s overlaps %s", a, b)
			}
		}
	}
	held := map[string]bool{}
	for _, r := range snapshot.Records {
		held[fmt.Sprintf("%s %s %s", r.Owner, r.Key, r.CIDR)] = true
	}
	for line := range strings.Lines(acknowledged) {
		// The last line of a claimer that was killed may be cut off.
		if line = strings.TrimSuffix(line, "\n"); len(strings.Fields(line)) == 3 && !held[line] {
			t.Errorf("lost: %s", line)
		}
	}
}
