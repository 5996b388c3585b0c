package awsapi

import (
	"slices"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// eksCluster is a cluster; its id in the store is its name.
type eksCluster struct {
	sandbox.Meta
	clusterConfig
	ARN      string    `json:"arn"`
	Created  time.Time `json:"createdAt"`
	Status   string    `json:"status"` // CREATING, ACTIVE, UPDATING, DELETING
	Platform string    `json:"platformVersion"`
	Endpoint string    `json:"endpoint"`
	CA       string    `json:"certificateAuthority"` // base64 of PEM
	Issuer   string    `json:"issuer"`
	Zones    []string  `json:"zones"` // ids; those of its birth, for life

	// Updating is the id of the update in progress.
	Updating string           `json:"updating,omitempty"`
	Progress sandbox.Progress `json:"progress,omitzero"`

	// Upgraded is when the version last went up, and from which: the way back
	// is open for a week.
	Upgraded     time.Time `json:"upgraded,omitzero"`
	UpgradedFrom string    `json:"upgradedFrom,omitempty"`
}

// clusterConfig is what both CreateCluster takes and DescribeCluster returns.
type clusterConfig struct {
	Version    string           `json:"version"`
	RoleARN    string           `json:"roleArn"`
	VPC        clusterVPC       `json:"resourcesVpcConfig"`
	Network    clusterNetwork   `json:"kubernetesNetworkConfig"`
	Logging    clusterLogging   `json:"logging"`
	Encryption []encryption     `json:"encryptionConfig,omitempty"`
	Access     clusterAccess    `json:"accessConfig"`
	Upgrade    upgradePolicy    `json:"upgradePolicy"`
	ZonalShift *enabled         `json:"zonalShiftConfig,omitempty"`
	Compute    *clusterCompute  `json:"computeConfig,omitempty"`
	Storage    *clusterStorage  `json:"storageConfig,omitempty"`
	Scaling    *controlPlaneFor `json:"controlPlaneScalingConfig,omitempty"`
	Protected  bool             `json:"deletionProtection"`
	SelfAddons bool             `json:"bootstrapSelfManagedAddons"` // write-only on the wire
}

type clusterVPC struct {
	Subnets       []string `json:"subnetIds"`
	Groups        []string `json:"securityGroupIds"`
	ClusterGroup  string   `json:"clusterSecurityGroupId,omitempty"`
	VPC           string   `json:"vpcId,omitempty"`
	Public        bool     `json:"endpointPublicAccess"`
	Private       bool     `json:"endpointPrivateAccess"`
	PublicRanges  []string `json:"publicAccessCidrs"`
	ControlEgress string   `json:"controlPlaneEgressMode,omitempty"`
}

type clusterNetwork struct {
	ServiceCIDR string   `json:"serviceIpv4Cidr,omitempty"`
	Family      string   `json:"ipFamily,omitempty"`
	Balancing   *enabled `json:"elasticLoadBalancing,omitempty"`
}

type clusterLogging struct {
	Setups []logSetup `json:"clusterLogging"`
}

type logSetup struct {
	Types   []string `json:"types"`
	Enabled bool     `json:"enabled"`
}

type encryption struct {
	Resources []string `json:"resources"`
	Provider  struct {
		Key string `json:"keyArn"`
	} `json:"provider"`
}

type clusterAccess struct {
	Mode    string `json:"authenticationMode"`
	Creator *bool  `json:"bootstrapClusterCreatorAdminPermissions,omitempty"`
}

type upgradePolicy struct {
	Support string `json:"supportType"`
}

type enabled struct {
	Enabled bool `json:"enabled"`
}

type clusterCompute struct {
	Enabled   bool     `json:"enabled"`
	NodePools []string `json:"nodePools,omitempty"`
	NodeRole  string   `json:"nodeRoleArn,omitempty"`
}

type clusterStorage struct {
	Block *enabled `json:"blockStorage,omitempty"`
}

type controlPlaneFor struct {
	Tier string `json:"tier"`
}

var eksClusters = sandbox.NewTable[eksCluster](cloud, "eks/cluster")

// autoMode says whether EKS runs the nodes itself.
func (c *clusterConfig) autoMode() bool { return c.Compute != nil && c.Compute.Enabled }

// logs says whether the control plane writes any log.
func (c *clusterConfig) logs() bool {
	return slices.ContainsFunc(c.Logging.Setups, func(s logSetup) bool { return s.Enabled && len(s.Types) > 0 })
}

func (c *eksCluster) logGroup() string { return "/aws/eks/" + c.ID + "/cluster" }

// controlPlaneLogs names the log groups that clusters of a region write to.
func controlPlaneLogs(tx *sandbox.Tx, region string) []string {
	var out []string
	for _, c := range eksClusters.List(tx, region) {
		if c.logs() && c.Status != "CREATING" {
			out = append(out, c.logGroup())
		}
	}
	return out
}

func clusterNotFound(name string) error { return eksNotFound("No cluster found for name: %s.", name) }

// askedCluster is the cluster of the path.
func askedCluster(q *request) (*eksCluster, error) {
	name := q.path["name"]
	q.object(name)
	cluster, ok := eksClusters.Get(q.tx, q.region, name)
	if !ok {
		return nil, clusterNotFound(name)
	}
	return cluster, nil
}

// activeCluster is the same for operations that need it to be there and well.
func activeCluster(q *request) (*eksCluster, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, err
	}
	if cluster.Status == "CREATING" || cluster.Status == "DELETING" {
		return nil, invalidRequest("Cluster %s is not in ACTIVE status but in %s", cluster.ID, cluster.Status)
	}
	return cluster, nil
}

