# Made from internal/awsiam: go test ./internal/generate/native -run TestPolicies -update

locals {
  controller_grants = {
    backup = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "Look"
          Effect = "Allow"
          Action = [
            "ec2:DescribeSnapshots",
            "ec2:DescribeVolumes",
          ]
          Resource = "*"
        },
        {
          Sid    = "Make"
          Effect = "Allow"
          Action = [
            "ec2:CreateSnapshot",
            "ec2:CreateTags",
            "ec2:CreateVolume",
          ]
          Resource = [
            "arn:${local.partition}:ec2:*:*:snapshot/*",
            "arn:${local.partition}:ec2:*:*:volume/*",
          ]
        },
        {
          Sid      = "Delete"
          Effect   = "Allow"
          Action   = ["ec2:DeleteSnapshot"]
          Resource = "arn:${local.partition}:ec2:*:*:snapshot/*"
          Condition = {
            StringEquals = {
              "aws:ResourceTag/kubernetes.io/cluster/${local.name}" = "owned"
            }
          }
        },
      ]
    })

    cert-manager = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "SeeChange"
          Effect   = "Allow"
          Action   = ["route53:GetChange"]
          Resource = "arn:${local.partition}:route53:::change/*"
        },
        {
          Sid      = "Change"
          Effect   = "Allow"
          Action   = ["route53:ChangeResourceRecordSets"]
          Resource = "arn:${local.partition}:route53:::hostedzone/*"
          Condition = {
            "ForAllValues:StringEquals" = {
              "route53:ChangeResourceRecordSetsRecordTypes" = ["TXT"]
            }
          }
        },
        {
          Sid      = "Look"
          Effect   = "Allow"
          Action   = ["route53:ListResourceRecordSets"]
          Resource = "arn:${local.partition}:route53:::hostedzone/*"
        },
        {
          Sid      = "FindZone"
          Effect   = "Allow"
          Action   = ["route53:ListHostedZonesByName"]
          Resource = "*"
        },
      ]
    })

    cluster-autoscaler = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "Look"
          Effect = "Allow"
          Action = [
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeAutoScalingInstances",
            "autoscaling:DescribeLaunchConfigurations",
            "autoscaling:DescribeScalingActivities",
            "autoscaling:DescribeTags",
            "ec2:DescribeImages",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:GetInstanceTypesFromInstanceRequirements",
            "eks:DescribeNodegroup",
          ]
          Resource = "*"
        },
        {
          Sid    = "Scale"
          Effect = "Allow"
          Action = [
            "autoscaling:SetDesiredCapacity",
            "autoscaling:TerminateInstanceInAutoScalingGroup",
          ]
          Resource = "*"
          Condition = {
            StringEquals = {
              "aws:ResourceTag/kubernetes.io/cluster/${local.name}" = "owned"
            }
          }
        },
      ]
    })

    ebs-csi = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "Look"
          Effect = "Allow"
          Action = [
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeInstances",
            "ec2:DescribeSnapshots",
            "ec2:DescribeTags",
            "ec2:DescribeVolumes",
            "ec2:DescribeVolumesModifications",
            "ec2:DescribeVolumeStatus",
          ]
          Resource = "*"
        },
        {
          Sid      = "MakeVolumes"
          Effect   = "Allow"
          Action   = ["ec2:CreateVolume"]
          Resource = "arn:${local.partition}:ec2:*:*:volume/*"
          Condition = {
            StringEquals = {
              "aws:RequestTag/ebs.csi.aws.com/cluster" = "true"
            }
          }
        },
        {
          Sid      = "MakeVolumesFromSnapshots"
          Effect   = "Allow"
          Action   = ["ec2:CreateVolume"]
          Resource = "arn:${local.partition}:ec2:*:*:snapshot/*"
        },
        {
          Sid      = "MakeSnapshots"
          Effect   = "Allow"
          Action   = ["ec2:CreateSnapshot"]
          Resource = "arn:${local.partition}:ec2:*:*:snapshot/*"
          Condition = {
            StringEquals = {
              "aws:RequestTag/ebs.csi.aws.com/cluster" = "true"
            }
          }
        },
        {
          Sid    = "MakeSnapshotsOfVolumes"
          Effect = "Allow"
          Action = [
            "ec2:CreateSnapshot",
            "ec2:ModifyVolume",
          ]
          Resource = "arn:${local.partition}:ec2:*:*:volume/*"
          Condition = {
            StringEquals = {
              "aws:ResourceTag/ebs.csi.aws.com/cluster" = "true"
            }
          }
        },
        {
          Sid    = "Attach"
          Effect = "Allow"
          Action = [
            "ec2:AttachVolume",
            "ec2:DetachVolume",
          ]
          Resource = [
            "arn:${local.partition}:ec2:*:*:instance/*",
            "arn:${local.partition}:ec2:*:*:volume/*",
          ]
        },
        {
          Sid    = "TagNew"
          Effect = "Allow"
          Action = ["ec2:CreateTags"]
          Resource = [
            "arn:${local.partition}:ec2:*:*:volume/*",
            "arn:${local.partition}:ec2:*:*:snapshot/*",
          ]
          Condition = {
            StringEquals = {
              "ec2:CreateAction" = [
                "CreateVolume",
                "CreateSnapshot",
              ]
            }
          }
        },
        {
          Sid    = "Delete"
          Effect = "Allow"
          Action = [
            "ec2:DeleteSnapshot",
            "ec2:DeleteVolume",
          ]
          Resource = [
            "arn:${local.partition}:ec2:*:*:volume/*",
            "arn:${local.partition}:ec2:*:*:snapshot/*",
          ]
          Condition = {
            StringEquals = {
              "aws:ResourceTag/ebs.csi.aws.com/cluster" = "true"
            }
          }
        },
        {
          Sid    = "OpenDisks"
          Effect = "Allow"
          Action = [
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:ReEncrypt*",
          ]
          Resource = "*"
          Condition = {
            StringEquals = {
              "kms:CallerAccount" = local.account
              "kms:ViaService"    = "ec2.${local.region}.amazonaws.com"
            }
          }
        },
      ]
    })

    efs-csi = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "Look"
          Effect = "Allow"
          Action = [
            "ec2:DescribeAvailabilityZones",
            "elasticfilesystem:DescribeAccessPoints",
            "elasticfilesystem:DescribeFileSystems",
            "elasticfilesystem:DescribeMountTargets",
          ]
          Resource = "*"
        },
        {
          Sid      = "MakeAccessPoints"
          Effect   = "Allow"
          Action   = ["elasticfilesystem:CreateAccessPoint"]
          Resource = "*"
          Condition = {
            StringLike = {
              "aws:RequestTag/efs.csi.aws.com/cluster" = "true"
            }
          }
        },
        {
          Sid      = "TagNew"
          Effect   = "Allow"
          Action   = ["elasticfilesystem:TagResource"]
          Resource = "*"
          Condition = {
            StringLike = {
              "aws:RequestTag/efs.csi.aws.com/cluster" = "true"
            }
          }
        },
        {
          Sid      = "Delete"
          Effect   = "Allow"
          Action   = ["elasticfilesystem:DeleteAccessPoint"]
          Resource = "*"
          Condition = {
            StringEquals = {
              "aws:ResourceTag/efs.csi.aws.com/cluster" = "true"
            }
          }
        },
      ]
    })

    external-dns = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "Change"
          Effect = "Allow"
          Action = [
            "route53:ChangeResourceRecordSets",
            "route53:ListResourceRecordSets",
            "route53:ListTagsForResources",
          ]
          Resource = "arn:${local.partition}:route53:::hostedzone/*"
        },
        {
          Sid      = "Look"
          Effect   = "Allow"
          Action   = ["route53:ListHostedZones"]
          Resource = "*"
        },
      ]
    })

    load-balancer-controller = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "Look"
          Effect = "Allow"
          Action = [
            "ec2:DescribeAccountAttributes",
            "ec2:DescribeAddresses",
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeCoipPools",
            "ec2:DescribeInstances",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeIpamPools",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeTags",
            "ec2:DescribeVpcPeeringConnections",
            "ec2:DescribeVpcs",
            "ec2:GetCoipPoolUsage",
            "ec2:GetSecurityGroupsForVpc",
            "elasticloadbalancing:DescribeCapacityReservation",
            "elasticloadbalancing:DescribeListenerAttributes",
            "elasticloadbalancing:DescribeListenerCertificates",
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeSSLPolicies",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
            "elasticloadbalancing:DescribeTrustStores",
            "acm:DescribeCertificate",
            "acm:ListCertificates",
            "wafv2:GetWebACL",
            "wafv2:GetWebACLForResource",
          ]
          Resource = "*"
        },
        {
          Sid      = "ServiceRole"
          Effect   = "Allow"
          Action   = ["iam:CreateServiceLinkedRole"]
          Resource = "*"
          Condition = {
            StringEquals = {
              "iam:AWSServiceName" = "elasticloadbalancing.amazonaws.com"
            }
          }
        },
        {
          Sid    = "Make"
          Effect = "Allow"
          Action = [
            "elasticloadbalancing:CreateLoadBalancer",
            "elasticloadbalancing:CreateTargetGroup",
          ]
          Resource = "*"
          Condition = {
            StringEquals = {
              "aws:RequestTag/elbv2.k8s.aws/cluster" = local.name
            }
          }
        },
        {
          Sid      = "MakeGroups"
          Effect   = "Allow"
          Action   = ["ec2:CreateSecurityGroup"]
          Resource = "*"
        },
        {
          Sid      = "TagGroups"
          Effect   = "Allow"
          Action   = ["ec2:CreateTags"]
          Resource = "arn:${local.partition}:ec2:*:*:security-group/*"
          Condition = {
            StringEquals = {
              "aws:RequestTag/elbv2.k8s.aws/cluster" = local.name
              "ec2:CreateAction"                     = "CreateSecurityGroup"
            }
          }
        },
        {
          Sid    = "ChangeGroups"
          Effect = "Allow"
          Action = [
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupIngress",
          ]
          Resource = "*"
          Condition = {
            StringEquals = {
              "aws:ResourceTag/kubernetes.io/cluster/${local.name}" = "owned"
            }
          }
        },
        {
          Sid    = "ChangeOwnGroups"
          Effect = "Allow"
          Action = [
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:DeleteSecurityGroup",
            "ec2:RevokeSecurityGroupIngress",
          ]
          Resource = "*"
          Condition = {
            StringEquals = {
              "aws:ResourceTag/elbv2.k8s.aws/cluster" = local.name
            }
          }
        },
        {
          Sid    = "Listeners"
          Effect = "Allow"
          Action = [
            "elasticloadbalancing:CreateListener",
            "elasticloadbalancing:CreateRule",
            "elasticloadbalancing:DeleteListener",
            "elasticloadbalancing:DeleteRule",
          ]
          Resource = "*"
        },
        {
          Sid    = "TagNew"
          Effect = "Allow"
          Action = ["elasticloadbalancing:AddTags"]
          Resource = [
            "arn:${local.partition}:elasticloadbalancing:*:*:targetgroup/*/*",
            "arn:${local.partition}:elasticloadbalancing:*:*:loadbalancer/net/*/*",
            "arn:${local.partition}:elasticloadbalancing:*:*:loadbalancer/app/*/*",
          ]
          Condition = {
            StringEquals = {
              "aws:RequestTag/elbv2.k8s.aws/cluster" = local.name
              "elasticloadbalancing:CreateAction" = [
                "CreateTargetGroup",
                "CreateLoadBalancer",
              ]
            }
          }
        },
        {
          Sid    = "TagOwn"
          Effect = "Allow"
          Action = [
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
          ]
          Resource = [
            "arn:${local.partition}:elasticloadbalancing:*:*:targetgroup/*/*",
            "arn:${local.partition}:elasticloadbalancing:*:*:loadbalancer/net/*/*",
            "arn:${local.partition}:elasticloadbalancing:*:*:loadbalancer/app/*/*",
          ]
          Condition = {
            StringEquals = {
              "aws:ResourceTag/elbv2.k8s.aws/cluster" = local.name
            }
          }
        },
        {
          Sid    = "TagListeners"
          Effect = "Allow"
          Action = [
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
          ]
          Resource = [
            "arn:${local.partition}:elasticloadbalancing:*:*:listener/net/*/*/*",
            "arn:${local.partition}:elasticloadbalancing:*:*:listener/app/*/*/*",
            "arn:${local.partition}:elasticloadbalancing:*:*:listener-rule/net/*/*/*",
            "arn:${local.partition}:elasticloadbalancing:*:*:listener-rule/app/*/*/*",
          ]
        },
        {
          Sid    = "Change"
          Effect = "Allow"
          Action = [
            "elasticloadbalancing:DeleteLoadBalancer",
            "elasticloadbalancing:DeleteTargetGroup",
            "elasticloadbalancing:ModifyCapacityReservation",
            "elasticloadbalancing:ModifyIpPools",
            "elasticloadbalancing:ModifyListenerAttributes",
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            "elasticloadbalancing:ModifyTargetGroup",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
            "elasticloadbalancing:SetIpAddressType",
            "elasticloadbalancing:SetSecurityGroups",
            "elasticloadbalancing:SetSubnets",
          ]
          Resource = "*"
          Condition = {
            StringEquals = {
              "aws:ResourceTag/elbv2.k8s.aws/cluster" = local.name
            }
          }
        },
        {
          Sid    = "Targets"
          Effect = "Allow"
          Action = [
            "elasticloadbalancing:DeregisterTargets",
            "elasticloadbalancing:RegisterTargets",
          ]
          Resource = "arn:${local.partition}:elasticloadbalancing:*:*:targetgroup/*/*"
        },
        {
          Sid    = "ChangeListeners"
          Effect = "Allow"
          Action = [
            "elasticloadbalancing:AddListenerCertificates",
            "elasticloadbalancing:ModifyListener",
            "elasticloadbalancing:ModifyRule",
            "elasticloadbalancing:RemoveListenerCertificates",
            "elasticloadbalancing:SetRulePriorities",
            "elasticloadbalancing:SetWebAcl",
            "wafv2:AssociateWebACL",
            "wafv2:DisassociateWebACL",
          ]
          Resource = "*"
        },
      ]
    })

    vpc-cni = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "Look"
          Effect = "Allow"
          Action = [
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeInstances",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DescribeTags",
            "ec2:DescribeSecurityGroups",
          ]
          Resource = "*"
        },
        {
          Sid    = "Address"
          Effect = "Allow"
          Action = [
            "ec2:AssignPrivateIpAddresses",
            "ec2:AttachNetworkInterface",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DetachNetworkInterface",
            "ec2:ModifyNetworkInterfaceAttribute",
            "ec2:UnassignPrivateIpAddresses",
          ]
          Resource = "*"
        },
        {
          Sid      = "Tag"
          Effect   = "Allow"
          Action   = ["ec2:CreateTags"]
          Resource = "arn:${local.partition}:ec2:*:*:network-interface/*"
        },
      ]
    })
  }

  vault_grants = {
    for key, grant in local.object_grants : key => jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "ReadSecrets"
          Effect = "Allow"
          Action = [
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:ListSecretVersionIds",
          ]
          Resource = [for name in grant.on : "arn:${grant.at[name].partition}:secretsmanager:${grant.at[name].region}:${grant.at[name].account}:secret:${name}/*"]
        },
        {
          Sid      = "OpenSecrets"
          Effect   = "Allow"
          Action   = ["kms:Decrypt"]
          Resource = [for name in grant.on : grant.at[name].key]
          Condition = {
            StringEquals = {
              "kms:ViaService" = "secretsmanager.${local.region}.amazonaws.com"
            }
          }
        },
      ]
    }) if startswith(grant.name, "vault:")
  }

  pull_grants = {
    for key, grant in local.object_grants : key => jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "LogIn"
          Effect   = "Allow"
          Action   = ["ecr:GetAuthorizationToken"]
          Resource = "*"
        },
        {
          Sid    = "Images"
          Effect = "Allow"
          Action = [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
          ]
          Resource = [for name in grant.on : "arn:${grant.at[name].partition}:ecr:${grant.at[name].region}:${grant.at[name].account}:repository/${name}"]
        },
      ]
    }) if grant.name == "registry:pull"
  }

  push_grants = {
    for key, grant in local.object_grants : key => jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "LogIn"
          Effect   = "Allow"
          Action   = ["ecr:GetAuthorizationToken"]
          Resource = "*"
        },
        {
          Sid    = "Images"
          Effect = "Allow"
          Action = [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            "ecr:CompleteLayerUpload",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
          ]
          Resource = [for name in grant.on : "arn:${grant.at[name].partition}:ecr:${grant.at[name].region}:${grant.at[name].account}:repository/${name}"]
        },
      ]
    }) if grant.name == "registry:push"
  }

  endpoint_policies = {
    account = {
      default = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalAccount" = local.account
              }
            }
          },
        ]
      })

      "ecr.api" = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalAccount" = local.account
                "aws:ResourceAccount"  = local.account
              }
            }
          },
          {
            Sid       = "Pull"
            Effect    = "Allow"
            Principal = "*"
            Action = [
              "ecr:GetAuthorizationToken",
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:GetDownloadUrlForLayer",
            ]
            Resource = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalAccount" = local.account
              }
            }
          },
        ]
      })

      "ecr.dkr" = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalAccount" = local.account
                "aws:ResourceAccount"  = local.account
              }
            }
          },
          {
            Sid       = "Pull"
            Effect    = "Allow"
            Principal = "*"
            Action = [
              "ecr:GetAuthorizationToken",
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:GetDownloadUrlForLayer",
            ]
            Resource = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalAccount" = local.account
              }
            }
          },
        ]
      })

      kms = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalAccount" = local.account
                "aws:ResourceAccount"  = local.account
              }
            }
          },
        ]
      })

      logs = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalAccount" = local.account
                "aws:ResourceAccount"  = local.account
              }
            }
          },
        ]
      })

      s3 = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalAccount" = local.account
                "aws:ResourceAccount"  = local.account
              }
            }
          },
          {
            Sid       = "Layers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "s3:GetObject"
            Resource  = "arn:${local.partition}:s3:::prod-${local.region}-starport-layer-bucket/*"
          },
          {
            Sid       = "Packages"
            Effect    = "Allow"
            Principal = "*"
            Action    = "s3:GetObject"
            Resource  = "arn:${local.partition}:s3:::al2023-repos-${local.region}-de612dc2/*"
          },
        ]
      })

      secretsmanager = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalAccount" = local.account
                "aws:ResourceAccount"  = local.account
              }
            }
          },
        ]
      })

      sqs = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalAccount" = local.account
                "aws:ResourceAccount"  = local.account
              }
            }
          },
        ]
      })

      sts = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalAccount" = local.account
              }
            }
          },
          {
            Sid       = "WebIdentity"
            Effect    = "Allow"
            Principal = "*"
            Action    = "sts:AssumeRoleWithWebIdentity"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:ResourceAccount" = local.account
              }
            }
          },
        ]
      })
    }

    organization = {
      default = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalOrgID" = local.organization
              }
            }
          },
        ]
      })

      "ecr.api" = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalOrgID" = local.organization
                "aws:ResourceOrgID"  = local.organization
              }
            }
          },
          {
            Sid       = "Pull"
            Effect    = "Allow"
            Principal = "*"
            Action = [
              "ecr:GetAuthorizationToken",
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:GetDownloadUrlForLayer",
            ]
            Resource = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalOrgID" = local.organization
              }
            }
          },
        ]
      })

      "ecr.dkr" = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalOrgID" = local.organization
                "aws:ResourceOrgID"  = local.organization
              }
            }
          },
          {
            Sid       = "Pull"
            Effect    = "Allow"
            Principal = "*"
            Action = [
              "ecr:GetAuthorizationToken",
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:GetDownloadUrlForLayer",
            ]
            Resource = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalOrgID" = local.organization
              }
            }
          },
        ]
      })

      kms = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalOrgID" = local.organization
                "aws:ResourceOrgID"  = local.organization
              }
            }
          },
        ]
      })

      logs = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalOrgID" = local.organization
                "aws:ResourceOrgID"  = local.organization
              }
            }
          },
        ]
      })

      s3 = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalOrgID" = local.organization
                "aws:ResourceOrgID"  = local.organization
              }
            }
          },
          {
            Sid       = "Layers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "s3:GetObject"
            Resource  = "arn:${local.partition}:s3:::prod-${local.region}-starport-layer-bucket/*"
          },
          {
            Sid       = "Packages"
            Effect    = "Allow"
            Principal = "*"
            Action    = "s3:GetObject"
            Resource  = "arn:${local.partition}:s3:::al2023-repos-${local.region}-de612dc2/*"
          },
        ]
      })

      secretsmanager = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalOrgID" = local.organization
                "aws:ResourceOrgID"  = local.organization
              }
            }
          },
        ]
      })

      sqs = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalOrgID" = local.organization
                "aws:ResourceOrgID"  = local.organization
              }
            }
          },
        ]
      })

      sts = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Callers"
            Effect    = "Allow"
            Principal = "*"
            Action    = "*"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:PrincipalOrgID" = local.organization
              }
            }
          },
          {
            Sid       = "WebIdentity"
            Effect    = "Allow"
            Principal = "*"
            Action    = "sts:AssumeRoleWithWebIdentity"
            Resource  = "*"
            Condition = {
              StringEquals = {
                "aws:ResourceOrgID" = local.organization
              }
            }
          },
        ]
      })
    }
  }

  karpenter_rights = {
    "karpenter.look" = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "Look"
          Effect = "Allow"
          Action = [
            "ec2:DescribeCapacityReservations",
            "ec2:DescribeImages",
            "ec2:DescribeInstanceStatus",
            "ec2:DescribeInstanceTypeOfferings",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeInstances",
            "ec2:DescribeLaunchTemplates",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSpotPriceHistory",
            "ec2:DescribeSubnets",
          ]
          Resource = "*"
          Condition = {
            StringEquals = {
              "aws:RequestedRegion" = local.region
            }
          }
        },
        {
          Sid      = "Prices"
          Effect   = "Allow"
          Action   = ["pricing:GetProducts"]
          Resource = "*"
        },
        {
          Sid      = "Images"
          Effect   = "Allow"
          Action   = ["ssm:GetParameter"]
          Resource = "arn:${local.partition}:ssm:${local.region}::parameter/aws/service/*"
        },
        {
          Sid      = "Cluster"
          Effect   = "Allow"
          Action   = ["eks:DescribeCluster"]
          Resource = "arn:${local.partition}:eks:${local.region}:${local.account}:cluster/${local.name}"
        },
        {
          Sid    = "Queue"
          Effect = "Allow"
          Action = [
            "sqs:DeleteMessage",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
          ]
          Resource = "arn:${local.partition}:sqs:${local.region}:${local.account}:${local.queue}"
        },
      ]
    })

    "karpenter.nodes" = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "UseImages"
          Effect = "Allow"
          Action = [
            "ec2:CreateFleet",
            "ec2:RunInstances",
          ]
          Resource = [
            "arn:${local.partition}:ec2:${local.region}::image/*",
            "arn:${local.partition}:ec2:${local.region}::snapshot/*",
            "arn:${local.partition}:ec2:${local.region}:*:capacity-reservation/*",
            "arn:${local.partition}:ec2:${local.region}:*:security-group/*",
            "arn:${local.partition}:ec2:${local.region}:*:subnet/*",
          ]
        },
        {
          Sid    = "UseTemplates"
          Effect = "Allow"
          Action = [
            "ec2:CreateFleet",
            "ec2:RunInstances",
          ]
          Resource = ["arn:${local.partition}:ec2:${local.region}:*:launch-template/*"]
          Condition = {
            StringEquals = {
              "aws:ResourceTag/kubernetes.io/cluster/${local.name}" = "owned"
            }
            StringLike = {
              "aws:ResourceTag/karpenter.sh/nodepool" = "*"
            }
          }
        },
        {
          Sid    = "Make"
          Effect = "Allow"
          Action = [
            "ec2:CreateFleet",
            "ec2:CreateLaunchTemplate",
            "ec2:RunInstances",
          ]
          Resource = [
            "arn:${local.partition}:ec2:${local.region}:*:fleet/*",
            "arn:${local.partition}:ec2:${local.region}:*:instance/*",
            "arn:${local.partition}:ec2:${local.region}:*:volume/*",
            "arn:${local.partition}:ec2:${local.region}:*:network-interface/*",
            "arn:${local.partition}:ec2:${local.region}:*:launch-template/*",
            "arn:${local.partition}:ec2:${local.region}:*:spot-instances-request/*",
          ]
          Condition = {
            StringEquals = {
              "aws:RequestTag/eks:eks-cluster-name"                = local.name
              "aws:RequestTag/kubernetes.io/cluster/${local.name}" = "owned"
            }
            StringLike = {
              "aws:RequestTag/karpenter.sh/nodepool" = "*"
            }
          }
        },
        {
          Sid    = "TagNew"
          Effect = "Allow"
          Action = ["ec2:CreateTags"]
          Resource = [
            "arn:${local.partition}:ec2:${local.region}:*:fleet/*",
            "arn:${local.partition}:ec2:${local.region}:*:instance/*",
            "arn:${local.partition}:ec2:${local.region}:*:volume/*",
            "arn:${local.partition}:ec2:${local.region}:*:network-interface/*",
            "arn:${local.partition}:ec2:${local.region}:*:launch-template/*",
            "arn:${local.partition}:ec2:${local.region}:*:spot-instances-request/*",
          ]
          Condition = {
            StringEquals = {
              "aws:RequestTag/eks:eks-cluster-name"                = local.name
              "aws:RequestTag/kubernetes.io/cluster/${local.name}" = "owned"
              "ec2:CreateAction" = [
                "RunInstances",
                "CreateFleet",
                "CreateLaunchTemplate",
              ]
            }
            StringLike = {
              "aws:RequestTag/karpenter.sh/nodepool" = "*"
            }
          }
        },
        {
          Sid      = "TagNodes"
          Effect   = "Allow"
          Action   = ["ec2:CreateTags"]
          Resource = ["arn:${local.partition}:ec2:${local.region}:*:instance/*"]
          Condition = {
            "ForAllValues:StringEquals" = {
              "aws:TagKeys" = [
                "eks:eks-cluster-name",
                "karpenter.sh/nodeclaim",
                "Name",
              ]
            }
            StringEquals = {
              "aws:ResourceTag/kubernetes.io/cluster/${local.name}" = "owned"
            }
            StringEqualsIfExists = {
              "aws:RequestTag/eks:eks-cluster-name" = local.name
            }
            StringLike = {
              "aws:ResourceTag/karpenter.sh/nodepool" = "*"
            }
          }
        },
        {
          Sid    = "End"
          Effect = "Allow"
          Action = [
            "ec2:DeleteLaunchTemplate",
            "ec2:TerminateInstances",
          ]
          Resource = [
            "arn:${local.partition}:ec2:${local.region}:*:instance/*",
            "arn:${local.partition}:ec2:${local.region}:*:launch-template/*",
          ]
          Condition = {
            StringEquals = {
              "aws:ResourceTag/kubernetes.io/cluster/${local.name}" = "owned"
            }
            StringLike = {
              "aws:ResourceTag/karpenter.sh/nodepool" = "*"
            }
          }
        },
      ]
    })

    "karpenter.profiles" = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "PassRole"
          Effect   = "Allow"
          Action   = ["iam:PassRole"]
          Resource = local.node_role_arn
          Condition = {
            StringEquals = {
              "iam:PassedToService" = "ec2.amazonaws.com"
            }
          }
        },
        {
          Sid    = "LookAtProfiles"
          Effect = "Allow"
          Action = [
            "iam:GetInstanceProfile",
            "iam:ListInstanceProfiles",
          ]
          Resource = "*"
        },
        {
          Sid      = "MakeProfiles"
          Effect   = "Allow"
          Action   = ["iam:CreateInstanceProfile"]
          Resource = "arn:${local.partition}:iam::${local.account}:instance-profile/*"
          Condition = {
            StringEquals = {
              "aws:RequestTag/eks:eks-cluster-name"                = local.name
              "aws:RequestTag/kubernetes.io/cluster/${local.name}" = "owned"
              "aws:RequestTag/topology.kubernetes.io/region"       = local.region
            }
            StringLike = {
              "aws:RequestTag/karpenter.k8s.aws/ec2nodeclass" = "*"
            }
          }
        },
        {
          Sid      = "TagProfiles"
          Effect   = "Allow"
          Action   = ["iam:TagInstanceProfile"]
          Resource = "arn:${local.partition}:iam::${local.account}:instance-profile/*"
          Condition = {
            StringEquals = {
              "aws:RequestTag/eks:eks-cluster-name"                 = local.name
              "aws:RequestTag/kubernetes.io/cluster/${local.name}"  = "owned"
              "aws:RequestTag/topology.kubernetes.io/region"        = local.region
              "aws:ResourceTag/kubernetes.io/cluster/${local.name}" = "owned"
              "aws:ResourceTag/topology.kubernetes.io/region"       = local.region
            }
            StringLike = {
              "aws:RequestTag/karpenter.k8s.aws/ec2nodeclass"  = "*"
              "aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass" = "*"
            }
          }
        },
        {
          Sid    = "ChangeProfiles"
          Effect = "Allow"
          Action = [
            "iam:AddRoleToInstanceProfile",
            "iam:DeleteInstanceProfile",
            "iam:RemoveRoleFromInstanceProfile",
          ]
          Resource = "arn:${local.partition}:iam::${local.account}:instance-profile/*"
          Condition = {
            StringEquals = {
              "aws:ResourceTag/kubernetes.io/cluster/${local.name}" = "owned"
              "aws:ResourceTag/topology.kubernetes.io/region"       = local.region
            }
            StringLike = {
              "aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass" = "*"
            }
          }
        },
      ]
    })
  }

  karpenter_patterns = {
    health = jsonencode({
      detail-type = ["AWS Health Event"]
      source      = ["aws.health"]
    })

    rebalance = jsonencode({
      detail-type = ["EC2 Instance Rebalance Recommendation"]
      source      = ["aws.ec2"]
    })

    spot-interruption = jsonencode({
      detail-type = ["EC2 Spot Instance Interruption Warning"]
      source      = ["aws.ec2"]
    })

    state-change = jsonencode({
      detail-type = ["EC2 Instance State-change Notification"]
      source      = ["aws.ec2"]
    })
  }

  karpenter_queue_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Events"
        Effect = "Allow"
        Principal = {
          Service = "events.amazonaws.com"
        }
        Action   = "sqs:SendMessage"
        Resource = "arn:${local.partition}:sqs:${local.region}:${local.account}:${local.queue}"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = local.account
          }
        }
      },
      {
        Sid       = "TLSOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = "arn:${local.partition}:sqs:${local.region}:${local.account}:${local.queue}"
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
    ]
  })

  flow_log_rights = local.flow_logs == null ? null : {
    trust = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Effect = "Allow"
          Principal = {
            Service = "vpc-flow-logs.amazonaws.com"
          }
          Action = ["sts:AssumeRole"]
          Condition = {
            ArnLike = {
              "aws:SourceArn" = "arn:${local.partition}:ec2:${local.region}:${local.account}:vpc-flow-log/*"
            }
            StringEquals = {
              "aws:SourceAccount" = local.account
            }
          }
        },
      ]
    })
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Effect = "Allow"
          Action = [
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
          ]
          Resource = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${local.flow_logs.log_group}:*"
        },
        {
          Effect   = "Allow"
          Action   = "logs:DescribeLogGroups"
          Resource = "*"
        },
      ]
    })
  }

  account_key_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Account"
        Effect = "Allow"
        Principal = {
          AWS = "arn:${local.partition}:iam::${local.account}:root"
        }
        Action   = "kms:*"
        Resource = "*"
      },
    ]
  })

  vault_key_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Account"
        Effect = "Allow"
        Principal = {
          AWS = "arn:${local.partition}:iam::${local.account}:root"
        }
        Action   = "kms:*"
        Resource = "*"
      },
      {
        Sid       = "OnlyThroughSecretsManager"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "kms:Decrypt",
          "kms:Encrypt",
          "kms:GenerateDataKey*",
          "kms:ReEncrypt*",
        ]
        Resource = "*"
        Condition = {
          StringNotEquals = {
            "kms:ViaService" = "secretsmanager.${local.region}.amazonaws.com"
          }
        }
      },
    ]
  })

  push_policy = one([for grant in local.pushers : jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Push"
        Effect = "Allow"
        Principal = {
          AWS = [for name in grant.on : name]
        }
        Action = [
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:CompleteLayerUpload",
          "ecr:GetDownloadUrlForLayer",
          "ecr:InitiateLayerUpload",
          "ecr:PutImage",
          "ecr:UploadLayerPart",
        ]
      },
    ]
  })])
}
