package awsapi

import "github.com/kready-io/terraform-provider-kready/internal/sandbox"

// Announce lists what AWS's command line and SDKs read.
func (a *api) Announce(_ string, at sandbox.Endpoint) []sandbox.Variable {
	return []sandbox.Variable{
		{Name: "AWS_ENDPOINT_URL", Value: at.URL("http")},
		{Name: "AWS_ACCESS_KEY_ID", Value: "sandbox"},
		{Name: "AWS_SECRET_ACCESS_KEY", Value: "sandbox"},
		{Name: "AWS_DEFAULT_REGION", Value: "eu-west-1"},
		{Name: "AWS_EC2_METADATA_DISABLED", Value: "true"},
	}
}
