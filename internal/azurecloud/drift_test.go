package azurecloud_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// The matrices below have hundreds of points; a sample of them is tried, and all
// with
//
//	go test ./internal/azurecloud -proof
var exhaustive = flag.Bool("proof", false, "try every point of the crash and drift matrices, not a sample")

// stride is the distance between the points of a matrix that are tried.
func stride() int {
	switch {
	case *exhaustive:
		return 1
	case testing.Short():
		return 23
	}
	return 9
}

// drift is one field that somebody changes behind kready's back.
type drift struct {
	object string // component key, with the rest of an id behind a space: "nsg/nodes /securityRules/AllowControlPlane"
	field  string // as the sandbox stores it
	value  string // JSON
}

// idIn is the id under which the sandbox keeps an object.
func (d drift) idIn(objects map[string]string) string {
	component, below, _ := strings.Cut(d.object, " ")
	return stored(objects[component] + below)
}

// drifts makes the part, changes one stored field after the other, then the tags
// of everything, then removes one thing after the other, and demands that Find
// shows each, that none looks like a replacement, and that an ensure repairs it.
// What can be repaired in place keeps its id. but is what is not removed.
func drifts[D blueprint.Section, O any](w *world, open func(cloud.Cloud) cloud.Part[D, O], ref cloud.Ref, design D, fields []drift, but ...string) {
	t, ok := w.t.(*testing.T)
	if !ok {
		w.t.Fatal("drifts needs a test")
	}
	ctx := context.Background()
	part := open(w.cloud)
	var none D
	made, err := part.Ensure(ctx, ref, design, none, w.inputs)
	if err != nil {
		t.Fatal(err)
	}
	repair := func(t *testing.T, gone string) {
		t.Helper()
		seen, err := part.Find(ctx, ref, design)
		if err != nil && !errors.Is(err, cloud.ErrNotFound) {
			t.Fatalf("find: %v", err)
		}
		if err == nil && blueprint.ReplacedBy("x", "", seen.Design, design) != nil {
			t.Errorf("shows as a replacement: %v", differ(design, seen.Design))
		}
		if err == nil && len(differ(design, seen.Design)) == 0 && len(seen.Objects) == len(made.Objects) {
			t.Error("does not show")
		}
		at := *w
		at.t = t
		again := ensured(&at, part, ref, design, design)
		for component, id := range made.Objects {
			if got := again.Objects[component]; got != id && gone == "" {
				t.Errorf("%s was %s and is %q", component, id, got)
			}
		}
		made = again
	}
	for _, d := range fields {
		t.Run(d.object+" "+d.field+" "+d.value, func(t *testing.T) {
			if _, err := w.box.Mutate(d.idIn(made.Objects), d.field, d.value); err != nil {
				t.Fatal(err)
			}
			repair(t, "")
		})
	}
	tried := 0
	skip := func() bool {
		tried++
		return tried%stride() != 0
	}
	for _, component := range design.Components() {
		object, raw, err := w.box.Read(stored(made.Objects[component]))
		if err != nil {
			t.Fatalf("%s: %v", component, err)
		}
		tags, place := object.Tags, "tags"
		if component == "pool" {
			var pool struct {
				Properties struct{ Tags map[string]string }
			}
			if err := json.Unmarshal(raw, &pool); err != nil {
				t.Fatal(err)
			}
			tags, place = pool.Properties.Tags, "properties.tags"
		}
		for _, tag := range []string{"team", "managed-by", cloud.TagComponent, cloud.TagPart, cloud.TagOwner, cloud.TagIncarnation, cloud.TagToken, cloud.TagLifecycle} {
			if _, has := tags[tag]; !has || skip() {
				continue
			}
			t.Run(component+" without tag "+tag, func(t *testing.T) {
				w.mutate(made.Objects[component], place+"."+tag, "null")
				repair(t, "")
			})
		}
		if _, has := tags["team"]; has && !skip() {
			t.Run(component+" with another team", func(t *testing.T) {
				w.mutate(made.Objects[component], place+".team", `"other"`)
				repair(t, "")
			})
		}
	}
	for _, component := range design.Components() {
		if slices.Contains(but, component) || skip() {
			continue
		}
		t.Run(component+" removed", func(t *testing.T) {
			w.remove(made.Objects[component])
			repair(t, component)
		})
	}
}

