package awsapi

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// securityGroup is a firewall of network interfaces.
type securityGroup struct {
	ec2Object
	GroupName   string      `json:"group_name"`
	Description string      `json:"description"`
	VPC         string      `json:"vpc"`
	Rules       []groupRule `json:"rules,omitempty"`
}

var securityGroups = &ec2Type[securityGroup]{
	table:  sandbox.NewTable[securityGroup](cloud, "ec2/security-group"),
	prefix: "sg-", tag: "security-group", code: "InvalidGroup.NotFound", says: "The security group '%s' does not exist",
	ids: "GroupId", set: "securityGroupInfo",
	filters: []string{
		"description", "group-id", "group-name", "owner-id", "vpc-id", "ip-permission.cidr", "egress.ip-permission.cidr",
		"ip-permission.group-id", "egress.ip-permission.group-id", "ip-permission.from-port", "ip-permission.to-port",
		"ip-permission.protocol", "egress.ip-permission.from-port", "egress.ip-permission.to-port", "egress.ip-permission.protocol",
	},
}

func init() { securityGroups.filter, securityGroups.render = securityGroupField, renderSecurityGroup }

func securityGroupField(tx *sandbox.Tx, g *securityGroup, name string) []string {
	switch name {
	case "description":
		return []string{g.Description}
	case "group-id":
		return []string{g.ID}
	case "group-name":
		return []string{g.GroupName}
	case "owner-id":
		return []string{account(tx)}
	case "vpc-id":
		return []string{g.VPC}
	}
	rest, egress := strings.CutPrefix(name, "egress.")
	var out []string
	for _, r := range g.Rules {
		if r.Egress != egress {
			continue
		}
		switch strings.TrimPrefix(rest, "ip-permission.") {
		case "cidr":
			out = append(out, r.Peer.CIDR)
		case "group-id":
			out = append(out, r.Peer.Group)
		case "from-port":
			out = append(out, strconv.Itoa(r.From))
		case "to-port":
			out = append(out, strconv.Itoa(r.To))
		default: // protocol
			out = append(out, r.Protocol)
		}
	}
	return out
}

func renderSecurityGroup(q *request, g *securityGroup) []node {
	return []node{
		text("groupId", g.ID), text("groupName", g.GroupName), text("groupDescription", g.Description),
		text("vpcId", g.VPC), text("ownerId", q.account), text("securityGroupArn", q.arn("ec2", "security-group/"+g.ID)),
		q.renderPermissions("ipPermissions", g, false), q.renderPermissions("ipPermissionsEgress", g, true),
		tagSet(g.Tags),
	}
}

// describeSecurityGroups takes names as well as ids. Names work in a default
// VPC only, which this account does not have; so a name is never found.
func describeSecurityGroups(q *request) (any, error) {
	if names := q.form.list("GroupName"); len(names) > 0 {
		return nil, fail(http.StatusBadRequest, "InvalidGroup.NotFound", "The security groups '%s' do not exist in default VPC 'null'", strings.Join(names, ", "))
	}
	return securityGroups.describe(q)
}

// newDefaultGroup is born with its VPC: all from itself, all to everywhere.
func newDefaultGroup(q *request, v *vpc) string {
	g := &securityGroup{
		ec2Object: ec2Object{Meta: sandbox.Meta{Region: q.region, ID: newID(q.tx, "sg-")}},
		GroupName: "default", Description: "default VPC security group", VPC: v.ID,
	}
	g.Rules = []groupRule{
		{ID: newID(q.tx, "sgr-"), Protocol: "-1", From: -1, To: -1, Peer: rulePeer{Group: g.ID}},
		allowAll(q),
	}
	securityGroups.table.Put(q.tx, g)
	return g.ID
}

func allowAll(q *request) groupRule {
	return groupRule{ID: newID(q.tx, "sgr-"), Egress: true, Protocol: "-1", From: -1, To: -1, Peer: rulePeer{CIDR: "0.0.0.0/0"}}
}

var (
	// Compiled when first asked: so long a repetition costs every start of the
	// program memory and time.
	groupNamePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}$`) })
	groupTextPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}$`) })
)

