package azureapi_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armsubscriptions"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// answer is a response read to its end.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (a answer) code() string {
	if inner, ok := a.body["error"].(map[string]any); ok {
		s, _ := inner["code"].(string)
		return s
	}
	s, _ := a.body["code"].(string)
	return s
}

// send sends a request as no SDK would.
func (a account) send(t *testing.T, method, url, body string, headers ...string) answer {
	t.Helper()
	if strings.HasPrefix(url, "/") {
		url = "https://management.azure.com" + strings.ReplaceAll(url, "{sub}", a.subscription)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer any")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := a.box.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := answer{status: got.StatusCode, header: got.Header, raw: string(raw)}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out.body); err != nil {
			t.Fatalf("the body is not JSON: %v\n%s", err, raw)
		}
	}
	return out
}

// TestRefusals proves ARM's own refusals: what it does not know is never
// answered as if it had worked.
func TestRefusals(t *testing.T) {
	t.Parallel()
	a := withGroup(t)
	const version, group = "?api-version=2025-01-01", "/subscriptions/{sub}/resourceGroups/rg"
	const vnet = group + "/providers/Microsoft.Network/virtualNetworks/v"
	const body = `{"location":"westeurope","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/16"]}}}`
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		code                     string
	}{
		{"no api-version", "GET", group, "", 400, "MissingApiVersionParameter"},
		{"bad api-version", "GET", group + "?api-version=latest", "", 400, "InvalidApiVersionParameter"},
		{"another subscription", "GET", "/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/rg" + version, "", 404, "SubscriptionNotFound"},
		{"unknown namespace", "PUT", group + "/providers/Contoso.Things/widgets/w" + version, "{}", 404, "InvalidResourceNamespace"},
		{"unknown type", "PUT", group + "/providers/Microsoft.Network/bastionHosts/b" + version, "{}", 404, "InvalidResourceType"},
		{"unknown in a location", "GET", "/subscriptions/{sub}/providers/Microsoft.Network/locations/westeurope/serviceTags" + version, "", 400, "NoRegisteredProviderFound"},
		{"unknown action", "POST", "/subscriptions/{sub}/resourceGroups/rg/moveResources" + version, "{}", 404, "InvalidResourceType"},
		{"no group", "PUT", "/subscriptions/{sub}/resourceGroups/nope/providers/Microsoft.Network/virtualNetworks/v" + version, body, 404, "ResourceGroupNotFound"},
		{"no parent", "PUT", vnet + "/subnets/s" + version, `{"properties":{"addressPrefix":"10.0.0.0/24"}}`, 404, "ParentResourceNotFound"},
		{"no body", "PUT", vnet + version, "", 400, "InvalidRequestContent"},
		{"unknown member", "PUT", vnet + version, strings.Replace(body, `"addressSpace"`, `"bgpCommunities":{},"addressSpace"`, 1), 400, "InvalidRequestFormat"},
		{"unknown location", "PUT", vnet + version, strings.Replace(body, "westeurope", "moonbase", 1), 400, "LocationNotAvailableForResourceType"},
		{"slash in a tag", "PUT", vnet + version, strings.Replace(body, `{"location"`, `{"tags":{"kubernetes.io/x":"y"},"location"`, 1), 400, "InvalidTagNameCharacters"},
		{"not there", "GET", vnet + version, "", 404, "ResourceNotFound"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := a.send(t, test.method, test.path, test.body)
			if got.status != test.status || got.code() != test.code {
				t.Errorf("%d %s; want %d %s\n%s", got.status, got.code(), test.status, test.code, got.raw)
			}
		})
	}
	if got := a.send(t, "DELETE", vnet+version, ""); got.status != 204 {
		t.Errorf("the delete of nothing is %d", got.status)
	}
	if got := a.send(t, "GET", group+version, "", "Authorization", ""); got.status != 401 || !strings.Contains(got.header.Get("Www-Authenticate"), a.tenant) {
		t.Errorf("without a token: %d, %q", got.status, got.header.Get("Www-Authenticate"))
	}
}