// poll takes one step of what the cluster is doing. It reports whether the
// cluster is still there.
func (c *eksCluster) poll(q *request) bool {
	switch c.Status {
	case "UPDATING":
		if u, ok := eksUpdates.Get(q.tx, q.region, c.Updating); ok {
			u.poll(q)
		}
		return true
	case "CREATING", "DELETING":
	default:
		return true
	}
	done, moved := c.Progress.Poll()
	switch {
	case done && c.Status == "DELETING":
		c.remove(q)
		return false
	case done:
		c.Status = "ACTIVE"
		eksClusters.Put(q.tx, c)
	case moved:
		eksClusters.Put(q.tx, c)
	}
	return true
}

// remove takes away the cluster with all that is its own. The log group stays,
// and the last lines of the control plane make it anew when it was deleted.
func (c *eksCluster) remove(q *request) {
	reviveLogGroups(q.tx, q.region, q.account)
	eksClusters.Delete(q.tx, c.Region, c.ID)
	for _, a := range eksAddons.List(q.tx, c.Region) {
		if a.Cluster == c.ID {
			eksAddons.Delete(q.tx, c.Region, a.ID)
		}
	}
	for _, e := range accessEntries.List(q.tx, c.Region) {
		if e.Cluster == c.ID {
			accessEntries.Delete(q.tx, c.Region, e.ID)
		}
	}
	for _, p := range podIdentities.List(q.tx, c.Region) {
		if p.Cluster == c.ID {
			podIdentities.Delete(q.tx, c.Region, p.ID)
		}
	}
	for _, u := range eksUpdates.List(q.tx, c.Region) {
		if u.Cluster == c.ID {
			eksUpdates.Delete(q.tx, c.Region, u.ID)
		}
	}
	// The control plane's interfaces stay a while, and with them whatever
	// depends on them; the cluster's security group goes at once, as EKS
	// deletes it itself.
	leaveInterfaces(q.tx, c.Region, q.tx.Steps("eks/interface", 2), func(i *networkInterface) bool { return i.Owner == c.ARN })
	for _, i := range interfaces.table.Where(q.tx, c.Region, func(i *networkInterface) bool { return i.Owner == c.ARN }) {
		i.Groups = slices.DeleteFunc(slices.Clone(i.Groups), func(g string) bool { return g == c.VPC.ClusterGroup })
		interfaces.table.Put(q.tx, i)
	}
	securityGroups.table.Delete(q.tx, c.Region, c.VPC.ClusterGroup)
}

type clusterAnswer struct {
	Name      string            `json:"name"`
	ARN       string            `json:"arn"`
	CreatedAt epoch             `json:"createdAt"`
	Endpoint  string            `json:"endpoint,omitempty"`
	Identity  any               `json:"identity,omitempty"`
	CA        map[string]string `json:"certificateAuthority"`
	Status    string            `json:"status"`
	Platform  string            `json:"platformVersion"`
	Tags      map[string]string `json:"tags"`
	Health    map[string]any    `json:"health"`
	clusterConfig
	SelfAddons *bool `json:"bootstrapSelfManagedAddons,omitempty"` // never answered; hides the embedded one
}

// wire is the cluster as EKS describes it. What exists only once the control
// plane does is left out until then.
func (c *eksCluster) wire(q *request) any {
	a := clusterAnswer{
		Name: c.ID, ARN: c.ARN, CreatedAt: epoch(c.Created), CA: map[string]string{}, Status: c.Status, Platform: c.Platform,
		Tags: addTags(c.Tags, nil), Health: map[string]any{"issues": c.health(q)}, clusterConfig: c.clusterConfig,
	}
	if c.Status == "CREATING" {
		a.VPC.ClusterGroup = ""
	} else {
		a.Endpoint, a.CA["data"] = c.Endpoint, c.CA
		a.Identity = map[string]any{"oidc": map[string]string{"issuer": c.Issuer}}
	}
	a.VPC.Subnets = append([]string{}, c.VPC.Subnets...)
	a.VPC.Groups = append([]string{}, c.VPC.Groups...)
	a.VPC.PublicRanges = append([]string{}, c.VPC.PublicRanges...)
	return map[string]any{"cluster": a}
}

