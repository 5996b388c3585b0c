package blueprint

import (
	"encoding/json"
	"testing"
)

// quickstart is the AWS half of what the documentation shows a new user.
func quickstart() Spec {
	off := false
	zero := 0
	return Spec{
		Name: "shop-eu", Cloud: "aws", Region: "eu-west-1", KubernetesVersion: "1.34", Stage: "production",
		Network: NetworkSpec{
			CIDR: "10.68.0.0/16", Zones: []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"},
			Egress: "nat_per_zone", ReachableFrom: []string{"10.64.0.0/14"},
		},
		Access: &AccessSpec{AdminGroups: []string{"arn:aws:iam::111122223333:role/platform-admin"}},
		NodePools: map[string]NodePoolSpec{
			"system": {InstanceTypes: []string{"m7g.large"}, MinSize: 3, MaxSize: 6, Mode: "system"},
			"apps":   {InstanceTypes: []string{"m7g.2xlarge"}, MinSize: 3, MaxSize: 60, Labels: map[string]string{"tier": "apps"}},
		},
		Autoscaling: "cluster_autoscaler",
		Registry:    &RegistrySpec{Repositories: []string{"shop/web", "shop/api"}},
		Vault:       &VaultSpec{Names: []string{"shop"}},
		WorkloadIdentities: map[string]WorkloadIdentitySpec{
			"external-secrets": {Namespace: "external-secrets", ServiceAccount: "external-secrets", Grants: []string{"vault:read"}},
		},
		Capacity:           &CapacitySpec{GrowthPerYear: 0.5, HorizonYears: 5, Start: "2026-12"},
		ChangeBudget:       &ChangeBudgetSpec{Replace: &zero, Delete: &zero},
		DeletionProtection: &off,
	}
}

// cloneSpec copies a spec through JSON, so that a test changes its own.
func cloneSpec(t testing.TB, spec Spec) Spec {
	t.Helper()
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var copied Spec
	if err := json.Unmarshal(text, &copied); err != nil {
		t.Fatal(err)
	}
	return copied
}
