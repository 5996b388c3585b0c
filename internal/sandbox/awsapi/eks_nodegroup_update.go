package awsapi

import (
	"slices"
)

// updatableNodegroup is the node group of the path when an update may begin.
func updatableNodegroup(q *request) (*eksCluster, *eksNodegroup, error) {
	cluster, n, err := askedNodegroup(q)
	if err != nil {
		return nil, nil, err
	}
	switch n.Status {
	case "ACTIVE":
		return cluster, n, nil
	case "UPDATING":
		return nil, nil, inUse("Nodegroup %s cannot be updated as it currently has update %s in progress", n.Nodegroup, n.Updating)
	}
	return nil, nil, inUse("Nodegroup %s cannot be updated as it is currently not in Active State", n.Nodegroup)
}

func (n *eksNodegroup) begin(q *request, u *eksUpdate) any {
	u.Nodegroup = n.Nodegroup
	n.Status, n.Updating, n.Modified = "UPDATING", u.ID, q.tx.Now()
	eksNodegroups.Put(q.tx, n)
	if u.Progress.Left == 0 {
		u.finish(q)
	}
	eksUpdates.Put(q.tx, u)
	return u.wire()
}

// finishUpdate gives the group what the update promised. An update that can't
// start its instances fails, and the group says so.
func (n *eksNodegroup) finishUpdate(q *request, u *eksUpdate) {
	n.Status, n.Updating, n.Modified = "ACTIVE", "", q.tx.Now()
	var issues []healthIssue
	if u.Type == "VersionUpdate" {
		if issues = n.launchProblems(q); len(issues) == 0 {
			issues = n.roll(q)
		}
	} else {
		issues = n.resize(q)
	}
	for _, issue := range issues {
		code := issue.Code
		if code != "InsufficientFreeAddresses" && code != "NodeCreationFailure" {
			code = "Unknown"
		}
		u.Status = "Failed"
		u.Errors = append(u.Errors, updateError{code, issue.Message, issue.Resources})
	}
	n.Issues = issues
	eksNodegroups.Put(q.tx, n)
}

