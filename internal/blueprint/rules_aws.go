package blueprint

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
	"github.com/kready-io/terraform-provider-kready/internal/cidr"
)

var (
	policyARN      = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[!-~]+$`)
	roleARN        = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]+$`)
	keyARN         = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`)
	iamPath        = regexp.MustCompile(`^/([!-~]+/)?$`)
	organizationID = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	namePrefix     = regexp.MustCompile(`^[A-Za-z0-9+=,.@_-]{1,30}$`)
	addonName      = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,99}$`)
)

// validateAWS checks what only EKS has, and what it demands of the rest.
func (r *resolver) validateAWS() {
	r.validateAWSSettings()
	r.validateAccess()
	r.validateLogs()
	r.validateEncryption()
	r.validateAddons()
	r.validatePools()
	r.validateCapacity()
	r.validateEgress()
}

// match refuses a text that is not of a form; empty and unknown ones pass.
func (r *resolver) match(path, value string, form *regexp.Regexp, rule, todo string) {
	if IsUnknown(value) {
		r.report.wait(value)
		return
	}
	if value != "" && !form.MatchString(value) {
		r.report.fail(path, rule, fmt.Sprintf("%q is not of the right form", value), "%s", todo)
	}
}

func (r *resolver) validateAWSSettings() {
	aws := r.aws()
	r.decides("aws.identity", aws.Identity)
	r.decides("aws.control_plane_egress", aws.ControlPlaneEgress)
	r.decides("aws.nat_mode", aws.NATMode)
	r.oneOf("aws.nat_mode", aws.NATMode, natRegional, natModeZonal)
	r.oneOf("aws.identity", aws.Identity, "pod_identity", "irsa")
	r.oneOf("aws.control_plane_egress", aws.ControlPlaneEgress, "AWS_MANAGED", "CUSTOMER_ROUTED", "CUSTOMER_ISOLATED")
	r.match("aws.permissions_boundary", aws.PermissionsBoundary, policyARN, "arn", "Give the ARN of an IAM policy, such as arn:aws:iam::111122223333:policy/boundary.")
	r.match("aws.role_path", aws.RolePath, iamPath, "role-path", "A path starts and ends with \"/\", such as \"/platform/\".")
	r.match("aws.role_name_prefix", aws.RoleNamePrefix, namePrefix, "role-prefix", "Use 1 to 30 letters, digits and + = , . @ _ -.")
	r.match("aws.organization_id", aws.OrganizationID, organizationID, "organization", "Give the id of the organisation, such as \"o-a1b2c3d4e5\".")
	r.match("aws.cluster_role_arn", aws.ServiceRoleARN, roleARN, "arn", "Give the ARN of an IAM role.")
	r.match("aws.node_role_arn", aws.NodeRoleARN, roleARN, "arn", "Give the ARN of an IAM role.")
	standing := r.priorControlPlane().ControlPlaneEgress
	if standing == "CUSTOMER_ROUTED" && or(aws.ControlPlaneEgress, "AWS_MANAGED") != standing {
		r.report.fail("aws.control_plane_egress", "control-plane-egress", "EKS doesn't take back CUSTOMER_ROUTED",
			"Put it back, or build a second blueprint beside this one (blue/green).")
	}
	if aws.ControlPlaneEgress == "CUSTOMER_ROUTED" && r.egress() == EgressIsolated {
		r.report.fail("aws.control_plane_egress", "control-plane-egress", "the control plane would have no way out",
			"With CUSTOMER_ROUTED its subnets need a route, and an isolated network has none. Use CUSTOMER_ISOLATED, or another egress.")
	}
	if r.spec.Support == "standard" && r.report.production {
		r.report.warn("support", "support-standard", "EKS upgrades the cluster by itself when standard support ends",
			"Leave support out in production to choose the day yourself; extended support is billed.")
	}
}

