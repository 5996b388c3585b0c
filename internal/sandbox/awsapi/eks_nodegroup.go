package awsapi

import (
	"slices"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// eksNodegroup is a managed node group; its id in the store is cluster/name.
type eksNodegroup struct {
	sandbox.Meta
	nodegroupConfig
	Cluster   string           `json:"clusterName"`
	Nodegroup string           `json:"nodegroupName"`
	ARN       string           `json:"nodegroupArn"`
	Created   time.Time        `json:"createdAt"`
	Modified  time.Time        `json:"modifiedAt"`
	Status    string           `json:"status"` // CREATING, ACTIVE, UPDATING, DELETING, CREATE_FAILED
	Updating  string           `json:"updating,omitempty"`
	ASG       string           `json:"autoScalingGroup"`
	Instances []string         `json:"instances,omitempty"`
	Issues    []healthIssue    `json:"issues,omitempty"` // why a create failed
	Progress  sandbox.Progress `json:"progress,omitzero"`
}

// nodegroupConfig is what CreateNodegroup takes and DescribeNodegroup returns.
type nodegroupConfig struct {
	Version       string            `json:"version,omitempty"`
	Release       string            `json:"releaseVersion,omitempty"`
	Capacity      string            `json:"capacityType"`
	Scaling       nodegroupScaling  `json:"scalingConfig"`
	InstanceTypes []string          `json:"instanceTypes,omitempty"`
	Subnets       []string          `json:"subnets"`
	Remote        *remoteAccess     `json:"remoteAccess,omitempty"`
	AMI           string            `json:"amiType"`
	NodeRole      string            `json:"nodeRole"`
	Labels        map[string]string `json:"labels,omitempty"`
	Taints        []taint           `json:"taints,omitempty"`
	Disk          int               `json:"diskSize,omitempty"`
	Update        nodegroupUpdate   `json:"updateConfig"`
	Repair        *nodeRepair       `json:"nodeRepairConfig,omitempty"`
	Template      *templateSpec     `json:"launchTemplate,omitempty"`
}

type nodegroupScaling struct {
	Min     *int `json:"minSize,omitempty"`
	Max     *int `json:"maxSize,omitempty"`
	Desired *int `json:"desiredSize,omitempty"`
}

type remoteAccess struct {
	Key    string   `json:"ec2SshKey,omitempty"`
	Groups []string `json:"sourceSecurityGroups,omitempty"`
}

type taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"`
}

type nodegroupUpdate struct {
	Unavailable int    `json:"maxUnavailable,omitempty"`
	Percentage  int    `json:"maxUnavailablePercentage,omitempty"`
	Strategy    string `json:"updateStrategy,omitempty"`
}

type nodeRepair struct {
	Enabled             bool             `json:"enabled"`
	UnhealthyCount      int              `json:"maxUnhealthyNodeThresholdCount,omitempty"`
	UnhealthyPercentage int              `json:"maxUnhealthyNodeThresholdPercentage,omitempty"`
	ParallelCount       int              `json:"maxParallelNodesRepairedCount,omitempty"`
	ParallelPercentage  int              `json:"maxParallelNodesRepairedPercentage,omitempty"`
	Overrides           []repairOverride `json:"nodeRepairConfigOverrides,omitempty"`
}

type repairOverride struct {
	Condition string `json:"nodeMonitoringCondition"`
	Reason    string `json:"nodeUnhealthyReason"`
	Wait      int    `json:"minRepairWaitTimeMins"`
	Action    string `json:"repairAction"`
}

type templateSpec struct {
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
}

type healthIssue struct {
	Code      string   `json:"code"`
	Message   string   `json:"message"`
	Resources []string `json:"resourceIds"`
}

var eksNodegroups = sandbox.NewTable[eksNodegroup](cloud, "eks/nodegroup")

func nodegroupsOf(tx *sandbox.Tx, region, cluster string) []*eksNodegroup {
	return eksNodegroups.Where(tx, region, func(n *eksNodegroup) bool { return n.Cluster == cluster })
}

