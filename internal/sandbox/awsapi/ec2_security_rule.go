package awsapi

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// groupRule is one rule of a security group: one peer, one range of ports.
type groupRule struct {
	ID          string            `json:"id"`
	Egress      bool              `json:"egress"`
	Protocol    string            `json:"protocol"` // tcp, udp, icmp, -1, or a number
	From        int               `json:"from"`     // -1: all
	To          int               `json:"to"`
	Peer        rulePeer          `json:"peer"`
	Description string            `json:"description,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
}

// rulePeer is the other side: exactly one of the fields is set.
type rulePeer struct {
	CIDR  string `json:"cidr,omitempty"`
	CIDR6 string `json:"cidr6,omitempty"`
	List  string `json:"list,omitempty"`
	Group string `json:"group,omitempty"`
}

func (p rulePeer) String() string { return p.CIDR + p.CIDR6 + p.List + p.Group }

// same says whether two rules are the same to EC2: descriptions don't count.
func (r groupRule) same(o groupRule) bool {
	return r.Egress == o.Egress && r.Protocol == o.Protocol && r.From == o.From && r.To == o.To && r.Peer == o.Peer
}

// label is how EC2 spells a rule in its errors.
func (r groupRule) label() string {
	if r.Protocol == "-1" {
		return fmt.Sprintf("peer: %s, ALL, ALLOW", r.Peer)
	}
	return fmt.Sprintf("peer: %s, %s, from port: %d, to port: %d, ALLOW", r.Peer, strings.ToUpper(r.Protocol), r.From, r.To)
}

func ports(r groupRule) []node {
	if r.Protocol == "-1" {
		return []node{text("ipProtocol", r.Protocol)}
	}
	return []node{text("ipProtocol", r.Protocol), num("fromPort", r.From), num("toPort", r.To)}
}

// renderPermissions gathers rules by protocol and ports, as DescribeSecurityGroups
// shows them.
func (q *request) renderPermissions(name string, g *securityGroup, egress bool) node {
	type bucket struct {
		first groupRule
		rules []groupRule
	}
	var buckets []*bucket
	for _, r := range g.Rules {
		if r.Egress != egress {
			continue
		}
		i := slices.IndexFunc(buckets, func(b *bucket) bool {
			return b.first.Protocol == r.Protocol && b.first.From == r.From && b.first.To == r.To
		})
		if i < 0 {
			buckets = append(buckets, &bucket{first: r})
			i = len(buckets) - 1
		}
		buckets[i].rules = append(buckets[i].rules, r)
	}
	return items(name, buckets, func(b *bucket) []node {
		with := func(peer func(rulePeer) string) []groupRule {
			return slices.DeleteFunc(slices.Clone(b.rules), func(r groupRule) bool { return peer(r.Peer) == "" })
		}
		return append(ports(b.first),
			items("groups", with(func(p rulePeer) string { return p.Group }), func(r groupRule) []node {
				return []node{text("userId", q.account), text("groupId", r.Peer.Group), text("description", r.Description)}
			}),
			items("ipRanges", with(func(p rulePeer) string { return p.CIDR }), func(r groupRule) []node {
				return []node{text("cidrIp", r.Peer.CIDR), text("description", r.Description)}
			}),
			items("ipv6Ranges", with(func(p rulePeer) string { return p.CIDR6 }), func(r groupRule) []node {
				return []node{text("cidrIpv6", r.Peer.CIDR6), text("description", r.Description)}
			}),
			items("prefixListIds", with(func(p rulePeer) string { return p.List }), func(r groupRule) []node {
				return []node{text("prefixListId", r.Peer.List), text("description", r.Description)}
			}))
	})
}

func (q *request) renderRule(g *securityGroup, r groupRule) []node {
	referenced := node{}
	if r.Peer.Group != "" {
		referenced = group("referencedGroupInfo", text("groupId", r.Peer.Group), text("userId", q.account))
	}
	return []node{
		text("securityGroupRuleId", r.ID), text("groupId", g.ID), text("groupOwnerId", q.account), flag("isEgress", r.Egress),
		text("ipProtocol", r.Protocol), num("fromPort", r.From), num("toPort", r.To),
		text("cidrIpv4", r.Peer.CIDR), text("cidrIpv6", r.Peer.CIDR6), text("prefixListId", r.Peer.List), referenced,
		text("description", r.Description), tagSet(r.Tags),
		text("securityGroupRuleArn", q.arn("ec2", "security-group-rule/"+r.ID)),
	}
}

// readRules reads IpPermissions, or the flat parameters that mean one of them.
func (q *request) readRules(egress bool) ([]groupRule, error) {
	permissions := q.form.each("IpPermissions")
	if len(permissions) == 0 && q.form.has("IpProtocol") {
		flat, err := readPorts(q.form, egress)
		if err != nil {
			return nil, err
		}
		flat.Peer.CIDR, err = cidrOf(q.form, "CidrIp", false)
		return []groupRule{flat}, err
	}
	var out []groupRule
	for _, p := range permissions {
		base, err := readPorts(p, egress)
		if err != nil {
			return nil, err
		}
		before := len(out)
		for _, peer := range []struct{ list, field string }{
			{"IpRanges", "CidrIp"}, {"Ipv6Ranges", "CidrIpv6"}, {"PrefixListIds", "PrefixListId"}, {"Groups", "GroupId"},
		} {
			for _, f := range p.each(peer.list) {
				r := base
				r.Description = f.text("Description")
				if !groupTextPattern().MatchString(r.Description) {
					return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*")
				}
				if r.Peer, err = q.readPeer(f, peer.field); err != nil {
					return nil, err
				}
				out = append(out, r)
			}
		}
		if len(out) == before {
			return nil, fail(http.StatusBadRequest, "MissingParameter", "The request must contain the source or destination of each rule")
		}
	}
	return out, nil
}

func (q *request) readPeer(f *form, field string) (rulePeer, error) {
	switch field {
	case "CidrIp":
		cidr, err := cidrOf(f, field, false)
		return rulePeer{CIDR: cidr}, err
	case "CidrIpv6":
		cidr, err := cidrOf(f, field, true)
		return rulePeer{CIDR6: cidr}, err
	case "PrefixListId":
		id := f.text(field)
		if _, ok := prefixListByID(q.region, id); !ok {
			return rulePeer{}, fail(http.StatusBadRequest, "InvalidPrefixListID.NotFound", "The prefix list ID '%s' does not exist", id)
		}
		return rulePeer{List: id}, nil
	default:
		f.ignore("UserId", "VpcId") // this account's, and the group's own
		id := f.text(field)
		if _, err := securityGroups.get(q, id); err != nil {
			return rulePeer{}, err
		}
		return rulePeer{Group: id}, nil
	}
}

func cidrOf(f *form, field string, six bool) (string, error) {
	given := f.text(field)
	p, err := netip.ParsePrefix(given)
	if err != nil || p.Addr().Is6() != six {
		return "", fail(http.StatusBadRequest, "InvalidParameterValue", "CIDR block %s is malformed", given)
	}
	return p.Masked().String(), nil
}

var protocolNames = map[string]string{"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}

func readPorts(f *form, egress bool) (groupRule, error) {
	r := groupRule{Egress: egress, Protocol: strings.ToLower(f.text("IpProtocol")), From: -1, To: -1}
	if name, ok := protocolNames[r.Protocol]; ok {
		r.Protocol = name
	}
	from, err := f.number("FromPort", -1)
	if err != nil {
		return r, err
	}
	to, err := f.number("ToPort", -1)
	if err != nil {
		return r, err
	}
	switch r.Protocol {
	case "-1":
		return r, nil // whatever ports were given, they are all
	case "tcp", "udp":
		if from < 0 || to > 65535 || from > to {
			return r, fail(http.StatusBadRequest, "InvalidParameterValue", "Invalid TCP/UDP port range (%d:%d)", from, to)
		}
	case "icmp", "icmpv6":
	default:
		if n, err := strconv.Atoi(r.Protocol); err != nil || n < 0 || n > 255 {
			return r, fail(http.StatusBadRequest, "InvalidPermission.Malformed", "Unsupported IP protocol \"%s\" - supported: [tcp, udp, icmp, icmpv6, -1 or a number]", r.Protocol)
		}
		return r, nil
	}
	r.From, r.To = from, to
	return r, nil
}

func authorizeIngress(q *request) (any, error) { return authorize(q, false) }
func authorizeEgress(q *request) (any, error)  { return authorize(q, true) }

func authorize(q *request, egress bool) (any, error) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	rules, err := q.readRules(egress)
	if err != nil {
		return nil, err
	}
	if len(rules) == 0 {
		return nil, fail(http.StatusBadRequest, "MissingParameter", "The request must contain IpPermissions")
	}
	tags, err := q.tagSpecification("security-group-rule")
	if err != nil {
		return nil, err
	}
	all := slices.Clone(g.Rules)
	for i := range rules {
		if slices.ContainsFunc(all, rules[i].same) {
			return nil, fail(http.StatusBadRequest, "InvalidPermission.Duplicate", "the specified rule \"%s\" already exists", rules[i].label())
		}
		rules[i].ID, rules[i].Tags = newID(q.tx, "sgr-"), tags
		all = append(all, rules[i])
	}
	if n := weight(all, egress); n > quota(q.tx, q.region, quotaRules) {
		return nil, fail(http.StatusBadRequest, "RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
	}
	g.Rules = all
	securityGroups.table.Put(q.tx, g)
	return []node{
		flag("return", true),
		items("securityGroupRuleSet", rules, func(r groupRule) []node { return q.renderRule(g, r) }),
	}, nil
}

// weight counts the rules of one direction; IPv4 and IPv6 are counted apart.
func weight(rules []groupRule, egress bool) int {
	four, six := 0, 0
	for _, r := range rules {
		switch {
		case r.Egress != egress:
		case r.Peer.CIDR6 != "":
			six++
		default:
			four++
		}
	}
	return max(four, six)
}

func revokeIngress(q *request) (any, error) { return revoke(q, false) }
func revokeEgress(q *request) (any, error)  { return revoke(q, true) }

func revoke(q *request, egress bool) (any, error) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	wanted, err := q.readRules(egress)
	if err != nil {
		return nil, err
	}
	var gone []groupRule
	for _, w := range wanted {
		i := slices.IndexFunc(g.Rules, w.same)
		if i < 0 {
			return nil, fail(http.StatusBadRequest, "InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
		}
		gone = append(gone, g.Rules[i])
	}
	for _, id := range q.form.list("SecurityGroupRuleId") {
		i := slices.IndexFunc(g.Rules, func(r groupRule) bool { return r.ID == id && r.Egress == egress })
		if i < 0 {
			return nil, fail(http.StatusBadRequest, "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist", id)
		}
		gone = append(gone, g.Rules[i])
	}
	if len(gone) == 0 {
		return nil, fail(http.StatusBadRequest, "MissingParameter", "The request must contain IpPermissions or SecurityGroupRuleIds")
	}
	g.Rules = slices.DeleteFunc(slices.Clone(g.Rules), func(r groupRule) bool {
		return slices.ContainsFunc(gone, func(o groupRule) bool { return o.ID == r.ID })
	})
	securityGroups.table.Put(q.tx, g)
	return []node{
		flag("return", true),
		items("revokedSecurityGroupRuleSet", gone, func(r groupRule) []node {
			return []node{
				text("securityGroupRuleId", r.ID), text("groupId", g.ID), flag("isEgress", r.Egress), text("ipProtocol", r.Protocol),
				num("fromPort", r.From), num("toPort", r.To), text("cidrIpv4", r.Peer.CIDR), text("cidrIpv6", r.Peer.CIDR6),
				text("prefixListId", r.Peer.List), text("referencedGroupId", r.Peer.Group), text("description", r.Description),
			}
		}),
	}, nil
}

func describeRulesIngress(q *request) (any, error) { return updateDescriptions(q, false) }
func describeRulesEgress(q *request) (any, error)  { return updateDescriptions(q, true) }

// updateDescriptions changes what rules say of themselves, by rule or by id.
func updateDescriptions(q *request, egress bool) (any, error) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	wanted, err := q.readRules(egress)
	if err != nil {
		return nil, err
	}
	g.Rules = slices.Clone(g.Rules)
	for _, w := range wanted {
		i := slices.IndexFunc(g.Rules, w.same)
		if i < 0 {
			return nil, fail(http.StatusBadRequest, "InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
		}
		g.Rules[i].Description = w.Description
	}
	for _, f := range q.form.each("SecurityGroupRuleDescription") {
		id := f.text("SecurityGroupRuleId")
		i := slices.IndexFunc(g.Rules, func(r groupRule) bool { return r.ID == id && r.Egress == egress })
		if i < 0 {
			return nil, fail(http.StatusBadRequest, "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist", id)
		}
		g.Rules[i].Description = f.text("Description")
	}
	securityGroups.table.Put(q.tx, g)
	return []node{flag("return", true)}, nil
}

// modifyRules changes rules in place, keeping their ids.
func modifyRules(q *request) (any, error) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	g.Rules = slices.Clone(g.Rules)
	for _, f := range q.form.each("SecurityGroupRule") {
		id := f.text("SecurityGroupRuleId")
		i := slices.IndexFunc(g.Rules, func(r groupRule) bool { return r.ID == id })
		if i < 0 {
			return nil, fail(http.StatusBadRequest, "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist", id)
		}
		given := f.sub("SecurityGroupRule")
		changed, err := readPorts(given, g.Rules[i].Egress)
		if err != nil {
			return nil, err
		}
		for _, field := range []struct{ own, peer string }{
			{"CidrIpv4", "CidrIp"}, {"CidrIpv6", "CidrIpv6"}, {"PrefixListId", "PrefixListId"}, {"ReferencedGroupId", "GroupId"},
		} {
			if value := given.text(field.own); value != "" {
				one := newForm(map[string][]string{field.peer: {value}}, "")
				if changed.Peer, err = q.readPeer(one, field.peer); err != nil {
					return nil, err
				}
			}
		}
		changed.ID, changed.Tags, changed.Description = id, g.Rules[i].Tags, given.text("Description")
		twin := slices.IndexFunc(g.Rules, changed.same)
		if twin >= 0 && twin != i {
			return nil, fail(http.StatusBadRequest, "InvalidPermission.Duplicate", "the specified rule \"%s\" already exists", changed.label())
		}
		g.Rules[i] = changed
	}
	securityGroups.table.Put(q.tx, g)
	return []node{flag("return", true)}, nil
}