// validateAccess judges who may reach and use the API.
func (r *resolver) validateAccess() {
	access := r.spec.Access
	if access == nil || len(access.AdminGroups)+len(access.BreakGlass)+len(access.Bindings) == 0 {
		r.report.relax("access", "access-none", "nobody may use the cluster's API",
			"Who creates the cluster gets no access by that. Give access.admin_groups.")
	} else if len(access.AdminGroups)+len(access.BreakGlass) == 0 {
		r.report.relax("access.admin_groups", "access-no-admin", "nobody administers the cluster", "Give access.admin_groups, or access.break_glass.")
	}
	if len(r.spec.Network.ReachableFrom) == 0 && (access == nil || access.Public == nil) {
		r.report.warn("network.reachable_from", "api-unreachable", "nothing outside the network reaches the private API",
			"Name the ranges of runners and VPN, unless all of them stand inside the network.")
	}
	if access == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(access.Bindings)) {
		path := at("access.bindings", name)
		for i, namespace := range access.Bindings[name].Namespaces {
			name, todo := strings.ReplaceAll(namespace, "*", "x"), "Use lower-case letters, digits and hyphens; EKS takes \"*\" as a wildcard."
			if r.spec.Cloud == CloudAzure {
				name, todo = namespace, "Use lower-case letters, digits and hyphens; AKS takes no wildcards."
			}
			if !IsUnknown(namespace) && !dnsLabel.MatchString(name) {
				r.report.fail(nth(path+".namespaces", i), "namespace", fmt.Sprintf("%q is no namespace", namespace), "%s", todo)
			}
		}
	}
	if access.Public != nil {
		r.validatePublic(access.Public.AllowedCIDRs)
	}
}

// wholeInternet is the longest prefix that counts as everybody: a list of two
// halves is no allow-list.
const wholeInternet = 7

func (r *resolver) validatePublic(ranges []string) {
	const path = "access.public.allowed_cidrs"
	if len(ranges) == 0 {
		r.report.fail(path, "public-empty", "no range is allowed", "Name the public ranges that may reach the API, or remove access.public.")
		return
	}
	for i, text := range ranges {
		place := nth(path, i)
		if IsUnknown(text) {
			r.report.wait(text)
			continue
		}
		prefix, problems := cidr.ParseAt(place, text)
		r.report.judged("range", problems...)
		switch {
		case len(problems) > 0:
		case prefix.Bits() <= wholeInternet:
			r.report.relax(place, "public-open", fmt.Sprintf("%s opens the API to the internet", prefix),
				"Name the addresses that really need it, or remove access.public and come through network.reachable_from.")
		case privateRange(prefix):
			r.report.fail(place, "public-private", fmt.Sprintf("%s is private", prefix),
				"The public endpoint is never reached from private addresses. Put the range into network.reachable_from.")
		}
	}
	if r.report.production {
		r.report.warn("access.public", "public-production", "the API of a production cluster is on the internet",
			"For the named ranges only, but stolen credentials work from there. Prefer network.reachable_from.")
	}
}

func privateRange(prefix netip.Prefix) bool {
	private := []netip.Prefix{cidr.SharedSpace(), cidr.MustParse("10.0.0.0/8"), cidr.MustParse("172.16.0.0/12"), cidr.MustParse("192.168.0.0/16")}
	return overlapsAny(prefix, private)
}

// retentions are the only periods that CloudWatch Logs takes, in days.
// Source: CloudWatch Logs API, PutRetentionPolicy, 2026-08.
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func (r *resolver) validateRetention(path string, days int) {
	if days != 0 && !slices.Contains(retentions, days) {
		next := retentions[len(retentions)-1]
		for _, allowed := range slices.Backward(retentions) {
			if allowed >= days {
				next = allowed
			}
		}
		r.report.fail(path, "log-retention", fmt.Sprintf("CloudWatch Logs can't keep logs for %d days", days), "The next period that it has is %d days.", next)
	}
}

