package awscloud_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// TestClusterChanges proves that everything that EKS can change in place is
// changed in place, one design after the other on the same cluster: nothing
// but what the change names is made or removed.
func TestClusterChanges(t *testing.T) {
	s := newStack(t)
	made := s.shopCluster()
	known := controlPlaneDesign()
	changes := []struct {
		name   string
		change func(*blueprint.ControlPlaneDesign)
		gone   []string // components whose id changes or goes
	}{
		{name: "version, two minors at once", change: func(d *blueprint.ControlPlaneDesign) { d.KubernetesVersion = "1.36" }},
		{name: "support", change: func(d *blueprint.ControlPlaneDesign) { d.Support = "standard" }},
		{name: "public endpoint", change: func(d *blueprint.ControlPlaneDesign) { d.PublicCIDRs = []string{"198.51.100.0/24", "203.0.113.0/24"} }},
		{name: "public endpoint narrowed", change: func(d *blueprint.ControlPlaneDesign) { d.PublicCIDRs = []string{"203.0.113.0/24"} }},
		{name: "public endpoint off", change: func(d *blueprint.ControlPlaneDesign) { d.PublicCIDRs = nil }},
		{name: "fewer logs", change: func(d *blueprint.ControlPlaneDesign) { d.LogTypes = []string{"api", "audit"} }},
		{name: "other logs", change: func(d *blueprint.ControlPlaneDesign) {
			d.LogTypes, d.LogRetentionDays = []string{"audit", "scheduler"}, 30
		}},
		{name: "reachable from", change: func(d *blueprint.ControlPlaneDesign) { d.ReachableFrom = []string{"10.64.0.0/16", "10.99.0.0/16"} }},
		{name: "access", change: func(d *blueprint.ControlPlaneDesign) {
			d.AccessEntries["binding-shop"] = blueprint.AccessEntryDesign{Principal: "arn:aws:iam::111122223333:role/shop", Role: "view"}
			d.AccessEntries["binding-more"] = blueprint.AccessEntryDesign{Principal: "arn:aws:iam::111122223333:role/more", Role: "admin", Namespaces: []string{"more"}}
			delete(d.AccessEntries, "admin-platform")
		}, gone: []string{"access-entry/admin-platform"}},
		{name: "principal", change: func(d *blueprint.ControlPlaneDesign) {
			d.AccessEntries["binding-more"] = blueprint.AccessEntryDesign{Principal: "arn:aws:iam::111122223333:role/other", Role: "admin"}
		}, gone: []string{"access-entry/binding-more"}},
		{name: "protection", change: func(d *blueprint.ControlPlaneDesign) { d.OnDestroy.Protected = true }},
		{name: "no protection", change: func(d *blueprint.ControlPlaneDesign) { d.OnDestroy.Protected, d.OnDestroy.Logs = false, "retain" }},
		{name: "karpenter", change: func(d *blueprint.ControlPlaneDesign) {
			d.Autoscaling = blueprint.AutoscalingKarpenter
			d.AccessEntries["nodes"] = blueprint.AccessEntryDesign{Principal: "role/node", Role: "node"}
		}},
		{name: "pinned add-on", change: func(d *blueprint.ControlPlaneDesign) {
			d.Addons["kube-proxy"] = blueprint.AddonDesign{Version: s.offered("kube-proxy", "1.36"), VersionPolicy: "default"}
		}},
		{name: "unpinned add-on", change: func(d *blueprint.ControlPlaneDesign) {
			d.Addons["kube-proxy"] = blueprint.AddonDesign{VersionPolicy: "latest"}
		}},
		{name: "boundary and tags", change: func(d *blueprint.ControlPlaneDesign) { d.Boundary, d.Tags = "", map[string]string{"cost": "7"} }},
		{name: "fewer zones for pods", change: func(d *blueprint.ControlPlaneDesign) { d.PodSubnets = map[string]string{zoneA: "pods-" + zoneA} }},
		{name: "a zone for pods", change: func(d *blueprint.ControlPlaneDesign) { d.PodSubnets = maps.Clone(controlPlaneDesign().PodSubnets) }},
		{name: "irsa", change: func(d *blueprint.ControlPlaneDesign) {
			d.Identity = "irsa"
			delete(d.Addons, "eks-pod-identity-agent")
		}, gone: []string{"addon/eks-pod-identity-agent"}},
		{name: "pod identity", change: func(d *blueprint.ControlPlaneDesign) {
			d.Identity = "pod_identity"
			d.Addons["eks-pod-identity-agent"] = blueprint.AddonDesign{VersionPolicy: "default"}
		}, gone: []string{"oidc-provider"}},
		{name: "no logs", change: func(d *blueprint.ControlPlaneDesign) {
			d.LogTypes, d.LogRetentionDays, d.OnDestroy.Logs = nil, 0, "delete"
			delete(d.Names, "log-group")
		}, gone: []string{"log-group"}},
	}
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			at := &stack{world: &world{t: t, box: s.box, cloud: s.cloud}, inputs: s.inputs}
			design := known
			design.AccessEntries, design.Addons, design.Names = maps.Clone(known.AccessEntries), maps.Clone(known.Addons), maps.Clone(known.Names)
			c.change(&design)
			seen := ensured(at, at.cloud.Cluster(), shopRef("cluster"), design, known)
			sameIDs(t, made.Objects, seen.Objects, c.gone)
			made, known = seen, design
		})
	}
	if err := s.cloud.Cluster().Delete(context.Background(), shopRef("cluster"), known, cloud.DeleteOptions{}); err != nil {
		t.Errorf("delete: %v", err)
	}
	for _, object := range s.left() {
		if strings.Contains(object, "shop-eu-west-1-") && !strings.Contains(object, "flow-logs") {
			t.Errorf("left behind: %s", object)
		}
	}
}

