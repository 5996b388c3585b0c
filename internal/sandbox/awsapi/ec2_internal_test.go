package awsapi

import (
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// slowWildcard is the obvious way to match a filter: try every length for
// every star.
func slowWildcard(pattern, value string) bool {
	if pattern == "" {
		return value == ""
	}
	switch pattern[0] {
	case '*':
		for i := 0; i <= len(value); i++ {
			if slowWildcard(pattern[1:], value[i:]) {
				return true
			}
		}
		return false
	case '?':
		return value != "" && slowWildcard(pattern[1:], value[1:])
	case '\\':
		return len(pattern) > 1 && value != "" && pattern[1] == value[0] && slowWildcard(pattern[2:], value[1:])
	default:
		return value != "" && pattern[0] == value[0] && slowWildcard(pattern[1:], value[1:])
	}
}

// FuzzFilterMatches holds filters against their slow twin.
func FuzzFilterMatches(f *testing.F) {
	for _, seed := range [][2]string{
		{"a*", "abc"}, {"*", ""}, {"a?c", "abc"}, {`\*`, "*"}, {"kubernetes.io/cluster/*", "kubernetes.io/cluster/shop-eu"},
		{"[a]", "[a]"}, {"*/b", "a/b"}, {"[a-z]*", "[a-z]x"}, {"?", "/"}, {`a\`, "a"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, value string) {
		ascii := func(s string) bool {
			return len(s) < 24 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
		}
		if !ascii(pattern) || !ascii(value) || strings.Count(pattern, "*") > 4 {
			return // EC2's filters are ASCII; long ones only slow the twin
		}
		want := slowWildcard(pattern, value)
		if !strings.ContainsAny(pattern, `*?\`) {
			want = pattern == value
		}
		if got := filterMatches(pattern, value); got != want {
			t.Errorf("filter %q on %q: %v, want %v", pattern, value, got, want)
		}
	})
}

// FuzzTakeAddress holds the allocator against its obvious twin: the lowest
// address that is not AWS's, not used, not reserved.
func FuzzTakeAddress(f *testing.F) {
	f.Add(uint8(28), uint8(3), uint8(8))
	f.Add(uint8(27), uint8(20), uint8(16))
	f.Add(uint8(28), uint8(200), uint8(0))
	f.Fuzz(func(t *testing.T, bits, n, reserved uint8) {
		bits = 26 + bits%3
		box, err := sandbox.Open(filepath.Join(t.TempDir(), "box.json"), sandbox.Options{Seed: 1, Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		cidr := netip.PrefixFrom(netip.MustParseAddr("10.0.0.0"), int(bits))
		size := 1 << (32 - bits)
		s := &subnet{ec2Object: ec2Object{Meta: sandbox.Meta{ID: "subnet-1", Region: "eu-west-1"}}, VPC: "vpc-1", CIDR: cidr}
		held := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, reserved % uint8(size)}), 29).Masked()
		s.Reservations = []subnetReservation{{ID: "scr-1", CIDR: held, Type: "prefix"}}
		var want []string
		for i := 4; i < size-1; i++ {
			a := netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
			if !held.Contains(a) {
				want = append(want, a.String())
			}
		}
		err = box.Update(func(tx *sandbox.Tx) error {
			subnets.table.Put(tx, s)
			q := &request{tx: tx, region: "eu-west-1", account: account(tx), call: &sandbox.Call{}}
			var got []string
			for range int(n) {
				i, err := q.newInterface(interfaceSpec{Subnet: "subnet-1"})
				if err != nil {
					break
				}
				got = append(got, i.Address.String())
			}
			if !slices.Equal(got, want[:min(int(n), len(want))]) {
				t.Errorf("%d addresses of %s without %s: %v, want %v", n, cidr, held, got, want)
			}
			if free := freeAddresses(tx, s); free != size-5-len(got) {
				t.Errorf("%d addresses are free after %d were taken from %s", free, len(got), cidr)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzForm proves that a form says of every parameter whether it was read, and
// reads lists in order, whatever names it is given.
func FuzzForm(f *testing.F) {
	f.Add("Filter.1.Name=a&Filter.1.Value.1=b&Filter.10.Name=c&Filter.2.Name=d&X=1")
	f.Add("Tag..=1&Tag.x=2&Tag.1=3&Tag.-1=4&Tag.1.=5")
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			return // not a form
		}
		form := newForm(values, "")
		unread := form.unread()
		for _, name := range sortedKeys(values) {
			first, _, _ := strings.Cut(name, ".")
			if indices := form.indices(first); !slices.IsSorted(indices) {
				t.Errorf("indices of %s are %v", first, indices)
			}
			form.each(first)
			form.list(first)
			form.text(name)
		}
		if left := form.unread(); len(left) != 0 {
			t.Errorf("everything was read of %v, and %v is left", unread, left)
		}
	})
}

// TestFromHost proves which service and region a host name means.
func TestFromHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"ec2.eu-west-1.amazonaws.com":                  "ec2 eu-west-1",
		"EC2.EU-WEST-1.amazonaws.com:443":              "ec2 eu-west-1",
		"iam.amazonaws.com":                            "iam ",
		"api.ecr.eu-west-1.amazonaws.com":              "ecr eu-west-1",
		"sts.us-gov-west-1.amazonaws.com":              "sts us-gov-west-1",
		"ec2-fips.us-east-1.amazonaws.com":             "ec2 us-east-1",
		"sqs.eu-west-1.api.aws":                        "sqs eu-west-1",
		"eks.cn-north-1.amazonaws.com.cn":              "eks cn-north-1",
		"elasticloadbalancing.eu-west-1.amazonaws.com": "elasticloadbalancing eu-west-1",
		"127.0.0.1:4566":                               " ",
		"management.azure.com":                         " ",
		"amazonaws.com":                                " ",
		"evil-amazonaws.com":                           " ",
		"ec2.eu-west-1.amazonaws.com.evil.example":     " ",
	} {
		if service, region := fromHost(host); service+" "+region != want {
			t.Errorf("%s is %q in %q, want %q", host, service, region, want)
		}
	}
}

// TestInstanceTypes proves the table against values that AWS publishes, and
// that no type is there twice.
func TestInstanceTypes(t *testing.T) {
	t.Parallel()
	for _, want := range []instanceType{
		{name: "m5.large", arch: intel, vcpus: 2, memory: 8192, interfaces: 3, addresses: 10},
		{name: "m7g.2xlarge", arch: arm, vcpus: 8, memory: 32768, interfaces: 4, addresses: 15},
		{name: "m7g.medium", arch: arm, vcpus: 1, memory: 4096, interfaces: 2, addresses: 4},
		{name: "c5.9xlarge", arch: intel, vcpus: 36, memory: 73728, interfaces: 8, addresses: 30},
		{name: "r6i.32xlarge", arch: intel, vcpus: 128, memory: 1048576, interfaces: 15, addresses: 50},
		{name: "t3.medium", arch: intel, vcpus: 2, memory: 4096, interfaces: 3, addresses: 6, burstable: true},
		{name: "t3a.small", arch: intel, vcpus: 2, memory: 2048, interfaces: 2, addresses: 4, burstable: true},
		{name: "t4g.large", arch: arm, vcpus: 2, memory: 8192, interfaces: 3, addresses: 12, burstable: true},
	} {
		want.current = true
		if got, ok := instanceTypeNamed(want.name); !ok || got != want {
			t.Errorf("%s is %+v, want %+v", want.name, got, want)
		}
	}
	for i := 1; i < len(instanceTypes); i++ {
		if instanceTypes[i-1].name >= instanceTypes[i].name {
			t.Errorf("%s does not come before %s", instanceTypes[i-1].name, instanceTypes[i].name)
		}
	}
}

// TestRegions proves that zones are named after their region and that no id is
// given twice; ids are the world's.
func TestRegions(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for region, zones := range regions {
		if len(zones) < 3 {
			t.Errorf("%s has %d zones", region, len(zones))
		}
		for _, z := range zones {
			if !strings.HasPrefix(z.name, region) || seen[z.id] {
				t.Errorf("zone %s (%s) of %s", z.name, z.id, region)
			}
			seen[z.id] = true
		}
	}
	for _, id := range []string{"use1-az3", "usw1-az2", "cac1-az3"} {
		if !seen[id] {
			t.Errorf("there is no zone %s, where EKS has no control plane", id)
		}
	}
}
