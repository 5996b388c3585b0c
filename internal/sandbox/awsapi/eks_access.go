package awsapi

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// accessEntry lets a principal into a cluster; its id in the store is
// cluster/principal. Entries that EKS made for nodes are hidden.
type accessEntry struct {
	sandbox.Meta
	Cluster   string            `json:"clusterName"`
	Principal string            `json:"principalArn"`
	ARN       string            `json:"accessEntryArn"`
	Groups    []string          `json:"kubernetesGroups,omitempty"`
	Username  string            `json:"username"`
	Type      string            `json:"type"`
	Created   time.Time         `json:"createdAt"`
	Modified  time.Time         `json:"modifiedAt"`
	Policies  []accessAssociate `json:"policies,omitempty"`
}

type accessAssociate struct {
	Policy   string      `json:"policyArn"`
	Scope    accessScope `json:"accessScope"`
	Since    time.Time   `json:"associatedAt"`
	Modified time.Time   `json:"modifiedAt"`
}

type accessScope struct {
	Type       string   `json:"type"`
	Namespaces []string `json:"namespaces"`
}

var accessEntries = sandbox.NewTable[accessEntry](cloud, "eks/access-entry")

// accessPolicies are the access policies that EKS has. Source: EKS user guide,
// "Review access policy permissions", 2026.
var accessPolicies = []string{
	"AmazonARCRegionSwitchScalingPolicy", "AmazonAIOpsAssistantPolicy", "AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy",
	"AmazonEKSAutoNodePolicy", "AmazonEKSBlockStorageClusterPolicy", "AmazonEKSBlockStoragePolicy", "AmazonEKSClusterAdminPolicy",
	"AmazonEKSClusterInsightsPolicy", "AmazonEKSComputeClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSEditPolicy",
	"AmazonEKSHybridPolicy", "AmazonEKSLoadBalancingClusterPolicy", "AmazonEKSLoadBalancingPolicy", "AmazonEKSNetworkingClusterPolicy",
	"AmazonEKSNetworkingPolicy", "AmazonEKSViewPolicy", "AmazonSagemakerHyperpodClusterPolicy", "AmazonSagemakerHyperpodControllerPolicy",
}

func accessPolicyARN(region, name string) string {
	return "arn:" + partition(region) + ":eks::aws:cluster-access-policy/" + name
}

var entryTypes = []string{"STANDARD", "EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX"}

// entryCluster is the cluster of the path, when it has access entries at all.
func entryCluster(q *request) (*eksCluster, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, err
	}
	if cluster.Access.Mode == "CONFIG_MAP" {
		return nil, invalidRequest("The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.")
	}
	return cluster, nil
}

func askedEntry(q *request) (*eksCluster, *accessEntry, error) {
	cluster, err := entryCluster(q)
	if err != nil {
		return nil, nil, err
	}
	principal := q.path["principal"]
	q.object(cluster.ID + "/" + principal)
	entry, ok := accessEntries.Get(q.tx, q.region, cluster.ID+"/"+principal)
	if !ok {
		return nil, nil, eksNotFound("The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.")
	}
	return cluster, entry, nil
}

func (e *accessEntry) wire() any {
	return map[string]any{"accessEntry": map[string]any{
		"clusterName": e.Cluster, "principalArn": e.Principal, "accessEntryArn": e.ARN, "kubernetesGroups": append([]string{}, e.Groups...),
		"username": e.Username, "type": e.Type, "createdAt": epoch(e.Created), "modifiedAt": epoch(e.Modified), "tags": addTags(e.Tags, nil),
	}}
}

