package awscloud_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/proof"
)

// drift is one change behind the adapter's back.
type drift struct {
	object string // component key, or "default group"
	field  string // as the sandbox stores it
	value  string // JSON
}

// networkDrifts are the managed fields of every kind of object, beside tags
// and existence. What is not here and not in the design is not managed: a
// role's description and session length, a subnet's host name type, routes
// other than the default one, rules' descriptions.
var networkDrifts = []drift{
	{object: "vpc", field: "dns_support", value: "false"},
	{object: "vpc", field: "dns_hostnames", value: "false"},
	{object: "subnet/nodes-eu-west-1a", field: "public_ip", value: "true"},
	{object: "subnet/ingress-eu-west-1a", field: "tags", value: "role"},
	{object: "default group", field: "rules", value: `[{"id":"sgr-1","egress":false,"protocol":"-1","from":-1,"to":-1,"peer":{"cidr":"0.0.0.0/0"}}]`},
	{object: "default group", field: "rules", value: `[{"id":"sgr-1","egress":true,"protocol":"tcp","from":1,"to":99,"peer":{"cidr":"0.0.0.0/0"}}]`},
	{object: "security-group/endpoints", field: "rules", value: `[]`},
	{object: "security-group/endpoints", field: "rules.0.peer.cidr", value: "10.0.0.0/8"},
	{object: "security-group/endpoints", field: "rules.0.to", value: "444"},
	{object: "security-group/endpoints", field: "rules.0.egress", value: "true"},
	{object: "route-table/internet", field: "routes", value: "[]"},
	{object: "route-table/nat-eu-west-1a", field: "routes", value: "[]"},
	{object: "route-table/local", field: "routes", value: `[{"destination":"0.0.0.0/0","target":"<internet-gateway>","origin":"CreateRoute"}]`},
	{object: "route-table/nat-eu-west-1a", field: "routes", value: `[{"destination":"0.0.0.0/0","target":"<nat/eu-west-1b>","origin":"CreateRoute"}]`},
	{object: "route-table/nat-eu-west-1b", field: "routes", value: `[{"destination":"0.0.0.0/0","target":"nat-0123456789abcdef0","origin":"CreateRoute"}]`},
	{object: "route-table/internet", field: "associations", value: "[]"},
	{object: "route-table/local", field: "associations", value: "[]"},
	{object: "internet-gateway", field: "vpc", value: `""`},
	{object: "endpoint/sts", field: "private_dns", value: "false"},
	{object: "endpoint/sts", field: "groups", value: "[]"},
	{object: "endpoint/s3", field: "policy", value: `"{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Resource\":\"*\"}]}"`},
	{object: "endpoint/s3", field: "policy", value: `"{\"Statement\":[{\"Action\":\"s3:Get*\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Resource\":\"*\"}]}"`},
	{object: "endpoint/eks", field: "policy", value: `"{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Deny\",\"Principal\":\"*\",\"Resource\":\"*\"}]}"`},
	{object: "endpoint/s3", field: "route_tables", value: "[]"},
	{object: "subnet/pods-eu-west-1a", field: "reservations.0.type", value: "explicit"},
	{object: "subnet/pods-eu-west-1a", field: "reservations.0.cidr", value: "100.64.64.0/20"},
	{object: "subnet/pods-eu-west-1a", field: "reservations.0.tags.kready-component", value: "other"},
	{object: "subnet/pods-eu-west-1a", field: "reservations.0.tags.team", value: "null"},
	{object: "subnet/pods-eu-west-1a", field: "reservations", value: "[]"},
	{object: "flow-log", field: "traffic", value: "REJECT"},
	{object: "flow-log", field: "log_group", value: "/somebody/else"},
	{object: "flow-log", field: "role", value: "arn:aws:iam::111122223333:role/other"},
	{object: "log-group/flow-logs", field: "retentionInDays", value: "7"},
	{object: "log-group/flow-logs", field: "retentionInDays", value: "null"},
	{object: "role/flow-logs", field: "assumeRolePolicyDocument", value: `"{\"Statement\":[]}"`},
	{object: "role/flow-logs", field: "permissionsBoundary", value: "null"},
	{object: "role/flow-logs", field: "inlinePolicies.kready", value: `"{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\",\"Resource\":\"*\"}]}"`},
	{object: "role/flow-logs", field: "inlinePolicies", value: `{}`},
}

// TestNetworkDrift proves that a change of any managed field behind the
// adapter's back shows in Find, and that Ensure repairs it in place.
func TestNetworkDrift(t *testing.T) {
	w := newWorld(t)
	part, ref, design := w.cloud.Network(), networkRef(), networkDesign()
	made := ensureNetwork(t, part, ref, design)
	defer func() { proof.Record(proof.Drift, "aws", proof.Adapter, len(networkDrifts), t.Failed()) }()
	for _, d := range networkDrifts {
		t.Run(d.object+" "+d.field+" "+d.value, func(t *testing.T) {
			w := *w
			w.t = t
			value := d.value
			for component, id := range made.Objects {
				value = strings.ReplaceAll(value, "<"+component+">", id)
			}
			id := storedID(&w, made, d.object)
			if d.field == "tags" && d.value == "role" {
				dropTag(&w, id, "kubernetes.io/role/internal-elb")
			} else {
				w.mutate(id, d.field, value)
			}
			made = repaired(t, &w, part, ref, made)
		})
	}
}

