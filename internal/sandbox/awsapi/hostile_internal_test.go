package awsapi

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// world is a sandbox with one of most things, reached by raw requests.
type world struct {
	t   testing.TB
	box *sandbox.Sandbox
}

func newWorld(t testing.TB) world {
	t.Helper()
	box, err := sandbox.Open(filepath.Join(t.TempDir(), "box.json"), sandbox.Options{APIs: []sandbox.API{New()}, Seed: 7, Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	w := world{t, box}
	for name, value := range map[string]string{"steps": "0", "steps/iam/role": "0"} {
		if err := box.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	vpc := w.form("ec2", "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16", "vpcId")
	w.form("ec2", "Action=ModifyVpcAttribute&Version=2016-11-15&EnableDnsHostnames.Value=true&VpcId="+vpc, "")
	one := w.form("ec2", "Action=CreateSubnet&Version=2016-11-15&CidrBlock=10.0.0.0%2F24&AvailabilityZone=eu-west-1a&VpcId="+vpc, "subnetId")
	two := w.form("ec2", "Action=CreateSubnet&Version=2016-11-15&CidrBlock=10.0.1.0%2F24&AvailabilityZone=eu-west-1b&VpcId="+vpc, "subnetId")
	for _, service := range []string{"eks", "ec2", "pods.eks"} {
		trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"` + service + `.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}}`
		w.form("iam", url.Values{"Action": {"CreateRole"}, "Version": {"2010-05-08"}, "RoleName": {service}, "AssumeRolePolicyDocument": {trust}}.Encode(), "")
	}
	role := "arn:aws:iam::111122223333:role/"
	w.json("eks", "POST", "/clusters", `{"name":"c","roleArn":"`+role+`eks","resourcesVpcConfig":{"subnetIds":["`+one+`","`+two+`"]},"accessConfig":{"authenticationMode":"API_AND_CONFIG_MAP"},"logging":{"clusterLogging":[{"types":["api"],"enabled":true}]}}`)
	w.json("eks", "POST", "/clusters/c/node-groups", `{"nodegroupName":"n","nodeRole":"`+role+`ec2","subnets":["`+one+`"]}`)
	w.json("eks", "POST", "/clusters/c/addons", `{"addonName":"vpc-cni"}`)
	w.json("eks", "POST", "/clusters/c/access-entries", `{"principalArn":"`+role+`pods.eks"}`)
	w.target("ecr", "CreateRepository", `{"repositoryName":"rr"}`)
	w.target("kms", "CreateKey", `{}`)
	w.target("logs", "CreateLogGroup", `{"logGroupName":"g"}`)
	w.target("secretsmanager", "CreateSecret", `{"Name":"s","SecretString":"x"}`)
	w.target("sqs", "CreateQueue", `{"QueueName":"q"}`)
	w.target("events", "PutRule", `{"Name":"r","EventPattern":"{\"source\":[\"x\"]}"}`)
	return w
}

func (w world) send(r *http.Request) (int, string) {
	w.t.Helper()
	answer, err := w.box.Transport().RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func (w world) request(service, method, path, body string) *http.Request {
	w.t.Helper()
	r, err := http.NewRequest(method, "https://"+service+".eu-west-1.amazonaws.com"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w world) form(service, body, element string) string {
	w.t.Helper()
	status, answer := w.send(w.request(service, "POST", "/", body))
	if status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", body, status, answer)
	}
	_, rest, _ := strings.Cut(answer, "<"+element+">")
	value, _, _ := strings.Cut(rest, "<")
	return value
}

func (w world) json(service, method, path, body string) {
	w.t.Helper()
	if status, answer := w.send(w.request(service, method, path, body)); status != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
}

func (w world) target(service, operation, body string) {
	w.t.Helper()
	r := w.request(service, "POST", "/", body)
	r.Header.Set("X-Amz-Target", "x."+operation)
	if status, answer := w.send(r); status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", operation, status, answer)
	}
}

// all sends one body to every operation of the services that speak JSON, and
// its members as a form to those that speak query, and wants an answer that is
// no defect: Strict lets panics through.
func (w world) all(body string) {
	w.t.Helper()
	steps := strings.NewReplacer("{name}", "c", "{nodegroup}", "n", "{addon}", "vpc-cni", "{principal}", url.PathEscape("arn:aws:iam::111122223333:role/pods.eks"),
		"{policy}", "x", "{association}", "a-1", "{update}", "u", "{insight}", "i", "{arn}", url.PathEscape("arn:aws:eks:eu-west-1:111122223333:cluster/c"))
	services := New().(*api).services
	for _, name := range slices.Sorted(maps.Keys(services)) {
		s := services[name]
		for _, operation := range slices.Sorted(maps.Keys(s.operations)) {
			var r *http.Request
			switch s.protocol.(type) {
			case restJSON:
				method, path, _ := strings.Cut(s.operations[operation].route, " ")
				if method == "DELETE" && path != "/tags/{arn}" {
					continue // what the other operations need stays
				}
				r = w.request(name, method, steps.Replace(path), body)
			case json11, sqsProtocol:
				r = w.request(name, "POST", "/", body)
				r.Header.Set("X-Amz-Target", "x."+operation)
			default:
				values := asForm(body)
				values.Set("Action", operation)
				r = w.request(name, "POST", "/", values.Encode())
			}
			if status, answer := w.send(r); status >= http.StatusInternalServerError {
				w.t.Errorf("%s %s with %s: %d %s", name, operation, body, status, answer)
			}
		}
	}
}

func asForm(body string) url.Values {
	values := url.Values{}
	var members map[string]any
	if json.Unmarshal([]byte(body), &members) != nil {
		values.Set("X", body)
		return values
	}
	for name, value := range members {
		if text, ok := value.(string); ok {
			values.Set(strings.ToUpper(name[:min(1, len(name))])+name[min(1, len(name)):], text)
		}
	}
	return values
}

// hostile are bodies that are wrong in every way that a wire can be wrong, and
// a few that name real things in odd ways.
var hostile = []string{
	``, `null`, `[]`, `{}`, `"x"`, `{`, `{"name":null}`, `{"name":{}}`, `{"tags":{"":""}}`, `{"tags":[{}]}`,
	`{"keyId":"alias/","secretId":":","repositoryName":"rr","logGroupName":"g","queueUrl":"","roleName":"eks","policyArn":"arn:aws:iam::aws:policy/","roleArn":"arn:aws:iam::1:role/","rule":"r"}`,
	`{"repositoryName":"rr","imageIds":[{}],"imageManifest":"{}","policyText":"{\"Statement\":[{}]}","lifecyclePolicyText":"{}","imageTagMutability":"_WITH_EXCLUSION"}`,
	`{"resourcesVpcConfig":{},"logging":{},"accessConfig":{},"upgradePolicy":{},"computeConfig":{},"encryptionConfig":[{}]}`,
	`{"resourcesVpcConfig":{"subnetIds":[""],"publicAccessCidrs":["::/0","x"]},"kubernetesNetworkConfig":{"serviceIpv4Cidr":"0.0.0.0/0"}}`,
	`{"scalingConfig":{"minSize":-1},"taints":[{}],"labels":{"/":"/"},"launchTemplate":{},"updateConfig":{"maxUnavailable":-5}}`,
	`{"scalingConfig":{"desiredSize":99}}`, `{"labels":{"addOrUpdateLabels":{"a/b/c":"\u0000"}}}`,
	`{"configurationValues":"{\"env\":[]}"}`, `{"configurationValues":"x: y","podIdentityAssociations":[{}]}`, `{"version":"1."}`, `{"version":"1.36"}`,
	`{"principalArn":"arn:aws:iam::111122223333:role/","type":"EC2"}`, `{"principalArn":"arn:aws:iam::111122223333:user"}`,
	`{"policyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[1]},\"Action\":\"**:*\"}}","roleName":"ec2","policyName":"p"}`,
	`{"name":"` + strings.Repeat("x", 1<<16) + `","description":"\ud800"}`, `{"nextToken":"-1","marker":"99","maxResults":-1,"limit":-1}`,
	`{"secretId":"s","secretString":"","versionStages":[""]}`, `{"serviceCode":"vpc","quotaCode":"L-F678F1CE","desiredValue":1e308}`, `{"names":[""],"path":"/"}`,
	`{"attributes":{"RedrivePolicy":"{"},"queueUrl":"q","queueName":"q"}`, `{"keyId":"arn:aws:kms:eu-west-1:::","pendingWindowInDays":-9223372036854775808}`,
}

// TestHostileInput proves that no input makes an operation panic, answer with
// a defect, or change an object that it does not put back.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	for _, body := range hostile {
		newWorld(t).all(body)
	}
}

// FuzzOperations looks for the same with bodies that nobody thought of.
func FuzzOperations(f *testing.F) {
	for _, body := range hostile {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) { newWorld(t).all(body) })
}
