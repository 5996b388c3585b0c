package awscloud

import (
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// grantScope is what the policy of a built-in grant is limited to.
type grantScope struct {
	cluster string
	on      []string          // vault or repository names
	vaults  map[string]string // key ARNs by vault name
}

// scopeOf takes a grant's scope out of what other parts made.
func scopeOf(ref cloud.Ref, on []string, inputs cloud.Inputs) grantScope {
	scope := grantScope{cluster: ref.Cluster, on: on, vaults: map[string]string{}}
	for component, id := range inputs.Vault {
		if name, ok := cutComponent("key", component); ok {
			scope.vaults[name] = id
		}
	}
	return scope
}

// grantPolicy is the least-privilege policy of a built-in grant, written from
// what each project publishes that it needs; ok is false for a word that is no
// grant. Each is one inline policy of a role.
func grantPolicy(a *api, grant string, scope grantScope) (policy document, ok bool) {
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

// controllerPolicies are the grants of well-known controllers.
var controllerPolicies = map[string]func(*api, grantScope) document{
	"load-balancer-controller": loadBalancerPolicy,
	"cluster-autoscaler":       autoscalerPolicy,
	"external-dns":             externalDNSPolicy,
	"cert-manager":             certManagerPolicy,
	"ebs-csi":                  ebsPolicy,
	"efs-csi":                  efsPolicy,
	"backup":                   backupPolicy,
	"vpc-cni":                  cniPolicy,
}

func permit(sid string, actions []string, resource any, condition document) document {
	statement := document{"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
	if condition != nil {
		statement["Condition"] = condition
	}
	return statement
}

// vaultReadPolicy reads the secrets under the vaults' prefixes, and opens them
// with the vaults' keys through Secrets Manager only.
func vaultReadPolicy(a *api, scope grantScope) document {
	var secrets, keys []string
	for _, name := range sorted(scope.on) {
		secrets = append(secrets, a.arn("secretsmanager", "secret:"+name+"/*"))
		if key := scope.vaults[name]; key != "" {
			keys = append(keys, key)
		}
	}
	statements := []document{
		permit("ReadSecrets", []string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds"}, secrets, nil),
	}
	if len(keys) > 0 {
		statements = append(statements, permit("OpenSecrets", []string{"kms:Decrypt"}, keys,
			document{"StringEquals": document{"kms:ViaService": "secretsmanager." + a.region + ".amazonaws.com"}}))
	}
	return policyDocument(statements...)
}

// registryPolicy pulls from, or pushes to, repositories.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
func registryPolicy(a *api, scope grantScope, push bool) document {
	var repositories []string
	for _, name := range sorted(scope.on) {
		repositories = append(repositories, a.arn("ecr", "repository/"+name))
	}
	actions := []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
	if push {
		actions = append(actions, "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")
	}
	return policyDocument(
		permit("LogIn", []string{"ecr:GetAuthorizationToken"}, "*", nil),
		permit("Images", actions, repositories, nil),
	)
}

// autoscalerPolicy: https://github.com/kubernetes/autoscaler, cloudprovider/aws
// README, full-features policy, with changes limited to this cluster's groups.
func autoscalerPolicy(_ *api, scope grantScope) document {
	return policyDocument(
		permit("Look", []string{
			"autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingInstances", "autoscaling:DescribeLaunchConfigurations",
			"autoscaling:DescribeScalingActivities", "autoscaling:DescribeTags", "ec2:DescribeImages", "ec2:DescribeInstanceTypes",
			"ec2:DescribeLaunchTemplateVersions", "ec2:GetInstanceTypesFromInstanceRequirements", "eks:DescribeNodegroup",
		}, "*", nil),
		permit("Scale", []string{"autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"}, "*",
			document{"StringEquals": document{"aws:ResourceTag/kubernetes.io/cluster/" + scope.cluster: "owned"}}),
	)
}

// ebsPolicy: kubernetes-sigs/aws-ebs-csi-driver, docs/example-iam-policy.json,
// with changes limited to what the driver tagged for this cluster.
func ebsPolicy(a *api, scope grantScope) document {
	ec2 := func(kind string) string { return "arn:" + a.partition + ":ec2:*:*:" + kind + "/*" }
	ours := document{"StringEquals": document{"aws:ResourceTag/ebs.csi.aws.com/cluster": "true"}}
	asked := document{"StringEquals": document{"aws:RequestTag/ebs.csi.aws.com/cluster": "true"}}
	return policyDocument(
		permit("Look", []string{
			"ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeTags",
			"ec2:DescribeVolumes", "ec2:DescribeVolumesModifications", "ec2:DescribeVolumeStatus",
		}, "*", nil),
		permit("MakeVolumes", []string{"ec2:CreateVolume"}, ec2("volume"), asked),
		permit("MakeVolumesFromSnapshots", []string{"ec2:CreateVolume"}, ec2("snapshot"), nil),
		permit("MakeSnapshots", []string{"ec2:CreateSnapshot"}, ec2("snapshot"), asked),
		permit("MakeSnapshotsOfVolumes", []string{"ec2:CreateSnapshot", "ec2:ModifyVolume"}, ec2("volume"), ours),
		permit("Attach", []string{"ec2:AttachVolume", "ec2:DetachVolume"}, []string{ec2("instance"), ec2("volume")}, nil),
		permit("TagNew", []string{"ec2:CreateTags"}, []string{ec2("volume"), ec2("snapshot")},
			document{"StringEquals": document{"ec2:CreateAction": []string{"CreateVolume", "CreateSnapshot"}}}),
		permit("Delete", []string{"ec2:DeleteSnapshot", "ec2:DeleteVolume"}, []string{ec2("volume"), ec2("snapshot")}, ours),
		permit("OpenDisks", []string{"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"}, "*",
			document{"StringEquals": document{"kms:ViaService": "ec2." + a.region + ".amazonaws.com", "kms:CallerAccount": a.account}}),
	)
}

// efsPolicy: kubernetes-sigs/aws-efs-csi-driver, docs/iam-policy-example.json.
func efsPolicy(*api, grantScope) document {
	return policyDocument(
		permit("Look", []string{
			"ec2:DescribeAvailabilityZones", "elasticfilesystem:DescribeAccessPoints", "elasticfilesystem:DescribeFileSystems",
			"elasticfilesystem:DescribeMountTargets",
		}, "*", nil),
		permit("MakeAccessPoints", []string{"elasticfilesystem:CreateAccessPoint"}, "*",
			document{"StringLike": document{"aws:RequestTag/efs.csi.aws.com/cluster": "true"}}),
		permit("TagNew", []string{"elasticfilesystem:TagResource"}, "*",
			document{"StringLike": document{"aws:RequestTag/efs.csi.aws.com/cluster": "true"}}),
		permit("Delete", []string{"elasticfilesystem:DeleteAccessPoint"}, "*",
			document{"StringEquals": document{"aws:ResourceTag/efs.csi.aws.com/cluster": "true"}}),
	)
}

// externalDNSPolicy: kubernetes-sigs/external-dns, docs/tutorials/aws.md.
func externalDNSPolicy(a *api, _ grantScope) document {
	return policyDocument(
		permit("Change", []string{"route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets", "route53:ListTagsForResources"},
			"arn:"+a.partition+":route53:::hostedzone/*", nil),
		permit("Look", []string{"route53:ListHostedZones"}, "*", nil),
	)
}

// certManagerPolicy: cert-manager.io, configuration/acme/dns01/route53. Only
// challenge records can be written.
func certManagerPolicy(a *api, _ grantScope) document {
	zones := "arn:" + a.partition + ":route53:::hostedzone/*"
	return policyDocument(
		permit("SeeChange", []string{"route53:GetChange"}, "arn:"+a.partition+":route53:::change/*", nil),
		permit("Change", []string{"route53:ChangeResourceRecordSets"}, zones,
			document{"ForAllValues:StringEquals": document{"route53:ChangeResourceRecordSetsRecordTypes": []string{"TXT"}}}),
		permit("Look", []string{"route53:ListResourceRecordSets"}, zones, nil),
		permit("FindZone", []string{"route53:ListHostedZonesByName"}, "*", nil),
	)
}

// backupPolicy is what Velero needs for volume snapshots of this cluster:
// vmware-tanzu/velero-plugin-for-aws README. Its bucket is granted beside it.
func backupPolicy(a *api, scope grantScope) document {
	ec2 := func(kind string) string { return "arn:" + a.partition + ":ec2:*:*:" + kind + "/*" }
	return policyDocument(
		permit("Look", []string{"ec2:DescribeSnapshots", "ec2:DescribeVolumes"}, "*", nil),
		permit("Make", []string{"ec2:CreateSnapshot", "ec2:CreateTags", "ec2:CreateVolume"}, []string{ec2("snapshot"), ec2("volume")}, nil),
		permit("Delete", []string{"ec2:DeleteSnapshot"}, ec2("snapshot"),
			document{"StringEquals": document{"aws:ResourceTag/kubernetes.io/cluster/" + scope.cluster: "owned"}}),
	)
}

// cniPolicy is AmazonEKS_CNI_Policy for the CNI's own service account.
func cniPolicy(a *api, _ grantScope) document {
	return policyDocument(
		permit("Look", []string{
			"ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DescribeTags",
			"ec2:DescribeSecurityGroups",
		}, "*", nil),
		permit("Address", []string{
			"ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
			"ec2:DetachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute", "ec2:UnassignPrivateIpAddresses",
		}, "*", nil),
		permit("Tag", []string{"ec2:CreateTags"}, "arn:"+a.partition+":ec2:*:*:network-interface/*", nil),
	)
}

// loadBalancerPolicy: kubernetes-sigs/aws-load-balancer-controller,
// docs/install/iam_policy.json, with changes limited to this cluster's own.
func loadBalancerPolicy(a *api, scope grantScope) document {
	elb := func(kind string) string { return "arn:" + a.partition + ":elasticloadbalancing:*:*:" + kind }
	ours := document{"StringEquals": document{"aws:ResourceTag/elbv2.k8s.aws/cluster": scope.cluster}}
	asked := document{"StringEquals": document{"aws:RequestTag/elbv2.k8s.aws/cluster": scope.cluster}}
	balancers := []string{elb("targetgroup/*/*"), elb("loadbalancer/net/*/*"), elb("loadbalancer/app/*/*")}
	return policyDocument(
		permit("Look", []string{
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
		permit("ServiceRole", []string{"iam:CreateServiceLinkedRole"}, "*",
			document{"StringEquals": document{"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}}),
		permit("Make", []string{"elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"}, "*", asked),
		permit("MakeGroups", []string{"ec2:CreateSecurityGroup"}, "*", nil),
		permit("TagGroups", []string{"ec2:CreateTags"}, "arn:"+a.partition+":ec2:*:*:security-group/*",
			document{"StringEquals": document{"aws:RequestTag/elbv2.k8s.aws/cluster": scope.cluster, "ec2:CreateAction": "CreateSecurityGroup"}}),
		permit("ChangeGroups", []string{"ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"}, "*",
			document{"StringEquals": document{"aws:ResourceTag/kubernetes.io/cluster/" + scope.cluster: "owned"}}),
		permit("ChangeOwnGroups", []string{"ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroupIngress"}, "*", ours),
		permit("Listeners", []string{
			"elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateRule", "elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteRule",
		}, "*", nil),
		permit("TagNew", []string{"elasticloadbalancing:AddTags"}, balancers, document{"StringEquals": document{
			"elasticloadbalancing:CreateAction":    []string{"CreateTargetGroup", "CreateLoadBalancer"},
			"aws:RequestTag/elbv2.k8s.aws/cluster": scope.cluster,
		}}),
		permit("TagOwn", []string{"elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"}, balancers, ours),
		permit("TagListeners", []string{"elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"},
			[]string{elb("listener/net/*/*/*"), elb("listener/app/*/*/*"), elb("listener-rule/net/*/*/*"), elb("listener-rule/app/*/*/*")}, nil),
		permit("Change", []string{
			"elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:ModifyCapacityReservation",
			"elasticloadbalancing:ModifyIpPools", "elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:ModifyLoadBalancerAttributes",
			"elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:SetIpAddressType",
			"elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets",
		}, "*", ours),
		permit("Targets", []string{"elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"}, elb("targetgroup/*/*"), nil),
		permit("ChangeListeners", []string{
			"elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule",
			"elasticloadbalancing:RemoveListenerCertificates", "elasticloadbalancing:SetRulePriorities", "elasticloadbalancing:SetWebAcl",
			"wafv2:AssociateWebACL", "wafv2:DisassociateWebACL",
		}, "*", nil),
	)
}