var entryPrincipal = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):(role|user|root)(/.*)?$`)

// putEntry makes an entry with the names that EKS gives.
func putEntry(q *request, cluster, principal, kind string) *accessEntry {
	m := entryPrincipal.FindStringSubmatch(principal)
	name := principal[strings.LastIndexByte(principal, '/')+1:]
	e := &accessEntry{Cluster: cluster, Principal: principal, Type: kind, Created: q.tx.Now(), Modified: q.tx.Now(), Username: principal}
	if m[2] == "role" {
		e.Username = "arn:" + partition(q.region) + ":sts::" + m[1] + ":assumed-role/" + name + "/{{SessionName}}"
	}
	switch kind {
	case "EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX":
		e.Username, e.Groups = "system:node:{{EC2PrivateDNSName}}", []string{"system:nodes"}
	}
	e.ID, e.Region = cluster+"/"+principal, q.region
	e.Name = name
	e.ARN = q.arn("eks", strings.Join([]string{"access-entry", cluster, m[2], m[1], name, q.tx.UUID()}, "/"))
	return e
}

// firstEntries are those that EKS makes with a cluster: the creator's, and the
// one for Auto Mode's nodes.
func (c *eksCluster) firstEntries(q *request) {
	if c.Access.Mode == "CONFIG_MAP" {
		return
	}
	if c.Access.Creator != nil && *c.Access.Creator {
		e := putEntry(q, c.ID, caller(q).Role, "STANDARD")
		e.Policies = []accessAssociate{{
			Policy: accessPolicyARN(q.region, "AmazonEKSClusterAdminPolicy"), Scope: accessScope{Type: "cluster"}, Since: q.tx.Now(), Modified: q.tx.Now(),
		}}
		accessEntries.Put(q.tx, e)
	}
	c.autoModeEntry(q)
}

func (c *eksCluster) autoModeEntry(q *request) {
	if !c.autoMode() || c.Compute.NodeRole == "" {
		return
	}
	if _, ok := accessEntries.Get(q.tx, q.region, c.ID+"/"+c.Compute.NodeRole); ok {
		return
	}
	e := putEntry(q, c.ID, c.Compute.NodeRole, "EC2")
	e.Hidden = true
	e.Policies = []accessAssociate{{
		Policy: accessPolicyARN(q.region, "AmazonEKSAutoNodePolicy"), Scope: accessScope{Type: "cluster"}, Since: q.tx.Now(), Modified: q.tx.Now(),
	}}
	accessEntries.Put(q.tx, e)
}

// nodeEntry is the one that EKS makes for the role of a managed node group.
func (c *eksCluster) nodeEntry(q *request, role string) {
	if c.Access.Mode == "CONFIG_MAP" {
		return
	}
	if _, ok := accessEntries.Get(q.tx, q.region, c.ID+"/"+role); ok {
		return
	}
	e := putEntry(q, c.ID, role, "EC2_LINUX")
	e.Hidden = true
	accessEntries.Put(q.tx, e)
}

func checkGroups(groups []string) error {
	for _, g := range groups {
		for _, prefix := range []string{"system:", "amazon", "aws", "iam", "eks:"} {
			if strings.HasPrefix(g, prefix) {
				return invalidParameter("The kubernetes group name %s is invalid, it cannot start with %s", g, prefix)
			}
		}
	}
	return nil
}

// checkUsername takes a name that Kubernetes and EKS take: a role's must keep
// its sessions apart.
func checkUsername(username, principal string) error {
	for _, prefix := range []string{"system:", "eks:", "aws:", "amazon:", "iam:"} {
		if strings.HasPrefix(username, prefix) {
			return invalidParameter("The username %s is invalid, it cannot start with %s", username, prefix)
		}
	}
	if strings.Contains(principal, ":role/") && strings.Contains(username, "{{SessionName}}") && !strings.Contains(strings.SplitN(username, "{{SessionName}}", 2)[0], ":") {
		return invalidParameter("The username %s is invalid: a colon must come before {{SessionName}}", username)
	}
	return nil
}

func createAccessEntry(q *request) (any, error) {
	var in struct {
		Principal string            `json:"principalArn"`
		Groups    []string          `json:"kubernetesGroups"`
		Tags      map[string]string `json:"tags"`
		Token     string            `json:"clientRequestToken"`
		Username  string            `json:"username"`
		Type      string            `json:"type"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	made, err := q.replayedRequest(in.Token)
	if err != nil {
		return nil, err
	}
	if old, ok := accessEntries.Get(q.tx, q.region, made); ok {
		return old.wire(), nil
	}
	cluster, err := entryCluster(q)
	if err != nil {
		return nil, err
	}
	id := cluster.ID + "/" + in.Principal
	q.object(id)
	if in.Type == "" {
		in.Type = "STANDARD"
	}
	if !slices.Contains(entryTypes, in.Type) {
		return nil, invalidParameter("The access entry type %s is not valid", in.Type)
	}
	if m := entryPrincipal.FindStringSubmatch(in.Principal); m == nil || m[2] != "root" && m[3] == "" || !principalExists(q, "AWS", in.Principal) {
		return nil, invalidParameter("The specified principalArn is invalid: invalid principal.")
	}
	if in.Type != "STANDARD" && (len(in.Groups) > 0 || in.Username != "") {
		return nil, invalidParameter("An access entry of type %s takes neither kubernetesGroups nor username", in.Type)
	}
	if err := checkGroups(in.Groups); err != nil {
		return nil, err
	}
	if err := checkUsername(in.Username, in.Principal); err != nil {
		return nil, err
	}
	if err := eksTags(in.Tags); err != nil {
		return nil, err
	}
	if _, taken := accessEntries.Get(q.tx, q.region, id); taken {
		return nil, inUse("The specified access entry resource is already in use on this cluster.")
	}
	e := putEntry(q, cluster.ID, in.Principal, in.Type)
	if len(in.Groups) > 0 {
		e.Groups = in.Groups
	}
	if in.Username != "" {
		e.Username = in.Username
	}
	e.Tags = in.Tags
	accessEntries.Put(q.tx, e)
	q.rememberRequest(in.Token, e.ID)
	return e.wire(), nil
}

func describeAccessEntry(q *request) (any, error) {
	_, e, err := askedEntry(q)
	if err != nil {
		return nil, err
	}
	return e.wire(), nil
}

