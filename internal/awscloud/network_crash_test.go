package awscloud_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/proof"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// oneZone is the network of one zone: every kind of object, few of each.
func oneZone() blueprint.NetworkDesign {
	design := networkDesign()
	design.Zones = []string{"eu-west-1a"}
	for key := range design.Subnets {
		if strings.HasSuffix(key, "b") || strings.HasPrefix(key, "control_plane") || strings.HasPrefix(key, "ingress") {
			delete(design.Subnets, key)
		}
	}
	delete(design.NATGateways, "eu-west-1b")
	delete(design.Endpoints, "ecr.api")
	delete(design.Endpoints, "eks")
	return design
}

// mortal is a transport that does something at the nth changing call: before
// it is carried out, or after.
type mortal struct {
	inner  http.RoundTripper
	nth    int
	after  bool
	strike func()
	dead   func() bool // from then on nothing goes through

	mu     sync.Mutex
	writes int
	struck string // the call
}

var errKilled = errors.New("the process is dead")

func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	m.mu.Lock()
	if m.dead != nil && m.dead() {
		m.mu.Unlock()
		return nil, errKilled
	}
	call := callOf(r, body)
	hit := false
	if !strings.HasPrefix(call, "Describe") && !strings.HasPrefix(call, "Get") && !strings.HasPrefix(call, "List") {
		m.writes++
		hit = m.writes == m.nth
	}
	if hit {
		m.struck = call
	}
	if !hit {
		m.mu.Unlock()
		return m.inner.RoundTrip(r)
	}
	defer m.mu.Unlock()
	if !m.after {
		m.strike()
		if m.dead != nil {
			return nil, errKilled
		}
		return m.inner.RoundTrip(r)
	}
	response, err := m.inner.RoundTrip(r)
	m.strike()
	if m.dead != nil {
		return nil, errKilled
	}
	return response, err
}

// exhaustive asks for every point of the matrices:
//
//	go test ./internal/awscloud -run Network -proof
var exhaustive = flag.Bool("proof", false, "try every point of the crash, fault and drift matrices, not a sample")

// stride is the distance between the points of a matrix that are tried.
func stride() int {
	switch {
	case *exhaustive:
		return 1
	case testing.Short():
		return 11
	}
	return 5
}

// callOf is the name of the operation of a request.
func callOf(r *http.Request, body []byte) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndex(target, ".")+1:]
	}
	values, _ := url.ParseQuery(string(body))
	return values.Get("Action")
}

// crashPoints runs work with the process killed at every changing call, right
// before and right after it, until work gets through; check looks at what the
// next process makes of it. It returns how many points there were.
func crashPoints(t *testing.T, prepare func(*world), work func(cloud.Cloud) error, check func(w *world, point string)) int {
	t.Helper()
	points := 0
	defer func() { proof.Record(proof.Crash, "aws", proof.Adapter, points, t.Failed()) }()
	for _, after := range []bool{false, true} {
		for nth := 1; ; nth += stride() {
			w := newWorld(t)
			prepare(w)
			dead := false
			m := &mortal{inner: w.box.Transport(), nth: nth, after: after, strike: func() { dead = true }, dead: func() bool { return dead }}
			err := work(w.openThrough(m))
			if !dead {
				if err != nil {
					t.Fatalf("undisturbed: %v", err)
				}
				break
			}
			points++
			check(w, fmt.Sprintf("killed at change %d, %s, after=%t", nth, m.struck, after))
			if t.Failed() {
				return points
			}
		}
	}
	return points
}

// TestNetworkKilledInCreate proves that a create which is killed at any
// changing call is finished by the next run, which knows no token, with no
// object doubled, and that nothing is left when that is deleted.
func TestNetworkKilledInCreate(t *testing.T) {
	ctx, design, first := t.Context(), oneZone(), networkRef()
	second := first
	second.Token = "tok2"
	points := crashPoints(t, func(*world) {},
		func(c cloud.Cloud) error {
			_, err := c.Network().Ensure(ctx, first, design, blueprint.NetworkDesign{}, cloud.Inputs{})
			return err
		},
		func(w *world, point string) {
			part := w.cloud.Network()
			seen, err := part.Ensure(ctx, second, design, blueprint.NetworkDesign{}, cloud.Inputs{})
			if err != nil {
				t.Errorf("%s: ensure: %v", point, err)
				return
			}
			sameNetwork(t, seen, design)
			if twins := doubles(w); len(twins) > 0 || seen.Token != "tok2" {
				t.Errorf("%s: token %s, doubles %q", point, seen.Token, twins)
			}
			if err := part.Delete(ctx, second, design, cloud.DeleteOptions{}); err != nil {
				t.Errorf("%s: delete: %v", point, err)
			}
			if left := w.left(); len(left) > 0 {
				t.Errorf("%s: left:\n%s", point, lines(left))
			}
		})
	t.Logf("%d points", points)
}

