package blueprint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// principal is an IAM principal as an access entry takes it.
type principal struct {
	arn  string // role or user, path included
	id   string // account, kind and name: what tells two principals apart
	name string
}

var (
	iamARN     = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::([0-9]{12}):(role|user)/((?:[!-~]+/)?)([A-Za-z0-9+=,.@_-]{1,64})$`)
	sessionARN = regexp.MustCompile(`^arn:(aws[a-z-]*):sts::([0-9]{12}):assumed-role/([A-Za-z0-9+=,.@_-]{1,64})/[^/]+$`)
)

// parsePrincipal reads an IAM principal. A session of a role stands for the
// role. The reason says what is wrong and what to do.
func parsePrincipal(text string) (p principal, reason string) {
	if m := iamARN.FindStringSubmatch(text); m != nil {
		return principal{arn: text, id: m[2] + ":" + m[3] + "/" + m[5], name: m[5]}, ""
	}
	if m := sessionARN.FindStringSubmatch(text); m != nil {
		if strings.HasPrefix(m[3], "AWSReservedSSO_") {
			return principal{}, "It is a session of an IAM Identity Center role. Give the role with its path: arn:" + m[1] + ":iam::" + m[2] +
				":role/aws-reserved/sso.amazonaws.com/REGION/" + m[3] + " (`aws iam get-role --role-name " + m[3] + "` prints it)."
		}
		arn := fmt.Sprintf("arn:%s:iam::%s:role/%s", m[1], m[2], m[3])
		return principal{arn: arn, id: m[2] + ":role/" + m[3], name: m[3]}, ""
	}
	switch {
	case strings.HasSuffix(text, ":root"):
		return principal{}, "EKS takes no root user. Give the ARN of a role."
	case strings.Contains(text, ":group/"):
		return principal{}, "EKS takes no IAM groups. Give the ARN of a role that the group's members may assume."
	}
	return principal{}, "Give the ARN of an IAM role or user, such as arn:aws:iam::111122223333:role/platform-admin."
}

// accessEntries settles who may use the API: one entry a principal, which is
// all that EKS has.
func (r *resolver) accessEntries() map[string]AccessEntryDesign {
	parse := parsePrincipal
	if r.spec.Cloud == CloudAzure {
		parse = parseEntraPrincipal
	}
	collector := &accessCollector{report: r.report, parse: parse, service: r.words().service, entries: map[string]AccessEntryDesign{}, owners: map[string]string{}}
	if access := r.spec.Access; access != nil {
		for i, text := range access.AdminGroups {
			collector.admin(nth("access.admin_groups", i), "admin-", text)
		}
		for i, text := range access.BreakGlass {
			collector.admin(nth("access.break_glass", i), "break-glass-", text)
		}
		for _, name := range slices.Sorted(maps.Keys(access.Bindings)) {
			collector.bind(name, access.Bindings[name])
		}
	}
	if r.autoscaling() == AutoscalingKarpenter && r.spec.Cloud == CloudAWS {
		// Karpenter starts nodes of its own with the node role.
		collector.entries["nodes"] = AccessEntryDesign{Principal: or(r.aws().NodeRoleARN, "role/node"), Role: "node"}
	}
	return collector.entries
}

type accessCollector struct {
	report  *report
	parse   func(string) (principal, string)
	service string
	entries map[string]AccessEntryDesign
	owners  map[string]string // path that named the principal first, by principal id
}

// claim notes that path names the principal, or says who did before.
func (c *accessCollector) claim(path, text string) (principal, string, bool) {
	p, reason := c.parse(text)
	if reason != "" {
		c.report.fail(path, "access-principal", fmt.Sprintf("%q is no principal that %s takes", text, c.service), "%s", reason)
		return p, "", false
	}
	if owner, taken := c.owners[p.id]; taken {
		return p, owner, true
	}
	c.owners[p.id] = path
	return p, "", true
}

func (c *accessCollector) admin(path, prefix, text string) {
	if IsUnknown(text) {
		c.report.wait(text)
		c.entries[prefix+text] = AccessEntryDesign{Principal: text, Role: "cluster_admin"}
		return
	}
	p, owner, ok := c.claim(path, text)
	if !ok {
		return
	}
	if owner != "" {
		c.report.warn(path, "access-double", fmt.Sprintf("%s is an administrator already", p.name),
			"%s names the same principal. Remove one of the two.", owner)
		return
	}
	key := prefix + p.name
	if _, taken := c.entries[key]; taken { // the same name in another account
		key += "-" + strings.SplitN(p.id, ":", 2)[0]
	}
	c.entries[key] = AccessEntryDesign{Principal: p.arn, Role: "cluster_admin"}
}

func (c *accessCollector) bind(name string, binding BindingSpec) {
	path := at("access.bindings", name)
	entry := AccessEntryDesign{Principal: binding.Principal, Role: binding.Role, Namespaces: sortedUnique(binding.Namespaces)}
	if IsUnknown(binding.Principal) {
		c.report.wait(binding.Principal)
		c.entries["binding-"+name] = entry
		return
	}
	p, owner, ok := c.claim(path+".principal", binding.Principal)
	if !ok {
		return
	}
	if owner != "" {
		c.report.fail(path+".principal", "access-double", fmt.Sprintf("%s has access already", p.name),
			"%s names the same principal, and %s has one access entry for each. Give it one binding with all its namespaces, or another role to assume.", owner, c.service)
		return
	}
	entry.Principal = p.arn
	c.entries["binding-"+name] = entry
}
