package awsapi

import (
	"encoding/base64"
	"net/http"
	"slices"
)

// templateData is what a launch template says of an instance, by the names
// that requests use: strings, structures, lists.
type templateData map[string]any

// templateField is one member of launch template data: its name in requests,
// in answers, and what it holds.
type templateField struct {
	in, out string
	list    bool
	kids    []templateField
}

// Text reads a value: Text("MetadataOptions", "HttpTokens"). Missing is "".
func (d templateData) Text(path ...string) string {
	at := map[string]any(d)
	for _, step := range path[:len(path)-1] {
		next, ok := at[step].(map[string]any)
		if !ok {
			return ""
		}
		at = next
	}
	value, _ := at[path[len(path)-1]].(string)
	return value
}

// List reads a list of structures: List("BlockDeviceMapping").
func (d templateData) List(name string) []templateData {
	var out []templateData
	values, _ := d[name].([]any)
	for _, v := range values {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// Texts reads a list of plain values: Texts("SecurityGroupId").
func (d templateData) Texts(name string) []string {
	var out []string
	values, _ := d[name].([]any)
	for _, v := range values {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func plainFields(names ...string) []templateField {
	return each(names, func(name string) templateField { return templateField{in: name, out: lowerFirst(name)} })
}

func structure(name string, kids ...templateField) templateField {
	return templateField{in: name, out: lowerFirst(name), kids: kids}
}

var tagFields = []templateField{
	{in: "ResourceType", out: "resourceType"}, {in: "Tag", out: "tagSet", list: true, kids: plainFields("Key", "Value")},
}

// templateFields are the members that are modelled. What is not listed here is
// refused by name.
var templateFields = append(plainFields(
	"EbsOptimized", "ImageId", "InstanceType", "KeyName", "UserData", "DisableApiTermination", "DisableApiStop", "InstanceInitiatedShutdownBehavior"),
	structure("IamInstanceProfile", plainFields("Arn", "Name")...),
	templateField{in: "BlockDeviceMapping", out: "blockDeviceMappingSet", list: true, kids: append(plainFields("DeviceName", "VirtualName", "NoDevice"),
		structure("Ebs", plainFields("Encrypted", "DeleteOnTermination", "Iops", "KmsKeyId", "SnapshotId", "VolumeSize", "VolumeType", "Throughput")...))},
	templateField{in: "NetworkInterface", out: "networkInterfaceSet", list: true, kids: append(plainFields(
		"AssociatePublicIpAddress", "DeleteOnTermination", "Description", "DeviceIndex", "InterfaceType", "NetworkCardIndex", "SubnetId"),
		templateField{in: "SecurityGroupId", out: "groupSet", list: true})},
	templateField{in: "SecurityGroupId", out: "securityGroupIdSet", list: true},
	templateField{in: "TagSpecification", out: "tagSpecificationSet", list: true, kids: tagFields},
	structure("Monitoring", plainFields("Enabled")...),
	structure("Placement", plainFields("AvailabilityZone", "GroupName", "Tenancy", "PartitionNumber")...),
	structure("MetadataOptions", plainFields("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "HttpProtocolIpv6", "InstanceMetadataTags")...),
	structure("InstanceMarketOptions", append(plainFields("MarketType"),
		structure("SpotOptions", plainFields("MaxPrice", "SpotInstanceType", "InstanceInterruptionBehavior")...))...),
	structure("CreditSpecification", plainFields("CpuCredits")...),
	structure("CpuOptions", plainFields("CoreCount", "ThreadsPerCore")...),
	structure("EnclaveOptions", plainFields("Enabled")...),
	structure("MaintenanceOptions", plainFields("AutoRecovery")...),
	structure("PrivateDnsNameOptions", plainFields("HostnameType", "EnableResourceNameDnsARecord", "EnableResourceNameDnsAAAARecord")...),
	structure("CapacityReservationSpecification", append(plainFields("CapacityReservationPreference"),
		structure("CapacityReservationTarget", plainFields("CapacityReservationId", "CapacityReservationResourceGroupArn")...))...),
)

func readFields(f *form, fields []templateField) map[string]any {
	out := map[string]any{}
	for _, field := range fields {
		switch {
		case !f.has(field.in):
		case field.list && field.kids == nil:
			out[field.in] = each(f.list(field.in), func(s string) any { return s })
		case field.list:
			out[field.in] = each(f.each(field.in), func(e *form) any { return readFields(e, field.kids) })
		case field.kids != nil:
			out[field.in] = readFields(f.sub(field.in), field.kids)
		default:
			out[field.in] = f.text(field.in)
		}
	}
	return out
}

func (d templateData) render(fields []templateField) []node {
	var out []node
	for _, field := range fields {
		switch value := d[field.in].(type) {
		case string:
			out = append(out, node{name: field.out, text: value})
		case map[string]any:
			out = append(out, group(field.out, templateData(value).render(field.kids)...))
		case []any:
			out = append(out, items(field.out, value, func(v any) []node {
				if s, ok := v.(string); ok {
					return plain(s)
				}
				m, _ := v.(map[string]any)
				return templateData(m).render(field.kids)
			}))
		}
	}
	return out
}

// readTemplate reads launch template data and proves what EC2 proves when a
// template is made; the rest fails when an instance is. Members that are given
// replace those of source.
func (q *request) readTemplate(source templateData) (templateData, error) {
	if !q.form.has("LaunchTemplateData") {
		return nil, fail(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter LaunchTemplateData")
	}
	data := templateData(readFields(q.form.sub("LaunchTemplateData"), templateFields))
	for name, value := range source {
		if _, given := data[name]; !given {
			data[name] = value
		}
	}
	invalid := func(name, value string) error {
		return fail(http.StatusBadRequest, "InvalidParameterValue", "Invalid value '%s' for %s.", value, name)
	}
	if name := data.Text("InstanceType"); name != "" {
		if _, ok := instanceTypeNamed(name); !ok {
			return nil, invalid("InstanceType", name)
		}
	}
	if user := data.Text("UserData"); user != "" {
		raw, err := base64.StdEncoding.DecodeString(user)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
		}
		if len(raw) > 16384 {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "User data is limited to 16384 bytes")
		}
	}
	allowed := map[string][]string{
		"HttpTokens": {"", "optional", "required"}, "HttpEndpoint": {"", "enabled", "disabled"},
		"HttpProtocolIpv6": {"", "enabled", "disabled"}, "InstanceMetadataTags": {"", "enabled", "disabled"},
	}
	for _, name := range sortedKeys(allowed) {
		if value := data.Text("MetadataOptions", name); !slices.Contains(allowed[name], value) {
			return nil, invalid(name, value)
		}
	}
	if len(data.List("NetworkInterface")) > 0 && len(data.Texts("SecurityGroupId")) > 0 {
		return nil, fail(http.StatusBadRequest, "InvalidParameterCombination", "Network interfaces and an instance-level security groups may not be specified on the same request")
	}
	for _, id := range data.Texts("SecurityGroupId") {
		if _, err := securityGroups.get(q, id); err != nil {
			return nil, err
		}
	}
	return data, nil
}
