package awsiam

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Scope is what the policy of a built-in grant is limited to.
type Scope struct {
	Cluster string
	On      []string          // vault or repository names
	Vaults  map[string]string // key ARNs by vault name, before those of Given
	// Given are those of On that exist already, perhaps in another account: the
	// ARN of the repository, or of the vault's key, by name.
	Given map[string]string
}

// given is the ARN, in the account and region of what is given, of another
// resource; or in this account, where name is made here.
func (a Account) given(scope Scope, name, service, resource string) string {
	if parts := strings.Split(scope.Given[name], ":"); len(parts) > 5 {
		return strings.Join([]string{parts[0], parts[1], service, parts[3], parts[4], resource}, ":")
	}
	return a.ARN(service, resource)
}

// Grant is the least-privilege policy of a built-in grant, written from what
// each project publishes that it needs; ok is false for a word that is no
// grant. Each is one inline policy of a role, named by [GrantPolicyName].
func (a Account) Grant(grant string, scope Scope) (policy Document, ok bool) {
	switch word, _, _ := strings.Cut(strings.TrimPrefix(grant, "vault:"), ":"); {
	case strings.HasPrefix(grant, "vault:") && word == "read":
		return vaultReadPolicy(a, scope), true
	case grant == "registry:pull":
		return registryPolicy(a, scope, false), true
	case grant == "registry:push":
		return registryPolicy(a, scope, true), true
	}
	write, ok := controllerPolicies[grant]
	if !ok {
		return nil, false
	}
	return write(a, scope), true
}

// ControllerGrants are the grants of well-known controllers, sorted.
func ControllerGrants() []string { return slices.Sorted(maps.Keys(controllerPolicies)) }

// controllerPolicies are the grants of well-known controllers.
var controllerPolicies = map[string]func(Account, Scope) Document{
	"load-balancer-controller": loadBalancerPolicy,
	"cluster-autoscaler":       autoscalerPolicy,
	"external-dns":             externalDNSPolicy,
	"cert-manager":             certManagerPolicy,
	"ebs-csi":                  ebsPolicy,
	"efs-csi":                  efsPolicy,
	"backup":                   backupPolicy,
	"vpc-cni":                  cniPolicy,
}

