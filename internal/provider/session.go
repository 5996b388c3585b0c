package provider

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

// Options is what main hands to the provider: it knows neither SDKs nor the
// sandbox.
type Options struct {
	Version string
	Clouds  cloud.Clouds
	// OpenSandbox opens the embedded clouds whose state is kept at path and
	// returns the transport that leads to them.
	OpenSandbox func(path string) (http.RoundTripper, error)
	Now         func() time.Time
	// Random returns n random lower-case hexadecimal digits.
	Random func(n int) string
}

// session is a configured provider. Opening it calls nothing; clouds are
// opened when a resource first asks for them.
type session struct {
	options Options
	owner   string
	sandbox http.RoundTripper // nil: the real clouds
	config  providerModel

	mu     sync.Mutex
	open   map[blueprint.Scope]cloud.Cloud
	ledger ledger.Ledger // nil until something asks for it
	near   neighbours
}

// cloudOf opens the cloud that a section lives in.
func (s *session) cloudOf(ctx context.Context, scope blueprint.Scope) (cloud.Cloud, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := blueprint.Scope{Cloud: scope.Cloud, Region: scope.Region, Target: scope.Target}
	if opened, ok := s.open[key]; ok {
		return opened, nil
	}
	opener, ok := s.options.Clouds[scope.Cloud]
	if !ok {
		return nil, &cloud.Error{
			Kind: cloud.ErrUnsupported, Object: fmt.Sprintf("cloud %q", scope.Cloud),
			Reason: fmt.Sprintf("this version of kready builds on %v", sortedKeys(s.options.Clouds)),
		}
	}
	target, err := s.target(scope)
	if err != nil {
		return nil, err
	}
	opened, err := opener(ctx, target)
	if err != nil {
		return nil, err
	}
	if s.open == nil {
		s.open = map[blueprint.Scope]cloud.Cloud{}
	}
	s.open[key] = opened
	return opened, nil
}

// guards are what the provider block demands of every blueprint.
func (s *session) guards() blueprint.Guards {
	guards := blueprint.Guards{
		Targets: map[string][]string{}, Regions: s.config.Regions, DefaultTags: s.config.DefaultTags, TagPolicies: s.config.TagPolicies,
	}
	for name, target := range s.config.Targets {
		clouds := []string{}
		if target.AWS != nil {
			clouds = append(clouds, blueprint.CloudAWS)
		}
		if target.Azure != nil {
			clouds = append(clouds, blueprint.CloudAzure)
		}
		guards.Targets[name] = clouds
	}
	if ignored := s.config.IgnoreTags; ignored != nil {
		guards.Ignored = cloud.IgnoreTags{Keys: ignored.Keys, KeyPrefixes: ignored.KeyPrefixes}.Ignores
	}
	return guards
}

// target is the account that a section names, or the provider's own.
func (s *session) target(scope blueprint.Scope) (cloud.Target, error) {
	if allowed := s.config.Regions; len(allowed) > 0 && !slices.Contains(allowed, scope.Region) {
		return cloud.Target{}, &cloud.Error{
			Kind: cloud.ErrDenied, Object: "region " + scope.Region,
			Reason: fmt.Sprintf("the provider's allowed_regions are %v; nothing was called", allowed),
			Todo:   "Choose one of them, or have the list changed by whoever answers for where data may be.",
		}
	}
	chosen := targetModel{AWS: s.config.AWS, Azure: s.config.Azure}
	if scope.Target != "" {
		named, ok := s.config.Targets[scope.Target]
		if !ok {
			return cloud.Target{}, &cloud.Error{
				Kind: cloud.ErrInvalid, Object: fmt.Sprintf("target %q", scope.Target),
				Reason: fmt.Sprintf("the provider has no such target; it has %v", sortedKeys(s.config.Targets)),
				Todo:   "Add it to targets in the provider block, or name one that is there.",
			}
		}
		chosen = named
	}
	if s.owner == "" {
		return cloud.Target{}, &cloud.Error{
			Kind: cloud.ErrInvalid, Object: "provider kready",
			Reason: "owner is not set",
			Todo:   "Set owner in the provider block, such as \"platform-team/eu\": it says who may touch what this state makes.",
		}
	}
	target := cloud.Target{
		Region:      scope.Region,
		Owner:       s.owner,
		DefaultTags: s.config.DefaultTags,
		Poll:        cloud.DefaultPoll,
		Now:         s.options.Now,
		UserAgent:   "kready/" + s.options.Version,
		Elsewhere: func(ctx context.Context, name string) (cloud.Cloud, error) {
			return s.cloudOf(ctx, blueprint.Scope{Cloud: scope.Cloud, Region: scope.Region, Target: name})
		},
	}
	if s.config.IgnoreTags != nil {
		target.IgnoreTags = cloud.IgnoreTags{Keys: s.config.IgnoreTags.Keys, KeyPrefixes: s.config.IgnoreTags.KeyPrefixes}
	}
	if s.sandbox != nil {
		target.Sandbox, target.Transport, target.Poll = true, s.sandbox, cloud.SandboxPoll
	}
	chosen.fill(&target)
	return target, nil
}

// realmOf asks which account this is, and refuses another one than recorded.
func realmOf(ctx context.Context, c cloud.Cloud, recorded string) (string, error) {
	realm, err := c.Realm(ctx)
	if err != nil {
		return "", err
	}
	if recorded != "" && realm != recorded {
		return "", &cloud.Error{
			Kind:   cloud.ErrRealm,
			Object: "account " + realm,
			Reason: fmt.Sprintf("this state was made in %s, but the provider now leads to %s; nothing was read or changed", recorded, realm),
			Todo:   "Point the provider at the account, subscription or sandbox that the state belongs to. If that one is gone for good, remove the resource from the state.",
		}
	}
	return realm, nil
}
