package awsapi

import (
	"slices"
	"strings"
	"time"
)

// updatable is the cluster of the path when an update may begin.
func updatable(q *request) (*eksCluster, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, err
	}
	switch cluster.Status {
	case "ACTIVE":
		return cluster, nil
	case "UPDATING":
		return nil, inUse("Cannot update cluster %s because it currently has update %s in progress", cluster.ID, cluster.Updating)
	}
	return nil, invalidRequest("Cluster %s is not in ACTIVE status but in %s", cluster.ID, cluster.Status)
}

// begin marks the cluster and keeps both.
func (c *eksCluster) begin(q *request, u *eksUpdate) any {
	c.Status, c.Updating = "UPDATING", u.ID
	eksClusters.Put(q.tx, c)
	if u.Progress.Left == 0 {
		u.finish(q)
	}
	eksUpdates.Put(q.tx, u)
	return u.wire()
}

func (c *eksCluster) finishUpdate(q *request, u *eksUpdate) {
	c.Status, c.Updating = "ACTIVE", ""
	if u.Version != "" {
		if u.Type == "VersionUpdate" {
			c.Upgraded, c.UpgradedFrom = q.tx.Now(), c.Version
		} else {
			c.Upgraded, c.UpgradedFrom = time.Time{}, ""
		}
		c.Version = u.Version
		for _, v := range eksVersions {
			if v.String() == c.Version {
				c.Platform = v.platformVersion()
			}
		}
	}
	eksClusters.Put(q.tx, c)
}

type updateClusterInput struct {
	VPC        *vpcInput        `json:"resourcesVpcConfig"`
	Logging    *clusterLogging  `json:"logging"`
	Token      string           `json:"clientRequestToken"`
	Access     *clusterAccess   `json:"accessConfig"`
	Upgrade    *upgradePolicy   `json:"upgradePolicy"`
	ZonalShift *enabled         `json:"zonalShiftConfig"`
	Compute    *clusterCompute  `json:"computeConfig"`
	Network    *clusterNetwork  `json:"kubernetesNetworkConfig"`
	Storage    *clusterStorage  `json:"storageConfig"`
	Protected  *bool            `json:"deletionProtection"`
	Scaling    *controlPlaneFor `json:"controlPlaneScalingConfig"`
}

// clusterChange is one kind of update: whether a request asks for it, and what
// it does.
type clusterChange struct {
	asked bool
	run   func(*request, *eksCluster) (*eksUpdate, error)
}

func (in *updateClusterInput) changes() []clusterChange {
	v := in.VPC
	if v == nil {
		v = &vpcInput{}
	}
	return []clusterChange{
		{v.Public != nil || v.Private != nil || v.PublicRanges != nil, in.endpoints},
		{v.Subnets != nil || v.Groups != nil, in.placement},
		{v.ControlEgress != nil, in.egress},
		{in.Logging != nil, in.logs},
		{in.Access != nil, in.access},
		{in.Upgrade != nil, in.support},
		{in.ZonalShift != nil, in.zonalShift},
		{in.Compute != nil || in.Network != nil || in.Storage != nil, in.autoMode},
		{in.Protected != nil, in.protection},
		{in.Scaling != nil, in.scaling},
	}
}

func updateClusterConfig(q *request) (any, error) {
	var in updateClusterInput
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	made, err := q.replayedRequest(in.Token)
	if err != nil {
		return nil, err
	}
	if u, ok := eksUpdates.Get(q.tx, q.region, made); ok {
		return u.wire(), nil
	}
	cluster, err := updatable(q)
	if err != nil {
		return nil, err
	}
	asked := slices.DeleteFunc(in.changes(), func(c clusterChange) bool { return !c.asked })
	switch len(asked) {
	case 0:
		return nil, invalidParameter("No changes needed for the cluster config provided")
	case 1:
	default:
		return nil, invalidParameter("Only one type of update can be allowed.")
	}
	u, err := asked[0].run(q, cluster)
	if err != nil {
		return nil, err
	}
	q.rememberRequest(in.Token, u.ID)
	q.object(cluster.ID)
	return cluster.begin(q, u), nil
}

