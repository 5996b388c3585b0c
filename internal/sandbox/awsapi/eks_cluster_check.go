package awsapi

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

var (
	clusterName  = matching(`[0-9A-Za-z][A-Za-z0-9\-_]*`)
	logTypes     = []string{"api", "audit", "authenticator", "controllerManager", "scheduler"}
	egressModes  = []string{"AWS_MANAGED", "CUSTOMER_ROUTED", "CUSTOMER_ISOLATED"}
	clusterModes = []string{"API", "API_AND_CONFIG_MAP", "CONFIG_MAP"}
	planeTiers   = []string{"standard", "tier-xl", "tier-2xl", "tier-4xl", "tier-8xl"}
)

// closedZones are where EKS runs no control plane. Source: EKS user guide,
// "Subnet requirements for clusters".
var closedZones = []string{"use1-az3", "usw1-az2", "cac1-az3"}

// check proves a request against what EKS documents, fills the cluster with
// its configuration, and returns its subnets.
func (in *createClusterInput) check(q *request, c *eksCluster) ([]*subnet, error) {
	var v constraints
	v.required("name", in.Name)
	if in.Name != "" {
		v.length("name", in.Name, 1, 100)
		v.pattern("name", in.Name, clusterName)
	}
	v.required("roleArn", in.RoleARN)
	if in.VPC == nil {
		v.required("resourcesVpcConfig", "")
	}
	if err := v.err(eksInvalid); err != nil {
		return nil, err
	}
	if err := eksTags(in.Tags); err != nil {
		return nil, err
	}
	if _, taken := eksClusters.Get(q.tx, q.region, in.Name); taken {
		return nil, inUse("Cluster already exists with name: %s", in.Name)
	}
	if len(eksClusters.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaClusters) {
		return nil, eksLimit("You've reached your account limit for the number of clusters in this Region")
	}
	placed, err := in.VPC.check(q, &c.clusterConfig)
	if err != nil {
		return nil, err
	}
	for _, s := range placed {
		if !slices.Contains(c.Zones, s.ZoneID) {
			c.Zones = append(c.Zones, s.ZoneID)
		}
	}
	c.RoleARN, c.Protected, c.ZonalShift = in.RoleARN, in.Protected, in.ZonalShift
	c.SelfAddons = in.BootstrapSelfAddon == nil || *in.BootstrapSelfAddon
	for _, check := range []func(*request, *clusterConfig) error{
		in.checkVersion, in.checkServices, in.checkLogging, in.checkEncryption, in.checkAccess, in.checkAutoMode, in.checkScaling,
	} {
		if err := check(q, &c.clusterConfig); err != nil {
			return nil, err
		}
	}
	version, err := supportedVersion(q, c.Version)
	c.Platform = version.platformVersion()
	return placed, err
}

func (in *createClusterInput) checkVersion(q *request, c *clusterConfig) error {
	c.Version = in.Version
	if c.Version == "" {
		c.Version = fmt.Sprintf("1.%d", defaultMinor)
	}
	version, err := supportedVersion(q, c.Version)
	if err != nil {
		return err
	}
	c.Upgrade = upgradePolicy{"EXTENDED"}
	if in.Upgrade != nil && in.Upgrade.Support != "" {
		c.Upgrade = *in.Upgrade
	}
	return checkSupport(q, version, c.Upgrade)
}

func checkSupport(q *request, version eksVersion, policy upgradePolicy) error {
	var v constraints
	v.oneOf("upgradePolicy.supportType", policy.Support, "STANDARD", "EXTENDED")
	if err := v.err(eksInvalid); err != nil {
		return err
	}
	if policy.Support == "STANDARD" && version.status(q.tx.Now()) == "EXTENDED_SUPPORT" {
		return invalidParameter("Kubernetes version %s is in extended support; the upgrade policy STANDARD is not possible", version)
	}
	return nil
}

// checkRole is kept apart because it may write.
func (in *createClusterInput) checkRole(q *request) error {
	if _, ok := assumable(q, in.RoleARN, "eks.amazonaws.com", "sts:AssumeRole"); !ok {
		return invalidParameter("Role with arn: %s, could not be assumed because it does not exist or the trusted entity is not correct", in.RoleARN)
	}
	return nil
}

