package azureapi

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// entraServer is the application id of AKS's server in Entra ID, which tokens
// for any cluster are made for.
const entraServer = "6dae42f8-4368-4678-94ff-3960e28e3630"

// kubeconfig is a client configuration for the cluster as AKS writes it: with
// Entra ID through kubelogin, else with a certificate.
func (q *request) kubeconfig(r *resource, user, format string) string {
	p := r.Properties
	host := textAt(p, "privateFQDN")
	if host == "" || q.query.Get("server-fqdn") == "public" && textAt(p, "fqdn") != "" {
		host = textAt(p, "fqdn")
	}
	authority := base64.StdEncoding.EncodeToString([]byte("-----BEGIN CERTIFICATE-----\n" + base64.StdEncoding.EncodeToString([]byte("sandbox authority of "+r.ID)) + "\n-----END CERTIFICATE-----\n"))
	login := user + "_" + q.groupOf(r) + "_" + r.Name
	var b strings.Builder
	for _, line := range []string{
		"apiVersion: v1", "kind: Config", "clusters:", "- name: " + r.Name, "  cluster:",
		"    certificate-authority-data: " + authority, "    server: https://" + host + ":443",
		"contexts:", "- name: " + r.Name, "  context:", "    cluster: " + r.Name, "    user: " + login,
		"current-context: " + r.Name, "users:", "- name: " + login, "  user:",
	} {
		b.WriteString(line + "\n")
	}
	entra := flagAt(p, "aadProfile", "managed") && user == "clusterUser"
	switch {
	case entra && format == "azure":
		b.WriteString("    auth-provider:\n      name: azure\n      config:\n        apiserver-id: " + entraServer + "\n        tenant-id: " + textAt(p, "aadProfile", "tenantID") + "\n")
	case entra:
		b.WriteString("    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: kubelogin\n      args:\n      - get-token\n      - --environment\n      - AzurePublicCloud\n      - --server-id\n      - " +
			entraServer + "\n      - --client-id\n      - 80faf920-1908-4b52-b5ef-a8e7bedfc67a\n      - --tenant-id\n      - " + textAt(p, "aadProfile", "tenantID") + "\n      - --login\n      - devicecode\n      env: null\n      provideClusterInfo: false\n")
	default:
		data := base64.StdEncoding.EncodeToString([]byte("sandbox"))
		b.WriteString("    client-certificate-data: " + data + "\n    client-key-data: " + data + "\n    token: sandbox\n")
	}
	return base64.StdEncoding.EncodeToString([]byte(b.String()))
}

// groupOf is the name of the group that a resource is in.
func (q *request) groupOf(r *resource) string {
	a, _ := parseAddress(r.Path)
	return a.group
}

func userCredential(q *request, r *resource) (*sandbox.Response, error) {
	format := q.query.Get("format")
	if format != "" && format != "azure" && format != "exec" {
		refusal := refuse(http.StatusBadRequest, "BadRequest", "The format %s is not azure or exec.", format)
		refusal.bare = true
		return nil, refusal
	}
	if !flagAt(r.Properties, "aadProfile", "managed") {
		if err := static(r); err != nil {
			return nil, err
		}
	}
	return credentials("clusterUser", q.kubeconfig(r, "clusterUser", format)), nil
}

func adminCredential(q *request, r *resource) (*sandbox.Response, error) {
	if err := static(r); err != nil {
		return nil, err
	}
	return credentials("clusterAdmin", q.kubeconfig(r, "clusterAdmin", "")), nil
}

// static refuses certificates where local accounts are off.
func static(r *resource) error {
	if !flagAt(r.Properties, "disableLocalAccounts") {
		return nil
	}
	refusal := refuse(http.StatusBadRequest, "BadRequest", "Getting static credential is not allowed because this cluster is set to disable local accounts.")
	refusal.bare = true
	return refusal
}

func credentials(name, config string) *sandbox.Response {
	return respond(http.StatusOK, map[string]any{"kubeconfigs": []any{map[string]any{"name": name, "value": config}}})
}

// accessProfile shows one of a cluster's two access profiles; its listing of
// credentials is a POST.
func accessProfile(q *request) (*sandbox.Response, error) {
	r, err := q.clusterAsked()
	if err != nil {
		return nil, err
	}
	if len(q.address.names) < 2 {
		return nil, q.unknownType()
	}
	role := q.address.names[1]
	if !strings.EqualFold(role, "clusterUser") && !strings.EqualFold(role, "clusterAdmin") {
		refusal := refuse(http.StatusNotFound, "NotFound", "The access profile %s does not exist.", role)
		refusal.bare = true
		return nil, refusal
	}
	out := map[string]any{"id": r.Path + "/accessProfiles/" + role, "name": role, "type": clusterType + "/AccessProfiles", "location": r.Location, "properties": map[string]any{}}
	if q.call.Request.Method == http.MethodPost {
		if strings.EqualFold(role, "clusterAdmin") || !flagAt(r.Properties, "aadProfile", "managed") {
			if err := static(r); err != nil {
				return nil, err
			}
		}
		out["properties"] = map[string]any{"kubeConfig": q.kubeconfig(r, role, "")}
	}
	return respond(http.StatusOK, out), nil
}

// clusterLinks lists what private endpoints can be made of.
func clusterLinks(q *request) (*sandbox.Response, error) {
	r, err := q.clusterAsked()
	if err != nil {
		return nil, err
	}
	out := []any{}
	if access := objectAt(r.Properties, "apiServerAccessProfile"); flagAt(access, "enablePrivateCluster") && !flagAt(access, "enableVnetIntegration") {
		out = append(out, managementLink(r))
	}
	return respond(http.StatusOK, map[string]any{"value": out}), nil
}
