package azurecloud_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// hub is a network that another team runs.
func hub(w *world) string {
	w.t.Helper()
	planted, err := w.box.Plant("azure", "virtual-network", map[string]string{"region": region, "name": "hub", "cidr": "10.80.0.0/16"})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range planted {
		if strings.HasSuffix(o.Type, "/virtualNetworks") {
			_, raw, err := w.box.Read(o.ID)
			if err != nil {
				w.t.Fatal(err)
			}
			var spelled struct{ Path string }
			if err := json.Unmarshal(raw, &spelled); err != nil {
				w.t.Fatal(err)
			}
			return spelled.Path
		}
	}
	w.t.Fatalf("no network among %+v", planted)
	return ""
}

// linked has the API's zone in the network, and lets another network resolve it.
func linked(id string) func(*blueprint.Spec) {
	return func(s *blueprint.Spec) { s.Network.DNS = &blueprint.DNSSpec{LinkNetworks: []string{id}} }
}

// TestNetworkLife takes networks of every way out through their life.
func TestNetworkLife(t *testing.T) {
	t.Parallel()
	for egress, change := range map[string]func(*blueprint.Spec){
		"nat_per_zone": nil,
		"nat":          func(s *blueprint.Spec) { s.Network.Egress = "nat" },
		"appliance":    func(s *blueprint.Spec) { s.Network.Egress, s.Network.NextHop = "appliance", "10.64.0.4" },
		"isolated":     func(s *blueprint.Spec) { s.Network.Egress = "isolated" },
		"development":  func(s *blueprint.Spec) { s.Stage = "development" },
		"peered":       nil,
		"pod subnet":   func(s *blueprint.Spec) { s.Network.Pods = &blueprint.PodsSpec{Mode: "routable"} },
	} {
		t.Run(egress, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			switch {
			case egress == "peered":
				id := hub(w)
				change = func(s *blueprint.Spec) {
					s.Network.Connections = map[string]blueprint.ConnectionSpec{"hub": {PeerNetworkID: id}}
				}
			case change == nil:
				change = linked(hub(w))
			}
			made := life(w, cloud.Cloud.Network, shopRef("network"), *shop(t, change).Network)
			if made.Outputs.NetworkID != made.Objects["vnet"] {
				t.Errorf("outputs: %+v", made.Outputs)
			}
		})
	}
}