// check proves where a control plane is to be, and how it is reached.
func (in *vpcInput) check(q *request, c *clusterConfig) ([]*subnet, error) {
	c.VPC.Public = in.Public == nil || *in.Public
	c.VPC.Private = in.Private != nil && *in.Private
	c.VPC.Groups, c.VPC.Subnets = in.Groups, in.Subnets
	c.VPC.ControlEgress = egressModes[0]
	if in.ControlEgress != nil {
		c.VPC.ControlEgress = *in.ControlEgress
		var v constraints
		v.oneOf("resourcesVpcConfig.controlPlaneEgressMode", c.VPC.ControlEgress, egressModes...)
		if err := v.err(eksInvalid); err != nil {
			return nil, err
		}
	}
	placed, err := clusterSubnets(q, in.Subnets)
	if err != nil {
		return nil, err
	}
	c.VPC.VPC = placed[0].VPC
	if err := clusterGroups(q, c.VPC.VPC, in.Groups); err != nil {
		return nil, err
	}
	if c.VPC.PublicRanges, err = publicRanges(q, c.VPC.Public, in.PublicRanges); err != nil {
		return nil, err
	}
	return placed, checkEndpoints(q, c.VPC)
}

func checkEndpoints(q *request, c clusterVPC) error {
	if !c.Public && !c.Private {
		return invalidParameter("Private and public endpoint access cannot be false")
	}
	network, ok := vpcs.table.Get(q.tx, q.region, c.VPC)
	if c.Private && ok && (!network.DNSSupport || !network.DNSHostnames) {
		return invalidParameter("Private endpoint access needs enableDnsHostnames and enableDnsSupport on the VPC %s", c.VPC)
	}
	return nil
}

// clusterSubnets finds the subnets of a control plane: in one VPC, in two
// zones or more where EKS runs, with room for its interfaces.
func clusterSubnets(q *request, ids []string) ([]*subnet, error) {
	if len(ids) == 0 {
		return nil, invalidParameter("Subnets specified must be in at least two different AZs")
	}
	var placed []*subnet
	zones := map[string]bool{}
	for _, id := range ids {
		s, ok := subnets.table.Get(q.tx, q.region, id)
		if !ok {
			return nil, invalidParameter("The subnet ID '%s' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidSubnetID.NotFound; Request ID: %s; Proxy: null)", id, q.call.RequestID)
		}
		if slices.Contains(placed, s) {
			return nil, invalidParameter("Subnet %s is given more than once", id)
		}
		placed = append(placed, s)
		zones[s.ZoneID] = true
		switch {
		case s.VPC != placed[0].VPC:
			return nil, invalidParameter("Provided subnets %s are not in the same VPC", strings.Join(ids, ", "))
		case slices.Contains(closedZones, s.ZoneID):
			return nil, closedZone(q, s)
		}
	}
	if len(zones) < 2 {
		return nil, invalidParameter("Subnets specified must be in at least two different AZs")
	}
	for _, s := range placed {
		if free := freeAddresses(q.tx, s); free < 6 {
			return nil, invalidParameter("Subnet %s has %d free addresses; EKS needs at least 6 in each of a cluster's subnets", s.ID, free)
		}
	}
	return placed, nil
}

func closedZone(q *request, s *subnet) error {
	var valid []string
	for _, z := range regions[q.region] {
		if !slices.Contains(closedZones, z.id) {
			valid = append(valid, z.name)
		}
	}
	refusal := fail(http.StatusBadRequest, "UnsupportedAvailabilityZoneException",
		"Cannot create cluster because %s, the targeted availability zone, does not currently have sufficient capacity to support the cluster. Retry and choose from these availability zones: %s",
		s.Zone, strings.Join(valid, ", "))
	refusal.fields = map[string]any{"validZones": valid}
	return refusal
}

func clusterGroups(q *request, vpc string, ids []string) error {
	if most := quota(q.tx, q.region, quotaControlPlaneSG); len(ids) > most {
		return invalidParameter("A cluster has at most %d security groups", most)
	}
	for _, id := range ids {
		g, ok := securityGroups.table.Get(q.tx, q.region, id)
		if !ok {
			return invalidParameter("The security group '%s' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidGroup.NotFound; Request ID: %s; Proxy: null)", id, q.call.RequestID)
		}
		if g.VPC != vpc {
			return invalidParameter("Security group(s) [%s] are not in the same VPC as the subnets. Please specify all security groups in the same VPC: %s", id, vpc)
		}
	}
	return nil
}

// reservedRanges can't reach a public endpoint.
var reservedRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("127.0.0.0/8"),
}

