package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Kinds of names that have rules.
const (
	NameEKSCluster        = "eks-cluster"
	NameEKSNodeGroup      = "eks-node-group"
	NameIAMRole           = "iam-role"
	NameIAMPolicy         = "iam-policy"
	NameInstanceProfile   = "iam-instance-profile"
	NameLaunchTemplate    = "launch-template"
	NameSecurityGroup     = "security-group"
	NameECRRepository     = "ecr-repository"
	NameECRCachePrefix    = "ecr-cache-prefix"
	NameKMSAlias          = "kms-alias"
	NameSecret            = "secret"
	NameLogGroup          = "log-group"
	NameSQSQueue          = "sqs-queue"
	NameEventRule         = "eventbridge-rule"
	NameAKSCluster        = "aks-cluster"
	NameAKSNodePool       = "aks-node-pool"
	NameAKSDNSPrefix      = "aks-dns-prefix"
	NameNodeResourceGroup = "aks-node-resource-group"
	NameResourceGroup     = "resource-group"
	NameVirtualNetwork    = "virtual-network"
	NameSubnet            = "subnet"
	NameNSG               = "network-security-group"
	NameRouteTable        = "route-table"
	NameNATGateway        = "nat-gateway"
	NamePublicIP          = "public-ip"
	NamePrivateEndpoint   = "private-endpoint"
	NameIdentity          = "user-assigned-identity"
	NameFederation        = "federated-credential"
	NameKeyVault          = "key-vault"
	NameContainerRegistry = "container-registry"
	NameLogWorkspace      = "log-workspace"
)

// AKSOverlayNameMax is the longest name of a resource group, virtual network or
// subnet that an AKS cluster with overlay networking works in: they become
// values of node labels.
const AKSOverlayNameMax = 63

// A NameRule says what a cloud accepts as the name of one kind of object.
type NameRule struct {
	Kind  string
	Cloud string // AWS or Azure
	// Min and Max bound the length in characters; all rules are ASCII.
	Min, Max int
	// Pattern is the whole name as an anchored RE2 expression, lengths apart.
	Pattern string
	// Says puts the pattern in words: "lower-case letters and digits, …".
	Says string
	// UniqueIn is where no two objects may share the name: "account",
	// "account and region", "resource group", "the world", …
	UniqueIn string
	// NotPrefix is a beginning that is refused; "" where any is allowed.
	NotPrefix string
}

