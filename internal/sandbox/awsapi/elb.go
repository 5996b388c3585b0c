package awsapi

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// elbService is Elastic Load Balancing v2: what controllers in a cluster leave
// behind, and what is needed to find and remove it. Listeners and targets are
// not modelled.
func elbService() *service {
	return &service{
		name:     "elasticloadbalancing",
		protocol: query{version: "2015-12-01", namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"},
		operations: operations{
			"CreateLoadBalancer":    {run: createLoadBalancer},
			"DescribeLoadBalancers": {run: describeLoadBalancers},
			"DeleteLoadBalancer":    {run: deleteLoadBalancer},
			"CreateTargetGroup":     {run: createTargetGroup},
			"DescribeTargetGroups":  {run: describeTargetGroups},
			"DeleteTargetGroup":     {run: deleteTargetGroup},
			"DescribeTags":          {run: describeLoadBalancerTags},
			"AddTags":               {run: addLoadBalancerTags},
			"RemoveTags":            {run: removeLoadBalancerTags},
		},
	}
}

// loadBalancer is an application or network load balancer. Its id is its ARN.
type loadBalancer struct {
	sandbox.Meta
	Kind     string           `json:"kind"`   // application, network
	Scheme   string           `json:"scheme"` // internal, internet-facing
	VPC      string           `json:"vpc"`
	Subnets  []string         `json:"subnets"`
	Groups   []string         `json:"groups,omitempty"`
	State    string           `json:"state"` // provisioning, active
	Created  time.Time        `json:"created"`
	Progress sandbox.Progress `json:"progress"`
}

// targetGroup is where a load balancer sends traffic. Its id is its ARN.
type targetGroup struct {
	sandbox.Meta
	Protocol   string `json:"protocol"`
	Port       int    `json:"port"`
	VPC        string `json:"vpc"`
	TargetType string `json:"target_type"`
	Balancer   string `json:"balancer,omitempty"`
}

var (
	loadBalancers = sandbox.NewTable[loadBalancer](cloud, "elbv2/load-balancer")
	targetGroups  = sandbox.NewTable[targetGroup](cloud, "elbv2/target-group")
)

// resource is the part of the ARN that interfaces name in their description:
// app/NAME/HEX.
func (b *loadBalancer) resource() string {
	_, resource, _ := strings.Cut(b.ID, ":loadbalancer/")
	return resource
}

var balancerNamePattern = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$`)

func createLoadBalancer(q *request) (any, error) {
	name, err := q.form.required("Name")
	if err != nil {
		return nil, err
	}
	tags, err := q.memberTags("Tags")
	if err != nil {
		return nil, err
	}
	b := &loadBalancer{
		Meta: sandbox.Meta{Region: q.region, Name: name, Tags: tags}, Kind: q.form.text("Type"), Scheme: q.form.text("Scheme"),
		Subnets: q.form.list("Subnets"), Groups: q.form.list("SecurityGroups"),
	}
	for _, m := range q.form.each("SubnetMappings") {
		b.Subnets = append(b.Subnets, m.text("SubnetId"))
	}
	if ip := q.form.text("IpAddressType"); ip != "" && ip != "ipv4" {
		return nil, unmodelled(nil, "load balancers with IPv6")
	}
	if err := q.newLoadBalancer(b); err != nil {
		return nil, err
	}
	return []node{members("LoadBalancers", []*loadBalancer{b}, func(b *loadBalancer) []node { return q.renderBalancer(b) })}, nil
}

// newLoadBalancer proves what the service proves and makes the load balancer
// with its interfaces, one a subnet.
func (q *request) newLoadBalancer(b *loadBalancer) error {
	short := map[string]string{"application": "app", "network": "net"}
	if b.Kind == "" {
		b.Kind = "application"
	}
	if b.Scheme == "" {
		b.Scheme = "internet-facing"
	}
	limit := quotaLoadBalancers
	if b.Kind == "network" {
		limit = quotaNetworkLBs
	}
	siblings := slices.DeleteFunc(loadBalancers.List(q.tx, q.region), func(o *loadBalancer) bool { return o.Kind != b.Kind })
	switch {
	case short[b.Kind] == "":
		return unmodelled(nil, "load balancers of type "+b.Kind)
	case b.Scheme != "internal" && b.Scheme != "internet-facing":
		return fail(http.StatusBadRequest, "ValidationError", "Scheme '%s' is not one of internet-facing and internal", b.Scheme)
	case !balancerNamePattern.MatchString(b.Name) || strings.HasPrefix(b.Name, "internal-"):
		return fail(http.StatusBadRequest, "ValidationError", "The load balancer name '%s' is not valid: at most 32 letters, digits and hyphens, not beginning with internal-", b.Name)
	case balancerNamed(q.tx, q.region, b.Name) != nil:
		return fail(http.StatusBadRequest, "DuplicateLoadBalancerName", "A load balancer with the same name '%s' exists, but with different settings", b.Name)
	case len(siblings) >= quota(q.tx, q.region, limit):
		return fail(http.StatusBadRequest, "TooManyLoadBalancers", "The maximum number of load balancers has been reached")
	}
	if err := q.balancerSubnets(b); err != nil {
		return err
	}
	suffix := q.tx.Hex(16)
	b.ID = q.arn("elasticloadbalancing", "loadbalancer/"+short[b.Kind]+"/"+b.Name+"/"+suffix)
	b.State, b.Created, b.Progress = "provisioning", q.tx.Now(), q.tx.Steps("elbv2/load-balancer", 1)
	kind := map[string]string{"application": "interface", "network": "network_load_balancer"}[b.Kind]
	for _, id := range b.Subnets {
		_, err := q.newInterface(interfaceSpec{
			Subnet: id, Groups: b.Groups, Description: "ELB " + b.resource(), Type: kind,
			Requester: "amazon-elb", Managed: true, Owner: b.ID,
		})
		if err != nil {
			return err
		}
	}
	loadBalancers.Put(q.tx, b)
	q.object(b.ID)
	return nil
}

func (q *request) balancerSubnets(b *loadBalancer) error {
	zones := map[string]bool{}
	for _, id := range b.Subnets {
		s, ok := subnets.table.Get(q.tx, q.region, id)
		if !ok {
			return fail(http.StatusBadRequest, "SubnetNotFound", "The subnet ID '%s' does not exist", id)
		}
		if b.VPC == "" {
			b.VPC = s.VPC
		}
		if s.VPC != b.VPC || zones[s.Zone] {
			return fail(http.StatusBadRequest, "InvalidConfigurationRequest", "A load balancer cannot be attached to multiple subnets in the same Availability Zone, or to several VPCs")
		}
		if b.Scheme == "internet-facing" && !publicSubnet(q.tx, s) {
			return fail(http.StatusBadRequest, "InvalidSubnet", "VPC %s has no internet gateway", b.VPC)
		}
		zones[s.Zone] = true
	}
	if least := map[string]int{"application": 2, "network": 1}[b.Kind]; len(zones) < least {
		return fail(http.StatusBadRequest, "ValidationError", "At least two subnets in two different Availability Zones must be specified")
	}
	for _, id := range b.Groups {
		if g, ok := securityGroups.table.Get(q.tx, q.region, id); !ok || g.VPC != b.VPC {
			return fail(http.StatusBadRequest, "InvalidSecurityGroup", "The security group '%s' does not exist", id)
		}
	}
	if v, ok := vpcs.table.Get(q.tx, q.region, b.VPC); ok && len(b.Groups) == 0 && b.Kind == "application" {
		b.Groups = []string{v.DefaultGroup}
	}
	return nil
}

func balancerNamed(tx *sandbox.Tx, region, name string) *loadBalancer {
	b, _ := loadBalancers.First(tx, region, func(b *loadBalancer) bool { return b.Name == name })
	return b
}

func (q *request) renderBalancer(b *loadBalancer) []node {
	prefix := ""
	if b.Scheme == "internal" {
		prefix = "internal-"
	}
	return []node{
		text("LoadBalancerArn", b.ID), text("LoadBalancerName", b.Name), text("Type", b.Kind), text("Scheme", b.Scheme), text("VpcId", b.VPC),
		text("DNSName", prefix+b.Name+"-"+digest(b.ID)[:10]+"."+b.Region+".elb.amazonaws.com"), text("CanonicalHostedZoneId", "Z"+strings.ToUpper(digest(b.Region)[:13])),
		instant("CreatedTime", b.Created), group("State", text("Code", b.State)), text("IpAddressType", "ipv4"),
		members("SecurityGroups", b.Groups, plain),
		members("AvailabilityZones", b.Subnets, func(id string) []node {
			zone := ""
			if s, ok := subnets.table.Get(q.tx, b.Region, id); ok {
				zone = s.Zone
			}
			return []node{text("ZoneName", zone), text("SubnetId", id)}
		}),
	}
}

func noBalancer(what string) *apiError {
	return fail(http.StatusBadRequest, "LoadBalancerNotFound", "One or more load balancers not found: %s", what)
}

func describeLoadBalancers(q *request) (any, error) {
	arns, names := q.form.list("LoadBalancerArns"), q.form.list("Names")
	var found []*loadBalancer
	for _, id := range arns {
		b, ok := loadBalancers.Get(q.tx, q.region, id)
		if !ok {
			return nil, noBalancer("[" + id + "]")
		}
		found = append(found, b)
	}
	for _, name := range names {
		b := balancerNamed(q.tx, q.region, name)
		if b == nil {
			return nil, noBalancer("[" + name + "]")
		}
		found = append(found, b)
	}
	if len(arns)+len(names) == 0 {
		found = loadBalancers.List(q.tx, q.region)
	}
	for _, b := range found {
		if done, moved := b.Progress.Poll(); done && b.State != "active" || moved {
			if done {
				b.State = "active"
			}
			loadBalancers.Put(q.tx, b)
		}
	}
	page, marker, err := marked(q, found, func(b *loadBalancer) uint64 { return b.Sequence })
	if err != nil {
		return nil, err
	}
	return []node{members("LoadBalancers", page, q.renderBalancer), marker}, nil
}

// marked cuts a page by PageSize and Marker.
func marked[T any](q *request, found []T, place func(T) uint64) ([]T, node, error) {
	size, err := q.form.number("PageSize", 400)
	if err != nil {
		return nil, node{}, err
	}
	if size < 1 || size > 400 {
		return nil, node{}, fail(http.StatusBadRequest, "ValidationError", "PageSize is from 1 to 400")
	}
	marker := q.form.text("Marker")
	if _, err := base64.RawURLEncoding.DecodeString(marker); err != nil {
		return nil, node{}, fail(http.StatusBadRequest, "ValidationError", "Invalid marker")
	}
	page, next := paginate(found, size, marker, place)
	return page, text("NextMarker", next), nil
}

// deleteLoadBalancer succeeds whether or not there was one. Its interfaces
// stay for some polls, as they do on AWS.
func deleteLoadBalancer(q *request) (any, error) {
	id, err := q.form.required("LoadBalancerArn")
	if err != nil {
		return nil, err
	}
	q.object(id)
	if b, ok := loadBalancers.Get(q.tx, q.region, id); ok {
		dropBalancer(q.tx, b, q.tx.Steps("elbv2/interface", 1))
	}
	return []node{}, nil
}

func dropBalancer(tx *sandbox.Tx, b *loadBalancer, linger sandbox.Progress) {
	leaveInterfaces(tx, b.Region, linger, func(i *networkInterface) bool { return i.Owner == b.ID })
	for _, t := range targetGroups.Where(tx, b.Region, func(t *targetGroup) bool { return t.Balancer == b.ID }) {
		t.Balancer = ""
		targetGroups.Put(tx, t)
	}
	loadBalancers.Delete(tx, b.Region, b.ID)
}

func createTargetGroup(q *request) (any, error) {
	name, err := q.form.required("Name")
	if err != nil {
		return nil, err
	}
	tags, err := q.memberTags("Tags")
	if err != nil {
		return nil, err
	}
	v, err := vpcs.get(q, q.form.text("VpcId"))
	if err != nil {
		return nil, fail(http.StatusBadRequest, "ValidationError", "The VPC ID '%s' is not found", q.form.text("VpcId"))
	}
	port, err := q.form.number("Port", 0)
	if err != nil {
		return nil, err
	}
	t := &targetGroup{
		Meta:     sandbox.Meta{Region: q.region, Name: name, Tags: tags, ID: q.arn("elasticloadbalancing", "targetgroup/"+name+"/"+q.tx.Hex(16))},
		Protocol: q.form.text("Protocol"), Port: port, VPC: v.ID, TargetType: q.form.text("TargetType"),
	}
	if t.TargetType == "" {
		t.TargetType = "instance"
	}
	twin := func(o *targetGroup) bool { return o.Name == name }
	switch _, taken := targetGroups.First(q.tx, q.region, twin); {
	case taken:
		return nil, fail(http.StatusBadRequest, "DuplicateTargetGroupName", "A target group with the same name '%s' exists, but with different settings", name)
	case !balancerNamePattern.MatchString(name):
		return nil, fail(http.StatusBadRequest, "ValidationError", "The target group name '%s' is not valid", name)
	case len(targetGroups.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaTargetGroups):
		return nil, fail(http.StatusBadRequest, "TooManyTargetGroups", "The maximum number of target groups has been reached")
	}
	targetGroups.Put(q.tx, t)
	q.object(t.ID)
	return []node{members("TargetGroups", []*targetGroup{t}, renderTargetGroup)}, nil
}

func renderTargetGroup(t *targetGroup) []node {
	var used []string
	if t.Balancer != "" {
		used = []string{t.Balancer}
	}
	out := []node{
		text("TargetGroupArn", t.ID), text("TargetGroupName", t.Name), text("Protocol", t.Protocol), text("VpcId", t.VPC),
		text("TargetType", t.TargetType), text("IpAddressType", "ipv4"), members("LoadBalancerArns", used, plain),
	}
	if t.Port > 0 {
		out = append(out, text("Port", strconv.Itoa(t.Port)))
	}
	return out
}

func describeTargetGroups(q *request) (any, error) {
	arns, names, balancer := q.form.list("TargetGroupArns"), q.form.list("Names"), q.form.text("LoadBalancerArn")
	found := targetGroups.Where(q.tx, q.region, func(t *targetGroup) bool {
		return (len(arns) == 0 || slices.Contains(arns, t.ID)) && (len(names) == 0 || slices.Contains(names, t.Name)) &&
			(balancer == "" || t.Balancer == balancer)
	})
	if len(found) < max(len(arns), len(names)) {
		return nil, fail(http.StatusBadRequest, "TargetGroupNotFound", "One or more target groups not found")
	}
	page, marker, err := marked(q, found, func(t *targetGroup) uint64 { return t.Sequence })
	if err != nil {
		return nil, err
	}
	return []node{members("TargetGroups", page, renderTargetGroup), marker}, nil
}

func deleteTargetGroup(q *request) (any, error) {
	id, err := q.form.required("TargetGroupArn")
	if err != nil {
		return nil, err
	}
	q.object(id)
	if t, ok := targetGroups.Get(q.tx, q.region, id); ok && t.Balancer != "" {
		return nil, fail(http.StatusBadRequest, "ResourceInUse", "Target group '%s' is currently in use by a listener or a rule", id)
	}
	targetGroups.Delete(q.tx, q.region, id)
	return []node{}, nil
}