func (in *updateClusterInput) endpoints(q *request, c *eksCluster) (*eksUpdate, error) {
	after := c.VPC
	if in.VPC.Public != nil {
		after.Public = *in.VPC.Public
	}
	if in.VPC.Private != nil {
		after.Private = *in.VPC.Private
	}
	ranges := in.VPC.PublicRanges
	if ranges == nil && after.Public == c.VPC.Public {
		ranges = c.VPC.PublicRanges
	}
	var err error
	if after.PublicRanges, err = publicRanges(q, after.Public, ranges); err != nil {
		return nil, err
	}
	if err := checkEndpoints(q, after); err != nil {
		return nil, err
	}
	if after.Public == c.VPC.Public && after.Private == c.VPC.Private && slices.Equal(after.PublicRanges, c.VPC.PublicRanges) {
		return nil, invalidParameter("Cluster is already at the desired configuration with endpointPrivateAccess: %t , endpointPublicAccess: %t, and Public Endpoint Restrictions: [%s]",
			after.Private, after.Public, strings.Join(after.PublicRanges, ", "))
	}
	c.VPC = after
	return newUpdate(q, "EndpointAccessUpdate", c.ID, param("EndpointPublicAccess", after.Public),
		param("EndpointPrivateAccess", after.Private), param("PublicAccessCidrs", after.PublicRanges)), nil
}

// placement moves the control plane to other subnets or groups. The zones are
// those of its birth.
func (in *updateClusterInput) placement(q *request, c *eksCluster) (*eksUpdate, error) {
	ids, groups := in.VPC.Subnets, in.VPC.Groups
	if ids == nil {
		ids = c.VPC.Subnets
	}
	if groups == nil {
		groups = c.VPC.Groups
	}
	placed, err := clusterSubnets(q, ids)
	if err != nil {
		return nil, err
	}
	if placed[0].VPC != c.VPC.VPC {
		return nil, invalidParameter("Provided subnets [%s] must be in the VPC of the cluster: %s", strings.Join(ids, ", "), c.VPC.VPC)
	}
	zones := map[string]bool{}
	for _, s := range placed {
		zones[s.ZoneID] = true
	}
	for _, id := range c.Zones {
		if !zones[id] || len(zones) != len(c.Zones) {
			return nil, invalidParameter("Provided subnets [%s] belong to the AZs '%s'. But they should belong to the exact set of AZs '%s' in which subnets were provided during cluster creation.",
				strings.Join(ids, ", "), strings.Join(sortedKeys(zones), ","), strings.Join(c.Zones, ","))
		}
	}
	if err := clusterGroups(q, c.VPC.VPC, groups); err != nil {
		return nil, err
	}
	if slices.Equal(sorted(ids), sorted(c.VPC.Subnets)) && slices.Equal(sorted(groups), sorted(c.VPC.Groups)) {
		return nil, invalidParameter("No changes needed for the VPC config provided")
	}
	c.VPC.Subnets, c.VPC.Groups = ids, groups
	leaveInterfaces(q.tx, c.Region, q.tx.Steps("eks/interface", 2), func(i *networkInterface) bool { return i.Owner == c.ARN })
	if err := c.place(q, placed); err != nil {
		return nil, err
	}
	return newUpdate(q, "VpcConfigUpdate", c.ID, param("Subnets", ids), param("SecurityGroups", groups)), nil
}

func sorted(values []string) []string {
	out := slices.Clone(values)
	slices.Sort(out)
	return out
}

func (in *updateClusterInput) egress(q *request, c *eksCluster) (*eksUpdate, error) {
	mode := *in.VPC.ControlEgress
	var v constraints
	v.oneOf("resourcesVpcConfig.controlPlaneEgressMode", mode, egressModes...)
	if err := v.err(eksInvalid); err != nil {
		return nil, err
	}
	switch {
	case mode == c.VPC.ControlEgress:
		return nil, invalidParameter("No changes needed for the control plane egress mode provided")
	case c.VPC.ControlEgress == "CUSTOMER_ROUTED":
		return nil, invalidParameter("The control plane egress mode can't be changed from CUSTOMER_ROUTED to %s", mode)
	}
	c.VPC.ControlEgress = mode
	return newUpdate(q, "ControlPlaneEgressUpdate", c.ID, param("ControlPlaneEgressMode", mode)), nil
}

