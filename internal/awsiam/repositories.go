package awsiam

// PushPolicy lets principals push to and pull from a repository; others get in
// by their own account's IAM policies alone.
func PushPolicy(principals []string) Document {
	return Policy(Document{
		"Sid": "Push", "Effect": "Allow",
		"Principal": Document{"AWS": sortedCopy(principals)},
		"Action": []string{
			"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:GetDownloadUrlForLayer",
			"ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
		},
	})
}