// sameIDs demands that every component but the given ones keeps its id.
func sameIDs(t *testing.T, before, after map[string]string, but []string) {
	t.Helper()
	for component, id := range before {
		if got := after[component]; got != id && !slices.Contains(but, component) {
			t.Errorf("%s was %s and is %q", component, id, got)
		}
	}
}

// offered is an add-on version that EKS has for a minor.
func (s *stack) offered(addon, minor string) string {
	s.t.Helper()
	return s.addonVersions(addon, minor)[0]
}

// TestClusterTakesKey proves that encryption with a key of one's own can be
// added to a cluster that had none.
func TestClusterTakesKey(t *testing.T) {
	s := newStack(t)
	without := controlPlaneDesign()
	without.Encryption = "cloud"
	delete(without.Names, "key-alias")
	ensured(s, s.cloud.Cluster(), shopRef("cluster"), without, blueprint.ControlPlaneDesign{})
	ensured(s, s.cloud.Cluster(), shopRef("cluster"), controlPlaneDesign(), without)
}

// TestAutoMode proves that Auto Mode is made, found, switched off and on.
func TestAutoMode(t *testing.T) {
	s := newStack(t)
	auto := controlPlaneDesign()
	auto.AutoMode, auto.Autoscaling = true, blueprint.AutoscalingAutoMode
	auto.Addons, auto.PodSubnets = nil, nil
	delete(auto.Names, "role/vpc-cni")
	ensured(s, s.cloud.Cluster(), shopRef("cluster"), auto, blueprint.ControlPlaneDesign{})
	off := auto
	off.AutoMode, off.Autoscaling = false, blueprint.AutoscalingNone
	ensured(s, s.cloud.Cluster(), shopRef("cluster"), off, auto)
	ensured(s, s.cloud.Cluster(), shopRef("cluster"), auto, off)
}

