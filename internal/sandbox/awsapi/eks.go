package awsapi

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func eksService() *service {
	return &service{
		name:     "eks",
		protocol: newRestJSON(),
		operations: operations{
			"CreateCluster":             {route: "POST /clusters", run: createCluster},
			"DescribeCluster":           {route: "GET /clusters/{name}", run: describeCluster},
			"ListClusters":              {route: "GET /clusters", run: listClusters},
			"DeleteCluster":             {route: "DELETE /clusters/{name}", run: deleteCluster},
			"UpdateClusterConfig":       {route: "POST /clusters/{name}/update-config", run: updateClusterConfig},
			"UpdateClusterVersion":      {route: "POST /clusters/{name}/updates", run: updateClusterVersion},
			"AssociateEncryptionConfig": {route: "POST /clusters/{name}/encryption-config/associate", run: associateEncryptionConfig},
			"DescribeUpdate":            {route: "GET /clusters/{name}/updates/{update}", run: describeUpdate},
			"ListUpdates":               {route: "GET /clusters/{name}/updates", run: listUpdates},
			"DescribeClusterVersions":   {route: "GET /cluster-versions", run: describeClusterVersions},

			"CreateNodegroup":        {route: "POST /clusters/{name}/node-groups", run: createNodegroup},
			"DescribeNodegroup":      {route: "GET /clusters/{name}/node-groups/{nodegroup}", run: describeNodegroup},
			"ListNodegroups":         {route: "GET /clusters/{name}/node-groups", run: listNodegroups},
			"UpdateNodegroupConfig":  {route: "POST /clusters/{name}/node-groups/{nodegroup}/update-config", run: updateNodegroupConfig},
			"UpdateNodegroupVersion": {route: "POST /clusters/{name}/node-groups/{nodegroup}/update-version", run: updateNodegroupVersion},
			"DeleteNodegroup":        {route: "DELETE /clusters/{name}/node-groups/{nodegroup}", run: deleteNodegroup},

			"CreateAddon":                {route: "POST /clusters/{name}/addons", run: createAddon},
			"DescribeAddon":              {route: "GET /clusters/{name}/addons/{addon}", run: describeAddon},
			"ListAddons":                 {route: "GET /clusters/{name}/addons", run: listAddons},
			"UpdateAddon":                {route: "POST /clusters/{name}/addons/{addon}/update", run: updateAddon},
			"DeleteAddon":                {route: "DELETE /clusters/{name}/addons/{addon}", run: deleteAddon},
			"DescribeAddonVersions":      {route: "GET /addons/supported-versions", run: describeAddonVersions},
			"DescribeAddonConfiguration": {route: "GET /addons/configuration-schemas", run: describeAddonConfiguration},

			"CreateAccessEntry":            {route: "POST /clusters/{name}/access-entries", run: createAccessEntry},
			"DescribeAccessEntry":          {route: "GET /clusters/{name}/access-entries/{principal}", run: describeAccessEntry},
			"ListAccessEntries":            {route: "GET /clusters/{name}/access-entries", run: listAccessEntries},
			"UpdateAccessEntry":            {route: "POST /clusters/{name}/access-entries/{principal}", run: updateAccessEntry},
			"DeleteAccessEntry":            {route: "DELETE /clusters/{name}/access-entries/{principal}", run: deleteAccessEntry},
			"AssociateAccessPolicy":        {route: "POST /clusters/{name}/access-entries/{principal}/access-policies", run: associateAccessPolicy},
			"DisassociateAccessPolicy":     {route: "DELETE /clusters/{name}/access-entries/{principal}/access-policies/{policy}", run: disassociateAccessPolicy},
			"ListAssociatedAccessPolicies": {route: "GET /clusters/{name}/access-entries/{principal}/access-policies", run: listAssociatedAccessPolicies},
			"ListAccessPolicies":           {route: "GET /access-policies", run: listAccessPolicies},

			"CreatePodIdentityAssociation":   {route: "POST /clusters/{name}/pod-identity-associations", run: createPodIdentity},
			"DescribePodIdentityAssociation": {route: "GET /clusters/{name}/pod-identity-associations/{association}", run: describePodIdentity},
			"ListPodIdentityAssociations":    {route: "GET /clusters/{name}/pod-identity-associations", run: listPodIdentities},
			"UpdatePodIdentityAssociation":   {route: "POST /clusters/{name}/pod-identity-associations/{association}", run: updatePodIdentity},
			"DeletePodIdentityAssociation":   {route: "DELETE /clusters/{name}/pod-identity-associations/{association}", run: deletePodIdentity},

			"ListInsights":    {route: "POST /clusters/{name}/insights", run: listInsights},
			"DescribeInsight": {route: "GET /clusters/{name}/insights/{insight}", run: describeInsight},

			"TagResource":         {route: "POST /tags/{arn}", run: tagEKS},
			"UntagResource":       {route: "DELETE /tags/{arn}", run: untagEKS},
			"ListTagsForResource": {route: "GET /tags/{arn}", run: listEKSTags},
		},
	}
}

const eksInvalid = "InvalidParameterException"

func invalidParameter(format string, arguments ...any) error {
	return fail(http.StatusBadRequest, eksInvalid, format, arguments...)
}

func invalidRequest(format string, arguments ...any) error {
	return fail(http.StatusBadRequest, "InvalidRequestException", format, arguments...)
}

func inUse(format string, arguments ...any) error {
	return fail(http.StatusConflict, "ResourceInUseException", format, arguments...)
}

