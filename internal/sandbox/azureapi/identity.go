package azureapi

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

const (
	identityType   = "Microsoft.ManagedIdentity/userAssignedIdentities"
	federationType = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
)

// The kinds of identity that a resource can have.
const (
	systemAssigned = "SystemAssigned"
	userAssigned   = "UserAssigned"
	noIdentity     = "None"
)

// identityName is compiled when it is first asked: so long a repetition costs every
// start of the program memory and time.
var identityName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$`) })

// identityTypes are user-assigned managed identities and the tokens of others
// that they trust.
func identityTypes() []*resourceType {
	return []*resourceType{
		{
			name: identityType, tracked: true, patch: tagsOnly, bodiless: true, badInput: "BadRequest",
			properties: fields{
				"tenantId": output(), "principalId": output(), "clientId": output(),
				"isolationScope": oneOf("None", "Regional").or("None"),
			},
			names: func(name string) string {
				if !identityName().MatchString(name) {
					return "must have 3 to 128 letters, digits, underscores and hyphens, and begin with a letter or digit"
				}
				return ""
			},
			put:  putIdentity,
			show: showSystemData,
		},
		{
			name: federationType, badInput: "BadRequest",
			properties: fields{
				"issuer": text().need(), "subject": text().need(), "audiences": list(text()).need(),
			},
			names: func(name string) string {
				if !identityName().MatchString(name) || len(name) > 120 {
					return "must have 3 to 120 letters, digits, underscores and hyphens, and begin with a letter or digit"
				}
				return ""
			},
			put:  putFederation,
			show: showSystemData,
		},
	}
}

func putIdentity(w *write) error {
	if w.old != nil {
		return nil
	}
	w.r.Properties["tenantId"] = tenant(w.tx)
	w.r.Properties["principalId"] = w.tx.UUID()
	w.r.Properties["clientId"] = w.tx.UUID()
	// Entra's replicas do not know a new principal at once.
	w.r.Kept = map[string]any{"unknown": float64(w.tx.Steps("azure/principal", 2).Left)}
	return nil
}

// maxFederations is Azure's limit of credentials on one identity.
const maxFederations = 20

func putFederation(w *write) error {
	p := w.r.Properties
	issuer := textAt(p, "issuer")
	if u, err := url.Parse(issuer); err != nil || u.Scheme != "https" || u.Host == "" {
		return w.fail(http.StatusBadRequest, "BadRequest", "The issuer '%s' of the federated identity credential is not a valid https URL.", issuer)
	}
	if n := len(listAt(p, "audiences")); n != 1 {
		return w.fail(http.StatusBadRequest, "BadRequest", "A federated identity credential has exactly one audience; this one has %d.", n)
	}
	siblings := w.below(w.parent, "federatedIdentityCredentials")
	if w.old == nil && len(siblings) >= maxFederations {
		return w.fail(http.StatusBadRequest, "BadRequest", "Too many federated identity credentials: identity %s has %d already.", w.parent.Name, len(siblings))
	}
	for _, other := range siblings {
		if other.ID != w.r.ID && textAt(other.Properties, "issuer") == issuer && textAt(other.Properties, "subject") == textAt(p, "subject") {
			return w.fail(http.StatusConflict, "Conflict", "Issuer and subject combination already exists for this Managed Identity.")
		}
	}
	return nil
}

// identities reads who the resource is: its own identity, and those that were
// made apart from it.
func (w *write) identities() error {
	given, ok := w.body["identity"].(map[string]any)
	if !ok || w.t.identity == nil {
		if w.old != nil && w.old.Identity != nil {
			w.r.Identity, _ = clone(w.old.Identity).(map[string]any)
		}
		return nil
	}
	var kinds []string
	for part := range strings.SplitSeq(textAt(given, "type"), ",") {
		i := slices.IndexFunc(w.t.identity, func(k string) bool { return strings.EqualFold(k, strings.TrimSpace(part)) })
		if i < 0 {
			return w.fail(http.StatusBadRequest, "InvalidIdentityType", "The identity type '%s' of resource '%s' is not one of %s.", part, w.r.Path, strings.Join(w.t.identity, ", "))
		}
		kinds = append(kinds, w.t.identity[i])
	}
	named := objectAt(given, "userAssignedIdentities")
	if slices.Contains(kinds, userAssigned) != (len(named) > 0) {
		return w.fail(http.StatusBadRequest, "InvalidRequestContent", "The user assigned identities of resource '%s' do not fit the identity type '%s'.", w.r.Path, textAt(given, "type"))
	}
	out := map[string]any{"type": strings.Join(kinds, ", ")}
	if slices.Contains(kinds, systemAssigned) {
		out["principalId"], out["tenantId"] = textAt(w.oldIdentity(), "principalId"), tenant(w.tx)
		if out["principalId"] == "" {
			out["principalId"] = w.tx.UUID()
		}
	}
	if len(named) > 0 {
		users := map[string]any{}
		for _, id := range slices.Sorted(maps.Keys(named)) {
			v := named[id]
			if v == nil && w.old != nil {
				continue // null takes an identity away
			}
			user := w.get(id)
			if user == nil || user.Type != identityType {
				return w.fail(http.StatusBadRequest, "FailedIdentityOperation",
					"Identity operation for resource '%s' failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'. Response: 'Resource '%s' was not found.''.", w.r.Path, id)
			}
			users[id] = map[string]any{"principalId": user.Properties["principalId"], "clientId": user.Properties["clientId"]}
		}
		out["userAssignedIdentities"] = users
	}
	w.r.Identity = out
	return nil
}

func (w *write) oldIdentity() map[string]any {
	if w.old == nil {
		return nil
	}
	return w.old.Identity
}

// principals are the object ids that a resource acts as.
func (q *request) principals(r *resource) []string {
	var out []string
	if p := textAt(r.Identity, "principalId"); p != "" {
		out = append(out, p)
	}
	users := objectAt(r.Identity, "userAssignedIdentities")
	for _, id := range slices.Sorted(maps.Keys(users)) {
		out = append(out, textAt(users[id], "principalId"))
	}
	return out
}
