package awsapi

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// plants are the things that Kubernetes leaves behind, and what a test may
// need to find there before Terraform comes. Arguments: see each text.
var plants = map[string]struct {
	help  string
	plant func(q *request, arguments map[string]string) error
}{
	"load-balancer": {
		"what a Service of type LoadBalancer makes: the load balancer, its interfaces, security group and target group. cluster=NAME, vpc=ID (that of the cluster), kind=network|application, name=NAME",
		plantLoadBalancer,
	},
	"volume": {
		"what a PersistentVolumeClaim makes: an EBS volume. cluster=NAME, zone=ZONE, size=GIB, name=PVC",
		plantVolume,
	},
	"network-interface": {
		"what a node that died leaves: a detached interface of the CNI plugin. cluster=NAME, vpc=ID, subnet=ID",
		plantInterface,
	},
	"security-group": {
		"what the load balancer controller shares between load balancers: its backend security group. cluster=NAME, vpc=ID",
		func(q *request, arguments map[string]string) error {
			v, err := q.plantVPC(arguments)
			if err != nil {
				return err
			}
			q.plantGroup(v, arguments["cluster"], "backend")
			return nil
		},
	},
	"transit-gateway": {
		"a hub that another team runs. name=NAME, share=ACCOUNT,ACCOUNT (accounts that may attach to it)",
		plantTransit,
	},
	"account": {
		"another account of the organisation, with a role that this one may take. account=TWELVE-DIGITS, role=NAME",
		plantAccount,
	},
}

// Plants says what can be planted. All take region=REGION and account=ID too.
func (a *api) Plants() map[string]string {
	out := map[string]string{}
	for name, p := range plants {
		out[name] = p.help
	}
	return out
}

// Plant makes something behind Terraform's back and returns what was made.
func (a *api) Plant(tx *sandbox.Tx, what string, arguments map[string]string) ([]sandbox.Object, error) {
	arguments = maps.Clone(arguments)
	region := arguments["region"]
	if region == "" {
		region = onlyRegion(tx)
	}
	if !knownRegion(region) {
		return nil, fmt.Errorf("plant %s: say where with region=REGION; there is no region %q", what, region)
	}
	in := tx.Account()
	if id := arguments["account"]; id != "" {
		if !accountID.MatchString(id) {
			return nil, fmt.Errorf("plant %s: account=%s is not the id of an account, which has twelve digits", what, id)
		}
		in = inside(tx, id)
	}
	before := tx.Objects(true)
	q := &request{
		tx: tx, call: &sandbox.Call{Cloud: cloud, Service: "ec2", Region: region},
		region: region, account: accountOf(tx, in), form: newForm(nil, ""),
	}
	var err error
	tx.Inside(in, func() { err = plants[what].plant(q, arguments) })
	if err != nil {
		return nil, fmt.Errorf("plant %s: %w", what, err)
	}
	made := slices.DeleteFunc(tx.Objects(true), func(o sandbox.Object) bool {
		return slices.ContainsFunc(before, func(b sandbox.Object) bool { return b.Type == o.Type && b.Region == o.Region && b.ID == o.ID })
	})
	return made, nil
}

// onlyRegion is the region in which all VPCs are, or "".
func onlyRegion(tx *sandbox.Tx) string {
	region := ""
	for _, v := range vpcs.table.List(tx, "*") {
		if region != "" && v.Region != region {
			return ""
		}
		region = v.Region
	}
	return region
}

// plantVPC is the VPC asked for, or the one in which the cluster's security
// group is.
func (q *request) plantVPC(arguments map[string]string) (*vpc, error) {
	if id := arguments["vpc"]; id != "" {
		return vpcs.get(q, id)
	}
	name := arguments["cluster"]
	if name == "" {
		return nil, fmt.Errorf("cluster=NAME says whose it is, as its tags will")
	}
	g, ok := securityGroups.table.First(q.tx, q.region, func(g *securityGroup) bool {
		return g.Tags["kubernetes.io/cluster/"+name] == "owned" || g.Tags["aws:eks:cluster-name"] == name
	})
	if !ok {
		return nil, fmt.Errorf("no security group of a cluster %q is in %s; say vpc=ID", name, q.region)
	}
	return vpcs.get(q, g.VPC)
}

