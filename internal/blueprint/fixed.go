package blueprint

import (
	"slices"
	"strings"
)

// Fixed implements [Section]: a network's place and range are for life.
func (d NetworkDesign) Fixed() map[string]string {
	fixed := d.fixed()
	fixed["cidr"] = d.CIDR
	fixed["network_id"] = ""
	if d.Existing != nil {
		fixed["network_id"] = d.Existing.NetworkID
	}
	if d.Azure != nil {
		fixed["resource_group"] = d.Azure.ResourceGroup
	}
	return fixed
}

// Fixed implements [Section]: what EKS and AKS take only at creation. EKS
// keeps the zones of the subnets, the key and the role that it was made with.
func (d ControlPlaneDesign) Fixed() map[string]string {
	fixed := d.fixed()
	fixed["service_cidr"] = d.ServiceCIDR
	if d.Cloud != CloudAWS {
		d.azureFixed(fixed)
		return fixed
	}
	fixed["network"] = d.NetworkCIDR
	var subnets []string
	for _, key := range d.Subnets {
		subnets = append(subnets, or(d.GivenSubnets[key], key)) // one that exists is known by its id before by its key
	}
	slices.Sort(subnets)
	fixed["subnets"] = strings.Join(subnets, ",")
	fixed["encryption"] = d.Encryption
	if d.Encryption == "existing" {
		fixed["encryption"] += " " + d.KeyID
	}
	fixed["role"] = d.ClusterRole
	if name := d.Names["role/cluster"]; d.ClusterRole == "" && name != "" {
		fixed["role"] = d.RolePath + name
	}
	return fixed
}

// Fixed implements [Section]: everything else in a pool rolls its groups.
func (d NodePoolDesign) Fixed() map[string]string {
	fixed := d.fixed()
	fixed["name"] = d.Name
	return fixed
}

// Fixed implements [Section].
func (d AddonsDesign) Fixed() map[string]string { return d.fixed() }

// azureFixed adds what AKS takes only at creation. What a cluster can be given
// later in place (VNet integration, Cilium) is empty where it has none.
func (d ControlPlaneDesign) azureFixed(fixed map[string]string) {
	if d.Azure == nil {
		return
	}
	fixed["resource_group"] = d.Azure.ResourceGroup
	fixed["pod_mode"] = d.Azure.PodMode
	fixed["dns_service_ip"] = d.Azure.DNSServiceIP
	fixed["api"], fixed["dataplane"] = "", ""
	if d.Azure.PrivateCluster == "vnet_integration" {
		fixed["api"] = d.Azure.PrivateCluster
	}
	if d.NetworkPolicy == "cilium" {
		fixed["dataplane"] = d.NetworkPolicy
	}
}

// Fixed implements [Section]: a registry on Azure is one object with a name of
// its own.
func (d RegistryDesign) Fixed() map[string]string {
	fixed := d.fixed()
	if d.Cloud == CloudAzure {
		fixed["registry_name"] = d.Name
	}
	return fixed
}

// Fixed implements [Section].
func (d VaultDesign) Fixed() map[string]string { return d.fixed() }

// Fixed implements [Section].
func (d WorkloadIdentityDesign) Fixed() map[string]string {
	fixed := d.fixed()
	fixed["name"] = d.Name
	return fixed
}

func (s Scope) fixed() map[string]string {
	return map[string]string{"cloud": s.Cloud, "region": s.Region, "cluster": s.Cluster, "target": s.Target}
}
