package azurecloud

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Marks of a role assignment: the words of the design that it comes from.
const (
	markIdentity = "kready-identity"
	markRole     = "kready-role"
	markScope    = "kready-scope"
)

// definitions remembers the ids of roles by name; they are the same for ever.
type definitions struct {
	mu    sync.Mutex
	guids map[string]string
}

// resolve looks up roles by name. A role that is given as a GUID is its own
// name.
func (d *definitions) resolve(ctx context.Context, a *api, names ...string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.guids == nil {
		d.guids = map[string]string{}
	}
	for _, name := range names {
		if d.guids[name] != "" || name == "" {
			continue
		}
		if isGUID(name) {
			d.guids[name] = name
			continue
		}
		list, err := a.list(ctx, roleDefinitions, "/subscriptions/"+a.subscription+"/providers/"+roleDefinitions.name,
			"$filter="+url.QueryEscape("roleName eq '"+strings.ReplaceAll(name, "'", "''")+"'"))
		if err != nil {
			return wrap(err, "role "+name)
		}
		if len(list) == 0 {
			return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "find role definition", Object: "role " + name,
				Reason: "this tenant has no role of that name", Todo: "Give the name of a built-in role, or the GUID of a role definition."}
		}
		d.guids[name] = nameOf(text(list[0], "id"))
	}
	return nil
}

// guid is the id of a role that was resolved, "" of any other.
func (d *definitions) guid(name string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.guids[name]
}

func isGUID(name string) bool { return len(name) == 36 && strings.Count(name, "-") == 4 }

// grant is one role assignment.
type grant struct {
	component string
	principal string // object id, "" while it isn't known
	kind      armauthorization.PrincipalType
	role      string // name or GUID
	scope     string // id, "" while it isn't known
	words     map[string]string
}

// assignment is the thing of a grant. Its name follows from what it says, so
// that a change of that makes another one beside it.
func (v *view) assignment(g grant) thing {
	t := thing{component: g.component, tags: g.words}
	role := v.roles.guid(g.role)
	if g.principal == "" || g.scope == "" || role == "" {
		return t
	}
	t.id = under(g.scope, roleAssignments, guid(v.ref.Cluster, v.ref.Part, g.component, g.scope, role, g.principal))
	properties := armauthorization.RoleAssignmentProperties{
		PrincipalID:      to.Ptr(g.principal),
		RoleDefinitionID: to.Ptr("/subscriptions/" + v.subscription + "/providers/" + roleDefinitions.name + "/" + role),
	}
	t.want = body(armauthorization.RoleAssignment{Properties: &properties})
	if g.kind != "" {
		// A principal that was made a moment ago is believed to exist.
		t.birth = body(armauthorization.RoleAssignment{Properties: &armauthorization.RoleAssignmentProperties{PrincipalType: to.Ptr(g.kind)}})
	}
	return t
}

// lookRoles files the assignments of this part that a list holds. An assignment
// that somebody else made is none of ours, even where it says the same.
func (v *view) lookRoles(ctx context.Context, scope, filter string) error {
	query := ""
	if filter != "" {
		query = "$filter=" + url.QueryEscape(filter)
	}
	if err := v.listed(ctx, roleAssignments, scope+"/providers/"+roleAssignments.name, query, func(entry document) string {
		if marksOf(roleAssignments, entry)[cloud.TagPart] == "" {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.others = append(v.others, entry)
		}
		return ""
	}); err != nil {
		return err
	}
	var names []string
	for _, have := range v.all("role-assignment") {
		names = append(names, have.marks[markRole])
	}
	return v.roles.resolve(ctx, v.api, names...)
}

// serve files the assignments of others that say what wanted ones would.
func (v *view) serve(things []thing) {
	for _, t := range things {
		if wordOf(t.component) != "role-assignment" || t.id == "" || v.find(t.component) != nil {
			continue
		}
		v.mu.Lock()
		for _, entry := range v.others {
			if !says(t, entry) {
				continue
			}
			serving := &found{component: t.component, id: text(entry, "id"), kind: roleAssignments, body: entry, marks: t.tags, foreign: true}
			if sameID(serving.id, t.id) { // ours by its name: it has lost its marks
				serving.marks, serving.foreign = marksOf(roleAssignments, entry), false
			}
			v.seen[t.component] = serving
		}
		v.mu.Unlock()
	}
}

// says tells whether an assignment says what a wanted one would.
func says(t thing, entry document) bool {
	scope, _, _ := strings.Cut(t.id, "/providers/"+roleAssignments.name)
	return len(differences("", t.want, entry)) == 0 && sameID(text(entry, "properties", "scope"), scope)
}

// adoptRole takes note of an assignment that says the same and is not ours: it
// serves, and is left alone.
func (r *run[D, O]) adoptRole(ctx context.Context, t thing) error {
	scope, _, _ := strings.Cut(t.id, "/providers/"+roleAssignments.name)
	principal := text(t.want, "properties", "principalId")
	list, err := r.list(ctx, roleAssignments, scope+"/providers/"+roleAssignments.name, "$filter="+url.QueryEscape("principalId eq '"+principal+"'"))
	if err != nil {
		return err
	}
	for _, entry := range list {
		if says(t, entry) {
			r.mu.Lock()
			r.seen[t.component] = &found{component: t.component, id: text(entry, "id"), kind: roleAssignments, body: entry, marks: t.tags, foreign: true}
			r.mu.Unlock()
			r.Made(t.component, text(entry, "id"))
			return nil
		}
	}
	return &cloud.Error{Kind: cloud.ErrConflict, Operation: "Microsoft.Authorization PUT roleAssignments", Object: r.object(t.component),
		Reason: "Azure says that the assignment exists, and does not show it", Todo: "Apply again."}
}

// roleDesigns reads the role assignments of a design back from their marks.
func (v *view) roleDesigns() map[string]blueprint.RoleAssignmentDesign {
	designs := map[string]blueprint.RoleAssignmentDesign{}
	for key, have := range v.all("role-assignment") {
		if have.marks[markRole] != "" && have.marks[markScope] != "" {
			designs[key] = blueprint.RoleAssignmentDesign{Identity: have.marks[markIdentity], Role: have.marks[markRole], Scope: have.marks[markScope]}
		}
	}
	if len(designs) == 0 {
		return nil
	}
	return designs
}

// roleWords are the marks of a designed role assignment.
func roleWords(d blueprint.RoleAssignmentDesign) map[string]string {
	words := map[string]string{markRole: d.Role, markScope: d.Scope}
	if d.Identity != "" {
		words[markIdentity] = d.Identity
	}
	return words
}

// input is the id of what a scope names: PART:KEY of another part or this one,
// "resource-group", or an id.
func (v *view) input(scope, group string) string {
	word, key, _ := strings.Cut(scope, ":")
	switch {
	case strings.HasPrefix(scope, "/"):
		return scope
	case scope == "resource-group":
		return v.groupID(group)
	case word == "network":
		return v.inputs.Network[key]
	case word == "registry":
		return v.inputs.Registry[key]
	case word == "vault":
		return v.inputs.Vault[key]
	case word == "cluster" && v.inputs.Cluster != nil:
		return v.inputs.Cluster[key]
	case word == "cluster":
		return v.idOf(key)
	}
	return ""
}