// plantSubnets are one subnet for each zone: those meant for internal load
// balancers if there are any.
func (q *request) plantSubnets(v *vpc) []string {
	var out []string
	zones := map[string]bool{}
	all := subnets.table.Where(q.tx, q.region, func(s *subnet) bool { return s.VPC == v.ID })
	slices.SortStableFunc(all, func(a, b *subnet) int {
		return len(b.Tags["kubernetes.io/role/internal-elb"]) - len(a.Tags["kubernetes.io/role/internal-elb"])
	})
	for _, s := range all {
		if !zones[s.Zone] {
			zones[s.Zone] = true
			out = append(out, s.ID)
		}
	}
	return out
}

func (q *request) plantGroup(v *vpc, cluster, purpose string) *securityGroup {
	name := fmt.Sprintf("k8s-%s-%s-%s", purpose, short(cluster), q.tx.Hex(10))
	return q.newSecurityGroup(v.ID, name, "[k8s] "+purpose+" security group", map[string]string{
		"elbv2.k8s.aws/cluster": cluster, "elbv2.k8s.aws/resource": purpose + "-sg", "kubernetes.io/cluster/" + cluster: "owned",
	})
}

// short is a cluster's name as it fits into a load balancer's.
func short(name string) string { return name[:min(len(name), 8)] }

func plantLoadBalancer(q *request, arguments map[string]string) error {
	v, err := q.plantVPC(arguments)
	if err != nil {
		return err
	}
	cluster, name := arguments["cluster"], arguments["name"]
	if name == "" {
		name = "web"
	}
	tags := map[string]string{
		"elbv2.k8s.aws/cluster": cluster, "service.k8s.aws/stack": "default/" + name, "service.k8s.aws/resource": "LoadBalancer",
		"kubernetes.io/cluster/" + cluster: "owned", "kubernetes.io/service-name": "default/" + name,
	}
	b := &loadBalancer{
		Meta: sandbox.Meta{Region: q.region, Name: fmt.Sprintf("k8s-default-%s-%s", short(name), q.tx.Hex(10)), Tags: tags},
		Kind: arguments["kind"], Scheme: "internal", Subnets: q.plantSubnets(v),
	}
	if b.Kind == "" {
		b.Kind = "network"
	}
	b.Groups = []string{q.plantGroup(v, cluster, "managed").ID}
	if err := q.newLoadBalancer(b); err != nil {
		return err
	}
	targetGroups.Put(q.tx, &targetGroup{
		Meta: sandbox.Meta{
			Region: q.region, Name: b.Name, Tags: maps.Clone(tags), ID: q.arn("elasticloadbalancing", "targetgroup/"+b.Name+"/"+q.tx.Hex(16)),
		},
		Protocol: "TCP", Port: 80, VPC: v.ID, TargetType: "ip", Balancer: b.ID,
	})
	return nil
}

func plantVolume(q *request, arguments map[string]string) error {
	cluster, name := arguments["cluster"], arguments["name"]
	if cluster == "" {
		return fmt.Errorf("cluster=NAME says whose it is, as its tags will")
	}
	if name == "" {
		name = "data-db-0"
	}
	z := regions[q.region][0]
	if given := arguments["zone"]; given != "" {
		var ok bool
		if z, ok = zoneNamed(q.region, given); !ok {
			return fmt.Errorf("there is no zone %q in %s", given, q.region)
		}
	}
	gib := 20
	if given := arguments["size"]; given != "" {
		var err error
		if gib, err = strconv.Atoi(given); err != nil {
			return fmt.Errorf("size=%s is not a number of GiB", given)
		}
	}
	pv := "pvc-" + q.tx.UUID()
	volumes.table.Put(q.tx, &volume{
		ec2Object: ec2Object{Meta: sandbox.Meta{Region: q.region, ID: newID(q.tx, "vol-"), Tags: map[string]string{
			"kubernetes.io/cluster/" + cluster: "owned", "ebs.csi.aws.com/cluster": "true", "CSIVolumeName": pv, "KubernetesCluster": cluster,
			"kubernetes.io/created-for/pv/name": pv, "kubernetes.io/created-for/pvc/name": name, "kubernetes.io/created-for/pvc/namespace": "default",
		}}},
		Zone: z.name, Size: gib, Kind: "gp3", IOPS: 3000, Throughput: 125, Encrypted: true, Created: q.tx.Now(),
	})
	return nil
}