// TestOperationAddress proves what Microsoft.Network and AKS answer first, and
// that an operation's address has to be followed as it is.
func TestOperationAddress(t *testing.T) {
	t.Parallel()
	a := withGroup(t)
	const vnet = "/subscriptions/{sub}/resourcegroups/RG/providers/microsoft.network/VIRTUALNETWORKS/v"
	made := a.send(t, "PUT", vnet+"?api-version=2025-01-01", `{"location":"West Europe","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/16"]}}}`)
	at := made.header.Get("Azure-Asyncoperation")
	if made.status != 201 || len(at) < 2500 || made.header.Get("Azure-Asyncnotification") != "Enabled" || made.header.Get("Retry-After") != "10" || made.header.Get("Retry-After-Ms") != "1" {
		t.Fatalf("%d, %v", made.status, made.header)
	}
	if made.body["id"] != "/subscriptions/"+a.subscription+"/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v" || made.body["location"] != "westeurope" || look(made.body, "properties.provisioningState") != "Updating" {
		t.Errorf("the first answer is %s", made.raw)
	}
	if got := a.send(t, "GET", at[:strings.Index(at, "&t=")], ""); got.status != 403 {
		t.Errorf("without its signature the address answers %d", got.status)
	}
	if got := a.send(t, "GET", at, ""); got.body["status"] != "InProgress" || len(got.body) != 1 {
		t.Errorf("the first poll is %s", got.raw)
	}
	if got := a.send(t, "GET", at, ""); got.body["status"] != "Succeeded" {
		t.Errorf("the second poll is %s", got.raw)
	}
	deleted := a.send(t, "DELETE", "/subscriptions/{sub}/resourceGroups/rg?api-version=2021-04-01", "")
	location := deleted.header.Get("Location")
	if deleted.status != 202 || deleted.raw != "" || deleted.header.Get("Azure-Asyncoperation") != "" || !strings.Contains(location, "/operationresults/") && !strings.Contains(location, "/operationResults/") {
		t.Fatalf("the group's delete is %d, %v", deleted.status, deleted.header)
	}
	for range 5 {
		got := a.send(t, "GET", location, "")
		if got.status == 200 {
			return
		}
		if got.status != 202 {
			t.Fatalf("a poll is %d: %s", got.status, got.raw)
		}
		location = got.header.Get("Location")
	}
	t.Error("the delete does not end")
}

// TestPages proves that long lists come in pages, which Microsoft's client
// follows, and that a generic list finds resources by tag.
func TestPages(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	f := network(t, a)
	for _, name := range []string{"a", "b", "c"} {
		finish(f.NewSecurityGroupsClient().BeginCreateOrUpdate(ctx, "rg", name, armnetwork.SecurityGroup{Location: ptr(region), Tags: map[string]*string{"owner": ptr(name)}}, nil))(t)
	}
	if err := a.box.Set("azure/page", "2"); err != nil {
		t.Fatal(err)
	}
	pages, seen := 0, ""
	for pager := f.NewSecurityGroupsClient().NewListPager("rg", nil); pager.More(); pages++ {
		for _, g := range must(pager.NextPage(ctx))(t).Value {
			seen += *g.Name
		}
	}
	if pages != 2 || seen != "abc" {
		t.Errorf("%d pages show %s", pages, seen)
	}
	client := must(armresources.NewClient(a.subscription, a.credential, a.options))(t)
	found := must(client.NewListPager(&armresources.ClientListOptions{Filter: ptr("tagName eq 'Owner' and tagValue eq 'b'")}).NextPage(ctx))(t)
	if len(found.Value) != 1 || *found.Value[0].Name != "b" {
		t.Errorf("by tag: %d resources", len(found.Value))
	}
	subscriptions := must(armsubscriptions.NewClient(a.credential, a.options))(t)
	if got := must(subscriptions.Get(ctx, a.subscription, nil))(t); *got.State != armsubscriptions.SubscriptionStateEnabled || *got.TenantID != a.tenant {
		t.Errorf("the subscription is %+v", got.Subscription)
	}
	zones := must(subscriptions.NewListLocationsPager(a.subscription, nil).NextPage(ctx))(t)
	if len(zones.Value) < 40 {
		t.Errorf("%d locations", len(zones.Value))
	}
}

// TestRegistration proves that a namespace has to be registered first, and
// that Microsoft's client does so by itself.
func TestRegistration(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	if err := a.box.Set("azure/registered", ""); err != nil {
		t.Fatal(err)
	}
	path := "/subscriptions/{sub}/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/x?api-version=2025-01-01"
	if got := a.send(t, "PUT", path, `{"location":"westeurope"}`); got.status != 409 || got.code() != "MissingSubscriptionRegistration" {
		t.Errorf("%d %s", got.status, got.code())
	}
	f := network(t, a)
	finish(f.NewSecurityGroupsClient().BeginCreateOrUpdate(ctx, "rg", "nsg", armnetwork.SecurityGroup{Location: ptr(region)}, nil))(t)
	providers := must(armresources.NewProvidersClient(a.subscription, a.credential, a.options))(t)
	if got := must(providers.Get(ctx, "Microsoft.Network", nil))(t); *got.RegistrationState != "Registered" {
		t.Errorf("Microsoft.Network is %s", *got.RegistrationState)
	}
}

