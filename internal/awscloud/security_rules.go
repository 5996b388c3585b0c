package awscloud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// rule is one admission of a security group.
type rule struct {
	protocol string // "tcp", "udp", "icmp", "-1" for all
	from, to int32  // ports; 0, 0 with protocol "-1"
	source   string // a range, a security group's id or a prefix list's id
}

// String is the rule in a person's words: "10.0.0.0/16 tcp 443".
func (r rule) String() string {
	switch {
	case r.protocol == "-1":
		return r.source + " all traffic"
	case r.from == r.to:
		return fmt.Sprintf("%s %s %d", r.source, r.protocol, r.from)
	}
	return fmt.Sprintf("%s %s %d-%d", r.source, r.protocol, r.from, r.to)
}

// rulesOf flattens EC2's permissions, which hold several sources each.
func rulesOf(permissions []types.IpPermission) []rule {
	var rules []rule
	for _, p := range permissions {
		base := rule{protocol: aws.ToString(p.IpProtocol)}
		if base.protocol != "-1" {
			base.from, base.to = aws.ToInt32(p.FromPort), aws.ToInt32(p.ToPort)
		}
		add := func(source *string) {
			one := base
			one.source = aws.ToString(source)
			rules = append(rules, one)
		}
		for _, source := range p.IpRanges {
			add(source.CidrIp)
		}
		for _, source := range p.Ipv6Ranges {
			add(source.CidrIpv6)
		}
		for _, source := range p.UserIdGroupPairs {
			add(source.GroupId)
		}
		for _, source := range p.PrefixListIds {
			add(source.PrefixListId)
		}
	}
	slices.SortFunc(rules, func(a, b rule) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(rules)
}

// permissions is the reverse of rulesOf.
func permissions(rules []rule, description string) []types.IpPermission {
	var text *string
	if description != "" {
		text = aws.String(description)
	}
	var list []types.IpPermission
	for _, r := range rules {
		p := types.IpPermission{IpProtocol: aws.String(r.protocol)}
		if r.protocol != "-1" {
			p.FromPort, p.ToPort = aws.Int32(r.from), aws.Int32(r.to)
		}
		switch {
		case strings.HasPrefix(r.source, "sg-"):
			p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: aws.String(r.source), Description: text}}
		case strings.HasPrefix(r.source, "pl-"):
			p.PrefixListIds = []types.PrefixListId{{PrefixListId: aws.String(r.source), Description: text}}
		case strings.Contains(r.source, ":"):
			p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: aws.String(r.source), Description: text}}
		default:
			p.IpRanges = []types.IpRange{{CidrIp: aws.String(r.source), Description: text}}
		}
		list = append(list, p)
	}
	return list
}

// ensureRules makes the rules of one direction of a group exactly what is
// wanted, and tells whether anything changed. New rules come before old ones
// go. Rules that exist or are gone already are no error: an attempt whose
// answer was lost did that.
func (a *api) ensureRules(ctx context.Context, object, group string, egress bool, have []types.IpPermission, want []rule, description string) (bool, error) {
	standing := rulesOf(have)
	var add, drop []rule
	for _, r := range want {
		if !slices.Contains(standing, r) && !slices.Contains(add, r) {
			add = append(add, r)
		}
	}
	for _, r := range standing {
		if !slices.Contains(want, r) {
			drop = append(drop, r)
		}
	}
	for _, r := range add {
		one := permissions([]rule{r}, description)
		_, err := settle(ctx, a.poll, func(ctx context.Context) (struct{}, error) {
			if egress {
				_, err := a.ec2.AuthorizeSecurityGroupEgress(ctx, &ec2.AuthorizeSecurityGroupEgressInput{GroupId: aws.String(group), IpPermissions: one})
				return struct{}{}, err
			}
			_, err := a.ec2.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: aws.String(group), IpPermissions: one})
			return struct{}{}, err
		})
		if err != nil && !isCode(err, "InvalidPermission.Duplicate") {
			return true, wrap(err, object)
		}
	}
	for _, r := range drop {
		one := permissions([]rule{r}, "")
		_, err := commit(ctx, func(ctx context.Context) (struct{}, error) {
			if egress {
				_, err := a.ec2.RevokeSecurityGroupEgress(ctx, &ec2.RevokeSecurityGroupEgressInput{GroupId: aws.String(group), IpPermissions: one})
				return struct{}{}, err
			}
			_, err := a.ec2.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: aws.String(group), IpPermissions: one})
			return struct{}{}, err
		})
		if unlessNotFound(err) != nil {
			return true, wrap(err, object)
		}
	}
	return len(add)+len(drop) > 0, nil
}
