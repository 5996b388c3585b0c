package awsapi

import (
	"slices"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// eksAddon is an add-on of a cluster; its id in the store is cluster/name.
type eksAddon struct {
	sandbox.Meta
	Cluster   string           `json:"clusterName"`
	Addon     string           `json:"addonName"`
	ARN       string           `json:"addonArn"`
	Version   string           `json:"addonVersion"`
	Values    string           `json:"configurationValues,omitempty"`
	Role      string           `json:"serviceAccountRoleArn,omitempty"`
	Namespace string           `json:"namespace"`
	Created   time.Time        `json:"createdAt"`
	Modified  time.Time        `json:"modifiedAt"`
	Status    string           `json:"status"` // CREATING, ACTIVE, UPDATING, DELETING
	Updating  string           `json:"updating,omitempty"`
	Preserve  bool             `json:"preserve,omitempty"` // of a delete in progress
	Progress  sandbox.Progress `json:"progress,omitzero"`
}

var eksAddons = sandbox.NewTable[eksAddon](cloud, "eks/addon")

func addonNotFound(cluster, name string) error {
	return eksNotFound("No addon: %s found in cluster: %s", name, cluster)
}

// askedAddon is the add-on of the path, with its cluster.
func askedAddon(q *request) (*eksCluster, *eksAddon, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, nil, err
	}
	name := q.path["addon"]
	q.object(cluster.ID + "/" + name)
	addon, ok := eksAddons.Get(q.tx, q.region, cluster.ID+"/"+name)
	if !ok {
		return nil, nil, addonNotFound(cluster.ID, name)
	}
	return cluster, addon, nil
}

// identitiesOf are the pod identity associations that an add-on owns.
func identitiesOf(q *request, a *eksAddon) []*podIdentity {
	return podIdentities.Where(q.tx, q.region, func(p *podIdentity) bool { return p.Owner == a.ARN })
}

func (a *eksAddon) wire(q *request) any {
	status, issues := a.Status, []healthIssue{}
	if status == "ACTIVE" && a.lacksNodes(q) {
		status = "DEGRADED"
		issues = append(issues, healthIssue{"InsufficientNumberOfReplicas", "The add-on is unhealthy because it doesn't have the desired number of replicas.", []string{}})
	}
	out := map[string]any{
		"addonName": a.Addon, "clusterName": a.Cluster, "status": status, "addonVersion": a.Version,
		"health": map[string]any{"issues": issues}, "addonArn": a.ARN, "createdAt": epoch(a.Created), "modifiedAt": epoch(a.Modified),
		"tags": addTags(a.Tags, nil), "namespaceConfig": map[string]string{"namespace": a.Namespace},
		"podIdentityAssociations": append([]string{}, each(identitiesOf(q, a), func(p *podIdentity) string { return p.ARN })...),
	}
	if a.Values != "" {
		out["configurationValues"] = a.Values
	}
	if a.Role != "" {
		out["serviceAccountRoleArn"] = a.Role
	}
	if k, ok := addonNamed(a.Addon); ok {
		out["owner"], out["publisher"] = k.owner, "eks"
	}
	return map[string]any{"addon": out}
}

// lacksNodes says whether the add-on waits for a node that isn't there.
func (a *eksAddon) lacksNodes(q *request) bool {
	k, ok := addonNamed(a.Addon)
	cluster, found := eksClusters.Get(q.tx, q.region, a.Cluster)
	if !ok || !k.replicas || !found || cluster.autoMode() {
		return false
	}
	return !slices.ContainsFunc(nodegroupsOf(q.tx, q.region, a.Cluster), func(n *eksNodegroup) bool { return len(n.Instances) > 0 })
}

// addonIdentity asks for a pod identity association that the add-on owns.
type addonIdentity struct {
	Account string `json:"serviceAccount"`
	Role    string `json:"roleArn"`
}

type addonInput struct {
	Addon      string            `json:"addonName"`
	Version    string            `json:"addonVersion"`
	Role       *string           `json:"serviceAccountRoleArn"`
	Conflicts  string            `json:"resolveConflicts"`
	Token      string            `json:"clientRequestToken"`
	Tags       map[string]string `json:"tags"`
	Values     *string           `json:"configurationValues"`
	Identities *[]addonIdentity  `json:"podIdentityAssociations"`
	Namespace  *struct {
		Namespace string `json:"namespace"`
	} `json:"namespaceConfig"`
}

