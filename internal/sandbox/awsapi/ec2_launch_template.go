package awsapi

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// launchTemplate is a named list of versions. A version never changes.
type launchTemplate struct {
	ec2Object
	Default  int               `json:"default"`
	Latest   int               `json:"latest"`
	Versions []templateVersion `json:"versions"`
	Created  time.Time         `json:"created"`
}

type templateVersion struct {
	Number      int          `json:"number"`
	Description string       `json:"description,omitempty"`
	Data        templateData `json:"data"`
	Created     time.Time    `json:"created"`
}

// maxTemplateVersions is how many versions a template may have.
const maxTemplateVersions = 10000

var launchTemplates = &ec2Type[launchTemplate]{
	table:  sandbox.NewTable[launchTemplate](cloud, "ec2/launch-template"),
	prefix: "lt-", tag: "launch-template", code: "InvalidLaunchTemplateId.NotFound", says: "The specified launch template, with template ID %s, does not exist.",
	ids: "LaunchTemplateId", set: "launchTemplates",
	filters: []string{"create-time", "launch-template-name"},
}

func init() {
	launchTemplates.filter = func(_ *sandbox.Tx, t *launchTemplate, name string) []string {
		if name == "launch-template-name" {
			return []string{t.Name}
		}
		return []string{t.Created.Format(time.RFC3339)}
	}
	launchTemplates.render = renderTemplate
}

func renderTemplate(q *request, t *launchTemplate) []node {
	return []node{
		text("launchTemplateId", t.ID), text("launchTemplateName", t.Name), instant("createTime", t.Created), text("createdBy", q.caller()),
		num("defaultVersionNumber", t.Default), num("latestVersionNumber", t.Latest), tagSet(t.Tags),
	}
}

// caller is the ARN that everything is made by.
func (q *request) caller() string {
	return "arn:" + partition(q.region) + ":iam::" + q.account + ":user/sandbox"
}

func (q *request) renderVersion(t *launchTemplate, v templateVersion) []node {
	return []node{
		text("launchTemplateId", t.ID), text("launchTemplateName", t.Name), num("versionNumber", v.Number), text("versionDescription", v.Description),
		instant("createTime", v.Created), text("createdBy", q.caller()), flag("defaultVersion", v.Number == t.Default),
		group("launchTemplateData", v.Data.render(templateFields)...),
	}
}

// describeLaunchTemplates takes names as well as ids.
func describeLaunchTemplates(q *request) (any, error) {
	q.form.ignore("IncludeManagedResources")
	names := q.form.list("LaunchTemplateName")
	for _, name := range names {
		t, ok := launchTemplates.table.First(q.tx, q.region, func(t *launchTemplate) bool { return t.Name == name })
		if !ok {
			return nil, noTemplateNamed(name)
		}
		q.form.values.Add("LaunchTemplateId."+strconv.Itoa(len(q.form.indices("LaunchTemplateId"))+1), t.ID)
	}
	return launchTemplates.describe(q)
}

func noTemplateNamed(name string) *apiError {
	return fail(http.StatusBadRequest, "InvalidLaunchTemplateName.NotFoundException", "At least one of the launch templates specified in the request does not exist: %s", name)
}

// template finds the template that an operation is about, by id or name.
func (q *request) template() (*launchTemplate, error) {
	name := q.form.text("LaunchTemplateName")
	if name == "" {
		return launchTemplates.named(q, "LaunchTemplateId")
	}
	if q.form.has("LaunchTemplateId") {
		return nil, fail(http.StatusBadRequest, "InvalidParameterCombination", "LaunchTemplateId and LaunchTemplateName cannot be used together")
	}
	t, ok := launchTemplates.table.First(q.tx, q.region, func(t *launchTemplate) bool { return t.Name == name })
	if !ok {
		return nil, noTemplateNamed(name)
	}
	q.object(t.ID)
	return t, nil
}

