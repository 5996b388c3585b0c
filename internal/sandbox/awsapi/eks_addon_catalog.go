package awsapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// addonKind is an add-on that EKS offers.
type addonKind struct {
	name, kind, owner string
	namespace         string
	account           string   // service account that needs AWS, "" where none does
	policies          []string // managed policies that AWS recommends for it
	replicas          bool     // a Deployment: degraded until there are nodes
	versions          []addonVersion
	schema            string // JSON schema of its configuration
}

// addonVersion is one version, for a row of minors; the last one that fits a
// minor is its default.
type addonVersion struct {
	version     string
	first, last int // minors, 0: open
}

func (v addonVersion) runs(minor int) bool {
	return minor >= v.first && (v.last == 0 || minor <= v.last)
}

// everywhere are versions that run on every minor of the table, oldest first.
func everywhere(versions ...string) []addonVersion {
	return each(versions, func(v string) addonVersion { return addonVersion{version: v} })
}

// kubeProxies follow the minors: two builds for each.
func kubeProxies() []addonVersion {
	var out []addonVersion
	for _, v := range eksVersions {
		for _, patch := range []int{max(0, v.patch-1), v.patch} {
			out = append(out, addonVersion{fmt.Sprintf("v1.%d.%d-eksbuild.2", v.minor, patch), v.minor, v.minor})
		}
	}
	return out
}

// addonKinds are the add-ons of AWS and the community. Names, owners,
// namespaces and policies are those of the EKS user guide; versions are those
// of 2026, or follow them.
var addonKinds = []addonKind{
	{name: "vpc-cni", kind: "networking", owner: "aws", namespace: "kube-system", account: "aws-node", policies: []string{"AmazonEKS_CNI_Policy"}, versions: everywhere("v1.19.6-eksbuild.7", "v1.20.4-eksbuild.1", "v1.21.1-eksbuild.3"), schema: vpcCNISchema},
	{name: "coredns", kind: "networking", owner: "aws", namespace: "kube-system", replicas: true, schema: corednsSchema,
		versions: []addonVersion{{"v1.11.4-eksbuild.24", 0, 33}, {"v1.12.4-eksbuild.1", 33, 0}, {"v1.13.1-eksbuild.1", 34, 0}}},
	{name: "kube-proxy", kind: "networking", owner: "aws", namespace: "kube-system", versions: kubeProxies(), schema: kubeProxySchema},
	{name: "eks-pod-identity-agent", kind: "security", owner: "aws", namespace: "kube-system", versions: everywhere("v1.3.9-eksbuild.3", "v1.3.10-eksbuild.1"), schema: podIdentitySchema},
	{name: "aws-ebs-csi-driver", kind: "storage", owner: "aws", namespace: "kube-system", account: "ebs-csi-controller-sa", policies: []string{"service-role/AmazonEBSCSIDriverPolicy"}, replicas: true, versions: everywhere("v1.52.1-eksbuild.1", "v1.54.0-eksbuild.1", "v1.56.0-eksbuild.1"), schema: ebsSchema},
	{name: "aws-efs-csi-driver", kind: "storage", owner: "aws", namespace: "kube-system", account: "efs-csi-controller-sa", policies: []string{"service-role/AmazonEFSCSIDriverPolicy"}, replicas: true, versions: everywhere("v2.1.13-eksbuild.1", "v2.1.15-eksbuild.1"), schema: anySchema},
	{name: "aws-fsx-csi-driver", kind: "storage", owner: "aws", namespace: "kube-system", account: "fsx-csi-controller-sa", policies: []string{"AmazonFSxFullAccess"}, replicas: true, versions: everywhere("v1.6.0-eksbuild.1", "v1.7.0-eksbuild.1"), schema: anySchema},
	{name: "aws-mountpoint-s3-csi-driver", kind: "storage", owner: "aws", namespace: "kube-system", account: "s3-csi-driver-sa", versions: everywhere("v2.1.0-eksbuild.1", "v2.2.0-eksbuild.1"), schema: anySchema},
	{name: "snapshot-controller", kind: "storage", owner: "aws", namespace: "kube-system", replicas: true, versions: everywhere("v8.3.0-eksbuild.1", "v8.4.0-eksbuild.1"), schema: anySchema},
	{name: "metrics-server", kind: "observability", owner: "community", namespace: "kube-system", replicas: true, versions: everywhere("v0.8.0-eksbuild.3", "v0.8.0-eksbuild.6"), schema: anySchema},
	{name: "eks-node-monitoring-agent", kind: "observability", owner: "aws", namespace: "kube-system", versions: everywhere("v1.4.1-eksbuild.1", "v1.5.0-eksbuild.1"), schema: anySchema},
	{name: "amazon-cloudwatch-observability", kind: "observability", owner: "aws", namespace: "amazon-cloudwatch", account: "cloudwatch-agent", policies: []string{"CloudWatchAgentServerPolicy", "AWSXrayWriteOnlyAccess"}, replicas: true, versions: everywhere("v4.5.0-eksbuild.1", "v4.7.0-eksbuild.1"), schema: anySchema},
	{name: "adot", kind: "observability", owner: "aws", namespace: "opentelemetry-operator-system", replicas: true, versions: everywhere("v0.131.0-eksbuild.1"), schema: anySchema},
	{name: "aws-guardduty-agent", kind: "security", owner: "aws", namespace: "amazon-guardduty", versions: everywhere("v1.11.0-eksbuild.4", "v1.12.1-eksbuild.2"), schema: anySchema},
	{name: "aws-network-flow-monitoring-agent", kind: "observability", owner: "aws", namespace: "amazon-network-flow-monitor", account: "aws-network-flow-monitor-agent-service-account", policies: []string{"CloudWatchNetworkFlowMonitorAgentPublishPolicy"}, versions: everywhere("v1.1.1-eksbuild.1"), schema: anySchema},
	{name: "aws-privateca-connector-for-kubernetes", kind: "security", owner: "aws", namespace: "aws-privateca-issuer", account: "aws-privateca-issuer", policies: []string{"AWSPrivateCAConnectorForKubernetesPolicy"}, replicas: true, versions: everywhere("v1.6.0-eksbuild.1"), schema: anySchema},
	{name: "cert-manager", kind: "security", owner: "community", namespace: "cert-manager", replicas: true, versions: everywhere("v1.18.2-eksbuild.2", "v1.19.1-eksbuild.1"), schema: anySchema},
	{name: "external-dns", kind: "networking", owner: "community", namespace: "external-dns", account: "external-dns", policies: []string{"AmazonRoute53FullAccess"}, replicas: true, versions: everywhere("v0.19.0-eksbuild.3", "v0.20.0-eksbuild.1"), schema: anySchema},
	{name: "fluent-bit", kind: "observability", owner: "community", namespace: "fluent-bit", account: "fluent-bit", versions: everywhere("v4.1.1-eksbuild.1"), schema: anySchema},
	{name: "kube-state-metrics", kind: "observability", owner: "community", namespace: "kube-state-metrics", replicas: true, versions: everywhere("v2.17.0-eksbuild.4"), schema: anySchema},
	{name: "prometheus-node-exporter", kind: "observability", owner: "community", namespace: "prometheus-node-exporter", versions: everywhere("v1.10.2-eksbuild.2"), schema: anySchema},
}

