package awsapi

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// iamOIDC is an OpenID Connect provider; its id in the store is its ARN.
type iamOIDC struct {
	sandbox.Meta
	URL         string    `json:"url"` // without https://, as IAM returns it
	Clients     []string  `json:"clientIDList,omitempty"`
	Thumbprints []string  `json:"thumbprintList,omitempty"`
	Created     time.Time `json:"createDate"`
}

var iamOIDCs = sandbox.NewTable[iamOIDC](cloud, "iam/oidc-provider")

var thumbprint = regexp.MustCompile(`^[0-9A-Fa-f]{40}$`)

func invalidInput(format string, arguments ...any) error {
	return fail(http.StatusBadRequest, "InvalidInput", format, arguments...)
}

func askedOIDC(q *request) (*iamOIDC, error) {
	providerARN := q.form.text("OpenIDConnectProviderArn")
	var c constraints
	c.required("openIDConnectProviderArn", providerARN)
	if err := c.err(iamValidation); err != nil {
		return nil, err
	}
	q.object(providerARN)
	provider, ok := iamOIDCs.Get(q.tx, "", providerARN)
	if !ok {
		return nil, noSuchEntity("OpenIDConnect Provider not found for arn %s", providerARN)
	}
	return provider, nil
}

// thumbprints reads a list of certificate thumbprints. IAM fetches one itself
// when none is given.
func thumbprints(q *request) ([]string, error) {
	given := q.form.list("ThumbprintList")
	if len(given) > 5 {
		return nil, invalidInput("Thumbprint list must contain fewer than 5 entries.")
	}
	for _, t := range given {
		if !thumbprint.MatchString(t) {
			return nil, invalidInput("Thumbprint %s is not valid: it is 40 hexadecimal digits.", t)
		}
	}
	return given, nil
}

func createOIDCProvider(q *request) (any, error) {
	given := q.form.text("Url")
	var c constraints
	c.required("url", given)
	if given != "" {
		c.length("url", given, 1, 255)
	}
	if err := c.err(iamValidation); err != nil {
		return nil, err
	}
	issuer, err := url.Parse(given)
	if err != nil || issuer.Scheme != "https" || issuer.Host == "" || issuer.RawQuery != "" || issuer.Port() != "" {
		return nil, invalidInput("Invalid Open ID Connect Provider URL")
	}
	provider := &iamOIDC{URL: strings.TrimPrefix(given, "https://"), Clients: q.form.list("ClientIDList"), Created: q.tx.Now()}
	provider.ID, provider.Name = iamARN(q.account, "oidc-provider/"+provider.URL), provider.URL
	q.object(provider.ID)
	if len(provider.Clients) > 100 {
		return nil, iamLimit("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")
	}
	if provider.Thumbprints, err = thumbprints(q); err != nil {
		return nil, err
	}
	if len(provider.Thumbprints) == 0 {
		provider.Thumbprints = []string{q.tx.Hex(40)}
	}
	if provider.Tags, err = iamTags(q); err != nil {
		return nil, err
	}
	if _, taken := iamOIDCs.Get(q.tx, "", provider.ID); taken {
		return nil, alreadyExists("Provider with url %s already exists.", given)
	}
	if most := quota(q.tx, "", quotaOIDCProviders); len(iamOIDCs.List(q.tx, "")) >= most {
		return nil, iamLimit("Cannot exceed quota for OpenIdConnectProvidersPerAccount: %d", most)
	}
	iamOIDCs.Put(q.tx, provider)
	out := []node{text("OpenIDConnectProviderArn", provider.ID)}
	if len(provider.Tags) > 0 {
		out = append(out, iamTagNodes(provider.Tags))
	}
	return out, nil
}

func getOIDCProvider(q *request) (any, error) {
	provider, err := askedOIDC(q)
	if err != nil {
		return nil, err
	}
	return []node{
		text("Url", provider.URL), members("ClientIDList", provider.Clients, plain),
		members("ThumbprintList", provider.Thumbprints, plain), instant("CreateDate", provider.Created),
		iamTagNodes(provider.Tags),
	}, nil
}

func listOIDCProviders(q *request) (any, error) {
	return []node{members("OpenIDConnectProviderList", iamOIDCs.List(q.tx, ""), func(p *iamOIDC) []node {
		return []node{text("Arn", p.ID)}
	})}, nil
}

func deleteOIDCProvider(q *request) (any, error) {
	provider, err := askedOIDC(q)
	if err != nil {
		return nil, err
	}
	iamOIDCs.Delete(q.tx, "", provider.ID)
	return nil, nil
}

func updateOIDCThumbprint(q *request) (any, error) {
	provider, err := askedOIDC(q)
	if err != nil {
		return nil, err
	}
	if provider.Thumbprints, err = thumbprints(q); err != nil {
		return nil, err
	}
	iamOIDCs.Put(q.tx, provider)
	return nil, nil
}

func addOIDCClient(q *request) (any, error) {
	provider, err := askedOIDC(q)
	if err != nil {
		return nil, err
	}
	client := q.form.text("ClientID")
	var c constraints
	c.length("clientID", client, 1, 255)
	if err := c.err(iamValidation); err != nil {
		return nil, err
	}
	if slices.Contains(provider.Clients, client) {
		return nil, nil // documented as idempotent
	}
	if len(provider.Clients) >= 100 {
		return nil, iamLimit("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")
	}
	provider.Clients = append(slices.Clone(provider.Clients), client)
	iamOIDCs.Put(q.tx, provider)
	return nil, nil
}

func removeOIDCClient(q *request) (any, error) {
	provider, err := askedOIDC(q)
	if err != nil {
		return nil, err
	}
	client := q.form.text("ClientID")
	provider.Clients = slices.DeleteFunc(slices.Clone(provider.Clients), func(c string) bool { return c == client })
	iamOIDCs.Put(q.tx, provider)
	return nil, nil
}

func tagOIDCProvider(q *request) (any, error) {
	provider, err := askedOIDC(q)
	if err != nil {
		return nil, err
	}
	if provider.Tags, err = iamRetag(q, provider.Tags); err != nil {
		return nil, err
	}
	iamOIDCs.Put(q.tx, provider)
	return nil, nil
}

func untagOIDCProvider(q *request) (any, error) {
	provider, err := askedOIDC(q)
	if err != nil {
		return nil, err
	}
	provider.Tags = dropTags(provider.Tags, q.form.list("TagKeys"))
	iamOIDCs.Put(q.tx, provider)
	return nil, nil
}

func listOIDCProviderTags(q *request) (any, error) {
	provider, err := askedOIDC(q)
	if err != nil {
		return nil, err
	}
	return iamTagPage(q, provider.Tags)
}
