package blueprint

import (
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// typicalInstance stands in for an instance type that the catalog does not
// hold yet: a general-purpose type of two vCPUs at today's smallest limits, so
// that subnets come out large rather than small.
var typicalInstance = catalog.InstanceType{VCPUs: 8, MemoryMiB: 32768, ENIs: 4, IPv4PerENI: 15, Hypervisor: catalog.HypervisorNitro}

// instanceTypeOf looks an EC2 type up; false stands for typicalInstance.
func instanceTypeOf(name string) (catalog.InstanceType, bool) {
	if facts, ok := catalog.LookupInstanceType(name); ok {
		return facts, true
	}
	return typicalInstance, false
}

// tableDate is the day on which a table of the catalog was written: the
// nearest thing to a clock that a pure plan may look at.
func tableDate(name string) time.Time {
	for _, table := range catalog.Tables() {
		if table.Name == name {
			return table.Date
		}
	}
	return time.Time{}
}
