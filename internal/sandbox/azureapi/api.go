package azureapi

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// cloud is this API's word in journal, faults and objects.
const cloud = "azure"

// New returns the API to give to sandbox.Open.
func New() sandbox.API {
	a := &api{types: map[string]*resourceType{}, routes: map[string]route{}, namespaces: map[string]string{}}
	for _, types := range [][]*resourceType{
		groupTypes(),
		lockTypes(),
		identityTypes(),
		roleTypes(),
		networkTypes(),
		dnsTypes(),
		balancerTypes(),
		vaultTypes(),
		registryTypes(),
		workspaceTypes(),
		endpointTypes(),
		watcherTypes(),
		computeTypes(),
		clusterTypes(),
		diagnosticTypes(),
	} {
		for _, t := range types {
			a.add(t)
		}
	}
	for _, routes := range []map[string]route{
		subscriptionRoutes(),
		providerRoutes(),
		operationRoutes(),
		roleRoutes(),
		dnsRoutes(),
		networkRoutes(),
		vaultRoutes(),
		registryRoutes(),
		workspaceRoutes(),
		diagnosticRoutes(),
		computeRoutes(),
		clusterRoutes(),
	} {
		for name, r := range routes {
			method, path, _ := strings.Cut(name, " ")
			a.routes[method+" "+strings.ToLower(path)] = r
			ns, _, _ := strings.Cut(path, "/")
			a.namespaces[strings.ToLower(ns)] = ns
		}
	}
	return a
}

type api struct {
	types      map[string]*resourceType // by lower-cased name
	ordered    []*resourceType          // parents before children
	routes     map[string]route         // "GET microsoft.network/locations/usages"
	namespaces map[string]string        // lower-cased → as Azure spells it
}

// route is a call that is not one on a stored resource.
type route struct {
	open bool // works before the namespace is registered
	read bool // a POST that changes nothing
	run  func(q *request) (*sandbox.Response, error)
}

func (a *api) add(t *resourceType) {
	t.table = sandbox.NewTable[resource](cloud, t.name)
	if cut := strings.LastIndexByte(t.name, '/'); strings.Count(t.name, "/") > 1 {
		t.parent = a.types[strings.ToLower(t.name[:cut])]
		if t.parent == nil {
			panic("azureapi: " + t.name + " comes before its parent")
		}
	}
	if t.flow == nil {
		t.flow = &flow{}
	}
	a.types[strings.ToLower(t.name)] = t
	a.ordered = append(a.ordered, t)
	a.namespaces[strings.ToLower(t.namespace())] = t.namespace()
}

// request is one call on its way through this package.
type request struct {
	tx      *sandbox.Tx
	api     *api
	call    *sandbox.Call
	address address
	version string // the api-version
	query   url.Values
	caller  string // object id
}

// Cloud is "azure".
func (a *api) Cloud() string { return cloud }

// Identify takes what is sent to ARM's and Entra's host names, and by path
// what is sent to loopback.
func (a *api) Identify(r *http.Request, _ []byte) (*sandbox.Call, bool) {
	host := hostOf(r)
	local := loopback(host)
	if loginHosts[host] || local {
		if operation := loginOperation(r); operation != "" {
			return &sandbox.Call{Service: loginService, Operation: operation}, true
		}
		if loginHosts[host] {
			return &sandbox.Call{Service: loginService, Operation: r.Method + " " + r.URL.Path}, true
		}
	}
	if !managementHosts[host] && !local {
		return nil, false
	}
	at, ok := parseAddress(r.URL.Path)
	if !ok {
		if local {
			return nil, false
		}
		return &sandbox.Call{Service: resourcesNamespace, Operation: r.Method}, true
	}
	return a.name(r, at), true
}

