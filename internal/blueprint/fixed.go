package blueprint

import "strings"

// Fixed implements [Section]: a network's place and range are for life.
func (d NetworkDesign) Fixed() map[string]string {
	fixed := d.Scope.fixed()
	fixed["cidr"] = d.CIDR
	return fixed
}

// Fixed implements [Section]: what EKS and AKS take only at creation. EKS
// keeps the zones of the subnets, the key and the role that it was made with.
func (d ControlPlaneDesign) Fixed() map[string]string {
	fixed := d.Scope.fixed()
	fixed["service_cidr"] = d.ServiceCIDR
	if d.Cloud != CloudAWS {
		return fixed
	}
	fixed["subnets"] = strings.Join(d.Subnets, ",")
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
	fixed := d.Scope.fixed()
	fixed["name"] = d.Name
	return fixed
}

// Fixed implements [Section].
func (d AddonsDesign) Fixed() map[string]string { return d.Scope.fixed() }

// Fixed implements [Section].
func (d RegistryDesign) Fixed() map[string]string { return d.Scope.fixed() }

// Fixed implements [Section].
func (d VaultDesign) Fixed() map[string]string { return d.Scope.fixed() }

// Fixed implements [Section].
func (d WorkloadIdentityDesign) Fixed() map[string]string {
	fixed := d.Scope.fixed()
	fixed["name"] = d.Name
	return fixed
}

func (s Scope) fixed() map[string]string {
	return map[string]string{"cloud": s.Cloud, "region": s.Region, "cluster": s.Cluster, "target": s.Target}
}
