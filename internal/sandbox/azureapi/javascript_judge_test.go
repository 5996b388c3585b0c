package azureapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// judgePackages finds a directory of node packages with Microsoft's JavaScript
// SDK: the one that KREADY_AZURE_NODE_PATH names. Where there is none the test
// can't judge; in CI that is a failure.
func judgePackages(t *testing.T) string {
	t.Helper()
	packages := os.Getenv("KREADY_AZURE_NODE_PATH")
	command := exec.Command("node", "-e", "require('@azure/arm-network'); require('@azure/arm-containerservice'); require('@azure/arm-resources'); require('@azure/identity')")
	command.Env = append(os.Environ(), "NODE_PATH="+packages)
	output, err := command.CombinedOutput()
	if err == nil {
		return packages
	}
	if os.Getenv("CI") == "true" || packages != "" {
		t.Fatalf("KREADY_AZURE_NODE_PATH=%q has not the packages of testdata/package.json: %v %s", packages, err, output)
	}
	t.Skip("no node packages with Microsoft's SDK on this machine: npm install those of testdata/package.json and let KREADY_AZURE_NODE_PATH name their node_modules")
	return ""
}

// TestAnotherClient proves the wire with a client that nobody here wrote:
// Microsoft's JavaScript SDK takes a token, makes a network and a private
// cluster with two pools over https on loopback, and takes them down again.
func TestAnotherClient(t *testing.T) {
	t.Parallel()
	packages := judgePackages(t)
	a := newAccount(t)
	if err := a.box.Set("azure/retry-after", "0"); err != nil { // this client knows no milliseconds
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ready, served := make(chan sandbox.Endpoint, 1), make(chan error, 1)
	go func() { served <- a.box.Serve(ctx, "127.0.0.1:0", func(e sandbox.Endpoint) { ready <- e }) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	var at sandbox.Endpoint
	select {
	case at = <-ready:
	case err := <-served:
		served <- err
		t.Fatal(err)
	}
	command := exec.Command("node", "testdata/judge.cjs", at.URL("https"), a.tenant, a.subscription)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "NODE_PATH=" + packages, "NODE_EXTRA_CA_CERTS=" + at.CA}
	var problems strings.Builder
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		t.Fatalf("judge.cjs: %v\n%s", err, problems.String())
	}
	var seen any
	if err := json.Unmarshal(output, &seen); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"group.tags.owner": "judge", "group.location": "westeurope", "exists.body": "true",
		"vnet.provisioningState": "Succeeded", "vnet.addressSpace.addressPrefixes.0": "10.64.0.0/16",
		"nsg.securityRules.0.destinationPortRanges.1": "4443", "nsg.defaultSecurityRules.5.name": "DenyAllOutBound",
		"overlap": "NetcfgSubnetRangesOverlap", "missing": "ResourceNotFound",
		"subnet.addressPrefix": "10.64.0.0/23", "subnet.defaultOutboundAccess": "false", "subnet.privateEndpointNetworkPolicies": "Disabled",
		"used.subnets.0.id":         look(seen, "subnet.id"),
		"tooOld":                    "K8sVersionNotSupported",
		"cluster.provisioningState": "Succeeded", "cluster.currentKubernetesVersion": "1.34.6", "cluster.type": "Microsoft.ContainerService/ManagedClusters",
		"cluster.nodeResourceGroup": "MC_rg_judge_westeurope", "cluster.networkProfile.podCidr": "100.64.0.0/16",
		"cluster.networkProfile.outboundType": "loadBalancer", "cluster.agentPoolProfiles.0.osDiskType": "Ephemeral",
		"cluster.apiServerAccessProfile.privateDNSZone": "system", "cluster.privateLinkResources.0.groupId": "management",
		"pool.provisioningState": "Succeeded", "pool.nodeLabels.tier": "apps", "pool.maxCount": "5", "pool.maxPods": "250",
		"last": "OperationNotAllowed", "pools.0": "system", "pools.1": "apps", "kubeconfig": "apiVersion: v1",
		"subnetInUse": "InUseSubnetCannotBeDeleted", "groups.0": "rg", "groups.2": "MC_rg_judge_westeurope",
		"gone": "ResourceNotFound", "groupsAfter.0": "NetworkWatcherRG", "groupsAfter.1": "",
	} {
		if got := look(seen, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

// look follows a dotted path through decoded JSON; "" when it ends early.
func look(v any, path string) string {
	for step := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				return ""
			}
			v = at[i]
		default:
			return ""
		}
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
