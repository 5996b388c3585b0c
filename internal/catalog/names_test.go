package catalog

import (
	"strings"
	"testing"
)

// Each rule is whole, listed once, and its lengths can be reached.
func TestNameRulesHoldTogether(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range NameRules() {
		if seen[rule.Kind] {
			t.Errorf("%s is there twice", rule.Kind)
		}
		seen[rule.Kind] = true
		if rule.Min < 1 || rule.Max < rule.Min || rule.Says == "" || rule.UniqueIn == "" || (rule.Cloud != AWS && rule.Cloud != Azure) {
			t.Errorf("not whole: %+v", rule)
		}
		if !strings.HasPrefix(rule.Pattern, "^") || !strings.HasSuffix(rule.Pattern, "$") {
			t.Errorf("%s: pattern is not anchored", rule.Kind)
		}
	}
	if err := ValidateName("no-such-kind", "x"); err == nil {
		t.Error("an unknown kind is no error")
	}
}

// nameCases are, for each kind, names that the cloud takes and names that it
// refuses.
func nameCases() map[string]struct{ takes, refuses []string } {
	n := strings.Repeat
	return map[string]struct{ takes, refuses []string }{
		NameEKSCluster:        {[]string{"shop-eu", "1", "Shop_eu", n("a", 100)}, []string{"", "-shop", "_shop", "shop.eu", "shöp", "shop\n", n("a", 101)}},
		NameEKSNodeGroup:      {[]string{"apps-eu-west-1a", "9"}, []string{"", "-a", "a b", n("a", 64)}},
		NameIAMRole:           {[]string{"shop-eu-node", "a+=,.@-_Z", n("a", 64)}, []string{"", "a/b", "a b", n("a", 65)}},
		NameIAMPolicy:         {[]string{"shop"}, []string{"a:b"}},
		NameInstanceProfile:   {[]string{"shop"}, []string{"a:b"}},
		NameLaunchTemplate:    {[]string{"abc", "a(b)c./-_"}, []string{"ab", "a b c", n("a", 129)}},
		NameSecurityGroup:     {[]string{"shop nodes", "s", "sg", "sgx-1", "shop"}, []string{"", "sg-1", "sg-", "shöp"}},
		NameECRRepository:     {[]string{"shop/web", "a.b_c__d-e---f/g", "ab"}, []string{"a", "Shop", "shop//web", "/shop", "shop/", "a..b", "a___b", "-a"}},
		NameECRCachePrefix:    {[]string{"ecr-public", "docker-hub/", "ROOT"}, []string{"a", n("a", 31), "Root"}},
		NameKMSAlias:          {[]string{"alias/shop-eu/secrets"}, []string{"shop", "alias/", "alias/a b"}},
		NameSecret:            {[]string{"shop/db.password@1"}, []string{"", "a b", "a:b"}},
		NameLogGroup:          {[]string{"/aws/eks/shop-eu/cluster"}, []string{"", "a b", "a:b"}},
		NameSQSQueue:          {[]string{"shop-eu", "shop.fifo"}, []string{"shop.eu", n("a", 81)}},
		NameEventRule:         {[]string{"shop-eu.spot_1"}, []string{"a b", n("a", 65)}},
		NameAKSCluster:        {[]string{"shop-eu", "s", "a_b"}, []string{"", "-a", "a-", "a.b", n("a", 64)}},
		NameAKSNodePool:       {[]string{"apps", "a1", "a23456789012"}, []string{"", "1a", "Apps", "a-b", "a234567890123"}},
		NameAKSDNSPrefix:      {[]string{"shop-eu"}, []string{"shop_eu", "-a", n("a", 55)}},
		NameNodeResourceGroup: {[]string{"MC_shop"}, []string{n("a", 81), "a."}},
		NameResourceGroup:     {[]string{"rg(1)-a_b.c", n("a", 90)}, []string{"", "a.", "a/b", n("a", 91)}},
		NameVirtualNetwork:    {[]string{"shop-eu", "a_"}, []string{"a", "a-", "_a", n("a", 65)}},
		NameSubnet:            {[]string{"nodes", "n"}, []string{"", "a.", n("a", 81)}},
		NameNSG:               {[]string{"nodes"}, []string{"-nodes"}},
		NameRouteTable:        {[]string{"nodes"}, []string{"nodes-"}},
		NameNATGateway:        {[]string{"shop-1"}, []string{"shop 1"}},
		NamePublicIP:          {[]string{"shop-1"}, []string{"shop/1"}},
		NamePrivateEndpoint:   {[]string{"shop-registry"}, []string{"a"}},
		NameIdentity:          {[]string{"shop-eu_kubelet"}, []string{"ab", "-abc", "a.bc"}},
		NameFederation:        {[]string{"external-dns"}, []string{"ab", "_abc", n("a", 121)}},
		NameKeyVault:          {[]string{"shop-eu", "a-b-c", "abc"}, []string{"ab", "a--b", "1ab", "ab-", "a_b", n("a", 25)}},
		NameContainerRegistry: {[]string{"shopeu1"}, []string{"shop", "shop-eu", n("a", 51)}},
		NameLogWorkspace:      {[]string{"shop-eu"}, []string{"abc", "-abcd", "a_bcd"}},
	}
}

// Every rule takes and refuses what its cloud does. A rule without names to
// prove it would be a guess, so that it fails too.
func TestNames(t *testing.T) {
	cases := nameCases()
	for _, rule := range NameRules() {
		c := cases[rule.Kind]
		if len(c.takes) == 0 || len(c.refuses) == 0 {
			t.Errorf("%s has no names in nameCases", rule.Kind)
		}
		for _, name := range c.takes {
			if err := ValidateName(rule.Kind, name); err != nil {
				t.Errorf("%s refuses %q: %v", rule.Kind, name, err)
			}
		}
		for _, name := range c.refuses {
			if err := ValidateName(rule.Kind, name); err == nil {
				t.Errorf("%s takes %q", rule.Kind, name)
			}
		}
	}
}

// A refusal says everything that is wrong at once.
func TestNameRefusalIsWhole(t *testing.T) {
	err := ValidateName(NameKeyVault, strings.Repeat("a_", 20))
	if err == nil || !strings.Contains(err.Error(), "3 to 24") || !strings.Contains(err.Error(), "single hyphens") {
		t.Errorf("refusal: %v", err)
	}
}
