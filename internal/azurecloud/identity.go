package azurecloud

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/msi/armmsi"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

type identityPart = part[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs]
type identityRun = run[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs]

// Component keys of a workload identity.
const (
	identityWord   = "identity"
	federationWord = "federated-credential"
)

// tokenAudiences are for whom tokens of service accounts are exchanged, by the
// environment of a target. Source: Microsoft Entra, workload identity federation
// in national clouds, 2026-08.
var tokenAudiences = map[string]string{
	"": "api://AzureADTokenExchange", "public": "api://AzureADTokenExchange",
	"usgovernment": "api://AzureADTokenExchangeUSGov", "china": "api://AzureADTokenExchangeChina",
}

// WorkloadIdentity implements [cloud.Cloud]: a user-assigned identity, the
// credential by which it trusts one service account of the cluster, and exactly
// its role assignments.
func (c *azureCloud) WorkloadIdentity() cloud.Part[blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs] {
	return &identityPart{
		cloud: c, main: identityWord,
		group: identityGroup,
		tags:  func(d *blueprint.WorkloadIdentityDesign) *map[string]string { return &d.Tags },
		roles: func(d blueprint.WorkloadIdentityDesign) []string {
			var names []string
			for _, role := range assignmentsOf(d) {
				names = append(names, role.Role)
			}
			slices.Sort(names)
			return slices.Compact(names)
		},
		things: func(v *view, d blueprint.WorkloadIdentityDesign) []thing {
			return identityThings(v, d, tokenAudiences[c.target.Environment])
		},
		look:     lookIdentity,
		validate: validateIdentity,
		steps: func(r *identityRun) cloud.Step {
			return cloud.InOrder(
				func(ctx context.Context) error { return r.needsIssuer(ctx) },
				r.make(identityWord), cloud.Together(r.make(federationWord), r.make("role-assignment")),
			)
		},
		observe: observeIdentity,
		removal: []string{"role-assignment", federationWord, identityWord},
	}
}

func identityGroup(d blueprint.WorkloadIdentityDesign) string {
	if d.Azure == nil {
		return ""
	}
	return d.Azure.ResourceGroup
}

func assignmentsOf(d blueprint.WorkloadIdentityDesign) map[string]blueprint.RoleAssignmentDesign {
	if d.Azure == nil {
		return nil
	}
	return d.Azure.RoleAssignments
}

// subjectOf is what Kubernetes calls a service account in its tokens.
func subjectOf(namespace, account string) string {
	return "system:serviceaccount:" + namespace + ":" + account
}

func identityThings(v *view, d blueprint.WorkloadIdentityDesign, audience string) []thing {
	group := identityGroup(d)
	identity := v.id(group, identities, d.RoleName)
	principal := ""
	if have := v.find(identityWord); have != nil {
		principal = text(have.body, "properties", "principalId")
	}
	credential := armmsi.FederatedIdentityCredentialProperties{
		Subject: to.Ptr(subjectOf(d.Namespace, d.ServiceAccount)), Audiences: to.SliceOfPtrs(audience),
	}
	if issuer := v.fact(factIssuer); issuer != "" {
		credential.Issuer = to.Ptr(issuer)
	}
	things := []thing{
		{component: identityWord, id: identity, birth: v.located(), tags: remember(d.Scope)},
		{
			component: federationWord, id: child(identity, federations, d.RoleName),
			want: body(armmsi.FederatedIdentityCredential{Properties: &credential}),
		},
	}
	for key, role := range assignmentsOf(d) {
		things = append(things, v.assignment(grant{
			component: "role-assignment/" + key, principal: principal, kind: armauthorization.PrincipalTypeServicePrincipal,
			role: role.Role, scope: v.input(role.Scope, group), words: roleWords(role),
		}))
	}
	return things
}

// lookIdentity files what stands in the identity and what it may do, and asks
// the cluster who issues its tokens.
func lookIdentity(ctx context.Context, v *view, known blueprint.WorkloadIdentityDesign) error {
	group, looks := identityGroup(known), []cloud.Step{}
	if identity := v.find(identityWord); identity != nil {
		group = groupOf(identity.id)
		looks = append(looks,
			func(ctx context.Context) error {
				return v.listed(ctx, federations, identity.id+"/federatedIdentityCredentials", "", func(document) string { return federationWord })
			},
			func(ctx context.Context) error {
				return v.lookRoles(ctx, "/subscriptions/"+v.subscription, "principalId eq '"+text(identity.body, "properties", "principalId")+"'")
			},
		)
	}
	looks = append(looks, func(ctx context.Context) error { return v.lookCluster(ctx, group) })
	return cloud.Together(looks...)(ctx)
}

// validateIdentity refuses role assignments on what was not handed over.
func validateIdentity(ref cloud.Ref, design blueprint.WorkloadIdentityDesign, inputs cloud.Inputs) error {
	refuse := func(reason, todo string) error {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: ofCluster(ref.Part, ref), Reason: reason, Todo: todo}
	}
	var problems []error
	if inputs.Cluster["cluster"] == "" {
		problems = append(problems, refuse("there is no cluster whose service account could be trusted",
			"Hand over cluster = kready_cluster.….objects, and apply the cluster first."))
	}
	v := &view{inputs: inputs, api: &api{}}
	roles := assignmentsOf(design)
	for _, key := range sortedKeys(roles) {
		if scope := roles[key].Scope; v.input(scope, identityGroup(design)) == "" {
			part, _, _ := strings.Cut(scope, ":")
			problems = append(problems, refuse("role-assignment/"+key+" is on "+scope+", and there is none",
				"Hand over "+part+" = kready_"+part+".….objects, and apply that first."))
		}
	}
	return errors.Join(problems...)
}

// needsIssuer refuses, before anything is changed, to trust the tokens of a
// cluster that is somebody else's or has no issuer.
func (r *run[D, O]) needsIssuer(context.Context) error {
	if err := r.ownCluster(); err != nil {
		return err
	}
	if r.fact(factIssuer) != "" {
		return nil
	}
	return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: r.object(federationWord),
		Reason: "the cluster issues no tokens for workload identity", Todo: "Apply the cluster first; a cluster of kready's has an issuer."}
}

func observeIdentity(v *view, _ blueprint.WorkloadIdentityDesign) (blueprint.WorkloadIdentityDesign, blueprint.WorkloadIdentityOutputs, []string) {
	identity := v.find(identityWord)
	design := blueprint.WorkloadIdentityDesign{
		Scope: v.scopeOf(identity), Name: keyOf(v.ref.Part), Identity: "workload_identity", RoleName: nameOf(identity.id),
		Azure: &blueprint.WorkloadIdentityAzureDesign{ResourceGroup: groupOf(identity.id), RoleAssignments: v.roleDesigns()},
	}
	if have := v.find(federationWord); have != nil {
		design.Namespace, design.ServiceAccount = accountOf(text(have.body, "properties", "subject"))
	}
	for _, have := range v.everything() {
		if have.component == federationWord && v.find(federationWord) != have {
			design.ServiceAccount = cloud.Remark(design.ServiceAccount, "trusted as well: "+text(have.body, "properties", "subject"))
		}
	}
	return design, blueprint.WorkloadIdentityOutputs{PrincipalID: text(identity.body, "properties", "clientId")}, nil
}

// accountOf reads a subject; what is none of a service account is shown whole.
func accountOf(subject string) (namespace, account string) {
	rest, ok := strings.CutPrefix(subject, subjectOf("", "")[:len("system:serviceaccount:")])
	namespace, account, both := strings.Cut(rest, ":")
	if !ok || !both {
		return subject, ""
	}
	return namespace, account
}
