package awsapi

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// registryScanning is how a registry scans: one for a region of an account.
type registryScanning struct {
	sandbox.Meta
	Type  string     `json:"scanType"`
	Rules []scanRule `json:"rules"`
}

type scanRule struct {
	Frequency string            `json:"scanFrequency"`
	Filters   []exclusionFilter `json:"repositoryFilters"`
}

var registries = sandbox.NewTable[registryScanning](cloud, "ecr/registry")

// scanning is the registry's configuration; basic and without rules until
// somebody sets another.
func scanning(q *request) *registryScanning {
	if s, ok := registries.Get(q.tx, q.region, q.account); ok {
		return s
	}
	s := &registryScanning{Type: "BASIC", Rules: []scanRule{}}
	s.ID, s.Region, s.Hidden = q.account, q.region, true
	return s
}

func getRegistryScanning(q *request) (any, error) {
	s := scanning(q)
	return map[string]any{"registryId": q.account, "scanningConfiguration": map[string]any{"scanType": s.Type, "rules": append([]scanRule{}, s.Rules...)}}, nil
}

func putRegistryScanning(q *request) (any, error) {
	var in struct {
		Type  string     `json:"scanType"`
		Rules []scanRule `json:"rules"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s := scanning(q)
	if in.Type != "" {
		s.Type = in.Type
	}
	if s.Type != "BASIC" && s.Type != "ENHANCED" {
		return nil, ecrInvalid("scanType", "must be BASIC or ENHANCED")
	}
	for _, r := range in.Rules {
		if !slices.Contains([]string{"SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"}, r.Frequency) || s.Type == "BASIC" && r.Frequency == "CONTINUOUS_SCAN" {
			return nil, ecrInvalid("scanFrequency", "is not possible with the scan type "+s.Type)
		}
	}
	s.Rules = append([]scanRule{}, in.Rules...)
	registries.Put(q.tx, s)
	return map[string]any{"registryScanningConfiguration": map[string]any{"scanType": s.Type, "rules": s.Rules}}, nil
}

// pullThrough is a pull-through cache rule; its id in the store is its prefix.
type pullThrough struct {
	sandbox.Meta
	Upstream   string    `json:"upstreamRegistryUrl"`
	Kind       string    `json:"upstreamRegistry"`
	Credential string    `json:"credentialArn,omitempty"`
	UpPrefix   string    `json:"upstreamRepositoryPrefix,omitempty"`
	Created    time.Time `json:"createdAt"`
}

var pullThroughs = sandbox.NewTable[pullThrough](cloud, "ecr/pull-through-cache-rule")

// upstreams are the registries that can be cached, and whether they want
// credentials.
var upstreams = map[string]struct {
	kind        string
	credentials bool
}{
	"public.ecr.aws":       {"ecr-public", false},
	"quay.io":              {"quay", false},
	"registry.k8s.io":      {"k8s", false},
	"registry-1.docker.io": {"docker-hub", true},
	"ghcr.io":              {"github-container-registry", true},
	"registry.gitlab.com":  {"gitlab-container-registry", true},
}

var pullPrefix = matching(`(` + repositoryName + `\/?|ROOT)`)

func (p *pullThrough) wire(q *request) map[string]any {
	out := map[string]any{
		"ecrRepositoryPrefix": p.ID, "upstreamRegistryUrl": p.Upstream, "upstreamRegistry": p.Kind, "registryId": q.account,
		"createdAt": epoch(p.Created), "upstreamRepositoryPrefix": p.UpPrefix,
	}
	if p.Credential != "" {
		out["credentialArn"] = p.Credential
	}
	return out
}

func createPullThrough(q *request) (any, error) {
	var in struct {
		registry
		Prefix     string `json:"ecrRepositoryPrefix"`
		Upstream   string `json:"upstreamRegistryUrl"`
		Kind       string `json:"upstreamRegistry"`
		Credential string `json:"credentialArn"`
		UpPrefix   string `json:"upstreamRepositoryPrefix"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	q.object(in.Prefix)
	if err := in.check(q); err != nil {
		return nil, err
	}
	up, known := upstreams[in.Upstream]
	switch {
	case len(in.Prefix) < 2 || len(in.Prefix) > 30 || !pullPrefix.MatchString(in.Prefix):
		return nil, ecrInvalid("ecrRepositoryPrefix", "must satisfy regular expression '^([a-z0-9]+...|ROOT)$', with 2 to 30 characters")
	case !known:
		return nil, fail(http.StatusBadRequest, "UnsupportedUpstreamRegistryException", "The specified upstream registry is not supported: %s", in.Upstream)
	case up.credentials && !strings.Contains(in.Credential, ":secret:ecr-pullthroughcache/"):
		return nil, ecrInvalid("credentialArn", "must name a secret that begins with ecr-pullthroughcache/ for the upstream "+in.Upstream)
	}
	if up.credentials {
		if _, ok := secrets.Get(q.tx, q.region, in.Credential); !ok {
			return nil, fail(http.StatusBadRequest, "SecretNotFoundException", "The ARN of the secret specified in the pull through cache rule was not found: %s", in.Credential)
		}
	}
	if _, taken := pullThroughs.Get(q.tx, q.region, in.Prefix); taken {
		return nil, fail(http.StatusBadRequest, "PullThroughCacheRuleAlreadyExistsException", "A pull through cache rule already exists for the prefix '%s' in the registry with id '%s'", in.Prefix, q.account)
	}
	p := &pullThrough{Upstream: in.Upstream, Kind: up.kind, Credential: in.Credential, UpPrefix: in.UpPrefix, Created: q.tx.Now()}
	if p.UpPrefix == "" {
		p.UpPrefix = "ROOT"
	}
	p.ID, p.Name, p.Region = in.Prefix, in.Prefix, q.region
	pullThroughs.Put(q.tx, p)
	ensureServiceLinkedRole(q, "pullthroughcache.ecr.amazonaws.com")
	q.object(p.ID)
	return p.wire(q), nil
}

func pullThroughNotFound(q *request, prefix string) error {
	return fail(http.StatusBadRequest, "PullThroughCacheRuleNotFoundException", "Pull through cache rule with prefix '%s' does not exist in the registry with id '%s'", prefix, q.account)
}

func describePullThrough(q *request) (any, error) {
	var in struct {
		registry
		Prefixes []string `json:"ecrRepositoryPrefixes"`
		Token    string   `json:"nextToken"`
		Size     int      `json:"maxResults"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	found := pullThroughs.List(q.tx, q.region)
	if len(in.Prefixes) > 0 {
		found = nil
		for _, prefix := range in.Prefixes {
			p, ok := pullThroughs.Get(q.tx, q.region, prefix)
			if !ok {
				return nil, pullThroughNotFound(q, prefix)
			}
			found = append(found, p)
		}
	}
	return ecrPage("pullThroughCacheRules", each(found, func(p *pullThrough) map[string]any { return p.wire(q) }), in.Token, in.Size)
}

func deletePullThrough(q *request) (any, error) {
	var in struct {
		registry
		Prefix string `json:"ecrRepositoryPrefix"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	q.object(in.Prefix)
	p, ok := pullThroughs.Get(q.tx, q.region, in.Prefix)
	if !ok {
		return nil, pullThroughNotFound(q, in.Prefix)
	}
	pullThroughs.Delete(q.tx, q.region, p.ID)
	return p.wire(q), nil
}
