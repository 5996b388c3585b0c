package azureapi

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const (
	definitionType = "Microsoft.Authorization/roleDefinitions"
	assignmentType = "Microsoft.Authorization/roleAssignments"
)

func roleTypes() []*resourceType {
	permissions := list(object(fields{
		"actions": list(text()), "notActions": list(text()), "dataActions": list(text()), "notDataActions": list(text()),
		"condition": text(), "conditionVersion": text(),
	}))
	return []*resourceType{
		{
			name: definitionType, anywhere: true, badInput: "RoleDefinitionRequestInvalid",
			properties: fields{
				"roleName": text().need(), "type": oneOf("CustomRole").or("CustomRole"), "description": text(),
				"permissions": permissions, "assignableScopes": list(text()).need(),
				"createdOn": output(), "updatedOn": output(), "createdBy": output(), "updatedBy": output(),
			},
			names: func(name string) string {
				if !isGUID(name) {
					return "must be a GUID"
				}
				return ""
			},
			put:    putDefinition,
			remove: removeDefinition,
		},
		{
			name: assignmentType, anywhere: true, badInput: "BadRequestFormat", showGone: true,
			properties: fields{
				"roleDefinitionId": text().need(), "principalId": guid().need(),
				"principalType": oneOf("User", "Group", "ServicePrincipal", "ForeignGroup", "Device"),
				"description":   text(), "condition": text(), "conditionVersion": oneOf("2.0"),
				"delegatedManagedIdentityResourceId": text(),
				"scope":                              output(), "createdOn": output(), "updatedOn": output(), "createdBy": output(), "updatedBy": output(),
			},
			put:  putAssignment,
			show: showAssignment,
			list: assignmentListed,
		},
	}
}

func roleRoutes() map[string]route {
	return map[string]route{
		"GET " + definitionType: {open: true, run: getDefinitions},
	}
}

// role is a role definition, built-in or custom.
type role struct {
	guid, name                       string
	actions, notActions, dataActions []string
	custom                           *resource
}

// role finds a role by its GUID, which is unique in a tenant.
func (q *request) role(guid string) *role {
	for _, b := range builtinRoles {
		if strings.EqualFold(b.guid, guid) {
			return &role{guid: b.guid, name: b.name, actions: b.actions, notActions: b.notActions, dataActions: b.dataActions}
		}
	}
	for _, r := range q.all(definitionType) {
		if strings.EqualFold(r.Name, guid) {
			out := &role{guid: r.Name, name: textAt(r.Properties, "roleName"), custom: r}
			for _, p := range listAt(r.Properties, "permissions") {
				out.actions = append(out.actions, textsAt(p, "actions")...)
				out.notActions = append(out.notActions, textsAt(p, "notActions")...)
				out.dataActions = append(out.dataActions, textsAt(p, "dataActions")...)
			}
			return out
		}
	}
	return nil
}

func (q *request) showRole(r *role) map[string]any {
	if r.custom != nil {
		return q.render(r.custom)
	}
	above := ""
	if q.address.subscription != "" {
		above = "/subscriptions/" + q.address.subscription
	}
	orEmpty := func(s []string) any {
		if s == nil {
			return []any{}
		}
		return s
	}
	return map[string]any{
		"id": above + "/providers/" + definitionType + "/" + r.guid, "name": r.guid, "type": definitionType,
		"properties": map[string]any{
			"roleName": r.name, "type": "BuiltInRole", "description": r.name, "assignableScopes": []string{"/"},
			"permissions": []any{map[string]any{
				"actions": orEmpty(r.actions), "notActions": orEmpty(r.notActions),
				"dataActions": orEmpty(r.dataActions), "notDataActions": []any{},
			}},
		},
	}
}

var roleNameFilter = regexp.MustCompile(`(?i)roleName\s+eq\s+'([^']*)'`)