func nodegroupNotFound(name string) error {
	return eksNotFound("No node group found for name: %s.", name)
}

// askedNodegroup is the node group of the path, with its cluster.
func askedNodegroup(q *request) (*eksCluster, *eksNodegroup, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, nil, err
	}
	name := q.path["nodegroup"]
	q.object(cluster.ID + "/" + name)
	group, ok := eksNodegroups.Get(q.tx, q.region, cluster.ID+"/"+name)
	if !ok {
		return nil, nil, nodegroupNotFound(name)
	}
	return cluster, group, nil
}

type nodegroupAnswer struct {
	Cluster   string            `json:"clusterName"`
	Nodegroup string            `json:"nodegroupName"`
	ARN       string            `json:"nodegroupArn"`
	CreatedAt epoch             `json:"createdAt"`
	Modified  epoch             `json:"modifiedAt"`
	Status    string            `json:"status"`
	Health    map[string]any    `json:"health"`
	Resources map[string]any    `json:"resources"`
	Tags      map[string]string `json:"tags"`
	nodegroupConfig
}

// wire is the node group as EKS describes it. What became of the things that
// it depends on is looked up anew each time.
func (n *eksNodegroup) wire(q *request) any {
	status, issues := n.Status, n.health(q)
	if status == "ACTIVE" && len(issues) > 0 {
		status = "DEGRADED"
	}
	return map[string]any{"nodegroup": nodegroupAnswer{
		Cluster: n.Cluster, Nodegroup: n.Nodegroup, ARN: n.ARN, CreatedAt: epoch(n.Created), Modified: epoch(n.Modified),
		Status: status, Health: map[string]any{"issues": append([]healthIssue{}, issues...)},
		Resources:       map[string]any{"autoScalingGroups": []map[string]string{{"name": n.ASG}}},
		Tags:            addTags(n.Tags, nil),
		nodegroupConfig: n.nodegroupConfig,
	}}
}

// health finds out what went missing under a node group.
func (n *eksNodegroup) health(q *request) []healthIssue {
	issues := slices.Clone(n.Issues)
	if n.Status == "DELETING" {
		return issues
	}
	if _, ok := roleByARN(q.tx, n.NodeRole); !ok {
		issues = append(issues, healthIssue{"IamNodeRoleNotFound", "The node role of this node group was not found.", []string{n.NodeRole}})
	}
	for _, id := range n.Subnets {
		if _, ok := subnets.table.Get(q.tx, q.region, id); !ok {
			issues = append(issues, healthIssue{"Ec2SubnetNotFound", "The subnet of this node group was not found.", []string{id}})
		}
	}
	if t := n.Template; t != nil {
		if _, _, err := templateFor(q.tx, q.region, t.ID, t.Name, t.Version); err != nil {
			issues = append(issues, healthIssue{"Ec2LaunchTemplateNotFound", "The launch template of this node group was not found.", []string{t.ID}})
		}
	}
	return issues
}

