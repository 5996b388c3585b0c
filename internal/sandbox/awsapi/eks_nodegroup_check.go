package awsapi

import (
	"regexp"
	"slices"
	"strings"
)

type nodegroupInput struct {
	nodegroupConfig
	Nodegroup string            `json:"nodegroupName"`
	Tags      map[string]string `json:"tags"`
	Token     string            `json:"clientRequestToken"`
	UpdateIn  *nodegroupUpdate  `json:"updateConfig"` // hides the embedded one
}

var (
	nodegroupName = matching(`[0-9A-Za-z][A-Za-z0-9\-_]*`)
	labelName     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$`)
	labelPrefix   = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)
)

// check proves a new node group and fills in what EKS fills in.
func (in *nodegroupInput) check(q *request, c *eksCluster, n *eksNodegroup) error {
	var v constraints
	v.required("nodegroupName", in.Nodegroup)
	if in.Nodegroup != "" {
		v.length("nodegroupName", in.Nodegroup, 1, 63)
		v.pattern("nodegroupName", in.Nodegroup, nodegroupName)
	}
	v.required("nodeRole", in.NodeRole)
	v.oneOf("capacityType", in.Capacity, "ON_DEMAND", "SPOT", "CAPACITY_BLOCK")
	if err := v.err(eksInvalid); err != nil {
		return err
	}
	if err := eksTags(in.Tags); err != nil {
		return err
	}
	if _, taken := eksNodegroups.Get(q.tx, q.region, n.ID); taken {
		return inUse("NodeGroup already exists with name %s and cluster name %s", in.Nodegroup, c.ID)
	}
	if len(nodegroupsOf(q.tx, q.region, c.ID)) >= quota(q.tx, q.region, quotaNodeGroups) {
		return eksLimit("The limit of managed node groups per cluster has been reached.")
	}
	if n.Capacity == "" {
		n.Capacity = "ON_DEMAND"
	}
	if in.UpdateIn != nil {
		n.Update = *in.UpdateIn
	}
	if n.Repair == nil {
		n.Repair = &nodeRepair{}
	}
	for _, check := range []func(*request, *eksCluster) error{
		n.checkSubnets, n.checkScaling, n.checkLabels, n.checkUpdate, n.checkTemplate, n.checkImage,
	} {
		if err := check(q, c); err != nil {
			return err
		}
	}
	return nil
}

func (n *eksNodegroup) checkSubnets(q *request, c *eksCluster) error {
	if len(n.Subnets) == 0 {
		return invalidParameter("Subnets are not tagged with the required tag, or none was given: a node group needs at least one subnet")
	}
	for _, id := range n.Subnets {
		s, ok := subnets.table.Get(q.tx, q.region, id)
		if !ok {
			return invalidParameter("The subnet ID '%s' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidSubnetID.NotFound; Request ID: %s; Proxy: null)", id, q.call.RequestID)
		}
		if s.VPC != c.VPC.VPC {
			return invalidParameter("Subnet %s is not in the VPC of the cluster: %s", id, c.VPC.VPC)
		}
	}
	return nil
}

func number(n int) *int { return &n }

// checkScaling fills in sizes: as many as asked for, or EKS's 1, 2 and 2.
func (n *eksNodegroup) checkScaling(q *request, _ *eksCluster) error {
	s := n.Scaling
	if s.Min == nil && s.Max == nil && s.Desired == nil {
		s = nodegroupScaling{number(1), number(2), number(2)}
	}
	if s.Min == nil || s.Max == nil || s.Desired == nil {
		return invalidParameter("scalingConfig takes minSize, maxSize and desiredSize together")
	}
	n.Scaling = s
	return checkSizes(q, s)
}

func checkSizes(q *request, s nodegroupScaling) error {
	switch {
	case *s.Min < 0 || *s.Desired < 0 || *s.Max < 1:
		return invalidParameter("minSize and desiredSize are 0 or more, maxSize is 1 or more")
	case *s.Min > *s.Max:
		return invalidParameter("Minimum capacity %d can't be greater than maximum capacity %d", *s.Min, *s.Max)
	case *s.Min > *s.Desired:
		return invalidParameter("Minimum capacity %d can't be greater than desired size %d", *s.Min, *s.Desired)
	case *s.Desired > *s.Max:
		return invalidParameter("Desired capacity %d can't be greater than max size %d", *s.Desired, *s.Max)
	case *s.Max > quota(q.tx, q.region, quotaNodes):
		return eksLimit("The limit of %d nodes per managed node group has been exceeded.", quota(q.tx, q.region, quotaNodes))
	}
	return nil
}

func (n *eksNodegroup) checkLabels(*request, *eksCluster) error {
	for key, value := range n.Labels {
		if err := checkLabel(key, value); err != nil {
			return err
		}
	}
	return checkTaints(n.Taints)
}

func checkLabel(key, value string) error {
	prefix, name, ok := strings.Cut(key, "/")
	if !ok {
		prefix, name = "", key
	}
	switch {
	case len(name) > 63 || !labelName.MatchString(name), ok && (len(prefix) > 253 || !labelPrefix.MatchString(prefix)):
		return invalidParameter("Label key %s is not a valid Kubernetes label key", key)
	case len(value) > 63 || value != "" && !labelName.MatchString(value):
		return invalidParameter("Label value %s of %s is not a valid Kubernetes label value", value, key)
	case strings.HasSuffix(prefix, "kubernetes.io") && strings.HasPrefix(prefix, "node-role."):
		return invalidParameter("Label cannot contain reserved prefixes [kubernetes.io/, k8s.io/, eks.amazonaws.com/]: %s", key)
	case prefix == "kubernetes.io" || prefix == "k8s.io" || prefix == "eks.amazonaws.com":
		return invalidParameter("Label cannot contain reserved prefixes [kubernetes.io/, k8s.io/, eks.amazonaws.com/]: %s", key)
	}
	return nil
}

func checkTaints(taints []taint) error {
	if len(taints) > 50 {
		return invalidParameter("A node group has at most 50 taints")
	}
	var v constraints
	for i, t := range taints {
		v.length("taints.key", t.Key, 1, 63)
		v.length("taints.value", t.Value, 0, 63)
		v.required("taints.effect", t.Effect)
		v.oneOf("taints.effect", t.Effect, "NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE")
		if slices.ContainsFunc(taints[:i], func(o taint) bool { return o.Key == t.Key && o.Effect == t.Effect }) {
			return invalidParameter("The taint %s with effect %s is given more than once", t.Key, t.Effect)
		}
	}
	return v.err(eksInvalid)
}

func (n *eksNodegroup) checkUpdate(*request, *eksCluster) error {
	if n.Update.Unavailable == 0 && n.Update.Percentage == 0 {
		n.Update.Unavailable = 1
	}
	return n.Update.check()
}

func (u nodegroupUpdate) check() error {
	var v constraints
	if u.Unavailable != 0 && u.Percentage != 0 {
		return invalidParameter("maxUnavailable and maxUnavailablePercentage can't be given together")
	}
	if u.Unavailable != 0 {
		v.number("updateConfig.maxUnavailable", u.Unavailable, 1, 100)
	}
	if u.Percentage != 0 {
		v.number("updateConfig.maxUnavailablePercentage", u.Percentage, 1, 100)
	}
	v.oneOf("updateConfig.updateStrategy", u.Strategy, "DEFAULT", "MINIMAL")
	return v.err(eksInvalid)
}

// checkTemplate proves a launch template against the list of what a managed
// node group doesn't take from one. Source: EKS user guide, "Customize managed
// nodes with launch templates".
func (n *eksNodegroup) checkTemplate(q *request, c *eksCluster) error {
	data, err := n.templateData(q)
	if err != nil || data == nil {
		return err
	}
	switch {
	case n.Disk != 0:
		return invalidParameter("Disk size must be specified within the launch template.")
	case n.Remote != nil:
		return invalidParameter("Remote access configuration cannot be specified with a launch template.")
	case data.Text("IamInstanceProfile", "Arn")+data.Text("IamInstanceProfile", "Name") != "":
		return invalidParameter("Launch template should not specify an instance profile. The noted launch template can not be used: the node role is given to the node group.")
	case data.Text("InstanceMarketOptions", "MarketType") != "":
		return invalidParameter("Launch template should not specify instance market options; use capacityType.")
	case data.Text("InstanceInitiatedShutdownBehavior") != "":
		return invalidParameter("Launch template should not specify an instance initiated shutdown behavior.")
	case data.Text("InstanceType") != "" && len(n.InstanceTypes) > 0:
		return invalidParameter("Instance type cannot be specified both in the launch template and in the node group.")
	}
	groups := data.Texts("SecurityGroupId")
	for _, i := range data.List("NetworkInterface") {
		if i.Text("SubnetId") != "" {
			return invalidParameter("Launch template should not specify subnets; give them to the node group.")
		}
		groups = append(groups, i.Texts("SecurityGroupId")...)
	}
	for _, id := range groups {
		g, ok := securityGroups.table.Get(q.tx, q.region, id)
		if !ok || g.VPC != c.VPC.VPC {
			return invalidParameter("The security group '%s' of the launch template does not exist in VPC '%s'", id, c.VPC.VPC)
		}
	}
	return nil
}

// templateData finds the version of the template and pins it by id, name and
// number, as EKS does. It is nil when there is no template.
func (n *eksNodegroup) templateData(q *request) (templateData, error) {
	if n.Template == nil {
		return nil, nil
	}
	if n.Template.ID != "" && n.Template.Name != "" {
		if t, ok := launchTemplates.table.Get(q.tx, q.region, n.Template.ID); !ok || t.Name != n.Template.Name {
			return nil, invalidParameter("You must specify either the launch template ID or the launch template name in the request, but not both.")
		}
	}
	t, version, err := templateFor(q.tx, q.region, n.Template.ID, n.Template.Name, n.Template.Version)
	if err != nil {
		return nil, invalidParameter("Launch template details can't be null for Custom ami type node group, or it was not found: %v", err)
	}
	pinned := n.Template.Version
	if pinned == "" || strings.HasPrefix(pinned, "$") {
		pinned = itoa(version.Number)
	}
	n.Template = &templateSpec{ID: t.ID, Name: t.Name, Version: pinned}
	return version.Data, nil
}

// checkImage settles instance types, image and version with each other.
func (n *eksNodegroup) checkImage(q *request, c *eksCluster) error {
	data, err := n.templateData(q)
	if err != nil {
		return err
	}
	types := n.InstanceTypes
	if len(types) == 0 && data.Text("InstanceType") != "" {
		types = []string{data.Text("InstanceType")}
	}
	if len(types) == 0 {
		types = []string{"t3.medium"}
		if strings.Contains(n.AMI, "ARM_64") {
			types = []string{"t4g.medium"}
		}
		n.InstanceTypes = types
	}
	arch := ""
	for _, name := range types {
		t, ok := instanceTypeNamed(name)
		if !ok {
			return invalidParameter("The following supplied instance types do not exist: [%s]", name)
		}
		if arch != "" && t.arch != arch {
			return invalidParameter("%v are not valid instance types: all must have one architecture", types)
		}
		arch = t.arch
	}
	if data.Text("ImageId") != "" {
		return n.checkCustomImage(types)
	}
	if n.AMI == "CUSTOM" {
		return invalidParameter("Launch template details can't be null for Custom ami type node group")
	}
	kind, ok := amiTypeNamed(n.AMI)
	switch {
	case n.AMI == "":
		kind = usualAMIType(arch)
		n.AMI = kind.name
	case strings.HasPrefix(n.AMI, "WINDOWS"):
		return unmodelled(nil, "Windows nodes")
	case !ok:
		var v constraints
		v.oneOf("amiType", n.AMI, each(amiTypes, func(t amiType) string { return t.name })...)
		return v.err(eksInvalid)
	case kind.arch != arch:
		return invalidParameter("%v is not a valid instance type for requested amiType %s", types, n.AMI)
	}
	if n.Disk == 0 && n.Template == nil {
		n.Disk = 20
	}
	return n.checkRelease(q, c, kind)
}

func (n *eksNodegroup) checkCustomImage([]string) error {
	if n.AMI != "" && n.AMI != "CUSTOM" {
		return invalidParameter("You cannot specify an AMI Type other than CUSTOM, when specifying an image id in your launch template.")
	}
	if n.Version != "" || n.Release != "" {
		return invalidParameter("You cannot specify the field version or releaseVersion when specifying an image id in your launch template.")
	}
	n.AMI = "CUSTOM"
	return nil
}

// checkRelease settles the Kubernetes version and the release of the image.
func (n *eksNodegroup) checkRelease(q *request, c *eksCluster, kind amiType) error {
	if n.Version == "" && n.Release != "" && kind.family != "bottlerocket" {
		if parts := strings.SplitN(n.Release, ".", 3); len(parts) == 3 {
			n.Version = parts[0] + "." + parts[1]
		}
	}
	if n.Version == "" {
		n.Version = c.Version
	}
	i := slices.IndexFunc(eksVersions, func(v eksVersion) bool { return v.String() == n.Version })
	if i < 0 {
		return invalidParameter("unsupported Kubernetes version %s", n.Version)
	}
	version := eksVersions[i]
	switch ahead := version.minor - minorOf(c.Version); {
	case ahead > 0:
		return invalidParameter("Nodegroup Kubernetes version %s can't be greater than the cluster's Kubernetes version %s", n.Version, c.Version)
	case ahead < -3:
		return invalidParameter("Nodegroup Kubernetes version %s is more than three minor versions behind the cluster's Kubernetes version %s", n.Version, c.Version)
	case !kind.runs(version):
		return invalidParameter("AMI Type %s is only supported for kubernetes versions 1.%d or earlier", kind.name, kind.last)
	}
	releases := kind.releases(q.tx, version)
	if n.Release == "" {
		n.Release = releases[len(releases)-1]
	}
	if !slices.Contains(releases, n.Release) {
		return invalidParameter("Requested release version %s is not valid for kubernetes version %s.", n.Release, n.Version)
	}
	return nil
}