func plantInterface(q *request, arguments map[string]string) error {
	v, err := q.plantVPC(arguments)
	if err != nil {
		return err
	}
	cluster, in := arguments["cluster"], arguments["subnet"]
	if in == "" {
		all := q.plantSubnets(v)
		if len(all) == 0 {
			return fmt.Errorf("the VPC %s has no subnet", v.ID)
		}
		in = all[0]
	}
	var groups []string
	for _, g := range securityGroups.table.Where(q.tx, q.region, func(g *securityGroup) bool {
		return g.VPC == v.ID && (g.Tags["aws:eks:cluster-name"] == cluster || g.Tags["kubernetes.io/cluster/"+cluster] == "owned")
	}) {
		groups = append(groups, g.ID)
		break
	}
	node := newID(q.tx, "i-")
	_, err = q.newInterface(interfaceSpec{Subnet: in, Groups: groups, Description: "aws-K8S-" + node, Tags: map[string]string{
		"cluster.k8s.amazonaws.com/name": cluster, "node.k8s.amazonaws.com/instance_id": node,
		"kubernetes.io/cluster/" + cluster: "owned", "node.k8s.amazonaws.com/createdAt": q.tx.Now().Format("2006-01-02T15:04:05Z"),
	}})
	return err
}

func plantTransit(q *request, arguments map[string]string) error {
	name := arguments["name"]
	if name == "" {
		name = "hub"
	}
	g := &transitGateway{
		ec2Object: q.newObject("tgw-", map[string]string{"Name": name}), ASN: 64512, State: "available", Created: q.tx.Now(),
		Options: transitOptions{
			"AutoAcceptSharedAttachments": "disable", "DefaultRouteTableAssociation": "enable", "DefaultRouteTablePropagation": "enable",
			"VpnEcmpSupport": "enable", "DnsSupport": "enable", "SecurityGroupReferencingSupport": "disable", "MulticastSupport": "disable",
		},
	}
	t := &transitTable{
		ec2Object: ec2Object{Meta: sandbox.Meta{Region: q.region, ID: newID(q.tx, "tgw-rtb-")}},
		Gateway:   g.ID, Default: true, Created: q.tx.Now(),
	}
	g.DefaultTable = t.ID
	transitTables.table.Put(q.tx, t)
	transitGateways.table.Put(q.tx, g)
	for _, to := range strings.FieldsFunc(arguments["share"], func(c rune) bool { return c == ',' }) {
		shares.Put(q.tx, &share{
			Meta: sandbox.Meta{Region: q.region, ID: g.ID + "/" + to, Hidden: true}, Resource: g.ID, From: q.tx.Account(), To: inside(q.tx, to),
		})
	}
	return nil
}

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// plantAccount makes the role by which the sandbox's own account gets into
// another one; everything else there is made by whoever takes it.
func plantAccount(q *request, arguments map[string]string) error {
	if arguments["account"] == "" {
		return fmt.Errorf("account=ID says which one")
	}
	name := arguments["role"]
	if name == "" {
		name = "deployer"
	}
	if _, taken := roleNamed(q.tx, name); taken {
		return fmt.Errorf("the role %s is there already", name)
	}
	iamRoles.Put(q.tx, &iamRole{
		Meta: sandbox.Meta{ID: name, Name: name}, RoleID: iamID(q.tx, "AROA"), ARN: iamARN(q.account, "role/"+name), Path: "/",
		MaxSession: 3600, Created: q.tx.Now(),
		Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` +
			iamARN(accountOf(q.tx, ""), "root") + `"},"Action":"sts:AssumeRole"}]}`,
	})
	return nil
}
