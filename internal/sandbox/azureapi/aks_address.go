package azureapi

import (
	"fmt"
	"net/http"
	"strings"
)

// clusterNames checks and makes the names by which the API server is reached.
func clusterNames(w *write) error {
	p := w.r.Properties
	prefix, subdomain := textAt(p, "dnsPrefix"), textAt(p, "fqdnSubdomain")
	switch {
	case prefix == "" && subdomain == "":
		return w.invalid("dnsPrefix", "It is required.")
	case prefix != "" && subdomain != "":
		return w.invalid("fqdnSubdomain", "dnsPrefix and fqdnSubdomain cannot be set at the same time.")
	case subdomain != "" && !strings.HasPrefix(textAt(p, "apiServerAccessProfile", "privateDNSZone"), "/"):
		return w.invalid("fqdnSubdomain", "It requires a private DNS zone of your own.")
	case len(prefix) > 54:
		return w.invalid("dnsPrefix", "It can have 54 characters at most.")
	case len(textAt(p, "nodeResourceGroup")) > 80:
		return w.fail(http.StatusBadRequest, "InvalidParameter", "The length of the node resource group name is too long. The maximum length is 80 and the length of the value provided is %d. Please see https://aka.ms/aks-naming-rules for more details.", len(textAt(p, "nodeResourceGroup")))
	}
	if w.old != nil {
		return nil
	}
	if w.get("/subscriptions/"+w.address.subscription+"/resourceGroups/"+textAt(p, "nodeResourceGroup")) != nil {
		return w.fail(http.StatusBadRequest, "NodeResourceGroupAlreadyExists", "The node resource group %s exists already. Choose another name, or delete it.", textAt(p, "nodeResourceGroup"))
	}
	return nil
}

// hostNames gives a new cluster its names.
func (w *write) hostNames(private, public, integrated bool, zone string) {
	p := w.r.Properties
	host := textAt(p, "fqdnSubdomain")
	if host == "" {
		host = fmt.Sprintf("%s-%08d", textAt(p, "dnsPrefix"), w.tx.Number(100000000))
	}
	if !private || public {
		p["fqdn"] = host + ".hcp." + w.r.Location + ".azmk8s.io"
		p["azurePortalFQDN"] = strings.Replace(textAt(p, "fqdn"), ".hcp.", ".portal.hcp.", 1)
	}
	if !private {
		return
	}
	switch {
	case strings.HasPrefix(zone, "/"):
		p["privateFQDN"] = host + "." + lastSegment(zone)
	default:
		p["privateFQDN"] = host + "." + w.tx.UUID() + "." + privateDomain(integrated, w.r.Location)
	}
	if p["azurePortalFQDN"] == nil {
		p["azurePortalFQDN"] = w.tx.Hex(32) + "-priv.portal.hcp." + w.r.Location + ".azmk8s.io"
	}
}

// privateDomain is the domain of private names: private link has its own.
func privateDomain(integrated bool, location string) string {
	if integrated {
		return "private." + location + ".azmk8s.io"
	}
	return "privatelink." + location + ".azmk8s.io"
}

// clusterAccess checks how the API server is reached.
func clusterAccess(w *write) error {
	p := w.r.Properties
	access := objectAt(p, "apiServerAccessProfile")
	if access == nil {
		access = map[string]any{}
		p["apiServerAccessProfile"] = access
	}
	private, integrated := flagAt(access, "enablePrivateCluster"), flagAt(access, "enableVnetIntegration")
	if w.old != nil {
		if flagAt(w.old.Properties, "apiServerAccessProfile", "enableVnetIntegration") && !integrated {
			return w.fail(http.StatusBadRequest, "PropertyChangeNotAllowed", "Changing property 'apiServerAccessProfile.enableVnetIntegration' from true to false is not allowed.")
		}
		if flagAt(w.old.Properties, "apiServerAccessProfile", "enablePrivateCluster") != private && !integrated {
			return w.fail(http.StatusBadRequest, "PropertyChangeNotAllowed", "Changing property 'apiServerAccessProfile.enablePrivateCluster' is not allowed without API server VNet integration.")
		}
	}
	if integrated {
		if err := w.integrated(textAt(access, "subnetId")); err != nil {
			return err
		}
	} else if textAt(access, "subnetId") != "" {
		return w.invalid("apiServerAccessProfile.subnetId", "It requires enableVnetIntegration.")
	}
	if !private {
		if textAt(access, "privateDNSZone") != "" {
			return w.invalid("apiServerAccessProfile.privateDNSZone", "It requires enablePrivateCluster.")
		}
		if w.old == nil {
			w.hostNames(false, true, integrated, "")
		}
		return nil
	}
	if len(listAt(access, "authorizedIPRanges")) > 0 {
		return w.fail(http.StatusBadRequest, "BadRequest", "Private cluster cannot be enabled with authorized IP ranges.")
	}
	if access["enablePrivateClusterPublicFQDN"] == nil {
		access["enablePrivateClusterPublicFQDN"] = true
	}
	public, zone := flagAt(access, "enablePrivateClusterPublicFQDN"), textAt(access, "privateDNSZone")
	if zone == "" {
		zone = "system"
		access["privateDNSZone"] = zone
	}
	switch lower := strings.ToLower(zone); {
	case lower == "none" && !public:
		return w.fail(http.StatusBadRequest, "BadRequest", "Private DNS zone none requires the public FQDN: enablePrivateClusterPublicFQDN must be true.")
	case lower == "none" || lower == "system":
	default:
		if err := w.ownZone(zone, integrated); err != nil {
			return err
		}
	}
	if w.old == nil {
		w.hostNames(true, public, integrated, zone)
	}
	return nil
}

