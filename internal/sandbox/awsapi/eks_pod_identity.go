package awsapi

import (
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// podIdentity gives a service account a role; its id in the store is its
// association id.
type podIdentity struct {
	sandbox.Meta
	Cluster   string    `json:"clusterName"`
	Namespace string    `json:"namespace"`
	Account   string    `json:"serviceAccount"`
	Role      string    `json:"roleArn"`
	ARN       string    `json:"associationArn"`
	Owner     string    `json:"ownerArn,omitempty"` // the add-on that made it
	NoTags    bool      `json:"disableSessionTags,omitempty"`
	Target    string    `json:"targetRoleArn,omitempty"`
	External  string    `json:"externalId,omitempty"`
	Policy    string    `json:"policy,omitempty"`
	Created   time.Time `json:"createdAt"`
	Modified  time.Time `json:"modifiedAt"`
}

var podIdentities = sandbox.NewTable[podIdentity](cloud, "eks/pod-identity-association")

// identityFor finds the association of a service account.
func identityFor(q *request, cluster, namespace, account string) (*podIdentity, bool) {
	return podIdentities.First(q.tx, q.region, func(p *podIdentity) bool {
		return p.Cluster == cluster && p.Namespace == namespace && p.Account == account
	})
}

func newIdentity(q *request, cluster, namespace, account, role string) *podIdentity {
	p := &podIdentity{Cluster: cluster, Namespace: namespace, Account: account, Role: role, Created: q.tx.Now(), Modified: q.tx.Now()}
	p.ID, p.Region, p.Name = "a-"+q.tx.Hex(17), q.region, namespace+"/"+account
	p.ARN = q.arn("eks", "podidentityassociation/"+cluster+"/"+p.ID)
	return p
}

func askedIdentity(q *request) (*podIdentity, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, err
	}
	id := q.path["association"]
	q.object(id)
	p, ok := podIdentities.Get(q.tx, q.region, id)
	if !ok || p.Cluster != cluster.ID {
		return nil, eksNotFound("Association %s cannot be found", id)
	}
	return p, nil
}

func (p *podIdentity) wire() any {
	out := map[string]any{
		"clusterName": p.Cluster, "namespace": p.Namespace, "serviceAccount": p.Account, "roleArn": p.Role,
		"associationArn": p.ARN, "associationId": p.ID, "tags": addTags(p.Tags, nil), "createdAt": epoch(p.Created),
		"modifiedAt": epoch(p.Modified), "disableSessionTags": p.NoTags,
	}
	for name, value := range map[string]string{"ownerArn": p.Owner, "targetRoleArn": p.Target, "externalId": p.External, "policy": p.Policy} {
		if value != "" {
			out[name] = value
		}
	}
	return map[string]any{"association": out}
}

var (
	kubernetesLabel     = matching(`[a-z0-9]([-a-z0-9]*[a-z0-9])?`)
	kubernetesSubdomain = matching(`[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`)
)

type identityInput struct {
	Namespace string            `json:"namespace"`
	Account   string            `json:"serviceAccount"`
	Role      *string           `json:"roleArn"`
	Token     string            `json:"clientRequestToken"`
	Tags      map[string]string `json:"tags"`
	NoTags    *bool             `json:"disableSessionTags"`
	Target    *string           `json:"targetRoleArn"`
	Policy    *string           `json:"policy"`
}

// apply checks what create and update have in common and puts it on the
// association.
func (in *identityInput) apply(q *request, p *podIdentity) error {
	// First: a role that is too new counts this use of it, so that nothing may
	// have been changed yet.
	if in.Role != nil {
		if problem, ok := assumable(q, *in.Role, "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"); !ok {
			return invalidParameter("The role %s can't be used for Pod Identity: %s", *in.Role, problem)
		}
		p.Role = *in.Role
	}
	if in.NoTags != nil {
		p.NoTags = *in.NoTags
	}
	if in.Policy != nil {
		if _, problem := parsePolicy(*in.Policy, identityPolicy); *in.Policy != "" && problem != "" {
			return invalidParameter("The session policy is not valid: %s", problem)
		}
		p.Policy = *in.Policy
		if p.Policy != "" && !p.NoTags {
			return invalidParameter("A session policy needs disableSessionTags")
		}
	}
	if in.Target != nil {
		p.Target, p.External = *in.Target, ""
		if p.Target != "" {
			p.External = q.region + "/" + q.account + "/" + p.Cluster + "/" + p.Namespace + "/" + p.Account
		}
	}
	return nil
}

