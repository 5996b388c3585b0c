package awscloud_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// guard is how the tests' parts are guarded: not at all.
var guard = blueprint.LifecycleDesign{Logs: "delete", Keys: "delete", Backups: "delete", Leftovers: "refuse"}

func shopScope() blueprint.Scope {
	return blueprint.Scope{Cloud: "aws", Region: "eu-west-1", Cluster: "shop", Target: "prod", OnDestroy: guard}
}

func shopRef(part string) cloud.Ref {
	return cloud.Ref{Region: "eu-west-1", Cluster: "shop", Part: part, Owner: "team", Incarnation: "inc1", Token: "token-" + part}
}

const zoneA, zoneB = "eu-west-1a", "eu-west-1b"

// controlPlaneDesign has every kind of object but irsa's.
func controlPlaneDesign() blueprint.ControlPlaneDesign {
	return blueprint.ControlPlaneDesign{
		Scope: shopScope(), KubernetesVersion: "1.34", Support: "extended",
		Subnets: []string{"control_plane-" + zoneA, "control_plane-" + zoneB}, NetworkCIDR: "10.64.0.0/16", ServiceCIDR: "172.20.0.0/16",
		ReachableFrom: []string{"10.64.0.0/16", "192.168.0.0/24"},
		LogTypes:      []string{"api", "audit", "authenticator", "controllerManager", "scheduler"}, LogRetentionDays: 90,
		Encryption: "own", Identity: "pod_identity", NetworkPolicy: "vpc_cni", ControlPlaneEgress: "AWS_MANAGED",
		Autoscaling: blueprint.AutoscalingCluster,
		AccessEntries: map[string]blueprint.AccessEntryDesign{
			"admin-platform": {Principal: "arn:aws:iam::111122223333:role/platform-admin", Role: "cluster_admin"},
			"binding-shop":   {Principal: "arn:aws:iam::111122223333:role/shop", Role: "edit", Namespaces: []string{"shop", "shop-test"}},
		},
		Addons: map[string]blueprint.AddonDesign{
			"vpc-cni": {VersionPolicy: "default", Grant: "vpc-cni", Namespace: "kube-system", Account: "aws-node",
				Configuration: `{"enableNetworkPolicy":"true","eniConfig":{"create":true,"region":"eu-west-1"},"env":{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"true","AWS_VPC_K8S_CNI_EXTERNALSNAT":"false","ENABLE_PREFIX_DELEGATION":"true","ENI_CONFIG_LABEL_DEF":"topology.kubernetes.io/zone","WARM_PREFIX_TARGET":"1"}}`},
			"kube-proxy":             {VersionPolicy: "default"},
			"eks-pod-identity-agent": {VersionPolicy: "latest"},
		},
		PodSubnets: map[string]string{zoneA: "pods-" + zoneA, zoneB: "pods-" + zoneB},
		Boundary:   "arn:aws:iam::aws:policy/PowerUserAccess", RolePath: "/kready/",
		Names: map[string]string{
			"security-group/control-plane": "shop-control-plane", "role/cluster": "shop-eu-west-1-cluster", "role/node": "shop-eu-west-1-node",
			"role/vpc-cni": "shop-eu-west-1-vpc-cni", "log-group": "/aws/eks/shop/cluster", "key-alias": "alias/kready-shop",
		},
		Tags: map[string]string{"team": "shop"},
	}
}

// stack is a world with a network in it, and what has been built on it.
type stack struct {
	*world
	inputs cloud.Inputs
}

func newStack(t testing.TB) *stack {
	t.Helper()
	s := &stack{world: newWorld(t)}
	made := ensureNetwork(t, s.cloud.Network(), networkRef(), networkDesign())
	s.inputs.Network = made.Objects
	return s
}

// ensured ensures a part and demands that what is seen is exactly the design,
// then and when found again, and that a second ensure changes nothing.
func ensured[D blueprint.Section, O any](s *stack, part cloud.Part[D, O], ref cloud.Ref, design, known D) cloud.Observed[D, O] {
	s.t.Helper()
	ctx := context.Background()
	made, err := part.Ensure(ctx, ref, design, known, s.inputs)
	if err != nil {
		s.t.Fatalf("ensure %s: %v (%s)", ref.Part, err, cloud.Todo(err))
	}
	matches(s, "ensured "+ref.Part, made, design)
	found, err := part.Find(ctx, ref, design)
	if err != nil {
		s.t.Fatalf("find %s: %v", ref.Part, err)
	}
	matches(s, "found "+ref.Part, found, design)
	before := s.mark()
	if _, err := part.Ensure(ctx, ref, design, design, s.inputs); err != nil {
		s.t.Fatalf("ensure %s again: %v", ref.Part, err)
	}
	if _, writes := s.calls(before); len(writes) > 0 {
		s.t.Errorf("a second ensure of %s changed something: %q", ref.Part, writes)
	}
	return made
}