// apply checks what create and update have in common and puts it on the
// add-on.
func (in *addonInput) apply(q *request, c *eksCluster, k addonKind, a *eksAddon) error {
	var v constraints
	v.oneOf("resolveConflicts", in.Conflicts, "OVERWRITE", "NONE", "PRESERVE")
	if err := v.err(eksInvalid); err != nil {
		return err
	}
	// First: a role that is too new counts this use of it, so that nothing may
	// have been changed yet.
	if err := in.checkIdentities(q); err != nil {
		return err
	}
	if in.Version != "" {
		a.Version = in.Version
	}
	if !k.runs(a.Version, minorOf(c.Version)) {
		return invalidParameter("Addon version specified is not supported: %s %s on Kubernetes %s", k.name, a.Version, c.Version)
	}
	if in.Values != nil {
		a.Values = *in.Values
	}
	if err := k.checkConfiguration(a.Values); err != nil {
		return err
	}
	if in.Role != nil {
		if *in.Role == "" {
			// A role once given can't be taken away: the model wants one character.
			return invalidParameter("serviceAccountRoleArn has 1 to 255 characters")
		}
		if _, ok := roleByARN(q.tx, *in.Role); !ok {
			return invalidParameter("The service account role does not exist: %s", *in.Role)
		}
	}
	if in.Role != nil {
		a.Role = *in.Role
	}
	if in.Identities == nil {
		return nil
	}
	return in.identify(q, c, k, a)
}

func (in *addonInput) checkIdentities(q *request) error {
	if in.Identities == nil {
		return nil
	}
	for _, wanted := range *in.Identities {
		if wanted.Account == "" || wanted.Role == "" {
			return invalidParameter("podIdentityAssociations takes serviceAccount and roleArn together")
		}
		if problem, ok := assumable(q, wanted.Role, "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"); !ok {
			return invalidParameter("The role %s can't be used for Pod Identity: %s", wanted.Role, problem)
		}
	}
	return nil
}

// identify makes the add-on's associations those that are asked for.
func (in *addonInput) identify(q *request, c *eksCluster, k addonKind, a *eksAddon) error {
	for _, old := range identitiesOf(q, a) {
		podIdentities.Delete(q.tx, q.region, old.ID)
	}
	for _, wanted := range *in.Identities {
		if other, taken := identityFor(q, c.ID, k.namespace, wanted.Account); taken {
			return inUse("Association already exists: %s", other.ID)
		}
		p := newIdentity(q, c.ID, k.namespace, wanted.Account, wanted.Role)
		p.Owner = a.ARN
		podIdentities.Put(q.tx, p)
	}
	return nil
}

func createAddon(q *request) (any, error) {
	var in addonInput
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	made, err := q.replayedRequest(in.Token)
	if err != nil {
		return nil, err
	}
	if old, ok := eksAddons.Get(q.tx, q.region, made); ok {
		return old.wire(q), nil
	}
	cluster, err := activeCluster(q)
	if err != nil {
		return nil, err
	}
	id := cluster.ID + "/" + in.Addon
	q.object(id)
	k, ok := addonNamed(in.Addon)
	if !ok {
		return nil, invalidParameter("Addon %s specified is not supported", in.Addon)
	}
	if err := eksTags(in.Tags); err != nil {
		return nil, err
	}
	if _, taken := eksAddons.Get(q.tx, q.region, id); taken {
		return nil, inUse("Addon already exists.")
	}
	a := &eksAddon{
		Cluster: cluster.ID, Addon: in.Addon, Namespace: k.namespace, Created: q.tx.Now(), Modified: q.tx.Now(),
		Status: "CREATING", Progress: q.tx.Steps("eks/addon", 1),
	}
	a.ID, a.Name, a.Region, a.Tags = id, in.Addon, q.region, in.Tags
	a.ARN = q.arn("eks", "addon/"+id+"/"+q.tx.UUID())
	if in.Namespace != nil && in.Namespace.Namespace != k.namespace {
		return nil, unmodelled(nil, "add-ons in a namespace of one's own")
	}
	if a.Version, ok = k.defaultVersion(minorOf(cluster.Version)); !ok {
		return nil, invalidParameter("Addon %s has no version for Kubernetes %s", in.Addon, cluster.Version)
	}
	if err := in.apply(q, cluster, k, a); err != nil {
		return nil, err
	}
	if a.Progress.Left == 0 {
		a.Status = "ACTIVE"
	}
	eksAddons.Put(q.tx, a)
	q.rememberRequest(in.Token, a.ID)
	q.object(a.ID)
	return a.wire(q), nil
}

