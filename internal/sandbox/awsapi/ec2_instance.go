package awsapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// instance is a virtual machine. Nobody runs one here by hand: node groups do,
// through launchInstance.
type instance struct {
	ec2Object
	Type      string           `json:"type"`
	Image     string           `json:"image"`
	Subnet    string           `json:"subnet"`
	VPC       string           `json:"vpc"`
	Zone      string           `json:"zone"`
	Groups    []string         `json:"groups"`
	Interface string           `json:"interface"`
	Volumes   []string         `json:"volumes,omitempty"`
	Profile   string           `json:"profile,omitempty"` // instance profile ARN
	Key       string           `json:"key,omitempty"`
	Spot      bool             `json:"spot,omitempty"`
	Tokens    string           `json:"tokens"` // metadata: optional, required
	HopLimit  int              `json:"hop_limit"`
	State     string           `json:"state"` // pending, running, shutting-down, terminated
	Launched  time.Time        `json:"launched"`
	Ended     time.Time        `json:"ended,omitzero"`
	Progress  sandbox.Progress `json:"progress"`
}

var instances = &ec2Type[instance]{
	table:  sandbox.NewTable[instance](cloud, "ec2/instance"),
	prefix: "i-", tag: "instance", code: "InvalidInstanceID.NotFound", word: "instance",
	ids: "InstanceId", set: "reservationSet",
	filters: []string{
		"availability-zone", "image-id", "instance-id", "instance-lifecycle", "instance-state-name", "instance-state-code", "instance-type",
		"network-interface.network-interface-id", "private-ip-address", "subnet-id", "vpc-id", "instance.group-id", "private-dns-name",
		"iam-instance-profile.arn", "owner-id",
	},
	states: []string{"instance-state-name", "instance-state-code"},
}

func init() {
	instances.filter, instances.progress, instances.render = instanceField, instanceProgress, renderReservation
}

