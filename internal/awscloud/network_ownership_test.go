package awscloud_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/kready-io/terraform-provider-kready/internal/awscloud"
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// TestNetworkOwnedByAnother proves that a second configuration of the same
// cluster's name is refused with both owners named, and that nothing is
// changed or deleted by it.
func TestNetworkOwnedByAnother(t *testing.T) {
	w, ctx, design := newWorld(t), t.Context(), oneZone()
	part := w.cloud.Network()
	ensureNetwork(t, part, networkRef(), design)
	other := networkRef()
	other.Owner, other.Incarnation, other.Token = "rivals", "inc2", "tok2"

	before := w.mark()
	seen, err := part.Ensure(ctx, other, design, blueprint.NetworkDesign{}, cloud.Inputs{})
	soundOwned(t, err, "team", "rivals")
	if seen.Exists {
		t.Error("a stranger's network is reported as one's own")
	}
	if err := part.Delete(ctx, other, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("delete of what is another's: %v", err)
	}
	if _, writes := w.calls(before); len(writes) > 0 {
		t.Errorf("a stranger changed something: %q", writes)
	}
	// The same owner with another birth mark is a copied configuration.
	copied := networkRef()
	copied.Incarnation, copied.Token = "inc2", "tok2"
	_, err = part.Ensure(ctx, copied, design, blueprint.NetworkDesign{}, cloud.Inputs{})
	soundOwned(t, err, "inc1", "inc2")
}

// TestNetworkNamesTaken proves that a role or log group of the wanted name
// which is somebody else's is refused before anything is made.
func TestNetworkNamesTaken(t *testing.T) {
	ctx, design, ref := t.Context(), oneZone(), networkRef()
	take := map[string]func(*world) error{
		"role/flow-logs": func(w *world) error {
			_, err := w.iam().CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(design.Names["role/flow-logs"]),
				AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
			return err
		},
		"log-group/flow-logs": func(w *world) error {
			_, err := w.logs().CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(design.Names["log-group/flow-logs"])})
			return err
		},
	}
	for component, taken := range take {
		w := newWorld(t)
		if err := taken(w); err != nil {
			t.Fatal(err)
		}
		before := w.mark()
		_, err := w.cloud.Network().Ensure(ctx, ref, design, blueprint.NetworkDesign{}, cloud.Inputs{})
		soundOwned(t, err, component)
		if _, writes := w.calls(before); len(writes) > 0 {
			t.Errorf("%s: changed something first: %q", component, writes)
		}
	}
}

