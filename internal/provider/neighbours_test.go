package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

// TestNeighbours proves which ranges of one run draw a warning, and that their
// nearest innocent relatives draw none. Nothing is ever refused.
func TestNeighbours(t *testing.T) {
	pool := func(s *session, spec cidrPoolSpec) diag.Diagnostics {
		var diags diag.Diagnostics
		request, problems := spec.request()
		layout, found := cidr.PlanPool(request, cidr.PoolState{})
		if cidr.HasErrors(append(problems, found...)) {
			t.Fatal(problems, found)
		}
		s.meetPool(&diags, spec, layout)
		return diags
	}
	network := func(s *session, name, cidr string, more func(*blueprint.NetworkDesign)) diag.Diagnostics {
		var diags diag.Diagnostics
		design := &blueprint.NetworkDesign{CIDR: cidr, PodCIDRs: []string{"100.64.0.0/16"}}
		if more != nil {
			more(design)
		}
		s.meetNetwork(&diags, blueprint.Spec{Cloud: "aws", Region: "eu-west-1", Name: name}, design)
		return diags
	}
	corp := cidrPoolSpec{CIDRs: []string{"10.64.0.0/12"}, Allocations: map[string]cidrAllocationModel{"a": {PrefixLength: 16}}}
	other := cidrPoolSpec{CIDRs: []string{"10.64.0.0/13"}, Allocations: map[string]cidrAllocationModel{"b": {PrefixLength: 16}}}
	told := other
	told.Peers = map[string][]string{"corp": {"10.64.0.0/16"}}
	linked := func(id string) func(*blueprint.NetworkDesign) {
		return func(d *blueprint.NetworkDesign) {
			d.Connections = map[string]blueprint.ConnectionDesign{"hub": {TransitGatewayID: id}}
		}
	}
	shared := func(d *blueprint.NetworkDesign) { d.Existing = &blueprint.ExistingNetworkSpec{NetworkID: "vpc-1"} }
	for name, test := range map[string]struct {
		run  func(s *session) diag.Diagnostics
		want string // empty: nothing is said
	}{
		"two pools":             {func(s *session) diag.Diagnostics { pool(s, corp); return pool(s, other) }, `10.64.0.0/16 ("a" of the pool over 10.64.0.0/12)`},
		"two pools that know":   {func(s *session) diag.Diagnostics { pool(s, corp); return pool(s, told) }, ""},
		"one pool, twice":       {func(s *session) diag.Diagnostics { pool(s, corp); return pool(s, corp) }, ""},
		"a network of the pool": {func(s *session) diag.Diagnostics { pool(s, corp); return network(s, "x", "10.64.0.0/16", nil) }, ""},
		"a network beside it":   {func(s *session) diag.Diagnostics { pool(s, corp); return network(s, "x", "10.80.0.0/16", nil) }, ""},
		"a stranger":            {func(s *session) diag.Diagnostics { pool(s, corp); return network(s, "x", "10.70.0.0/16", nil) }, `10.70.0.0/16 (blueprint "x") lies in the space of the pool`},
		"a stranger, first":     {func(s *session) diag.Diagnostics { network(s, "x", "10.70.0.0/16", nil); return pool(s, corp) }, `which did not give it`},
		"a stranger it knows":   {func(s *session) diag.Diagnostics { network(s, "x", "10.64.0.0/16", nil); return pool(s, told) }, ""},
		"two networks": {func(s *session) diag.Diagnostics {
			network(s, "x", "10.0.0.0/16", nil)
			return network(s, "y", "10.0.0.0/16", nil)
		}, `blueprint "x"`},
		"two in one network": {func(s *session) diag.Diagnostics {
			network(s, "x", "10.0.0.0/16", shared)
			return network(s, "y", "10.0.0.0/16", shared)
		}, ""},
		"one network, twice": {func(s *session) diag.Diagnostics {
			network(s, "x", "10.0.0.0/16", nil)
			return network(s, "x", "10.0.0.0/16", nil)
		}, ""},
		"equal pods, apart": {func(s *session) diag.Diagnostics {
			network(s, "x", "10.0.0.0/16", linked("tgw-1"))
			return network(s, "y", "10.1.0.0/16", linked("tgw-2"))
		}, ""},
		"equal pods, connected": {func(s *session) diag.Diagnostics {
			network(s, "x", "10.0.0.0/16", linked("tgw-1"))
			return network(s, "y", "10.1.0.0/16", linked("tgw-1"))
		}, `100.64.0.0/16 (pods of blueprint`},
	} {
		t.Run(name, func(t *testing.T) {
			diags := test.run(&session{})
			if diags.HasError() || (len(diags) > 0) != (test.want != "") || test.want != "" && !strings.Contains(diags[0].Detail(), test.want) {
				t.Errorf("said %v, want %q", diags, test.want)
			}
		})
	}
}