func getDefinitions(q *request) (*sandbox.Response, error) {
	if q.address.whole() {
		r := q.role(q.address.names[0])
		if r == nil {
			return nil, refuse(http.StatusNotFound, "RoleDefinitionDoesNotExist", "The specified role definition with ID '%s' does not exist.", q.address.names[0])
		}
		return respond(http.StatusOK, q.showRole(r)), nil
	}
	wanted := roleNameFilter.FindStringSubmatch(q.query.Get("$filter"))
	custom := strings.Contains(strings.ToLower(q.query.Get("$filter")), "type eq 'customrole'")
	out := []any{}
	for _, b := range builtinRoles {
		if !custom && (wanted == nil || strings.EqualFold(wanted[1], b.name)) {
			out = append(out, q.showRole(q.role(b.guid)))
		}
	}
	for _, r := range q.all(definitionType) {
		if wanted == nil || strings.EqualFold(wanted[1], textAt(r.Properties, "roleName")) {
			out = append(out, q.render(r))
		}
	}
	return q.page(out)
}

func putDefinition(w *write) error {
	name := textAt(w.r.Properties, "roleName")
	for _, other := range w.all(definitionType) {
		if other.ID != w.r.ID && strings.EqualFold(textAt(other.Properties, "roleName"), name) {
			return w.fail(http.StatusConflict, "RoleDefinitionWithSameNameExists", "A custom role with the same name '%s' already exists in this directory. Use a different name.", name)
		}
	}
	for _, b := range builtinRoles {
		if strings.EqualFold(b.name, name) || strings.EqualFold(b.guid, w.r.Name) {
			return w.fail(http.StatusConflict, "RoleDefinitionWithSameNameExists", "A built-in role with the name '%s' exists.", name)
		}
	}
	w.stampTimes()
	return nil
}

// stampTimes is what authorization objects show of their making.
func (w *write) stampTimes() {
	p := w.r.Properties
	p["updatedOn"], p["updatedBy"] = w.tx.Now().Format(time.RFC3339Nano), w.caller
	if w.old == nil {
		p["createdOn"], p["createdBy"] = p["updatedOn"], w.caller
	}
}

func removeDefinition(q *request, r *resource) error {
	for _, a := range q.all(assignmentType) {
		if strings.EqualFold(lastSegment(textAt(a.Properties, "roleDefinitionId")), r.Name) {
			return refuse(http.StatusBadRequest, "RoleDefinitionHasAssignments", "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments).")
		}
	}
	return nil
}