var instanceStates = map[string]int{"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48}

func instanceField(tx *sandbox.Tx, i *instance, name string) []string {
	switch name {
	case "instance.group-id":
		return i.Groups
	case "instance-lifecycle":
		if i.Spot {
			return []string{"spot"}
		}
		return nil
	case "private-ip-address", "private-dns-name":
		n, ok := interfaces.table.Get(tx, i.Region, i.Interface)
		if !ok {
			return nil
		}
		if name == "private-dns-name" {
			return []string{"ip-" + dashed(n.Address) + "." + i.Region + ".compute.internal"}
		}
		return []string{n.Address.String()}
	}
	return []string{map[string]string{
		"availability-zone": i.Zone, "image-id": i.Image, "instance-id": i.ID, "instance-state-name": i.State,
		"instance-state-code": strconv.Itoa(instanceStates[i.State]), "instance-type": i.Type,
		"network-interface.network-interface-id": i.Interface, "subnet-id": i.Subnet, "vpc-id": i.VPC,
		"iam-instance-profile.arn": i.Profile, "owner-id": account(tx),
	}[name]}
}

func instanceProgress(q *request, i *instance) {
	done, moved := i.Progress.Poll()
	switch {
	case i.State == "terminated" && q.tx.Now().Sub(i.Ended) > natListed:
		instances.table.Delete(q.tx, i.Region, i.ID)
		return
	case done && i.State == "pending":
		i.State, moved = "running", true
	case done && i.State == "shutting-down":
		i.end(q.tx)
		return
	}
	if moved {
		instances.table.Put(q.tx, i)
	}
}

// end terminates an instance: its interfaces and volumes go with it.
func (i *instance) end(tx *sandbox.Tx) {
	leaveInterfaces(tx, i.Region, sandbox.Progress{}, func(n *networkInterface) bool {
		return n.Attachment != nil && n.Attachment.Instance == i.ID && n.Attachment.DeleteWith
	})
	for _, v := range volumes.table.Where(tx, i.Region, func(v *volume) bool { return v.Instance == i.ID }) {
		if v.DeleteWith {
			volumes.table.Delete(tx, v.Region, v.ID)
			continue
		}
		v.Instance, v.Device = "", ""
		volumes.table.Put(tx, v)
	}
	i.State, i.Ended, i.Pending, i.Interface, i.Volumes = "terminated", tx.Now(), true, "", nil
	instances.table.Put(tx, i)
}

func renderReservation(q *request, i *instance) []node {
	return []node{
		text("reservationId", "r-"+digest(i.ID)[:17]), text("ownerId", q.account), items("groupSet", []string(nil), plain),
		items("instancesSet", []*instance{i}, func(i *instance) []node { return renderInstance(q, i) }),
	}
}

func renderInstance(q *request, i *instance) []node {
	kind, _ := instanceTypeNamed(i.Type)
	groups := items("groupSet", i.Groups, func(id string) []node {
		return []node{text("groupId", id), text("groupName", groupName(q.tx, i.Region, id))}
	})
	out := []node{
		text("instanceId", i.ID), text("imageId", i.Image), text("instanceType", i.Type), text("architecture", kind.arch),
		group("instanceState", num("code", instanceStates[i.State]), text("name", i.State)), text("keyName", i.Key),
		instant("launchTime", i.Launched), group("placement", text("availabilityZone", i.Zone), text("tenancy", "default")),
		group("monitoring", text("state", "disabled")), text("subnetId", i.Subnet), text("vpcId", i.VPC), groups,
		text("hypervisor", "xen"), text("virtualizationType", "hvm"), text("rootDeviceType", "ebs"), text("rootDeviceName", "/dev/xvda"),
		flag("enaSupport", true), flag("ebsOptimized", true), flag("sourceDestCheck", true),
		group("metadataOptions", text("state", "applied"), text("httpTokens", i.Tokens), num("httpPutResponseHopLimit", i.HopLimit), text("httpEndpoint", "enabled")),
		items("blockDeviceMapping", i.Volumes, func(id string) []node {
			return []node{
				text("deviceName", volumeDevice(q.tx, i.Region, id)),
				group("ebs", text("volumeId", id), text("status", "attached"), instant("attachTime", i.Launched), flag("deleteOnTermination", true)),
			}
		}),
		tagSet(i.Tags),
	}
	if i.Spot {
		out = append(out, text("instanceLifecycle", "spot"))
	}
	if i.Profile != "" {
		out = append(out, group("iamInstanceProfile", text("arn", i.Profile)))
	}
	if n, ok := interfaces.table.Get(q.tx, i.Region, i.Interface); ok {
		dns := "ip-" + dashed(n.Address) + "." + i.Region + ".compute.internal"
		out = append(out, text("privateIpAddress", n.Address.String()), text("privateDnsName", dns),
			items("networkInterfaceSet", []*networkInterface{n}, func(n *networkInterface) []node {
				return []node{
					text("networkInterfaceId", n.ID), text("subnetId", n.Subnet), text("vpcId", n.VPC), text("ownerId", q.account), text("status", n.Status),
					text("macAddress", n.MAC), text("privateIpAddress", n.Address.String()), text("interfaceType", n.Type), groups,
				}
			}))
	}
	return out
}

func volumeDevice(tx *sandbox.Tx, region, id string) string {
	if v, ok := volumes.table.Get(tx, region, id); ok {
		return v.Device
	}
	return ""
}

// describeInstances shows each instance as a reservation of its own, as a
// node group makes them.
func describeInstances(q *request) (any, error) {
	q.form.ignore("IncludeManagedResources")
	return instances.describe(q)
}

// instanceSpec says what a node group wants of an instance.
type instanceSpec struct {
	Type    string
	Image   string
	Subnet  string
	Groups  []string
	Profile string // instance profile ARN
	Key     string
	Spot    bool
	DiskGiB int
	DiskKey string // KMS key ARN; encrypted when set
	// Metadata options; "optional" and 2 when empty.
	Tokens   string
	HopLimit int
	Tags     map[string]string
}

// launchInstance starts an instance for a service, as an Auto Scaling group
// does for a node group. Errors are EC2's own (VcpuLimitExceeded,
// InsufficientFreeAddressesInSubnet, InvalidParameterValue).
func (q *request) launchInstance(spec instanceSpec) (*instance, error) {
	kind, ok := instanceTypeNamed(spec.Type)
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Invalid value '%s' for InstanceType.", spec.Type)
	}
	used := 0
	for _, other := range instances.table.List(q.tx, q.region) {
		if t, ok := instanceTypeNamed(other.Type); ok && other.State != "terminated" && !other.Spot {
			used += t.vcpus
		}
	}
	if limit := quota(q.tx, q.region, quotaStandardVCPUs); !spec.Spot && used+kind.vcpus > limit {
		return nil, fail(http.StatusBadRequest, "VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of %d allows for the instance bucket that the specified instance type belongs to.", limit)
	}
	i := &instance{
		ec2Object: ec2Object{Meta: sandbox.Meta{Region: q.region, ID: newID(q.tx, "i-"), Tags: spec.Tags}},
		Type:      spec.Type, Image: spec.Image, Subnet: spec.Subnet, Groups: spec.Groups, Profile: spec.Profile, Key: spec.Key, Spot: spec.Spot,
		Tokens: spec.Tokens, HopLimit: spec.HopLimit, State: "pending", Launched: q.tx.Now(), Progress: q.tx.Steps("ec2/instance", 1),
	}
	if i.Tokens == "" {
		i.Tokens = "optional"
	}
	if i.HopLimit == 0 {
		i.HopLimit = 2
	}
	n, err := q.newInterface(interfaceSpec{Subnet: spec.Subnet, Groups: spec.Groups, Owner: i.ID, Instance: i.ID, Tags: spec.Tags})
	if err != nil {
		return nil, err
	}
	i.Interface, i.VPC, i.Zone = n.ID, n.VPC, n.Zone
	v := &volume{
		ec2Object: ec2Object{Meta: sandbox.Meta{Region: q.region, ID: newID(q.tx, "vol-"), Tags: spec.Tags}},
		Zone:      n.Zone, Size: max(1, spec.DiskGiB), Kind: "gp3", IOPS: 3000, Throughput: 125, Encrypted: spec.DiskKey != "", Key: spec.DiskKey,
		Instance: i.ID, Device: "/dev/xvda", DeleteWith: true, Created: q.tx.Now(),
	}
	volumes.table.Put(q.tx, v)
	i.Volumes = []string{v.ID}
	instances.table.Put(q.tx, i)
	return i, nil
}