// templateFor finds a template and one of its versions for another service:
// by id or name, and "$Latest", "$Default", a number, or "" for the default.
func templateFor(tx *sandbox.Tx, region, id, name, version string) (*launchTemplate, templateVersion, error) {
	t, ok := launchTemplates.table.First(tx, region, func(t *launchTemplate) bool {
		return id != "" && t.ID == id || id == "" && t.Name == name
	})
	if !ok && id != "" {
		return nil, templateVersion{}, launchTemplates.missing(id)
	}
	if !ok {
		return nil, templateVersion{}, noTemplateNamed(name)
	}
	v, err := t.version(version)
	return t, v, err
}

func (t *launchTemplate) version(name string) (templateVersion, error) {
	number, err := strconv.Atoi(name)
	switch name {
	case "", "$Default":
		number, err = t.Default, nil
	case "$Latest":
		number, err = t.Latest, nil
	}
	if err != nil {
		return templateVersion{}, fail(http.StatusBadRequest, "InvalidLaunchTemplateId.VersionNotFound", "Could not find the specified version %s for the launch template with ID %s.", name, t.ID)
	}
	i := slices.IndexFunc(t.Versions, func(v templateVersion) bool { return v.Number == number })
	if i < 0 {
		return templateVersion{}, fail(http.StatusBadRequest, "InvalidLaunchTemplateId.VersionNotFound", "Could not find the specified version %s for the launch template with ID %s.", name, t.ID)
	}
	return t.Versions[i], nil
}

