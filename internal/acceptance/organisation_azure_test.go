package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox/azureapi"
)

// hubSubscription is another subscription of the tenant.
const hubSubscription = "7c1d9f0e-3b52-4a86-9d17-5e2f8a6b4c31"

// azureOrganisation is what was there before kready came: a hub in a subscription
// of its own, with central private DNS zones, and a virtual network that was
// handed over, with subnets, security group and routes.
type azureOrganisation struct {
	*box
	subscription          string
	hub, spoke            string // groups' ids
	hubNetwork, spokeNet  string
	registryZone, kvZone  string
	subnets               map[string]string
	routes, securityGroup string
}

// azure sends a request as a person of the organisation, and follows what it
// starts to its end.
func (b *box) azure(t *testing.T, method, id, version, body string) map[string]any {
	t.Helper()
	send := func(method, url, body string) (http.Header, map[string]any) {
		r := must(http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body)))(t)
		r.Header.Set("Authorization", "Bearer any")
		r.Header.Set("Content-Type", "application/json")
		answer, err := b.Transport().RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		raw := must(io.ReadAll(answer.Body))(t)
		out := map[string]any{}
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &out); err != nil {
				t.Fatal(err)
			}
		}
		if answer.StatusCode >= http.StatusBadRequest {
			t.Fatalf("%s %s: %d %s", method, url, answer.StatusCode, raw)
		}
		return answer.Header, out
	}
	header, out := send(method, "https://management.azure.com"+id+"?api-version="+version, body)
	operation := header.Get("Azure-AsyncOperation")
	if operation == "" {
		return out
	}
	for range 50 {
		if _, state := send(http.MethodGet, operation, ""); state["status"] == "Succeeded" {
			return out
		}
	}
	t.Fatalf("%s is never ready", id)
	return nil
}

func newAzureOrganisation(t *testing.T) *azureOrganisation {
	t.Helper()
	b := newBox(t)
	o := &azureOrganisation{box: b, subscription: azureapi.Subscription(must(b.Realm())(t)), subnets: map[string]string{}}
	if err := b.Set("azure/subscriptions", hubSubscription); err != nil {
		t.Fatal(err)
	}
	o.hub, o.spoke = "/subscriptions/"+hubSubscription+"/resourceGroups/hub", "/subscriptions/"+o.subscription+"/resourceGroups/net-prod"
	const groups, network, dns = "2021-04-01", "2024-05-01", "2024-06-01"
	for _, subscription := range []string{hubSubscription, o.subscription} {
		o.azure(t, http.MethodPost, "/subscriptions/"+subscription+"/providers/Microsoft.Network/register", groups, "")
		for range 5 {
			o.azure(t, http.MethodGet, "/subscriptions/"+subscription+"/providers/Microsoft.Network", groups, "")
		}
	}
	for _, group := range []string{o.hub, o.spoke} {
		o.azure(t, http.MethodPut, group, groups, `{"location":"westeurope","tags":{"team":"network"}}`)
	}
	o.hubNetwork, o.spokeNet = o.hub+"/providers/Microsoft.Network/virtualNetworks/hub", o.spoke+"/providers/Microsoft.Network/virtualNetworks/prod"
	o.azure(t, http.MethodPut, o.hubNetwork, network, `{"location":"westeurope","tags":{"team":"network"},"properties":{"addressSpace":{"addressPrefixes":["10.64.0.0/20"]}}}`)
	o.registryZone, o.kvZone = o.hub+"/providers/Microsoft.Network/privateDnsZones/privatelink.azurecr.io", o.hub+"/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net"
	for _, zone := range []string{o.registryZone, o.kvZone} {
		o.azure(t, http.MethodPut, zone, dns, `{"location":"global","tags":{"team":"network"}}`)
	}
	o.routes = o.spoke + "/providers/Microsoft.Network/routeTables/firewall"
	o.azure(t, http.MethodPut, o.routes, network, `{"location":"westeurope","properties":{"routes":[{"name":"out","properties":{"addressPrefix":"0.0.0.0/0","nextHopType":"VirtualAppliance","nextHopIpAddress":"10.64.0.4"}}]}}`)
	o.securityGroup = o.spoke + "/providers/Microsoft.Network/networkSecurityGroups/prod"
	o.azure(t, http.MethodPut, o.securityGroup, network, `{"location":"westeurope","properties":{}}`)
	o.azure(t, http.MethodPut, o.spokeNet, network, `{"location":"westeurope","tags":{"team":"network"},"properties":{"addressSpace":{"addressPrefixes":["10.72.0.0/16"]}}}`)
	for key, subnet := range map[string][2]string{
		"nodes": {"snet-aks-nodes", "10.72.0.0/20"}, "control_plane": {"snet-aks-api", "10.72.16.0/27"}, "endpoints": {"snet-endpoints", "10.72.17.0/24"},
	} {
		o.subnets[key] = o.spokeNet + "/subnets/" + subnet[0]
		delegation := ""
		if key == "control_plane" {
			delegation = `,"delegations":[{"name":"aks","properties":{"serviceName":"Microsoft.ContainerService/managedClusters"}}]`
		}
		o.azure(t, http.MethodPut, o.subnets[key], network, fmt.Sprintf(
			`{"properties":{"addressPrefix":%q,"defaultOutboundAccess":false,"routeTable":{"id":%q},"networkSecurityGroup":{"id":%q}%s}}`, subnet[1], o.routes, o.securityGroup, delegation))
	}
	return o
}

