package azurecloud

import (
	"context"
	"encoding/base64"
	"net/http"
	"regexp"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// entraServer is the application that AKS is in Entra, in every tenant: tokens
// for it open the APIs of clusters.
// Source: AKS kubelogin-authentication, 2026-08.
const entraServer = "6dae42f8-4368-4678-94ff-3960e28e3630"

// kubeloginNames are what kubelogin calls Azure's clouds.
var kubeloginNames = map[string]string{
	"": "AzurePublicCloud", "public": "AzurePublicCloud", "usgovernment": "AzureUSGovernmentCloud", "china": "AzureChinaCloud",
}

// Credentials implements [cloud.Discovery]: a token from Entra, as kubelogin
// gets it. The token is not logged.
func (c *azureCloud) Credentials(ctx context.Context, cluster string) (cloud.Credentials, error) {
	ref := cloud.Ref{Region: c.target.Region, Cluster: cluster, Part: "cluster"}
	api, err := c.at(ctx, ref)
	if err != nil {
		return cloud.Credentials{}, err
	}
	object := ofCluster("credentials", ref)
	found, err := api.clusterNamed(ctx, cluster)
	if err != nil {
		return cloud.Credentials{}, err
	}
	endpoint := endpointOf(found)
	if endpoint == "" {
		return cloud.Credentials{}, &cloud.Error{Kind: cloud.ErrConflict, Operation: "Microsoft.ContainerService GET managedClusters", Object: object,
			Reason: "the cluster has no endpoint yet: it is " + text(found, "properties", "provisioningState"), Todo: "Try again when it is Succeeded."}
	}
	authority, err := api.authorityOf(ctx, text(found, "id"))
	if err != nil {
		return cloud.Credentials{}, wrap(err, object)
	}
	login, err := c.entra(api)
	if err != nil {
		return cloud.Credentials{}, wrap(err, object)
	}
	token, err := login.GetToken(ctx, azpolicy.TokenRequestOptions{Scopes: []string{entraServer + "/.default"}})
	if err != nil {
		return cloud.Credentials{}, wrap(err, object)
	}
	return cloud.Credentials{
		Endpoint: endpoint, CertificateAuthority: authority, Token: token.Token, Expires: token.ExpiresOn,
		Kubelogin: []string{"get-token", "--environment", kubeloginNames[c.target.Environment], "--server-id", entraServer, "--tenant-id", api.tenant, "--login", "azurecli"},
	}, nil
}

// endpointOf is the URL of a cluster's API: the private name where it has one.
func endpointOf(cluster document) string {
	for _, member := range []string{"privateFQDN", "fqdn"} {
		if name := text(cluster, "properties", member); name != "" {
			return "https://" + name + ":443"
		}
	}
	return ""
}

// authorityLine finds the certificate in a client configuration as AKS writes it.
var authorityLine = regexp.MustCompile(`(?m)^\s*certificate-authority-data:\s*"?([A-Za-z0-9+/=]+)"?\s*$`)

// authorityOf is the certificate of a cluster's authority, base64. AKS tells it
// in the configuration that it hands to clients, and nowhere else.
func (a *api) authorityOf(ctx context.Context, cluster string) (string, error) {
	answer, err := a.post(ctx, clusters, cluster, "listClusterUserCredential", nil)
	if err != nil {
		return "", err
	}
	for _, config := range entries(answer, "kubeconfigs") {
		raw, err := base64.StdEncoding.DecodeString(text(config, "value"))
		if err != nil {
			continue
		}
		if found := authorityLine.FindSubmatch(raw); found != nil {
			return string(found[1]), nil
		}
	}
	return "", &cloud.Error{Kind: cloud.ErrInvalid, Operation: "Microsoft.ContainerService POST listClusterUserCredential",
		Reason: "the kubeconfig that AKS hands out names no authority", Todo: "Try again; if it stays so, report it."}
}

// sandboxClient is the application that a sandbox's tokens are made for: any is.
const sandboxClient = "5a0db0c5-0000-4000-8000-000000000000"

// entra is where tokens for people's tools come from. A sandbox has a token
// endpoint of its own.
func (c *azureCloud) entra(api *api) (azcore.TokenCredential, error) {
	if !c.target.Sandbox {
		return api.credential, nil
	}
	return azidentity.NewClientSecretCredential(api.tenant, sandboxClient, "sandbox", &azidentity.ClientSecretCredentialOptions{
		ClientOptions:            azpolicy.ClientOptions{Transport: &http.Client{Transport: c.target.Transport}},
		DisableInstanceDiscovery: true,
	})
}
