package blueprint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// managedCache is the pull-through cache that nodes of an isolated cluster boot
// from; AKS looks for exactly these repositories.
// Source: AKS network-isolated, 2026-08.
var managedCache = map[string]CacheRuleDesign{
	"aks-managed-mcr": {Source: "mcr.microsoft.com/*", Target: "aks-managed-repository/*"},
}

// resolveAzureRegistry settles the container registry. Its repositories are
// born when something is pushed: there is nothing to make of them.
func (r *resolver) resolveAzureRegistry() {
	spec := r.spec.Registry
	if spec == nil {
		return
	}
	if spec.Existing != nil {
		r.validateGivenRegistry(spec)
		return
	}
	prior := r.priorRegistry()
	derived := r.worldName(lettersAndDigits(r.spec.Name), "registry", 50, "")
	design := RegistryDesign{
		Scope:          r.scope(spec.ForceDestroy),
		Name:           r.names.name("registry", prior.Name, derived, catalog.NameContainerRegistry),
		PushPrincipals: r.azurePushPrincipals(spec.PushPrincipals),
		Names:          map[string]string{},
		Tags:           cloned(r.spec.Tags),
		Azure:          &RegistryAzureDesign{ResourceGroup: r.resourceGroup(), EndpointSubnet: r.givenSubnet(TierEndpoints), ZonesByPolicy: r.existing().ZoneGroupsByPolicy, KeepUntaggedDays: or(spec.KeepUntagged, 14)},
	}
	if r.egress() == EgressIsolated {
		design.Azure.CacheRules = managedCache
	}
	const endpoint = "private-endpoint"
	design.Names[endpoint] = r.names.name("registry/"+endpoint, prior.Names[endpoint], r.spec.Name+"-registry", catalog.NamePrivateEndpoint)
	r.design.Registry = &design
	r.validateAzureRegistry(spec)
}

func (r *resolver) azurePushPrincipals(given []string) []string {
	var principals []string
	for i, text := range given {
		path := nth("registry.push_principals", i)
		if IsUnknown(text) {
			r.report.wait(text)
			principals = append(principals, text)
			continue
		}
		p, reason := parseEntraPrincipal(text)
		switch {
		case reason != "":
			r.report.fail(path, "push-principal", fmt.Sprintf("%q is no Entra object id", text), "%s", reason)
		case slices.Contains(principals, p.id):
			r.report.warn(path, "push-principal-double", fmt.Sprintf("%s is named already", p.name), "Remove one of the two.")
		default:
			principals = append(principals, p.id)
		}
	}
	return sortedUnique(principals)
}

func (r *resolver) validateAzureRegistry(spec *RegistrySpec) {
	for i, name := range spec.Repositories {
		path := nth("registry.repositories", i)
		switch {
		case IsUnknown(name):
			r.report.wait(name)
		case len(name) < 2 || len(name) > 256 || !ecrName.MatchString(name):
			r.report.fail(path, "repository-name", fmt.Sprintf("%q is no repository name", name),
				"Use 2 to 256 lower-case letters, digits and single . _ - between them, in parts separated by \"/\", such as \"shop/web\".")
		case slices.Contains(spec.Repositories[:i], name):
			r.report.fail(path, "repository-key", fmt.Sprintf("%q is named twice", name), "Remove one of the two.")
		case strings.HasPrefix(name, "aks-managed-repository/"):
			r.report.fail(path, "repository-reserved", fmt.Sprintf("%q is where AKS keeps its own images", name), "Choose another name.")
		}
	}
	for _, asked := range []struct {
		given bool
		path  string
		what  string
	}{
		{spec.ImmutableTags != nil && *spec.ImmutableTags, "registry.immutable_tags", "Tags of a container registry are locked one by one"},
		{spec.ScanOnPush != nil && *spec.ScanOnPush, "registry.scan_on_push", "Images are scanned where Defender for Containers is on for the subscription"},
		{spec.KeepImages != 0, "registry.keep_images", "A container registry keeps tagged images"},
	} {
		if asked.given {
			r.report.warn(asked.path, "registry-on-azure", "this has no effect on Azure",
				"%s; there is no such setting of a registry. Leave it out, or deploy by digest and scan in the pipeline.", asked.what)
		}
	}
	r.validateForce("registry.force_destroy", "images can be destroyed with the registry in production", "registry", spec.ForceDestroy)
	r.validateCount("registry.keep_untagged_days", spec.KeepUntagged, 0, 365)
}

// validateForce warns of a part that destroys what it holds.
func (r *resolver) validateForce(path, summary, part string, force bool) {
	if force && r.report.production {
		r.report.warn(path, "force-destroy", summary, "Leave force_destroy out until the %s is really to go.", part)
	}
}

// objectID is the id of a user, group or service principal in Entra.
var objectID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// parseEntraPrincipal reads an Entra object id.
func parseEntraPrincipal(text string) (p principal, reason string) {
	if !objectID.MatchString(text) {
		return principal{}, "Give the object id of an Entra group, user or service principal, such as 5f2c8e0a-4b1d-4c7e-9a53-0d6e1f2a3b4c (`az ad group show --group NAME --query id` prints it)."
	}
	text = strings.ToLower(text)
	return principal{arn: text, id: text, name: text}, ""
}