// TestNodePoolChanges proves that what EKS can change in place keeps its
// groups, and that what it can't rolls them: the new group stands, at its
// predecessor's size, before the old one goes.
func TestNodePoolChanges(t *testing.T) {
	s := newStack(t)
	s.shopCluster()
	part, ref := s.cloud.NodePool(), shopRef("node-pool/apps")
	known := appsDesign()
	known.KubernetesVersion = "1.33"
	made := ensured(s, part, ref, known, blueprint.NodePoolDesign{})
	renamed := func(d *blueprint.NodePoolDesign, suffix string) {
		groups := map[string]blueprint.NodeGroupDesign{}
		for key, group := range d.Groups {
			group.Name = group.Name[:len(group.Name)-8] + suffix
			groups[key] = group
		}
		d.Groups = groups
	}
	rolled := []string{"group/" + zoneA, "group/" + zoneB}
	for _, c := range []struct {
		name   string
		change func(*blueprint.NodePoolDesign)
		gone   []string
	}{
		{name: "version", change: func(d *blueprint.NodePoolDesign) { d.KubernetesVersion = "1.34" }},
		{name: "sizes", change: func(d *blueprint.NodePoolDesign) {
			group := d.Groups[zoneA]
			group.MinSize, group.MaxSize = 2, 6
			d.Groups = map[string]blueprint.NodeGroupDesign{zoneA: group, zoneB: d.Groups[zoneB]}
		}},
		{name: "labels and taints", change: func(d *blueprint.NodePoolDesign) {
			d.Labels = map[string]string{"tier": "web", "more": "1"}
			d.Taints = []blueprint.TaintSpec{{Key: "dedicated", Value: "web", Effect: "NoSchedule"}, {Key: "new", Effect: "NoExecute"}}
		}},
		{name: "no labels and taints", change: func(d *blueprint.NodePoolDesign) { d.Labels, d.Taints = nil, nil }},
		{name: "upkeep", change: func(d *blueprint.NodePoolDesign) { d.MaxUnavailable, d.Repair = "2", false }},
		{name: "disk and pods", change: func(d *blueprint.NodePoolDesign) { d.DiskGiB, d.MaxPods = 200, 58 }},
		{name: "tags", change: func(d *blueprint.NodePoolDesign) { d.Tags = map[string]string{"team": "web"} }},
		{name: "instance types", change: func(d *blueprint.NodePoolDesign) {
			d.InstanceTypes = []string{"m7g.xlarge"}
			renamed(d, "99999999")
		}, gone: rolled},
		{name: "bottlerocket", change: func(d *blueprint.NodePoolDesign) {
			d.OS = "bottlerocket"
			renamed(d, "88888888")
		}, gone: rolled},
		{name: "a zone less", change: func(d *blueprint.NodePoolDesign) {
			d.Groups = map[string]blueprint.NodeGroupDesign{zoneA: d.Groups[zoneA]}
		}, gone: []string{"group/" + zoneB}},
		{name: "a zone more", change: func(d *blueprint.NodePoolDesign) {
			d.Groups = map[string]blueprint.NodeGroupDesign{zoneA: d.Groups[zoneA],
				zoneB: {Name: "apps-" + zoneB + "-77777777", Zones: []string{zoneB}, Subnets: []string{"nodes-" + zoneB}, MinSize: 0, MaxSize: 3}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := &stack{world: &world{t: t, box: s.box, cloud: s.cloud}, inputs: s.inputs}
			if len(c.gone) == 2 {
				at.scale(known.Groups[zoneB].Name, 3)
			}
			design := known
			c.change(&design)
			seen := ensured(at, part, ref, design, known)
			sameIDs(t, made.Objects, seen.Objects, c.gone)
			if len(c.gone) == 2 && seen.Outputs.Sizes[zoneB] != 3 {
				t.Errorf("the new group has %d nodes, its predecessor had 3", seen.Outputs.Sizes[zoneB])
			}
			made, known = seen, design
		})
	}
}

// TestAddonsChanges proves that autoscalers, versions and add-ons change in
// place.
func TestAddonsChanges(t *testing.T) {
	s := newStack(t)
	s.shopCluster()
	ensured(s, s.cloud.NodePool(), shopRef("node-pool/apps"), appsDesign(), blueprint.NodePoolDesign{})
	part, ref := s.cloud.Addons(), shopRef("addons")
	known := blueprint.AddonsDesign{}
	for _, autoscaling := range []string{blueprint.AutoscalingCluster, blueprint.AutoscalingKarpenter, "", blueprint.AutoscalingKarpenter, blueprint.AutoscalingCluster} {
		design := addonsDesign(autoscaling)
		ensured(s, part, ref, design, known)
		known = design
	}
	less := addonsDesign(blueprint.AutoscalingCluster)
	delete(less.Addons, "aws-ebs-csi-driver")
	delete(less.Names, "role/aws-ebs-csi-driver")
	less.Addons["coredns"] = blueprint.AddonDesign{VersionPolicy: "latest"}
	less.OnDestroy.Leftovers = "sweep"
	ensured(s, part, ref, less, known)
	ensured(s, part, ref, addonsDesign(blueprint.AutoscalingCluster), less)
}

// TestLeftovers proves that what Kubernetes made is named, with nothing
// deleted, and that sweeping removes it.
func TestLeftovers(t *testing.T) {
	s := newStack(t)
	seen := s.shopCluster()
	ctx := context.Background()
	ensured(s, s.cloud.NodePool(), shopRef("node-pool/apps"), appsDesign(), blueprint.NodePoolDesign{})
	ensured(s, s.cloud.Addons(), shopRef("addons"), addonsDesign(""), blueprint.AddonsDesign{})
	before := s.left()
	if len(seen.Leftovers) > 0 {
		t.Errorf("leftovers before anything was left: %q", seen.Leftovers)
	}
	for what, arguments := range map[string]map[string]string{
		"load-balancer": {"cluster": "shop"}, "volume": {"cluster": "shop", "zone": zoneA},
		"network-interface": {"cluster": "shop", "vpc": s.inputs.Network["vpc"]}, "security-group": {"cluster": "shop"},
	} {
		if _, err := s.box.Plant("aws", what, arguments); err != nil {
			t.Fatal(err)
		}
	}
	found, err := s.cloud.Leftovers(ctx, "shop")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, l := range found {
		kinds[l.Kind]++
	}
	t.Logf("left: %v", found)
	for _, kind := range []string{"load balancer", "target group", "network interface", "security group", "volume"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s among the leftovers %v", kind, found)
		}
	}
	seen, err = s.cloud.Cluster().Find(ctx, shopRef("cluster"), controlPlaneDesign())
	if err != nil || len(seen.Leftovers) != len(found) {
		t.Errorf("the cluster tells of %q, %v", seen.Leftovers, err)
	}
	mark := s.mark()
	for name, err := range map[string]error{
		"addons":  s.cloud.Addons().Delete(ctx, shopRef("addons"), addonsDesign(""), cloud.DeleteOptions{}),
		"cluster": s.cloud.Cluster().Delete(ctx, shopRef("cluster"), controlPlaneDesign(), cloud.DeleteOptions{}),
	} {
		if !isLeftovers(err) {
			t.Errorf("delete of %s: %v, want leftovers", name, err)
		}
	}
	if _, writes := s.calls(mark); len(writes) > 0 {
		t.Errorf("a refused delete changed something: %q", writes)
	}
	if err := s.cloud.Addons().Delete(ctx, shopRef("addons"), addonsDesign(""), cloud.DeleteOptions{SweepLeftovers: true}); err != nil {
		t.Fatalf("delete with sweep: %v", err)
	}
	s.sameObjects(before)
	for _, err := range []error{
		s.cloud.NodePool().Delete(ctx, shopRef("node-pool/apps"), appsDesign(), cloud.DeleteOptions{}),
		s.cloud.Cluster().Delete(ctx, shopRef("cluster"), controlPlaneDesign(), cloud.DeleteOptions{}),
		s.cloud.Network().Delete(ctx, networkRef(), networkDesign(), cloud.DeleteOptions{}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	s.sameObjects(nil)
}

// TestKarpenterNodesSwept proves that a node which Karpenter started is named,
// and that sweeping takes Karpenter's rights away before it ends the node.
func TestKarpenterNodesSwept(t *testing.T) {
	s := newStack(t)
	s.shopCluster()
	ctx := context.Background()
	ensured(s, s.cloud.NodePool(), shopRef("node-pool/apps"), appsDesign(), blueprint.NodePoolDesign{})
	design := addonsDesign(blueprint.AutoscalingKarpenter)
	ensured(s, s.cloud.Addons(), shopRef("addons"), design, blueprint.AddonsDesign{})
	nodes, err := s.ec2().DescribeInstances(ctx, &ec2.DescribeInstancesInput{})
	if err != nil || len(nodes.Reservations) == 0 {
		t.Fatalf("no node in the sandbox: %v", err)
	}
	node := aws.ToString(nodes.Reservations[0].Instances[0].InstanceId)
	if _, err := s.ec2().CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{node}, Tags: []types.Tag{
		{Key: aws.String("karpenter.sh/nodepool"), Value: aws.String("default")}, {Key: aws.String("kubernetes.io/cluster/shop"), Value: aws.String("owned")},
	}}); err != nil {
		t.Fatal(err)
	}
	if err := s.cloud.Addons().Delete(ctx, shopRef("addons"), design, cloud.DeleteOptions{}); !isLeftovers(err) || !strings.Contains(err.Error(), node) {
		t.Errorf("delete: %v, want the node named", err)
	}
	mark := s.mark()
	if err := s.cloud.Addons().Delete(ctx, shopRef("addons"), design, cloud.DeleteOptions{SweepLeftovers: true}); err != nil {
		t.Fatal(err)
	}
	_, writes := s.calls(mark)
	rights, end := slices.Index(writes, "iam DeleteRole"), slices.Index(writes, "ec2 TerminateInstances")
	if rights < 0 || end < 0 || rights > end {
		t.Errorf("the node was ended before Karpenter's rights: %q", writes)
	}
}

