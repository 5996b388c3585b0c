# Made from internal/awsiam: go test ./internal/generate/native -run TestPolicies -update

locals {
  cluster_rights = {
    trust = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Effect = "Allow"
          Principal = {
            Service = "eks.amazonaws.com"
          }
          Action = [
            "sts:AssumeRole",
            "sts:TagSession",
          ]
        },
      ]
    })
    managed = local.cluster.auto_mode ? toset([
      "AmazonEKSClusterPolicy",
      "AmazonEKSBlockStoragePolicy",
      "AmazonEKSComputePolicy",
      "AmazonEKSLoadBalancingPolicy",
      "AmazonEKSNetworkingPolicy",
      ]) : toset([
      "AmazonEKSClusterPolicy",
    ])
    encryption = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "Secrets"
          Effect = "Allow"
          Action = [
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:ListGrants",
          ]
          Resource = local.secrets_key
        },
      ]
    })
  }

  node_rights = {
    trust = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Effect = "Allow"
          Principal = {
            Service = "ec2.amazonaws.com"
          }
          Action = ["sts:AssumeRole"]
        },
      ]
    })
    managed = local.cluster.auto_mode ? toset([
      "AmazonEC2ContainerRegistryPullOnly",
      "AmazonEKSWorkerNodeMinimalPolicy",
      ]) : toset([
      "AmazonEC2ContainerRegistryPullOnly",
      "AmazonEKSWorkerNodePolicy",
      "AmazonSSMManagedInstanceCore",
    ])
  }

  node_key_policy = jsonencode({
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
        Sid    = "NodeDisks"
        Effect = "Allow"
        Principal = {
          AWS = [
            "arn:${local.partition}:iam::${local.account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
            "arn:${local.partition}:iam::${local.account}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot",
          ]
        }
        Action = [
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:Encrypt",
          "kms:GenerateDataKey*",
          "kms:ReEncrypt*",
        ]
        Resource = "*"
      },
      {
        Sid    = "NodeDiskGrants"
        Effect = "Allow"
        Principal = {
          AWS = [
            "arn:${local.partition}:iam::${local.account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
            "arn:${local.partition}:iam::${local.account}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot",
          ]
        }
        Action   = "kms:CreateGrant"
        Resource = "*"
        Condition = {
          Bool = {
            "kms:GrantIsForAWSResource" = "true"
          }
        }
      },
    ]
  })

  workload_trust = {
    for key, role in local.workload_roles : key => (
      local.cluster.identity == "irsa" ? jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Effect = "Allow"
            Principal = {
              Federated = local.oidc_provider
            }
            Action = "sts:AssumeRoleWithWebIdentity"
            Condition = {
              StringEquals = {
                "${local.oidc_issuer}:aud" = "sts.amazonaws.com"
                "${local.oidc_issuer}:sub" = "system:serviceaccount:${role.namespace}:${role.service_account}"
              }
            }
          },
        ]
        }) : jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Effect = "Allow"
            Principal = {
              Service = "pods.eks.amazonaws.com"
            }
            Action = [
              "sts:AssumeRole",
              "sts:TagSession",
            ]
            Condition = {
              ArnEquals = {
                "aws:SourceArn" = "arn:${local.partition}:eks:${local.region}:${local.account}:cluster/${local.name}"
              }
              StringEquals = {
                "aws:SourceAccount" = local.account
              }
            }
          },
        ]
      })
    )
  }
}
