package blueprint

import "strings"

// Fixed implements [Section]: a network's place and range are for life.
func (d NetworkDesign) Fixed() map[string]string {
	fixed := d.Scope.fixed()
	fixed["cidr"] = d.CIDR
	return fixed
}

// Fixed implements [Section]: what EKS and AKS take only at creation. EKS
// takes other subnets in the same zones, a key where there was none, and no
// other role.
func (d ControlPlaneDesign) Fixed() map[string]string {
	fixed := d.Scope.fixed()
	fixed["service_cidr"] = d.ServiceCIDR
	if d.Cloud == CloudAWS {
		fixed["subnets"] = strings.Join(d.Subnets, ",")
		fixed["encryption"] = strings.TrimSpace(d.Encryption + " " + d.KeyID)
		fixed["role"] = d.ClusterRole
		if d.ClusterRole == "" {
			fixed["role"] = d.RolePath + d.Names["role/cluster"]
		}
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