// TestNetworkKilledInUpdate proves the same for an update that adds, changes
// and removes objects.
func TestNetworkKilledInUpdate(t *testing.T) {
	ctx, before, after, ref := t.Context(), oneZone(), oneZone(), networkRef()
	after.Egress, after.NATGateways = "isolated", nil
	for key, subnet := range after.Subnets {
		if strings.HasPrefix(subnet.RouteTo, "nat/") {
			subnet.RouteTo = ""
			after.Subnets[key] = subnet
		}
	}
	delete(after.Subnets, "public-eu-west-1a")
	after.Endpoints["logs"] = blueprint.EndpointDesign{Type: "interface", Policy: "account"}
	after.Endpoints["s3"] = blueprint.EndpointDesign{Type: "gateway", Policy: "open"}
	after.FlowLogs.Traffic = "reject"
	after.Names = maps.Clone(after.Names)
	after.Names["role/flow-logs"] = "shop-flows"
	after.Names["security-group/endpoints"] = "shop-doors"
	after.Tags = map[string]string{"team": "platform"}
	points := crashPoints(t,
		func(w *world) { ensureNetwork(t, w.cloud.Network(), ref, before) },
		func(c cloud.Cloud) error {
			_, err := c.Network().Ensure(ctx, ref, after, before, cloud.Inputs{})
			return err
		},
		func(w *world, point string) {
			part := w.cloud.Network()
			seen, err := part.Ensure(ctx, ref, after, before, cloud.Inputs{})
			if err != nil {
				t.Errorf("%s: ensure: %v", point, err)
				return
			}
			sameNetwork(t, seen, after)
			if twins := doubles(w); len(twins) > 0 {
				t.Errorf("%s: doubles %q", point, twins)
			}
			if err := part.Delete(ctx, ref, after, cloud.DeleteOptions{}); err != nil {
				t.Errorf("%s: delete: %v", point, err)
			}
			if left := w.left(); len(left) > 0 {
				t.Errorf("%s: left:\n%s", point, lines(left))
			}
		})
	t.Logf("%d points", points)
}

// TestNetworkKilledInDelete proves that a delete which is killed at any
// changing call is finished by the next one.
func TestNetworkKilledInDelete(t *testing.T) {
	ctx, design, ref := t.Context(), oneZone(), networkRef()
	points := crashPoints(t,
		func(w *world) { ensureNetwork(t, w.cloud.Network(), ref, design) },
		func(c cloud.Cloud) error { return c.Network().Delete(ctx, ref, design, cloud.DeleteOptions{}) },
		func(w *world, point string) {
			if err := w.cloud.Network().Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
				t.Errorf("%s: delete: %v", point, err)
			}
			if left := w.left(); len(left) > 0 {
				t.Errorf("%s: left:\n%s", point, lines(left))
			}
		})
	t.Logf("%d points", points)
}

