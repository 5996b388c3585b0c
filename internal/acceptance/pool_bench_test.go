package acceptance

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkPool measures the CPU of plans of one pool with 5,000 keys, as a
// ratio to one terraform_data that holds the same map: the floor that
// Terraform itself sets. The floor is given the result too, as a pool's state
// holds request and ranges.
func BenchmarkPool(b *testing.B) {
	config, err := buildMirror()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(config)) }()
	const keys = "{ for i in setproduct(range(50), range(100)) : \"key-${i[0]}-${i[1]}\" => "
	ours := benchVersions + "resource \"kready_cidr_pool\" \"p\" {\n  cidrs       = [\"10.0.0.0/8\"]\n  allocations = " + keys + "{ prefix_length = 24 } }\n}\n"
	floor := "resource \"terraform_data\" \"floor\" {\n  input = {\n    allocations = " + keys +
		"{ prefix_length = 24, cidr = null, supernet = null, headroom = null, contiguous = null, moved_from = null, cluster = null, allow_renumber = null } }\n" +
		"    blocks      = " + keys + "cidrsubnet(\"10.0.0.0/8\", 16, i[0] * 100 + i[1]) }\n  }\n}\n"
	for b.Loop() {
		kready := benchFolder(b, config, ours)
		plain := benchFolder(b, config, floor)
		plan := []string{"plan", "-input=false"}
		createOurs, createFloor := cpu(b, kready, config, plan...), cpu(b, plain, config, plan...)
		b.ReportMetric(createOurs/createFloor, "create-plan-ratio")
		b.ReportMetric(createOurs, "create-plan-cpu-s")
		apply := []string{"apply", "-auto-approve", "-input=false"}
		cpu(b, kready, config, apply...)
		cpu(b, plain, config, apply...)
		noopOurs, noopFloor := cpu(b, kready, config, plan...), cpu(b, plain, config, plan...)
		b.ReportMetric(noopOurs/noopFloor, "noop-plan-ratio")
		b.ReportMetric(noopOurs, "noop-plan-cpu-s")
	}
}