func soundOwned(t *testing.T, err error, names ...string) {
	t.Helper()
	if !errors.Is(err, cloud.ErrOwned) {
		t.Fatalf("%v, want owned", err)
	}
	for _, name := range names {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	if cloud.Todo(err) == "" {
		t.Errorf("%v says not what to do", err)
	}
}

// TestNetworkAdopted proves that the same incarnation takes a network over
// with a new token, marks every object with it, changes nothing else, and
// that the old token then deletes nothing.
func TestNetworkAdopted(t *testing.T) {
	w, ctx, design, old := newWorld(t), t.Context(), oneZone(), networkRef()
	part := w.cloud.Network()
	made := ensureNetwork(t, part, old, design)
	adopting := old
	adopting.Token = "tok2"
	before := w.mark()
	adopted := ensureNetwork(t, part, adopting, design)
	if differences := diff("objects", made.Objects, adopted.Objects); len(differences) > 0 {
		t.Errorf("adoption made objects anew: %q", differences)
	}
	_, writes := w.calls(before)
	for _, write := range writes {
		if !slices.Contains([]string{"ec2 CreateTags", "iam TagRole", "logs TagResource"}, write) {
			t.Errorf("adoption did %s", write)
		}
	}
	if err := part.Delete(ctx, old, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("delete with the old token: %v", err)
	}
	if got, err := part.Find(ctx, adopting, design); err != nil || len(diff("", adopted, got)) > 0 {
		t.Errorf("the old token deleted something: %v %q", err, diff("seen", adopted, got))
	}
	// A token that matches brings a new incarnation along: a state that was
	// moved to another blueprint.
	moved := adopting
	moved.Incarnation = "inc9"
	if seen := ensureNetwork(t, part, moved, design); seen.Incarnation != "inc9" {
		t.Errorf("incarnation %s", seen.Incarnation)
	}
}

// TestNetworkTwoAtOnce proves that of two configurations which start at the
// same moment at most one gets the network, that the other is refused, and
// that nothing is damaged or left behind.
func TestNetworkTwoAtOnce(t *testing.T) {
	w, ctx, design := newWorld(t), t.Context(), oneZone()
	refs := []cloud.Ref{networkRef(), networkRef()}
	refs[1].Incarnation, refs[1].Token, refs[1].Owner = "inc2", "tok2", "rivals"
	errs := make([]error, 2)
	var both sync.WaitGroup
	for i, ref := range refs {
		part := w.open().Network()
		both.Go(func() {
			_, errs[i] = part.Ensure(ctx, ref, design, blueprint.NetworkDesign{}, cloud.Inputs{})
		})
	}
	both.Wait()
	winners := 0
	for i, err := range errs {
		switch {
		case err == nil:
			winners++
			seen, err := w.cloud.Network().Find(ctx, refs[i], design)
			if err != nil {
				t.Fatal(err)
			}
			sameNetwork(t, seen, design)
		case !errors.Is(err, cloud.ErrOwned):
			t.Errorf("%v, want owned", err)
		}
	}
	if winners > 1 {
		t.Errorf("%d of two got the network: %v", winners, errs)
	}
	if winners == 0 { // both gave way, which damages nothing
		ensureNetwork(t, w.cloud.Network(), refs[0], design)
	}
	if twins := doubles(w); len(twins) > 0 {
		t.Errorf("doubles: %q", twins)
	}
}

// TestNetworkInUse proves that a delete which is blocked by something that is
// not kready's names it, and gets through once that is gone.
func TestNetworkInUse(t *testing.T) {
	w, ctx, design, ref := newWorld(t), t.Context(), oneZone(), networkRef()
	part := w.cloud.Network()
	made := ensureNetwork(t, part, ref, design)
	id := w.plantInterface(made.Objects["vpc"], made.Objects["subnet/nodes-eu-west-1a"])
	err := part.Delete(ctx, ref, design, cloud.DeleteOptions{})
	soundError(t, "delete in use", err, cloud.ErrConflict)
	if err != nil && !strings.Contains(err.Error(), id) {
		t.Errorf("%v does not name %s", err, id)
	}
	w.remove(id)
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("delete: %v", err)
	}
	if left := w.left(); len(left) > 0 {
		t.Errorf("left:\n%s", lines(left))
	}
}

