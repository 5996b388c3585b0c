package awscloud_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

func networkRef() cloud.Ref {
	return cloud.Ref{Region: "eu-west-1", Cluster: "shop", Part: "network", Owner: "team", Incarnation: "inc1", Token: "tok1"}
}

// networkDesign has every kind of object: NAT gateways, endpoints of both
// types, reservations, flow logs, load balancer roles.
func networkDesign() blueprint.NetworkDesign {
	d := blueprint.NetworkDesign{
		Scope: blueprint.Scope{Cloud: "aws", Region: "eu-west-1", Cluster: "shop", Target: "prod",
			OnDestroy: blueprint.LifecycleDesign{Logs: "delete", Keys: "delete", Backups: "delete", Leftovers: "refuse"}},
		CIDR: "10.64.0.0/16", PodCIDRs: []string{"100.64.0.0/16"}, Zones: []string{"eu-west-1a", "eu-west-1b"}, Egress: "nat_per_zone",
		Subnets: map[string]blueprint.SubnetDesign{
			"control_plane-eu-west-1a": {CIDR: "10.64.0.0/28"},
			"control_plane-eu-west-1b": {CIDR: "10.64.0.16/28"},
			"nodes-eu-west-1a":         {CIDR: "10.64.16.0/20", RouteTo: "nat/eu-west-1a"},
			"nodes-eu-west-1b":         {CIDR: "10.64.32.0/20", RouteTo: "nat/eu-west-1b"},
			"pods-eu-west-1a":          {CIDR: "100.64.0.0/17", RouteTo: "nat/eu-west-1a", Reservations: []string{"100.64.64.0/18"}},
			"pods-eu-west-1b":          {CIDR: "100.64.128.0/17", RouteTo: "nat/eu-west-1b", Reservations: []string{"100.64.128.0/19", "100.64.160.0/19"}},
			"endpoints-eu-west-1a":     {CIDR: "10.64.1.0/24"},
			"endpoints-eu-west-1b":     {CIDR: "10.64.2.0/24"},
			"ingress-eu-west-1a":       {CIDR: "10.64.3.0/24", Balancer: "internal"},
			"ingress-eu-west-1b":       {CIDR: "10.64.4.0/24", Balancer: "internal"},
			"public-eu-west-1a":        {CIDR: "10.64.5.0/24", RouteTo: "internet", Balancer: "public"},
			"public-eu-west-1b":        {CIDR: "10.64.6.0/24", RouteTo: "internet", Balancer: "public"},
		},
		NATGateways: map[string]blueprint.NATGatewayDesign{
			"eu-west-1a": {Subnet: "public-eu-west-1a", Zone: "eu-west-1a"},
			"eu-west-1b": {Subnet: "public-eu-west-1b", Zone: "eu-west-1b"},
		},
		Endpoints: map[string]blueprint.EndpointDesign{
			"s3": {Type: "gateway", Policy: "account"}, "sts": {Type: "interface", Policy: "organization:o-abc123"},
			"ecr.api": {Type: "interface", Policy: "account"}, "eks": {Type: "interface", Policy: "open"},
		},
		DefaultClosed: true, AdmittedCIDRs: []string{"10.64.0.0/16", "100.64.0.0/16"},
		FlowLogs: &blueprint.FlowLogsDesign{RetentionDays: 90, Traffic: "all"},
		Boundary: "arn:aws:iam::aws:policy/PowerUserAccess", RolePath: "/kready/",
		Names: map[string]string{"vpc": "shop", "role/flow-logs": "shop-eu-west-1-flow-logs", "security-group/endpoints": "shop-endpoints", "log-group/flow-logs": "/kready/shop/flow-logs"},
		Tags:  map[string]string{"team": "shop", "cost-center": "42"},
	}
	for key, subnet := range d.Subnets {
		subnet.Zone = key[len(key)-len("eu-west-1a"):]
		subnet.Tier = key[:len(key)-len("-eu-west-1a")]
		d.Subnets[key] = subnet
	}
	return d
}

type networkPart = cloud.Part[blueprint.NetworkDesign, blueprint.NetworkOutputs]
type networkSeen = cloud.Observed[blueprint.NetworkDesign, blueprint.NetworkOutputs]

func ensureNetwork(t testing.TB, part networkPart, ref cloud.Ref, design blueprint.NetworkDesign) networkSeen {
	t.Helper()
	seen, err := part.Ensure(t.Context(), ref, design, blueprint.NetworkDesign{}, cloud.Inputs{})
	if err != nil {
		t.Fatalf("ensure: %v (%s)", err, cloud.Todo(err))
	}
	sameNetwork(t, seen, design)
	return seen
}

// sameNetwork demands that what is seen is exactly the design.
func sameNetwork(t testing.TB, seen networkSeen, design blueprint.NetworkDesign) {
	t.Helper()
	if differences := diff("design", design, seen.Design); len(differences) > 0 {
		t.Errorf("seen is not the design:\n%s", lines(differences))
	}
	var keys []string
	for key, id := range seen.Objects {
		if id == "" {
			t.Errorf("%s has no id", key)
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	if want := design.Components(); !slices.Equal(keys, want) {
		t.Errorf("objects:\n got %q\nwant %q", keys, want)
	}
}

// TestNetworkLife proves that a network is made as designed, found as
// designed, not touched by a second ensure, and leaves nothing when deleted.
func TestNetworkLife(t *testing.T) {
	w := newWorld(t)
	part, ref, design := w.cloud.Network(), networkRef(), networkDesign()
	ctx := t.Context()

	if _, err := part.Find(ctx, ref, design); !errors.Is(err, cloud.ErrNotFound) {
		t.Fatalf("find before ensure: %v, want not found", err)
	}
	made := ensureNetwork(t, part, ref, design)
	if made.Token != ref.Token || made.Owner != ref.Owner || made.Incarnation != ref.Incarnation || !made.Exists || made.Busy != "" {
		t.Errorf("made: %+v", made)
	}
	if made.Outputs.NetworkID != made.Objects["vpc"] || len(made.Outputs.EgressAddress) != 2 {
		t.Errorf("outputs: %+v", made.Outputs)
	}

	before := w.mark()
	found, err := w.open().Network().Find(ctx, ref, design)
	if err != nil {
		t.Fatal(err)
	}
	reads, writes := w.calls(before)
	t.Logf("find: %d calls for %d objects: %q", len(reads), len(found.Objects), reads)
	if len(writes) > 0 || len(reads) > 25 {
		t.Errorf("find made %d reads and the changes %q", len(reads), writes)
	}
	if !reflect.DeepEqual(found, made) {
		t.Errorf("find differs from ensure:\n%+v\n%+v", found, made)
	}
	// An import knows no token, no incarnation and no design.
	imported, err := part.Find(ctx, cloud.Ref{Region: "eu-west-1", Cluster: "shop", Part: "network", Owner: "team"}, blueprint.NetworkDesign{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(imported, made) {
		t.Errorf("import differs from ensure:\n%+v\n%+v", imported, made)
	}

	before = w.mark()
	ensureNetwork(t, part, ref, design)
	if _, writes := w.calls(before); len(writes) > 0 {
		t.Errorf("a second ensure changed something: %q", writes)
	}

	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Fatalf("delete: %v (%s)", err, cloud.Todo(err))
	}
	if left := w.left(); len(left) > 0 {
		t.Errorf("delete left:\n%s", lines(left))
	}
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("a second delete: %v", err)
	}
}