// TestThrottling proves that Microsoft's client rides out a 429 with the wait
// that the answer asks for, and that the journal has ARM's words.
func TestThrottling(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := withGroup(t)
	options := &arm.ClientOptions{ClientOptions: policy.ClientOptions{Transport: a.options.Transport}}
	options.Retry.MaxRetries = 3
	if _, err := a.box.AddFault(sandbox.Fault{Cloud: "azure", Service: "Microsoft.Network", Operation: "PUT networkSecurityGroups", Times: 2, Status: 429}); err != nil {
		t.Fatal(err)
	}
	f := must(armnetwork.NewClientFactory(a.subscription, a.credential, options))(t)
	finish(f.NewSecurityGroupsClient().BeginCreateOrUpdate(ctx, "rg", "nsg", armnetwork.SecurityGroup{Location: ptr(region)}, nil))(t)
	var statuses []int
	err := a.box.Journal(func(e sandbox.Entry) error {
		if e.Service == "Microsoft.Network" && e.Operation == "PUT networkSecurityGroups" {
			statuses = append(statuses, e.Status)
		}
		return nil
	})
	if err != nil || len(statuses) != 3 || statuses[0] != 429 || statuses[1] != 429 || statuses[2] != 201 {
		t.Errorf("the journal has %v, %v", statuses, err)
	}
}

// TestBehind proves that what is removed behind Terraform's back goes past
// locks and takes along what the cloud would.
func TestBehind(t *testing.T) {
	t.Parallel()
	a := withGroup(t)
	planted := must(a.box.Plant("azure", "virtual-network", map[string]string{"region": region, "name": "hub", "cidr": "10.250.0.0/16"}))(t)
	if len(planted) < 2 {
		t.Fatalf("planted %v", planted)
	}
	f := network(t, a)
	must(f.NewVirtualNetworksClient().Get(context.Background(), "hub", "hub", nil))(t)
	if _, err := a.box.Remove("/subscriptions/" + a.subscription + "/resourcegroups/hub"); err != nil {
		t.Fatal(err)
	}
	refused(t, second(f.NewVirtualNetworksClient().Get(context.Background(), "hub", "hub", nil)), "ResourceGroupNotFound")
}

// TestHosts proves which host names are Azure's, how the token endpoint
// refuses, and that a person can add subscriptions to the tenant.
func TestHosts(t *testing.T) {
	t.Parallel()
	a := withGroup(t)
	for _, host := range []string{"management.azure.com", "management.usgovcloudapi.net", "management.chinacloudapi.cn", "127.0.0.1:8443", "localhost:1"} {
		if got := a.send(t, "GET", "https://"+host+"/subscriptions/"+a.subscription+"/resourcegroups/rg?api-version=2021-04-01", ""); got.status != 200 {
			t.Errorf("%s answers %d", host, got.status)
		}
	}
	for _, host := range []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.chinacloudapi.cn", "127.0.0.1"} {
		if got := a.send(t, "GET", "https://"+host+"/"+a.tenant+"/v2.0/.well-known/openid-configuration", ""); got.body["token_endpoint"] != "https://"+host+"/"+a.tenant+"/oauth2/v2.0/token" {
			t.Errorf("%s answers %s", host, got.raw)
		}
	}
	const form = "grant_type=client_credentials&client_id=" + clientID + "&scope=https://management.azure.com/.default"
	for body, want := range map[string]string{
		form:                      "invalid_client",
		form + "&client_secret=x": "",
		strings.Replace(form, "client_credentials", "password", 1): "unsupported_grant_type",
	} {
		got := a.send(t, "POST", "https://login.microsoftonline.com/"+a.tenant+"/oauth2/v2.0/token", body)
		if code, _ := got.body["error"].(string); code != want {
			t.Errorf("%s: %s", body, got.raw)
		}
	}
	if got := a.send(t, "POST", "https://login.microsoftonline.com/00000000-0000-4000-8000-000000000000/oauth2/v2.0/token", form); got.body["error"] != "invalid_tenant" {
		t.Errorf("another tenant: %s", got.raw)
	}
	if err := a.box.Set("azure/subscriptions", "99999999-0000-4000-8000-000000000000"); err != nil {
		t.Fatal(err)
	}
	if got := a.send(t, "PUT", "/subscriptions/99999999-0000-4000-8000-000000000000/resourcegroups/hub?api-version=2021-04-01", `{"location":"westeurope"}`); got.status != 201 {
		t.Errorf("a second subscription answers %d: %s", got.status, got.raw)
	}
}