// poll takes one step of what the add-on is doing. It reports whether the
// add-on is still there.
func (a *eksAddon) poll(q *request) bool {
	switch a.Status {
	case "UPDATING":
		if u, ok := eksUpdates.Get(q.tx, q.region, a.Updating); ok {
			u.poll(q)
		}
		return true
	case "CREATING", "DELETING":
	default:
		return true
	}
	done, _ := a.Progress.Poll()
	if done && a.Status == "DELETING" {
		a.remove(q)
		return false
	}
	if done {
		a.Status = "ACTIVE"
	}
	eksAddons.Put(q.tx, a)
	return true
}

func (a *eksAddon) remove(q *request) {
	for _, p := range identitiesOf(q, a) {
		podIdentities.Delete(q.tx, q.region, p.ID)
	}
	eksAddons.Delete(q.tx, a.Region, a.ID)
}

func describeAddon(q *request) (any, error) {
	_, a, err := askedAddon(q)
	if err != nil {
		return nil, err
	}
	if !a.poll(q) {
		q.keep()
		return nil, addonNotFound(a.Cluster, a.Addon)
	}
	return a.wire(q), nil
}

func listAddons(q *request) (any, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, a := range eksAddons.List(q.tx, q.region) {
		if a.Cluster == cluster.ID {
			names = append(names, a.Addon)
		}
	}
	slices.Sort(names)
	return eksList(q, "addons", names, nil)
}

func updateAddon(q *request) (any, error) {
	var in addonInput
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
	cluster, a, err := askedAddon(q)
	if err != nil {
		return nil, err
	}
	if a.Status != "ACTIVE" {
		return nil, inUse("Addon %s cannot be updated as it is currently in %s state", a.Addon, a.Status)
	}
	k, ok := addonNamed(a.Addon)
	if !ok {
		return nil, invalidParameter("Addon %s specified is not supported", a.Addon)
	}
	if err := in.apply(q, cluster, k, a); err != nil {
		return nil, err
	}
	u := newUpdate(q, "AddonUpdate", cluster.ID, param("AddonVersion", a.Version), param("ResolveConflicts", in.Conflicts))
	if in.Values != nil {
		u.Params = append(u.Params, param("ConfigurationValues", *in.Values))
	}
	if in.Role != nil {
		u.Params = append(u.Params, param("ServiceAccountRoleArn", *in.Role))
	}
	u.Addon = a.Addon
	a.Status, a.Updating, a.Modified = "UPDATING", u.ID, q.tx.Now()
	eksAddons.Put(q.tx, a)
	if u.Progress.Left == 0 {
		u.finish(q)
	}
	eksUpdates.Put(q.tx, u)
	q.rememberRequest(in.Token, u.ID)
	return u.wire(), nil
}

func deleteAddon(q *request) (any, error) {
	_, a, err := askedAddon(q)
	if err != nil {
		return nil, err
	}
	switch a.Status {
	case "UPDATING", "CREATING":
		return nil, inUse("Addon %s cannot be deleted as it is currently in %s state", a.Addon, a.Status)
	case "DELETING":
		return nil, invalidRequest("Addon %s is already being deleted", a.Addon)
	}
	a.Status, a.Preserve, a.Progress = "DELETING", q.query.Get("preserve") == "true", q.tx.Steps("eks/addon-delete", 1)
	eksAddons.Put(q.tx, a)
	answer := a.wire(q)
	if a.Progress.Left == 0 {
		a.remove(q)
	}
	return answer, nil
}