func updateNodegroupConfig(q *request) (any, error) {
	var in struct {
		Labels *struct {
			Set  map[string]string `json:"addOrUpdateLabels"`
			Drop []string          `json:"removeLabels"`
		} `json:"labels"`
		Taints *struct {
			Set  []taint `json:"addOrUpdateTaints"`
			Drop []taint `json:"removeTaints"`
		} `json:"taints"`
		Scaling *nodegroupScaling `json:"scalingConfig"`
		Update  *nodegroupUpdate  `json:"updateConfig"`
		Repair  *nodeRepair       `json:"nodeRepairConfig"`
		Token   string            `json:"clientRequestToken"`
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
	cluster, n, err := updatableNodegroup(q)
	if err != nil {
		return nil, err
	}
	u := newUpdate(q, "ConfigUpdate", cluster.ID)
	if in.Labels != nil {
		n.Labels = dropTags(addTags(n.Labels, in.Labels.Set), in.Labels.Drop)
		u.Params = append(u.Params, param("LabelsToAdd", in.Labels.Set), param("LabelsToRemove", in.Labels.Drop))
	}
	if in.Taints != nil {
		n.Taints = changeTaints(n.Taints, in.Taints.Set, in.Taints.Drop)
		u.Params = append(u.Params, param("TaintsToAdd", in.Taints.Set), param("TaintsToRemove", in.Taints.Drop))
	}
	if err := n.checkLabels(q, cluster); err != nil {
		return nil, err
	}
	if in.Scaling != nil {
		n.Scaling = n.Scaling.with(*in.Scaling)
		if err := checkSizes(q, n.Scaling); err != nil {
			return nil, err
		}
		u.Params = append(u.Params, param("MinSize", *n.Scaling.Min), param("MaxSize", *n.Scaling.Max), param("DesiredSize", *n.Scaling.Desired))
	}
	if in.Update != nil {
		n.Update = *in.Update
		if err := n.checkUpdate(q, cluster); err != nil {
			return nil, err
		}
		u.Params = append(u.Params, param("MaxUnavailable", n.Update.Unavailable), param("MaxUnavailablePercentage", n.Update.Percentage))
	}
	if in.Repair != nil {
		n.Repair = in.Repair
		u.Params = append(u.Params, param("NodeRepairEnabled", in.Repair.Enabled), param("NodeRepairConfig", in.Repair))
	}
	if len(u.Params) == 0 {
		return nil, invalidParameter("No changes needed for the node group config provided")
	}
	q.rememberRequest(in.Token, u.ID)
	return n.begin(q, u), nil
}

// with puts what is given over what there is.
func (s nodegroupScaling) with(o nodegroupScaling) nodegroupScaling {
	if o.Min != nil {
		s.Min = o.Min
	}
	if o.Max != nil {
		s.Max = o.Max
	}
	if o.Desired != nil {
		s.Desired = o.Desired
	}
	return s
}

func changeTaints(old, set, drop []taint) []taint {
	out := slices.DeleteFunc(slices.Clone(old), func(t taint) bool {
		same := func(o taint) bool { return o.Key == t.Key && o.Effect == t.Effect }
		return slices.ContainsFunc(set, same) || slices.ContainsFunc(drop, same)
	})
	return append(out, set...)
}

func updateNodegroupVersion(q *request) (any, error) {
	var in struct {
		Version  string        `json:"version"`
		Release  string        `json:"releaseVersion"`
		Template *templateSpec `json:"launchTemplate"`
		Force    bool          `json:"force"`
		Token    string        `json:"clientRequestToken"`
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
	cluster, n, err := updatableNodegroup(q)
	if err != nil {
		return nil, err
	}
	if n.AMI == "CUSTOM" && (in.Version != "" || in.Release != "") {
		return nil, invalidParameter("You cannot specify the field version or releaseVersion for a node group with a custom image.")
	}
	before := minorOf(n.Version)
	if in.Template != nil {
		if err := n.changeTemplate(q, cluster, *in.Template); err != nil {
			return nil, err
		}
	}
	if n.AMI != "CUSTOM" {
		if err := n.changeRelease(q, cluster, in.Version, in.Release); err != nil {
			return nil, err
		}
		if minorOf(n.Version) < before {
			return nil, invalidParameter("Nodegroup Kubernetes version can't be downgraded to %s", n.Version)
		}
	}
	u := newUpdate(q, "VersionUpdate", cluster.ID)
	if n.AMI != "CUSTOM" {
		u.Params = append(u.Params, param("Version", n.Version), param("ReleaseVersion", n.Release))
	}
	if in.Template != nil {
		u.Params = append(u.Params, param("LaunchTemplateName", n.Template.Name), param("LaunchTemplateVersion", n.Template.Version))
	}
	q.rememberRequest(in.Token, u.ID)
	return n.begin(q, u), nil
}

// changeTemplate moves the group to another version of its own template.
func (n *eksNodegroup) changeTemplate(q *request, c *eksCluster, to templateSpec) error {
	if n.Template == nil {
		return invalidParameter("A node group that was made without a launch template can't be given one.")
	}
	if to.ID != "" && to.ID != n.Template.ID || to.Name != "" && to.Name != n.Template.Name {
		return invalidParameter("You cannot change the launch template of a node group, only its version.")
	}
	n.Template = &to
	if err := n.checkTemplate(q, c); err != nil {
		return err
	}
	data, err := n.templateData(q)
	if err != nil {
		return err
	}
	if (data.Text("ImageId") != "") != (n.AMI == "CUSTOM") {
		return invalidParameter("You cannot move a node group between a custom image and one of EKS.")
	}
	return nil
}

// changeRelease settles the version and release that an update asks for:
// nothing means the group's version and the newest release.
func (n *eksNodegroup) changeRelease(q *request, c *eksCluster, version, release string) error {
	kind, ok := amiTypeNamed(n.AMI)
	if !ok {
		return invalidParameter("The node group has an AMI type that is not known: %s", n.AMI)
	}
	if version == "" && (release == "" || kind.family == "bottlerocket") {
		version = n.Version
	}
	n.Version, n.Release = version, release
	return n.checkRelease(q, c, kind)
}
