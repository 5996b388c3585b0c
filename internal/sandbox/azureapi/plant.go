package azureapi

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const balancerType = "Microsoft.Network/loadBalancers"

// balancerTypes is what the cloud controller of a cluster makes: callers read
// and delete it.
func balancerTypes() []*resourceType {
	return []*resourceType{{
		name: balancerType, tracked: true, etagged: true, flow: networkFlow(), names: networkName,
		sku: fields{"name": oneOf("Standard").or("Standard"), "tier": oneOf("Regional").or("Regional")},
		properties: fields{
			"provisioningState": output(), "resourceGuid": output(),
			"frontendIPConfigurations": list(object(fields{
				"name": text().need(), "id": output(), "etag": output(), "type": output(),
				"properties": object(fields{
					"privateIPAddress": ip(), "privateIPAllocationMethod": oneOf("Dynamic", "Static"), "privateIPAddressVersion": oneOf("IPv4"),
					"subnet": ref(subnetType), "publicIPAddress": ref(publicIPType), "provisioningState": output(),
				}),
			})),
			"backendAddressPools": list(anything()), "loadBalancingRules": list(anything()), "probes": list(anything()),
			"inboundNatRules": emptyList(), "outboundRules": emptyList(), "inboundNatPools": emptyList(),
		},
		put: func(w *write) error { resourceGUID(w); return nil },
	}}
}

// plants are the things that Kubernetes leaves behind, and what a test may
// need to find there before Terraform comes.
var plants = map[string]struct {
	help  string
	plant func(q *request, arguments map[string]string) error
}{
	"load-balancer": {
		"what a Service of type LoadBalancer makes: the cluster's internal load balancer with an address. cluster=NAME, subnet=ID (that of the nodes), name=SERVICE",
		plantBalancer,
	},
	"volume": {
		"what a PersistentVolumeClaim makes: a managed disk. cluster=NAME, zone=1, size=GIB, name=PVC",
		plantVolume,
	},
	"image": {
		"what somebody pushes into a registry. registry=NAME, size=BYTES",
		plantImage,
	},
	"secret": {
		"what somebody puts into a Key Vault. vault=NAME, name=SECRET",
		plantSecret,
	},
	"virtual-network": {
		"a network that another team runs, in a group of its own. region=LOCATION, name=NAME, cidr=RANGE",
		plantNetwork,
	},
}

// Plants says what can be planted.
func (a *api) Plants() map[string]string {
	out := map[string]string{}
	for name, p := range plants {
		out[name] = p.help
	}
	return out
}

// Plant makes something behind Terraform's back and returns what was made.
func (a *api) Plant(tx *sandbox.Tx, what string, arguments map[string]string) ([]sandbox.Object, error) {
	before := tx.Objects(true)
	if err := plants[what].plant(a.behind(tx), arguments); err != nil {
		return nil, fmt.Errorf("plant %s: %w", what, err)
	}
	return slices.DeleteFunc(tx.Objects(true), func(o sandbox.Object) bool {
		return slices.ContainsFunc(before, func(b sandbox.Object) bool { return b.Type == o.Type && b.ID == o.ID })
	}), nil
}

// Remove deletes a resource with what goes along with it, past every lock.
func (a *api) Remove(tx *sandbox.Tx, object sandbox.Object) error {
	q := a.behind(tx)
	if r := q.get(object.ID); r != nil && r.Type == object.Type {
		q.drop(r)
		return nil
	}
	tx.RemoveObject(object)
	return nil
}

// behind is a request that nobody sent.
func (a *api) behind(tx *sandbox.Tx) *request {
	return &request{
		tx: tx, api: a, call: &sandbox.Call{Cloud: cloud}, version: "2025-01-01", query: url.Values{},
		address: address{subscription: Subscription(tx.Realm())}, caller: derived(tx.Realm(), "behind"),
	}
}

// clusterNamed finds the cluster that something is planted for.
func (q *request) clusterNamed(name string) (*resource, error) {
	var found *resource
	for _, r := range q.all(clusterType) {
		if !strings.EqualFold(r.Name, name) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("more than one cluster is named %q: %s and %s", name, found.Path, r.Path)
		}
		found = r
	}
	if found == nil {
		return nil, fmt.Errorf("no cluster is named %q; say cluster=NAME", name)
	}
	return found, nil
}

