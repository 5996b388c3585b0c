package catalog

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var allFeatures = []string{
	FeatureCluster, FeaturePodIdentity, FeatureLoadBalancer, FeatureClusterAutoscale, FeatureKarpenter, FeatureNodeAccess,
	FeatureEncryption, FeatureVault, FeatureSharedFiles, FeatureRuntimeSecurity, FeatureMonitoring, FeaturePrometheus,
	FeatureTracing, FeatureDNSRecords, FeaturePolicy, FeatureExtensions, FeatureGPU, FeatureOSUpdates, FeaturePublicAPI,
}

func services(endpoints []Endpoint) []string {
	var names []string
	for _, e := range endpoints {
		names = append(names, e.Service)
	}
	return names
}

// The endpoints of an isolated cluster are the documented baseline, and each
// feature adds its own, without doubles and in a stable order.
func TestEndpoints(t *testing.T) {
	for _, c := range []struct {
		features []string
		want     []string
	}{
		{nil, []string{"ec2", "ecr.api", "ecr.dkr", "eks", "logs", "s3", "sts"}},
		{[]string{FeaturePodIdentity}, []string{"ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "s3", "sts"}},
		{[]string{FeatureVault, FeatureEncryption, FeatureMonitoring}, []string{"ec2", "ecr.api", "ecr.dkr", "eks", "kms", "logs", "monitoring", "s3", "secretsmanager", "sts"}},
		{[]string{FeatureKarpenter, FeatureNodeAccess}, []string{"ec2", "ec2messages", "ecr.api", "ecr.dkr", "eks", "logs", "s3", "sqs", "ssm", "ssmmessages", "sts"}},
		{[]string{"no such feature"}, []string{"ec2", "ecr.api", "ecr.dkr", "eks", "logs", "s3", "sts"}},
	} {
		if got := services(Endpoints(c.features...)); !slices.Equal(got, c.want) {
			t.Errorf("%v\n got %v\nwant %v", c.features, got, c.want)
		}
	}
	all := Endpoints(allFeatures...)
	if names := services(all); !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("not sorted or not unique: %v", names)
	}
	for _, e := range all {
		if e.Gateway != (e.Service == "s3") {
			t.Errorf("%s: gateway is %t", e.Service, e.Gateway)
		}
		if got := e.ServiceName("eu-west-1"); got != "com.amazonaws.eu-west-1."+e.Service {
			t.Errorf("service name %s", got)
		}
	}
}

// Services without an endpoint are named, not passed over in silence.
func TestPrivateOnlyGaps(t *testing.T) {
	if gaps := PrivateOnlyGaps(); len(gaps) != 0 {
		t.Errorf("a plain isolated cluster lacks %+v", gaps)
	}
	gaps := PrivateOnlyGaps(FeatureKarpenter, FeatureDNSRecords)
	if len(gaps) != 3 {
		t.Errorf("gaps: %+v", gaps)
	}
	for _, gap := range gaps {
		if gap.ServiceName("eu-west-1") != "" || gap.Use == "" || len(gap.Hosts) == 0 {
			t.Errorf("gap: %+v", gap)
		}
	}
}

// Egress requirements are whole and ready for a firewall: real host names with
// the region in them, one protocol and port, sorted and named once.
func TestEgressRequirements(t *testing.T) {
	host := regexp.MustCompile(`^(\*|(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+)$`)
	for cloud, region := range map[string]string{AWS: "eu-west-1", Azure: "westeurope"} {
		all := EgressRequirements(cloud, region, allFeatures...)
		if len(all) < 10 {
			t.Errorf("%s: only %d requirements", cloud, len(all))
		}
		for i, e := range all {
			if i > 0 && all[i-1].Name >= e.Name {
				t.Errorf("%s: %s follows %s", cloud, e.Name, all[i-1].Name)
			}
			if e.Use == "" || len(e.Features) == 0 || (e.Protocol != "tcp" && e.Protocol != "udp") || e.Port < 1 || e.Port > 65535 {
				t.Errorf("not whole: %+v", e)
			}
			for _, destination := range e.Destinations {
				if !host.MatchString(destination) {
					t.Errorf("%s: destination %q", e.Name, destination)
				}
				if destination == "*" && e.ServiceTag == "" {
					t.Errorf("%s is open to everything", e.Name)
				}
			}
			if strings.ContainsAny(e.ServiceTag, "{}") {
				t.Errorf("%s: service tag %q", e.Name, e.ServiceTag)
			}
		}
		if plain := EgressRequirements(cloud, region); len(plain) >= len(all) || len(plain) == 0 {
			t.Errorf("%s: %d of %d requirements without features", cloud, len(plain), len(all))
		}
	}
	if other := EgressRequirements("other", "x"); len(other) != 0 {
		t.Errorf("another cloud needs %+v", other)
	}
}

// Every feature leads somewhere on one cloud at least: a feature that nothing
// asks for is a slip of a name.
func TestEveryFeatureLeadsSomewhere(t *testing.T) {
	for _, feature := range allFeatures {
		if feature == FeatureCluster {
			continue
		}
		if len(EgressRequirements(AWS, "eu-west-1", feature)) == len(EgressRequirements(AWS, "eu-west-1")) &&
			len(EgressRequirements(Azure, "westeurope", feature)) == len(EgressRequirements(Azure, "westeurope")) {
			t.Errorf("feature %s asks for nothing", feature)
		}
	}
}

// A private AKS cluster is not asked to open the tunnel ports, a public one is.
func TestPrivateAKSNeedsNoTunnel(t *testing.T) {
	tunnel := func(e Egress) bool { return e.Port == 9000 || e.Port == 1194 || e.Name == "api-server" }
	if slices.ContainsFunc(EgressRequirements(Azure, "westeurope"), tunnel) {
		t.Error("a private cluster needs the tunnel")
	}
	public := EgressRequirements(Azure, "westeurope", FeaturePublicAPI)
	i := slices.IndexFunc(public, func(e Egress) bool { return e.Name == "api-server" })
	if !slices.ContainsFunc(public, tunnel) || i < 0 || public[i].Destinations[0] != "*.hcp.westeurope.azmk8s.io" {
		t.Errorf("a public cluster needs %+v", public)
	}
}

// Private DNS zones are those that Azure resolves for each service.
func TestPrivateLinks(t *testing.T) {
	for service, want := range map[string][2]string{
		"registry":           {"registry", "privatelink.azurecr.io"},
		"vault":              {"vault", "privatelink.vaultcore.azure.net"},
		"cluster":            {"management", "privatelink.westeurope.azmk8s.io"},
		"cluster-integrated": {"", "private.westeurope.azmk8s.io"},
	} {
		got, ok := LookupPrivateLink(service)
		if !ok || got.GroupID != want[0] || got.ZoneIn("westeurope") != want[1] {
			t.Errorf("%s: %+v, %t", service, got, ok)
		}
	}
	if _, ok := LookupPrivateLink("queue"); ok {
		t.Error("an unknown service is known")
	}
}