func lastSegment(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func putAssignment(w *write) error {
	p := w.r.Properties
	if !isGUID(w.r.Name) {
		return w.fail(http.StatusBadRequest, "InvalidRoleAssignmentId", "The role assignment ID '%s' is not valid. The role assignment ID must be a GUID.", w.r.Name)
	}
	given := textAt(p, "roleDefinitionId")
	if w.role(lastSegment(given)) == nil {
		return w.fail(http.StatusBadRequest, "RoleDefinitionDoesNotExist", "The specified role definition with ID '%s' does not exist.", lastSegment(given))
	}
	p["roleDefinitionId"] = "/subscriptions/" + strings.ToLower(w.address.subscription) + "/providers/" + definitionType + "/" + lastSegment(given)
	if w.old != nil {
		for _, name := range []string{"principalId", "roleDefinitionId"} {
			if !same(w.old.Properties[name], p[name]) {
				return w.fail(http.StatusConflict, "RoleAssignmentUpdateNotPermitted", "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")
			}
		}
	}
	for _, other := range w.all(assignmentType) {
		if other.ID != w.r.ID && scopeOf(other.ID) == scopeOf(w.r.ID) &&
			same(other.Properties["principalId"], p["principalId"]) && same(other.Properties["roleDefinitionId"], p["roleDefinitionId"]) {
			return w.fail(http.StatusConflict, "RoleAssignmentExists", "The role assignment already exists. The ID of the existing role assignment is %s.", strings.ReplaceAll(other.Name, "-", ""))
		}
	}
	if err := w.principal(); err != nil {
		return err
	}
	w.stampTimes()
	if w.old == nil {
		w.r.Kept = map[string]any{"unseen": float64(w.tx.Steps("azure/role", 1).Left)}
	}
	return nil
}

// principal checks who the role is given to. Entra's replicas do not know a
// new identity at once; naming its type makes ARM ask less, not never.
func (w *write) principal() error {
	p := w.r.Properties
	id, kind := textAt(p, "principalId"), textAt(p, "principalType")
	identity, isOurs := w.typeOf(identityType).table.First(w.tx, "", func(r *resource) bool {
		return strings.EqualFold(textAt(r.Properties, "principalId"), id)
	})
	if !isOurs {
		isOurs = w.ownIdentity(id) || strings.EqualFold(id, w.caller)
	}
	notFound := w.fail(http.StatusBadRequest, "PrincipalNotFound",
		"Principal %s does not exist in the directory %s. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype",
		strings.ReplaceAll(id, "-", ""), tenant(w.tx))
	switch {
	case isOurs && kind != "" && kind != "ServicePrincipal":
		return w.fail(http.StatusBadRequest, "UnmatchedPrincipalType",
			"The PrincipalId '%s' has type 'ServicePrincipal' , which is different from specified PrinciaplType '%s'.", strings.ReplaceAll(id, "-", ""), kind)
	case !isOurs && kind == "":
		p["principalType"] = "User" // the directory of the sandbox knows everybody
		return nil
	case identity != nil:
		left := numberAt(identity.Kept, "unknown")
		if left == 0 {
			break
		}
		identity.Kept["unknown"] = float64(left - 1)
		w.save(identity)
		if kind == "" || left > 1 {
			w.call.Keep = true
			return notFound
		}
	}
	if kind == "" {
		p["principalType"] = "ServicePrincipal"
	}
	return nil
}

// ownIdentity reports whether some resource acts under this object id.
func (q *request) ownIdentity(principal string) bool {
	for _, t := range q.api.ordered {
		if t.identity == nil {
			continue
		}
		for _, r := range q.all(t.name) {
			if strings.EqualFold(textAt(r.Identity, "principalId"), principal) {
				return true
			}
		}
	}
	return false
}

func showAssignment(_ *request, r *resource, out map[string]any) {
	scope := r.Path[:strings.LastIndex(strings.ToLower(r.Path), "/providers/")]
	if scope == "" {
		scope = "/"
	}
	objectAt(out, "properties")["scope"] = scope
}

var principalFilter = regexp.MustCompile(`(?i)(?:principalId\s+eq\s+|assignedTo\()'([^']*)'`)

func assignmentListed(q *request, r *resource) bool {
	m := principalFilter.FindStringSubmatch(q.query.Get("$filter"))
	return m == nil || strings.EqualFold(m[1], textAt(r.Properties, "principalId"))
}

// allowed reports whether one of the principals may do something on a
// resource, by the role assignments on it and above it. An assignment that was
// made a moment ago is not seen by the first checks: ask before anything is
// written, because what was counted has to be kept.
func (q *request) allowed(principals []string, action, on string, data bool) bool {
	on = strings.ToLower(on)
	found, early := false, false
	for _, a := range q.all(assignmentType) {
		scope := scopeOf(a.ID)
		if on != scope && !strings.HasPrefix(on, scope+"/") {
			continue
		}
		if !slices.ContainsFunc(principals, func(p string) bool { return strings.EqualFold(p, textAt(a.Properties, "principalId")) }) {
			continue
		}
		r := q.role(lastSegment(textAt(a.Properties, "roleDefinitionId")))
		if r == nil || !r.grants(action, data) {
			continue
		}
		if left := numberAt(a.Kept, "unseen"); left > 0 {
			a.Kept["unseen"] = float64(left - 1)
			q.save(a)
			early = true
			continue
		}
		found = true
	}
	if early && !found {
		q.call.Keep = true
	}
	return found
}

func (r *role) grants(action string, data bool) bool {
	given := r.actions
	if data {
		given = r.dataActions
	}
	matches := func(pattern string) bool { return wildcard(strings.ToLower(pattern), strings.ToLower(action)) }
	return slices.ContainsFunc(given, matches) && (data || !slices.ContainsFunc(r.notActions, matches))
}

// wildcard matches a pattern in which * stands for anything.
func wildcard(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(s, part)
		if !ok {
			return false
		}
		s = after
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}
