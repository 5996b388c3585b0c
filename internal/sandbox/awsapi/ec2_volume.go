package awsapi

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// volume is an EBS volume: of an instance, or of a persistent volume claim.
type volume struct {
	ec2Object
	Zone       string    `json:"zone"`
	Size       int       `json:"size"` // GiB
	Kind       string    `json:"kind"`
	IOPS       int       `json:"iops,omitempty"`
	Throughput int       `json:"throughput,omitempty"`
	Encrypted  bool      `json:"encrypted"`
	Key        string    `json:"key,omitempty"`
	Instance   string    `json:"instance,omitempty"`
	Device     string    `json:"device,omitempty"`
	DeleteWith bool      `json:"delete_with,omitempty"`
	Created    time.Time `json:"created"`
}

func (v *volume) state() string {
	if v.Instance != "" {
		return "in-use"
	}
	return "available"
}

var volumes = &ec2Type[volume]{
	table:  sandbox.NewTable[volume](cloud, "ec2/volume"),
	prefix: "vol-", tag: "volume", code: "InvalidVolume.NotFound", says: "The volume '%s' does not exist.",
	ids: "VolumeId", set: "volumeSet",
	filters: []string{
		"attachment.instance-id", "attachment.status", "availability-zone", "encrypted", "size", "status", "volume-id", "volume-type",
	},
}

func init() { volumes.filter, volumes.render = volumeField, renderVolume }

func volumeField(_ *sandbox.Tx, v *volume, name string) []string {
	switch name {
	case "attachment.instance-id", "attachment.status":
		if v.Instance == "" {
			return nil
		}
		if name == "attachment.status" {
			return []string{"attached"}
		}
		return []string{v.Instance}
	}
	return []string{map[string]string{
		"availability-zone": v.Zone, "encrypted": strconv.FormatBool(v.Encrypted), "size": strconv.Itoa(v.Size),
		"status": v.state(), "volume-id": v.ID, "volume-type": v.Kind,
	}[name]}
}

func renderVolume(_ *request, v *volume) []node {
	var attached []*volume
	if v.Instance != "" {
		attached = []*volume{v}
	}
	out := []node{
		text("volumeId", v.ID), num("size", v.Size), text("availabilityZone", v.Zone), text("status", v.state()), text("volumeType", v.Kind),
		flag("encrypted", v.Encrypted), text("kmsKeyId", v.Key), instant("createTime", v.Created), flag("multiAttachEnabled", false),
		items("attachmentSet", attached, func(v *volume) []node {
			return []node{
				text("volumeId", v.ID), text("instanceId", v.Instance), text("device", v.Device), text("status", "attached"),
				instant("attachTime", v.Created), flag("deleteOnTermination", v.DeleteWith),
			}
		}),
		tagSet(v.Tags),
	}
	if v.IOPS > 0 {
		out = append(out, num("iops", v.IOPS))
	}
	if v.Throughput > 0 {
		out = append(out, num("throughput", v.Throughput))
	}
	return out
}

func describeVolumes(q *request) (any, error) {
	q.form.ignore("IncludeManagedResources")
	return volumes.describe(q)
}

func createVolume(q *request) (any, error) {
	id, err := q.replayed()
	if err != nil {
		return nil, err
	}
	if v, ok := volumes.table.Get(q.tx, q.region, id); ok {
		return renderVolume(q, v), nil
	}
	if !q.form.has("AvailabilityZone") && !q.form.has("AvailabilityZoneId") {
		return nil, fail(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter AvailabilityZone")
	}
	z, err := q.zone()
	if err != nil {
		return nil, err
	}
	tags, err := q.tagSpecification("volume")
	if err != nil {
		return nil, err
	}
	v := &volume{ec2Object: q.newObject("vol-", tags), Zone: z.name, Kind: q.form.text("VolumeType"), Key: q.form.text("KmsKeyId"), Created: q.tx.Now()}
	if v.Kind == "" {
		v.Kind = "gp2"
	}
	if !slices.Contains([]string{"standard", "io1", "io2", "gp2", "gp3", "sc1", "st1"}, v.Kind) {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Value (%s) for parameter volumeType is invalid.", v.Kind)
	}
	if v.Encrypted, err = q.form.flag("Encrypted", v.Key != ""); err != nil {
		return nil, err
	}
	if v.Size, err = q.form.number("Size", 0); err != nil {
		return nil, err
	}
	if v.Size < 1 || v.Size > 16384 {
		return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "Volume of %dGiB is not in the range of 1GiB to 16384GiB.", v.Size)
	}
	if v.IOPS, err = q.form.number("Iops", map[string]int{"gp3": 3000}[v.Kind]); err != nil {
		return nil, err
	}
	if v.Throughput, err = q.form.number("Throughput", map[string]int{"gp3": 125}[v.Kind]); err != nil {
		return nil, err
	}
	volumes.table.Put(q.tx, v)
	q.remember(v.ID)
	return renderVolume(q, v), nil
}

func deleteVolume(q *request) (any, error) {
	v, err := volumes.named(q, "VolumeId")
	if err != nil {
		return nil, err
	}
	if v.Instance != "" {
		return nil, fail(http.StatusBadRequest, "VolumeInUse", "Volume %s is currently attached to %s", v.ID, v.Instance)
	}
	volumes.table.Delete(q.tx, q.region, v.ID)
	return []node{flag("return", true)}, nil
}

func detachVolume(q *request) (any, error) {
	v, err := volumes.named(q, "VolumeId")
	if err != nil {
		return nil, err
	}
	q.form.ignore("Device", "Force")
	if named := q.form.text("InstanceId"); v.Instance == "" || named != "" && named != v.Instance {
		return nil, fail(http.StatusBadRequest, "IncorrectState", "Volume '%s' is in the '%s' state.", v.ID, v.state())
	}
	was := *v
	v.Instance, v.Device, v.DeleteWith = "", "", false
	volumes.table.Put(q.tx, v)
	return []node{
		text("volumeId", was.ID), text("instanceId", was.Instance), text("device", was.Device), text("status", "detaching"),
		instant("attachTime", was.Created),
	}, nil
}