func (r *resolver) validateLogs() {
	if logs := r.spec.Network.FlowLogs; logs != nil {
		r.validateRetention("network.flow_logs.retention_days", logs.RetentionDays)
		if !orBool(logs.Enabled, true) && r.report.production {
			r.report.warn("network.flow_logs.enabled", "flow-logs-off", "flow logs are off in production", "Without them nobody can tell later who talked to whom.")
		}
	}
	logs := r.spec.ControlPlaneLogs
	if logs == nil {
		return
	}
	r.validateRetention("control_plane_logs.retention_days", logs.RetentionDays)
	for i, name := range logs.Types {
		if !slices.Contains(eksLogTypes, name) && !IsUnknown(name) {
			r.report.fail(nth("control_plane_logs.types", i), "log-type", fmt.Sprintf("%q is no log of EKS", name), "Use some of %s.", quoted(eksLogTypes))
		}
	}
	if len(logs.Types) > 0 && !slices.Contains(logs.Types, "audit") && firstUnknown(logs.Types...) == "" {
		r.report.relax("control_plane_logs.types", "log-audit", "the audit log is off", "Without it nobody can tell later who did what. Add \"audit\".")
	}
}

func (r *resolver) validateEncryption() {
	encryption := r.spec.Encryption
	if encryption == nil {
		return
	}
	switch {
	case encryption.Mode == "existing" && encryption.KeyID == "":
		r.report.fail("encryption.key_id", "encryption-key", "mode = \"existing\" needs a key", "Give the ARN of a KMS key.")
	case encryption.Mode != "existing" && encryption.KeyID != "":
		r.report.fail("encryption.key_id", "encryption-key", "a key is given, and mode is not \"existing\"", "Set mode = \"existing\", or remove key_id.")
	}
	r.match("encryption.key_id", encryption.KeyID, keyARN, "arn", "Give the ARN of a KMS key, such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-….")
}

func (r *resolver) validateAddons() {
	for _, name := range slices.Sorted(maps.Keys(r.spec.Addons)) {
		path := at("addons", name)
		facts, known := catalog.LookupAddon(name)
		switch {
		case !addonName.MatchString(name):
			r.report.fail(path, "addon-name", fmt.Sprintf("%q is no name of an add-on", name), "`aws eks describe-addon-versions` lists them.")
		case !known:
			r.report.warn(path, "addon-unknown", fmt.Sprintf("add-on %q is not known to this version", name),
				"It is installed as asked, without an identity of its own; if it needs one, add a workload identity.")
		}
		if r.addonEnabled(name) {
			r.validateAddonNeeds(path, facts)
			continue
		}
		switch name {
		case "vpc-cni", "kube-proxy":
			r.report.fail(path+".enabled", "addon-needed", fmt.Sprintf("nodes don't work without %s", name), "Remove enabled = false; replacing it is not supported yet.")
		case "coredns":
			r.report.warn(path+".enabled", "addon-dns", "the cluster has no DNS without coredns", "Make sure that something else brings it.")
		case "eks-pod-identity-agent":
			if r.identity() == "pod_identity" {
				r.report.fail(path+".enabled", "addon-needed", "pod identities don't work without their agent", "Remove enabled = false, or set aws.identity = \"irsa\".")
			}
		}
	}
}

// validateAddonNeeds checks what an add-on can't work without.
func (r *resolver) validateAddonNeeds(path string, facts catalog.Addon) {
	for _, need := range facts.Needs {
		if !r.addonEnabled(need) {
			r.report.fail(path, "addon-needs", fmt.Sprintf("%s needs %s", facts.Name, need), "Add %s to addons too.", need)
		}
	}
	if facts.ServiceAccount == "" || addonGrants[facts.Name] != "" {
		return
	}
	for _, identity := range r.spec.WorkloadIdentities {
		if identity.Namespace == facts.Namespace && identity.ServiceAccount == facts.ServiceAccount {
			return
		}
	}
	policy := ""
	if facts.ManagedPolicy != "" {
		policy = fmt.Sprintf(" (AWS names the managed policy %s for it)", facts.ManagedPolicy)
	}
	r.report.warn(path, "addon-identity", fmt.Sprintf("%s calls AWS and has no identity", facts.Name),
		"Add a workload identity for service account %s/%s%s.", facts.Namespace, facts.ServiceAccount, policy)
}