// name gives the call its words for the journal and for fault rules: service
// Microsoft.Network, operation "PUT virtualNetworks/subnets". A list is LIST.
func (a *api) name(r *http.Request, at address) *sandbox.Call {
	call := &sandbox.Call{Service: at.namespace, Operation: r.Method, Write: r.Method != http.MethodGet && r.Method != http.MethodHead}
	if known := a.namespaces[strings.ToLower(at.namespace)]; known != "" {
		call.Service = known
	}
	short := strings.Join(at.types, "/")
	t := a.types[at.key()]
	switch {
	case t != nil:
		short = t.short()
		if !at.whole() && r.Method == http.MethodGet {
			call.Operation = "LIST"
		}
	case !at.whole() && len(at.types) > 1:
		if parent := a.types[at.above(len(at.names)).key()]; parent != nil {
			name := at.types[len(at.types)-1]
			for known, act := range parent.actions {
				if strings.EqualFold(known, name) {
					name, call.Write = known, !act.read
				}
			}
			short = parent.short() + "/" + name
		}
	}
	if found, ok := a.routes[r.Method+" "+at.key()]; ok && found.read {
		call.Write = false
	}
	call.Operation += " " + short
	for i, t := range at.types {
		if strings.EqualFold(t, "locations") && i < len(at.names) {
			call.Region = locationName(at.names[i])
		}
	}
	return call
}

// Serve runs the call.
func (a *api) Serve(tx *sandbox.Tx, call *sandbox.Call) (*sandbox.Response, error) {
	if call.Service == loginService {
		return serveLogin(tx, call), nil
	}
	answer, err := a.run(tx, call)
	if err == nil {
		stamp(call, answer)
		return answer, nil
	}
	var refusal *armError
	if !errors.As(err, &refusal) {
		return nil, err
	}
	call.Code = refusal.code
	return refusal.render(call), nil
}

// Fault renders an error for a fault rule.
func (a *api) Fault(call *sandbox.Call, status int, code, message string) *sandbox.Response {
	if code == "" {
		code = usualCode(status)
	}
	if message == "" {
		message = "The sandbox was told to answer so."
	}
	call.Code = code
	if call.Service == loginService {
		return loginRefusal(status, code, message)
	}
	refusal := refuse(status, code, "%s", message)
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		refusal.header = http.Header{}
		hurry(refusal.header, "17")
	}
	return refusal.render(call)
}

var versionForm = regexp.MustCompile(`^20\d\d-\d\d-\d\d(-preview|-alpha|-beta|-privatepreview)?$`)

func (a *api) run(tx *sandbox.Tx, call *sandbox.Call) (*sandbox.Response, error) {
	q := &request{tx: tx, api: a, call: call, query: call.Request.URL.Query()}
	for name, values := range q.query { // names of parameters have no case
		if lower := strings.ToLower(name); lower != name {
			q.query[lower] = values
		}
	}
	var ok bool
	if q.address, ok = parseAddress(call.Request.URL.Path); !ok {
		return nil, refuse(http.StatusNotFound, "InvalidRequestUri", "The request URI '%s' is not valid.", call.Request.URL.Path)
	}
	if err := q.authenticate(); err != nil {
		return nil, err
	}
	q.version = q.query.Get("api-version")
	if q.version == "" {
		return nil, refuse(http.StatusBadRequest, "MissingApiVersionParameter",
			"The api-version query parameter (?api-version=) is required for all requests.")
	}
	if !versionForm.MatchString(strings.ToLower(q.version)) {
		return nil, refuse(http.StatusBadRequest, "InvalidApiVersionParameter",
			"The api-version '%s' is invalid. The supported versions are of the form 'YYYY-MM-DD' or 'YYYY-MM-DD-preview'.", q.version)
	}
	if s := q.address.subscription; s != "" && !slices.Contains(subscriptions(tx), strings.ToLower(s)) {
		return nil, refuse(http.StatusNotFound, "SubscriptionNotFound", "The subscription '%s' could not be found.", s)
	}
	return q.dispatch()
}

// dispatch finds who answers: a route, a stored resource, a list, an action.
func (q *request) dispatch() (*sandbox.Response, error) {
	method := q.call.Request.Method
	if r, ok := q.api.routes[method+" "+q.address.key()]; ok {
		if !r.open {
			if err := q.registered(q.address.namespace); err != nil {
				return nil, err
			}
		}
		return r.run(q)
	}
	t := q.api.types[q.address.key()]
	switch {
	case t != nil && q.address.whole():
		return q.resource(t, method)
	case t != nil && method == http.MethodGet:
		return q.listResources(t)
	case t == nil && method == http.MethodPost && !q.address.whole() && len(q.address.types) > 1:
		return q.act()
	case t != nil:
		return nil, q.noMethod(method)
	default:
		return nil, q.unknownType()
	}
}