// Validate refuses a name that the cloud would refuse, saying all that is wrong
// with it.
func (r NameRule) Validate(name string) error {
	var wrong []string
	if n := len(name); n < r.Min || n > r.Max {
		wrong = append(wrong, fmt.Sprintf("it has %d characters, %d to %d are allowed", n, r.Min, r.Max))
	}
	if !namePatterns()[r.Kind].MatchString(name) || (r.NotPrefix != "" && strings.HasPrefix(name, r.NotPrefix)) {
		wrong = append(wrong, "allowed are "+r.Says)
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("%q is no name for a %s: %s", name, strings.ReplaceAll(r.Kind, "-", " "), strings.Join(wrong, "; "))
}

// LookupNameRule finds the rule of a kind of name.
func LookupNameRule(kind string) (NameRule, bool) {
	i := slices.IndexFunc(nameRules, func(r NameRule) bool { return r.Kind == kind })
	if i < 0 {
		return NameRule{}, false
	}
	return nameRules[i], true
}

// NameRules lists all rules, AWS before Azure.
func NameRules() []NameRule { return slices.Clone(nameRules) }

// ValidateName refuses a name that a cloud would refuse for a kind of object.
// An unknown kind is a mistake of the caller and an error too.
func ValidateName(kind, name string) error {
	rule, ok := LookupNameRule(kind)
	if !ok {
		return fmt.Errorf("no name rule for kind %q", kind)
	}
	return rule.Validate(name)
}

var namePatterns = sync.OnceValue(func() map[string]*regexp.Regexp {
	patterns := make(map[string]*regexp.Regexp, len(nameRules))
	for _, rule := range nameRules {
		patterns[rule.Kind] = regexp.MustCompile(rule.Pattern)
	}
	return patterns
})

var (
	awsNamesTable = Table{
		Name:   "aws-names",
		Holds:  "what AWS accepts as names of clusters, roles, repositories and other objects",
		Source: "AWS API models in botocore 1.44.5 (length and pattern of each name); EC2, EKS and SQS documentation where the model has no pattern",
		Date:   day(2026, 11, 17),
	}
	azureNamesTable = Table{
		Name:   "azure-names",
		Holds:  "what Azure accepts as names of clusters, pools, networks, vaults and other objects",
		Source: "learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules; node pools from MicrosoftDocs/azure-aks-docs articles/aks/create-node-pools.md (fb060ab)",
		Date:   day(2026, 8, 21),
	}
)

func nameTables() []Table {
	aws, azure := awsNamesTable, azureNamesTable
	for _, rule := range nameRules {
		if rule.Cloud == AWS {
			aws.Rows++
		} else {
			azure.Rows++
		}
	}
	return []Table{aws, azure}
}

const (
	repositoryPath  = `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`
	repositoryWords = "lower-case letters and digits, joined inside a part by one period, one or two underscores or hyphens, parts joined by a slash"
	azureNetwork    = `^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_])?$`
	azureWords      = "letters, digits, underscores, periods and hyphens, starting with a letter or digit and ending with one or an underscore"
)

var nameRules = []NameRule{
	{NameEKSCluster, AWS, 1, 100, `^[0-9A-Za-z][A-Za-z0-9_-]*$`, "letters, digits, hyphens and underscores, starting with a letter or digit", "account and region", ""},
	{NameEKSNodeGroup, AWS, 1, 63, `^[0-9A-Za-z][A-Za-z0-9_-]*$`, "letters, digits, hyphens and underscores, starting with a letter or digit", "cluster", ""},
	{NameIAMRole, AWS, 1, 64, `^[0-9A-Za-z_+=,.@-]+$`, "letters, digits and _+=,.@-", "account", ""},
	{NameIAMPolicy, AWS, 1, 128, `^[0-9A-Za-z_+=,.@-]+$`, "letters, digits and _+=,.@-", "account", ""},
	{NameInstanceProfile, AWS, 1, 128, `^[0-9A-Za-z_+=,.@-]+$`, "letters, digits and _+=,.@-", "account", ""},
	{NameLaunchTemplate, AWS, 3, 128, `^[A-Za-z0-9()./_-]+$`, "letters, digits and ()./_-", "account and region", ""},
	{NameSecurityGroup, AWS, 1, 255, `^[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+$`, "letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, not starting with sg-", "VPC", "sg-"},
	{NameECRRepository, AWS, 2, 256, `^` + repositoryPath + `$`, repositoryWords, "account and region", ""},
	{NameECRCachePrefix, AWS, 2, 30, `^(` + repositoryPath + `/?|ROOT)$`, repositoryWords + ", or ROOT", "account and region", ""},
	{NameKMSAlias, AWS, 7, 256, `^alias/[A-Za-z0-9/_-]+$`, "alias/ and then letters, digits and /_-", "account and region", ""},
	{NameSecret, AWS, 1, 512, `^[A-Za-z0-9/_+=.@-]+$`, "letters, digits and /_+=.@-", "account and region", ""},
	{NameLogGroup, AWS, 1, 512, `^[.\-_/#A-Za-z0-9]+$`, "letters, digits and ._-/#", "account and region", ""},
	{NameSQSQueue, AWS, 1, 80, `^[A-Za-z0-9_-]+(\.fifo)?$`, "letters, digits, hyphens and underscores", "account and region", ""},
	{NameEventRule, AWS, 1, 64, `^[.\-_A-Za-z0-9]+$`, "letters, digits and ._-", "account and region", ""},

	{NameAKSCluster, Azure, 1, 63, `^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$`, "letters, digits, underscores and hyphens, starting and ending with a letter or digit", "resource group", ""},
	{NameAKSNodePool, Azure, 1, 12, `^[a-z][a-z0-9]*$`, "lower-case letters and digits, starting with a letter", "cluster", ""},
	{NameAKSDNSPrefix, Azure, 1, 54, `^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`, "letters, digits and hyphens, starting and ending with a letter or digit", "nowhere", ""},
	{NameNodeResourceGroup, Azure, 1, 80, `^[A-Za-z0-9._()-]*[A-Za-z0-9_()-]$`, "letters, digits, underscores, periods, hyphens and parentheses, not ending with a period", "subscription", ""},
	{NameResourceGroup, Azure, 1, 90, `^[A-Za-z0-9._()-]*[A-Za-z0-9_()-]$`, "letters, digits, underscores, periods, hyphens and parentheses, not ending with a period", "subscription", ""},
	{NameVirtualNetwork, Azure, 2, 64, azureNetwork, azureWords, "resource group", ""},
	{NameSubnet, Azure, 1, 80, azureNetwork, azureWords, "virtual network", ""},
	{NameNSG, Azure, 1, 80, azureNetwork, azureWords, "resource group", ""},
	{NameRouteTable, Azure, 1, 80, azureNetwork, azureWords, "resource group", ""},
	{NameNATGateway, Azure, 1, 80, azureNetwork, azureWords, "resource group", ""},
	{NamePublicIP, Azure, 1, 80, azureNetwork, azureWords, "resource group", ""},
	{NamePrivateEndpoint, Azure, 2, 64, azureNetwork, azureWords, "resource group", ""},
	{NameIdentity, Azure, 3, 128, `^[A-Za-z0-9][A-Za-z0-9_-]*$`, "letters, digits, underscores and hyphens, starting with a letter or digit", "resource group", ""},
	{NameFederation, Azure, 3, 120, `^[A-Za-z0-9][A-Za-z0-9_-]*$`, "letters, digits, underscores and hyphens, starting with a letter or digit", "identity", ""},
	{NameKeyVault, Azure, 3, 24, `^[A-Za-z](-?[A-Za-z0-9])*$`, "letters, digits and single hyphens, starting with a letter and ending with a letter or digit", "the world", ""},
	{NameContainerRegistry, Azure, 5, 50, `^[A-Za-z0-9]+$`, "letters and digits", "the world", ""},
	{NameLogWorkspace, Azure, 4, 63, `^[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$`, "letters, digits and hyphens, starting and ending with a letter or digit", "resource group", ""},
}