// validateCapacity checks the growth that is stated.
func (r *resolver) validateCapacity() {
	capacity := r.spec.Capacity
	if capacity == nil {
		return
	}
	if !(capacity.GrowthPerYear >= 0 && capacity.GrowthPerYear <= 10) {
		r.report.fail("capacity.growth_per_year", "growth", "the growth is out of bounds", "Give a fraction from 0 to 10; 0.5 is 50 %% a year.")
	}
	if capacity.HorizonYears != 0 && (capacity.HorizonYears < 1 || capacity.HorizonYears > 20) {
		r.report.fail("capacity.horizon_years", "horizon", fmt.Sprintf("%d years are out of bounds", capacity.HorizonYears), "Use 1 to 20 years.")
	}
	if IsUnknown(capacity.Start) {
		r.report.wait(capacity.Start)
	} else if !startMonth.MatchString(capacity.Start) {
		r.report.fail("capacity.start", "capacity-start", fmt.Sprintf("%q is no month", capacity.Start),
			"Write \"YYYY-MM\", such as \"2026-12\". A plan must not read a clock, so the month is an input.")
	}
}

// validateEgress judges the way out against the stage and the rest.
func (r *resolver) validateEgress() {
	mode := r.aws().NATMode
	switch {
	case r.egress() != EgressNAT:
		if mode != "" {
			r.report.fail("aws.nat_mode", "nat-mode", "there is no such NAT gateway",
				"It says where the one gateway of egress = \"nat\" stands. Set network.egress = \"nat\", or leave nat_mode out.")
		}
	case mode == natRegional && !IsUnknown(r.spec.Region) && !catalog.RegionalNAT(r.spec.Region):
		r.report.warn("aws.nat_mode", "nat-mode-region", fmt.Sprintf("regional NAT gateways are not known in %s", r.spec.Region),
			"Commercial regions have them, GovCloud and China don't. Use nat_mode = \"zonal\", or network.egress = \"nat_per_zone\".")
	case r.report.production && !r.regionalNAT() && !r.givenNetwork():
		r.report.warn("network.egress", "nat-single", "one NAT gateway serves all zones from one of them",
			"Losing its zone takes the way out of all of them. Use \"nat_per_zone\", which is the default in production, or aws.nat_mode = \"regional\".")
	}
	r.validateIsolated()
}

func (r *resolver) validateIdentitySpec(path, name string, spec WorkloadIdentitySpec) {
	if !poolName.MatchString(name) {
		r.report.fail(path, "identity-name", fmt.Sprintf("%q is no name of an identity", name),
			"Use 1 to 32 lower-case letters, digits and hyphens, starting with a letter.")
	}
	if !IsUnknown(spec.Namespace) && !dnsLabel.MatchString(spec.Namespace) {
		r.report.fail(path+".namespace", "namespace", fmt.Sprintf("%q is no namespace", spec.Namespace), "Use lower-case letters, digits and hyphens.")
	}
	if !IsUnknown(spec.ServiceAccount) && !serviceAccount().MatchString(spec.ServiceAccount) {
		r.report.fail(path+".service_account", "service-account", fmt.Sprintf("%q is no service account", spec.ServiceAccount), "Use lower-case letters, digits, hyphens and periods.")
	}
	if len(spec.Grants)+len(spec.Policies) == 0 {
		r.report.warn(path, "identity-empty", "the identity may do nothing", "Give it grants or policies, or remove it.")
	}
	if spec.MovedFrom != "" {
		if _, stillAsked := r.spec.WorkloadIdentities[spec.MovedFrom]; stillAsked {
			r.report.fail(path+".moved_from", "moved-from", fmt.Sprintf("identity %q is still asked for", spec.MovedFrom),
				"An identity can only be renamed when its old key is gone. Remove the old one, or leave moved_from out.")
		}
	}
}

// serviceAccount is compiled when it is first asked: so long a repetition costs every
// start of the program memory and time.
var serviceAccount = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`) })