// config is one configuration with two clusters: one in the network that was
// handed over, one in a network of its own that is peered with the hub.
func (o *azureOrganisation) config(t *testing.T, edits ...string) string {
	t.Helper()
	text := fmt.Sprintf(`
provider "kready" {
  sandbox = { path = %[1]s }
  owner   = "platform-team/eu"
  targets = {
    prod = { azure = { subscription_id = %[2]q } }
    idle = { azure = { subscription_id = "00000000-0000-4000-8000-000000000009" } }
  }
  default_tags    = { CostCenter = "4711" }
  tag_policies    = { CostCenter = { values = ["4711"], required = true } }
  allowed_regions = ["westeurope"]
}

locals {
  zones = { registry = %[3]q, vault = %[4]q }
  clusters = {
    given = {
      network = {
        cidr           = "10.72.0.0/16"
        zones          = ["1", "2", "3"]
        reachable_from = ["10.64.0.0/14"]
        egress         = "appliance"
        next_hop       = "10.64.0.4"
        existing = {
          network_id        = %[5]q
          subnets           = { nodes = %[6]q, control_plane = %[7]q, endpoints = %[8]q }
          route_tables      = { nodes = %[11]q }
          private_dns_zones = local.zones
        }
      }
    }
    spoke = {
      network = {
        cidr           = "10.73.0.0/16"
        zones          = ["1", "2", "3"]
        reachable_from = ["10.64.0.0/14"]
        egress         = "appliance"
        next_hop       = "10.64.0.4"
        connections    = { hub = { peer_network_id = %[9]q, routes = ["10.64.0.0/20"] } }
        existing       = { private_dns_zones = local.zones }
      }
    }
  }
}

resource "kready_cluster_blueprint" "this" {
  for_each = local.clusters

  name               = "shop-${each.key}"
  cloud              = "azure"
  region             = "westeurope"
  kubernetes_version = "1.34"
  target             = "prod"
  network            = each.value.network
  access = {
    admin_groups = ["5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c"]
    break_glass  = ["8d1f2c3a-6b7e-4f5a-9c8d-1e2f3a4b5c6d"]
  }
  node_pools          = { system = { instance_types = ["Standard_D4pds_v5"], min_size = 3, max_size = 6, mode = "system" } }
  registry            = { repositories = ["shop/web"] }
  vault               = { names = ["shop"] }
  tags                = { Stage = "production" }
  on_destroy          = { logs = "delete" }
  deletion_protection = false
}

module "cluster" {
  source   = %[10]s
  for_each = kready_cluster_blueprint.this

  blueprint = each.value
}
`, quote(o.path), o.subscription, o.registryZone, o.kvZone, o.spokeNet, o.subnets["nodes"], o.subnets["control_plane"], o.subnets["endpoints"], o.hubNetwork, quote(moduleSource(t, "cluster")), o.routes)
	return edit(t, text, edits...)
}

// TestAccOrganisationAzure proves the same on Azure: a cluster in a virtual
// network that was handed over, another one peered with a hub in another
// subscription, both with central private DNS. The second plan is empty, and
// destroying leaves everything that was there exactly as it was.
func TestAccOrganisationAzure(t *testing.T) {
	t.Parallel()
	o := newAzureOrganisation(t)
	before := o.stored(t)
	w := newWorkspace(t, o.config(t))
	w.apply()
	w.empty()
	peering := o.azure(t, http.MethodGet, o.hubNetwork+"/virtualNetworkPeerings/kready-shop-spoke-hub", "2024-05-01", "")
	if properties, _ := peering["properties"].(map[string]any); properties["peeringState"] != "Connected" {
		t.Errorf("the hub's side is %v", properties["peeringState"])
	}
	w.destroy()
	o.untouched(t, before)
}
