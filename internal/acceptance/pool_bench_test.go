package acceptance

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkPool measures the CPU of plans of one pool with 5,000 keys, as a
// ratio (at most 2) to one terraform_data that holds the same map: the floor
// that Terraform itself sets. A pool's state holds the ranges too, so a second
// ratio is to a terraform_data with both.
func BenchmarkPool(b *testing.B) {
	config, err := buildMirror()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(config)) }()
	const (
		keys        = "{ for i in setproduct(range(50), range(100)) : \"key-${i[0]}-${i[1]}\" => "
		allocations = keys + "{ prefix_length = 24 } }"
		ranges      = keys + "cidrsubnet(\"10.0.0.0/8\", 16, i[0] * 100 + i[1]) }"
	)
	floor := func(input string) string {
		return "resource \"terraform_data\" \"floor\" {\n  input = " + input + "\n}\n"
	}
	folders := map[string]string{
		"pool":  benchVersions + "resource \"kready_cidr_pool\" \"p\" {\n  cidrs       = [\"10.0.0.0/8\"]\n  allocations = " + allocations + "\n}\n",
		"map":   floor(allocations),
		"state": floor("{ allocations = " + allocations + ", blocks = " + ranges + " }"),
	}
	for b.Loop() {
		dirs := map[string]string{}
		for name, text := range folders {
			dirs[name] = benchFolder(b, config, text)
		}
		measure := func(what string) {
			plan := func(name string) float64 {
				best := cpu(b, dirs[name], config, "plan", "-input=false")
				return min(best, cpu(b, dirs[name], config, "plan", "-input=false"))
			}
			pool, same, whole := plan("pool"), plan("map"), plan("state")
			b.ReportMetric(pool/same, what+"-ratio")
			b.ReportMetric(pool/whole, what+"-ratio-to-state")
			b.ReportMetric(pool, what+"-cpu-s")
		}
		measure("create-plan")
		for _, dir := range dirs {
			cpu(b, dir, config, "apply", "-auto-approve", "-input=false")
		}
		measure("noop-plan")
	}
}