func plantBalancer(q *request, arguments map[string]string) error {
	cluster, err := q.clusterNamed(arguments["cluster"])
	if err != nil {
		return err
	}
	id := arguments["subnet"]
	for _, pool := range q.below(cluster, "agentPools") {
		if id == "" {
			id = textAt(pool.Properties, "vnetSubnetID")
		}
	}
	subnet := q.get(id)
	if subnet == nil || subnet.Type != subnetType {
		return fmt.Errorf("the cluster %s has no subnet %q; say subnet=ID", cluster.Name, id)
	}
	address, ok := free(subnet, q.taken(subnet))
	if !ok {
		return fmt.Errorf("the subnet %s is full", subnet.Path)
	}
	service := arguments["name"]
	if service == "" {
		service = "ingress"
	}
	path := q.nodePath(cluster, balancerType, "kubernetes-internal")
	frontends := []any{}
	if there := q.get(path); there != nil {
		frontends = listAt(clone(there.Properties), "frontendIPConfigurations")
	}
	_, err = q.plant(path, map[string]any{
		"location": cluster.Location, "tags": map[string]any{"aks-managed-cluster-name": cluster.Name},
		"properties": map[string]any{"frontendIPConfigurations": append(frontends, map[string]any{
			"name": "a" + q.tx.Hex(31) + "-" + service,
			"properties": map[string]any{
				"privateIPAddress": address.String(), "privateIPAllocationMethod": "Dynamic", "privateIPAddressVersion": "IPv4", "subnet": map[string]any{"id": subnet.Path},
			},
		})},
	})
	return err
}

func plantVolume(q *request, arguments map[string]string) error {
	cluster, err := q.clusterNamed(arguments["cluster"])
	if err != nil {
		return err
	}
	size, err := strconv.Atoi(orElse(arguments["size"], "8"))
	if err != nil {
		return fmt.Errorf("size=%s is no number of GiB", arguments["size"])
	}
	claim := orElse(arguments["name"], "data")
	body := map[string]any{
		"location": cluster.Location, "sku": map[string]any{"name": "Premium_LRS"},
		"tags":       map[string]any{"k8s-azure-created-by": "kubernetes-azure-dd", "kubernetes.io-created-for-pvc-name": claim, "kubernetes.io-created-for-pvc-namespace": "default"},
		"properties": map[string]any{"creationData": map[string]any{"createOption": "Empty"}, "diskSizeGB": size},
	}
	if zone := arguments["zone"]; zone != "" {
		body["zones"] = []any{zone}
	}
	_, err = q.plant(q.nodePath(cluster, diskType, "pvc-"+q.tx.UUID()), body)
	return err
}

// plantImage fills a registry. Images are no resources of ARM: it knows their
// size only.
func plantImage(q *request, arguments map[string]string) error {
	size, err := strconv.Atoi(orElse(arguments["size"], "104857600"))
	if err != nil || size < 0 {
		return fmt.Errorf("size=%s is no number of bytes", arguments["size"])
	}
	for _, r := range q.all(registryType) {
		if strings.EqualFold(r.Name, arguments["registry"]) {
			r.Kept = map[string]any{"bytes": float64(size)}
			q.save(r)
			return nil
		}
	}
	return fmt.Errorf("no registry is named %q; say registry=NAME", arguments["registry"])
}

func plantSecret(q *request, arguments map[string]string) error {
	for _, r := range q.all(vaultType) {
		if strings.EqualFold(r.Name, arguments["vault"]) {
			_, err := q.plant(r.Path+"/secrets/"+orElse(arguments["name"], "password"), map[string]any{"properties": map[string]any{"value": "sandbox"}})
			return err
		}
	}
	return fmt.Errorf("no vault is named %q; say vault=NAME", arguments["vault"])
}

func plantNetwork(q *request, arguments map[string]string) error {
	at := locationName(arguments["region"])
	if locations[at].display == "" {
		return fmt.Errorf("say where with region=LOCATION; there is no location %q", at)
	}
	name := orElse(arguments["name"], "hub")
	group := "/subscriptions/" + q.address.subscription + "/resourceGroups/" + name
	if _, err := q.plant(group, map[string]any{"location": at}); err != nil {
		return err
	}
	_, err := q.plant(group+"/providers/"+vnetType+"/"+name, map[string]any{
		"location": at, "properties": map[string]any{"addressSpace": map[string]any{"addressPrefixes": []any{orElse(arguments["cidr"], "10.255.0.0/16")}}},
	})
	return err
}

// orElse is s, or the usual value when it is empty.
func orElse(s, usual string) string {
	if s == "" {
		return usual
	}
	return s
}