func createPodIdentity(q *request) (any, error) {
	var in identityInput
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	made, err := q.replayedRequest(in.Token)
	if err != nil {
		return nil, err
	}
	if old, ok := podIdentities.Get(q.tx, q.region, made); ok {
		return old.wire(), nil
	}
	cluster, err := activeCluster(q)
	if err != nil {
		return nil, err
	}
	var v constraints
	v.length("namespace", in.Namespace, 1, 63)
	v.pattern("namespace", in.Namespace, kubernetesLabel)
	v.length("serviceAccount", in.Account, 1, 253)
	v.pattern("serviceAccount", in.Account, kubernetesSubdomain)
	if in.Role == nil {
		v.required("roleArn", "")
	}
	if err := v.err(eksInvalid); err != nil {
		return nil, err
	}
	if err := eksTags(in.Tags); err != nil {
		return nil, err
	}
	if old, taken := identityFor(q, cluster.ID, in.Namespace, in.Account); taken {
		return nil, inUse("Association already exists: %s", old.ID)
	}
	p := newIdentity(q, cluster.ID, in.Namespace, in.Account, *in.Role)
	p.Tags = in.Tags
	q.object(p.ID)
	if err := in.apply(q, p); err != nil {
		return nil, err
	}
	podIdentities.Put(q.tx, p)
	q.rememberRequest(in.Token, p.ID)
	return p.wire(), nil
}

func describePodIdentity(q *request) (any, error) {
	p, err := askedIdentity(q)
	if err != nil {
		return nil, err
	}
	return p.wire(), nil
}

func listPodIdentities(q *request) (any, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, err
	}
	namespace, account := q.query.Get("namespace"), q.query.Get("serviceAccount")
	if account != "" && namespace == "" {
		return nil, invalidParameter("serviceAccount needs namespace")
	}
	out := []map[string]string{}
	for _, p := range podIdentities.List(q.tx, q.region) {
		if p.Cluster != cluster.ID || namespace != "" && p.Namespace != namespace || account != "" && p.Account != account {
			continue
		}
		entry := map[string]string{
			"clusterName": p.Cluster, "namespace": p.Namespace, "serviceAccount": p.Account,
			"associationArn": p.ARN, "associationId": p.ID,
		}
		if p.Owner != "" {
			entry["ownerArn"] = p.Owner
		}
		out = append(out, entry)
	}
	return eksList(q, "associations", out, nil)
}

func updatePodIdentity(q *request) (any, error) {
	var in identityInput
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := askedIdentity(q)
	if err != nil {
		return nil, err
	}
	if p.Owner != "" {
		return nil, invalidRequest("Association %s is owned by %s and can be changed through it only", p.ID, p.Owner)
	}
	if in.Role == nil && in.NoTags == nil && in.Target == nil && in.Policy == nil {
		return nil, invalidRequest("No changes were given for association %s", p.ID)
	}
	if err := in.apply(q, p); err != nil {
		return nil, err
	}
	p.Modified = q.tx.Now()
	podIdentities.Put(q.tx, p)
	return p.wire(), nil
}

func deletePodIdentity(q *request) (any, error) {
	p, err := askedIdentity(q)
	if err != nil {
		return nil, err
	}
	if p.Owner != "" {
		return nil, invalidRequest("Association %s is owned by %s and can be deleted through it only", p.ID, p.Owner)
	}
	podIdentities.Delete(q.tx, q.region, p.ID)
	return p.wire(), nil
}