func addonNamed(name string) (addonKind, bool) {
	i := slices.IndexFunc(addonKinds, func(k addonKind) bool { return k.name == name })
	if i < 0 {
		return addonKind{}, false
	}
	return addonKinds[i], true
}

// defaultVersion is what EKS takes for a minor.
func (k addonKind) defaultVersion(minor int) (string, bool) {
	for _, v := range slices.Backward(k.versions) {
		if v.runs(minor) {
			return v.version, true
		}
	}
	return "", false
}

func (k addonKind) runs(version string, minor int) bool {
	return slices.ContainsFunc(k.versions, func(v addonVersion) bool { return v.version == version && v.runs(minor) })
}

func describeAddonVersions(q *request) (any, error) {
	asked := q.query.Get("kubernetesVersion")
	if asked != "" && !slices.ContainsFunc(eksVersions, func(v eksVersion) bool { return v.String() == asked }) {
		return nil, invalidParameter("Kubernetes version %s is not supported", asked)
	}
	name := q.query.Get("addonName")
	if _, ok := addonNamed(name); name != "" && !ok {
		return nil, invalidParameter("Addon %s specified is not supported", name)
	}
	filter := func(member, value string) bool {
		wanted := q.query[member]
		return len(wanted) == 0 || slices.Contains(wanted, value)
	}
	out := []map[string]any{}
	for _, k := range addonKinds {
		publisher := "eks"
		if name != "" && k.name != name || !filter("types", k.kind) || !filter("owners", k.owner) || !filter("publishers", publisher) {
			continue
		}
		if versions := k.wireVersions(asked); len(versions) > 0 {
			out = append(out, map[string]any{
				"addonName": k.name, "type": k.kind, "owner": k.owner, "publisher": publisher,
				"defaultNamespace": k.namespace, "addonVersions": versions,
			})
		}
	}
	return eksList(q, "addons", out, nil)
}

// wireVersions are the versions, newest first, with the minors they run on.
func (k addonKind) wireVersions(asked string) []map[string]any {
	var out []map[string]any
	for _, v := range slices.Backward(k.versions) {
		var compatible []map[string]any
		for _, cluster := range slices.Backward(eksVersions) {
			if !v.runs(cluster.minor) || asked != "" && asked != cluster.String() {
				continue
			}
			byDefault, _ := k.defaultVersion(cluster.minor)
			compatible = append(compatible, map[string]any{
				"clusterVersion": cluster.String(), "platformVersions": []string{"*"}, "defaultVersion": byDefault == v.version,
			})
		}
		if len(compatible) > 0 {
			out = append(out, map[string]any{
				"addonVersion": v.version, "architecture": []string{"amd64", "arm64"}, "computeTypes": []string{"ec2", "auto", "hybrid"},
				"compatibilities": compatible, "requiresConfiguration": false, "requiresIamPermissions": k.account != "",
			})
		}
	}
	return out
}

