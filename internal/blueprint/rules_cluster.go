package blueprint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

var (
	clusterName = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)
	startMonth  = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])$`)
	clockTime   = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
)

// maxClusterName leaves room in a DNS label and in every derived name.
const maxClusterName = 63

// validateIdentity checks what the cluster is called and where it stands.
func (r *resolver) validateIdentity() {
	spec := r.spec
	r.decides("cloud", spec.Cloud)
	r.decides("region", spec.Region)
	if name := spec.Name; !IsUnknown(name) && (len(name) > maxClusterName || !clusterName.MatchString(name)) {
		r.report.fail("name", "name", fmt.Sprintf("%q is no cluster name", name),
			"Use 1 to %d lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen. Everything is named after it, for life.", maxClusterName)
	}
	if spec.Cloud != CloudAWS && spec.Cloud != CloudAzure && !IsUnknown(spec.Cloud) {
		r.report.fail("cloud", "cloud", fmt.Sprintf("%q is no cloud", spec.Cloud), "Use \"aws\" or \"azure\".")
	}
	if spec.Region == "" {
		r.report.fail("region", "region", "no region is given", "Give it as the cloud spells it, such as %q.", r.words().region)
	} else if _, known := catalog.LookupRegion(spec.Cloud, spec.Region); !known && !IsUnknown(spec.Region) && !IsUnknown(spec.Cloud) {
		r.report.warn("region", "region-unknown", fmt.Sprintf("region %q is not in this version's table", spec.Region),
			"It may be newer than the table. Check its spelling.")
	}
	if strings.TrimSpace(spec.Target) != spec.Target {
		r.report.fail("target", "target", "the target has white space around it", "Write the target's name as the provider has it.")
	}
}

// validateEnumerations checks every attribute that takes one of a few words.
func (r *resolver) validateEnumerations() {
	spec := r.spec
	r.decides("stage", spec.Stage)
	r.decides("autoscaling", spec.Autoscaling)
	r.decides("network.egress", spec.Network.Egress)
	r.decides("kind", spec.Kind)
	r.oneOf("kind", spec.Kind, KindCluster, KindPlatform)
	r.oneOf("stage", spec.Stage, StageProduction, StageDevelopment)
	r.oneOf("autoscaling", spec.Autoscaling, AutoscalingCluster, AutoscalingKarpenter, AutoscalingAutoMode, AutoscalingNone)
	r.oneOf("support", spec.Support, "standard", "extended")
	r.oneOf("network.egress", spec.Network.Egress, EgressNATPerZone, EgressNAT, EgressAppliance, EgressIsolated)
	if pods := spec.Network.Pods; pods != nil {
		r.decides("network.pods.mode", pods.Mode)
		r.oneOf("network.pods.mode", pods.Mode, "non_routable", "routable")
	}
	if cni := spec.Network.CNI; cni != nil {
		r.decides("network.cni.network_policy", cni.NetworkPolicy)
		r.oneOf("network.cni.network_policy", cni.NetworkPolicy, "vpc_cni", "cilium", "calico", "none")
	}
	if logs := spec.Network.FlowLogs; logs != nil {
		r.oneOf("network.flow_logs.traffic", logs.Traffic, "all", "accept", "reject")
	}
	if encryption := spec.Encryption; encryption != nil {
		r.decides("encryption.mode", encryption.Mode)
		r.oneOf("encryption.mode", encryption.Mode, "own", "existing", "cloud")
	}
	if keep := spec.OnDestroy; keep != nil {
		r.oneOf("on_destroy.logs", keep.Logs, "retain", "delete")
		r.oneOf("on_destroy.keys", keep.Keys, "retain", "delete")
		r.oneOf("on_destroy.backups", keep.Backups, "retain", "delete")
		r.oneOf("on_destroy.leftovers", keep.Leftovers, "refuse", "sweep")
	}
	if access := spec.Access; access != nil {
		for _, name := range slices.Sorted(maps.Keys(access.Bindings)) {
			path := at("access.bindings", name)
			if access.Bindings[name].Role == "" {
				r.report.fail(path+".role", "enumeration", "no role is given", "Use \"admin\", \"edit\" or \"view\".")
			}
			r.oneOf(path+".role", access.Bindings[name].Role, "admin", "edit", "view")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(spec.NodePools)) {
		path, pool := at("node_pools", name), spec.NodePools[name]
		r.oneOf(path+".mode", pool.Mode, ModeSystem, ModeUser)
		r.oneOf(path+".architecture", pool.Architecture, catalog.AMD64, catalog.ARM64)
		r.oneOf(path+".capacity_type", pool.CapacityType, "on_demand", "spot")
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Addons)) {
		r.oneOf(at("addons", name)+".version_policy", spec.Addons[name].VersionPolicy, "default", "latest")
	}
}

// decides refuses an unknown value of an attribute that decides what is made:
// keys, counts and sizes must be known in the first plan.
func (r *resolver) decides(path, value string) {
	if IsUnknown(value) {
		r.report.fail(path, "unknown-structure", "not known yet, and it decides what is made",
			"Keys, counts and sizes must be known in the plan. Give a value that doesn't depend on something to be made: %s waits.", unknownPath(value))
	}
}

// oneOf refuses a word that is not one of those allowed; empty means the
// default.
func (r *resolver) oneOf(path, value string, allowed ...string) {
	if IsUnknown(value) {
		return
	}
	if value != "" && !slices.Contains(allowed, value) {
		r.report.fail(path, "enumeration", fmt.Sprintf("%q is not allowed here", value), "Use one of %s.", quoted(allowed))
	}
}

// Limits of tags on AWS; of fifty, kready and Kubernetes need some themselves.
// Source: EC2 user guide, tag restrictions, 2024-12.
const (
	maxTagKey = 128
	maxTags   = 40
)

func (r *resolver) validateTags(path string, tags map[string]string) {
	if len(tags) > maxTags {
		r.report.fail(path, "tags-count", fmt.Sprintf("%d tags are too many", len(tags)),
			"The clouds take 50 an object, and kready and Kubernetes set some of them. Use %d at most.", maxTags)
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		value := tags[key]
		switch place := at(path, key); {
		case IsUnknown(value):
		case key == "" || utf8.RuneCountInString(key) > maxTagKey || utf8.RuneCountInString(value) > maxTagValue:
			r.report.fail(place, "tags-length", "the tag is too long, or its key is empty",
				"A key has 1 to %d characters, a value %d at most.", maxTagKey, maxTagValue)
		case r.spec.Cloud == CloudAzure && !azureTagKey.MatchString(key):
			r.report.fail(place, "tags-characters", fmt.Sprintf("Azure refuses the tag key %q", key), "A key has none of < > %% & \\ ? /. Choose another key.")
		case r.spec.Cloud == CloudAzure && azureReserved(key):
			r.report.fail(place, "tags-reserved", fmt.Sprintf("the tag key %q is taken", key), "microsoft…, azure… and windows… belong to Azure. Choose another key.")
		case strings.HasPrefix(strings.ToLower(key), "aws:") || strings.HasPrefix(key, "kready-") || key == "Name":
			r.report.fail(place, "tags-reserved", fmt.Sprintf("the tag key %q is taken", key),
				"aws:… belongs to AWS, kready-… and Name to kready. Choose another key.")
		}
	}
}

func azureReserved(key string) bool {
	return slices.ContainsFunc([]string{"microsoft", "azure", "windows"}, func(prefix string) bool { return strings.HasPrefix(strings.ToLower(key), prefix) })
}

// validateZones checks the list of zones.
func (r *resolver) validateZones() {
	zones := r.spec.Network.Zones
	region, known := catalog.LookupRegion(r.spec.Cloud, r.spec.Region)
	for i, zone := range zones {
		path := nth("network.zones", i)
		r.decides(path, zone)
		if slices.Contains(zones[:i], zone) {
			r.report.fail(path, "zones-double", fmt.Sprintf("%q is named twice", zone), "Remove one of the two.")
		} else if err := catalog.ValidateZone(r.spec.Cloud, r.spec.Region, zone); err != nil && !IsUnknown(zone) && r.spec.Region != "" {
			todo := fmt.Sprintf("Write the region and a letter, such as %sa.", r.spec.Region)
			if r.spec.Cloud == CloudAzure {
				todo = "Azure numbers its zones: write \"1\", \"2\" or \"3\"."
			}
			r.report.fail(path, "zone-name", fmt.Sprintf("%q is no zone of %s", zone, r.spec.Region), "%s", todo)
		} else if known && region.ZonesKnown && r.spec.Cloud == CloudAzure && len(region.Zones) == 0 {
			r.report.fail(path, "zones-missing", fmt.Sprintf("%s has no availability zones", r.spec.Region), "Choose another region; for development, set network.zones = [].")
		} else if known && region.ZonesKnown && !slices.Contains(region.Zones, zone) {
			r.report.warn(path, "zone-unknown", fmt.Sprintf("%s has no zone %q that this version knows", r.spec.Region, zone),
				"It knows %s. Which zones an account sees differs in old regions; check the spelling.", quoted(region.Zones))
		}
	}
	switch count := len(r.zones); {
	case r.spec.Cloud == CloudAzure && count == 0 && (!known || len(region.Zones) > 0):
		r.report.fail("network.zones", "zones-two", "no zone is named", "Name three, such as [\"1\", \"2\", \"3\"].")
	case r.spec.Cloud == CloudAWS && count < 2:
		r.report.fail("network.zones", "zones-two", fmt.Sprintf("%s, and a cluster needs two", plural(count, "zone")),
			"The control plane's interfaces stand in two zones at least. Name two, or better three.")
	case count < 3:
		r.report.relax("network.zones", "zones-production", "a production cluster needs three zones",
			"With two, losing one takes half of everything, and quorums of three can't survive it. Name a third zone.")
	}
}

// validateVersion checks the Kubernetes version by itself and against the one
// that stands.
func (r *resolver) validateVersion() {
	text := r.spec.KubernetesVersion
	if IsUnknown(text) {
		r.report.wait(text)
		return
	}
	minor, err := catalog.ParseMinor(text)
	if err != nil || minor.String() != text {
		r.report.fail("kubernetes_version", "version", fmt.Sprintf("%q is no Kubernetes minor version", text),
			"Write major.minor, such as \"1.34\"; patches are the cloud's.")
		return
	}
	r.validateSupport(minor)
	standing, err := catalog.ParseMinor(r.priorControlPlane().KubernetesVersion)
	if err != nil {
		return
	}
	switch steps := minor.Minor - standing.Minor; {
	case minor.Major != standing.Major || steps > 1:
		next := standing.Next().String()
		r.report.fail("kubernetes_version", "version-skip", fmt.Sprintf("Kubernetes goes up one minor at a time, and the cluster is at %s", standing),
			"Set it to %q, apply, let the pools follow, and go on from there.", next)
	case steps < 0 && r.spec.AcknowledgeRollback == text && steps == -1 && r.spec.Cloud == CloudAWS:
		r.report.warn("acknowledge_rollback", "version-rollback", fmt.Sprintf("Kubernetes is rolled back from %s to %s", standing, minor),
			"EKS allows it within 7 days of the upgrade. Remove acknowledge_rollback afterwards.")
	case steps < 0 && r.spec.Cloud == CloudAzure:
		r.report.fail("kubernetes_version", "version-downgrade", fmt.Sprintf("the cluster is at %s, and Kubernetes is not downgraded", standing),
			"Raise kubernetes_version to %q. AKS has no rollback.", standing)
	case steps < 0:
		r.report.fail("kubernetes_version", "version-downgrade", fmt.Sprintf("the cluster is at %s, and Kubernetes is not downgraded", standing),
			"Raise kubernetes_version to %q. A rollback by one minor, within 7 days of an upgrade, needs acknowledge_rollback = %q.", standing, text)
	case steps == 0 && r.spec.AcknowledgeRollback != "":
		r.report.warn("acknowledge_rollback", "acknowledge-unused", "there is nothing to roll back", "Remove it.")
	}
}

// supportWords are what messages say of a cloud's support.
type supportWords struct{ table, end, after string }

// supportOf tells a cloud's table of versions, what it does with versions whose
// standard support has ended, and what it does afterwards.
func (r *resolver) supportOf() supportWords {
	if r.spec.Cloud == CloudAzure {
		return supportWords{table: "aks-versions", end: "AKS makes no such cluster.", after: "AKS no longer helps with it afterwards."}
	}
	return supportWords{table: "eks-versions", end: "With support = \"standard\" EKS upgrades such a cluster by itself.", after: "EKS upgrades by itself afterwards."}
}

// validateSupport judges the version by the table of versions, on the day at
// which the table was written: a plan must not read a clock.
func (r *resolver) validateSupport(minor catalog.Minor) {
	cloud, service, words := r.spec.Cloud, r.words().service, r.supportOf()
	if cloud != CloudAWS && cloud != CloudAzure {
		return
	}
	today := tableDate(words.table)
	choose := "Choose a newer version."
	if newest, ok := catalog.NewestStandard(cloud, today); ok {
		choose = fmt.Sprintf("Choose a newer version; the newest in standard support is %s.", newest)
	}
	known, ok := catalog.LookupVersion(cloud, minor)
	switch {
	case !ok && catalog.NewerThanKnown(cloud, minor):
		r.report.warn("kubernetes_version", "version-unknown", fmt.Sprintf("Kubernetes %s is newer than this version's table", minor),
			"The table is of %s. data.kready_kubernetes_versions lists what %s offers now.", today.Format(time.DateOnly), service)
		return
	case !ok:
		r.report.fail("kubernetes_version", "version-unsupported", fmt.Sprintf("%s no longer supports Kubernetes %s", service, minor), "%s", choose)
		return
	case today.Before(known.Released):
		r.report.warn("kubernetes_version", "version-unknown", fmt.Sprintf("Kubernetes %s was announced when this version's table was written", minor),
			"The table is of %s. data.kready_kubernetes_versions lists what %s offers now.", today.Format(time.DateOnly), service)
		return
	}
	end := known.StandardEnd
	if r.support() == "extended" {
		end = known.ExtendedEnd
	}
	days := int(end.Sub(today).Hours() / 24)
	last := end.Format(time.DateOnly)
	switch {
	case today.After(known.ExtendedEnd):
		r.report.fail("kubernetes_version", "version-unsupported", fmt.Sprintf("%s ended all support for Kubernetes %s on %s", service, minor, known.ExtendedEnd.Format(time.DateOnly)),
			"%s", choose)
	case days < 0:
		r.report.fail("kubernetes_version", "version-unsupported", fmt.Sprintf("standard support for Kubernetes %s ended on %s", minor, last),
			"%s Choose a newer version, or support = \"extended\", which is billed.", words.end)
	case days <= 60:
		r.report.warn("kubernetes_version", "version-ending", fmt.Sprintf("support for Kubernetes %s ends on %s", minor, last),
			"Less than 60 days are left: upgrade now. %s", words.after)
	case days <= 180:
		r.report.warn("kubernetes_version", "version-ending", fmt.Sprintf("support for Kubernetes %s ends on %s", minor, last),
			"Plan the upgrade. %s", words.after)
	}
}

// validateCount refuses a number outside its bounds; 0 means the default.
func (r *resolver) validateCount(path string, value, low, high int) {
	if value != 0 && (value < low || value > high) {
		r.report.fail(path, "bounds", fmt.Sprintf("%d is out of bounds", value), "Use %d to %d.", low, high)
	}
}

func upperFirst(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
