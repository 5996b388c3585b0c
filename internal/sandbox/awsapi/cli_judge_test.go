package awsapi_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// judgePython finds a Python that has boto3: KREADY_BOTO_PYTHON, which the
// makefile points at its own virtual environment, or the one on PATH. Where
// there is none the test can't judge; in CI that is a failure.
func judgePython(t *testing.T) string {
	t.Helper()
	python := os.Getenv("KREADY_BOTO_PYTHON")
	if python == "" {
		python = "python3"
	}
	output, err := exec.Command(python, "-c", "import boto3").CombinedOutput()
	if err == nil {
		return python
	}
	if os.Getenv("CI") == "true" || os.Getenv("KREADY_BOTO_PYTHON") != "" {
		t.Fatalf("%s has no boto3: %v %s", python, err, output)
	}
	t.Skipf("no Python with boto3 on this machine; `make test` makes one (%v)", err)
	return ""
}

// TestAnotherClient proves the wire with a client that nobody here wrote:
// boto3 makes a network, a cluster with a node group, a repository and a key
// over loopback, and what it reads back is what it asked for, field by field.
func TestAnotherClient(t *testing.T) {
	t.Parallel()
	python := judgePython(t)
	box, _ := newBox(t)
	realm := must(box.Realm())(t)
	server := httptest.NewServer(box.Handler())
	defer server.Close()
	command := exec.Command(python, "testdata/judge.py", server.URL)
	// Nothing of the machine's own configuration may reach the client.
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir()}
	for _, name := range []string{"PYENV_VERSION", "PYENV_ROOT", "PYTHONPATH", "VIRTUAL_ENV"} {
		if value := os.Getenv(name); value != "" {
			command.Env = append(command.Env, name+"="+value)
		}
	}
	var problems strings.Builder
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		t.Fatalf("judge.py: %v\n%s", err, problems.String())
	}
	var seen map[string]any
	if err := json.Unmarshal(output, &seen); err != nil {
		t.Fatal(err)
	}
	key := look(seen, "key.Arn")
	for path, want := range map[string]string{
		"caller.Account": "111122223333",
		"overlap":        "InvalidSubnet.Conflict",

		"vpc.CidrBlock": "10.64.0.0/16", "vpc.State": "available", "vpc.Tags.0.Value": "shop-eu",
		"subnets.0.CidrBlock": "10.64.0.0/24", "subnets.0.AvailabilityZone": "eu-west-1a", "subnets.1.AvailabilityZone": "eu-west-1b",
		"trust.Statement.0.Principal.Service": "eks.amazonaws.com",
		"attached.0.PolicyName":               "AmazonEKSClusterPolicy",

		"key.Description": "shop-eu", "key.KeyState": "Enabled", "key.KeyManager": "CUSTOMER", "key.Enabled": "true",
		"rotation": "true", "key_tags.0.TagValue": "shop-eu",

		"role_too_new": "InvalidParameterException", "node_role_too_new": "InvalidParameterException",
		"cluster.name": "shop-eu", "cluster.version": "1.34", "cluster.status": "ACTIVE", "cluster.roleArn": "arn:aws:iam::111122223333:role/cluster",
		"cluster.resourcesVpcConfig.vpcId":                  look(seen, "vpc.VpcId"),
		"cluster.resourcesVpcConfig.subnetIds.1":            look(seen, "subnets.1.SubnetId"),
		"cluster.resourcesVpcConfig.endpointPrivateAccess":  "true",
		"cluster.resourcesVpcConfig.endpointPublicAccess":   "false",
		"cluster.kubernetesNetworkConfig.serviceIpv4Cidr":   "172.20.0.0/16",
		"cluster.accessConfig.authenticationMode":           "API",
		"cluster.encryptionConfig.0.provider.keyArn":        key,
		"cluster.deletionProtection":                        "true",
		"cluster.tags.kready-cluster":                       "shop-eu",
		"cluster.createdAt":                                 "2026-11-20 12:00:00+00:00",
		"protected":                                         "ResourceInUseException", // node groups first
		"addon.status":                                      "ACTIVE",
		"addon.configurationValues":                         `{"enableNetworkPolicy": "true"}`,
		"nodegroup.status":                                  "ACTIVE",
		"nodegroup.version":                                 "1.34",
		"nodegroup.amiType":                                 "AL2023_ARM_64_STANDARD",
		"nodegroup.releaseVersion":                          look(seen, "image"),
		"nodegroup.instanceTypes.0":                         "m7g.large",
		"nodegroup.scalingConfig.desiredSize":               "2",
		"nodegroup.labels.tier":                             "apps",
		"nodegroup.taints.0.effect":                         "NO_SCHEDULE",
		"nodegroup.diskSize":                                "20",
		"nodegroup.nodeRole":                                "arn:aws:iam::111122223333:role/node",
		"instances.0":                                       "eu-west-1a",
		"instances.1":                                       "eu-west-1b",
		"entry.principalArn":                                "arn:aws:iam::111122223333:role/cluster",
		"entry.type":                                        "STANDARD",
		"repository.repositoryUri":                          "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/web",
		"repository.imageTagMutability":                     "IMMUTABLE",
		"repository.imageScanningConfiguration.scanOnPush":  "true",
		"repository.encryptionConfiguration.encryptionType": "KMS",
		"repository.encryptionConfiguration.kmsKey":         key,
		"log_group.retentionInDays":                         "30",
		"secret":                                            "value",
		"quota":                                             "5",
		"queue.MessageRetentionPeriod":                      "300",
		"no_queue":                                          "AWS.SimpleQueueService.NonExistentQueue",
		"rule":                                              `{"source": ["aws.ec2"]}`,
	} {
		if got := look(seen, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if user := look(seen, "caller.UserId"); !strings.HasSuffix(user, ":"+realm) {
		t.Errorf("user id %q does not carry the realm %s", user, realm)
	}
}

// look reads a value of nested maps and lists by a path of names and indices.
func look(at any, path string) string {
	for step := range strings.SplitSeq(path, ".") {
		switch node := at.(type) {
		case map[string]any:
			at = node[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(node) {
				return "no element " + step
			}
			at = node[i]
		}
	}
	return fmt.Sprint(at)
}
