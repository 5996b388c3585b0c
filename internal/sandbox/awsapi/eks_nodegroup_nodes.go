package awsapi

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// start brings up the first instances and says how it went.
func (n *eksNodegroup) start(q *request) {
	n.Issues = n.launchProblems(q)
	if len(n.Issues) == 0 {
		n.Issues = n.resize(q)
	}
	n.Status, n.Modified = "ACTIVE", q.tx.Now()
	if len(n.Issues) > 0 {
		n.Status = "CREATE_FAILED"
	}
}

// launchProblems are why nodes would start and never join: what takes half an
// hour to be found out on AWS.
func (n *eksNodegroup) launchProblems(q *request) []healthIssue {
	cluster, ok := eksClusters.Get(q.tx, q.region, n.Cluster)
	if !ok {
		return []healthIssue{{"ClusterUnreachable", "The cluster was not found.", []string{n.Cluster}}}
	}
	role, ok := roleByARN(q.tx, n.NodeRole)
	if !ok {
		return []healthIssue{{"IamNodeRoleNotFound", "The node role was not found.", []string{n.NodeRole}}}
	}
	if !role.mayRunNodes() {
		return []healthIssue{{"NodeCreationFailure", "Instances failed to join the kubernetes cluster", []string{n.NodeRole}}}
	}
	if key := n.closedDisk(q); key != "" {
		return []healthIssue{{"AsgInstanceLaunchFailures", "Could not launch On-Demand Instances. Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state, or its policy does not admit AWSServiceRoleForAutoScaling.", []string{n.ASG, key}}}
	}
	_, network := eksAddons.Get(q.tx, q.region, n.Cluster+"/vpc-cni")
	if !cluster.SelfAddons && !network && !cluster.autoMode() {
		return []healthIssue{{"NodeCreationFailure", "Unhealthy nodes in the kubernetes cluster", []string{n.ASG}}}
	}
	return nil
}

// mayRunNodes says whether a role can be a node's: it has one of the managed
// policies for it, or policies of the account's own, which are not evaluated.
func (r *iamRole) mayRunNodes() bool {
	return len(r.Inline) > 0 || slices.ContainsFunc(r.Attached, func(policyARN string) bool {
		return strings.HasPrefix(policyName(policyARN), "AmazonEKSWorkerNode") || !strings.Contains(policyARN, ":iam::aws:")
	})
}

// closedDisk is the key of the template's disks when it does not let Auto
// Scaling use it, "" otherwise. The account's root in a key policy doesn't
// help: the service-linked role has no policy of its own for the key.
func (n *eksNodegroup) closedDisk(q *request) string {
	data, err := n.templateData(q)
	if err != nil {
		return ""
	}
	for _, mapping := range data.List("BlockDeviceMapping") {
		reference := mapping.Text("Ebs", "KmsKeyId")
		if reference == "" {
			continue
		}
		key, problem := usableKey(q.tx, q.region, reference)
		if problem != "" {
			return reference
		}
		role := iamARN(q.account, "role/aws-service-role/autoscaling.amazonaws.com/"+serviceLinked["autoscaling.amazonaws.com"])
		policy, malformed := parsePolicy(key.Policy, resourcePolicy)
		granted := slices.ContainsFunc(key.Grants, func(g grant) bool { return g.Grantee == role })
		if key.Manager != "AWS" && !granted && (malformed != "" || !policy.allows("AWS", role, "kms:CreateGrant")) {
			return reference
		}
	}
	return ""
}