func describeAddonConfiguration(q *request) (any, error) {
	name, version := q.query.Get("addonName"), q.query.Get("addonVersion")
	k, ok := addonNamed(name)
	if !ok || !slices.ContainsFunc(k.versions, func(v addonVersion) bool { return v.version == version }) {
		return nil, eksNotFound("No configuration schema was found for addon %s version %s", name, version)
	}
	identities := []map[string]any{}
	if k.account != "" {
		identities = append(identities, map[string]any{
			"serviceAccount": k.account,
			"recommendedManagedPolicies": append([]string{}, each(k.policies, func(p string) string {
				return "arn:" + partition(q.region) + ":iam::aws:policy/" + p
			})...),
		})
	}
	return map[string]any{
		"addonName": name, "addonVersion": version, "configurationSchema": k.schema, "podIdentityConfiguration": identities,
	}, nil
}

// jsonSchema is as much of a JSON schema as the add-ons' schemas use.
type jsonSchema struct {
	Type       string                `json:"type"`
	Format     string                `json:"format"`
	Enum       []string              `json:"enum"`
	Properties map[string]jsonSchema `json:"properties"`
	Additional *jsonAdditional       `json:"additionalProperties"`
	Items      *jsonSchema           `json:"items"`
	Required   []string              `json:"required"`
}

// jsonAdditional is true, false, or the schema of what is not named.
type jsonAdditional struct {
	refused bool
	schema  *jsonSchema
}

// UnmarshalJSON reads a boolean or a schema.
func (a *jsonAdditional) UnmarshalJSON(raw []byte) error {
	var allowed bool
	if json.Unmarshal(raw, &allowed) == nil {
		a.refused = !allowed
		return nil
	}
	a.schema = &jsonSchema{}
	return json.Unmarshal(raw, a.schema)
}

// checkConfiguration holds an add-on's configuration against its schema, in
// the words of EKS.
func (k addonKind) checkConfiguration(values string) error {
	if strings.TrimSpace(values) == "" {
		return nil
	}
	var document any
	if err := json.Unmarshal([]byte(values), &document); err != nil {
		return fail(400, "UnsupportedOperation", "This sandbox takes configurationValues as JSON only: %v", err)
	}
	var schema jsonSchema
	if err := json.Unmarshal([]byte(k.schema), &schema); err != nil {
		panic("awsapi: schema of " + k.name + ": " + err.Error())
	}
	var found []string
	schema.evaluate("$", document, &found)
	if len(found) == 0 {
		return nil
	}
	slices.Sort(found)
	return invalidParameter("ConfigurationValue provided in request is not supported: Json schema validation failed with error: [%s]", strings.Join(found, ", "))
}

func (s *jsonSchema) evaluate(at string, value any, found *[]string) {
	add := func(format string, arguments ...any) {
		*found = append(*found, at+": "+fmt.Sprintf(format, arguments...))
	}
	if kind := jsonType(value); s.Type != "" && s.Type != kind && (s.Type != "number" || kind != "integer") {
		add("%s found, %s expected", kind, s.Type)
		return
	}
	switch v := value.(type) {
	case map[string]any:
		s.evaluateObject(at, v, found)
	case []any:
		for i, element := range v {
			if s.Items != nil {
				s.Items.evaluate(fmt.Sprintf("%s[%d]", at, i), element, found)
			}
		}
	case string:
		switch {
		case len(s.Enum) > 0 && !slices.Contains(s.Enum, v):
			add("does not have a value in the enumeration [%s]", strings.Join(s.Enum, ", "))
		case s.Format == "boolean" && v != "true" && v != "false":
			add("does not match the boolean pattern")
		case s.Format == "integer" && strings.Trim(strings.TrimPrefix(v, "-"), "0123456789") != "":
			add("does not match the integer pattern")
		}
	}
}

func (s *jsonSchema) evaluateObject(at string, value map[string]any, found *[]string) {
	for _, name := range s.Required {
		if _, ok := value[name]; !ok {
			*found = append(*found, at+"."+name+": is missing but it is required")
		}
	}
	for name, member := range value {
		inner := at + "." + name
		if known, ok := s.Properties[name]; ok {
			known.evaluate(inner, member, found)
			continue
		}
		switch {
		case s.Additional == nil:
		case s.Additional.refused:
			*found = append(*found, inner+": is not defined in the schema and the schema does not allow additional properties")
		case s.Additional.schema != nil:
			s.Additional.schema.evaluate(inner, member, found)
		}
	}
}

func jsonType(value any) string {
	switch v := value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	default:
		return "null"
	}
}