func eksNotFound(format string, arguments ...any) error {
	return fail(http.StatusNotFound, "ResourceNotFoundException", format, arguments...)
}

func eksLimit(format string, arguments ...any) error {
	return fail(http.StatusBadRequest, "ResourceLimitExceededException", format, arguments...)
}

// replayedRequest returns the id that an earlier request with the same
// clientRequestToken made, or "". The bodies are compared by what they mean.
func (q *request) replayedRequest(token string) (string, error) {
	if token == "" {
		return "", nil
	}
	id, err := q.replayedToken(token, q.meaning())
	var refused *apiError
	if errors.As(err, &refused) {
		return "", invalidParameter("The client request token '%s' was used before, by a request with other parameters.", token)
	}
	return id, err
}

func (q *request) rememberRequest(token, id string) {
	if token != "" {
		q.rememberToken(token, q.meaning(), id)
	}
}

// meaning is the request's body with its members in one order, and its path.
func (q *request) meaning() string {
	var body any
	if err := json.Unmarshal(q.call.Body, &body); err != nil {
		return q.call.Request.URL.EscapedPath() + string(q.call.Body)
	}
	ordered, err := json.Marshal(body)
	if err != nil {
		return q.call.Request.URL.EscapedPath() + string(q.call.Body)
	}
	return q.call.Request.URL.EscapedPath() + string(ordered)
}

// eksList answers a list operation, a page at a time: maxResults and nextToken
// of the query string.
func eksList[T any](q *request, name string, values []T, more map[string]any) (any, error) {
	return eksPage(values, name, more, q.query.Get("maxResults"), q.query.Get("nextToken"))
}

func eksPage[T any](values []T, name string, more map[string]any, size, token string) (any, error) {
	most := 100
	if size != "" {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 || n > 100 {
			return nil, invalidParameter("maxResults must be between 1 and 100")
		}
		most = n
	}
	cut, next, ok := page(values, token, most)
	if !ok {
		return nil, invalidParameter("The nextToken is invalid")
	}
	out := maps.Clone(more)
	if out == nil {
		out = map[string]any{}
	}
	out[name] = append([]T{}, cut...)
	if next != "" {
		out["nextToken"] = next
	}
	return out, nil
}

// eksTags checks a set of tags.
func eksTags(tags map[string]string) error {
	var c constraints
	for key, value := range tags {
		c.length("tags.key", key, 1, 128)
		c.length("tags.value", value, 0, 256)
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return invalidParameter("Tag keys must not begin with aws:, which is reserved: %s", key)
		}
	}
	if len(tags) > 50 {
		return invalidParameter("A resource has at most 50 tags.")
	}
	slices.Sort(c.found) // tags come in a map's order
	return c.err(eksInvalid)
}

// tagsOf finds the object of an ARN: its tags, and how to put others on it.
func tagsOf(q *request) (map[string]string, func(map[string]string), error) {
	wanted := q.path["arn"]
	q.object(wanted)
	if !strings.HasPrefix(wanted, "arn:") {
		return nil, nil, fail(http.StatusBadRequest, "BadRequestException", "%s is not an ARN", wanted)
	}
	if tags, set, ok := tagsIn(q, eksClusters, func(c *eksCluster) bool { return c.ARN == wanted }); ok {
		return tags, set, nil
	}
	if tags, set, ok := tagsIn(q, eksNodegroups, func(n *eksNodegroup) bool { return n.ARN == wanted }); ok {
		return tags, set, nil
	}
	if tags, set, ok := tagsIn(q, eksAddons, func(a *eksAddon) bool { return a.ARN == wanted }); ok {
		return tags, set, nil
	}
	if tags, set, ok := tagsIn(q, accessEntries, func(e *accessEntry) bool { return e.ARN == wanted }); ok {
		return tags, set, nil
	}
	if tags, set, ok := tagsIn(q, podIdentities, func(p *podIdentity) bool { return p.ARN == wanted }); ok {
		return tags, set, nil
	}
	return nil, nil, fail(http.StatusNotFound, "NotFoundException", "The resource %s was not found.", wanted)
}

func tagsIn[T any](q *request, table sandbox.Table[T], match func(*T) bool) (map[string]string, func(map[string]string), bool) {
	v, ok := table.First(q.tx, q.region, match)
	if !ok {
		return nil, nil, false
	}
	entity, isEntity := any(v).(sandbox.Entity)
	if !isEntity {
		return nil, nil, false // NewTable has seen to it that it is one
	}
	meta := entity.Base()
	return meta.Tags, func(tags map[string]string) {
		meta.Tags = tags
		table.Put(q.tx, v)
	}, true
}

func tagEKS(q *request) (any, error) {
	var in struct{ Tags map[string]string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	old, set, err := tagsOf(q)
	if err != nil {
		return nil, err
	}
	tags := addTags(old, in.Tags)
	// The tag operations have codes of their own.
	var refused *apiError
	if err := eksTags(tags); errors.As(err, &refused) {
		return nil, fail(http.StatusBadRequest, "BadRequestException", "%s", refused.message)
	}
	set(tags)
	return nil, nil
}

func untagEKS(q *request) (any, error) {
	old, set, err := tagsOf(q)
	if err != nil {
		return nil, err
	}
	set(dropTags(old, q.query["tagKeys"]))
	return nil, nil
}

func listEKSTags(q *request) (any, error) {
	tags, _, err := tagsOf(q)
	if err != nil {
		return nil, err
	}
	return map[string]any{"tags": addTags(tags, nil)}, nil
}