// TestNetworkLogsKept proves that a kept log group outlives the network, and
// that the next one of the same owner and name takes it over at once.
func TestNetworkLogsKept(t *testing.T) {
	w, ctx, design, ref := newWorld(t), t.Context(), oneZone(), networkRef()
	part := w.cloud.Network()
	ensureNetwork(t, part, ref, design)
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{KeepLogs: true}); err != nil {
		t.Fatal(err)
	}
	if left := w.left(); len(left) != 1 || !strings.HasPrefix(left[0], "logs/log-group") {
		t.Errorf("left: %q", left)
	}
	next := ref
	next.Incarnation, next.Token = "inc2", "tok2"
	ensureNetwork(t, part, next, design)
	if err := part.Delete(ctx, next, design, cloud.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if left := w.left(); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// TestNetworkShapes proves that every way out is made, found as designed and
// reached from any other.
func TestNetworkShapes(t *testing.T) {
	w, ctx, ref := newWorld(t), t.Context(), networkRef()
	part := w.cloud.Network()
	route := func(design blueprint.NetworkDesign, to string) blueprint.NetworkDesign {
		for key, subnet := range design.Subnets {
			if strings.HasPrefix(subnet.RouteTo, "nat/") {
				subnet.RouteTo = to
				design.Subnets[key] = subnet
			}
		}
		return design
	}
	one := route(oneZone(), "nat/all")
	one.Egress, one.NATGateways = "nat", map[string]blueprint.NATGatewayDesign{"all": one.NATGateways["eu-west-1a"]}

	isolated := route(oneZone(), "")
	isolated.Egress, isolated.NATGateways = "isolated", nil
	delete(isolated.Subnets, "public-eu-west-1a")

	bare := route(oneZone(), "")
	bare.Egress, bare.NATGateways, bare.Endpoints, bare.AdmittedCIDRs = "isolated", nil, nil, nil
	bare.FlowLogs, bare.Boundary, bare.RolePath, bare.Tags, bare.PodCIDRs = nil, "", "", nil, nil
	bare.Names = map[string]string{"vpc": "shop"}
	for key := range bare.Subnets {
		if !strings.HasPrefix(key, "nodes") {
			delete(bare.Subnets, key)
		}
	}
	appliance := route(oneZone(), "next_hop")
	appliance.Egress, appliance.NATGateways = "appliance", nil
	delete(appliance.Subnets, "public-eu-west-1a")
	shapes := []blueprint.NetworkDesign{networkDesign(), one, isolated, oneZone(), bare, networkDesign(), appliance, bare, regionalNetwork(zoneA, zoneB), one, regionalNetwork(zoneB), networkDesign(), bare, isolated, bare}
	for i, design := range shapes {
		if design.Egress == "appliance" {
			seen, err := part.Find(ctx, ref, design)
			if err != nil {
				t.Fatal(err)
			}
			design.NextHop = w.plantInterface(seen.Objects["vpc"], seen.Objects["subnet/nodes-eu-west-1a"])
		}
		ensureNetwork(t, part, ref, design)
		before := w.mark()
		ensureNetwork(t, part, ref, design)
		if _, writes := w.calls(before); len(writes) > 0 {
			t.Errorf("shape %d, %s: a second ensure changed something: %q", i, design.Egress, writes)
		}
		if t.Failed() {
			return
		}
	}
}

// TestNetworkRefused proves that what can't be realized is refused before any
// call, all of it at once.
func TestNetworkRefused(t *testing.T) {
	w, design, ref := newWorld(t), oneZone(), networkRef()
	ref.Token = ""
	design.NextHop = "10.0.0.4"
	for key, subnet := range design.Subnets {
		subnet.RouteTo = "next_hop"
		design.Subnets[key] = subnet
	}
	_, err := w.cloud.Network().Ensure(t.Context(), ref, design, blueprint.NetworkDesign{}, cloud.Inputs{})
	for _, want := range []string{"token", "10.0.0.4"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	if !errors.Is(err, cloud.ErrInvalid) {
		t.Errorf("%v is of another kind", err)
	}
}

// TestOpen proves that opening needs nothing, that the realm is the sandbox's
// id, and that another account or region is refused before anything is read.
func TestOpen(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	opened, err := awscloud.Open(ctx, cloud.Target{Region: "eu-west-1", Sandbox: true, Transport: w.box.Transport(), AllowedAccountIDs: []string{"999999999999"}})
	if err != nil {
		t.Fatal(err)
	}
	before := w.mark()
	_, err = opened.Network().Find(ctx, networkRef(), blueprint.NetworkDesign{})
	if !errors.Is(err, cloud.ErrRealm) || !strings.Contains(err.Error(), "999999999999") {
		t.Errorf("%v, want another realm", err)
	}
	if reads, writes := w.calls(before); len(reads)+len(writes) != 1 {
		t.Errorf("calls before the refusal: %q %q", reads, writes)
	}
	realm, err := w.cloud.Realm(ctx)
	if err != nil || !strings.HasPrefix(realm, "sandbox-") {
		t.Errorf("realm %q, %v", realm, err)
	}
	elsewhere := networkRef()
	elsewhere.Region = "us-east-1"
	if _, err := w.cloud.Network().Find(ctx, elsewhere, blueprint.NetworkDesign{}); !errors.Is(err, cloud.ErrInvalid) {
		t.Errorf("%v, want invalid", err)
	}
	nameless := networkRef()
	nameless.Cluster = ""
	if _, err := w.cloud.Network().Find(ctx, nameless, blueprint.NetworkDesign{}); !errors.Is(err, cloud.ErrInvalid) {
		t.Errorf("%v, want invalid", err)
	}
	if _, err := awscloud.Open(ctx, cloud.Target{}); err == nil {
		t.Error("a target without region was opened")
	}
	if _, err := awscloud.Open(ctx, cloud.Target{Region: "eu-west-1", Sandbox: true}); err == nil {
		t.Error("a sandbox without transport was opened")
	}
}
