package blueprint

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Count tells how many components of the design a change from prior to next
// creates, updates in place, replaces or deletes. A component is counted once.
// Where a section's main object is made anew, all of its components are.
func Count(prior, next Design) (created, updated, replaced, deleted int) {
	sum := countChanges(prior, next)
	return len(sum.create), len(sum.update), len(sum.replace), len(sum.delete)
}

// changes are the components that a change touches, each behind its object.
type changes struct{ create, update, replace, delete []string }

func countChanges(prior, next Design) changes {
	before, after := sections(prior), sections(next)
	var sum changes
	for _, object := range slices.Sorted(maps.Keys(eitherOf(before, after))) {
		change := countSection(object, before[object], after[object])
		sum.create = append(sum.create, change.create...)
		sum.update = append(sum.update, change.update...)
		sum.replace = append(sum.replace, change.replace...)
		sum.delete = append(sum.delete, change.delete...)
	}
	return sum
}

// sections lists the sections of a design by object, as [Replacement] names
// them.
func sections(design Design) map[string]Section {
	list := map[string]Section{}
	if design.Network != nil {
		list["network"] = *design.Network
	}
	if design.ControlPlane != nil {
		list["cluster"] = *design.ControlPlane
	}
	if design.Addons != nil {
		list["addons"] = *design.Addons
	}
	if design.Registry != nil {
		list["registry"] = *design.Registry
	}
	if design.Vault != nil {
		list["vault"] = *design.Vault
	}
	for name, pool := range design.NodePools {
		list["node-pool/"+name] = pool
	}
	for name, identity := range design.WorkloadIdentities {
		list["workload-identity/"+name] = identity
	}
	return list
}

func eitherOf(a, b map[string]Section) map[string]Section {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func countSection(object string, before, after Section) changes {
	named := func(component string) string { return object + " " + component }
	var sum changes
	switch {
	case before == nil:
		for _, component := range made(after) {
			sum.create = append(sum.create, named(component))
		}
		return sum
	case after == nil:
		for _, component := range made(before) {
			sum.delete = append(sum.delete, named(component))
		}
		return sum
	}
	anew := ReplacedBy(object, "", before, after) != nil
	olds, news := made(before), made(after)
	for _, component := range news {
		if !slices.Contains(olds, component) {
			sum.create = append(sum.create, named(component))
			continue
		}
		was, is := before.IdentityOf(component), after.IdentityOf(component)
		switch {
		case anew || was != is && !IsUnknown(was) && !IsUnknown(is):
			sum.replace = append(sum.replace, named(component))
		case !sameContent(contentOf(before, component), contentOf(after, component)):
			sum.update = append(sum.update, named(component))
		}
	}
	for _, component := range olds {
		// deletion_protection makes the lock. Turning it off is a decision by
		// itself, and what has to come before a destroy.
		if !slices.Contains(news, component) && component != "lock" {
			sum.delete = append(sum.delete, named(component))
		}
	}
	return sum
}

// made are the components that realizing a section makes.
func made(section Section) []string {
	given := section.Given()
	return slices.DeleteFunc(section.Components(), func(component string) bool {
		_, exists := given[component]
		return exists
	})
}

func sameContent(a, b any) bool {
	textA, okA := canonical(a)
	textB, okB := canonical(b)
	return okA && okB && bytes.Equal(textA, textB)
}

// contentOf is what a component is made from. What belongs to no component in
// particular belongs to the main object, or to all where there is none.
func contentOf(section Section, component string) any {
	kind, name, _ := strings.Cut(component, "/")
	if section.In().Cloud == CloudAzure {
		return azureContentOf(section, kind, name)
	}
	switch section := section.(type) {
	case NetworkDesign:
		return networkContent(section, kind, name)
	case ControlPlaneDesign:
		return controlPlaneContent(section, kind, name)
	case NodePoolDesign:
		rest := section
		rest.Groups = nil
		if kind == "group" {
			rest.Scope, rest.Tags = Scope{}, nil
			return []any{rest, section.Groups[name]}
		}
		return rest
	case AddonsDesign:
		rest := section
		rest.Addons, rest.Names = nil, nil
		if kind == "addon" {
			return []any{rest, section.Addons[name]}
		}
		rest.KubernetesVersion = ""
		return rest
	case RegistryDesign:
		rest := section
		rest.Repositories = nil
		if kind == "repository" {
			return []any{section.Repositories[name], section.PushPrincipals}
		}
		rest.PushPrincipals = nil
		return rest
	case VaultDesign:
		rest := section
		rest.Vaults = nil
		return []any{rest, section.Vaults[name]}
	case WorkloadIdentityDesign:
		if kind == "pod-identity" {
			return nil // its identity is all there is to it
		}
	}
	return section
}

func networkContent(section NetworkDesign, kind, name string) any {
	switch kind {
	case "subnet":
		return section.Subnets[name]
	case "nat":
		return section.NATGateways[name]
	case "endpoint":
		return section.Endpoints[name]
	case "security-group":
		return section.AdmittedCIDRs
	case "flow-log", "log-group":
		return section.FlowLogs
	case "role":
		return []string{section.Boundary, section.RolePath}
	case "connection":
		return section.Connections[name]
	case "vpc":
		section.Subnets, section.NATGateways, section.Endpoints, section.AdmittedCIDRs = nil, nil, nil, nil
		section.Connections, section.Existing = nil, nil
		section.FlowLogs, section.PodCIDRs, section.Zones, section.Names, section.Egress = nil, nil, nil, nil, ""
		section.Boundary, section.RolePath = "", ""
		return section
	}
	return nil
}

func controlPlaneContent(section ControlPlaneDesign, kind, name string) any {
	switch kind {
	case "access-entry":
		return section.AccessEntries[name]
	case "addon":
		return []any{section.Addons[name], section.PodSubnets, section.KubernetesVersion}
	case "role":
		return []string{section.Boundary, section.RolePath}
	case "security-group":
		return section.ReachableFrom
	case "log-group":
		return section.LogRetentionDays
	case "cluster":
		section.AccessEntries, section.Addons, section.Names, section.PodSubnets = nil, nil, nil, nil
		section.ReachableFrom, section.LogRetentionDays, section.Boundary, section.RolePath = nil, 0, "", ""
		return section
	}
	return nil
}

// validateBudget holds a change against change_budget. It is a guard rail in
// the plan; the gate is `kready budget` in the pipeline. A first create is not
// judged.
func (r *resolver) validateBudget() {
	budget := r.spec.ChangeBudget
	if budget == nil {
		return
	}
	limits := []struct {
		name  string
		limit *int
	}{{"create", budget.Create}, {"update", budget.Update}, {"replace", budget.Replace}, {"delete", budget.Delete}}
	var counted [4][]string
	judged := r.prior != nil && !r.unchanged
	if judged {
		sum := countChanges(r.prior.Design, r.design)
		counted = [...][]string{sum.create, sum.update, sum.replace, sum.delete}
	}
	for i, limit := range limits {
		path := "change_budget." + limit.name
		switch {
		case limit.limit == nil:
		case *limit.limit < 0:
			r.report.fail(path, "budget", "a budget can't be negative", "Use 0 or more; leave it out for no limit.")
		case judged && len(counted[i]) > *limit.limit:
			r.report.fail(path, "budget-exceeded", fmt.Sprintf("the change would %s %s, and the budget allows %d", limit.name, plural(len(counted[i]), "component"), *limit.limit),
				"It is about %s. Make the change in smaller steps, or raise the budget for this one.", someOf(counted[i]))
		}
	}
}

// someOf lists names for a message: the first ones, where there are many.
func someOf(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