// templateNamePattern is compiled when it is first asked: so long a repetition costs every
// start of the program memory and time.
var templateNamePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9()./_-]{3,128}$`) })

func createLaunchTemplate(q *request) (any, error) {
	id, err := q.replayed()
	if err != nil {
		return nil, err
	}
	if t, ok := launchTemplates.table.Get(q.tx, q.region, id); ok {
		return []node{group("launchTemplate", renderTemplate(q, t)...)}, nil
	}
	name, err := q.form.required("LaunchTemplateName")
	if err != nil {
		return nil, err
	}
	if !templateNamePattern().MatchString(name) {
		return nil, fail(http.StatusBadRequest, "InvalidLaunchTemplateName.MalformedException", "Launch template names must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _")
	}
	if exists(launchTemplates, q.tx, q.region, func(t *launchTemplate) bool { return t.Name == name }) {
		return nil, fail(http.StatusBadRequest, "InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
	}
	tags, err := q.tagSpecification("launch-template")
	if err != nil {
		return nil, err
	}
	data, err := q.readTemplate(nil)
	if err != nil {
		return nil, err
	}
	if len(launchTemplates.table.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaTemplates) {
		return nil, fail(http.StatusBadRequest, "TemplateLimitExceeded", "The maximum number of launch templates has been reached.")
	}
	now := q.tx.Now()
	t := &launchTemplate{
		ec2Object: q.newObject("lt-", tags), Default: 1, Latest: 1, Created: now,
		Versions: []templateVersion{{Number: 1, Description: q.form.text("VersionDescription"), Data: data, Created: now}},
	}
	t.Name = name
	launchTemplates.table.Put(q.tx, t)
	q.remember(t.ID)
	return []node{group("launchTemplate", renderTemplate(q, t)...)}, nil
}

func createLaunchTemplateVersion(q *request) (any, error) {
	replayed, err := q.replayed()
	if err != nil {
		return nil, err
	}
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	if replayed != "" {
		v, err := t.version(replayed)
		return []node{group("launchTemplateVersion", q.renderVersion(t, v)...)}, err
	}
	var source templateData
	if from := q.form.text("SourceVersion"); from != "" {
		v, err := t.version(from)
		if err != nil {
			return nil, err
		}
		source = v.Data
	}
	data, err := q.readTemplate(source)
	if err != nil {
		return nil, err
	}
	if len(t.Versions) >= maxTemplateVersions {
		return nil, fail(http.StatusBadRequest, "TemplateVersionLimitExceeded", "The maximum number of versions of the launch template has been reached.")
	}
	t.Latest++
	v := templateVersion{Number: t.Latest, Description: q.form.text("VersionDescription"), Data: data, Created: q.tx.Now()}
	t.Versions = append(slices.Clone(t.Versions), v)
	launchTemplates.table.Put(q.tx, t)
	q.remember(strconv.Itoa(v.Number))
	return []node{group("launchTemplateVersion", q.renderVersion(t, v)...)}, nil
}

func describeLaunchTemplateVersions(q *request) (any, error) {
	q.form.ignore("ResolveAlias", "IncludeManagedResources")
	if _, err := q.filters([]string{}); err != nil {
		return nil, err
	}
	size, token, err := q.page(false)
	if err != nil {
		return nil, err
	}
	wanted := q.form.list("LaunchTemplateVersion")
	templates := launchTemplates.table.List(q.tx, q.region)
	if q.form.has("LaunchTemplateId") || q.form.has("LaunchTemplateName") {
		t, err := q.template()
		if err != nil {
			return nil, err
		}
		templates = []*launchTemplate{t}
	} else if len(wanted) == 0 {
		return nil, fail(http.StatusBadRequest, "MissingParameter", "Either a launch template or versions ($Latest, $Default) must be specified")
	}
	lowest, err := q.form.number("MinVersion", 1)
	if err != nil {
		return nil, err
	}
	highest, err := q.form.number("MaxVersion", maxTemplateVersions)
	if err != nil {
		return nil, err
	}
	type one struct {
		template *launchTemplate
		version  templateVersion
	}
	var found []one
	for _, t := range templates {
		versions := slices.Clone(t.Versions)
		slices.Reverse(versions) // newest first
		if len(wanted) > 0 {
			versions = nil
			for _, name := range wanted {
				v, err := t.version(name)
				if err != nil {
					return nil, err
				}
				versions = append(versions, v)
			}
		}
		for _, v := range versions {
			if v.Number >= lowest && v.Number <= highest {
				found = append(found, one{t, v})
			}
		}
	}
	page, next := paginate(found, size, token, func(o one) uint64 {
		return o.template.Sequence<<16 | uint64(maxTemplateVersions-o.version.Number)
	})
	return []node{
		items("launchTemplateVersionSet", page, func(o one) []node { return q.renderVersion(o.template, o.version) }),
		text("nextToken", next),
	}, nil
}

func modifyLaunchTemplate(q *request) (any, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	q.form.ignore("ClientToken") // setting a default twice is setting it once
	name, err := q.form.required("SetDefaultVersion")
	if err != nil {
		return nil, err
	}
	v, err := t.version(name)
	if err != nil {
		return nil, err
	}
	t.Default = v.Number
	launchTemplates.table.Put(q.tx, t)
	return []node{group("launchTemplate", renderTemplate(q, t)...)}, nil
}

func deleteLaunchTemplate(q *request) (any, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	launchTemplates.table.Delete(q.tx, q.region, t.ID)
	return []node{group("launchTemplate", renderTemplate(q, t)...)}, nil
}

// deleteLaunchTemplateVersions deletes versions other than the default one.
func deleteLaunchTemplateVersions(q *request) (any, error) {
	t, err := q.template()
	if err != nil {
		return nil, err
	}
	var gone, refused []templateVersion
	for _, name := range q.form.list("LaunchTemplateVersion") {
		v, err := t.version(name)
		if err != nil {
			return nil, err
		}
		if v.Number == t.Default {
			refused = append(refused, v)
			continue
		}
		gone = append(gone, v)
		t.Versions = slices.DeleteFunc(slices.Clone(t.Versions), func(o templateVersion) bool { return o.Number == v.Number })
	}
	launchTemplates.table.Put(q.tx, t)
	one := func(v templateVersion) []node {
		return []node{text("launchTemplateId", t.ID), text("launchTemplateName", t.Name), num("versionNumber", v.Number)}
	}
	return []node{
		items("successfullyDeletedLaunchTemplateVersionSet", gone, one),
		items("unsuccessfullyDeletedLaunchTemplateVersionSet", refused, func(v templateVersion) []node {
			return append(one(v), group("responseError", text("code", "unexpectedError"), text("message", "The default version cannot be deleted.")))
		}),
	}, nil
}
