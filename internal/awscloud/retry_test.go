package awscloud

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

var swift = cloud.Poll{First: time.Nanosecond, Max: time.Nanosecond}

// TestCreate proves that an object whose create was carried out although its
// answer was lost is found instead of made again, even where it becomes
// visible late; and that a create which was not carried out is tried again.
func TestCreate(t *testing.T) {
	for _, test := range []struct {
		name       string
		lost       int  // answers that are lost
		carriedOut bool // whether a lost create was carried out
		visible    int  // looks until the object is seen
		want       int  // objects made
	}{
		{"undisturbed", 0, false, 0, 1},
		{"lost, not carried out", 1, false, 0, 1},
		{"lost, carried out", 1, true, 0, 1},
		{"lost, carried out, visible late", 1, true, 3, 1},
		{"lost twice, not carried out", 2, false, 0, 1},
	} {
		made, looks, attempts := 0, 0, 0
		id, err := create(t.Context(), swift,
			func(context.Context) (string, error) {
				if looks++; made > 0 && looks > test.visible {
					return "found", nil
				}
				return "", nil
			},
			func(context.Context) (string, error) {
				attempts++
				if attempts > test.lost || test.carriedOut {
					made++
				}
				if attempts <= test.lost {
					return "", failed("EC2", "CreateVpc", 500, "InternalError", "")
				}
				return "made", nil
			})
		if err != nil || id == "" || made != test.want {
			t.Errorf("%s: id %q, %v, %d made", test.name, id, err, made)
		}
	}
	refusal := failed("EC2", "CreateVpc", 400, "VpcLimitExceeded", "")
	_, err := create(t.Context(), swift,
		func(context.Context) (string, error) { t.Error("looked after a clear refusal"); return "", nil },
		func(context.Context) (string, error) { return "", refusal })
	if !errors.Is(err, refusal) {
		t.Errorf("%v, want the refusal", err)
	}
}

// TestCommit proves that a change is not started after an interruption, and
// not cut short by one that comes while it runs.
func TestCommit(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	got, err := commit(ctx, func(inner context.Context) (string, error) {
		cancel()
		return "done", inner.Err()
	})
	if got != "done" || err != nil {
		t.Errorf("cut short: %q, %v", got, err)
	}
	started := false
	if _, err := commit(ctx, func(context.Context) (string, error) { started = true; return "", nil }); err == nil || started {
		t.Errorf("started after the interruption: %t, %v", started, err)
	}
}

// TestPersist proves that a call is repeated only while its error passes, no
// more often than allowed, and that the last error is the answer.
func TestPersist(t *testing.T) {
	gone := failed("EC2", "DescribeVpcs", 400, "InvalidVpcID.NotFound", "")
	other := errors.New("other")
	for _, test := range []struct {
		name    string
		answers []error
		want    error
		calls   int
	}{
		{"at once", []error{nil}, nil, 1},
		{"passes", []error{gone, gone, nil}, nil, 3},
		{"stays", []error{gone, gone, gone, gone, gone}, gone, 4},
		{"turns", []error{gone, other, nil}, other, 2},
	} {
		calls := 0
		_, err := persist(t.Context(), swift, 4, isNotFound, func(context.Context) (string, error) {
			calls++
			return "", test.answers[calls-1]
		})
		if !errors.Is(err, test.want) || err != nil && test.want == nil || calls != test.calls {
			t.Errorf("%s: %v after %d calls", test.name, err, calls)
		}
	}
}

// TestEach proves that a failure stops nothing else and that every problem is
// reported, in key order.
func TestEach(t *testing.T) {
	items := map[string]bool{"a": true, "b": false, "c": true, "d": false}
	done := make(chan string, len(items))
	err := each(t.Context(), items, func(_ context.Context, key string, fails bool) error {
		done <- key
		if fails {
			return errors.New(key + " failed")
		}
		return nil
	})
	close(done)
	var keys []string
	for key := range done {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	if !slices.Equal(keys, []string{"a", "b", "c", "d"}) || err == nil || err.Error() != "a failed\nc failed" {
		t.Errorf("%v: %v", keys, err)
	}
}

// TestRules proves that rules survive the way to EC2's permissions and back.
func TestRules(t *testing.T) {
	rules := []rule{
		{"tcp", 443, 443, "10.0.0.0/8"}, {"udp", 1, 99, "2001:db8::/32"}, {"-1", 0, 0, "sg-1"}, {"tcp", 80, 80, "pl-1"},
	}
	got := rulesOf(permissions(rules, "why"))
	for _, r := range rules {
		if !slices.Contains(got, r) {
			t.Errorf("%s is lost: %v", r, got)
		}
	}
	if len(got) != len(rules) {
		t.Errorf("got %v", got)
	}
}