func createSecurityGroup(q *request) (any, error) {
	v, err := vpcs.named(q, "VpcId")
	if err != nil {
		return nil, err
	}
	name, err := q.form.required("GroupName")
	if err != nil {
		return nil, err
	}
	description, err := q.form.required("GroupDescription")
	if err != nil {
		return nil, err
	}
	tags, err := q.tagSpecification("security-group")
	if err != nil {
		return nil, err
	}
	switch {
	case name == "default":
		return nil, fail(http.StatusBadRequest, "InvalidGroup.Reserved", "The security group '%s' is reserved", name)
	case !groupNamePattern().MatchString(name) || strings.HasPrefix(name, "sg-"):
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter GroupName is invalid. Character sets beyond ASCII are not supported, and names do not begin with sg-.", name)
	case !groupTextPattern().MatchString(description):
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.", description)
	case exists(securityGroups, q.tx, q.region, func(g *securityGroup) bool { return g.VPC == v.ID && g.GroupName == name }):
		return nil, fail(http.StatusBadRequest, "InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", name, v.ID)
	case len(securityGroups.table.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaGroups):
		return nil, fail(http.StatusBadRequest, "SecurityGroupLimitExceeded", "The maximum number of security groups has been reached.")
	}
	g := q.newSecurityGroup(v.ID, name, description, tags)
	q.object(g.ID)
	return []node{
		flag("return", true), text("groupId", g.ID), text("securityGroupArn", q.arn("ec2", "security-group/"+g.ID)), tagSet(g.Tags),
	}, nil
}

// newSecurityGroup makes a group that lets everything out and nothing in, for
// an account or for a service of AWS (EKS makes one with each cluster).
func (q *request) newSecurityGroup(vpc, name, description string, tags map[string]string) *securityGroup {
	g := &securityGroup{
		ec2Object: ec2Object{
			Meta:   sandbox.Meta{Region: q.region, ID: newID(q.tx, "sg-"), Tags: tags},
			Unseen: q.tx.SettingInt("aws/ec2/read_after_write", 0),
		},
		GroupName: name, Description: description, VPC: vpc, Rules: []groupRule{allowAll(q)},
	}
	securityGroups.table.Put(q.tx, g)
	return g
}

// group finds the group that an operation is about.
func (q *request) group() (*securityGroup, error) {
	if name := q.form.text("GroupName"); name != "" {
		return nil, securityGroups.missing(name) // names need a default VPC
	}
	return securityGroups.named(q, "GroupId")
}

func deleteSecurityGroup(q *request) (any, error) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	if g.GroupName == "default" {
		return nil, fail(http.StatusBadRequest, "CannotDelete", "the specified group: \"%s\" name: \"default\" cannot be deleted by a user", g.ID)
	}
	uses := func(i *networkInterface) bool { return slices.Contains(i.Groups, g.ID) }
	named := func(o *securityGroup) bool {
		return o.ID != g.ID && slices.ContainsFunc(o.Rules, func(r groupRule) bool { return r.Peer.Group == g.ID })
	}
	if exists(interfaces, q.tx, q.region, uses) || exists(securityGroups, q.tx, q.region, named) {
		_ = q.refuseBusy("security group", g.ID, uses) // what is leaving takes a step
		return nil, fail(http.StatusBadRequest, "DependencyViolation", "resource %s has a dependent object", g.ID)
	}
	securityGroups.table.Delete(q.tx, q.region, g.ID)
	return []node{flag("return", true), text("groupId", g.ID)}, nil
}

// checkGroups proves that groups exist, are in that VPC, and are not too many
// for one interface.
func (q *request) checkGroups(vpc string, ids []string) error {
	for _, id := range ids {
		g, err := securityGroups.get(q, id)
		if err != nil {
			return err
		}
		if g.VPC != vpc {
			return fail(http.StatusBadRequest, "InvalidGroup.NotFound", "The security group '%s' does not exist in VPC '%s'", id, vpc)
		}
	}
	if len(ids) > quota(q.tx, q.region, quotaGroupsPerENI) {
		return fail(http.StatusBadRequest, "SecurityGroupsPerInterfaceLimitExceeded", "The maximum number of security groups per network interface has been reached.")
	}
	return nil
}