// TestNetworkTagDrift proves the same for every tag of every kind of object:
// removed and changed, kready's own included, none of which makes kready lose
// or double the object.
func TestNetworkTagDrift(t *testing.T) {
	w := newWorld(t)
	part, ref, design := w.cloud.Network(), networkRef(), networkDesign()
	made := ensureNetwork(t, part, ref, design)
	kinds := map[string]string{}
	for _, component := range slices.Sorted(maps.Keys(made.Objects)) {
		kind, _, _ := strings.Cut(component, "/")
		if _, ok := kinds[kind]; !ok && kind != "pod-range" && kind != "prefix-reservation" {
			kinds[kind] = component
		}
	}
	points := 0
	for _, component := range slices.Sorted(maps.Values(kinds)) {
		id := storedID(w, made, component)
		objects, err := w.box.Objects(false)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(objects, func(o objectOf) bool { return o.Type+":"+o.ID == id || o.ID == id })
		for _, key := range slices.Sorted(maps.Keys(objects[at].Tags)) {
			if points++; key == "cost-center" || points%stride() != 0 {
				continue // as team is; or only a sample is wanted
			}
			t.Run(component+" without "+key, func(t *testing.T) {
				w := *w
				w.t = t
				dropTag(&w, storedID(&w, made, component), key)
				made = repaired(t, &w, part, ref, made)
			})
			t.Run(component+" with other "+key, func(t *testing.T) {
				w := *w
				w.t = t
				setTag(&w, storedID(&w, made, component), key, "other")
				made = repaired(t, &w, part, ref, made)
			})
		}
		t.Run(component+" with a tag too many", func(t *testing.T) {
			w := *w
			w.t = t
			setTag(&w, storedID(&w, made, component), "stray", "yes")
			made = repaired(t, &w, part, ref, made)
		})
	}
}

// TestNetworkIgnoredTags proves that tags which others own are neither drift
// nor removed.
func TestNetworkIgnoredTags(t *testing.T) {
	w := newWorld(t)
	part, ref, design := w.cloud.Network(), networkRef(), networkDesign()
	made := ensureNetwork(t, part, ref, design)
	for _, component := range []string{"vpc", "subnet/nodes-eu-west-1a", "role/flow-logs", "log-group/flow-logs"} {
		setTag(w, storedID(w, made, component), "audit:scanned", "yes")
	}
	before := w.mark()
	ensureNetwork(t, part, ref, design)
	if _, writes := w.calls(before); len(writes) > 0 {
		t.Errorf("ensure changed something: %q", writes)
	}
}

// TestNetworkObjectsRemoved proves that any one object that an operator can
// remove shows as missing and is made again, and that nothing else is.
func TestNetworkObjectsRemoved(t *testing.T) {
	w := newWorld(t)
	part, ref, design := w.cloud.Network(), networkRef(), networkDesign()
	made := ensureNetwork(t, part, ref, design)
	client := w.ec2()
	for _, component := range design.Components() {
		if slices.Contains([]string{"vpc", "security-group/endpoints"}, component) || strings.HasPrefix(component, "pod-range/") ||
			strings.HasPrefix(component, "subnet/endpoints") || strings.HasPrefix(component, "subnet/public") || strings.HasPrefix(component, "address/") {
			continue // EC2 refuses to remove these while they are used
		}
		t.Run(component, func(t *testing.T) {
			w := *w
			w.t = t
			w.operatorRemoves(client, component, made)
			made = repaired(t, &w, part, ref, made)
		})
	}
}

// repaired demands that the drift is seen, that one ensure repairs it, and
// that nothing is left of it.
func repaired(t *testing.T, w *world, part networkPart, ref cloud.Ref, made networkSeen) networkSeen {
	t.Helper()
	ctx, design := t.Context(), networkDesign()
	seen, err := part.Find(ctx, ref, design)
	if err != nil {
		t.Fatalf("find: %v", err)
	}
	if len(diff("design", design, seen.Design)) == 0 && maps.Equal(seen.Objects, made.Objects) {
		t.Fatal("the drift is not seen")
	}
	after := ensureNetwork(t, part, ref, design)
	count := 0
	for component, id := range made.Objects {
		if after.Objects[component] != id {
			count++
		}
	}
	before := w.mark()
	ensureNetwork(t, part, ref, design)
	if _, writes := w.calls(before); len(writes) > 0 {
		t.Errorf("a second ensure changed something: %q", writes)
	}
	if twins := doubles(w); len(twins) > 0 {
		t.Errorf("doubles: %q", twins)
	}
	t.Logf("seen: %s; %d ids are new", strings.Join(diff("design", design, seen.Design), " | "), count)
	return after
}
