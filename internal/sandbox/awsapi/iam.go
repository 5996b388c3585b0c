package awsapi

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func iamService() *service {
	return &service{
		name:     "iam",
		global:   true,
		protocol: query{version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/"},
		operations: operations{
			"CreateRole":                    {run: createRole},
			"GetRole":                       {run: getRole},
			"ListRoles":                     {run: listRoles},
			"DeleteRole":                    {run: deleteRole},
			"UpdateRole":                    {run: updateRole},
			"UpdateRoleDescription":         {run: updateRoleDescription},
			"UpdateAssumeRolePolicy":        {run: updateAssumeRolePolicy},
			"TagRole":                       {run: tagRole},
			"UntagRole":                     {run: untagRole},
			"ListRoleTags":                  {run: listRoleTags},
			"PutRolePermissionsBoundary":    {run: putRolePermissionsBoundary},
			"DeleteRolePermissionsBoundary": {run: deleteRolePermissionsBoundary},
			"PutRolePolicy":                 {run: putRolePolicy},
			"GetRolePolicy":                 {run: getRolePolicy},
			"DeleteRolePolicy":              {run: deleteRolePolicy},
			"ListRolePolicies":              {run: listRolePolicies},
			"AttachRolePolicy":              {run: attachRolePolicy},
			"DetachRolePolicy":              {run: detachRolePolicy},
			"ListAttachedRolePolicies":      {run: listAttachedRolePolicies},

			"CreateServiceLinkedRole":            {run: createServiceLinkedRole},
			"DeleteServiceLinkedRole":            {run: deleteServiceLinkedRole},
			"GetServiceLinkedRoleDeletionStatus": {run: getServiceLinkedRoleDeletionStatus},

			"CreatePolicy":            {run: createPolicy},
			"GetPolicy":               {run: getPolicy},
			"ListPolicies":            {run: listPolicies},
			"DeletePolicy":            {run: deletePolicy},
			"CreatePolicyVersion":     {run: createPolicyVersion},
			"GetPolicyVersion":        {run: getPolicyVersion},
			"ListPolicyVersions":      {run: listPolicyVersions},
			"DeletePolicyVersion":     {run: deletePolicyVersion},
			"SetDefaultPolicyVersion": {run: setDefaultPolicyVersion},
			"ListEntitiesForPolicy":   {run: listEntitiesForPolicy},
			"TagPolicy":               {run: tagPolicy},
			"UntagPolicy":             {run: untagPolicy},
			"ListPolicyTags":          {run: listPolicyTags},

			"CreateInstanceProfile":         {run: createInstanceProfile},
			"GetInstanceProfile":            {run: getInstanceProfile},
			"ListInstanceProfiles":          {run: listInstanceProfiles},
			"ListInstanceProfilesForRole":   {run: listInstanceProfilesForRole},
			"DeleteInstanceProfile":         {run: deleteInstanceProfile},
			"AddRoleToInstanceProfile":      {run: addRoleToInstanceProfile},
			"RemoveRoleFromInstanceProfile": {run: removeRoleFromInstanceProfile},
			"TagInstanceProfile":            {run: tagInstanceProfile},
			"UntagInstanceProfile":          {run: untagInstanceProfile},
			"ListInstanceProfileTags":       {run: listInstanceProfileTags},

			"CreateOpenIDConnectProvider":             {run: createOIDCProvider},
			"GetOpenIDConnectProvider":                {run: getOIDCProvider},
			"ListOpenIDConnectProviders":              {run: listOIDCProviders},
			"DeleteOpenIDConnectProvider":             {run: deleteOIDCProvider},
			"UpdateOpenIDConnectProviderThumbprint":   {run: updateOIDCThumbprint},
			"AddClientIDToOpenIDConnectProvider":      {run: addOIDCClient},
			"RemoveClientIDFromOpenIDConnectProvider": {run: removeOIDCClient},
			"TagOpenIDConnectProvider":                {run: tagOIDCProvider},
			"UntagOpenIDConnectProvider":              {run: untagOIDCProvider},
			"ListOpenIDConnectProviderTags":           {run: listOIDCProviderTags},
		},
	}
}

var (
	iamName   = matching(`[\w+=,.@-]+`)
	iamPath   = matching(`(\x2F)|(\x2F[\x21-\x7E]+\x2F)`)
	iamTagKey = matching(`[\p{L}\p{Z}\p{N}_.:/=+\-@]+`)
	iamTagVal = matching(`[\p{L}\p{Z}\p{N}_.:/=+\-@]*`)
	iamPlain  = matching(`[\x{9}\x{A}\x{D}\x{20}-\x{7E}\x{A1}-\x{FF}]*`)
)

// iamValidation is the code of IAM's front end for members out of bounds.
const iamValidation = "ValidationError"

// iamID makes an entity's unique id: a prefix of four that says what it is,
// and 17 characters.
func iamID(tx *sandbox.Tx, prefix string) string { return prefix + strings.ToUpper(tx.Hex(17)) }

// iamARN is global: it has no region.
func iamARN(account, resource string) string { return arn("iam", "", account, resource) }

func noSuchEntity(format string, arguments ...any) error {
	return fail(http.StatusNotFound, "NoSuchEntity", format, arguments...)
}

func alreadyExists(format string, arguments ...any) error {
	return fail(http.StatusConflict, "EntityAlreadyExists", format, arguments...)
}

func deleteConflict(message string) error {
	return fail(http.StatusConflict, "DeleteConflict", "%s", message)
}

func iamLimit(format string, arguments ...any) error {
	return fail(http.StatusConflict, "LimitExceeded", format, arguments...)
}

// iamNamed reads a name member and checks it.
func iamNamed(q *request, member string, longest int) (string, error) {
	var c constraints
	name := q.form.text(member)
	lower := strings.ToLower(member[:1]) + member[1:]
	if name == "" {
		c.required(lower, name)
		return "", c.err(iamValidation)
	}
	c.length(lower, name, 1, longest)
	c.pattern(lower, name, iamName)
	return name, c.err(iamValidation)
}

// iamPathOf reads the member Path, "/" when it was not given.
func iamPathOf(q *request) (string, error) {
	path := q.form.text("Path")
	if path == "" {
		return "/", nil
	}
	var c constraints
	c.length("path", path, 1, 512)
	c.pattern("path", path, iamPath)
	return path, c.err(iamValidation)
}

// iamTags reads and checks the member Tags.
func iamTags(q *request) (map[string]string, error) {
	tags, folded := map[string]string{}, map[string]bool{}
	var c constraints
	for _, f := range q.form.each("Tags") {
		key, value := f.text("Key"), f.text("Value")
		c.length("tags.member.key", key, 1, 128)
		c.length("tags.member.value", value, 0, 256)
		if key != "" {
			c.pattern("tags.member.key", key, iamTagKey)
		}
		c.pattern("tags.member.value", value, iamTagVal)
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return nil, fail(http.StatusBadRequest, "InvalidInput", "Value '%s' at 'tags.member.key' failed to satisfy constraint: aws: prefixed tag key names are not allowed for external use", key)
		}
		if folded[strings.ToLower(key)] {
			return nil, fail(http.StatusBadRequest, "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		folded[strings.ToLower(key)] = true
		tags[key] = value
	}
	if len(tags) > 50 {
		return nil, iamLimit("The number of tags has reached the maximum limit.")
	}
	return tags, c.err(iamValidation)
}

// addTags puts new tags over old ones. The result is a new map, since stored
// values are shared.
func addTags(old, added map[string]string) map[string]string {
	out := maps.Clone(old)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, added)
	return out
}

// dropTags removes keys; the result is a new map.
func dropTags(old map[string]string, keys []string) map[string]string {
	out := maps.Clone(old)
	for _, key := range keys {
		delete(out, key)
	}
	return out
}

// iamRetag adds the tags of the request to a set of at most 50.
func iamRetag(q *request, old map[string]string) (map[string]string, error) {
	given, err := iamTags(q)
	if err != nil {
		return nil, err
	}
	tags := addTags(old, given)
	if len(tags) > 50 {
		return nil, iamLimit("The number of tags has reached the maximum limit.")
	}
	return tags, nil
}

// iamTagNodes renders a set of tags, sorted by key.
func iamTagNodes(tags map[string]string) node {
	return members("Tags", slices.Sorted(maps.Keys(tags)), func(key string) []node {
		return []node{text("Key", key), {name: "Value", text: tags[key]}}
	})
}

// iamTagPage answers a List…Tags operation.
func iamTagPage(q *request, tags map[string]string) (any, error) {
	q.form.ignore("Marker", "MaxItems") // at most 50 tags: one page
	return []node{iamTagNodes(tags), flag("IsTruncated", false)}, nil
}

// iamPage answers a list operation, a page at a time.
func iamPage[T any](q *request, name string, values []T, render func(T) []node) ([]node, error) {
	size, err := q.form.number("MaxItems", 100)
	if err != nil {
		return nil, err
	}
	var c constraints
	c.number("maxItems", size, 1, 1000)
	if err := c.err(iamValidation); err != nil {
		return nil, err
	}
	cut, next, ok := page(values, q.form.text("Marker"), size)
	if !ok {
		return nil, fail(http.StatusBadRequest, iamValidation, "Invalid Marker.")
	}
	return []node{members(name, cut, render), flag("IsTruncated", next != ""), text("Marker", next)}, nil
}

// urlEncoded is how IAM returns documents: percent-encoded after RFC 3986,
// where a space is %20.
func urlEncoded(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}

// iamTime is a time as IAM writes it: whole seconds.
func iamTime(name string, t time.Time) node {
	if t.IsZero() {
		return node{}
	}
	return text(name, t.UTC().Format(time.RFC3339))
}
