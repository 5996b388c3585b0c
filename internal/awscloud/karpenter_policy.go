package awscloud

import (
	"maps"


	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// karpenterPolicies are what Karpenter's controller may do: start and end
// instances for this cluster alone, hand them the node role, read prices and
// images, and read its queue.
// https://karpenter.sh/docs/reference/cloudformation/#karpentercontrollerpolicy
func karpenterPolicies(a *api, ref cloud.Ref, nodeRole, queue string) map[string]document {
	ec2 := func(kinds ...string) []string {
		var arns []string
		for _, kind := range kinds {
			arns = append(arns, "arn:"+a.partition+":ec2:"+a.region+":*:"+kind+"/*")
		}
		return arns
	}
	owned := "kubernetes.io/cluster/" + ref.Cluster
	asked := document{
		"StringEquals": document{"aws:RequestTag/" + owned: "owned", "aws:RequestTag/eks:eks-cluster-name": ref.Cluster},
		"StringLike":   document{"aws:RequestTag/karpenter.sh/nodepool": "*"},
	}
	ours := document{
		"StringEquals": document{"aws:ResourceTag/" + owned: "owned"},
		"StringLike":   document{"aws:ResourceTag/karpenter.sh/nodepool": "*"},
	}
	made := []string{"fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request"}
	profiles := "arn:" + a.partition + ":iam::" + a.account + ":instance-profile/*"
	inRegion := document{"aws:ResourceTag/" + owned: "owned", "aws:ResourceTag/topology.kubernetes.io/region": a.region}
	nodes := policyDocument(
		permit("UseImages", []string{"ec2:CreateFleet", "ec2:RunInstances"},
			append([]string{"arn:" + a.partition + ":ec2:" + a.region + "::image/*", "arn:" + a.partition + ":ec2:" + a.region + "::snapshot/*"},
				ec2("capacity-reservation", "security-group", "subnet")...), nil),
		permit("UseTemplates", []string{"ec2:CreateFleet", "ec2:RunInstances"}, ec2("launch-template"), ours),
		permit("Make", []string{"ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:RunInstances"}, ec2(made...), asked),
		permit("TagNew", []string{"ec2:CreateTags"}, ec2(made...), document{
			"StringEquals": document{
				"aws:RequestTag/" + owned: "owned", "aws:RequestTag/eks:eks-cluster-name": ref.Cluster,
				"ec2:CreateAction": []string{"RunInstances", "CreateFleet", "CreateLaunchTemplate"},
			},
			"StringLike": document{"aws:RequestTag/karpenter.sh/nodepool": "*"},
		}),
		permit("TagNodes", []string{"ec2:CreateTags"}, ec2("instance"), document{
			"StringEquals":              document{"aws:ResourceTag/" + owned: "owned"},
			"StringEqualsIfExists":      document{"aws:RequestTag/eks:eks-cluster-name": ref.Cluster},
			"StringLike":                document{"aws:ResourceTag/karpenter.sh/nodepool": "*"},
			"ForAllValues:StringEquals": document{"aws:TagKeys": []string{"eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"}},
		}),
		permit("End", []string{"ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"}, ec2("instance", "launch-template"), ours),
	)
	look := policyDocument(
		permit("Look", []string{
			"ec2:DescribeCapacityReservations", "ec2:DescribeImages", "ec2:DescribeInstanceStatus", "ec2:DescribeInstanceTypeOfferings",
			"ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeLaunchTemplates", "ec2:DescribeSecurityGroups",
			"ec2:DescribeSpotPriceHistory", "ec2:DescribeSubnets",
		}, "*", document{"StringEquals": document{"aws:RequestedRegion": a.region}}),
		permit("Prices", []string{"pricing:GetProducts"}, "*", nil),
		permit("Images", []string{"ssm:GetParameter"}, "arn:"+a.partition+":ssm:"+a.region+"::parameter/aws/service/*", nil),
		permit("Cluster", []string{"eks:DescribeCluster"}, a.arn("eks", "cluster/"+ref.Cluster), nil),
		permit("Queue", []string{"sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"}, a.arn("sqs", queue), nil),
	)
	profile := policyDocument(
		permit("PassRole", []string{"iam:PassRole"}, nodeRole, document{"StringEquals": document{"iam:PassedToService": "ec2.amazonaws.com"}}),
		permit("LookAtProfiles", []string{"iam:GetInstanceProfile", "iam:ListInstanceProfiles"}, "*", nil),
		permit("MakeProfiles", []string{"iam:CreateInstanceProfile"}, profiles, document{
			"StringEquals": document{
				"aws:RequestTag/" + owned: "owned", "aws:RequestTag/eks:eks-cluster-name": ref.Cluster,
				"aws:RequestTag/topology.kubernetes.io/region": a.region,
			},
			"StringLike": document{"aws:RequestTag/karpenter.k8s.aws/ec2nodeclass": "*"},
		}),
		permit("TagProfiles", []string{"iam:TagInstanceProfile"}, profiles, document{
			"StringEquals": merged(inRegion, document{
				"aws:RequestTag/" + owned: "owned", "aws:RequestTag/eks:eks-cluster-name": ref.Cluster,
				"aws:RequestTag/topology.kubernetes.io/region": a.region,
			}),
			"StringLike": document{"aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass": "*", "aws:RequestTag/karpenter.k8s.aws/ec2nodeclass": "*"},
		}),
		permit("ChangeProfiles", []string{"iam:AddRoleToInstanceProfile", "iam:DeleteInstanceProfile", "iam:RemoveRoleFromInstanceProfile"}, profiles, document{
			"StringEquals": inRegion, "StringLike": document{"aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass": "*"},
		}),
	)
	return map[string]document{"karpenter.look": look, "karpenter.nodes": nodes, "karpenter.profiles": profile}
}

func merged(a, b document) document {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}