func (in *updateClusterInput) logs(q *request, c *eksCluster) (*eksUpdate, error) {
	var before []string
	for _, s := range c.Logging.Setups {
		if s.Enabled {
			before = append(before, s.Types...)
		}
	}
	on, err := logsAsked(in.Logging, before)
	if err != nil {
		return nil, err
	}
	if slices.Equal(on, sorted(before)) {
		return nil, invalidParameter("No changes needed for the logging config provided")
	}
	c.Logging = allLogs(on)
	return newUpdate(q, "LoggingUpdate", c.ID, param("ClusterLogging", c.Logging)), nil
}

// access opens the way to access entries; there is no way back.
func (in *updateClusterInput) access(q *request, c *eksCluster) (*eksUpdate, error) {
	mode := in.Access.Mode
	var v constraints
	v.required("accessConfig.authenticationMode", mode)
	v.oneOf("accessConfig.authenticationMode", mode, clusterModes...)
	if err := v.err(eksInvalid); err != nil {
		return nil, err
	}
	from := slices.Index(clusterModes, c.Access.Mode)
	if slices.Index(clusterModes, mode) != from-1 {
		return nil, invalidParameter("Unsupported authentication mode update from %s to %s", c.Access.Mode, mode)
	}
	c.Access.Mode = mode
	return newUpdate(q, "AccessConfigUpdate", c.ID, param("AuthenticationMode", mode)), nil
}

func (in *updateClusterInput) support(q *request, c *eksCluster) (*eksUpdate, error) {
	version, err := supportedVersion(q, c.Version)
	if err != nil {
		return nil, err
	}
	if err := checkSupport(q, version, *in.Upgrade); err != nil {
		return nil, err
	}
	if in.Upgrade.Support == c.Upgrade.Support {
		return nil, invalidParameter("No changes needed for the upgrade policy provided")
	}
	c.Upgrade = *in.Upgrade
	return newUpdate(q, "UpgradePolicyUpdate", c.ID, param("UpgradePolicy", c.Upgrade)), nil
}

func (in *updateClusterInput) zonalShift(q *request, c *eksCluster) (*eksUpdate, error) {
	if *in.ZonalShift == (enabled{c.ZonalShift != nil && c.ZonalShift.Enabled}) {
		return nil, invalidParameter("No changes needed for the zonal shift config provided")
	}
	c.ZonalShift = in.ZonalShift
	return newUpdate(q, "ZonalShiftConfigUpdate", c.ID, param("ZonalShiftConfig", c.ZonalShift)), nil
}

func (in *updateClusterInput) autoMode(q *request, c *eksCluster) (*eksUpdate, error) {
	after := c.clusterConfig
	if in.Compute != nil {
		after.Compute = in.Compute
	}
	if in.Storage != nil {
		after.Storage = in.Storage
	}
	if in.Network != nil {
		if in.Network.ServiceCIDR != "" || in.Network.Family != "" {
			return nil, invalidParameter("serviceIpv4Cidr and ipFamily can't be changed after the cluster was created")
		}
		after.Network.Balancing = in.Network.Balancing
	}
	if err := checkAutoMode(q, &after); err != nil {
		return nil, err
	}
	if len(nodegroupsOf(q.tx, q.region, c.ID)) == 0 && !after.autoMode() && !c.autoMode() {
		return nil, invalidParameter("No changes needed for the EKS Auto Mode config provided")
	}
	c.clusterConfig = after
	c.autoModeEntry(q)
	return newUpdate(q, "AutoModeUpdate", c.ID, param("ComputeConfig", c.Compute), param("StorageConfig", c.Storage),
		param("KubernetesNetworkConfig", c.Network)), nil
}

func (in *updateClusterInput) protection(q *request, c *eksCluster) (*eksUpdate, error) {
	if *in.Protected == c.Protected {
		return nil, invalidParameter("No changes needed for the deletion protection config provided")
	}
	c.Protected = *in.Protected
	return newUpdate(q, "DeletionProtectionUpdate", c.ID, param("DeletionProtection", c.Protected)), nil
}