func (q *request) resource(t *resourceType, method string) (*sandbox.Response, error) {
	q.call.Object = q.address.id()
	if err := q.placed(t); err != nil {
		return nil, err
	}
	switch {
	case method == http.MethodGet:
		return q.read(t)
	case method == http.MethodHead:
		return q.probe()
	case t.readOnly:
		return nil, q.noMethod(method)
	case method == http.MethodPut:
		return q.put(t)
	case method == http.MethodPatch && t.patch != noPatch:
		return q.patch(t)
	case method == http.MethodDelete:
		return q.delete(t)
	default:
		return nil, q.noMethod(method)
	}
}

// placed checks that the address is one at which the type can be.
func (q *request) placed(t *resourceType) error {
	a := q.address
	if t.anywhere || t.namespace() == resourcesNamespace {
		return nil
	}
	if t.wide != (a.group == "") || a.hangs() || a.subscription == "" {
		return q.unknownType()
	}
	return nil
}

func (q *request) act() (*sandbox.Response, error) {
	above := q.address.above(len(q.address.names))
	t := q.api.types[above.key()]
	if t == nil {
		return nil, q.unknownType()
	}
	name := q.address.types[len(q.address.types)-1]
	for known, a := range t.actions {
		if !strings.EqualFold(known, name) {
			continue
		}
		r := q.get(above.id())
		q.call.Object = above.id()
		if r == nil {
			return nil, q.missing(t, above)
		}
		return a.run(q, r)
	}
	return nil, refuse(http.StatusNotFound, "InvalidResourceType",
		"The resource type '%s' does not have the action '%s' in this sandbox.", t.name, name)
}

func (q *request) noMethod(method string) error {
	return refuse(http.StatusMethodNotAllowed, "HttpMethodNotSupported",
		"The HTTP method '%s' is not supported at scope '%s'.", method, q.call.Request.URL.Path)
}

// unknownType is ARM's refusal of a namespace or type that it has not.
func (q *request) unknownType() error {
	a := q.address
	if q.api.namespaces[strings.ToLower(a.namespace)] == "" {
		return refuse(http.StatusNotFound, "InvalidResourceNamespace", "The resource namespace '%s' is invalid.", a.namespace)
	}
	if slices.ContainsFunc(a.types, func(t string) bool { return strings.EqualFold(t, "locations") }) {
		return refuse(http.StatusBadRequest, "NoRegisteredProviderFound",
			"No registered resource provider found for location '%s' and API version '%s' for type '%s'.",
			strings.Join(a.names[:min(1, len(a.names))], ""), q.version, strings.Join(a.types, "/"))
	}
	return refuse(http.StatusNotFound, "InvalidResourceType",
		"The resource type '%s' could not be found in the namespace '%s' for api version '%s'. The supported api-versions are ''.",
		strings.Join(a.types, "/"), a.namespace, q.version)
}

// authenticate wants a bearer token and takes the caller's object id from it
// when it is one that the token endpoint issued.
func (q *request) authenticate() error {
	token, ok := strings.CutPrefix(q.call.Request.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		refusal := refuse(http.StatusUnauthorized, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
		refusal.header = http.Header{"Www-Authenticate": {
			`Bearer authorization_uri="https://login.microsoftonline.com/` + tenant(q.tx) + `", error="invalid_token", error_description="The authentication failed because of missing 'Authorization' header."`,
		}}
		return refusal
	}
	q.caller = derived(q.tx.Realm(), "caller")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	var claims struct {
		Object string `json:"oid"`
	}
	// Another client's own idea of a token names nobody.
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil && json.Unmarshal(raw, &claims) == nil && isGUID(claims.Object) {
		q.caller = claims.Object
	}
	return nil
}
