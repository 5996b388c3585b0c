package acceptance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/proof"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// fault is what goes wrong at a call, in a cloud's own words.
type fault struct {
	name string
	rule map[string]sandbox.Fault // by cloud
	kind error                    // nil: it passes unnoticed
}

// faults are tried at every call of a create, reads included.
var faults = []fault{
	{"throttled three times", map[string]sandbox.Fault{
		blueprint.CloudAWS:   {Status: 400, Code: "ThrottlingException", Times: 3},
		blueprint.CloudAzure: {Status: 429, Code: "TooManyRequests", Times: 3},
	}, nil},
	{"server error", both(sandbox.Fault{Status: 500, Code: "InternalServerError"}), nil},
	{"unavailable twice", both(sandbox.Fault{Status: 503, Code: "ServiceUnavailable", Times: 2}), nil},
	{"reset before", both(sandbox.Fault{Drop: "before"}), nil},
	{"reset after", both(sandbox.Fault{Drop: "after"}), nil},
	{"denied", map[string]sandbox.Fault{
		blueprint.CloudAWS:   {Status: 403, Code: "AccessDeniedException", Times: -1},
		blueprint.CloudAzure: {Status: 403, Code: "AuthorizationFailed", Times: -1},
	}, cloud.ErrDenied},
	{"expired", map[string]sandbox.Fault{
		blueprint.CloudAWS:   {Status: 400, Code: "ExpiredTokenException", Times: -1},
		blueprint.CloudAzure: {Status: 401, Code: "ExpiredAuthenticationToken", Times: -1},
	}, cloud.ErrDenied},
}

func both(f sandbox.Fault) map[string]sandbox.Fault {
	return map[string]sandbox.Fault{blueprint.CloudAWS: f, blueprint.CloudAzure: f}
}

// conformFaults: a fault that passes is not noticed and doubles nothing; any
// other is told with what failed, on what, why and what to do, everything that
// exists is told of, and the next run finishes it.
func conformFaults(t *testing.T, s *standing) {
	ctx := context.Background()
	calm := s.copied(t)
	before := calm.left(t)
	count := func() (n int) {
		if err := calm.Journal(func(sandbox.Entry) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	earlier := count()
	calm.ensure(t, s.subject.ref, false)
	calls := count() - earlier
	want := calm.kinds(t)
	points := 0
	defer func() { proof.Record(proof.Faults, s.cloud, proof.Adapter, points, t.Failed()) }()
	for _, f := range faults {
		for _, nth := range crashPoints(t, calls) {
			point := fmt.Sprintf("%s at call %d of %d", f.name, nth, calls)
			at := s.copied(t)
			rule := f.rule[s.cloud]
			rule.Nth = nth
			at.fault(t, rule)
			seen, err := at.subject.ensure(ctx, at.open(), at.subject.ref, at.inputs, false)
			points++
			if f.kind == nil && err != nil {
				t.Errorf("%s: noticed: %v", point, err)
			}
			if err != nil && f.kind != nil {
				told(t, point, err, f.kind)
				for _, component := range at.untold(t, before, seen.objects) {
					t.Errorf("%s: nobody was told of %s", point, component)
				}
			}
			if err := at.ClearFaults(); err != nil {
				t.Fatal(err)
			}
			if err != nil {
				seen = at.ensure(t, at.subject.ref, false)
			}
			at.agrees(t, point, seen)
			if got := at.kinds(t); strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s: there is\n%s\nundisturbed\n%s", point, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if t.Failed() {
				return
			}
		}
	}
}

// told demands an error that a person can act on.
func told(t *testing.T, point string, err, kind error) {
	t.Helper()
	var ours *cloud.Error
	if !errors.Is(err, kind) || !errors.As(err, &ours) {
		t.Errorf("%s: %v, want kind %v", point, err, kind)
		return
	}
	for what, text := range map[string]string{"operation": ours.Operation, "object": ours.Object, "reason": ours.Reason, "todo": ours.Todo} {
		if text == "" {
			t.Errorf("%s: %v has no %s", point, err, what)
		}
	}
}
