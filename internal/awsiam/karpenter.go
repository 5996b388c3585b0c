package awsiam

import "maps"

// karpenterPolicies are what Karpenter's controller may do: start and end
// instances for this cluster alone, hand them the node role, read prices and
// images, and read its queue.
// https://karpenter.sh/docs/reference/cloudformation/#karpentercontrollerpolicy
func karpenterPolicies(a Account, cluster, nodeRole, queue string) map[string]Document {
	ec2 := func(kinds ...string) []string {
		var arns []string
		for _, kind := range kinds {
			arns = append(arns, "arn:"+a.Partition+":ec2:"+a.Region+":*:"+kind+"/*")
		}
		return arns
	}
	owned := "kubernetes.io/cluster/" + cluster
	asked := Document{
		"StringEquals": Document{"aws:RequestTag/" + owned: "owned", "aws:RequestTag/eks:eks-cluster-name": cluster},
		"StringLike":   Document{"aws:RequestTag/karpenter.sh/nodepool": "*"},
	}
	ours := Document{
		"StringEquals": Document{"aws:ResourceTag/" + owned: "owned"},
		"StringLike":   Document{"aws:ResourceTag/karpenter.sh/nodepool": "*"},
	}
	made := []string{"fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request"}
	profiles := "arn:" + a.Partition + ":iam::" + a.ID + ":instance-profile/*"
	inRegion := Document{"aws:ResourceTag/" + owned: "owned", "aws:ResourceTag/topology.kubernetes.io/region": a.Region}
	nodes := Policy(
		allow("UseImages", []string{"ec2:CreateFleet", "ec2:RunInstances"},
			append([]string{"arn:" + a.Partition + ":ec2:" + a.Region + "::image/*", "arn:" + a.Partition + ":ec2:" + a.Region + "::snapshot/*"},
				ec2("capacity-reservation", "security-group", "subnet")...), nil),
		allow("UseTemplates", []string{"ec2:CreateFleet", "ec2:RunInstances"}, ec2("launch-template"), ours),
		allow("Make", []string{"ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:RunInstances"}, ec2(made...), asked),
		allow("TagNew", []string{"ec2:CreateTags"}, ec2(made...), Document{
			"StringEquals": Document{
				"aws:RequestTag/" + owned: "owned", "aws:RequestTag/eks:eks-cluster-name": cluster,
				"ec2:CreateAction": []string{"RunInstances", "CreateFleet", "CreateLaunchTemplate"},
			},
			"StringLike": Document{"aws:RequestTag/karpenter.sh/nodepool": "*"},
		}),
		allow("TagNodes", []string{"ec2:CreateTags"}, ec2("instance"), Document{
			"StringEquals":              Document{"aws:ResourceTag/" + owned: "owned"},
			"StringEqualsIfExists":      Document{"aws:RequestTag/eks:eks-cluster-name": cluster},
			"StringLike":                Document{"aws:ResourceTag/karpenter.sh/nodepool": "*"},
			"ForAllValues:StringEquals": Document{"aws:TagKeys": []string{"eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"}},
		}),
		allow("End", []string{"ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"}, ec2("instance", "launch-template"), ours),
	)
	look := Policy(
		allow("Look", []string{
			"ec2:DescribeCapacityReservations", "ec2:DescribeImages", "ec2:DescribeInstanceStatus", "ec2:DescribeInstanceTypeOfferings",
			"ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeLaunchTemplates", "ec2:DescribeSecurityGroups",
			"ec2:DescribeSpotPriceHistory", "ec2:DescribeSubnets",
		}, "*", Document{"StringEquals": Document{"aws:RequestedRegion": a.Region}}),
		allow("Prices", []string{"pricing:GetProducts"}, "*", nil),
		allow("Images", []string{"ssm:GetParameter"}, "arn:"+a.Partition+":ssm:"+a.Region+"::parameter/aws/service/*", nil),
		allow("Cluster", []string{"eks:DescribeCluster"}, a.ARN("eks", "cluster/"+cluster), nil),
		allow("Queue", []string{"sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"}, a.ARN("sqs", queue), nil),
	)
	profile := Policy(
		allow("PassRole", []string{"iam:PassRole"}, nodeRole, Document{"StringEquals": Document{"iam:PassedToService": "ec2.amazonaws.com"}}),
		allow("LookAtProfiles", []string{"iam:GetInstanceProfile", "iam:ListInstanceProfiles"}, "*", nil),
		allow("MakeProfiles", []string{"iam:CreateInstanceProfile"}, profiles, Document{
			"StringEquals": Document{
				"aws:RequestTag/" + owned: "owned", "aws:RequestTag/eks:eks-cluster-name": cluster,
				"aws:RequestTag/topology.kubernetes.io/region": a.Region,
			},
			"StringLike": Document{"aws:RequestTag/karpenter.k8s.aws/ec2nodeclass": "*"},
		}),
		allow("TagProfiles", []string{"iam:TagInstanceProfile"}, profiles, Document{
			"StringEquals": merged(inRegion, Document{
				"aws:RequestTag/" + owned: "owned", "aws:RequestTag/eks:eks-cluster-name": cluster,
				"aws:RequestTag/topology.kubernetes.io/region": a.Region,
			}),
			"StringLike": Document{"aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass": "*", "aws:RequestTag/karpenter.k8s.aws/ec2nodeclass": "*"},
		}),
		allow("ChangeProfiles", []string{"iam:AddRoleToInstanceProfile", "iam:DeleteInstanceProfile", "iam:RemoveRoleFromInstanceProfile"}, profiles, Document{
			"StringEquals": inRegion, "StringLike": Document{"aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass": "*"},
		}),
	)
	return map[string]Document{"karpenter.look": look, "karpenter.nodes": nodes, "karpenter.profiles": profile}
}

func merged(a, b Document) Document {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}