// publicRanges checks who may reach a public endpoint; everybody by default.
func publicRanges(q *request, public bool, given []string) ([]string, error) {
	if most := quota(q.tx, q.region, quotaPublicRanges); len(given) > most {
		return nil, invalidParameter("A cluster has at most %d public access CIDRs", most)
	}
	var refused []string
	for _, text := range given {
		range_, err := netip.ParsePrefix(text)
		if err != nil || range_ != range_.Masked() {
			return nil, invalidParameter("The following CIDRs are invalid in publicAccessCidrs: [%s]", text)
		}
		for _, reserved := range reservedRanges {
			if reserved.Bits() <= range_.Bits() && reserved.Contains(range_.Addr()) {
				refused = append(refused, text)
			}
		}
	}
	switch {
	case len(refused) > 0:
		return nil, invalidParameter("The following CIDRs are not allowed in publicAccessCidrs: [%s]", strings.Join(refused, ", "))
	case !public:
		return nil, nil
	case len(given) == 0:
		return []string{"0.0.0.0/0"}, nil
	}
	return given, nil
}

// checkServices proves the range of services: private, /12 to /24, and apart
// from all that the VPC has.
func (in *createClusterInput) checkServices(q *request, c *clusterConfig) error {
	c.Network = clusterNetwork{Family: "ipv4", Balancing: &enabled{}}
	if in.Network != nil {
		if in.Network.Balancing != nil {
			c.Network.Balancing = in.Network.Balancing
		}
		c.Network.ServiceCIDR = in.Network.ServiceCIDR
		if f := in.Network.Family; f != "" && f != "ipv4" {
			var v constraints
			v.oneOf("kubernetesNetworkConfig.ipFamily", f, "ipv4", "ipv6")
			if err := v.err(eksInvalid); err != nil {
				return err
			}
			return fail(http.StatusBadRequest, "UnsupportedOperation", "This sandbox does not model clusters of the family %s.", f)
		}
	}
	network, _ := vpcs.table.Get(q.tx, q.region, c.VPC.VPC)
	overlaps := func(p netip.Prefix) (netip.Prefix, bool) {
		for _, r := range network.Ranges {
			if r.CIDR.Overlaps(p) {
				return r.CIDR, true
			}
		}
		return netip.Prefix{}, false
	}
	if c.Network.ServiceCIDR == "" {
		c.Network.ServiceCIDR = "10.100.0.0/16"
		if _, taken := overlaps(netip.MustParsePrefix(c.Network.ServiceCIDR)); taken {
			c.Network.ServiceCIDR = "172.20.0.0/16"
		}
		return nil
	}
	services, err := netip.ParsePrefix(c.Network.ServiceCIDR)
	if err != nil || services != services.Masked() || !services.Addr().Is4() {
		return invalidParameter("The specified CIDR %s is not valid for serviceIpv4Cidr", c.Network.ServiceCIDR)
	}
	inside := slices.ContainsFunc(reservedRanges[:3], func(p netip.Prefix) bool {
		return p.Contains(services.Addr()) && p.Bits() <= services.Bits()
	})
	if !inside || services.Bits() < 12 || services.Bits() > 24 {
		return invalidParameter("The specified serviceIpv4Cidr %s must be within 10.0.0.0/8, 172.16.0.0/12, or 192.168.0.0/16, and between /24 and /12", services)
	}
	if taken, ok := overlaps(services); ok {
		return invalidParameter("Service IPv4 CIDR %s overlaps with the VPC CIDR %s", services, taken)
	}
	return nil
}

func (in *createClusterInput) checkLogging(_ *request, c *clusterConfig) error {
	if in.Logging == nil {
		c.Logging = allLogs(nil)
		return nil
	}
	on, err := logsAsked(in.Logging, nil)
	c.Logging = allLogs(on)
	return err
}

// logsAsked returns the types that are on after a request.
func logsAsked(in *clusterLogging, on []string) ([]string, error) {
	on = slices.Clone(on)
	var v constraints
	for _, s := range in.Setups {
		for _, kind := range s.Types {
			v.oneOf("logging.clusterLogging.types", kind, logTypes...)
			on = slices.DeleteFunc(on, func(t string) bool { return t == kind })
			if s.Enabled {
				on = append(on, kind)
			}
		}
	}
	slices.Sort(on)
	return on, v.err(eksInvalid)
}

