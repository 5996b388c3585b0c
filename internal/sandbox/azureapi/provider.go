package azureapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// registration is a resource provider's state in a subscription. Its id is
// subscription and namespace.
type registration struct {
	sandbox.Meta
	State    string           `json:"state"`
	Progress sandbox.Progress `json:"progress"`
}

var registrations = sandbox.NewTable[registration](cloud, "registrations")

// alwaysRegistered are the namespaces that no subscription has to register.
var alwaysRegistered = []string{resourcesNamespace, "Microsoft.Authorization", "Microsoft.Features"}

func providerRoutes() map[string]route {
	return map[string]route{
		"GET Microsoft.Resources/providers":             {open: true, run: getProviders},
		"POST Microsoft.Resources/providers/register":   {open: true, run: register},
		"POST Microsoft.Resources/providers/unregister": {open: true, run: unregister},
	}
}

func registrationID(subscription, namespace string) string {
	return strings.ToLower("/subscriptions/" + subscription + "/providers/" + namespace)
}

// registrationOf is the state of a namespace. A new subscription has only what
// needs no registration, and what the settings say.
func (q *request) registrationOf(namespace string) string {
	if v, ok := registrations.Get(q.tx, "", registrationID(q.address.subscription, namespace)); ok {
		return v.State
	}
	preset := q.tx.Setting("azure/registered", "")
	for _, n := range append(strings.Split(preset, ","), alwaysRegistered...) {
		if strings.EqualFold(strings.TrimSpace(n), namespace) || preset == "all" {
			return "Registered"
		}
	}
	return "NotRegistered"
}

// registered refuses a write on a namespace that the subscription has not
// registered. SDKs register then and try again.
func (q *request) registered(namespace string) error {
	if q.address.subscription == "" || q.registrationOf(namespace) == "Registered" {
		return nil
	}
	known := q.api.namespaces[strings.ToLower(namespace)]
	return refuse(http.StatusConflict, "MissingSubscriptionRegistration",
		"The subscription is not registered to use namespace '%s'. See https://aka.ms/rps-not-found for how to register subscriptions.", known)
}

func (q *request) provider() (string, error) {
	known := q.api.namespaces[strings.ToLower(q.address.names[0])]
	if known == "" {
		return "", refuse(http.StatusNotFound, "InvalidResourceNamespace", "The resource namespace '%s' is invalid.", q.address.names[0])
	}
	return known, nil
}

func register(q *request) (*sandbox.Response, error) {
	namespace, err := q.provider()
	if err != nil {
		return nil, err
	}
	if q.registrationOf(namespace) == "NotRegistered" {
		v := &registration{
			Meta:  sandbox.Meta{ID: registrationID(q.address.subscription, namespace), Name: namespace, Hidden: true},
			State: "Registering", Progress: q.tx.Steps("azure/registration", 1),
		}
		if v.Progress.Left == 0 {
			v.State = "Registered"
		}
		registrations.Put(q.tx, v)
	}
	return respond(http.StatusOK, q.showProvider(namespace)), nil
}

func unregister(q *request) (*sandbox.Response, error) {
	namespace, err := q.provider()
	if err != nil {
		return nil, err
	}
	if slices.Contains(alwaysRegistered, namespace) {
		return nil, refuse(http.StatusBadRequest, "CannotUnregister", "The resource provider %s cannot be unregistered.", namespace)
	}
	for _, t := range q.api.ordered {
		if t.namespace() == namespace && len(q.all(t.name)) > 0 {
			return nil, refuse(http.StatusConflict, "CannotUnregisterProviderWithResources",
				"The resource provider %s cannot be unregistered: the subscription has resources of type %s.", namespace, t.name)
		}
	}
	v := &registration{Meta: sandbox.Meta{ID: registrationID(q.address.subscription, namespace), Name: namespace, Hidden: true}, State: "NotRegistered"}
	registrations.Put(q.tx, v)
	return respond(http.StatusOK, q.showProvider(namespace)), nil
}

// getProviders lists the resource providers, or shows one, which is a poll of
// its registration.
func getProviders(q *request) (*sandbox.Response, error) {
	if !q.address.whole() {
		var out []any
		for _, name := range slices.Sorted(maps.Values(q.api.namespaces)) {
			out = append(out, q.showProvider(name))
		}
		return q.page(out)
	}
	namespace, err := q.provider()
	if err != nil {
		return nil, err
	}
	if v, ok := registrations.Get(q.tx, "", registrationID(q.address.subscription, namespace)); ok && v.State == "Registering" {
		if done, moved := v.Progress.Poll(); done || moved {
			if done {
				v.State = "Registered"
			}
			registrations.Put(q.tx, v)
		}
	}
	return respond(http.StatusOK, q.showProvider(namespace)), nil
}

func (q *request) showProvider(namespace string) map[string]any {
	types := []any{}
	for _, t := range q.api.ordered {
		if t.namespace() == namespace {
			types = append(types, map[string]any{"resourceType": t.short(), "locations": displayNames(), "apiVersions": []string{}})
		}
	}
	return map[string]any{
		"id":        "/subscriptions/" + q.address.subscription + "/providers/" + namespace,
		"namespace": namespace, "registrationState": q.registrationOf(namespace),
		"registrationPolicy": "RegistrationRequired", "resourceTypes": types,
	}
}

func displayNames() []string {
	var out []string
	for _, name := range locationNames() {
		out = append(out, locations[name].display)
	}
	return out
}
