package blueprint

import (
	"maps"
	"slices"
)

// DesignVersion is the version of the defaults that new designs are made
// with. A design keeps the version that it was made with, so that an upgraded
// provider changes no default under a cluster that stands.
const DesignVersion = 1

// Resolve settles a design for spec and judges it. It is total: whatever it is
// given, it returns a design as far as one can be made, and every problem.
// With an error among the findings the design must not be applied. It is pure:
// equal arguments give equal outcomes.
//
// prior is what an earlier apply settled, or nil. What it holds stays where it
// is; a spec that says the same as prior.Spec gives prior.Design verbatim, and
// warnings only.
func Resolve(spec Spec, prior *Prior) Outcome {
	r := &resolver{
		spec:     spec,
		prior:    prior,
		report:   newReport(spec),
		names:    newNamer(spec),
		replaced: map[string]bool{},
		held:     map[string]string{},
		zones:    sortedUnique(spec.Network.Zones),
	}
	outcome := Outcome{DesignVersion: DesignVersion}
	if prior != nil {
		maps.Copy(r.held, prior.Held)
		if prior.DesignVersion > 0 {
			outcome.DesignVersion = prior.DesignVersion
		}
	}
	switch spec.Cloud {
	case CloudAWS:
		r.validateWords()
		if r.platform() {
			r.resolvePlatform()
		} else {
			r.resolveAWS()
		}
	case CloudAzure:
		r.validateWords()
		if r.platform() {
			r.resolvePlatform()
		} else {
			r.resolveAzure()
		}
	default:
		r.validateWords()
	}
	if prior != nil && sameSpec(spec, prior.Spec) {
		r.keepDesign(prior.Design)
	}
	r.validateBudget()
	outcome.Design = r.design
	outcome.Capacity, outcome.CapacityWaits = r.capacity()
	outcome.Findings = r.report.sorted()
	outcome.Waits = slices.Sorted(maps.Keys(r.report.waiting))
	if r.unchanged {
		outcome.Findings = lenient(outcome.Findings)
	}
	outcome.Held = r.held
	return outcome
}

// resolver carries what the steps of resolving share.
type resolver struct {
	spec      Spec
	prior     *Prior
	report    *report
	names     *namer
	replaced  map[string]bool // objects whose prior does not bind: they are made anew
	unchanged bool
	zones     []string // sorted, once each
	held      map[string]string
	design    Design
	demand    demand
	cramped   bool     // the layout lacks room already today
	derived   []string // add-ons that nobody has to ask for
}

// keepDesign gives back what an unchanged spec was resolved to before.
func (r *resolver) keepDesign(design Design) {
	r.unchanged = true
	r.design = design
	r.held = map[string]string{}
	maps.Copy(r.held, r.prior.Held)
}

// validateWords checks what is the same on every cloud.
func (r *resolver) validateWords() {
	r.validateIdentity()
	r.validateEnumerations()
	r.validateTags("tags", r.spec.Tags)
	r.validateSeats()
	r.validateForeign()
	r.validateReplacements()
	if r.platform() {
		return
	}
	r.validateZones()
	r.validateVersion()
}

// resolveAWS settles every section, and then judges what only the whole shows.
func (r *resolver) resolveAWS() {
	r.validateAWS()
	r.demand = r.awsDemand()
	r.resolveAWSNetwork()
	r.resolveAWSControlPlane()
	r.resolveAWSNodePools()
	r.resolveAWSAddons()
	r.resolveAWSRegistry()
	r.resolveAWSVault()
	r.resolveAWSIdentities()
	r.design.EgressRequirements = r.awsEgressRequirements()
	r.design.Reachability = r.reachability()
	r.validateMovedNames()
	r.names.validate(r.report)
}

// priorNetwork is the network that stands, or an empty one.
func (r *resolver) priorNetwork() NetworkDesign {
	if r.prior == nil || r.prior.Design.Network == nil || r.replaced["network"] {
		return NetworkDesign{}
	}
	return *r.prior.Design.Network
}