// TestNetworkDrift proves that every managed member of a network's objects, their
// tags and their existence are seen when they drift, and repaired in place.
func TestNetworkDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := hub(w)
	all := shop(t, func(s *blueprint.Spec) {
		linked(other)(s)
		s.Network.Egress, s.Network.NextHop = "appliance", "10.64.0.4"
	})
	drifts(w, cloud.Cloud.Network, shopRef("network"), *all.Network, []drift{
		{"vnet", "properties.addressSpace", `{"addressPrefixes":["10.64.0.0/16","10.99.0.0/16"]}`},
		{"vnet", "tags.kready-target", "null"},
		{"vnet", "tags.team", `"other"`},
		{"vnet", "tags.stray", `"1"`},
		{"subnet/nodes", "properties.networkSecurityGroup", "null"},
		{"subnet/nodes", "properties.routeTable", "null"},
		{"subnet/nodes", "properties.defaultOutboundAccess", "true"},
		{"subnet/nodes", "properties.defaultOutboundAccess", "null"},
		{"subnet/endpoints", "properties.privateEndpointNetworkPolicies", `"Disabled"`},
		{"subnet/control_plane", "properties.delegations", "null"},
		{"nsg/nodes /securityRules/AllowControlPlane", "properties.access", `"Deny"`},
		{"nsg/nodes /securityRules/AllowControlPlane", "properties.sourceAddressPrefix", `"*"`},
		{"nsg/nodes /securityRules/AllowControlPlane", "properties.sourcePortRange", `"80"`},
		{"nsg/nodes /securityRules/AllowControlPlane", "properties.priority", "300"},
		{"nsg/control_plane /securityRules/DenyNetwork", "properties.protocol", `"Udp"`},
		{"route-table/next_hop /routes/default", "properties.nextHopIpAddress", `"10.64.0.9"`},
		{"route-table/next_hop /routes/default", "properties.nextHopType", `"None"`},
		{"workspace", "properties.retentionInDays", "30"},
		{"storage-account/flow-logs", "properties.allowBlobPublicAccess", "true"},
		{"storage-account/flow-logs", "properties.networkAcls.defaultAction", `"Allow"`},
		{"storage-account/flow-logs", "properties.minimumTlsVersion", `"TLS1_0"`},
		{"flow-log", "properties.enabled", "false"},
		{"flow-log", "properties.retentionPolicy.days", "1"},
		{"flow-log", "tags.kready-traffic", "null"},
		{"dns-link/registry", "properties.registrationEnabled", "true"},
	}, "resource-group")
}

// TestClusterDrift proves the same of a control plane.
func TestClusterDrift(t *testing.T) {
	t.Parallel()
	w, all := newShop(t, fullCluster)
	ref, design := shopRef("cluster"), *all.ControlPlane
	drifts(w, cloud.Cloud.Cluster, ref, design, []drift{
		{"cluster", "properties.disableLocalAccounts", "false"},
		{"cluster", "properties.publicNetworkAccess", `"Enabled"`},
		{"cluster", "properties.apiServerAccessProfile.disableRunCommand", "false"},
		{"cluster", "properties.apiServerAccessProfile.enablePrivateClusterPublicFQDN", "true"},
		{"cluster", "properties.apiServerAccessProfile.authorizedIPRanges", `["0.0.0.0/0"]`},
		{"cluster", "properties.aadProfile.enableAzureRBAC", "false"},
		{"cluster", "properties.autoUpgradeProfile.upgradeChannel", `"rapid"`},
		{"cluster", "properties.autoUpgradeProfile.nodeOSUpgradeChannel", `"None"`},
		{"cluster", "properties.nodeResourceGroupProfile.restrictionLevel", `"Unrestricted"`},
		{"cluster", "properties.securityProfile.workloadIdentity", "null"},
		{"cluster", "properties.securityProfile.azureKeyVaultKms.enabled", "false"},
		{"cluster", "properties.addonProfiles.azurepolicy.enabled", "false"},
		{"cluster", "properties.addonProfiles.azureKeyvaultSecretsProvider.enabled", "false"},
		{"cluster", "sku.tier", `"Free"`},
		{"cluster", "tags.kready-bootstrap-pool", "null"},
		{"cluster", "tags.kready-addons", "null"},
		{"cluster", "tags.stray", `"1"`},
		{"lock", "properties.level", `"ReadOnly"`},
		{"lock", "properties.notes", "null"},
		{"diagnostic-setting", "properties.logs", "[]"},
		{"diagnostic-setting", "properties.logAnalyticsDestinationType", "null"},
		{"maintenance/aksManagedNodeOSUpgradeSchedule", "properties.maintenanceWindow.startTime", `"12:00"`},
		{"maintenance/aksManagedNodeOSUpgradeSchedule", "properties.maintenanceWindow.utcOffset", `"+02:00"`},
		{"role-assignment/network-nodes", "properties.description", "null"},
		{"role-assignment/access-binding-shop-shop", "properties.description", "null"},
		{"key-vault", "properties.publicNetworkAccess", `"Enabled"`},
		{"key-vault", "properties.networkAcls.defaultAction", `"Allow"`},
		{"key-vault", "properties.enableRbacAuthorization", "false"},
	}, "key", "key-vault", "cluster")
}