// apiServerAddresses is what the API servers of one cluster take in a subnet.
const apiServerAddresses = 9

// neighbours counts the other clusters whose API servers are in the subnet.
func (w *write) neighbours(subnet *resource) int {
	n := 0
	for _, c := range w.all(clusterType) {
		if c.ID != w.r.ID && strings.EqualFold(textAt(c.Properties, "apiServerAccessProfile", "subnetId"), subnet.ID) {
			n++
		}
	}
	return n
}

// integrated checks the subnet that the API server stands in.
func (w *write) integrated(id string) error {
	const parameter = "apiServerAccessProfile.subnetId"
	nodes := w.nodeSubnets()
	if id == "" {
		if len(nodes) > 0 {
			return w.invalid(parameter, "API server VNet integration in a network of your own requires a subnet.")
		}
		return nil
	}
	s := w.get(id)
	if s == nil {
		return w.invalid(parameter, "The subnet %s was not found.", id)
	}
	delegated := false
	for _, d := range listAt(s.Properties, "delegations") {
		delegated = delegated || textAt(d, "properties", "serviceName") == clusterType
	}
	vnet := w.vnetOf(s)
	switch {
	case !delegated:
		return w.fail(http.StatusBadRequest, "APIServerSubnetNotDelegated", "The API server subnet %s must be delegated to %s.", s.Path, clusterType)
	case prefixesOf(subnetPrefixes(s))[0].Bits() > 28:
		return w.fail(http.StatusBadRequest, "InsufficientSubnetSize", "The API server subnet %s must be /28 or larger.", s.Path)
	case flagAt(vnet.Properties, "encryption", "enabled"):
		return w.fail(http.StatusBadRequest, "VnetEncryptionNotSupported", "API server VNet integration is not supported in virtual network %s, which has encryption enabled.", vnet.Path)
	}
	if others := w.neighbours(s); (others+1)*apiServerAddresses > addressesOf(s)-len(w.taken(s)) {
		return w.fail(http.StatusBadRequest, "InsufficientSubnetSize", "The API server subnet %s has room for the API servers of %d clusters only: each takes %d addresses.", s.Path, others, apiServerAddresses)
	}
	for _, n := range nodes {
		if n.ID == s.ID {
			return w.invalid(parameter, "The API server subnet %s cannot be a subnet of nodes.", s.Path)
		}
		if w.vnetOf(n).ID != vnet.ID {
			return w.invalid(parameter, "The API server subnet %s must be in the virtual network of the nodes, %s.", s.Path, w.vnetOf(n).Path)
		}
	}
	return nil
}

// ownZone checks a private DNS zone that the caller brings.
func (w *write) ownZone(id string, integrated bool) error {
	const parameter = "apiServerAccessProfile.privateDNSZone"
	zone := w.get(id)
	if zone == nil || zone.Type != privateZoneType {
		return w.invalid(parameter, "It must be system, none, or the id of a private DNS zone that exists; %s was not found.", id)
	}
	domain := privateDomain(integrated, w.r.Location)
	name := strings.ToLower(zone.Name)
	label, below := strings.CutSuffix(name, "."+domain)
	if name != domain && (!below || strings.Contains(label, ".")) {
		return w.fail(http.StatusBadRequest, "CustomPrivateDNSZoneInvalid", "The private DNS zone %s must be named %s, or have one label before it.", zone.Name, domain)
	}
	if textAt(w.r.Identity, "type") != userAssigned {
		return w.fail(http.StatusBadRequest, "CustomPrivateDNSZoneMissingPermissionError", "A private DNS zone of your own requires a user-assigned identity.")
	}
	return nil
}