// endInstance terminates an instance at once, as a node group's own delete
// does after it drained the node.
func endInstance(tx *sandbox.Tx, region, id string) {
	if i, ok := instances.table.Get(tx, region, id); ok && i.State != "terminated" {
		i.end(tx)
	}
}

func terminateInstances(q *request) (any, error) {
	q.form.ignore("Force", "SkipOsShutdown")
	ids := q.form.list("InstanceId")
	if len(ids) == 0 {
		return nil, fail(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter InstanceId")
	}
	q.object(ids[0])
	var missing []string
	var found []*instance
	for _, id := range ids {
		i, ok := instances.table.Get(q.tx, q.region, id)
		if !ok {
			missing = append(missing, id)
		}
		found = append(found, i)
	}
	if len(missing) > 0 {
		return nil, fail(http.StatusBadRequest, instances.code, "The instance IDs '%s' do not exist", strings.Join(missing, ", "))
	}
	before := each(found, func(i *instance) string { return i.State })
	for _, i := range found {
		if i.State != "terminated" && i.State != "shutting-down" {
			i.State, i.Progress = "shutting-down", q.tx.Steps("ec2/instance", 1)
			instances.table.Put(q.tx, i)
		}
	}
	state := func(name, value string) node {
		return group(name, num("code", instanceStates[value]), text("name", value))
	}
	return []node{items("instancesSet", found, func(i *instance) []node {
		return []node{text("instanceId", i.ID), state("currentState", i.State), state("previousState", before[slices.Index(found, i)])}
	})}, nil
}
