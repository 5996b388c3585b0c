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

// azureQuickstart is the same body for AKS: only what must differ does.
func azureQuickstart() Spec {
	spec := quickstart()
	spec.Cloud, spec.Region = "azure", "westeurope"
	spec.Network.Zones = []string{"1", "2", "3"}
	spec.Access.AdminGroups = []string{"5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c"}
	for name, size := range map[string]string{"system": "Standard_D4pds_v5", "apps": "Standard_D8pds_v5"} {
		pool := spec.NodePools[name]
		pool.InstanceTypes = []string{size}
		spec.NodePools[name] = pool
	}
	return spec
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

// tree is a value as JSON has it.
func tree(t testing.TB, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if err := json.Unmarshal(text, &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// agrees fails where late differs from something that early showed as known.
func agrees(t testing.TB, path string, early, late any) {
	t.Helper()
	switch early := early.(type) {
	case string:
		if !IsUnknown(early) && early != late {
			t.Errorf("%s: %q, then %v", path, early, late)
		}
	case map[string]any:
		other, _ := late.(map[string]any)
		for key := range early {
			if IsUnknown(key) {
				return // the map waits as a whole
			}
		}
		for key := range other {
			if _, ok := early[key]; !ok {
				t.Errorf("%s.%s appears", path, key)
			}
		}
		for key := range early {
			if text, ok := early[key].(string); ok && IsUnknown(text) {
				continue // unknown may become null
			}
			if _, ok := other[key]; !ok && other != nil {
				t.Errorf("%s.%s vanishes", path, key)
				continue
			}
			agrees(t, path+"."+key, early[key], other[key])
		}
	case []any:
		for _, element := range early {
			if text, ok := element.(string); ok && IsUnknown(text) {
				return // the list waits as a whole
			}
		}
		other, _ := late.([]any)
		if len(other) != len(early) {
			t.Errorf("%s: %d elements, then %d", path, len(early), len(other))
			return
		}
		for i := range early {
			agrees(t, path, early[i], other[i])
		}
	default:
		if early != late {
			t.Errorf("%s: %v, then %v", path, early, late)
		}
	}
}
