package awsiam

// LinkedServices are the services whose service-linked roles open encrypted
// node disks. In a new account they don't exist, and a key policy can't name
// what doesn't.
var LinkedServices = []string{"autoscaling", "spot"}

// LinkedRole is the name of such a service's role.
func LinkedRole(service string) string {
	return map[string]string{"autoscaling": "AWSServiceRoleForAutoScaling", "spot": "AWSServiceRoleForEC2Spot"}[service]
}

// LinkedRoleARN is the ARN of such a service's role.
func (a Account) LinkedRoleARN(service string) string {
	return a.ARN("iam", "role/aws-service-role/"+service+".amazonaws.com/"+LinkedRole(service))
}

// KeyPolicy lets the account's own IAM policies decide, which is what keeps a
// key administrable, and adds statements.
func (a Account) KeyPolicy(statements ...Document) Document {
	account := Document{
		"Sid": "Account", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
		"Principal": Document{"AWS": a.ARN("iam", "root")},
	}
	return Policy(append([]Document{account}, statements...)...)
}

// NodeKeyPolicy lets the account decide by IAM, and the services that start
// nodes open their disks.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
func (a Account) NodeKeyPolicy() Document {
	var principals []string
	for _, service := range LinkedServices {
		principals = append(principals, a.LinkedRoleARN(service))
	}
	return a.KeyPolicy(
		Document{"Sid": "NodeDisks", "Effect": "Allow", "Resource": "*", "Principal": Document{"AWS": principals},
			"Action": []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"}},
		Document{"Sid": "NodeDiskGrants", "Effect": "Allow", "Resource": "*", "Principal": Document{"AWS": principals},
			"Action": "kms:CreateGrant", "Condition": Document{"Bool": Document{"kms:GrantIsForAWSResource": "true"}}},
	)
}

// VaultKeyPolicy lets the account's own policies decide, and nobody use the
// key but through Secrets Manager: a role with a too wide kms:Decrypt still
// opens nothing directly.
func (a Account) VaultKeyPolicy() Document {
	return a.KeyPolicy(Document{
		"Sid": "OnlyThroughSecretsManager", "Effect": "Deny", "Principal": "*", "Resource": "*",
		"Action": []string{"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
		"Condition": Document{"StringNotEquals": Document{
			"kms:ViaService": "secretsmanager." + a.Region + ".amazonaws.com",
		}},
	})
}