// priorControlPlane is the control plane that stands, or an empty one.
func (r *resolver) priorControlPlane() ControlPlaneDesign {
	if r.prior == nil || r.prior.Design.ControlPlane == nil || r.replaced["cluster"] {
		return ControlPlaneDesign{}
	}
	return *r.prior.Design.ControlPlane
}

// priorPools are the pools that stand; those of a replaced cluster do not.
func (r *resolver) priorPools() map[string]NodePoolDesign {
	if r.prior == nil || r.replaced["cluster"] {
		return nil
	}
	return r.prior.Design.NodePools
}

// priorAddons are the add-ons that stand, or empty ones.
func (r *resolver) priorAddons() AddonsDesign {
	if r.prior == nil || r.prior.Design.Addons == nil || r.replaced["cluster"] {
		return AddonsDesign{}
	}
	return *r.prior.Design.Addons
}

// priorRegistry is the registry that stands, or an empty one.
func (r *resolver) priorRegistry() RegistryDesign {
	if r.prior == nil || r.prior.Design.Registry == nil || r.replaced["registry"] {
		return RegistryDesign{}
	}
	return *r.prior.Design.Registry
}

// priorVault is the vault section that stands, or an empty one.
func (r *resolver) priorVault() VaultDesign {
	if r.prior == nil || r.prior.Design.Vault == nil || r.replaced["vault"] {
		return VaultDesign{}
	}
	return *r.prior.Design.Vault
}

// priorIdentities are the workload identities that stand.
func (r *resolver) priorIdentities() map[string]WorkloadIdentityDesign {
	if r.prior == nil || r.replaced["cluster"] {
		return nil
	}
	return r.prior.Design.WorkloadIdentities
}

// scope is where a section lives and how it is guarded.
func (r *resolver) scope(force bool) Scope {
	keep := "delete"
	if r.report.production {
		keep = "retain"
	}
	lifecycle := LifecycleDesign{
		Protected: orBool(r.spec.DeletionProtection, r.report.production),
		Logs:      keep, Keys: "delete", Backups: keep, Leftovers: "refuse", Force: force,
	}
	if asked := r.spec.OnDestroy; asked != nil {
		lifecycle.Logs = or(asked.Logs, lifecycle.Logs)
		lifecycle.Keys = or(asked.Keys, lifecycle.Keys)
		lifecycle.Backups = or(asked.Backups, lifecycle.Backups)
		lifecycle.Leftovers = or(asked.Leftovers, lifecycle.Leftovers)
	}
	return Scope{
		Cloud: r.spec.Cloud, Region: r.spec.Region, Cluster: r.spec.Name, Target: r.spec.Target,
		OnDestroy: lifecycle,
	}
}

// aws returns the settings that only EKS has, empty where none are given.
func (r *resolver) aws() AWSSpec {
	if r.spec.AWS == nil {
		return AWSSpec{}
	}
	return *r.spec.AWS
}

func (r *resolver) autoscaling() string { return or(r.spec.Autoscaling, AutoscalingCluster) }

func (r *resolver) identity() string { return or(r.aws().Identity, "pod_identity") }

func (r *resolver) egress() string {
	if r.spec.Network.Egress == "" && !r.report.production {
		return EgressNAT
	}
	return or(r.spec.Network.Egress, EgressNATPerZone)
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func orBool(value *bool, otherwise bool) bool {
	if value == nil {
		return otherwise
	}
	return *value
}

// sortedUnique returns the elements in order, once each. A list that holds an
// unknown element stays unknown as a whole: it comes back as that element.
func sortedUnique(list []string) []string {
	if unknown := firstUnknown(list...); unknown != "" {
		return []string{unknown}
	}
	if len(list) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// cloned returns a copy of m, or nil where it is empty.
func cloned[V any](m map[string]V) map[string]V {
	if len(m) == 0 {
		return nil
	}
	return maps.Clone(m)
}