// allLogs is how EKS shows logging: the types that are on, then those off.
func allLogs(on []string) clusterLogging {
	var off []string
	for _, t := range logTypes {
		if !slices.Contains(on, t) {
			off = append(off, t)
		}
	}
	var out clusterLogging
	if len(on) > 0 {
		out.Setups = append(out.Setups, logSetup{on, true})
	}
	if len(off) > 0 {
		out.Setups = append(out.Setups, logSetup{off, false})
	}
	return out
}

func (in *createClusterInput) checkEncryption(q *request, c *clusterConfig) error {
	if len(in.Encryption) == 0 {
		return nil
	}
	if err := checkEncryption(q, in.Encryption); err != nil {
		return err
	}
	c.Encryption = in.Encryption
	return nil
}

func checkEncryption(q *request, given []encryption) error {
	if len(given) != 1 || !slices.Equal(given[0].Resources, []string{"secrets"}) {
		return invalidParameter("encryptionConfig takes one element, and its resources are [\"secrets\"]")
	}
	key := given[0].Provider.Key
	if !strings.HasPrefix(key, "arn:") {
		return invalidParameter("The keyArn in encryptionConfig provider is not valid: %s", key)
	}
	if _, problem := usableKey(q.tx, q.region, key); problem != "" {
		return invalidParameter("The keyArn in encryptionConfig provider, %s, is invalid: %s", key, problem)
	}
	return nil
}

func (in *createClusterInput) checkAccess(_ *request, c *clusterConfig) error {
	yes := true
	c.Access = clusterAccess{Mode: "CONFIG_MAP", Creator: &yes}
	if in.Access != nil {
		if in.Access.Mode != "" {
			c.Access.Mode = in.Access.Mode
		}
		if in.Access.Creator != nil {
			c.Access.Creator = in.Access.Creator
		}
	}
	var v constraints
	v.oneOf("accessConfig.authenticationMode", c.Access.Mode, clusterModes...)
	if err := v.err(eksInvalid); err != nil {
		return err
	}
	if c.Access.Mode == "CONFIG_MAP" && !*c.Access.Creator {
		return invalidParameter("bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP")
	}
	return nil
}

func (in *createClusterInput) checkAutoMode(q *request, c *clusterConfig) error {
	c.Compute, c.Storage = in.Compute, in.Storage
	if err := checkAutoMode(q, c); err != nil {
		return err
	}
	if c.autoMode() && c.SelfAddons && in.BootstrapSelfAddon != nil {
		return invalidParameter("When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false")
	}
	c.SelfAddons = c.SelfAddons && !c.autoMode()
	return nil
}

// checkAutoMode proves that the three switches of Auto Mode agree.
func checkAutoMode(q *request, c *clusterConfig) error {
	compute := c.Compute != nil && c.Compute.Enabled
	storage := c.Storage != nil && c.Storage.Block != nil && c.Storage.Block.Enabled
	balancing := c.Network.Balancing != nil && c.Network.Balancing.Enabled
	if compute != storage || compute != balancing {
		return invalidParameter("For EKS Auto Mode, please ensure that all required configs, including computeConfig, kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled.")
	}
	if !compute {
		return nil
	}
	if c.Access.Mode == "CONFIG_MAP" {
		return invalidParameter("EKS Auto Mode needs the authentication mode API or API_AND_CONFIG_MAP")
	}
	var v constraints
	for _, pool := range c.Compute.NodePools {
		v.oneOf("computeConfig.nodePools", pool, "general-purpose", "system")
	}
	if err := v.err(eksInvalid); err != nil {
		return err
	}
	if (len(c.Compute.NodePools) > 0) != (c.Compute.NodeRole != "") {
		return invalidParameter("computeConfig takes nodeRoleArn together with nodePools, or neither")
	}
	if c.Compute.NodeRole == "" {
		return nil
	}
	if _, ok := roleByARN(q.tx, c.Compute.NodeRole); !ok {
		return invalidParameter("The node role %s does not exist", c.Compute.NodeRole)
	}
	return nil
}

func (in *createClusterInput) checkScaling(_ *request, c *clusterConfig) error {
	c.Scaling = &controlPlaneFor{Tier: planeTiers[0]}
	if in.Scaling != nil && in.Scaling.Tier != "" {
		c.Scaling = in.Scaling
	}
	var v constraints
	v.oneOf("controlPlaneScalingConfig.tier", c.Scaling.Tier, planeTiers...)
	return v.err(eksInvalid)
}