func (in *updateClusterInput) scaling(q *request, c *eksCluster) (*eksUpdate, error) {
	var v constraints
	v.oneOf("controlPlaneScalingConfig.tier", in.Scaling.Tier, planeTiers...)
	if err := v.err(eksInvalid); err != nil {
		return nil, err
	}
	if c.Scaling != nil && *c.Scaling == *in.Scaling {
		return nil, invalidParameter("No changes needed for the control plane scaling config provided")
	}
	before := ""
	if c.Scaling != nil {
		before = c.Scaling.Tier
	}
	c.Scaling = in.Scaling
	return newUpdate(q, "ControlPlaneScalingConfigUpdate", c.ID, param("UpdatedTier", c.Scaling.Tier), param("PreviousTier", before)), nil
}

// rollbackDays is how long the way back from an upgrade is open.
const rollbackDays = 7

func updateClusterVersion(q *request) (any, error) {
	var in struct {
		Version  string `json:"version"`
		Token    string `json:"clientRequestToken"`
		Force    bool   `json:"force"`
		Rollback *struct {
			TimeoutMinutes int `json:"timeoutMinutes"`
		} `json:"rollbackConfig"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	made, err := q.replayedRequest(in.Token)
	if err != nil {
		return nil, err
	}
	if u, ok := eksUpdates.Get(q.tx, q.region, made); ok {
		return u.wire(), nil
	}
	cluster, err := updatable(q)
	if err != nil {
		return nil, err
	}
	version, err := supportedVersion(q, in.Version)
	if err != nil {
		return nil, err
	}
	kind, err := cluster.versionStep(q, version)
	if err != nil {
		return nil, err
	}
	u := newUpdate(q, kind, cluster.ID, param("Version", in.Version), param("PlatformVersion", version.platformVersion()))
	u.Version = in.Version
	q.rememberRequest(in.Token, u.ID)
	return cluster.begin(q, u), nil
}

// versionStep says whether a step to another version is an upgrade or a
// rollback, or why it is neither.
func (c *eksCluster) versionStep(q *request, to eksVersion) (string, error) {
	from := minorOf(c.Version)
	groups := nodegroupsOf(q.tx, q.region, c.ID)
	switch {
	case to.minor == from:
		return "", invalidParameter("Cluster is already at version %s", c.Version)
	case to.minor == from+1:
		if to.status(q.tx.Now()) == "EXTENDED_SUPPORT" && c.Upgrade.Support == "STANDARD" {
			return "", invalidParameter("Kubernetes version %s is in extended support and the cluster's upgrade policy is STANDARD", to)
		}
		var behind []string
		for _, n := range groups {
			if minorOf(n.Version) < to.minor-3 {
				behind = append(behind, n.Nodegroup)
			}
		}
		if len(behind) > 0 {
			return "", invalidRequest("Nodegroups [%s] must be updated before the cluster can be updated to version %s: nodes can be at most three minor versions behind the control plane.", strings.Join(behind, ", "), to)
		}
		return "VersionUpdate", nil
	case to.minor == from-1 && c.UpgradedFrom == to.String() && q.tx.Now().Before(c.Upgraded.AddDate(0, 0, rollbackDays)):
		for _, n := range groups {
			if minorOf(n.Version) > to.minor {
				return "", invalidRequest("Cluster can't be rolled back to version %s while nodegroup %s is at version %s.", to, n.Nodegroup, n.Version)
			}
		}
		return "VersionRollback", nil
	}
	return "", invalidParameter("Unsupported Kubernetes minor version update from %s to %s", c.Version, to)
}

func associateEncryptionConfig(q *request) (any, error) {
	var in struct {
		Encryption []encryption `json:"encryptionConfig"`
		Token      string       `json:"clientRequestToken"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	made, err := q.replayedRequest(in.Token)
	if err != nil {
		return nil, err
	}
	if u, ok := eksUpdates.Get(q.tx, q.region, made); ok {
		return u.wire(), nil
	}
	cluster, err := updatable(q)
	if err != nil {
		return nil, err
	}
	if err := checkEncryption(q, in.Encryption); err != nil {
		return nil, err
	}
	if len(cluster.Encryption) > 0 {
		return nil, invalidParameter("Encryption config is already associated with the cluster; its key can't be changed")
	}
	cluster.Encryption = in.Encryption
	u := newUpdate(q, "AssociateEncryptionConfig", cluster.ID, param("EncryptionConfig", cluster.Encryption))
	q.rememberRequest(in.Token, u.ID)
	return cluster.begin(q, u), nil
}