// vaultReadPolicy reads the secrets under the vaults' prefixes, and opens them
// with the vaults' keys through Secrets Manager only.
func vaultReadPolicy(a Account, scope Scope) Document {
	var secrets, keys []string
	for _, name := range sortedCopy(scope.On) {
		secrets = append(secrets, a.given(scope, name, "secretsmanager", "secret:"+name+"/*"))
		if key := cmp.Or(scope.Vaults[name], scope.Given[name]); key != "" {
			keys = append(keys, key)
		}
	}
	statements := []Document{
		allow("ReadSecrets", []string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds"}, secrets, nil),
	}
	if len(keys) > 0 {
		statements = append(statements, allow("OpenSecrets", []string{"kms:Decrypt"}, keys,
			Document{"StringEquals": Document{"kms:ViaService": "secretsmanager." + a.Region + ".amazonaws.com"}}))
	}
	return Policy(statements...)
}

// registryPolicy pulls from, or pushes to, repositories.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
func registryPolicy(a Account, scope Scope, push bool) Document {
	var repositories []string
	for _, name := range sortedCopy(scope.On) {
		repositories = append(repositories, a.given(scope, name, "ecr", "repository/"+name))
	}
	actions := []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
	if push {
		actions = append(actions, "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")
	}
	return Policy(
		allow("LogIn", []string{"ecr:GetAuthorizationToken"}, "*", nil),
		allow("Images", actions, repositories, nil),
	)
}

// autoscalerPolicy: https://github.com/kubernetes/autoscaler, cloudprovider/aws
// README, full-features policy, with changes limited to this cluster's groups.
func autoscalerPolicy(_ Account, scope Scope) Document {
	return Policy(
		allow("Look", []string{
			"autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingInstances", "autoscaling:DescribeLaunchConfigurations",
			"autoscaling:DescribeScalingActivities", "autoscaling:DescribeTags", "ec2:DescribeImages", "ec2:DescribeInstanceTypes",
			"ec2:DescribeLaunchTemplateVersions", "ec2:GetInstanceTypesFromInstanceRequirements", "eks:DescribeNodegroup",
		}, "*", nil),
		allow("Scale", []string{"autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"}, "*",
			Document{"StringEquals": Document{"aws:ResourceTag/kubernetes.io/cluster/" + scope.Cluster: "owned"}}),
	)
}

// ebsPolicy: kubernetes-sigs/aws-ebs-csi-driver, docs/example-iam-policy.json,
// with changes limited to what the driver tagged for this cluster.
func ebsPolicy(a Account, scope Scope) Document {
	ec2 := func(kind string) string { return "arn:" + a.Partition + ":ec2:*:*:" + kind + "/*" }
	ours := Document{"StringEquals": Document{"aws:ResourceTag/ebs.csi.aws.com/cluster": "true"}}
	asked := Document{"StringEquals": Document{"aws:RequestTag/ebs.csi.aws.com/cluster": "true"}}
	return Policy(
		allow("Look", []string{
			"ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeTags",
			"ec2:DescribeVolumes", "ec2:DescribeVolumesModifications", "ec2:DescribeVolumeStatus",
		}, "*", nil),
		allow("MakeVolumes", []string{"ec2:CreateVolume"}, ec2("volume"), asked),
		allow("MakeVolumesFromSnapshots", []string{"ec2:CreateVolume"}, ec2("snapshot"), nil),
		allow("MakeSnapshots", []string{"ec2:CreateSnapshot"}, ec2("snapshot"), asked),
		allow("MakeSnapshotsOfVolumes", []string{"ec2:CreateSnapshot", "ec2:ModifyVolume"}, ec2("volume"), ours),
		allow("Attach", []string{"ec2:AttachVolume", "ec2:DetachVolume"}, []string{ec2("instance"), ec2("volume")}, nil),
		allow("TagNew", []string{"ec2:CreateTags"}, []string{ec2("volume"), ec2("snapshot")},
			Document{"StringEquals": Document{"ec2:CreateAction": []string{"CreateVolume", "CreateSnapshot"}}}),
		allow("Delete", []string{"ec2:DeleteSnapshot", "ec2:DeleteVolume"}, []string{ec2("volume"), ec2("snapshot")}, ours),
		allow("OpenDisks", []string{"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"}, "*",
			Document{"StringEquals": Document{"kms:ViaService": "ec2." + a.Region + ".amazonaws.com", "kms:CallerAccount": a.ID}}),
	)
}

// efsPolicy: kubernetes-sigs/aws-efs-csi-driver, docs/iam-policy-example.json.
func efsPolicy(Account, Scope) Document {
	return Policy(
		allow("Look", []string{
			"ec2:DescribeAvailabilityZones", "elasticfilesystem:DescribeAccessPoints", "elasticfilesystem:DescribeFileSystems",
			"elasticfilesystem:DescribeMountTargets",
		}, "*", nil),
		allow("MakeAccessPoints", []string{"elasticfilesystem:CreateAccessPoint"}, "*",
			Document{"StringLike": Document{"aws:RequestTag/efs.csi.aws.com/cluster": "true"}}),
		allow("TagNew", []string{"elasticfilesystem:TagResource"}, "*",
			Document{"StringLike": Document{"aws:RequestTag/efs.csi.aws.com/cluster": "true"}}),
		allow("Delete", []string{"elasticfilesystem:DeleteAccessPoint"}, "*",
			Document{"StringEquals": Document{"aws:ResourceTag/efs.csi.aws.com/cluster": "true"}}),
	)
}

// externalDNSPolicy: kubernetes-sigs/external-dns, docs/tutorials/aws.md.
func externalDNSPolicy(a Account, _ Scope) Document {
	return Policy(
		allow("Change", []string{"route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets", "route53:ListTagsForResources"},
			"arn:"+a.Partition+":route53:::hostedzone/*", nil),
		allow("Look", []string{"route53:ListHostedZones"}, "*", nil),
	)
}

// certManagerPolicy: cert-manager.io, configuration/acme/dns01/route53. Only
// challenge records can be written.
func certManagerPolicy(a Account, _ Scope) Document {
	zones := "arn:" + a.Partition + ":route53:::hostedzone/*"
	return Policy(
		allow("SeeChange", []string{"route53:GetChange"}, "arn:"+a.Partition+":route53:::change/*", nil),
		allow("Change", []string{"route53:ChangeResourceRecordSets"}, zones,
			Document{"ForAllValues:StringEquals": Document{"route53:ChangeResourceRecordSetsRecordTypes": []string{"TXT"}}}),
		allow("Look", []string{"route53:ListResourceRecordSets"}, zones, nil),
		allow("FindZone", []string{"route53:ListHostedZonesByName"}, "*", nil),
	)
}

// backupPolicy is what Velero needs for volume snapshots of this cluster:
// vmware-tanzu/velero-plugin-for-aws README. Its bucket is granted beside it.
func backupPolicy(a Account, scope Scope) Document {
	ec2 := func(kind string) string { return "arn:" + a.Partition + ":ec2:*:*:" + kind + "/*" }
	return Policy(
		allow("Look", []string{"ec2:DescribeSnapshots", "ec2:DescribeVolumes"}, "*", nil),
		allow("Make", []string{"ec2:CreateSnapshot", "ec2:CreateTags", "ec2:CreateVolume"}, []string{ec2("snapshot"), ec2("volume")}, nil),
		allow("Delete", []string{"ec2:DeleteSnapshot"}, ec2("snapshot"),
			Document{"StringEquals": Document{"aws:ResourceTag/kubernetes.io/cluster/" + scope.Cluster: "owned"}}),
	)
}

// cniPolicy is AmazonEKS_CNI_Policy for the CNI's own service account.
func cniPolicy(a Account, _ Scope) Document {
	return Policy(
		allow("Look", []string{
			"ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DescribeTags",
			"ec2:DescribeSecurityGroups",
		}, "*", nil),
		allow("Address", []string{
			"ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
			"ec2:DetachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute", "ec2:UnassignPrivateIpAddresses",
		}, "*", nil),
		allow("Tag", []string{"ec2:CreateTags"}, "arn:"+a.Partition+":ec2:*:*:network-interface/*", nil),
	)
}

// loadBalancerPolicy: kubernetes-sigs/aws-load-balancer-controller,
// docs/install/iam_policy.json, with changes limited to this cluster's own.
func loadBalancerPolicy(a Account, scope Scope) Document {
	elb := func(kind string) string { return "arn:" + a.Partition + ":elasticloadbalancing:*:*:" + kind }
	ours := Document{"StringEquals": Document{"aws:ResourceTag/elbv2.k8s.aws/cluster": scope.Cluster}}
	asked := Document{"StringEquals": Document{"aws:RequestTag/elbv2.k8s.aws/cluster": scope.Cluster}}
	balancers := []string{elb("targetgroup/*/*"), elb("loadbalancer/net/*/*"), elb("loadbalancer/app/*/*")}
	return Policy(
		allow("Look", []string{
			"ec2:DescribeAccountAttributes", "ec2:DescribeAddresses", "ec2:DescribeAvailabilityZones", "ec2:DescribeCoipPools",
			"ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeIpamPools", "ec2:DescribeNetworkInterfaces",
			"ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeTags", "ec2:DescribeVpcPeeringConnections",
			"ec2:DescribeVpcs", "ec2:GetCoipPoolUsage", "ec2:GetSecurityGroupsForVpc", "elasticloadbalancing:DescribeCapacityReservation",
			"elasticloadbalancing:DescribeListenerAttributes", "elasticloadbalancing:DescribeListenerCertificates", "elasticloadbalancing:DescribeListeners",
			"elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeRules",
			"elasticloadbalancing:DescribeSSLPolicies", "elasticloadbalancing:DescribeTags", "elasticloadbalancing:DescribeTargetGroupAttributes",
			"elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth", "elasticloadbalancing:DescribeTrustStores",
			"acm:DescribeCertificate", "acm:ListCertificates", "wafv2:GetWebACL", "wafv2:GetWebACLForResource",
		}, "*", nil),
		allow("ServiceRole", []string{"iam:CreateServiceLinkedRole"}, "*",
			Document{"StringEquals": Document{"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}}),
		allow("Make", []string{"elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"}, "*", asked),
		allow("MakeGroups", []string{"ec2:CreateSecurityGroup"}, "*", nil),
		allow("TagGroups", []string{"ec2:CreateTags"}, "arn:"+a.Partition+":ec2:*:*:security-group/*",
			Document{"StringEquals": Document{"aws:RequestTag/elbv2.k8s.aws/cluster": scope.Cluster, "ec2:CreateAction": "CreateSecurityGroup"}}),
		allow("ChangeGroups", []string{"ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"}, "*",
			Document{"StringEquals": Document{"aws:ResourceTag/kubernetes.io/cluster/" + scope.Cluster: "owned"}}),
		allow("ChangeOwnGroups", []string{"ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroupIngress"}, "*", ours),
		allow("Listeners", []string{
			"elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateRule", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteRule",
		}, "*", nil),
		allow("TagNew", []string{"elasticloadbalancing:AddTags"}, balancers, Document{"StringEquals": Document{
			"elasticloadbalancing:CreateAction":    []string{"CreateTargetGroup", "CreateLoadBalancer"},
			"aws:RequestTag/elbv2.k8s.aws/cluster": scope.Cluster,
		}}),
		allow("TagOwn", []string{"elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"}, balancers, ours),
		allow("TagListeners", []string{"elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"},
			[]string{elb("listener/net/*/*/*"), elb("listener/app/*/*/*"), elb("listener-rule/net/*/*/*"), elb("listener-rule/app/*/*/*")}, nil),
		allow("Change", []string{
			"elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:ModifyCapacityReservation",
			"elasticloadbalancing:ModifyIpPools", "elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:ModifyLoadBalancerAttributes",
			"elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:SetIpAddressType",
			"elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets",
		}, "*", ours),
		allow("Targets", []string{"elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"}, elb("targetgroup/*/*"), nil),
		allow("ChangeListeners", []string{
			"elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule",
			"elasticloadbalancing:RemoveListenerCertificates", "elasticloadbalancing:SetRulePriorities", "elasticloadbalancing:SetWebAcl",
			"wafv2:AssociateWebACL", "wafv2:DisassociateWebACL",
		}, "*", nil),
	)
}

// sortedCopy is list in order, whatever order it was declared in.
func sortedCopy(list []string) []string { return slices.Sorted(slices.Values(list)) }