// TestNetworkInterrupted proves that Ctrl-C at any changing call leaves an
// Observed that names everything that exists, and that the next run with the
// same token finishes it.
func TestNetworkInterrupted(t *testing.T) {
	design, ref := oneZone(), networkRef()
	for nth := 1; ; nth += stride() {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		m := &mortal{inner: w.box.Transport(), nth: nth, strike: cancel}
		seen, err := w.openThrough(m).Network().Ensure(ctx, ref, design, blueprint.NetworkDesign{}, cloud.Inputs{})
		if ctx.Err() == nil {
			cancel()
			break
		}
		cancel()
		if err == nil {
			continue // it was the last change
		}
		point := fmt.Sprintf("interrupted at change %d, %s", nth, m.struck)
		if !seen.Exists {
			t.Errorf("%s: %v, and nothing is said to exist", point, err)
		}
		objects, listErr := w.box.Objects(false)
		if listErr != nil {
			t.Fatal(listErr)
		}
		for _, o := range objects {
			if component := o.Tags[cloud.TagComponent]; component != "" && seen.Objects[component] == "" {
				t.Errorf("%s: %s %s exists and is not reported", point, component, o.ID)
			}
		}
		ensureNetwork(t, w.cloud.Network(), ref, design)
		if twins := doubles(w); len(twins) > 0 {
			t.Errorf("%s: doubles %q", point, twins)
		}
		if t.Failed() {
			return
		}
	}
}

// faults are what goes wrong at a changing call. Those that pass are not
// noticed by the user.
var faults = []struct {
	name  string
	fault sandbox.Fault
	kind  error // nil: it passes
}{
	{"throttled three times", sandbox.Fault{Status: 503, Code: "RequestLimitExceeded", Times: 3}, nil},
	{"server error", sandbox.Fault{Status: 500, Code: "InternalError"}, nil},
	{"unavailable twice", sandbox.Fault{Status: 503, Code: "Unavailable", Times: 2}, nil},
	{"connection lost before", sandbox.Fault{Drop: "before"}, nil},
	{"connection lost after", sandbox.Fault{Drop: "after"}, nil},
	{"denied", sandbox.Fault{Status: 403, Code: "UnauthorizedOperation", Message: "You are not authorized"}, cloud.ErrDenied},
	{"expired", sandbox.Fault{Status: 400, Code: "ExpiredToken"}, cloud.ErrDenied},
	{"over quota", sandbox.Fault{Status: 400, Code: "AddressLimitExceeded"}, cloud.ErrQuota},
}

// TestNetworkFaults proves for every fault at every changing call of a create:
// those that pass do so unnoticed and double nothing; the others give an error
// of the right kind that names operation, object, reason and what to do, and
// the next run finishes.
func TestNetworkFaults(t *testing.T) {
	ctx, design, ref := t.Context(), oneZone(), networkRef()
	points := 0
	defer func() { proof.Record(proof.Faults, "aws", proof.Adapter, points, t.Failed()) }()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			for nth := 1; ; nth += stride() {
				w := newWorld(t)
				rule := f.fault
				rule.Write, rule.Nth = true, nth
				if _, err := w.box.AddFault(rule); err != nil {
					t.Fatal(err)
				}
				seen, err := w.cloud.Network().Ensure(ctx, ref, design, blueprint.NetworkDesign{}, cloud.Inputs{})
				fired, listErr := w.box.Faults()
				if listErr != nil {
					t.Fatal(listErr)
				}
				if fired[0].Fired == 0 {
					return
				}
				points++
				point := fmt.Sprintf("%s at change %d", f.name, nth)
				if f.kind == nil {
					if err != nil {
						t.Fatalf("%s: %v", point, err)
					}
					sameNetwork(t, seen, design)
				} else {
					soundError(t, point, err, f.kind)
					if err := w.box.ClearFaults(); err != nil {
						t.Fatal(err)
					}
					ensureNetwork(t, w.cloud.Network(), ref, design)
				}
				if twins := doubles(w); len(twins) > 0 {
					t.Errorf("%s: doubles %q", point, twins)
				}
				if t.Failed() {
					return
				}
			}
		})
	}
	t.Logf("%d points", points)
}

// soundError demands an error that a person can act on.
func soundError(t *testing.T, point string, err error, kind error) {
	t.Helper()
	var ours *cloud.Error
	if !errors.Is(err, kind) || !errors.As(err, &ours) {
		t.Fatalf("%s: %v, want kind %v", point, err, kind)
	}
	if missing := slices.DeleteFunc([]string{"operation", "object", "reason", "todo"}, func(what string) bool {
		return map[string]string{"operation": ours.Operation, "object": ours.Object, "reason": ours.Reason, "todo": ours.Todo}[what] != ""
	}); len(missing) > 0 {
		t.Errorf("%s: %v has no %s", point, err, strings.Join(missing, ", "))
	}
}