// TestNodeRoleRenamed proves that a node role which has another name now stays
// while nodes use it, and is removed afterwards.
func TestNodeRoleRenamed(t *testing.T) {
	s := newStack(t)
	s.shopCluster()
	ctx := context.Background()
	known, pool := controlPlaneDesign(), appsDesign()
	ensured(s, s.cloud.NodePool(), shopRef("node-pool/apps"), pool, blueprint.NodePoolDesign{})
	renamed := controlPlaneDesign()
	renamed.Names["role/node"] = "shop-nodes"
	seen := ensured(s, s.cloud.Cluster(), shopRef("cluster"), renamed, known)
	s.inputs.Cluster = seen.Objects
	exists := func(role string) bool {
		return slices.ContainsFunc(s.left(), func(object string) bool { return strings.HasPrefix(object, "iam/role "+role+" ") })
	}
	if !exists("shop-eu-west-1-node") || !exists("shop-nodes") {
		t.Errorf("the role that nodes use must stay beside the new one: %q", s.left())
	}
	rolled := appsDesign()
	rolled.Groups = map[string]blueprint.NodeGroupDesign{}
	for key, group := range pool.Groups {
		group.Name += "0"
		rolled.Groups[key] = group
	}
	ensured(s, s.cloud.NodePool(), shopRef("node-pool/apps"), rolled, pool)
	if _, err := s.cloud.Cluster().Ensure(ctx, shopRef("cluster"), renamed, renamed, s.inputs); err != nil {
		t.Fatal(err)
	}
	if exists("shop-eu-west-1-node") {
		t.Error("the old role is still there")
	}
	ensured(s, s.cloud.Cluster(), shopRef("cluster"), renamed, renamed)
}