// resize starts or ends instances until there are as many as desired, spread
// over the subnets.
func (n *eksNodegroup) resize(q *request) []healthIssue {
	n.Instances = slices.DeleteFunc(slices.Clone(n.Instances), func(id string) bool {
		i, ok := instances.table.Get(q.tx, q.region, id)
		return !ok || i.State == "terminated" || i.State == "shutting-down"
	})
	for len(n.Instances) > *n.Scaling.Desired {
		endInstance(q.tx, q.region, n.Instances[0])
		n.Instances = n.Instances[1:]
	}
	spec, err := n.instanceSpec(q)
	if err != nil {
		return []healthIssue{{"AsgInstanceLaunchFailures", err.Error(), []string{n.ASG}}}
	}
	for len(n.Instances) < *n.Scaling.Desired {
		spec.Subnet = n.emptiest(q)
		i, err := q.launchInstance(spec)
		if err != nil {
			return []healthIssue{launchIssue(err, n.ASG)}
		}
		n.Instances = append(n.Instances, i.ID)
	}
	return nil
}

// roll replaces all instances, as an update of version or template does.
func (n *eksNodegroup) roll(q *request) []healthIssue {
	for _, id := range n.Instances {
		endInstance(q.tx, q.region, id)
	}
	n.Instances = nil
	return n.resize(q)
}

func launchIssue(err error, asg string) healthIssue {
	var refusal *apiError
	code := "AsgInstanceLaunchFailures"
	if errors.As(err, &refusal) && refusal.code == "InsufficientFreeAddressesInSubnet" {
		code = "InsufficientFreeAddresses"
	}
	return healthIssue{code, "Could not launch On-Demand Instances. " + err.Error(), []string{asg}}
}

// emptiest is the subnet with the fewest instances of this group.
func (n *eksNodegroup) emptiest(q *request) string {
	count := map[string]int{}
	for _, id := range n.Instances {
		if i, ok := instances.table.Get(q.tx, q.region, id); ok {
			count[i.Subnet]++
		}
	}
	return slices.MinFunc(n.Subnets, func(a, b string) int { return count[a] - count[b] })
}

// instanceSpec is what the group's Auto Scaling group launches.
func (n *eksNodegroup) instanceSpec(q *request) (instanceSpec, error) {
	data, err := n.templateData(q)
	if err != nil {
		return instanceSpec{}, err
	}
	cluster, ok := eksClusters.Get(q.tx, q.region, n.Cluster)
	if !ok {
		return instanceSpec{}, clusterNotFound(n.Cluster)
	}
	spec := instanceSpec{
		Type: data.Text("InstanceType"), Image: data.Text("ImageId"), Key: data.Text("KeyName"), Spot: n.Capacity == "SPOT",
		Groups: data.Texts("SecurityGroupId"), DiskGiB: n.Disk, Tokens: data.Text("MetadataOptions", "HttpTokens"),
		Tags: map[string]string{
			"eks:cluster-name": n.Cluster, "eks:nodegroup-name": n.Nodegroup, "kubernetes.io/cluster/" + n.Cluster: "owned",
			"aws:autoscaling:groupName": n.ASG,
		},
	}
	if len(n.InstanceTypes) > 0 {
		spec.Type = n.InstanceTypes[0]
	}
	if kind, ok := amiTypeNamed(n.AMI); ok {
		spec.Image = kind.image(q.region, n.Version, n.Release)
	}
	for _, i := range data.List("NetworkInterface") {
		spec.Groups = append(spec.Groups, i.Texts("SecurityGroupId")...)
	}
	if len(spec.Groups) == 0 {
		spec.Groups = []string{cluster.VPC.ClusterGroup}
	}
	if hops, err := strconv.Atoi(data.Text("MetadataOptions", "HttpPutResponseHopLimit")); err == nil {
		spec.HopLimit = hops
	}
	for _, mapping := range data.List("BlockDeviceMapping") {
		if size, err := strconv.Atoi(mapping.Text("Ebs", "VolumeSize")); err == nil {
			spec.DiskGiB, spec.DiskKey = size, mapping.Text("Ebs", "KmsKeyId")
		}
	}
	for _, tags := range data.List("TagSpecification") {
		if tags.Text("ResourceType") == "instance" {
			for _, t := range tags.List("Tag") {
				spec.Tags[t.Text("Key")] = t.Text("Value")
			}
		}
	}
	return spec, nil
}
