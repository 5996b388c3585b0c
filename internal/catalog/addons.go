package catalog

import "slices"

// Addon is an EKS add-on.
type Addon struct {
	Name      string // the EKS add-on name, such as "vpc-cni"
	Component string // what it is in Kubernetes
	Owner     string // "aws", or "community": AWS supports its life cycle only
	Namespace string
	// ServiceAccount is the account whose pods call AWS, "" where none does.
	ServiceAccount string
	// ManagedPolicy is the AWS-managed policy that AWS names for it, as the path
	// after "policy/", such as "service-role/AmazonEBSCSIDriverPolicy". "" where
	// it needs none, or one written for the case.
	ManagedPolicy string
	// BeforeNodes says that nodes don't become ready without it, so that it is
	// made before the first node group; the others wait for nodes.
	BeforeNodes bool
	// BuiltIntoAutoMode says that EKS Auto Mode brings it along.
	BuiltIntoAutoMode bool
	// Needs are add-ons that must be there as well.
	Needs []string
}

// LookupAddon finds an EKS add-on by name. It answers false for one that is
// newer than the table or sold in the AWS Marketplace.
func LookupAddon(name string) (Addon, bool) {
	for _, addon := range Addons() {
		if addon.Name == name {
			return addon, true
		}
	}
	return Addon{}, false
}

// Addons lists the EKS add-ons of AWS and the community, sorted by name.
func Addons() []Addon {
	addons := slices.Clone(eksAddons)
	for i := range addons {
		addons[i].Needs = slices.Clone(addons[i].Needs)
	}
	return addons
}

// DefaultAddons lists, sorted, the add-ons that a cluster with ordinary nodes
// is given: network, DNS, service proxy, block storage, identities, metrics for
// autoscaling, and node health for node repair.
func DefaultAddons() []string {
	return []string{
		"aws-ebs-csi-driver",
		"coredns",
		"eks-node-monitoring-agent",
		"eks-pod-identity-agent",
		"kube-proxy",
		"metrics-server",
		"vpc-cni",
	}
}

var eksAddonsTable = Table{
	Name:  "eks-addons",
	Holds: "EKS add-ons of AWS and the community: component, service account, policy",
	Source: "awsdocs/amazon-eks-user-guide latest/ug/workloads/{workloads-add-ons-available-eks,community-addons}.adoc (0274300, 0138560), " +
		"stored undated, written between 2024-12 and 2025-12",
	Date: day(2024, 12, 18),
}

func addonTables() []Table {
	table := eksAddonsTable
	table.Rows = len(eksAddons)
	return []Table{table}
}

var eksAddons = []Addon{
	{Name: "adot", Component: "AWS Distro for OpenTelemetry operator", Owner: "aws", Namespace: "opentelemetry-operator-system", Needs: []string{"cert-manager"}},
	{Name: "amazon-cloudwatch-observability", Component: "CloudWatch agent and Container Insights", Owner: "aws", Namespace: "amazon-cloudwatch", ServiceAccount: "cloudwatch-agent", ManagedPolicy: "CloudWatchAgentServerPolicy"},
	{Name: "aws-ebs-csi-driver", Component: "CSI driver for EBS volumes", Owner: "aws", Namespace: "kube-system", ServiceAccount: "ebs-csi-controller-sa", ManagedPolicy: "service-role/AmazonEBSCSIDriverPolicy", BuiltIntoAutoMode: true},
	{Name: "aws-efs-csi-driver", Component: "CSI driver for EFS file systems", Owner: "aws", Namespace: "kube-system", ServiceAccount: "efs-csi-controller-sa", ManagedPolicy: "service-role/AmazonEFSCSIDriverPolicy"},
	{Name: "aws-fsx-csi-driver", Component: "CSI driver for FSx for Lustre", Owner: "aws", Namespace: "kube-system", ServiceAccount: "fsx-csi-controller-sa", ManagedPolicy: "AmazonFSxFullAccess", Needs: []string{"eks-pod-identity-agent"}},
	{Name: "aws-guardduty-agent", Component: "GuardDuty runtime monitoring agent", Owner: "aws", Namespace: "amazon-guardduty"},
	{Name: "aws-mountpoint-s3-csi-driver", Component: "CSI driver for S3 buckets", Owner: "aws", Namespace: "kube-system", ServiceAccount: "s3-csi-driver-sa"},
	{Name: "aws-network-flow-monitoring-agent", Component: "Network Flow Monitor agent", Owner: "aws", Namespace: "amazon-network-flow-monitor", ServiceAccount: "aws-network-flow-monitor-agent-service-account", ManagedPolicy: "CloudWatchNetworkFlowMonitorAgentPublishPolicy"},
	{Name: "aws-privateca-connector-for-kubernetes", Component: "cert-manager issuer for AWS Private CA", Owner: "aws", Namespace: "aws-privateca-issuer", ServiceAccount: "aws-privateca-issuer", ManagedPolicy: "AWSPrivateCAConnectorForKubernetesPolicy", Needs: []string{"cert-manager"}},
	{Name: "cert-manager", Component: "certificates", Owner: "community", Namespace: "cert-manager"},
	{Name: "coredns", Component: "cluster DNS", Owner: "aws", Namespace: "kube-system", BuiltIntoAutoMode: true},
	{Name: "eks-node-monitoring-agent", Component: "node health", Owner: "aws", Namespace: "kube-system", BuiltIntoAutoMode: true},
	{Name: "eks-pod-identity-agent", Component: "AWS credentials of pods", Owner: "aws", Namespace: "kube-system", BeforeNodes: true, BuiltIntoAutoMode: true},
	{Name: "external-dns", Component: "DNS records of services", Owner: "community", Namespace: "external-dns", ServiceAccount: "external-dns"},
	{Name: "fluent-bit", Component: "log forwarder", Owner: "community", Namespace: "fluent-bit", ServiceAccount: "fluent-bit"},
	{Name: "kube-proxy", Component: "service proxy", Owner: "aws", Namespace: "kube-system", BeforeNodes: true, BuiltIntoAutoMode: true},
	{Name: "kube-state-metrics", Component: "metrics of Kubernetes objects", Owner: "community", Namespace: "kube-state-metrics"},
	{Name: "metrics-server", Component: "resource metrics for autoscaling", Owner: "community", Namespace: "kube-system"},
	{Name: "prometheus-node-exporter", Component: "metrics of nodes", Owner: "community", Namespace: "prometheus-node-exporter"},
	{Name: "snapshot-controller", Component: "volume snapshots", Owner: "aws", Namespace: "kube-system"},
	{Name: "vpc-cni", Component: "pod network", Owner: "aws", Namespace: "kube-system", ServiceAccount: "aws-node", ManagedPolicy: "AmazonEKS_CNI_Policy", BeforeNodes: true, BuiltIntoAutoMode: true},
}