func listAccessEntries(q *request) (any, error) {
	cluster, err := entryCluster(q)
	if err != nil {
		return nil, err
	}
	policy := q.query.Get("associatedPolicyArn")
	out := []string{}
	for _, e := range accessEntries.List(q.tx, q.region) {
		has := slices.ContainsFunc(e.Policies, func(p accessAssociate) bool { return p.Policy == policy })
		if e.Cluster == cluster.ID && (policy == "" || has) {
			out = append(out, e.Principal)
		}
	}
	slices.Sort(out)
	return eksList(q, "accessEntries", out, nil)
}

func updateAccessEntry(q *request) (any, error) {
	var in struct {
		Groups   *[]string `json:"kubernetesGroups"`
		Username string    `json:"username"`
		Token    string    `json:"clientRequestToken"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	_, e, err := askedEntry(q)
	if err != nil {
		return nil, err
	}
	if e.Type != "STANDARD" {
		return nil, invalidRequest("An access entry of type %s can't be updated", e.Type)
	}
	if in.Groups != nil {
		if err := checkGroups(*in.Groups); err != nil {
			return nil, err
		}
		e.Groups = *in.Groups
	}
	if in.Username != "" {
		if err := checkUsername(in.Username, e.Principal); err != nil {
			return nil, err
		}
		e.Username = in.Username
	}
	e.Modified = q.tx.Now()
	accessEntries.Put(q.tx, e)
	return e.wire(), nil
}

func deleteAccessEntry(q *request) (any, error) {
	_, e, err := askedEntry(q)
	if err != nil {
		return nil, err
	}
	accessEntries.Delete(q.tx, q.region, e.ID)
	return nil, nil
}

func (a accessAssociate) wire() any {
	return map[string]any{
		"policyArn": a.Policy, "associatedAt": epoch(a.Since), "modifiedAt": epoch(a.Modified),
		"accessScope": accessScope{a.Scope.Type, append([]string{}, a.Scope.Namespaces...)},
	}
}

func associateAccessPolicy(q *request) (any, error) {
	var in struct {
		Policy string      `json:"policyArn"`
		Scope  accessScope `json:"accessScope"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	cluster, e, err := askedEntry(q)
	if err != nil {
		return nil, err
	}
	if e.Type != "STANDARD" && e.Type != "EC2" {
		return nil, invalidRequest("Access policies can't be associated with an access entry of type %s", e.Type)
	}
	if !slices.ContainsFunc(accessPolicies, func(name string) bool { return accessPolicyARN(q.region, name) == in.Policy }) {
		return nil, invalidParameter("The policyArn parameter is not valid or is not an access policy of EKS: %s", in.Policy)
	}
	var v constraints
	v.required("accessScope.type", in.Scope.Type)
	v.oneOf("accessScope.type", in.Scope.Type, "cluster", "namespace")
	if err := v.err(eksInvalid); err != nil {
		return nil, err
	}
	if (in.Scope.Type == "namespace") != (len(in.Scope.Namespaces) > 0) {
		return nil, invalidParameter("An access scope of type namespace takes namespaces, one of type cluster takes none.")
	}
	now := q.tx.Now()
	association := accessAssociate{Policy: in.Policy, Scope: in.Scope, Since: now, Modified: now}
	policies := slices.Clone(e.Policies)
	if i := slices.IndexFunc(policies, func(p accessAssociate) bool { return p.Policy == in.Policy }); i >= 0 {
		association.Since = policies[i].Since
		policies[i] = association
	} else {
		policies = append(policies, association)
	}
	e.Policies, e.Modified = policies, now
	accessEntries.Put(q.tx, e)
	return map[string]any{"clusterName": cluster.ID, "principalArn": e.Principal, "associatedAccessPolicy": association.wire()}, nil
}

func disassociateAccessPolicy(q *request) (any, error) {
	_, e, err := askedEntry(q)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(e.Policies, func(p accessAssociate) bool { return p.Policy == q.path["policy"] })
	if i < 0 {
		return nil, eksNotFound("The specified policyArn is not associated with the access entry.")
	}
	e.Policies, e.Modified = slices.Delete(slices.Clone(e.Policies), i, i+1), q.tx.Now()
	accessEntries.Put(q.tx, e)
	return nil, nil
}

func listAssociatedAccessPolicies(q *request) (any, error) {
	cluster, e, err := askedEntry(q)
	if err != nil {
		return nil, err
	}
	return eksList(q, "associatedAccessPolicies", each(e.Policies, accessAssociate.wire),
		map[string]any{"clusterName": cluster.ID, "principalArn": e.Principal})
}

func listAccessPolicies(q *request) (any, error) {
	return eksList(q, "accessPolicies", each(accessPolicies, func(name string) map[string]string {
		return map[string]string{"name": name, "arn": accessPolicyARN(q.region, name)}
	}), nil)
}