func createNodegroup(q *request) (any, error) {
	var in nodegroupInput
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	made, err := q.replayedRequest(in.Token)
	if err != nil {
		return nil, err
	}
	if old, ok := eksNodegroups.Get(q.tx, q.region, made); ok {
		return old.wire(q), nil
	}
	cluster, err := activeCluster(q)
	if err != nil {
		return nil, err
	}
	q.object(cluster.ID + "/" + in.Nodegroup)
	n := &eksNodegroup{
		nodegroupConfig: in.nodegroupConfig, Cluster: cluster.ID, Nodegroup: in.Nodegroup, Created: q.tx.Now(), Modified: q.tx.Now(),
		Status: "CREATING", Progress: q.tx.Steps("eks/nodegroup", 2),
	}
	n.ID, n.Name, n.Region, n.Tags = cluster.ID+"/"+in.Nodegroup, in.Nodegroup, q.region, in.Tags
	if err := in.check(q, cluster, n); err != nil {
		return nil, err
	}
	if _, ok := assumable(q, n.NodeRole, "ec2.amazonaws.com", "sts:AssumeRole"); !ok {
		return nil, invalidParameter("The provided role doesn't exist, has not propagated, or does not trust ec2.amazonaws.com: %s", n.NodeRole)
	}
	ensureServiceLinkedRole(q, "eks-nodegroup.amazonaws.com")
	ensureServiceLinkedRole(q, "autoscaling.amazonaws.com")
	if n.Capacity == "SPOT" {
		ensureServiceLinkedRole(q, "spot.amazonaws.com")
	}
	id := q.tx.UUID()
	n.ARN = q.arn("eks", "nodegroup/"+n.ID+"/"+id)
	n.ASG = "eks-" + n.Nodegroup + "-" + id
	cluster.nodeEntry(q, n.NodeRole)
	if n.Progress.Left == 0 {
		n.start(q)
	}
	eksNodegroups.Put(q.tx, n)
	q.rememberRequest(in.Token, n.ID)
	q.object(n.ID)
	return n.wire(q), nil
}

func describeNodegroup(q *request) (any, error) {
	_, n, err := askedNodegroup(q)
	if err != nil {
		return nil, err
	}
	if !n.poll(q) {
		q.keep()
		return nil, nodegroupNotFound(n.Nodegroup)
	}
	return n.wire(q), nil
}

// poll takes one step of what the node group is doing. It reports whether the
// group is still there.
func (n *eksNodegroup) poll(q *request) bool {
	switch n.Status {
	case "UPDATING":
		if u, ok := eksUpdates.Get(q.tx, q.region, n.Updating); ok {
			u.poll(q)
		}
		return true
	case "CREATING", "DELETING":
	default:
		return true
	}
	done, _ := n.Progress.Poll()
	if done && n.Status == "DELETING" {
		n.remove(q)
		return false
	}
	if done {
		n.start(q)
	}
	eksNodegroups.Put(q.tx, n)
	return true
}

// remove takes away a node group: its instances, and the access entry of its
// role when no other group of the cluster has that role.
func (n *eksNodegroup) remove(q *request) {
	for _, id := range n.Instances {
		endInstance(q.tx, n.Region, id)
	}
	eksNodegroups.Delete(q.tx, n.Region, n.ID)
	for _, u := range eksUpdates.List(q.tx, n.Region) {
		if u.Cluster == n.Cluster && u.Nodegroup == n.Nodegroup {
			eksUpdates.Delete(q.tx, n.Region, u.ID)
		}
	}
	for _, other := range nodegroupsOf(q.tx, n.Region, n.Cluster) {
		if other.NodeRole == n.NodeRole {
			return
		}
	}
	if e, ok := accessEntries.Get(q.tx, n.Region, n.Cluster+"/"+n.NodeRole); ok && e.Hidden {
		accessEntries.Delete(q.tx, n.Region, e.ID)
	}
}

func listNodegroups(q *request) (any, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, n := range nodegroupsOf(q.tx, q.region, cluster.ID) {
		names = append(names, n.Nodegroup)
	}
	slices.Sort(names)
	return eksList(q, "nodegroups", names, nil)
}

func deleteNodegroup(q *request) (any, error) {
	_, n, err := askedNodegroup(q)
	if err != nil {
		return nil, err
	}
	switch n.Status {
	case "DELETING":
		return nil, inUse("NodeGroup %s is already being deleted", n.Nodegroup)
	case "UPDATING":
		return nil, inUse("NodeGroup %s cannot be deleted as it currently has an update in progress", n.Nodegroup)
	}
	n.Status, n.Modified, n.Progress = "DELETING", q.tx.Now(), q.tx.Steps("eks/nodegroup-delete", 2)
	eksNodegroups.Put(q.tx, n)
	answer := n.wire(q)
	if n.Progress.Left == 0 {
		n.remove(q)
	}
	return answer, nil
}
