package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// clusterRole is the role of the control plane. keyARN is the key for
// Kubernetes secrets.
func (a *api) clusterRole(ref cloud.Ref, name string, auto bool, keyARN string) role {
	return roleOf("role/cluster", name, a.iamAccount().ClusterRole(auto, keyARN))
}

// nodeRole is the role of the nodes.
func (a *api) nodeRole(ref cloud.Ref, name string, auto bool) role {
	return roleOf("role/node", name, a.iamAccount().NodeRole(auto))
}

// roleOf is a role with what it is trusted with; path, boundary and tags are
// the caller's.
func roleOf(component, name string, rights awsiam.Role) role {
	return role{component: component, name: name, trust: rights.Trust, managed: rights.Managed, inline: rights.Inline}
}

// ensureLinkedRoles makes the account's service-linked roles that the key
// policy names. They belong to the account: nobody tags or deletes them.
func (r *clusterRun) ensureLinkedRoles(ctx context.Context) error {
	if r.design.Encryption != "own" {
		return nil
	}
	for _, service := range awsiam.LinkedServices {
		object := r.object("service-linked role " + awsiam.LinkedRole(service))
		_, err := r.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(awsiam.LinkedRole(service))})
		if err == nil {
			continue
		}
		if !isNotFound(err) {
			return wrap(err, object)
		}
		_, err = commit(ctx, func(ctx context.Context) (*iam.CreateServiceLinkedRoleOutput, error) {
			return r.iam.CreateServiceLinkedRole(ctx, &iam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String(service + ".amazonaws.com")})
		})
		// IAM says InvalidInput where it was made in between.
		if err != nil && !hasAny(err, "has been taken", "already exists") {
			return wrap(err, object)
		}
		r.touched()
	}
	return nil
}

func (r *clusterRun) ensureKey(ctx context.Context) error {
	if r.design.Encryption != "own" {
		return nil
	}
	if r.view.key != nil && !r.view.ownKey() && r.view.keyARN() != "" {
		return nil // the cluster encrypts with another key, and that is for life: ensureEncryption says so
	}
	want := key{
		component: "key", alias: r.design.Names["key-alias"], policy: r.iamAccount().NodeKeyPolicy(),
		tags: r.wantTags(r.ref, "key", "", r.design.Tags),
	}
	// The policy names roles that were made a moment ago.
	type made struct {
		key     *observedKey
		changed bool
	}
	got, err := persist(ctx, brief(r.poll), freshLooks,
		func(err error) bool {
			return isCode(err, "MalformedPolicyDocumentException") && hasAny(err, "principal")
		},
		func(ctx context.Context) (made, error) {
			have, changed, err := r.api.ensureKey(ctx, r.ref, want)
			return made{have, changed}, err
		})
	if got.key != nil {
		r.mu.Lock()
		r.view.key = got.key
		r.mu.Unlock()
		if got.changed {
			r.made("key", got.key.arn)
			r.made("key-alias", got.key.alias)
		}
	}
	return err
}

// secretsKey is the ARN of the key that the design asks for; "" for the
// cloud's own.
func (r *clusterRun) secretsKey() string {
	switch {
	case r.design.Encryption == "existing":
		return r.design.KeyID
	case r.design.Encryption == "own" && r.view.key != nil:
		return r.view.key.arn
	}
	return ""
}

func (r *clusterRun) ensureClusterRole(ctx context.Context) error {
	if r.design.ClusterRole != "" {
		return nil
	}
	return r.ensureOwnRole(ctx, r.clusterRole(r.ref, r.design.Names["role/cluster"], r.design.AutoMode, r.secretsKey()))
}

func (r *clusterRun) ensureNodeRole(ctx context.Context) error {
	if r.design.NodeRole != "" {
		return nil
	}
	return r.ensureOwnRole(ctx, r.nodeRole(r.ref, r.design.Names["role/node"], r.design.AutoMode))
}

// ensureOwnRole makes one of the part's roles what is wanted, and no more.
func (r *clusterRun) ensureOwnRole(ctx context.Context, want role) error {
	want.path, want.boundary = r.design.RolePath, r.design.Boundary
	want.tags = r.wantTags(r.ref, want.component, "", r.design.Tags)
	r.mu.Lock()
	seen := r.view.roles[want.component]
	r.mu.Unlock()
	have, changed, err := r.ensureRole(ctx, r.ref, want)
	if have != nil {
		r.mu.Lock()
		r.view.roles[want.component] = have
		r.mu.Unlock()
		if changed {
			r.made(want.component, have.arn)
		}
	}
	if err != nil || seen == nil || seen.name != want.name {
		return err
	}
	dropped, err := r.dropInline(ctx, r.object(want.component), want, seen)
	if dropped {
		r.touched()
	}
	return err
}

// dropInline removes inline policies that a role should not have.
func (a *api) dropInline(ctx context.Context, object string, want role, have *observedRole) (bool, error) {
	dropped := false
	for _, name := range sortedKeys(have.inline) {
		if _, wanted := want.inline[name]; wanted {
			continue
		}
		dropped = true
		_, err := commit(ctx, func(ctx context.Context) (*iam.DeleteRolePolicyOutput, error) {
			return a.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String(want.name), PolicyName: aws.String(name)})
		})
		if unlessNotFound(err) != nil {
			return true, wrap(err, object)
		}
	}
	return dropped, nil
}