// createClusterInput keeps absent apart from false where the default is true.
type createClusterInput struct {
	Name               string            `json:"name"`
	Version            string            `json:"version"`
	RoleARN            string            `json:"roleArn"`
	VPC                *vpcInput         `json:"resourcesVpcConfig"`
	Network            *clusterNetwork   `json:"kubernetesNetworkConfig"`
	Logging            *clusterLogging   `json:"logging"`
	Token              string            `json:"clientRequestToken"`
	Tags               map[string]string `json:"tags"`
	Encryption         []encryption      `json:"encryptionConfig"`
	Access             *clusterAccess    `json:"accessConfig"`
	BootstrapSelfAddon *bool             `json:"bootstrapSelfManagedAddons"`
	Upgrade            *upgradePolicy    `json:"upgradePolicy"`
	ZonalShift         *enabled          `json:"zonalShiftConfig"`
	Compute            *clusterCompute   `json:"computeConfig"`
	Storage            *clusterStorage   `json:"storageConfig"`
	Protected          bool              `json:"deletionProtection"`
	Scaling            *controlPlaneFor  `json:"controlPlaneScalingConfig"`
}

type vpcInput struct {
	Subnets       []string `json:"subnetIds"`
	Groups        []string `json:"securityGroupIds"`
	Public        *bool    `json:"endpointPublicAccess"`
	Private       *bool    `json:"endpointPrivateAccess"`
	PublicRanges  []string `json:"publicAccessCidrs"`
	ControlEgress *string  `json:"controlPlaneEgressMode"`
}

func createCluster(q *request) (any, error) {
	var in createClusterInput
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	q.object(in.Name)
	made, err := q.replayedRequest(in.Token)
	if err != nil {
		return nil, err
	}
	if old, ok := eksClusters.Get(q.tx, q.region, made); ok {
		return old.wire(q), nil
	}
	c := &eksCluster{Created: q.tx.Now(), Status: "CREATING", Progress: q.tx.Steps("eks/cluster", 2)}
	c.ID, c.Name, c.Region, c.Tags = in.Name, in.Name, q.region, in.Tags
	c.ARN = q.arn("eks", "cluster/"+in.Name)
	placed, err := in.check(q, c)
	if err != nil {
		return nil, err
	}
	// Last, because a role that is too new counts this use of it.
	if err := in.checkRole(q); err != nil {
		return nil, err
	}
	ensureServiceLinkedRole(q, "eks.amazonaws.com")
	if err := c.place(q, placed); err != nil {
		return nil, err
	}
	c.invent(q)
	if c.Progress.Left == 0 {
		c.Status = "ACTIVE"
	}
	eksClusters.Put(q.tx, c)
	c.firstEntries(q)
	if c.logs() {
		if _, ok := logGroups.Get(q.tx, q.region, c.logGroup()); !ok {
			putLogGroup(q.tx, q.region, q.account, c.logGroup())
		}
	}
	q.rememberRequest(in.Token, c.ID)
	q.object(c.ID)
	return c.wire(q), nil
}

func describeCluster(q *request) (any, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, err
	}
	reviveLogGroups(q.tx, q.region, q.account)
	if !cluster.poll(q) {
		q.keep()
		return nil, clusterNotFound(cluster.ID)
	}
	cluster, err = askedCluster(q) // an update writes it itself
	if err != nil {
		return nil, err
	}
	return cluster.wire(q), nil
}

func listClusters(q *request) (any, error) {
	names := []string{}
	for _, c := range eksClusters.List(q.tx, q.region) {
		names = append(names, c.ID)
	}
	slices.Sort(names)
	return eksList(q, "clusters", names, nil)
}

func deleteCluster(q *request) (any, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, err
	}
	groups := nodegroupsOf(q.tx, q.region, cluster.ID)
	switch {
	case len(groups) > 0:
		return nil, inUse("Cluster has nodegroups attached")
	case cluster.Protected:
		return nil, invalidRequest("Cluster %s has deletion protection enabled. Disable deletion protection before deleting the cluster.", cluster.ID)
	case cluster.Status == "CREATING" || cluster.Status == "UPDATING":
		return nil, inUse("Cannot delete because cluster %s currently has an update in progress", cluster.ID)
	case cluster.Status == "DELETING":
		return nil, inUse("Cluster %s is already being deleted", cluster.ID)
	}
	cluster.Status, cluster.Progress = "DELETING", q.tx.Steps("eks/cluster-delete", 2)
	eksClusters.Put(q.tx, cluster)
	answer := cluster.wire(q)
	if cluster.Progress.Left == 0 {
		cluster.remove(q)
	}
	return answer, nil
}