// matches demands that what is seen is exactly the design.
func matches[D blueprint.Section, O any](s *stack, what string, seen cloud.Observed[D, O], design D) {
	s.t.Helper()
	if differences := differ(design, seen.Design); len(differences) > 0 {
		s.t.Errorf("%s: seen is not the design:\n%s", what, lines(differences))
	}
	var keys []string
	for key := range seen.Objects {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	if want := design.Components(); !slices.Equal(keys, want) {
		s.t.Errorf("%s: objects:\n got %q\nwant %q", what, keys, want)
	}
	if !seen.Exists || seen.Busy != "" {
		s.t.Errorf("%s: exists %t, busy %q", what, seen.Exists, seen.Busy)
	}
}

// differ lists where two sections differ; an empty list and none are the same.
func differ[D any](want, got D) []string {
	if sameText(want, got) {
		return nil
	}
	return diff("design", want, got)
}

// shopCluster is the cluster, ready for pools.
func (s *stack) shopCluster() cloud.Observed[blueprint.ControlPlaneDesign, blueprint.ClusterOutputs] {
	s.t.Helper()
	seen := ensured(s, s.cloud.Cluster(), shopRef("cluster"), controlPlaneDesign(), blueprint.ControlPlaneDesign{})
	s.inputs.Cluster = seen.Objects
	return seen
}

// TestClusterLife proves that a control plane is made as designed, found as
// designed (on import too, where nothing is known), not touched by a second
// ensure, and leaves nothing when deleted.
func TestClusterLife(t *testing.T) {
	s := newStack(t)
	ctx := context.Background()
	part, ref, design := s.cloud.Cluster(), shopRef("cluster"), controlPlaneDesign()
	if _, err := part.Find(ctx, ref, design); !errors.Is(err, cloud.ErrNotFound) {
		t.Fatalf("find before ensure: %v, want not found", err)
	}
	before := s.left()
	made := s.shopCluster()
	if made.Token != ref.Token || made.Owner != ref.Owner || made.Incarnation != ref.Incarnation {
		t.Errorf("made: %+v", made)
	}
	out := made.Outputs
	if out.ARN == "" || out.Endpoint == "" || out.CertificateAuthority == "" || out.OIDCIssuer == "" || out.NodeRole != made.Objects["role/node"] || out.SecurityGroupID == "" {
		t.Errorf("outputs: %+v", out)
	}
	mark := s.mark()
	if _, err := s.open().Cluster().Find(ctx, ref, design); err != nil {
		t.Fatal(err)
	}
	reads, _ := s.calls(mark)
	t.Logf("find: %d calls for %d objects", len(reads), len(made.Objects))
	if len(reads) > 60 {
		t.Errorf("find made %d calls: %q", len(reads), reads)
	}

	imported, err := part.Find(ctx, cloud.Ref{Region: "eu-west-1", Cluster: "shop", Part: "cluster", Owner: "team"}, blueprint.ControlPlaneDesign{})
	if err != nil {
		t.Fatal(err)
	}
	matches(s, "imported", imported, design)

	stranger := ref
	stranger.Owner, stranger.Incarnation, stranger.Token = "others", "inc2", "tok2"
	mark = s.mark()
	if _, err := part.Ensure(ctx, stranger, design, blueprint.ControlPlaneDesign{}, s.inputs); !errors.Is(err, cloud.ErrOwned) {
		t.Errorf("another owner: %v, want owned", err)
	}
	if err := part.Delete(ctx, stranger, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("delete with another token: %v", err)
	}
	if _, writes := s.calls(mark); len(writes) > 0 {
		t.Errorf("another owner changed something: %q", writes)
	}

	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Fatalf("delete: %v (%s)", err, cloud.Todo(err))
	}
	s.sameObjects(before)
	if err := part.Delete(ctx, ref, design, cloud.DeleteOptions{}); err != nil {
		t.Errorf("delete again: %v", err)
	}
	// The same again at once: the key comes back from its pending deletion.
	again := s.shopCluster()
	if again.Objects["key"] != made.Objects["key"] {
		t.Errorf("the key is %s, was %s", again.Objects["key"], made.Objects["key"])
	}
}

// sameObjects demands that exactly these objects are left, beside the service
// linked roles of the account.
func (s *stack) sameObjects(want []string) {
	s.t.Helper()
	for _, object := range s.left() {
		if !slices.Contains(want, object) && !isLinkedRole(object) && !isAlias(object) {
			s.t.Errorf("left behind: %s", object)
		}
	}
}
