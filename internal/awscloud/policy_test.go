package awscloud

import (
	"net/url"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
)

// TestSamePolicy proves that a policy is recognised in every form that AWS
// gives it back in, and that no difference in meaning is overlooked.
func TestSamePolicy(t *testing.T) {
	const base = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:One","a:Two"],"Resource":"*"}]}`
	for name, text := range map[string]string{
		"itself":      base,
		"other order": `{"Statement":{"Resource":["*"],"Action":["a:Two","a:One"],"Effect":"Allow"},"Version":"2012-10-17"}`,
		"encoded":     url.QueryEscape(base),
	} {
		if !samePolicy(base, text) || !samePolicy(text, base) {
			t.Errorf("%s is not recognised", name)
		}
	}
	for name, text := range map[string]string{
		"an action more":   strings.Replace(base, `"a:Two"`, `"a:Two","a:Three"`, 1),
		"an action less":   strings.Replace(base, `,"a:Two"`, ``, 1),
		"deny":             strings.Replace(base, "Allow", "Deny", 1),
		"a condition":      strings.Replace(base, `"Resource"`, `"Condition":{"Bool":{"x":"true"}},"Resource"`, 1),
		"twice":            strings.Replace(base, `}]}`, `},{"Effect":"Allow","Action":"b:*","Resource":"*"}]}`, 1),
		"no policy":        "",
		"not even JSON":    "{",
		"a list":           "[]",
		"truncated escape": "%7",
	} {
		if samePolicy(base, text) || samePolicy(text, base) {
			t.Errorf("%s passes as the same", name)
		}
	}
}

// TestPolicyWord proves that every endpoint policy is read back as the word
// that made it, for every service, and anything else as custom.
func TestPolicyWord(t *testing.T) {
	a := &api{account: "111122223333", partition: "aws", region: "eu-west-1"}
	for _, service := range []string{"s3", "ecr.api", "ecr.dkr", "sts", "ec2", "eks", "eks-auth", "logs", "kms", "sqs", "secretsmanager"} {
		for _, word := range []string{awsiam.EndpointOpen, awsiam.EndpointAccount, awsiam.EndpointOrganization + "o-abc123"} {
			if got := a.policyWord(a.endpointPolicy(word, service), service); got != word {
				t.Errorf("%s %s is read as %s", service, word, got)
			}
		}
		stranger := strings.ReplaceAll(a.endpointPolicy(awsiam.EndpointAccount, service), "111122223333", "999999999999")
		if got := a.policyWord(stranger, service); got != policyCustom {
			t.Errorf("%s: another account's policy is read as %s", service, got)
		}
	}
	for _, text := range []string{
		`{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`,
		`{"Statement":{"Action":["*"],"Effect":"Allow","Principal":{"AWS":"*"},"Resource":["*"]}}`,
	} {
		if got := a.policyWord(text, "ec2"); got != awsiam.EndpointOpen {
			t.Errorf("AWS's default is read as %s", got)
		}
	}
	for _, text := range []string{
		"nonsense", `[]`, `{}`, `{"Statement":[]}`,
		`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}`,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}`,
	} {
		if got := a.policyWord(text, "ec2"); got != policyCustom {
			t.Errorf("%s is read as %s", text, got)
		}
	}
}
