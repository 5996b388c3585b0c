package blueprint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
)

// ecrName is what ECR takes as a repository name.
// Source: Amazon ECR API, CreateRepository.repositoryName, 2026-08.
var ecrName = regexp.MustCompile(`^[a-z0-9]+(?:[._-][a-z0-9]+)*(?:/[a-z0-9]+(?:[._-][a-z0-9]+)*)*$`)

// repositoryKey is the key of a repository in the design.
func repositoryKey(name string) string { return strings.ReplaceAll(name, "/", "-") }

// resolveAWSRegistry settles the image repositories.
func (r *resolver) resolveAWSRegistry() {
	spec := r.spec.Registry
	if spec == nil {
		return
	}
	if spec.Existing != nil {
		r.validateGivenRegistry(spec)
		return
	}
	design := RegistryDesign{
		Scope:          r.scope(spec.ForceDestroy),
		Repositories:   map[string]RepositoryDesign{},
		PushPrincipals: r.pushPrincipals(spec.PushPrincipals),
		Names:          map[string]string{},
		Tags:           cloned(r.spec.Tags),
	}
	for i, name := range spec.Repositories {
		path := nth("registry.repositories", i)
		switch key := repositoryKey(name); {
		case IsUnknown(name):
			r.decides(path, name)
		case len(name) < 2 || len(name) > 256 || !ecrName.MatchString(name):
			r.report.fail(path, "repository-name", fmt.Sprintf("%q is no repository name", name),
				"ECR takes 2 to 256 lower-case letters, digits and single . _ - between them, in parts separated by \"/\", such as \"shop/web\".")
		default:
			if other, taken := design.Repositories[key]; taken {
				r.report.fail(path, "repository-key", fmt.Sprintf("%q has the same key as %q", name, other.Name),
					"A repository's key is its name with \"/\" as \"-\", here %q. Rename one of the two, or remove the double.", key)
				continue
			}
			design.Repositories[key] = RepositoryDesign{
				Name: name, ImmutableTags: orBool(spec.ImmutableTags, true), ScanOnPush: orBool(spec.ScanOnPush, true),
				KeepUntaggedDays: or(spec.KeepUntagged, 14), KeepImages: or(spec.KeepImages, 500),
			}
		}
	}
	design.Names["key-alias"] = r.names.name("registry/key-alias", r.priorRegistry().Names["key-alias"], "alias/kready-"+r.spec.Name+"-registry", catalog.NameKMSAlias)
	r.design.Registry = &design
	r.validateRegistry(spec)
}

// pushPrincipals are the principals in the form of IAM policies.
func (r *resolver) pushPrincipals(given []string) []string {
	var principals []string
	for i, text := range given {
		path := nth("registry.push_principals", i)
		if IsUnknown(text) {
			r.report.wait(text)
			principals = append(principals, text)
			continue
		}
		p, reason := parsePrincipal(text)
		if reason != "" {
			r.report.fail(path, "push-principal", fmt.Sprintf("%q is no IAM principal", text),
				"Give the ARN of an IAM role or user, such as arn:aws:iam::111122223333:role/ci.")
			continue
		}
		if slices.Contains(principals, p.arn) {
			r.report.warn(path, "push-principal-double", fmt.Sprintf("%s is named already", p.name), "Remove one of the two.")
			continue
		}
		principals = append(principals, p.arn)
	}
	return sortedUnique(principals)
}

func (r *resolver) validateRegistry(spec *RegistrySpec) {
	if !orBool(spec.ImmutableTags, true) && r.report.production {
		r.report.warn("registry.immutable_tags", "registry-mutable", "tags can be moved in production",
			"An image that was tested can be exchanged under its tag. Leave immutable_tags out, or deploy by digest.")
	}
	if spec.ForceDestroy && r.report.production {
		r.report.warn("registry.force_destroy", "force-destroy", "images can be destroyed with the registry in production",
			"Leave force_destroy out until the registry is really to go.")
	}
	r.validateCount("registry.keep_untagged_days", spec.KeepUntagged, 0, 3650)
	r.validateCount("registry.keep_images", spec.KeepImages, 0, 100000)
	if len(spec.Repositories) == 0 && spec.Existing == nil {
		r.report.fail("registry.repositories", "registry-empty", "no repository is asked for",
			"Name the repositories, or remove registry.")
	}
}
